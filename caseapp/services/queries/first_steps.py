"""The first run's six steps, each ticked by real use; the example's rows tick nothing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists, select

from caseapp.domain.events import Event
from caseapp.models import AuditEvent, Capture, Document, DocumentVersion, EvidenceItem
from caseapp.services.approvals import FROZEN
from caseapp.services.work import Work

STEPS: Final = ("capture", "sealed", "verified", "drafted", "approved", "calendar")
SEALED: Final = ("sealed", "logged", "stamped", "witnessed", "complete")
NOTICE: Final = "infringement_notice"


def first_steps(work: Work) -> dict[str, bool]:
    """Return which of ``STEPS`` somebody of the house has taken; facts alone, one statement."""
    drafts = select(Document.id).where(Document.kind == NOTICE, Document.sample.is_(False))
    of_notice = DocumentVersion.document_id.in_(drafts)
    done = (
        exists().where(Capture.voided_at.is_(None), Capture.sample.is_(False)),
        exists().where(EvidenceItem.seal_state.in_(SEALED), EvidenceItem.sample.is_(False)),
        exists().where(EvidenceItem.verified_at.is_not(None), EvidenceItem.sample.is_(False)),
        exists().where(of_notice),
        exists().where(of_notice, DocumentVersion.status.in_(FROZEN)),
        exists().where(AuditEvent.action == Event.LIST_EXPORTED, AuditEvent.object_type == "deadlines"),
    )
    found = work.session.execute(select(*(select(one).scalar_subquery() for one in done))).one()
    return {step: bool(value) for step, value in zip(STEPS, found, strict=True)}
