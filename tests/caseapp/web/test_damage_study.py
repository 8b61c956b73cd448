"""The arithmetic of the event study's picture: every line lies within it, whatever the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from caseapp.domain.event_study import Point, stored
from caseapp.web.i18n import init_app
from caseapp.web.pages.damage_study import DESK, PHONE, RIGHT, TOP, picture

FIRST = date(2026, 7, 12)


@pytest.fixture(scope="module", autouse=True)
def spoken() -> Iterator[None]:
    app = Flask("study")
    init_app(app)
    with app.test_request_context():
        yield


def test_no_series_is_no_picture() -> None:
    assert picture(None) is None
    assert picture({}) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-(10**13), 10**13), st.integers(1, 10**13), st.booleans()), min_size=8, max_size=20),
    st.booleans(),
    st.integers(1, 40),
)
def test_everything_lies_within_the_picture(told: list[tuple[int, int, bool]], controlled: bool, apart: int) -> None:
    points = [
        Point(
            FIRST + timedelta(days=n * apart), Decimal(value) / 100, Decimal(control) / 100 if controlled else None,
            out=out and 6 < n < len(told) - 1,
        )
        for n, (value, control, out) in enumerate(told)
    ]  # fmt: skip
    made = picture(stored(points, FIRST + timedelta(days=7 * apart), "margin", monthly=False))
    assert made is not None
    for sheet, width in zip(made.sheets, (DESK, PHONE), strict=True):
        for path in (sheet.earned, sheet.expected, sheet.band, sheet.missing):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path)]
            assert all(0 <= x <= width for x in numbers[::2])
            assert all(TOP - 1 <= y <= sheet.floor + 1 for y in numbers[1::2])
        assert 2 <= len(sheet.levels) <= 12
        assert all(tick.x <= width + RIGHT for tick in sheet.days)
        assert len(sheet.taken_out) == sum(point.out for point in points)
