"""操作日志: the audit trail of a case, filtered, with the result of checking the whole chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import request, url_for

from caseapp.domain.errors import PermissionDeniedError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.services.audit_chain import ChainReport, verify_chain
from caseapp.services.queries import AuditRow, CaseHead, tabs
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.i18n import N_, _, many
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import say
from caseapp.web.unit import key_of

PAGE: Final = 200
WHOLE: Final = 20_000
"""Rows a CSV holds at most."""
LAST_PLACE: Final = 2**63 - 1


def _kind(key: str) -> str:
    return say(kind_label(key))


def _who(row: AuditRow) -> str:
    return row.actor or ""


COLUMNS: tuple[Column[AuditRow], ...] = (
    Column("seq", N_("序号"), lambda row: row.seq),
    Column("at", N_("时间"), lambda row: row.at),
    Column("actor", N_("操作人"), lambda row: row.actor or _("系统")),
    Column("action", N_("操作"), lambda row: wording.event(row.action)),
    Column("kind", N_("对象"), lambda row: _kind(row.object_type)),
    Column("number", N_("编号"), lambda row: row.number),
    Column("reason", N_("理由"), lambda row: row.reason),
    Column("hash", N_("链上摘要"), lambda row: row.hash),
)
FILTERS: tuple[Filter[AuditRow], ...] = (
    Filter("actor", N_("操作人"), _who, lambda key: key or _("系统")),
    Filter("action", N_("操作"), lambda row: row.action, wording.event),
    Filter("kind", N_("对象"), lambda row: row.object_type, _kind),
)


def trail(rows: Sequence[AuditRow]) -> Listing[AuditRow]:
    """Return the events as the address filters and orders them."""
    return listing(rows, COLUMNS, FILTERS)


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the trail's tab of a case shows.

    Raises:
        PermissionDeniedError: an empty trail would say that nothing was recorded.
    """
    if Permission.AUDIT_READ not in granted_in(work, head.id):
        raise PermissionDeniedError(permission=Permission.AUDIT_READ.label)
    whole = request.args.get("format") == "csv" or any(request.args.get(one.key) for one in FILTERS)
    before = request.args.get("before", type=_place)
    rows = tabs.audit(work, head.id, before=before, limit=WHOLE if whole else PAGE)
    older = None
    if not whole and len(rows) == PAGE:
        key = key_of(head.number, sample=head.sample)
        older = url_for("case.tab", number=key, tab="audit", before=rows[-1].seq)
    checks = request.args.get("check") == "1" or request.args.get("format") == "csv"
    chain = verify_chain(work.session) if checks else None
    return {
        "shown": trail(rows),
        "older": older,
        "chain": chain,
        "kind_word": _kind,
        "foot": _foot(chain) if chain else (),
    }


def _foot(chain: ChainReport) -> list[list[str]]:
    """Return the lines below a trail taken away: what checking the whole chain of this house found."""
    found = _("完整") if chain.intact else many("%(num)d 处不符", len(chain.faults))
    return [[_("全链校验"), found], [_("全链条数"), str(chain.events)], [_("链首摘要"), chain.head]]


def _place(text: str) -> int:
    """Read a place in the trail; one that no database can hold is none."""
    number = int(text)
    if not 0 <= number <= LAST_PLACE:
        raise ValueError(text[:20])
    return number
