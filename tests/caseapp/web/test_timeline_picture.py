"""The arithmetic of the timeline's picture: every row is in one cell, every cell within the picture, gaps told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from caseapp.services.queries.timeline import DEED, FACT, TimeMark
from caseapp.web.i18n import init_app
from caseapp.web.pages.timeline import GROUPS, Shown
from caseapp.web.pages.timeline_picture import LANES, MOST, Picture, lane_of, picture

BEGAN = datetime(2026, 8, 10, 13, 47, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def spoken() -> Iterator[None]:
    app = Flask("timeline")
    init_app(app)
    with app.test_request_context():
        yield


def shown(place: int, days: float | None = 0, group: str = "post", lane: str = FACT, **more: Any) -> Shown:
    at = None if days is None else BEGAN + timedelta(days=days)
    precision = more.pop("precision", "exact" if at else "unknown")
    return Shown(place, TimeMark(at, lane, group, "t", "record", **more), group, group, precision, "", ())


def drawn(*rows: Shown) -> Picture:
    made = picture(rows)
    assert made is not None
    return made


def test_nothing_is_no_picture() -> None:
    assert picture([]) is None


def test_lanes_by_kind_with_platforms_and_courts_apart() -> None:
    rows = [
        shown(1), shown(2, group="capture", lane=DEED), shown(3, group="publication", lane=DEED),
        shown(4, group="notice", lane=DEED), shown(5, group="notice"), shown(6, group="letter", court=True),
        shown(7, group="letter"), shown(8, group="case", lane=DEED), shown(9, group="case", lane=DEED, court=True),
    ]  # fmt: skip
    assert [lane_of(row) for row in rows] == [
        "post", "capture", "document", "notice", "platform", "court", "letter", "case", "court",
    ]  # fmt: skip
    assert {cell.href for cell in drawn(*rows).lying.cells} == {"#m-1", "#m-2", "#m-3", "#m-4", "#m-5", "#m-6", "#m-7",
                                                                "#m-8"}  # fmt: skip


def test_days_without_anything_are_left_out_and_said() -> None:
    made = drawn(shown(1), shown(2), shown(3, 1), shown(4, 20))
    assert [cell.count for cell in made.lying.cells] == [2, 1, 1]
    assert [word.text for word in made.lying.words if word.over] == ["隔 18 天"]
    assert [word.text for word in made.standing.words if word.over] == ["隔 18 天"]
    assert made.lying.cells[0].label.endswith("2 件")


def test_a_cell_against_us_looks_so_and_ours_looks_ours() -> None:
    (mixed,) = drawn(shown(1, group="document"), shown(2, group="document", lane=DEED),
                     shown(3, group="document", lane=DEED)).lying.cells  # fmt: skip
    assert mixed.deed
    (bad,) = drawn(shown(1, group="document", hot=True), shown(2, group="document", lane=DEED)).lying.cells
    assert (bad.hot, bad.deed) == (True, False)


def test_what_is_known_to_the_month_has_no_day() -> None:
    made = drawn(shown(1), shown(2, 3, precision="month"), shown(3, None))
    assert [cell.count for cell in made.lying.cells] == [1, 2]
    assert "日期不详" in {word.text for word in made.lying.words}


@pytest.mark.parametrize(("days", "unit"), [(MOST, "day"), (MOST + 1, "week"), (120, "month"), (700, "year")])
def test_many_days_are_gathered(days: int, unit: str) -> None:
    made = drawn(*(shown(n, n) for n in range(days)))
    assert made.unit == unit
    assert sum(cell.count for cell in made.lying.cells) == days


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-700_000, 2_900_000)), st.sampled_from([*GROUPS, "else"]),
            st.sampled_from([FACT, DEED]), st.booleans(),
        ),
        min_size=1, max_size=16,
    )
)  # fmt: skip
def test_every_row_is_in_one_cell_within_the_picture(told: list[tuple[float | None, str, str, bool]]) -> None:
    made = drawn(*(shown(n, days, group, lane, court=court) for n, (days, group, lane, court) in enumerate(told, 1)))
    for sheet in (made.lying, made.standing):
        assert sum(cell.count for cell in sheet.cells) == len(told)
        assert all(0 < cell.x < sheet.width and 0 < cell.y < sheet.height for cell in sheet.cells)
        assert len({(cell.x, cell.y) for cell in sheet.cells}) == len(sheet.cells)
    assert len(made.lying.bands) <= len(LANES)
