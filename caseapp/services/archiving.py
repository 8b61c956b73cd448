"""An archived case is for reading: one rule, asked before every act and again before anything is written.

What the house itself keeps up (seals, custody, checks that a post is still there) goes on; what a case shares with
others (incidents, claims, posts) is not in it and goes on too, for a rumour may come back into a new case.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from caseapp.domain.errors import WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import P, Permission
from caseapp.models import AuditEvent, Base, Case, CustodyEvent, Disposal, EvidenceItem, Filing, Job, Scrub
from caseapp.services.visibility import case_ids
from caseapp.services.visible_ways import PARENT

READING: Final[frozenset[Permission]] = frozenset(
    {P.CASE_READ, P.CASE_READ_PRIVILEGED, P.EVIDENCE_READ, P.EVIDENCE_EXPORT, P.DOCUMENT_READ, P.AUDIT_READ,
     P.AUDIT_VERIFY, P.AUDIT_ERASE, P.SYSTEM_READ, P.SELF_EDIT, P.EVIDENCE_HOLD, P.EVIDENCE_REQUEST_DISPOSAL,
     P.EVIDENCE_DISPOSE}
)  # fmt: skip
"""What is still allowed in an archived case; holds and lawful erasure too, which leave their trace in the chain."""
_RECORDS: Final = (AuditEvent, CustodyEvent, Job, Scrub, Filing, Disposal)
"""What is written down about reading, verifying, exporting and keeping in the archive."""
_BOOK: Final = frozenset({"updated_at", "updated_by", "version"})
_KEPT_UP: Final[dict[type[Base], frozenset[str]]] = {
    EvidenceItem: _BOOK | {"verified_at", "seal_state", "hold", "hold_reason", "status", "status_before",
                           "disposal_requested_by", "disposed_by", "disposed_at"},
    Case: _BOOK | {"legal_hold", "hold_basis"},
}  # fmt: skip
"""Columns that say how an item's last check went, whether it is on hold and whether it is disposed of."""
_ARCHIVED: Final = "archived"


class CaseArchivedError(WorkflowRefusedError):
    """The case is archived."""

    code = "case-archived"
    text = Label(
        "案件已归档，只读，不能再改。可以查看、校验和导出；有新的事请另立新案。",
        "The case is archived: read, verify and export it, but nothing in it can be changed. "
        "For anything new open a new case.",
    )


def homes(session: Session, row: Base) -> frozenset[str]:
    """Return the ids of the cases a row is in: its own case, its parent's, or all that hold an evidence item."""
    model = type(row)
    if model in PARENT:
        column, parent = PARENT[model]
        owner = session.get(parent, getattr(row, column))
        return homes(session, owner) if owner is not None else frozenset()
    if isinstance(row, EvidenceItem):  # a new one is in no case before it is linked with something there
        return case_ids(session, row) if inspect(row).persistent else frozenset()
    key = row.id if isinstance(row, Case) else getattr(row, "case_id", None)
    return frozenset({key} if key else ())


def is_archived(session: Session, row: Base) -> bool:
    """Whether every case the row is in was archived before this transaction's own changes."""
    found = [session.get(Case, key) for key in homes(session, row)]
    return bool(found) and all(case is not None and _status(case) == _ARCHIVED for case in found)


def of_sample(session: Session, row: Base) -> bool:
    """Whether a row is in a case of the example (示例), and so belongs to the example itself."""
    found = [session.get(Case, key) for key in homes(session, row)]
    return bool(found) and all(case is not None and case.sample for case in found)


def _status(case: Case) -> str:
    before = inspect(case).attrs.status.history.deleted
    return str(before[0] if before else case.status)


def check_written(session: Session) -> None:
    """Refuse what is about to be written into an archived case.

    Raises:
        CaseArchivedError.
    """
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, _RECORDS) or not isinstance(row, Base) or _only_kept_up(row):
            continue
        if is_archived(session, row):
            raise CaseArchivedError


def _only_kept_up(row: Base) -> bool:
    state = inspect(row)
    if not state.persistent:
        return False
    changed = {one.key for one in state.attrs if one.history.has_changes()}
    return not changed or changed <= _KEPT_UP.get(type(row), frozenset())
