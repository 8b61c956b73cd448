"""Deadlines from rules: proposed with their reason, confirmed (a second person for statutory ones), met with proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from caseapp.domain import workflow
from caseapp.domain.deadlines import RULES, Calendar, Due, series
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DEADLINE_KIND
from caseapp.models import Case, Deadline, Notice
from caseapp.services.proofs import check_proof
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

OPEN: Final = ("proposed", "confirmed", "warned", "extended")
SECOND_PERSON: Final = frozenset({"statutory", "court"})
"""Kinds that wait for a second person's confirmation; the others stand at once."""
BY_HAND: Final = "by_hand"
"""Rule of a deadline somebody else set: a court's order, a platform's answer; its day is not computed."""
_DUE: Final = Label("到期时间", "due time")


def propose_deadlines(
    work: Work, rule_id: str, about: Notice | Case, *, base_event: str, base_at: datetime
) -> list[Deadline]:
    """Compute every deadline of a rule for a notice or a case; the same rule and base event again gives the same rows.

    Args:
        work: the unit of work.
        rule_id: a key of `caseapp.domain.deadlines.RULES`.
        about: what it is about.
        base_event: from what it runs, in words a lawyer reads.
        base_at: when that was.

    Raises:
        InvalidInputError: no such rule.
        PermissionDeniedError: the actor may not propose deadlines.
    """
    work.require(Permission.DEADLINE_PROPOSE, about)
    if rule_id not in RULES:
        raise InvalidInputError(
            field=Label("期限规则", "deadline rule"), problem=Label("没有这条规则。", "no such rule.")
        )
    known = {row.ordinal: row for row in _of(work, rule_id, about) if row.base_at == base_at}
    return [
        known.get(ordinal) or _add(work, about, due, ordinal, base_event)
        for ordinal, due in enumerate(series(RULES[rule_id], base_at, Calendar()), 1)
    ]


def _of(work: Work, rule_id: str, about: Notice | Case) -> list[Deadline]:
    return list(
        work.session.scalars(select(Deadline).where(Deadline.rule_id == rule_id, Deadline.object_id == about.id))
    )


def _links(about: Notice | Case) -> dict[str, Any]:
    of_notice = isinstance(about, Notice)
    return {
        "case_id": about.case_id if isinstance(about, Notice) else about.id,
        "incident_id": about.incident_id if isinstance(about, Notice) else None,
        "desk_id": about.desk_id,
        "object_type": "notices" if of_notice else "cases",
        "object_id": about.id,
    }


def _add(work: Work, about: Notice | Case, due: Due, ordinal: int, base_event: str) -> Deadline:
    row = work.add(
        Deadline(
            **_links(about),
            rule_id=due.rule.key,
            kind=due.rule.kind,
            basis=due.rule.basis,
            base_event=base_event,
            base_at=due.base_at,
            length=due.length,
            unit=due.rule.unit,
            ordinal=ordinal,
            due_at=due.due_at,
            all_day=due.all_day,
            rolled=due.rolled,
            provisional=due.provisional.zh if due.provisional else None,
            explanation_zh=due.why.zh,
            explanation_en=due.why.en,
        )
    )
    _computed(work, row)
    return row


def _computed(work: Work, row: Deadline) -> None:
    work.record(Event.DEADLINE_COMPUTED, row, after={"rule": row.rule_id, "due_at": row.due_at})
    if row.kind not in SECOND_PERSON and workflow.DEADLINE.find(row, "confirm").permission in work.permissions(row):
        work.transition(workflow.DEADLINE, row, "confirm")


def set_deadline(
    work: Work, about: Notice | Case, *, kind: str, base_event: str, basis: str, base_at: datetime, due_at: datetime
) -> Deadline:
    """Write down a deadline that somebody set (a court's order, a platform's answer): its day is given, not computed.

    Args:
        work: the unit of work.
        about: what it is about.
        kind: a word of `DEADLINE_KIND`.
        base_event: what is due, and from what.
        basis: the paper or article that sets it.
        base_at: when that was.
        due_at: until when.

    Raises:
        InvalidInputError: an unknown kind, no words, or an end before its beginning.
        NotFoundError, PermissionDeniedError.
    """
    work.require(Permission.DEADLINE_PROPOSE, about)
    DEADLINE_KIND.require(kind)
    if not base_event.strip() or not basis.strip():
        problem = Label("须写明事项和依据。", "say what is due and what sets it.")
        raise InvalidInputError(field=Label("期限", "deadline"), problem=problem)
    if due_at <= base_at:
        raise InvalidInputError(field=_DUE, problem=Label("须晚于起算时间。", "it must lie after its beginning."))
    same = (Deadline.rule_id == BY_HAND, Deadline.object_id == about.id, Deadline.base_at == base_at)
    before = work.session.scalar(select(func.max(Deadline.ordinal)).where(*same)) or 0
    day = f"{due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    row = work.add(
        Deadline(
            **_links(about), rule_id=BY_HAND, kind=kind, basis=basis.strip(), base_event=base_event.strip(),
            base_at=base_at, unit="day", ordinal=before + 1, due_at=due_at, all_day=False,
            explanation_zh=f"{basis.strip()}，至 {day}，非计算所得",
            explanation_en=f"{basis.strip()}: {day}, not computed",
        )
    )  # fmt: skip
    _computed(work, row)
    return row


def meet_deadlines(work: Work, rule_id: str, notice: Notice, *, proof: str, evidence_id: str | None = None) -> int:
    """Record that what the rule waited for happened; every open deadline of it is met with this proof.

    Returns:
        How many were open.
    """
    met = [row for row in _of(work, rule_id, notice) if row.status in OPEN]
    for row in met:
        if row.status == "proposed":
            work.transition(workflow.DEADLINE, row, "confirm")
        meet_deadline(work, row, proof=proof, evidence_id=evidence_id)
    return len(met)


def meet_deadline(work: Work, row: Deadline, *, proof: str, evidence_id: str | None = None) -> None:
    """Record that it was kept, and what proves it.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, MissingBeforeError: no proof.
    """
    check_proof(work, evidence_id)
    workflow.DEADLINE.find(row, "meet")
    row.proof_note, row.proof_evidence_id = proof.strip() or None, evidence_id
    work.transition(workflow.DEADLINE, row, "meet")


def extend_deadline(work: Work, row: Deadline, *, until: datetime, paper: str, reason: str) -> None:
    """Move a deadline to a later day by a paper that allows it; the explanation keeps the day before.

    Raises:
        InvalidInputError: not later than before.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, MissingBeforeError, ReasonRequiredError.
    """
    workflow.DEADLINE.find(row, "extend")
    if until <= row.due_at:
        raise InvalidInputError(field=_DUE, problem=Label("须晚于原期限。", "it must lie after the present one."))
    row.extension_ref = paper.strip() or None
    work.transition(workflow.DEADLINE, row, "extend", reason=reason)
    old, new = (f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for at in (row.due_at, until))
    zh = f"{row.explanation_zh}；依 {row.extension_ref} 由 {old} 延至 {new}"
    en = f"{row.explanation_en}; extended from {old} to {new} by {row.extension_ref}"
    work.change(row, due_at=until, explanation_zh=zh, explanation_en=en)


def request_waiver(work: Work, row: Deadline, *, reason: str) -> None:
    """Ask that a deadline be given up; a second person decides.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    work.require(Permission.DEADLINE_PROPOSE, row)
    step = workflow.DEADLINE.find(row, "waive")
    if not reason.strip():
        workflow.DEADLINE.check(row, step.action, person=work.actor.person, reason=None)
    work.change(row, reason=reason, waive_requested_by=work.actor.user_id)


def miss_deadline(work: Work, row: Deadline, *, reason: str) -> None:
    """Record that it was not kept, and why.

    Raises:
        InvalidInputError: it is not over.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    workflow.DEADLINE.find(row, "miss")
    if row.due_at > work.now:
        raise InvalidInputError(field=_DUE, problem=Label("期限尚未届满。", "the deadline is not over."))
    work.transition(workflow.DEADLINE, row, "miss", reason=reason)
