"""Deadlines from rules: proposed with their reason, confirmed (a second person for statutory ones), met with proof."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.deadlines import RULES, Calendar, Due, series
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Deadline, Notice
from caseapp.services.work import Work

OPEN: Final = ("proposed", "confirmed", "warned", "extended")
SECOND_PERSON: Final = frozenset({"statutory", "court"})
"""Kinds that wait for a second person's confirmation; the others stand at once."""


def propose_deadlines(
    work: Work, rule_id: str, notice: Notice, *, base_event: str, base_at: datetime
) -> list[Deadline]:
    """Compute every deadline of a rule for a notice; the same rule and base event again gives the same rows.

    Args:
        work: the unit of work.
        rule_id: a key of `caseapp.domain.deadlines.RULES`.
        notice: what it is about.
        base_event: from what it runs, in words a lawyer reads.
        base_at: when that was.

    Raises:
        InvalidInputError: no such rule.
        PermissionDeniedError: the actor may not propose deadlines.
    """
    work.require(Permission.DEADLINE_PROPOSE, notice)
    if rule_id not in RULES:
        raise InvalidInputError(
            field=Label("期限规则", "deadline rule"), problem=Label("没有这条规则。", "no such rule.")
        )
    known = {row.ordinal: row for row in _of(work, rule_id, notice) if row.base_at == base_at}
    return [
        known.get(ordinal) or _add(work, notice, due, ordinal, base_event)
        for ordinal, due in enumerate(series(RULES[rule_id], base_at, Calendar()), 1)
    ]


def _of(work: Work, rule_id: str, notice: Notice) -> list[Deadline]:
    return list(
        work.session.scalars(select(Deadline).where(Deadline.rule_id == rule_id, Deadline.object_id == notice.id))
    )


def _add(work: Work, notice: Notice, due: Due, ordinal: int, base_event: str) -> Deadline:
    row = work.add(
        Deadline(
            case_id=notice.case_id,
            incident_id=notice.incident_id,
            desk_id=notice.desk_id,
            object_type="notices",
            object_id=notice.id,
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
    work.session.flush()
    work.record(Event.DEADLINE_COMPUTED, row, after={"rule": due.rule.key, "due_at": due.due_at})
    if due.rule.kind not in SECOND_PERSON:
        work.transition(workflow.DEADLINE, row, "confirm")
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
        row.proof_note, row.proof_evidence_id = proof, evidence_id
        work.transition(workflow.DEADLINE, row, "meet")
    return len(met)
