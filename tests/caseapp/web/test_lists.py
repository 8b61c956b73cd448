"""Lists: filters and order from the address, CSV that a spreadsheet reads and never runs."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from caseapp.web.lists import PAGE, Column, Filter, Listing, cell, listing
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


def test_a_long_list_has_pages_and_its_csv_every_row(place: Place) -> None:
    rows = [Line(f"{n:04}", "live", None, None) for n in range(PAGE * 2 + 1)]

    def shown(query: str) -> tuple[Listing[Line], int]:
        with place.app().test_request_context(f"/cases/?{query}"):
            made = listing(rows, COLUMNS, FILTERS)
            return made, made.csv("x").get_data(as_text=True).count("\r\n") - 1

    for asked, page in (("", 1), ("page=2", 2), ("page=3", 3), ("page=99", 3), ("page=0", 1), ("page=9" * 40, 1)):
        made, written = shown(asked)
        assert (made.page, made.pages, written) == (page, 3, len(rows)), asked
        assert made.rows == rows[(page - 1) * PAGE : page * PAGE]
    with place.app().test_request_context("/cases/?page=2&sort=number"):
        made = listing(rows, COLUMNS, FILTERS)
        assert made.href(state="live") == "/cases/?sort=number&state=live"  # another choice begins at its first page
        assert made.href(page="3") == "/cases/?sort=number&page=3"
        assert listing(rows, COLUMNS, FILTERS, paged=False).rows == sorted(rows)


def test_what_lies_beyond_a_list_is_said(place: Place) -> None:
    with place.app().test_request_context("/cases/"):
        assert not listing(ROWS, COLUMNS, FILTERS, most=3).cut
        made = listing(ROWS, COLUMNS, FILTERS, most=2)
        assert (made.cut, made.total, len(made.found)) == (True, 2, 2)
        assert "前 2 行" in made.csv("x").get_data(as_text=True).splitlines()[-1]


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
