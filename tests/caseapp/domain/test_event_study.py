"""The event study reaches the worked figures to the fen, and refuses what it cannot read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.demo.case_data import data_file
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.event_study import MOST_ROWS, Point, parse, restored, stored, study

EVENT = date(2026, 8, 11)


def days(count: int, value: str = "100", control: str = "") -> str:
    first = date(2026, 8, 1)
    return "\n".join(f"{first + timedelta(days=n)},{value}{',' + control if control else ''}" for n in range(count))


def test_the_worked_case_to_the_fen() -> None:
    points, monthly = parse(data_file("daily_sales.csv").read_text("utf-8-sig"))
    found = study(points, EVENT, monthly=monthly)
    assert (len(points), monthly, found.before, found.after) == (60, False, 29, 29)
    assert (found.mean_before, found.mean_after) == (Decimal("10748.21"), Decimal("8410.06"))
    assert (found.simple, found.gap) == (Decimal("67806.32"), Decimal("73088.69"))
    assert found.ratio is not None
    assert round(found.ratio, 6) == Decimal("1.016947")
    assert found.below > 0
    again = restored(stored(points, EVENT, "margin", monthly=monthly))
    assert again == found


@pytest.mark.parametrize(
    ("text", "monthly", "count"),
    [
        ("2026-08-01,1\n2026-08-02,2", False, 2),
        ("2026/8/1\t1,000.50\n2026/8/2\t2", False, 2),
        ("日期;毛利;备注\n2026年8月1日;1;x\n2026年8月2日;2;y", False, 2),
        ("备注,date,value\nx,20260801,1", False, 1),
        ("2026-07，1\n2026-08，2", True, 2),
        ("2026年7月,1", True, 1),
        ("2026-08-02,2\n\n2026-08-01,-1\n", False, 2),
    ],
)
def test_tables_as_people_paste_them(text: str, monthly: bool, count: int) -> None:
    points, found = parse(text)
    assert (len(points), found) == (count, monthly)
    assert [point.day for point in points] == sorted(point.day for point in points)


@pytest.mark.parametrize(
    "text",
    [
        "", "  \n", "x" * 100_001, "昨天,1", "2026-02-30,1", "2026-08-01", "2026-08-01,", "2026-08-01,一百",
        "2026-08-01,NaN", "2026-08-01,1e99", "2026-08-01,1.005", "2026-08-01,1\n2026-08-01,2",
        "2026-08-01,1\n2026-09,2", "2026111,1",
        "2026-08-01,1,2\n2026-08-02,1", "2026-08-01,1,2,maybe", "date,note\n2026-08-01,1", "=cmd|calc,1",
        days(MOST_ROWS + 2), '"2026-08-01,1',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse(text)


@pytest.mark.parametrize("text", [days(5), days(10), days(30, control="0")])
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        study(parse(text)[0], EVENT)


def test_without_a_control_the_average_is_expected_and_days_taken_out_count_nowhere() -> None:
    points = [Point(date(2026, 8, n), Decimal(100 + n % 2)) for n in range(1, 11)]
    points += [Point(date(2026, 8, 11), Decimal(9999), out=True), Point(date(2026, 8, 12), Decimal(60))]
    found = study(points, EVENT)
    assert (found.before, found.after, found.ratio) == (10, 1, None)
    assert found.gap == found.simple == Decimal("40.50")
    assert found.points[10].expected is None
    assert found.below == 1


@given(st.lists(st.integers(0, 10**9), min_size=12, max_size=20), st.integers(6, 11))
def test_the_gap_is_what_lies_between_expected_and_earned(fen: list[int], cut: int) -> None:
    first = date(2026, 1, 1)
    points = [Point(first + timedelta(days=n), Decimal(one) / 100) for n, one in enumerate(fen)]
    found = study(points, first + timedelta(days=cut))
    assert found.gap == found.simple
    assert found.before + found.after == len(fen)
    assert all(one.low <= one.expected <= one.high for one in found.points if one.expected is not None)  # type: ignore[operator]
