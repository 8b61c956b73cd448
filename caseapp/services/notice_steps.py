"""What a person records of a notice beside the platform's answers: escalation, withdrawal, counter-notices, suits."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, StaleVersionError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import ESCALATION
from caseapp.models import CounterNotice, Deadline, Dispatch, Notice, NoticeItem, Post
from caseapp.services.captures import request_capture
from caseapp.services.conduct import OVER, items_of, record_event, record_receipt
from caseapp.services.deadlines import OPEN, meet_deadlines, miss_deadline, propose_deadlines
from caseapp.services.dispatches import record_arrival
from caseapp.services.proofs import check_proof
from caseapp.services.work import Work

PERIOD: Final = "counter_notice_period"
STEPS: Final = frozenset(
    {
        "ask_more", "forward", "sue", "complain", "lapse", "restore", "verify_label", "resolve", "invalidate",
        "withdraw", "moot",
    }
)  # fmt: skip
"""Steps that need no more than words; the others have their own function."""
_ITEM_STEPS: Final = {"withdraw": "withdraw", "moot": "moot", "restore": "restore"}
_KEEPS_DOWN: Final = frozenset({"removed", "verified_down"})
"""A withdrawn notice leaves these to the platform: it may put them back, which is then recorded."""


def check_seen(row: Notice | CounterNotice | Deadline, version: int | None) -> None:
    """Refuse to act on what a stale tab shows.

    Raises:
        StaleVersionError: the row changed since.
    """
    if version is not None and version != row.version:
        raise StaleVersionError


def take_receipt(
    work: Work, notice: Notice, receipt_no: str, *, at: dt.datetime | None = None, evidence_id: str | None = None
) -> None:
    """The platform acknowledged: time runs, and the dispatch that left has arrived.

    Raises:
        As `record_receipt`.
    """
    record_receipt(work, notice, receipt_no, at=at, evidence_id=evidence_id)
    sent = select(Dispatch).where(Dispatch.notice_id == notice.id, Dispatch.status == "sent")
    for row in work.session.scalars(sent):
        record_arrival(work, row, note=receipt_no, evidence_id=evidence_id)


def take_step(
    work: Work,
    notice: Notice,
    action: str,
    *,
    words: str = "",
    at: dt.datetime | None = None,
    evidence_id: str | None = None,
) -> None:
    """Take one of `STEPS`; its words go into the history, and its addresses follow.

    Raises:
        InvalidInputError: another step, or a lapse before the period is over.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    if action not in STEPS:
        problem = Label("没有这一步。", "there is no such step.")
        raise InvalidInputError(field=Label("办理", "step"), problem=problem)
    if action == "lapse":
        _lapse(work, notice)
    step = work.transition(workflow.NOTICE, notice, action, reason=words)
    for item in items_of(work, notice):
        _follow(work, notice, item, action, words)
    record_event(work, notice, step.target, at=at, words=words or None, evidence_id=evidence_id)
    if action in {"sue", "complain", "withdraw"}:
        meet_deadlines(work, PERIOD, notice, proof=words, evidence_id=evidence_id)


def _follow(work: Work, notice: Notice, item: NoticeItem, action: str, words: str) -> None:
    step = _ITEM_STEPS.get(action)
    if step is None or (action == "withdraw" and item.outcome in _KEEPS_DOWN):
        return
    if any(one.action == step for one in workflow.NOTICE_ITEM.open_from(item.outcome)):
        work.transition(workflow.NOTICE_ITEM, item, step, reason=words)
        if step == "restore":
            record_event(work, notice, "item_restored", item=item)


def _lapse(work: Work, notice: Notice) -> None:
    rows = [row for row in counter_notices(work, notice) if row.status == "received"]
    if any(row.period_due_at is not None and row.period_due_at > work.now for row in rows):
        problem = Label("合理期限尚未届满。", "the reasonable period is not over.")
        raise InvalidInputError(field=Label("期满未诉", "lapse"), problem=problem)
    for row in rows:
        work.transition(workflow.COUNTER_NOTICE, row, "lapse")
    period = select(Deadline).where(
        Deadline.rule_id == PERIOD, Deadline.object_id == notice.id, Deadline.status.in_(OPEN)
    )
    for deadline in work.session.scalars(period):
        miss_deadline(work, deadline, reason="合理期限内未起诉、未投诉")


def escalate_notice(work: Work, notice: Notice, way: str, *, reason: str) -> None:
    """Go on after a refusal or a lapse of time: which paper comes next, and why.

    Raises:
        InvalidInputError: an unknown way.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    work.require(Permission.NOTICE_SUBMIT, notice)
    ESCALATION.require(way)
    notice.escalation = way
    work.transition(workflow.NOTICE, notice, "escalate", reason=reason)
    record_event(work, notice, "escalated", words=reason, way=way)


def recheck(work: Work, notice: Notice, items: list[NoticeItem] | None = None) -> int:
    """Order a re-capture of the notice's addresses (of `items` alone, if given); returns how many were ordered.

    Raises:
        NotFoundError, PermissionDeniedError.
        InvalidInputError: none is left to check, or the capturer refuses an address.
    """
    chosen = [item for item in (items or items_of(work, notice)) if item.outcome not in OVER]
    if not chosen:
        problem = Label("没有要复查的网址。", "there is no address to check.")
        raise InvalidInputError(field=Label("复查", "re-check"), problem=problem)
    for item in chosen:
        post = work.get(Post, item.post_id)
        request_capture(
            work, post.canonical_url, purpose="verify_takedown", post_id=post.id, case_id=notice.case_id,
            notice_item_id=item.id,
        )  # fmt: skip
    return len(chosen)


def counter_notices(work: Work, notice: Notice) -> list[CounterNotice]:
    """The notice's counter-notices, oldest first."""
    statement = select(CounterNotice).where(CounterNotice.notice_id == notice.id, CounterNotice.voided_at.is_(None))
    return list(work.session.scalars(statement.order_by(CounterNotice.received_at, CounterNotice.id)))


def receive_counter_notice(
    work: Work,
    notice: Notice,
    item: NoticeItem,
    *,
    received_at: dt.datetime,
    forwarded_by: str,
    claimant: str,
    grounds: str,
    evidence_id: str | None = None,
) -> CounterNotice:
    """The platform forwarded a user's declaration of non-infringement (Civil Code art. 1196); the period runs.

    Raises:
        InvalidInputError: it was received in the future, or the address is not of this notice.
        AlreadyExistsError: the same one again.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    work.require(Permission.NOTICE_RECORD, notice)
    check_proof(work, evidence_id)
    if received_at > work.now + dt.timedelta(minutes=1) or item.notice_id != notice.id:
        problem = Label("收到时间晚于现在，或网址不在本通知内。", "it lies in the future, or is about another address.")
        raise InvalidInputError(field=Label("不侵权声明", "counter-notice"), problem=problem)
    if notice.status != "counter_notice":
        work.transition(workflow.NOTICE, notice, "receive_counter_notice")
    row = work.add(
        CounterNotice(
            case_id=notice.case_id, desk_id=notice.desk_id, notice_id=notice.id, post_id=item.post_id,
            received_at=received_at, forwarded_by=forwarded_by or None, claimant=claimant or None,
            grounds=grounds or None, evidence_id=evidence_id,
        )
    )  # fmt: skip
    work.record(Event.ROW_CREATED, row, after={"received_at": received_at, "claimant": claimant})
    record_event(
        work, notice, "counter_notice", at=received_at, words=grounds or None, item=item, evidence_id=evidence_id
    )
    event = f"{notice.no} 收到不侵权声明"
    due = propose_deadlines(work, PERIOD, notice, base_event=event, base_at=received_at)
    work.change(row, period_due_at=due[0].due_at)
    return row


def propose_decision(work: Work, row: CounterNotice, decision: str) -> None:
    """Say what one would do about a counter-notice; a second person decides.

    Raises:
        InvalidInputError: no such decision.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: it is decided.
    """
    work.require(Permission.COUNTER_NOTICE_DECIDE, row)
    if decision not in {"sue", "complain", "accept"}:
        problem = Label("须为起诉、投诉或接受。", "choose to sue, to complain or to accept.")
        raise InvalidInputError(field=Label("拟处理意见", "proposed decision"), problem=problem)
    workflow.COUNTER_NOTICE.find(row, decision)
    work.change(row, proposed_decision=decision, proposed_by=work.actor.user_id)


def decide_counter_notice(work: Work, row: CounterNotice, *, reason: str) -> None:
    """Decide as another person proposed.

    Raises:
        MissingBeforeError: nobody proposed anything; SecondPersonRequiredError: one did so oneself.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    decision = row.proposed_decision or "accept"
    work.transition(workflow.COUNTER_NOTICE, row, decision, reason=reason)
    notice = work.get(Notice, row.notice_id)
    record_event(work, notice, f"counter_{decision}", words=reason)
