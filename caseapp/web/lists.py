"""Lists: filters and order stand in the address, and every list can be taken away as CSV.

::

    COLUMNS = (Column("number", N_("编号"), lambda row: row.number), ...)
    shown = listing(rows, COLUMNS, (Filter("state", N_("状态"), lambda row: row.state, words),))
    if shown.wants_csv:
        return shown.csv("notices")

The template writes its own cells and takes heads and tools from ``ui.th(shown, "number")`` and ``ui.tools(shown)``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from caseapp.domain.spreadsheets import inert
from caseapp.services.queries.rows import LISTED
from caseapp.web.filters import BEIJING, now
from caseapp.web.i18n import _

Row = TypeVar("Row")
LONGEST_QUERY = 200
LONGEST_PAGE = 9
PAGE = 200
"""Rows of a list on one page of it; CSV and print hold them all."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: ``value`` is what is sorted by and written to CSV (text, number, amount, day or UTC time)."""

    key: str
    name: str
    value: Callable[[Row], Any]
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Filter(Generic[Row]):
    """One choice above the list: rows whose ``value`` is the chosen key stay."""

    key: str
    name: str
    value: Callable[[Row], str]
    words: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice of a filter with how many rows it keeps; None where counting would read a large table."""

    key: str
    word: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A filtered and ordered list.

    Attributes:
        rows: what this page of it shows.
        found: everything the filters leave, in order; what goes into CSV.
        total: how many there are without filters.
        cut: there are more than a list holds (``LISTED``), and the filters never saw the rest.
        page: which page of ``pages`` is shown, from 1.
        sort: key of the column it is ordered by, empty for the list's own order.
        down: the largest first.
        query: words searched for in every column.
        chosen: filter key to chosen value.
    """

    rows: Sequence[Row]
    found: Sequence[Row]
    total: int
    columns: Sequence[Column[Row]]
    filters: Sequence[Filter[Row]]
    offers: Mapping[str, Sequence[Offer]]
    sort: str
    down: bool
    query: str
    chosen: Mapping[str, str]
    cut: bool = False
    page: int = 1
    pages: int = 1

    @property
    def wants_csv(self) -> bool:
        """Whether the address asks for CSV."""
        return request.args.get("format") == "csv"

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query or self.chosen)

    def column(self, key: str) -> Column[Row]:
        """Return a column by key."""
        return next(column for column in self.columns if column.key == key)

    def href(self, **changes: str) -> str:
        """Return this address with other parameters, on its first page; an empty value drops one."""
        kept = {key: value for key, value in request.args.items() if key not in {"format", "page"}} | changes
        return f"{request.path}?{urlencode({key: value for key, value in kept.items() if value})}".rstrip("?")

    def order_href(self, key: str) -> str:
        """Return the address that orders by a column: first up, then down, then the list's own order."""
        if self.sort != key:
            return self.href(sort=key)
        return self.href(sort="" if self.down else f"-{key}")

    def csv(self, name: str, foot: Iterable[Iterable[Any]] = ()) -> Response:
        """Return what is shown as CSV: UTF-8 with a byte-order mark, times in Beijing time, no formulas.

        Args:
            name: begins the file's name.
            foot: rows below it, such as what a check of the list found.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([_(column.name) for column in self.columns])
        writer.writerows([cell(column.value(row)) for column in self.columns] for row in self.found)
        if self.cut:
            writer.writerow([_("只列出前 %(n)d 行，其余未列；请先筛选。", n=self.total)])
        writer.writerows([cell(value) for value in row] for row in foot)
        answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
        stamp = f"{now().astimezone(BEIJING):%Y%m%d-%H%M}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.csv"'
        return answer


def cell(value: Any) -> str:
    """Return a value as CSV text; a text a spreadsheet would run as a formula gets an apostrophe first."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}+08:00"
    if isinstance(value, date | int | Decimal):
        return str(value)
    return inert(str(value))


def listing(
    rows: Iterable[Row],
    columns: Sequence[Column[Row]],
    filters: Sequence[Filter[Row]] = (),
    *,
    paged: bool = True,
    most: int = LISTED,
) -> Listing[Row]:
    """Filter and order ``rows`` as this address says; what it says wrongly is left aside.

    Args:
        rows: everything there is, or the first ``most`` and one more.
        columns: what is shown, sorted by and written to CSV.
        filters: the choices above the list.
        paged: shown in pages; without, all on one (a list in groups, a picture).
        most: how many rows the list holds; what lies beyond is said, not shown.
    """
    every = list(rows)
    cut = len(every) > most
    every = every[:most]
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    chosen = {one.key: request.args[one.key] for one in filters if request.args.get(one.key)}
    found = [row for row in every if _holds(row, columns, query)]
    offers = {one.key: _offers(found, one, filters, chosen) for one in filters}
    shown = [row for row in found if all(one.value(row) == chosen.get(one.key, one.value(row)) for one in filters)]
    asked = request.args.get("sort", "")
    sort, down = asked.removeprefix("-"), asked.startswith("-")
    column = next((one for one in columns if one.key == sort and one.sortable), None)
    if column is not None:
        shown.sort(key=lambda row: _order(column.value(row)), reverse=down)
    key = column.key if column else ""
    pages = max(1, -(-len(shown) // PAGE)) if paged else 1
    page = _page(request.args.get("page", ""), pages)
    part = shown[(page - 1) * PAGE : page * PAGE] if paged else shown
    return Listing(part, shown, len(every), columns, filters, offers, key, down, query, chosen, cut, page, pages)


def _page(asked: str, pages: int) -> int:
    """Return the page asked for; the nearest there is, and the first for what is no number."""
    return min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < LONGEST_PAGE else 1


def _holds(row: Row, columns: Sequence[Column[Row]], query: str) -> bool:
    return not query or any(query.casefold() in cell(column.value(row)).casefold() for column in columns)


def _offers(
    rows: Sequence[Row], one: Filter[Row], filters: Sequence[Filter[Row]], chosen: Mapping[str, str]
) -> list[Offer]:
    others = [other for other in filters if other.key != one.key and other.key in chosen]
    counts: dict[str, int] = {}
    for row in rows:
        if all(other.value(row) == chosen[other.key] for other in others):
            counts[one.value(row)] = counts.get(one.value(row), 0) + 1
    return [Offer(key, one.words(key), count, chosen.get(one.key) == key) for key, count in counts.items()]


def _order(value: Any) -> tuple[int, Any]:
    """Return a sort key: what is unknown comes last when going up; numbers, times and texts apart."""
    if value is None or value == "":
        return (3, "")
    if isinstance(value, datetime):
        return (1, value.timestamp())
    if isinstance(value, date):
        return (1, value.toordinal())
    if isinstance(value, int | Decimal):
        return (0, value)
    return (2, str(value))
