"""The audit trail for those who may: checking the chain, and erasing a detail lawfully."""

from __future__ import annotations

from typing import Final

from caseapp.domain.errors import NotFoundError, ReasonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.models import AuditDetail, AuditEvent, User
from caseapp.services.audit_chain import ChainReport, verify_chain
from caseapp.services.work import Work

__all__ = ["ChainReport", "erase_detail", "record_audit_check", "verify_audit", "verify_chain"]

_ERASE: Final = Permission.AUDIT_ERASE.label


def verify_audit(work: Work) -> ChainReport:
    """Check the chain for someone who may; it walks every event, so read, and write down what was found afterwards.

    Raises:
        PermissionDeniedError.
    """
    work.require(Permission.AUDIT_VERIFY)
    return verify_chain(work.session)


def record_audit_check(work: Work, report: ChainReport) -> None:
    """Write down that the chain was checked, and what was found.

    Raises:
        PermissionDeniedError.
    """
    work.require(Permission.AUDIT_VERIFY)
    who = work.session.get_one(User, work.actor.user_id)
    after = {"events": report.events, "head": report.head, "erased": report.erased, "faults": len(report.faults)}
    work.record(Event.AUDIT_VERIFIED, who, after=after)


def erase_detail(work: Work, event_id: str, *, basis: str) -> None:
    """Erase the detail of one event lawfully; its digest and place in the chain stay, and the chain still verifies.

    Raises:
        NotFoundError: no such event, or no detail left to erase.
        ReasonRequiredError: no legal basis given.
    """
    work.require(Permission.AUDIT_ERASE)
    if not basis.strip():
        raise ReasonRequiredError(action=_ERASE)
    event = work.session.get(AuditEvent, event_id)
    detail = work.session.get(AuditDetail, event_id)
    if event is None or detail is None or detail.erased_at is not None:
        raise NotFoundError(kind=kind_label("audit_events"))
    detail.salt = detail.body = None
    detail.erased_at, detail.erased_by, detail.erase_basis = work.now, work.actor.user_id, basis
    work.session.flush()
    work.record(Event.AUDIT_DETAIL_ERASED, event, case=event.case_id, after={"seq": event.seq}, reason=basis)
