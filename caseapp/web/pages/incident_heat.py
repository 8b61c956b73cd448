"""The heat curve: posts published and captures taken, day by day, as numbers for an SVG. Pure arithmetic.

A long span is counted by the week or the month, and the picture says so. It is laid out twice, for a desk and for a
phone: words are never shrunk below their size.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from caseapp.services.queries.rows_incident import IncidentPage
from caseapp.web.filters import BEIJING, MONTHS, calendar_day, now
from caseapp.web.i18n import _, language, many
from caseapp.web.pages.incident_labels import GAP, room

LEFT, RIGHT, BASE, PLOT, ROW = 30, 12, 24, 150, 16
"""Around the picture: numbers at the left, air at the right, days below; its height; a row of words above."""
DESK, PHONE = 540, 326
MOST_DAYS, MOST_WEEKS = 62, 60
MOST_ROWS = 3
DAY_ROOM = 46
STEPS: Final = (1, 7, 30)
"""How many days one point counts."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, week or month with what is counted in it and the words that stand at it."""

    begin: date
    end: date
    posts: int
    captures: int
    so_far: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the picture, and where its line stands."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    line: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The picture in one width."""

    width: int
    height: int
    top: int
    floor: int
    posts: str
    area: str
    captures: str
    dots: tuple[tuple[float, float, str], ...]
    levels: tuple[Word, ...]
    days: tuple[Word, ...]
    marks: tuple[Word, ...]
    right: int
    left: int = LEFT


@dataclass(frozen=True, slots=True)
class Heat:
    """Both layouts, the rows of the table, the finding in words, and how long one point counts."""

    sheets: tuple[Sheet, Sheet]
    bars: tuple[Bar, ...]
    step: int
    finding: str
    unknown: int


def heat(page: IncidentPage) -> Heat | None:
    """Return the heat curve of an incident; None while nothing confirmed has a day."""
    sure = page.confirmed
    posted = [post.published_at for post in sure if post.published_at is not None]
    if not posted and not page.captures:
        return None
    marks = _marks(page)
    bars, step = _bars(posted, page.captures, marks)
    unknown = sum(post.published_at is None for post in sure)
    return Heat((_sheet(bars, step, DESK), _sheet(bars, step, PHONE)), bars, step, _finding(bars, step, marks), unknown)


def _marks(page: IncidentPage) -> list[tuple[datetime, str]]:
    """Return the moments that are marked: the earliest capture, the first statement, the first notice."""
    first = next((post.captured_at for post in page.posts if post.earliest and post.captured_at), None)
    first = first or min(page.captures, default=None)
    said = next((one.at for one in page.happenings if one.kind == "publication"), None)
    sent = next((one.at for one in page.happenings if one.kind == "notice" and one.event == "submitted"), None)
    named = ((first, _("最早取证")), (said, _("澄清声明")), (sent, _("侵权通知")))
    return sorted((at, word) for at, word in named if at is not None)


def _day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def _bars(
    posted: Sequence[datetime], captured: Sequence[datetime], marks: Sequence[tuple[datetime, str]]
) -> tuple[tuple[Bar, ...], int]:
    """Return the counted spans in order, one empty one before, and the length of each in days."""
    days = [_day(at) for at in (*posted, *captured, *(at for at, _word in marks))]
    first, last = min(days), max(days)
    long = (last - first).days + 1
    step = STEPS[0] if long <= MOST_DAYS else STEPS[1] if long <= MOST_WEEKS * STEPS[1] else STEPS[2]
    begin = first - timedelta(days=step)
    after = 1 if last < _day(now()) else 0  # of a day that has not come nothing is said
    slots = (last - begin).days // step + 1 + after

    def tally(moments: Iterable[datetime]) -> Counter[int]:
        return Counter((_day(at) - begin).days // step for at in moments)

    new, taken, so_far, made = tally(posted), tally(captured), 0, []
    for at in range(slots):
        so_far += new[at]
        opened = begin + timedelta(days=at * step)
        words = tuple(word for moment, word in marks if (_day(moment) - begin).days // step == at)
        made.append(Bar(opened, opened + timedelta(days=step - 1), new[at], taken[at], so_far, words))
    return tuple(made), step


def _round_up(most: int) -> int:
    """Return the top of the axis: even, so that its middle is a whole number."""
    if most <= 2:  # noqa: PLR2004 - the smallest axis
        return 2
    unit = 2 * int(10 ** max(int(math.log10(most)) - 1, 0))
    return math.ceil(most / unit) * unit


def _sheet(bars: Sequence[Bar], step: int, width: int) -> Sheet:
    top_count = _round_up(max(max(bar.posts, bar.captures) for bar in bars))
    apart = (width - LEFT - RIGHT) / max(len(bars) - 1, 1)
    xs = [round(LEFT + apart * at, 1) for at in range(len(bars))]
    marks, rows = _placed([(x, word) for x, bar in zip(xs, bars, strict=True) for word in bar.words], width)
    top = ROW * rows + 8
    floor = top + PLOT

    def height(number: int) -> float:
        return round(floor - PLOT * number / top_count, 1)

    def line(heights: Sequence[float]) -> str:
        return "M" + "L".join(f"{x} {y}" for x, y in zip(xs, heights, strict=True))

    posts, taken = [height(bar.posts) for bar in bars], [height(bar.captures) for bar in bars]
    dots = [(x, y, "f1") for x, y, bar in zip(xs, posts, bars, strict=True) if bar.posts]
    dots += [(x, y, "f2") for x, y, bar in zip(xs, taken, bars, strict=True) if bar.captures]
    levels = tuple(Word(LEFT - GAP, height(n) + 4, str(n), "end", height(n)) for n in (0, top_count // 2, top_count))
    return Sheet(
        width=width,
        height=floor + BASE,
        top=top,
        floor=floor,
        posts=line(posts),
        area=f"{line(posts)}L{xs[-1]} {floor}L{xs[0]} {floor}Z",
        captures=line(taken),
        dots=tuple(dots),
        levels=levels,
        days=tuple(_days(bars, step, xs, floor, width)),
        marks=marks,
        right=width - RIGHT,
    )


def _days(bars: Sequence[Bar], step: int, xs: Sequence[float], floor: float, width: int) -> Iterable[Word]:
    """Yield the days under the axis, as many as have room."""
    wide = DAY_ROOM if step < STEPS[2] else DAY_ROOM + 14
    every = max(math.ceil(len(bars) * wide / (width - LEFT - RIGHT)), 1)
    for at in range(0, len(bars), every):
        anchor = "end" if xs[at] + wide / 2 > width else "middle"
        yield Word(xs[at], floor + 18, day_word(bars[at].begin, step), anchor)


def day_word(day: date, step: int = 1) -> str:
    """Write a day of the axis: 11-16 or 16 Nov; the month with its year where months are counted."""
    if step >= STEPS[2]:
        return f"{day:%Y-%m}" if language() == "zh" else f"{MONTHS[day.month - 1]} {day.year}"
    return f"{day:%m-%d}" if language() == "zh" else f"{day.day} {MONTHS[day.month - 1]}"


def _placed(marks: Sequence[tuple[float, str]], width: int) -> tuple[tuple[Word, ...], int]:
    """Return the words above the picture, each in the first row with room, and how many rows there are."""
    ends: list[float] = []
    found: list[tuple[float, str, str, int]] = []
    for x, text in marks:
        long = room(text)
        anchor = "start" if x + GAP + long <= width else "end"
        begin = x if anchor == "start" else x - long
        row = next((at for at in range(len(ends)) if begin >= max(ends[at:]) + GAP), len(ends))  # its line runs down
        if row >= MOST_ROWS:
            continue  # the table names it
        ends[row : row + 1] = [begin + long]
        found.append((x, text, anchor, row))
    return tuple(Word(x, ROW * row + 12, text, anchor, ROW * row + 2) for x, text, anchor, row in found), len(ends)


def span_word(bar: Bar, step: int) -> str:
    """Write the span of a row of the table: one day, or first to last."""
    first = calendar_day(bar.begin)
    return first if step == STEPS[0] else _("%(a)s 至 %(b)s", a=first, b=calendar_day(bar.end))


def _finding(bars: Sequence[Bar], step: int, marks: Sequence[tuple[datetime, str]]) -> str:
    """Return what the curve shows, in words."""
    full = [bar for bar in bars if bar.posts]
    parts = []
    if full:
        most = max(full, key=lambda bar: bar.posts)
        said = many("高点 %(when)s，新发布 %(num)d 条", most.posts, when=span_word(most, step))
        parts += [many("页面显示发布时间的内容 %(num)d 条", sum(bar.posts for bar in full)), said]
    parts.append(many("取证 %(num)d 次", sum(bar.captures for bar in bars)))
    parts += [_("%(what)s %(when)s", what=word, when=calendar_day(_day(at))) for at, word in marks]
    return ("；" if language() == "zh" else "; ").join(parts)
