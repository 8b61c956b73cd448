"""Lists: filters and order from the address, CSV that a spreadsheet reads and never runs."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from caseapp.web.lists import Column, Filter, Listing, cell, listing
from tests.caseapp.web.conftest import Place


class Line(NamedTuple):
    number: str
    state: str
    sum: Decimal | None
    at: datetime | None


NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)
ROWS = [Line("甲", "live", Decimal(20), NOON), Line("乙", "gone", None, None), Line("=1+1", "live", Decimal(3), NOON)]
COLUMNS: tuple[Column[Line], ...] = (
    Column("number", "编号", lambda row: row.number),
    Column("sum", "金额", lambda row: row.sum),
    Column("at", "时间", lambda row: row.at),
)
FILTERS: tuple[Filter[Line], ...] = (Filter("state", "现状", lambda row: row.state, str.upper),)


def at(place: Place, query: str) -> Listing[Line]:
    with place.app().test_request_context(f"/cases/?{query}"):
        return listing(ROWS, COLUMNS, FILTERS)


def inside(place: Place, query: str, ask: Callable[[Listing[Line]], object]) -> object:
    with place.app().test_request_context(f"/cases/?{query}"):
        return ask(listing(ROWS, COLUMNS, FILTERS))


def test_order_filters_and_words(place: Place) -> None:
    assert [row.number for row in at(place, "sort=sum").rows] == ["=1+1", "甲", "乙"]
    assert [row.number for row in at(place, "sort=-sum").rows][1:] == ["甲", "=1+1"]
    assert [row.number for row in at(place, "state=gone").rows] == ["乙"]
    assert [row.number for row in at(place, "q=20").rows] == ["甲", "=1+1"]
    assert at(place, "sort=nonsense&state=nonsense").rows == []
    assert at(place, "sort=nonsense").rows == ROWS
    offers = at(place, "state=live").offers["state"]
    assert [(offer.word, offer.count, offer.chosen) for offer in offers] == [("LIVE", 2, True), ("GONE", 1, False)]


def test_addresses_keep_what_was_chosen(place: Place) -> None:
    assert inside(place, "state=live", lambda shown: shown.order_href("sum")) == "/cases/?state=live&sort=sum"
    assert inside(place, "sort=sum", lambda shown: shown.order_href("sum")) == "/cases/?sort=-sum"
    assert inside(place, "sort=-sum", lambda shown: shown.order_href("sum")) == "/cases/"


def test_csv_is_text_for_a_spreadsheet(place: Place) -> None:
    answer = inside(place, "format=csv&state=live", lambda shown: shown.csv("notices"))
    text = answer.get_data(as_text=True)  # type: ignore[attr-defined]  # a Flask response
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [
        ["编号", "金额", "时间"],
        ["甲", "20", "2026-11-16 12:00:00+08:00"],
        ["'=1+1", "3", "2026-11-16 12:00:00+08:00"],
    ]


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
