"""Hops 8 and 9: an approved document leaves through the outbox once, and what came of it is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Dispatch, Document, DocumentVersion, Notice
from caseapp.services import notices
from caseapp.services.documents import render_pdf
from caseapp.services.jobs import Lease, enqueue_job, finish_job
from caseapp.services.ports import Envelope, Ports, Sent
from caseapp.services.work import Work, open_work, system_actor


class NotApprovedBytesError(CaseError):
    """What would leave is not what was approved; nothing was sent."""

    code = "not-approved-bytes"
    text = Label(
        "待发内容与批准的定稿不一致，已停止发出。请重新送审。",
        "What would leave differs from what was approved; nothing was sent. Submit it for review again.",
    )


def dispatch_document(
    work: Work,
    version: DocumentVersion,
    *,
    channel: str,
    recipient: str,
    address: str | None = None,
    notice: Notice | None = None,
) -> Dispatch:
    """Hop 8: queue an approved version for sending. The same version, channel and recipient is one dispatch.

    Raises:
        InvalidInputError: it is not approved.
        PermissionDeniedError: the actor may not dispatch.
    """
    work.require(Permission.DOCUMENT_DISPATCH, version)
    key = hashlib.sha256("\x1f".join((version.id, channel, recipient, address or "")).encode()).hexdigest()
    known = work.session.scalar(select(Dispatch).where(Dispatch.dispatch_key == key))
    if known is not None:
        return known
    if version.status not in {"approved", "signed"}:
        raise InvalidInputError(field=Label("文书", "document"), problem=Label("尚未批准。", "it is not approved."))
    document = work.session.get_one(Document, version.document_id)
    row = work.add(
        Dispatch(
            case_id=document.case_id,
            version_id=version.id,
            notice_id=notice.id if notice else None,
            dispatch_key=key,
            channel=channel,
            recipient=recipient,
            address=address,
            desk_id=document.desk_id,
        )
    )
    work.session.flush()
    work.record(Event.DISPATCH_QUEUED, row, after={"document": document.no, "recipient": recipient})
    enqueue_job(work, "dispatch", "dispatches", row.id)
    return row


def perform_dispatch(app: Ports, lease: Lease, progress: Callable[[str, int, int], None]) -> None:
    """Send one queued dispatch: short work → no transaction → short work. The outbox sends a key once.

    Raises:
        NotApprovedBytesError: the rendered bytes are not those approved.
    """
    progress("send", 0, 1)
    with open_work(app, system_actor("dispatch")) as work:
        row = work.session.get_one(Dispatch, lease.object_id)
        version = work.session.get_one(DocumentVersion, row.version_id)
        document = work.session.get_one(Document, version.document_id)
        pdf = render_pdf(version)
        if hashlib.sha256(pdf).hexdigest() != version.approved_digest:
            raise NotApprovedBytesError
        envelope = Envelope(
            key=row.dispatch_key,
            channel=row.channel,
            recipient=row.recipient,
            address=row.address,
            subject=f"{document.title} {document.no}",
            attachments={f"{document.no}.pdf": pdf},
        )
    sent = app.outbox.send(envelope)
    with open_work(app, system_actor("dispatch")) as work:
        _record_sent(work, lease.object_id, sent)
        finish_job(work, lease)


def _record_sent(work: Work, dispatch_id: str, sent: Sent) -> None:
    row = work.session.get_one(Dispatch, dispatch_id)
    if row.status != "queued":
        return
    version = work.session.get_one(DocumentVersion, row.version_id)
    row.sent_digest, row.tracking = sent.digest, sent.tracking
    work.transition(workflow.DISPATCH, row, "send")
    if version.status in {"approved", "signed"}:
        work.transition(workflow.DOCUMENT_VERSION, version, "dispatch")


def record_arrival(work: Work, row: Dispatch, *, note: str, evidence_id: str | None = None) -> None:
    """The other side has it: the proof of arrival, from which time runs."""
    row.arrival_note, row.arrival_evidence_id = note, evidence_id
    work.transition(workflow.DISPATCH, row, "deliver")
    version = work.session.get_one(DocumentVersion, row.version_id)
    if version.status == "dispatched":
        work.transition(workflow.DOCUMENT_VERSION, version, "deliver")


def submit_notice(work: Work, notice: Notice, *, channel: str, recipient: str, address: str | None) -> Dispatch:
    """Send an authorised notice's paper to its platform."""
    version = work.session.get_one(DocumentVersion, notice.document_version_id)
    row = dispatch_document(work, version, channel=channel, recipient=recipient, address=address, notice=notice)
    if notice.status == "authorised":
        work.transition(workflow.NOTICE, notice, "submit")
        notices.record_event(work, notice, "submitted", dispatch=row.id)
    return row


def record_outcome(work: Work, notice: Notice, event: str, **facts: Any) -> None:
    """Hop 9: what the platform did. `event` is acknowledged, refused, measure_taken or checked.

    Raises:
        InvalidInputError: an unknown event.
        WorkflowRefusedError: it cannot happen in the notice's state.
    """
    handlers: dict[str, Callable[..., Any]] = {
        "acknowledged": notices.record_receipt,
        "refused": notices.record_refusal,
        "measure_taken": notices.record_measure,
        "checked": notices.conclude_checks,
    }
    if event not in handlers:
        problem = Label("须为：" + "、".join(handlers), "one of: " + ", ".join(handlers))
        raise InvalidInputError(field=Label("平台处理", "outcome"), problem=problem)
    handlers[event](work, notice, **facts)
