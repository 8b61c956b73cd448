"""证据: what a case rests on, and its list of evidence with numbers, groups and purposes."""

from __future__ import annotations

from collections.abc import Sequence

from caseapp.domain.permissions import Permission
from caseapp.services.queries import CaseHead
from caseapp.services.queries.granted import granted_in
from caseapp.services.queries.matter import ExhibitLine, exhibits_of
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing


def _kind(key: str) -> str:
    return wording.word("evidence_kind", key)


def _seal(key: str) -> str:
    return wording.state_word("seal", key)


def _status(key: str) -> str:
    return wording.state_word("evidence_item", key)


def _listed(key: str) -> str:
    return _("未编入目录") if key == "none" else _("第 %(n)s 组", n=key)


def _order(row: ExhibitLine) -> int | None:
    return None if row.group_no is None else row.group_no * 10_000 + (row.order_no or 0)


COLUMNS: tuple[Column[ExhibitLine], ...] = (
    Column("exhibit", N_("目录编号"), _order, sortable=True),
    Column("label", N_("证据编号"), lambda row: row.exhibit),
    Column("number", N_("证据"), lambda row: row.number),
    Column("title", N_("题名"), lambda row: row.title),
    Column("group", N_("组名"), lambda row: row.group_name),
    Column("kind", N_("类型"), lambda row: _kind(row.kind)),
    Column("proves", N_("证明什么"), lambda row: row.proves),
    Column("seal", N_("封存"), lambda row: _seal(row.seal_state)),
    Column("status", N_("状态"), lambda row: _status(row.status)),
    Column("obtained", N_("取得"), lambda row: row.obtained_at),
)
FILTERS: tuple[Filter[ExhibitLine], ...] = (
    Filter("group", N_("目录"), lambda row: "none" if row.group_no is None else str(row.group_no), _listed),
    Filter("kind", N_("类型"), lambda row: row.kind, _kind),
    Filter("seal", N_("封存"), lambda row: row.seal_state, _seal),
    Filter("status", N_("状态"), lambda row: row.status, _status),
)


def exhibit_list(rows: Sequence[ExhibitLine]) -> Listing[ExhibitLine]:
    """Return the evidence as the address filters and orders it."""
    return listing(rows, COLUMNS, FILTERS)


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the evidence tab of a case shows."""
    rows = exhibits_of(work, head.id)
    may = granted_in(work, head.id)
    groups = {row.group_no: row.group_name for row in rows if row.group_no is not None}
    return {
        "shown": exhibit_list(rows),
        "may_exhibit": Permission.EVIDENCE_EXHIBIT in may and head.status != "archived",
        "groups": groups,
        "loose": [row for row in rows if row.exhibit_id is None],
    }
