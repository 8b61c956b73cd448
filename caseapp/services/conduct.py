"""Hop 9: what a platform did with a notice, in its own words, and whether re-captures bear it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import MEASURE
from caseapp.models import Notice, NoticeEvent, NoticeItem, Platform, Post
from caseapp.services.deadlines import meet_deadlines, propose_deadlines
from caseapp.services.proofs import check_proof
from caseapp.services.work import Work

PROMPTS: Final = "platform_prompts"
STATED: Final = "platform_stated"
"""Rule of a notice's time when the platform states one."""
RECHECK: Final = "recheck"
MONITOR_DAYS: Final = 30
GONE: Final = frozenset({"removed_by_author", "removed_by_platform"})
DOWN: Final = frozenset({"removed", "verified_down"})
OVER: Final = frozenset({"withdrawn", "moot"})
MEASURE_STEPS: Final[Mapping[str, str]] = {"full": "remove", "partial": "remove", "label": "label", "limited": "limit"}
"""What a platform did → the step of each address it did it to."""
RELAPSE_FROM: Final = frozenset(
    state for step in workflow.NOTICE.transitions if step.action == "relapse" for state in step.sources
)


def record_event(
    work: Work,
    notice: Notice,
    event: str,
    *,
    at: dt.datetime | None = None,
    words: str | None = None,
    item: NoticeItem | None = None,
    evidence_id: str | None = None,
    **facts: Any,
) -> NoticeEvent:
    """Add one line to the notice's history; history only grows.

    Raises:
        NotFoundError: the notice or the evidence is not for this person.
    """
    work.get(Notice, notice.id)
    check_proof(work, evidence_id)
    # Two lines at once take turns, or both would get the same number (PostgreSQL).
    work.session.execute(select(Notice.id).where(Notice.id == notice.id).with_for_update())
    last = work.session.scalar(select(func.max(NoticeEvent.seq)).where(NoticeEvent.notice_id == notice.id))
    row = work.add(
        NoticeEvent(
            notice_id=notice.id,
            seq=(last or 0) + 1,
            at=at or work.now,
            event=event,
            item_id=item.id if item else None,
            text=words,
            evidence_id=evidence_id,
            facts=facts,
            recorded_at=work.now,
            recorded_by=work.actor.user_id,
        )
    )
    work.record(Event.NOTICE_EVENT_RECORDED, row, after={"event": event, "text": words})
    return row


def items_of(work: Work, notice: Notice) -> list[NoticeItem]:
    """The notice's addresses in order."""
    statement = select(NoticeItem).where(NoticeItem.notice_id == notice.id, NoticeItem.voided_at.is_(None))
    return list(work.session.scalars(statement.order_by(NoticeItem.id)))


def record_receipt(
    work: Work, notice: Notice, receipt_no: str, *, at: dt.datetime | None = None, evidence_id: str | None = None
) -> None:
    """The platform acknowledged: its receipt number and the proof of arrival, from which time runs.

    Args:
        work: the unit of work.
        notice: which.
        receipt_no: the platform's number.
        at: when it arrived by the platform's word; now, when it does not say.
        evidence_id: the sealed receipt.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, MissingBeforeError: no receipt number.
        InvalidInputError: it arrived in the future, or before the notice was authorised.
    """
    work.require(Permission.NOTICE_RECORD, notice)
    check_proof(work, evidence_id)
    workflow.NOTICE.find(notice, "acknowledge")
    _check_past(work, at, since=notice.authorised_at)
    notice.receipt_no = receipt_no.strip() or None
    notice.receipt_evidence_id = notice.arrival_evidence_id = evidence_id
    notice.arrived_at = at or work.now
    work.transition(workflow.NOTICE, notice, "acknowledge")
    record_event(work, notice, "acknowledged", at=at, words=receipt_no, evidence_id=evidence_id)
    _start_clock(work, notice, notice.arrived_at)


def _check_past(work: Work, at: dt.datetime | None, *, since: dt.datetime | None = None) -> None:
    """What is recorded has happened; people type minutes and receipts may name the day alone, so that is let pass."""
    minute, day = dt.timedelta(minutes=1), dt.timedelta(days=1)
    field = Label("时间", "time")
    if at is not None and at > work.now + minute:
        raise InvalidInputError(field=field, problem=Label("晚于现在。", "it lies in the future."))
    if at is not None and since is not None and at + day < since:
        problem = Label("早于通知获准之时。", "it is before the notice was authorised.")
        raise InvalidInputError(field=field, problem=problem)


def _start_clock(work: Work, notice: Notice, arrived: dt.datetime) -> None:
    """Time runs from proven arrival: to what the platform states, or else to the last of our own prompts."""
    prompts = propose_deadlines(work, PROMPTS, notice, base_event=f"{notice.no} 到达平台", base_at=arrived)
    hours = work.session.get_one(Platform, notice.platform_id).stated_sla_hours
    due = arrived + dt.timedelta(hours=hours) if hours else max(row.due_at for row in prompts)
    work.change(notice, due_at=due, due_rule=STATED if hours else PROMPTS)


def mark_overdue(work: Work, notice: Notice) -> None:
    """The platform let its time pass: said only after the moment itself.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
        InvalidInputError: time does not run yet, or is not over.
    """
    work.require(Permission.NOTICE_RECORD, notice)
    workflow.NOTICE.find(notice, "mark_overdue")
    if notice.due_at is None or notice.due_at > work.now:
        problem = Label("平台期限尚未届满。", "the platform's time is not over.")
        if notice.due_at is None:
            problem = Label("没有到达凭证，时间没有起算。", "without proof of arrival no time runs.")
        raise InvalidInputError(field=Label("逾期", "overdue"), problem=problem)
    work.transition(workflow.NOTICE, notice, "mark_overdue")
    record_event(work, notice, "overdue")


def record_refusal(
    work: Work, notice: Notice, *, words: str, evidence_id: str | None = None, at: dt.datetime | None = None
) -> None:
    """The platform refused: its own words are kept.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError: no words; WorkflowRefusedError.
        InvalidInputError: it lies in the future.
    """
    _check_past(work, at)
    work.transition(workflow.NOTICE, notice, "refuse", reason=words)
    for item in items_of(work, notice):
        if item.outcome == workflow.NOTICE_ITEM.initial:
            item.platform_words = words
            work.transition(workflow.NOTICE_ITEM, item, "refuse", reason=words)
    record_event(work, notice, "refused", at=at, words=words, evidence_id=evidence_id)
    meet_deadlines(work, PROMPTS, notice, proof=words, evidence_id=evidence_id)


def record_item_refusal(
    work: Work,
    notice: Notice,
    items: Sequence[NoticeItem],
    *,
    words: str,
    evidence_id: str | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The platform refused some of the addresses; the notice itself goes on.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError: no words.
        WorkflowRefusedError: one of them is no longer pending.
        InvalidInputError: it lies in the future, or nothing left the house yet.
    """
    _check_past(work, at)
    if notice.submitted_at is None:
        problem = Label("通知尚未提交。", "the notice was not submitted.")
        raise InvalidInputError(field=Label("拒绝", "refusal"), problem=problem)
    for item in items:
        item.platform_words = words
        work.transition(workflow.NOTICE_ITEM, item, "refuse", reason=words)
        record_event(work, notice, "item_refused", at=at, words=words, item=item, evidence_id=evidence_id)


def record_measure(
    work: Work,
    notice: Notice,
    measure: str,
    *,
    words: str,
    evidence_id: str | None = None,
    items: Sequence[NoticeItem] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The platform says it acted; a re-capture proves it or not.

    Args:
        work: the unit of work.
        notice: which.
        measure: full, partial, label or limited.
        words: the platform's own.
        evidence_id: where it says so.
        items: the addresses it acted on; all of them, unless the measure is partial.
        at: when it says it did; now by default.

    Raises:
        InvalidInputError: an unknown measure, a partial one that does not name its addresses, a time to come.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    MEASURE.require(measure)
    _check_past(work, at)
    mine = items_of(work, notice)
    chosen = mine if items is None else [item for item in mine if item.id in {one.id for one in items}]
    if not chosen or (measure == "partial" and items is None):
        problem = Label("须指明处置了哪些网址。", "name the addresses it acted on.")
        raise InvalidInputError(field=Label("处置的网址", "addresses"), problem=problem)
    work.require(Permission.NOTICE_RECORD, notice)
    notice.measure = measure
    work.transition(workflow.NOTICE, notice, "take_measure")
    for item in chosen:
        if item.outcome not in DOWN | OVER:
            item.platform_words = words
            work.transition(workflow.NOTICE_ITEM, item, MEASURE_STEPS[measure])
            if item.first_down_at is not None and at is not None:
                work.change(item, first_down_at=at)
    if MEASURE_STEPS[measure] == "remove" and notice.first_down_at is None:
        work.change(notice, first_down_at=at or work.now)
    record_event(work, notice, "measure_taken", at=at, words=words, evidence_id=evidence_id, addresses=len(chosen))
    meet_deadlines(work, PROMPTS, notice, proof=words, evidence_id=evidence_id)


def conclude_checks(work: Work, notice: Notice) -> bool:
    """Draw what re-captures show: an address proven gone, one that came back, the whole notice verified down.

    Safe to repeat: what was concluded is not concluded again. Returns whether the notice came to be verified down
    (monitoring then starts).

    Raises:
        NotFoundError, PermissionDeniedError.
    """
    work.require(Permission.NOTICE_RECORD, notice)
    items = [item for item in items_of(work, notice) if item.outcome not in OVER]
    keys = [item.post_id for item in items]
    posts = {post.id: post for post in work.session.scalars(select(Post).where(Post.id.in_(keys)))}
    back = [item for item in items if _came_back(item, posts[item.post_id])]
    if back:
        _relapse(work, notice, back, posts)
        return False
    gone = [item for item in items if posts[item.post_id].liveness in GONE]
    for item in gone:
        if item.outcome in {"removed", "pending"}:
            work.transition(workflow.NOTICE_ITEM, item, "verify_down")
            proof = posts[item.post_id].proof_evidence_id
            record_event(work, notice, "item_verified_down", item=item, evidence_id=proof)
    if not items or len(gone) < len(items) or notice.status != "measure_taken":
        return False
    work.transition(workflow.NOTICE, notice, "verify_down")
    record_event(work, notice, "verified_down")
    notice.monitor_until = work.now + dt.timedelta(days=MONITOR_DAYS)
    work.transition(workflow.NOTICE, notice, "start_monitoring")
    propose_deadlines(work, RECHECK, notice, base_event=f"{notice.no} 核实下架", base_at=work.now)
    return True


def _came_back(item: NoticeItem, post: Post) -> bool:
    """Proven gone before, and seen live since."""
    seen = post.relapsed_at is not None and item.verified_at is not None and post.relapsed_at > item.verified_at
    return item.outcome == "verified_down" and post.liveness in {"live", "changed"} and seen


def _relapse(work: Work, notice: Notice, items: Sequence[NoticeItem], posts: Mapping[str, Post]) -> None:
    for item in items:
        work.transition(workflow.NOTICE_ITEM, item, "relapse")
        record_event(work, notice, "item_relapsed", item=item, url=posts[item.post_id].canonical_url)
    if notice.status in {
        step for row in workflow.NOTICE.transitions if row.action == "relapse" for step in row.sources
    }:
        work.transition(workflow.NOTICE, notice, "relapse")
        record_event(work, notice, "relapsed")
