"""Hops 8 and 9: an approved document leaves through the outbox once, and what came of it is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CHANNEL
from caseapp.models import Dispatch, Document, DocumentVersion, EvidenceItem, Job, Notice
from caseapp.services.approvals import FROZEN, NotApprovedBytesError, frozen_pdf
from caseapp.services.conduct import conclude_checks, record_event, record_measure, record_receipt, record_refusal
from caseapp.services.jobs import Lease, enqueue_job, finish_job
from caseapp.services.ports import Envelope, Ports, Sent
from caseapp.services.work import Work, open_work, system_actor

NOT_READY: Final = frozenset({"prepared", "invalid", "withdrawn", "moot", "relapsed"})
"""States of a notice whose paper must not leave."""


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
        NotFoundError, PermissionDeniedError: the version is not for this actor to see or to dispatch.
        InvalidInputError: it is not approved, its notice is not authorised, or there is no such channel.
    """
    work.require(Permission.DOCUMENT_DISPATCH, version)
    CHANNEL.require(channel)
    key = _key(version, channel, recipient, address)
    known = work.session.scalar(select(Dispatch).where(Dispatch.dispatch_key == key))
    if known is not None:
        return known
    if version.status not in FROZEN:
        raise InvalidInputError(field=Label("文书", "document"), problem=Label("尚未批准。", "it is not approved."))
    owner = work.session.scalar(select(Notice).where(Notice.document_id == version.document_id))
    if owner is not None and owner.status in NOT_READY:
        problem = Label("尚未批准提交。", "it is not authorised.")
        raise InvalidInputError(field=Label(f"通知 {owner.no}", f"notice {owner.no}"), problem=problem)
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


def _key(version: DocumentVersion, channel: str, recipient: str, address: str | None) -> str:
    return hashlib.sha256("\x1f".join((version.id, channel, recipient, address or "")).encode()).hexdigest()


def perform_dispatch(app: Ports, lease: Lease, progress: Callable[[str, int, int], None]) -> None:
    """Send one queued dispatch: short work → no transaction → short work. The outbox sends a key once.

    What leaves is the approved PDF as it lies in the evidence store, byte for byte.

    Raises:
        NotApprovedBytesError: it is not what was approved; nothing was sent.
        LeaseLostError: another worker has the job; nothing was written.
    """
    progress("send", 0, 1)
    with open_work(app, system_actor("dispatch")) as work:
        row = work.session.get_one(Dispatch, lease.object_id)
        if row.status != "queued":
            finish_job(work, lease)
            return
        envelope = _envelope(work, row)
    sent = app.outbox.send(envelope)
    with open_work(app, system_actor("dispatch")) as work:
        finish_job(work, lease)
        _record_sent(work, lease.object_id, sent)


def _envelope(work: Work, row: Dispatch) -> Envelope:
    version = work.session.get_one(DocumentVersion, row.version_id)
    document = work.session.get_one(Document, version.document_id)
    return Envelope(
        key=row.dispatch_key,
        channel=row.channel,
        recipient=row.recipient,
        address=row.address,
        subject=f"{document.title} {document.no}",
        attachments={f"{document.no}.pdf": frozen_pdf(work, version)},
    )


def _record_sent(work: Work, dispatch_id: str, sent: Sent) -> None:
    row = work.session.get_one(Dispatch, dispatch_id)
    if row.status != "queued":
        return
    version = work.session.get_one(DocumentVersion, row.version_id)
    if sent.digest != version.approved_digest:
        raise NotApprovedBytesError
    row.sent_digest, row.tracking = sent.digest, sent.tracking
    work.transition(workflow.DISPATCH, row, "send")
    # The proof's own time: after a crash between sending and recording it is the earlier one.
    work.change(row, Event.DISPATCH_RECORDED, sent_at=sent.at)
    if version.status in {"approved", "signed"}:
        work.transition(workflow.DOCUMENT_VERSION, version, "dispatch")


def record_dispatch_failure(work: Work, dispatch_id: str, *, code: str, zh: str, en: str, again: bool) -> None:
    """Write into the dispatch why it was not sent; ``again`` says that the job will run once more."""
    row = work.session.get_one(Dispatch, dispatch_id)
    if row.status != "queued":
        return
    row.error = f"{zh} / {en}"
    if not again:
        work.transition(workflow.DISPATCH, row, "fail", reason=code)


def settle_lost_dispatches(work: Work) -> int:
    """End dispatches whose job was given up because its workers kept dying; returns how many there were."""
    waits = select(Job.id).where(
        Job.object_id == Dispatch.id, Job.kind == "dispatch", Job.status.in_(("queued", "running"))
    )
    lost = list(work.session.scalars(select(Dispatch.id).where(Dispatch.status == "queued", ~waits.exists())))
    for key in lost:
        zh, en = "执行进程多次中断，未能确认发出。请重发。", "The worker stopped several times. Retry the dispatch."
        record_dispatch_failure(work, key, code="worker-lost", zh=zh, en=en, again=False)
    return len(lost)


def retry_dispatch(work: Work, row: Dispatch) -> None:
    """Queue a failed dispatch again; its key stays, so what did go out is not sent twice.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: it did not fail.
    """
    work.transition(workflow.DISPATCH, row, "retry")
    enqueue_job(work, "dispatch", "dispatches", row.id)


def record_arrival(work: Work, row: Dispatch, *, note: str, evidence_id: str | None = None) -> None:
    """The other side has it: the proof of arrival, from which time runs.

    Raises:
        NotFoundError: the dispatch or the evidence is not for this person.
        PermissionDeniedError, WorkflowRefusedError, MissingBeforeError: no note of arrival.
    """
    work.require(Permission.DOCUMENT_DISPATCH, row)
    if evidence_id:
        work.get(EvidenceItem, evidence_id)
    workflow.DISPATCH.find(row, "deliver")
    row.arrival_note, row.arrival_evidence_id = note.strip() or None, evidence_id
    work.transition(workflow.DISPATCH, row, "deliver")
    version = work.session.get_one(DocumentVersion, row.version_id)
    if version.status == "dispatched":
        work.transition(workflow.DOCUMENT_VERSION, version, "deliver")


def submit_notice(work: Work, notice: Notice, *, channel: str, recipient: str, address: str | None) -> Dispatch:
    """Send an authorised notice's paper to its platform; the same submission again returns its dispatch.

    Raises:
        NotFoundError, PermissionDeniedError.
        WorkflowRefusedError: the notice is not authorised, and nothing was queued.
    """
    work.require(Permission.NOTICE_SUBMIT, notice)
    version = work.session.get(DocumentVersion, notice.document_version_id) if notice.document_version_id else None
    if version is not None:
        key = _key(version, channel, recipient, address)
        known = work.session.scalar(select(Dispatch).where(Dispatch.dispatch_key == key))
        if known is not None:
            return known
    again = notice.status == "more_info"
    work.transition(workflow.NOTICE, notice, "resubmit" if again else "submit")
    if version is None:
        raise InvalidInputError(field=Label("通知书", "notice paper"), problem=Label("还没有。", "there is none."))
    row = dispatch_document(work, version, channel=channel, recipient=recipient, address=address, notice=notice)
    work.change(notice, channel=channel)
    record_event(work, notice, "resubmitted" if again else "submitted", dispatch=row.id)
    return row


def record_outcome(work: Work, notice: Notice, event: str, **facts: Any) -> None:
    """Hop 9: what the platform did. `event` is acknowledged, refused, measure_taken or checked.

    Raises:
        NotFoundError, PermissionDeniedError.
        InvalidInputError: an unknown event.
        WorkflowRefusedError: it cannot happen in the notice's state.
    """
    work.require(Permission.NOTICE_RECORD, notice)
    handlers: dict[str, Callable[..., Any]] = {
        "acknowledged": record_receipt,
        "refused": record_refusal,
        "measure_taken": record_measure,
        "checked": conclude_checks,
    }
    if event not in handlers:
        problem = Label("须为：" + "、".join(handlers), "one of: " + ", ".join(handlers))
        raise InvalidInputError(field=Label("平台处理", "outcome"), problem=problem)
    handlers[event](work, notice, **facts)
