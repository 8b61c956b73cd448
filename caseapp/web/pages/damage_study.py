"""The event study of a lost-sales item as a picture: earned, expected, the band, and what is missing. Arithmetic only.

Laid out twice, for a desk and for a phone, as the other pictures are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from caseapp.domain.event_study import Expected, Study, restored
from caseapp.web.filters import calendar_day, count, money
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.pages.incident_heat import day_word

LEFT, RIGHT, TOP, PLOT, BASE = 56, 12, 26, 190, 26
DESK, PHONE = 540, 326
LEVELS, DAY_ROOM, MONTH = 4, 56, 30
FIGURES: Final[Mapping[str, str]] = {"margin": N_("毛利（元）"), "sales": N_("销售额（元）")}
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A word at an axis, with where its line stands."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The picture in one width; the lines are SVG path data."""

    width: int
    height: int
    floor: float
    earned: str
    expected: str
    band: str
    missing: str
    taken_out: tuple[Spot, ...]
    event: float
    word: Tick
    levels: tuple[Tick, ...]
    days: tuple[Tick, ...]
    top: int = TOP
    left: int = LEFT
    right: int = RIGHT


@dataclass(frozen=True, slots=True)
class Picture:
    """Both layouts, the study they show, what the values are, and the finding in words."""

    sheets: tuple[Sheet, Sheet]
    study: Study
    figure: str
    finding: str


def picture(kept: Mapping[str, Any] | None) -> Picture | None:
    """Return the picture of a series as an item keeps it; None without one."""
    if not kept:
        return None
    found = restored(kept)
    figure = FIGURES.get(str(kept.get("figure")), FIGURES["margin"])
    return Picture((_sheet(found, DESK), _sheet(found, PHONE)), found, _(figure), finding(found))


def finding(found: Study) -> str:
    """Return what the picture shows, in words."""
    parts = [
        many("起点前 %(num)d 期，平均 %(sum)s", found.before, sum=money(found.mean_before)),
        many("起点后 %(num)d 期，平均 %(sum)s", found.after, sum=money(found.mean_after)),
        _("缺口 %(sum)s", sum=money(found.gap)) if found.gap > 0 else _("没有缺口"),
        many("%(num)d 期低于把握带", found.below),
    ]
    return ("；" if language() == "zh" else "; ").join(parts)


def _sheet(found: Study, width: int) -> Sheet:
    shown = found.points
    first, last = shown[0].point.day, shown[-1].point.day
    span = max((last - first).days, 1)
    step, low, high = _scale(shown)
    floor = float(TOP + PLOT)

    def across(one: Expected) -> float:
        return round(LEFT + (width - LEFT - RIGHT) * (one.point.day - first).days / span, 1)

    def up(value: Decimal | float) -> float:
        return round(floor - PLOT * (float(value) - low) / (high - low), 1)

    known = [one for one in shown if one.expected is not None]
    after = [one for one in known if one.point.day >= found.event]
    event = round(LEFT + (width - LEFT - RIGHT) * (found.event - first).days / span, 1)
    said = _("起点 %(day)s", day=day_word(found.event, MONTH if found.monthly else 1))
    return Sheet(
        width=width,
        height=TOP + PLOT + BASE,
        floor=floor,
        earned=_path((across(one), up(one.point.value)) for one in known),
        expected=_path((across(one), up(one.expected or 0)) for one in known),
        band=_area([(across(one), up(one.high or 0), up(one.low or 0)) for one in known]),
        missing=_area([(across(one), up(one.expected or 0), up(_least(one))) for one in after]),
        taken_out=tuple((across(one), up(one.point.value)) for one in shown if one.expected is None),
        event=event,
        word=Tick(event + (6 if event < width * 0.6 else -6), 14, said, "start" if event < width * 0.6 else "end"),
        levels=tuple(_levels(step, low, high, up)),
        days=tuple(_days(shown, across, floor, width, monthly=found.monthly)),
    )


def _least(one: Expected) -> Decimal:
    return min(one.point.value, one.expected or Decimal(0))


def _path(spots: Iterable[Spot]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in spots)


def _area(spots: Sequence[tuple[float, float, float]]) -> str:
    if not spots:
        return ""
    there = "L".join(f"{x} {high}" for x, high, _low in spots)
    back = "L".join(f"{x} {low}" for x, _high, low in reversed(spots))
    return f"M{there}L{back}Z"


def _scale(shown: Sequence[Expected]) -> tuple[float, float, float]:
    """Return the step of the axis and its ends; zero is always on it."""
    values = [float(one.point.value) for one in shown]
    values += [float(edge) for one in shown for edge in (one.low, one.high) if edge is not None]
    least, most = min(0.0, *values), max(0.0, *values)
    rough = max((most - least) / LEVELS, 1.0)
    unit = 10 ** math.floor(math.log10(rough))
    step = float(unit * next(one for one in (1, 2, 2.5, 5, 10) if unit * one >= rough))
    return step, math.floor(least / step) * step, max(math.ceil(most / step), 1) * step


def _levels(step: float, low: float, high: float, up: Any) -> Iterable[Tick]:
    at = low
    while at <= high + step / 2:
        yield Tick(LEFT - 8, up(at), count(round(at)), "end")
        at += step


def _days(shown: Sequence[Expected], across: Any, floor: float, width: int, *, monthly: bool) -> Iterable[Tick]:
    """Yield the days under the axis that have room."""
    end = -math.inf
    for one in shown:
        x = across(one)
        if x - DAY_ROOM / 2 > end and x + DAY_ROOM / 2 <= width + RIGHT:
            yield Tick(x, floor + 18, day_word(one.point.day, MONTH if monthly else 1))
            end = x + DAY_ROOM / 2


def when(one: Expected, *, monthly: bool) -> str:
    """Write the day, or the month, of a row of the table."""
    return f"{one.point.day:%Y-%m}" if monthly else calendar_day(one.point.day)
