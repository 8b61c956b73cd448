"""The arithmetic of the heat curve: every post and capture counted once, every point within its picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask, g
from hypothesis import given, settings
from hypothesis import strategies as st

from caseapp.services.queries.rows_incident import IncidentPage
from caseapp.web.i18n import init_app
from caseapp.web.pages.incident_heat import DESK, PHONE, Heat, heat

BEGAN = datetime(2026, 11, 12, 13, 47, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def spoken() -> Iterator[None]:
    app = Flask("heat")
    init_app(app)
    with app.test_request_context():
        g.now = BEGAN + timedelta(days=4000)
        yield


def told(published: list[float | None], captured: list[float] = [], said: float | None = None) -> Heat | None:  # noqa: B006
    posts = [
        SimpleNamespace(
            published_at=None if h is None else BEGAN + timedelta(hours=h), earliest=False, captured_at=None
        )
        for h in published
    ]
    spoken_of = [] if said is None else [SimpleNamespace(kind="publication", at=BEGAN + timedelta(hours=said))]
    page: Any = SimpleNamespace(
        confirmed=posts, posts=posts, captures=[BEGAN + timedelta(hours=h) for h in captured], happenings=spoken_of
    )
    return heat(cast("IncidentPage", page))


def test_nothing_dated_is_no_picture() -> None:
    assert told([]) is None
    assert told([None]) is None


def test_days_are_beijings_and_marks_stand_on_theirs() -> None:
    made = told([0, 10, 11], [12, 13], said=60)  # 13:47 UTC is 21:47 in Beijing
    assert made is not None
    days = {bar.begin.isoformat(): (bar.posts, bar.captures, bar.so_far, bar.words) for bar in made.bars}
    assert days["2026-11-11"] == (0, 0, 0, ())
    assert days["2026-11-12"] == (1, 0, 1, ())
    assert days["2026-11-13"] == (2, 2, 3, ("最早取证",))
    assert days["2026-11-15"][3] == ("澄清声明",)
    assert "高点 2026-11-13" in made.finding or "高点 11-13" in made.finding
    assert [word.text for word in made.sheets[0].marks] == ["最早取证", "澄清声明"]


def test_a_day_that_has_not_come_is_not_drawn_as_quiet() -> None:
    g.now = BEGAN + timedelta(hours=1)
    try:
        made = told([0])
        assert made is not None
        assert [bar.posts for bar in made.bars] == [0, 1]
    finally:
        g.now = BEGAN + timedelta(days=4000)


@pytest.mark.parametrize(("days", "step"), [(61, 1), (62, 7), (419, 7), (420, 30), (3000, 30)])
def test_a_long_span_is_counted_by_week_or_month(days: int, step: int) -> None:
    made = told([0, days * 24])
    assert made is not None
    assert made.step == step
    assert len(made.bars) <= 110
    assert sum(bar.posts for bar in made.bars) == 2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 20_000)), max_size=12),
    st.lists(st.floats(0, 20_000), max_size=12),
    st.one_of(st.none(), st.floats(0, 20_000)),
)
def test_everything_is_counted_once_and_lies_within(
    published: list[float | None], captured: list[float], said: float | None
) -> None:
    made = told(published, captured, said)
    known = [h for h in published if h is not None]
    if made is None:
        assert not known
        assert not captured
        return
    assert sum(bar.posts for bar in made.bars) == made.bars[-1].so_far == len(known)
    assert sum(bar.captures for bar in made.bars) == len(captured)
    assert made.unknown == len(published) - len(known)
    for sheet, width in zip(made.sheets, (DESK, PHONE), strict=True):
        assert sheet.width == width
        for path in (sheet.posts, sheet.captures, sheet.area):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path)]
            assert all(0 <= x <= sheet.width for x in numbers[::2])
            assert all(sheet.top - 1 <= y <= sheet.floor for y in numbers[1::2])
        assert all(0 <= word.y < sheet.top for word in sheet.marks)
