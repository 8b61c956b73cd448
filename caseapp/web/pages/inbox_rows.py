"""The list of leads: its columns, filters, order and CSV."""

from __future__ import annotations

from flask import request

from caseapp.services.queries.inbox import VIEWS, WAITING_LISTED
from caseapp.services.queries.rows_inbox import LeadLine
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.pages import inbox_words

NAMES = {"open": N_("待研判"), "check": N_("待查"), "done": N_("已定性"), "all": N_("全部线索")}


def _best(row: LeadLine) -> str | None:
    """Return the highest score of a waiting suggestion, written so that text order is its order."""
    scores = [pair.score for pair in row.suggested if pair.score is not None]
    return f"{max(scores):.2f}" if scores else None


COLUMNS: tuple[Column[LeadLine], ...] = (
    Column("number", N_("编号"), lambda row: row.number),
    Column("title", N_("标题"), lambda row: row.title or row.words),
    Column("url", N_("网址"), lambda row: row.url),
    Column("platform", N_("平台"), lambda row: row.platform or inbox_words.host(row.url)),
    Column("account", N_("账号"), lambda row: row.account),
    Column("verdict", N_("定性"), lambda row: inbox_words.verdict_word(row.verdict or "")),
    Column("reason", N_("理由"), lambda row: row.verdict_reason),
    Column("judged", N_("定性人"), lambda row: row.judged_by),
    Column("state", N_("取证状态"), lambda row: inbox_words.state_word(inbox_words.capture_state(row))),
    Column("advice", N_("说明"), lambda row: inbox_words.advice(row.capture)),
    Column("evidence", N_("证据"), lambda row: row.evidence.number if row.evidence else None),
    Column("linked", N_("已归入"), lambda row: "、".join(pair.number for pair in row.linked)),
    Column("score", N_("相近程度"), _best),
    Column("published", N_("发布"), lambda row: row.published_at),
    Column("added", N_("登记"), lambda row: row.added_at),
)
FILTERS: tuple[Filter[LeadLine], ...] = (
    Filter("state", N_("取证状态"), inbox_words.capture_state, inbox_words.state_word),
    Filter("platform", N_("平台"), lambda row: row.platform or inbox_words.host(row.url), lambda key: key),
    Filter(
        "verdict",
        N_("定性"),
        lambda row: row.verdict or "none",
        lambda key: inbox_words.verdict_word(key.replace("none", "")),
    ),
)
ORDERS = (
    ("", N_("新登记在前")),
    ("-score", N_("最相近在前")),
    ("-published", N_("新发布在前")),
    ("state", N_("按取证状态")),
)
"""Orders offered above the list; the address takes any column."""


def view() -> str:
    """Return which posts the address asks for: those not judged unless it says another view."""
    asked = request.args.get("show", "open")
    return asked if asked in VIEWS else "open"


def shown(rows: list[LeadLine]) -> Listing[LeadLine]:
    """Return the list as the address orders and filters it."""
    return listing(rows, COLUMNS, FILTERS, paged=False, most=WAITING_LISTED)


def views(counts: dict[str, int]) -> list[tuple[str, str, int, bool]]:
    """Return the views with their addresses, counts, and which is shown."""
    now = view()
    return [(_(NAMES[key]), inbox_words.view_href(key), counts[key], key == now) for key in VIEWS]


def place(rows: list[LeadLine], number: str) -> int:
    """Return where a post stands in the list, from 0; -1 when it is not in it."""
    return next((at for at, row in enumerate(rows) if row.number == number), -1)
