"""发布: an approved statement is scheduled, published under an address of ours, captured by ourselves, put right."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select

from caseapp.documents import load
from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Document, DocumentVersion, EvidenceItem, Publication
from caseapp.services.approvals import FROZEN
from caseapp.services.captures import request_capture
from caseapp.services.work import Work

PURPOSE: Final = "own_publication"
_DOCUMENT: Final = Label("文书", "document")


def schedule_publication(
    work: Work, version: DocumentVersion, *, channel: str, account: str | None = None, at: datetime | None = None
) -> Publication:
    """Plan where and when an approved public statement will appear.

    Raises:
        NotFoundError, PermissionDeniedError.
        InvalidInputError: it is not approved, or not made for the public, or no channel is named.
    """
    work.require(Permission.PUBLICATION_SCHEDULE, version)
    document = work.session.get_one(Document, version.document_id)
    if version.status not in FROZEN:
        raise InvalidInputError(field=_DOCUMENT, problem=Label("尚未批准。", "it is not approved."))
    if load(document.kind).audience != "public":
        raise InvalidInputError(field=_DOCUMENT, problem=Label("不是公开文书。", "it is not made for the public."))
    if not channel.strip():
        raise InvalidInputError(field=Label("发布渠道", "channel"), problem=Label("请填写。", "fill it in."))
    row = work.add(
        Publication(
            case_id=document.case_id,
            incident_id=document.incident_id,
            version_id=version.id,
            channel=channel.strip(),
            official_account=(account or "").strip() or None,
            scheduled_at=at,
            desk_id=document.desk_id,
        )
    )
    work.record(Event.ROW_CREATED, row, after={"document": document.no, "channel": row.channel})
    return row


def publish(work: Work, row: Publication, url: str) -> Capture:
    """The statement stands at ``url``: it is recorded, and its own capture is ordered.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
        InvalidInputError: no address the capturer would visit.
    """
    work.require(Permission.PUBLICATION_PUBLISH, row)
    workflow.PUBLICATION.find(row, "publish")
    capture = request_capture(work, url, purpose=PURPOSE, case_id=row.case_id)
    row.url = capture.url
    work.transition(workflow.PUBLICATION, row, "publish")
    return capture


def own_capture(work: Work, row: Publication) -> EvidenceItem | None:
    """The sealed capture of the publication's address, if there is one by now."""
    found = (
        select(EvidenceItem)
        .join(Capture, EvidenceItem.capture_id == Capture.id)
        .where(
            Capture.url == row.url,
            Capture.case_id == row.case_id,
            EvidenceItem.package_id.is_not(None),
            EvidenceItem.voided_at.is_(None),
            Capture.finished_at >= row.published_at,
        )
        .order_by(EvidenceItem.obtained_at)
        .limit(1)
    )
    return work.session.scalars(work.visible(found, EvidenceItem)).first()


def record_own_capture(work: Work, row: Publication) -> EvidenceItem:
    """Link the sealed capture of what was published.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
        InvalidInputError: the capture is not sealed yet.
    """
    work.require(Permission.PUBLICATION_PUBLISH, row)
    workflow.PUBLICATION.find(row, "capture")
    item = own_capture(work, row)
    if item is None:
        problem = Label("取证还没有封存，请稍后再试。", "its capture is not sealed yet; try again later.")
        raise InvalidInputError(field=Label("自行取证", "own capture"), problem=problem)
    row.evidence_id = item.id
    work.transition(workflow.PUBLICATION, row, "capture")
    return item


def correct_publication(work: Work, row: Publication, *, reason: str) -> None:
    """What was published was corrected at its place.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    work.transition(workflow.PUBLICATION, row, "correct", reason=reason)


def retract_publication(work: Work, row: Publication, *, reason: str) -> None:
    """What was published was taken down; another person than its publisher says so.

    Raises:
        NotFoundError, PermissionDeniedError, SecondPersonRequiredError, WorkflowRefusedError, ReasonRequiredError.
    """
    work.transition(workflow.PUBLICATION, row, "retract", reason=reason)
