"""The timeline as a picture: lanes of what kind of thing, a column for each day something happened. Pure arithmetic.

Days on which nothing happened are not drawn; where some are left out the picture says how many. Where too many days
hold something, weeks, months or years are the columns. It is laid out twice: lying for a desk, standing for a phone
and for paper. Every mark is a link to its rows in the list below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from caseapp.services.queries import CaseHead
from caseapp.services.queries.timeline import FACT
from caseapp.services.work import Work
from caseapp.web.filters import BEIJING, MONTHS, calendar_day
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.pages.incident_labels import room
from caseapp.web.pages.timeline import Shown, days, lane_word, mark_list, precise_word, shown_marks, source_word

LANES: Final = {
    "post": N_("内容"), "capture": N_("取证"), "document": N_("文书"), "notice": N_("通知"), "platform": N_("平台"),
    "letter": N_("来往"), "court": N_("法院"), "case": N_("案件"),
}  # fmt: skip
SHARED: Final = {"publication": "document"}
"""Kinds that share the lane of another."""
MOST = 14
"""Columns at most; beyond that a wider unit is counted."""
WIDTH, LEFT, ROW = 1000, 104, 40
TOP, FOOT = 8, 58
TALL_WIDTH, TALL_LEFT, TALL_ROW, BREAK = 326, 74, 38, 20
NOWHERE = date.max
"""The column of what has no day."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one lane holds in one column: its place, its look, its words, and its first row."""

    x: float
    y: float
    count: int
    deed: bool
    hot: bool
    earliest: bool
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the picture: ``lean`` when it has to stand slanted, ``over`` when it stands on a line."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    lean: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The ground of a lane."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The picture, lying or standing."""

    width: float
    height: float
    bands: tuple[Band, ...]
    words: tuple[Word, ...]
    breaks: tuple[tuple[float, float, float, float], ...]
    cells: tuple[Cell, ...]
    hit: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """Both layouts, and what they show in words."""

    lying: Sheet
    standing: Sheet
    finding: str
    unit: str


@dataclass(frozen=True, slots=True)
class Unit:
    """How days are gathered into columns."""

    key: str
    first: Callable[[date], date]


UNITS: Final = (
    Unit("day", lambda day: day),
    Unit("week", lambda day: day - timedelta(days=day.weekday())),
    Unit("month", lambda day: day.replace(day=1)),
    Unit("year", lambda day: day.replace(month=1, day=1)),
)
SAID: Final = {"day": N_("一格一天"), "week": N_("一格一周"), "month": N_("一格一月"), "year": N_("一格一年")}


def picture(rows: Sequence[Shown]) -> Picture | None:
    """Return the picture of the rows as they are listed; None when there is none."""
    if not rows:
        return None
    unit = next((one for one in UNITS if len(_columns(rows, one)) <= MOST), UNITS[-1])
    columns = _columns(rows, unit)
    held: dict[tuple[str, date], list[Shown]] = defaultdict(list)
    for row in rows:
        held[lane_of(row), _column(row, unit)].append(row)
    lanes = [lane for lane in LANES if any(key[0] == lane for key in held)]
    return Picture(_lying(lanes, columns, held, unit), _standing(lanes, columns, held, unit), _finding(rows), unit.key)


def lane_of(row: Shown) -> str:
    """Return the lane of a mark: what platforms and publishers did to a notice, and what is a court's, stand alone."""
    if row.mark.court:
        return "court"
    if row.group == "notice":
        return "platform" if row.mark.lane == FACT else "notice"
    group = SHARED.get(row.group, row.group)
    return group if group in LANES else "case"


def _column(row: Shown, unit: Unit) -> date:
    if row.mark.at is None or row.precision in {"month", "year"}:
        return NOWHERE  # a day would be more than is known
    return unit.first(row.mark.at.astimezone(BEIJING).date())


def _columns(rows: Sequence[Shown], unit: Unit) -> list[date]:
    return sorted({_column(row, unit) for row in rows})


Held = Mapping[tuple[str, date], Sequence[Shown]]


def _lying(lanes: Sequence[str], columns: Sequence[date], held: Held, unit: Unit) -> Sheet:
    wide = (WIDTH - LEFT) / len(columns)
    floor = TOP + ROW * len(lanes)

    def spot(lane: int, column: int) -> tuple[float, float]:
        return round(LEFT + wide * (column + 0.5), 1), TOP + ROW * (lane + 0.5)

    words = [Word(10, TOP + ROW * (at + 0.5) + 4, _(LANES[lane]), "start") for at, lane in enumerate(lanes)]
    breaks = []
    for at, day in enumerate(columns):
        words.append(Word(spot(0, at)[0], floor + 18, column_word(day, unit)))
        gap = _gap(columns[at - 1], day, unit) if at else ""
        if gap:
            x = round(LEFT + wide * at, 1)
            breaks.append((x, TOP, x, floor + 26))
            words.append(Word(x, floor + 40, gap, over=True))
    return Sheet(
        WIDTH,
        floor + FOOT,
        tuple(Band(0, TOP + ROW * at, WIDTH, ROW) for at in range(0, len(lanes), 2)),
        tuple(words),
        tuple(breaks),
        tuple(_cells(lanes, columns, held, unit, spot)),
        (round(wide, 1), ROW),
    )


def _standing(lanes: Sequence[str], columns: Sequence[date], held: Held, unit: Unit) -> Sheet:
    wide = (TALL_WIDTH - TALL_LEFT) / len(lanes)
    names = [_(LANES[lane]) for lane in lanes]
    lean = any(room(name) > wide - 2 for name in names)
    top = 24 if not lean else 20 + max(room(name) for name in names) * 0.75
    y, tops, words, breaks = top, [], [], []
    for at, day in enumerate(columns):
        gap = _gap(columns[at - 1], day, unit) if at else ""
        if gap:
            breaks.append((0.0, round(y + BREAK / 2, 1), float(TALL_WIDTH), round(y + BREAK / 2, 1)))
            words.append(Word(TALL_WIDTH / 2, round(y + BREAK / 2 + 4, 1), gap, over=True))
            y += BREAK
        tops.append(y)
        words.append(Word(0, round(y + TALL_ROW / 2 + 4, 1), column_word(day, unit), "start"))
        y += TALL_ROW

    def spot(lane: int, column: int) -> tuple[float, float]:
        return round(TALL_LEFT + wide * (lane + 0.5), 1), round(tops[column] + TALL_ROW / 2, 1)

    for at, name in enumerate(names):
        x = round(TALL_LEFT + wide * (at + 0.5), 1)
        words.append(Word(x, round(top - 8, 1), name, "end" if lean else "middle", lean))
    bands = [Band(TALL_LEFT + wide * at, top, wide, y - top) for at in range(0, len(lanes), 2)]
    return Sheet(
        TALL_WIDTH, round(y + 8, 1), tuple(bands), tuple(words), tuple(breaks),
        tuple(_cells(lanes, columns, held, unit, spot)), (round(wide, 1), TALL_ROW),
    )  # fmt: skip


def _cells(
    lanes: Sequence[str],
    columns: Sequence[date],
    held: Held,
    unit: Unit,
    spot: Callable[[int, int], tuple[float, float]],
) -> list[Cell]:
    """Return the marks, in the order of time."""
    made = []
    for column, day in enumerate(columns):
        for at, lane in enumerate(lanes):
            rows = held.get((lane, day), ())
            if not rows:
                continue
            x, y = spot(at, column)
            what = rows[0].word if len(rows) == 1 else many("%(num)d 件", len(rows))
            label = _("%(when)s %(lane)s：%(what)s", when=column_word(day, unit), lane=_(LANES[lane]), what=what)
            made.append(
                Cell(
                    x,
                    y,
                    len(rows),
                    _ours(rows),
                    any(row.mark.hot for row in rows),
                    any(row.mark.earliest for row in rows),
                    label,
                    f"#m-{rows[0].place}",
                )
            )
    return made


def _ours(rows: Sequence[Shown]) -> bool:
    """Whether a cell looks like our own doing: most of it is, and nothing that others did in it is against us."""
    theirs = [row for row in rows if row.mark.lane == FACT]
    return 2 * len(theirs) < len(rows) and not any(row.mark.hot for row in theirs)


def column_word(day: date, unit: Unit) -> str:
    """Write what stands at a column: the day, the week's first day, the month or the year."""
    if day == NOWHERE:
        return _("日期不详")
    if unit.key == "year":
        return f"{day.year}"
    if unit.key == "month":
        return f"{day:%Y-%m}" if language() == "zh" else f"{MONTHS[day.month - 1]} {day.year}"
    return calendar_day(day)


def _gap(before: date, day: date, unit: Unit) -> str:
    """Return how much was left out between two columns; empty when nothing was."""
    if NOWHERE in (before, day):
        return ""
    months = (day.year - before.year) * 12 + day.month - before.month
    left_out = {"day": (day - before).days, "week": (day - before).days // 7, "month": months, "year": months // 12}
    number = left_out[unit.key] - 1
    if number < 1:
        return ""
    if unit.key == "day":
        return many("隔 %(num)d 天", number)
    if unit.key == "week":
        return many("隔 %(num)d 周", number)
    return many("隔 %(num)d 个月", number) if unit.key == "month" else many("隔 %(num)d 年", number)


def _finding(rows: Sequence[Shown]) -> str:
    """Return what the picture shows, in words."""
    days = [row.mark.at.astimezone(BEIJING).date() for row in rows if row.mark.at is not None]
    parts = [many("%(num)d 件事", len(rows))]
    if days:
        parts.append(_("%(a)s 至 %(b)s", a=calendar_day(min(days)), b=calendar_day(max(days))))
    for lane, name in LANES.items():
        counted = sum(lane_of(row) == lane for row in rows)
        if counted:
            parts.append(_("%(what)s %(n)d", what=_(name), n=counted))
    hot = sum(row.mark.hot for row in rows)
    if hot:
        parts.append(many("不利的事 %(num)d 件", hot))
    return ("；" if language() == "zh" else "; ").join(parts)


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the timeline's tab of a case shows."""
    shown = mark_list(shown_marks(work, head))
    return {
        "shown": shown,
        "picture": picture(shown.rows),
        "said": SAID,
        "days": list(days(shown.rows)),
        "precise": precise_word,
        "source": source_word,
        "lane": lane_word,
    }
