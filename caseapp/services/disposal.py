"""Disposal (依法处置): one person asks, another decides; what stands against it is said before and checked at the end.

What decides is in the database: the item and its cases are locked and read again before a decision, so two approvers,
or a hold set at the same moment, meet there. The bytes go later, in ``erasing``.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import MissingBeforeError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.models import Case, Disposal, EvidenceItem
from caseapp.services.disposal_bars import Bar, bars, derived_from
from caseapp.services.holds import lock_item, written
from caseapp.services.jobs import enqueue_job
from caseapp.services.visibility import case_ids
from caseapp.services.work import Work

ERASE: Final = "erase"
"""Kind of the job that erases what was approved."""
BASIS: Final = Label("法律依据", "legal basis")
_EARLIER: Final = Label("处置申请（连同法律依据）", "a request with its legal basis")


class DisposalBarredError(WorkflowRefusedError):
    """Something stands against the disposal. Facts: ``number`` and ``why``."""

    code = "disposal-barred"
    text = Label("{number} 现在不能处置：{why}", "{number} cannot be disposed of now: {why}")


def request_disposal(
    work: Work, item: EvidenceItem, *, reason: str, basis: str, keep_derived: bool = False
) -> Disposal:
    """Ask for an item's disposal.

    Args:
        work: the unit of work.
        item: which.
        reason: why.
        basis: on what legal basis, by article; the approver judges it, the program does not.
        keep_derived: what is derived from the item stays on purpose.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds): not for this person, not now.
        DisposalBarredError: what stands against it. InvalidInputError: a text is too long.
    """
    step = workflow.EVIDENCE_ITEM.find(item, "request_disposal")
    work.require(step.permission, item)
    reason, basis = written(reason), written(basis, BASIS)
    lock_item(work, item)
    workflow.EVIDENCE_ITEM.check(item, "request_disposal", person=work.actor.person, reason=reason)
    if not basis:
        raise MissingBeforeError(action=step.label, field=BASIS)
    kept = [row.id for row in derived_from(work, item)] if keep_derived else []
    _check(work, item, kept)
    work.change(item, status_before=item.status)
    work.transition(workflow.EVIDENCE_ITEM, item, "request_disposal", reason=reason)
    values: dict[str, Any] = {"evidence_id": item.id, "reason": reason, "basis": basis, "kept_derived": kept}
    row = work.add(
        Disposal(
            no=work.next_no("disposal"), desk_id=item.desk_id, requested_by=work.actor.user_id,
            requested_name=work.actor.display, requested_at=work.now, **values,
        )
    )  # fmt: skip
    told = {"no": row.no, "evidence": item.no, "basis": basis, "kept_derived": kept}
    work.record(Event.DISPOSAL_REQUESTED, row, after=told, reason=reason)
    return row


def approve_disposal(work: Work, item: EvidenceItem, *, reason: str) -> Disposal:
    """Approve a disposal as the second person; from now on the item is 已处置 and its bytes are erased.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds): not for this person, not now.
        DisposalBarredError: something stands against it meanwhile. InvalidInputError: the reason is too long.
    """
    row = _decided(work, item, "dispose", reason)
    if row is None:
        raise MissingBeforeError(action=_step(item, "dispose"), field=_EARLIER)
    lock_cases(work, item)
    _check(work, item, row.kept_derived)
    work.transition(workflow.EVIDENCE_ITEM, item, "dispose", reason=reason)
    _close(work, row, "approved", reason)
    enqueue_job(work, ERASE, "disposals", row.id)
    return row


def refuse_disposal(work: Work, item: EvidenceItem, *, reason: str) -> Disposal | None:
    """Refuse a disposal; the item goes back to the state it had.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds), InvalidInputError.
    """
    return _back(work, item, "keep", "kept", reason)


def withdraw_disposal(work: Work, item: EvidenceItem, *, reason: str) -> Disposal | None:
    """Take a request back; the item goes back to the state it had.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds), InvalidInputError.
    """
    return _back(work, item, "withdraw", "withdrawn", reason)


def open_disposal(work: Work, item: EvidenceItem) -> Disposal | None:
    """Return the request that waits for a decision; None without one."""
    return work.session.scalar(select(Disposal).where(Disposal.evidence_id == item.id, Disposal.decision.is_(None)))


def last_disposal(work: Work, item: EvidenceItem) -> Disposal | None:
    """Return the newest request about an item, whatever became of it."""
    found = select(Disposal).where(Disposal.evidence_id == item.id).order_by(Disposal.requested_at.desc()).limit(1)
    return work.session.scalar(found)


def disposals(work: Work) -> list[tuple[Disposal, EvidenceItem]]:
    """Return every request this person may see with its item, newest first."""
    asked = select(Disposal, EvidenceItem).join(EvidenceItem, EvidenceItem.id == Disposal.evidence_id)
    rows = work.session.execute(work.visible(asked, EvidenceItem).order_by(Disposal.requested_at.desc()))
    return [(row, item) for row, item in rows]


def lock_cases(work: Work, item: EvidenceItem) -> list[Case]:
    """Return the item's cases as they are, locked: a hold is set before this or after it, never meanwhile."""
    found = (
        select(Case).where(Case.id.in_(case_ids(work.session, item))).order_by(Case.id)
        .with_for_update(key_share=True).execution_options(populate_existing=True)
    )  # fmt: skip
    return list(work.session.scalars(found))


def _step(item: EvidenceItem, action: str) -> Label:
    return workflow.EVIDENCE_ITEM.find(item, action).label


def _decided(work: Work, item: EvidenceItem, action: str, reason: str) -> Disposal | None:
    work.require(workflow.EVIDENCE_ITEM.find(item, action).permission, item)
    lock_item(work, item)
    workflow.EVIDENCE_ITEM.check(item, action, person=work.actor.person, reason=written(reason))
    return open_disposal(work, item)


def _back(work: Work, item: EvidenceItem, action: str, decision: str, reason: str) -> Disposal | None:
    row = _decided(work, item, action, reason)
    work.transition(workflow.EVIDENCE_ITEM, item, action, reason=written(reason))
    if row is not None:  # a request of an earlier version of the program has no row
        _close(work, row, decision, reason)
    return row


def _close(work: Work, row: Disposal, decision: str, reason: str) -> None:
    said = written(reason)
    work.change(
        row, Event.DISPOSAL_DECIDED, reason=said, decision=decision, decided_by=work.actor.user_id,
        decided_name=work.actor.display, decided_at=work.now, decision_reason=said,
    )  # fmt: skip


def _check(work: Work, item: EvidenceItem, kept: list[str]) -> None:
    found: list[Bar] = bars(work, item, kept=kept)
    if found:
        why = Label(" ".join(one.words.zh for one in found), " ".join(one.words.en for one in found))
        raise DisposalBarredError(number=item.no, why=why)
