"""An event study of sales: what was earned before, what was to be expected after, and what is missing. Pure.

Rules (LAW.md §4, D2): days taken out (promotions) are taken out on both sides; where a control is given, what was to be
expected moves with it: average before × control of the day ÷ average of the control before. The sum is an estimate: it
becomes a loss only through a factor between 0 and 1 that an expert signs, which this module neither knows nor guesses.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from caseapp.domain.damages import to_fen
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label

MOST_SIGNS, MOST_ROWS, LEAST_BEFORE = 100_000, 800, 6
CEILING: Final = Decimal(10) ** 12
BAND: Final = Decimal("1.96")
"""How many standard deviations of the days before the band is wide: about 95 in 100 of them lie within."""
FIELD: Final = Label("销售序列", "sales series")
NAMES: Final[Mapping[str, frozenset[str]]] = {
    "day": frozenset({"date", "日期", "day", "month", "月份"}),
    "value": frozenset({"value", "数值", "毛利", "销售额", "gross_profit", "gross_profit_yuan", "金额"}),
    "control": frozenset({"control", "对照", "对照毛利", "control_gross_profit", "control_gross_profit_yuan"}),
    "out": frozenset({"excluded", "剔除", "out"}),
}
ORDER: Final = ("day", "value", "control", "out")
_DAY: Final = re.compile(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:(?:[-/.月]?)(\d{1,2})日?|月)?")
_BARE: Final = (6, 8)
"""How long a month and a day without signs between are."""
_YES: Final = frozenset({"1", "y", "yes", "true", "是", "剔除"})
_NO: Final = frozenset({"", "0", "n", "no", "false", "否"})


@dataclass(frozen=True, slots=True)
class Point:
    """One day or month: what was earned, what the control earned, whether it is taken out."""

    day: date
    value: Decimal
    control: Decimal | None = None
    out: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """A point with what was to be expected and the band around it; None where it is taken out."""

    point: Point
    expected: Decimal | None
    low: Decimal | None
    high: Decimal | None

    @property
    def short(self) -> bool:
        """Whether it fell out of the band downwards."""
        return self.low is not None and self.point.value < self.low


@dataclass(frozen=True, slots=True)
class Study:
    """What the series says.

    Attributes:
        before, after: how many points count on each side.
        mean_before, mean_after: averages of what was earned.
        ratio: control after ÷ control before; None without a control.
        simple: (average before - average after) × points after.
        gap: the same with the control; equal to ``simple`` without one.
        below: points after the event that fell out of the band.
    """

    points: tuple[Expected, ...]
    event: date
    monthly: bool
    before: int
    after: int
    mean_before: Decimal
    mean_after: Decimal
    ratio: Decimal | None
    simple: Decimal
    gap: Decimal
    below: int


_TOO_LITTLE: Final = f"at least {LEAST_BEFORE} rows before the event and one after it, those taken out aside."


def refuse(zh: str, en: str) -> InvalidInputError:
    """Return the refusal of a series."""
    return InvalidInputError(field=FIELD, problem=Label(zh, en))


def parse(text: str) -> tuple[tuple[Point, ...], bool]:
    """Read a pasted table: day or month, value, control, taken out; say whether it is monthly.

    The first line may name the columns; then their order does not matter and others are passed over.

    Raises:
        InvalidInputError: too long, too short, a line that cannot be read, a day twice, days mixed with months.
    """
    if len(text) > MOST_SIGNS:
        raise refuse(f"最多 {MOST_SIGNS} 个字。", f"at most {MOST_SIGNS} characters.")
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        raise refuse("没有数据行。", "it has no rows.")
    if len(lines) > MOST_ROWS + 1:
        raise refuse(f"最多 {MOST_ROWS} 行。", f"at most {MOST_ROWS} rows.")
    sign = next((one for one in ("\t", ";") if one in lines[0]), ",")
    cut = [line.replace("，", ",") for line in lines] if sign == "," else lines
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(cut, delimiter=sign)]
    except csv.Error:
        raise refuse("不是表格。", "it is no table.") from None
    columns, body = _columns(rows)
    found = [_point(row, columns, at) for at, row in body]
    if len({monthly for _point, monthly in found}) > 1:
        raise refuse("按日与按月混在一起。", "days and months are mixed.")
    points = sorted((point for point, _monthly in found), key=lambda point: point.day)
    for one, other in pairwise(points):
        if one.day == other.day:
            raise refuse(f"{one.day} 出现两次。", f"{one.day} stands twice.")
    if len({point.control is None for point in points if not point.out}) > 1:
        raise refuse("对照列有的行缺数。", "some rows lack the control.")
    return tuple(points), bool(found and found[0][1])


def _columns(rows: Sequence[Sequence[str]]) -> tuple[dict[str, int], Iterator[tuple[int, Sequence[str]]]]:
    head = [cell.lower() for cell in rows[0]]
    named = {key: head.index(next(iter(names & set(head)))) for key, names in NAMES.items() if names & set(head)}
    if "day" in named and "value" not in named:
        raise refuse("第一行没有写明哪一列是数值。", "the first line does not say which column holds the values.")
    if "day" in named:
        return named, iter(list(enumerate(rows, 1))[1:])
    return {key: at for at, key in enumerate(ORDER)}, enumerate(rows, 1)


def _point(row: Sequence[str], columns: Mapping[str, int], line: int) -> tuple[Point, bool]:
    cells = {key: row[at] for key, at in columns.items() if at < len(row)}
    day, monthly = _day(cells.get("day", ""), line)
    out = cells.get("out", "").lower()
    if out not in _YES | _NO:
        raise refuse(f"第 {line} 行：剔除列只写 1 或 0。", f"line {line}: the column of days taken out holds 1 or 0.")
    control = cells.get("control", "")
    amount = _amount(cells.get("value", ""), line)
    return Point(day, amount, _amount(control, line) if control else None, out in _YES), monthly


def _day(text: str, line: int) -> tuple[date, bool]:
    match = _DAY.fullmatch(text) if len(text) in _BARE or not text.isdigit() else None
    shown = text[:20]
    refusal = refuse(f"第 {line} 行：“{shown}”不是日期。", f'line {line}: "{shown}" is no date.')
    if match is None:
        raise refusal
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1)), match[3] is None
    except ValueError:
        raise refusal from None


def _amount(text: str, line: int) -> Decimal:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= CEILING or amount != to_fen(amount):
        shown = text[:20]
        raise refuse(f"第 {line} 行：“{shown}”不是精确到分的金额。", f'line {line}: "{shown}" is no amount in fen.')
    return to_fen(amount)


def study(points: Sequence[Point], event: date, *, monthly: bool = False) -> Study:
    """Compare what came after ``event`` with what was to be expected from before.

    Raises:
        InvalidInputError: too little before or nothing after the event, or a control without anything before.
    """
    before = [point for point in points if point.day < event and not point.out]
    after = [point for point in points if point.day >= event and not point.out]
    if len(before) < LEAST_BEFORE or not after:
        raise refuse(f"起点之前至少 {LEAST_BEFORE} 行、之后至少 1 行（不算剔除的）。", _TOO_LITTLE)
    mean_before, mean_after = _mean([point.value for point in before]), _mean([point.value for point in after])
    controls = [point.control for point in (*before, *after) if point.control is not None]
    base = _mean(controls[: len(before)]) if controls else None
    if base is not None and base <= 0:
        raise refuse("对照在起点之前合计须大于 0。", "the control must be above zero before the event.")
    ratio = _mean(controls[len(before) :]) / base if base is not None else None

    def expected(point: Point) -> Fraction:
        return mean_before if base is None or point.control is None else mean_before * Fraction(point.control) / base

    around = sum(((Fraction(point.value) - expected(point)) ** 2 for point in before), Fraction(0))
    wide = BAND * _decimal(around / (len(before) - 1)).sqrt()
    told = tuple(_told(point, None if point.out else _decimal(expected(point)), wide) for point in points)
    simple = (mean_before - mean_after) * len(after)
    gap = sum((expected(point) - Fraction(point.value) for point in after), Fraction(0))
    return Study(
        points=told,
        event=event,
        monthly=monthly,
        before=len(before),
        after=len(after),
        mean_before=to_fen(_decimal(mean_before)),
        mean_after=to_fen(_decimal(mean_after)),
        ratio=None if ratio is None else _decimal(ratio),
        simple=to_fen(_decimal(simple)),
        gap=to_fen(_decimal(gap)),
        below=sum(one.short for one in told if one.point.day >= event),
    )


def _told(point: Point, middle: Decimal | None, wide: Decimal) -> Expected:
    return (
        Expected(point, None, None, None) if middle is None else Expected(point, middle, middle - wide, middle + wide)
    )


def _mean(values: Sequence[Decimal]) -> Fraction:
    """Return an exact average: what is rounded is the end, never a step on the way."""
    return sum(map(Fraction, values), Fraction(0)) / len(values)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def stored(points: Sequence[Point], event: date, figure: str, *, monthly: bool) -> dict[str, Any]:
    """Return a series as a row keeps it: exact texts, no floats."""
    rows = [
        [point.day.isoformat(), str(point.value), None if point.control is None else str(point.control), point.out]
        for point in points
    ]
    return {"event": event.isoformat(), "figure": figure, "monthly": monthly, "rows": rows}


def restored(kept: Mapping[str, Any]) -> Study:
    """Return the study of a series as a row keeps it."""
    points = [
        Point(date.fromisoformat(day), Decimal(value), None if control is None else Decimal(control), bool(out))
        for day, value, control, out in kept["rows"]
    ]
    return study(points, date.fromisoformat(kept["event"]), monthly=bool(kept["monthly"]))
