"""Deadlines and tasks with what this person may do about each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from caseapp.domain import workflow
from caseapp.domain.errors import PermissionDeniedError
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Deadline, EvidenceItem, Membership, Notice, Task, User
from caseapp.services.deadlines import OPEN
from caseapp.services.queries.notices import granted_by_case
from caseapp.services.queries.rows import LISTED, EvidenceKey
from caseapp.services.tasks import OPEN as OPEN_TASKS
from caseapp.services.work import Work

_READ = Permission.CASE_READ


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """A deadline in a list.

    Attributes:
        number: the notice it hangs on, if it hangs on one; with its sample flag.
        proposed_by, confirmed_by, waiver_by: display names.
        actions: what the workflow offers this person now.
    """

    id: str
    version: int
    rule_id: str
    base_event: str
    base_at: datetime
    basis: str
    kind: str
    due_at: datetime
    status: str
    why_zh: str
    why_en: str
    provisional: str | None
    ordinal: int
    number: str | None
    sample: bool
    case_no: str | None
    case_sample: bool
    proposed_by: str | None
    confirmed_by: str | None
    waiver_by: str | None
    waiver_mine: bool
    extension: str | None
    proof_note: str | None
    proof: EvidenceKey | None
    actions: frozenset[str]
    may: frozenset[Permission]

    @property
    def open(self) -> bool:
        """Whether it still runs."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in a list."""

    id: str
    version: int
    title: str
    assignee: str | None
    due_at: datetime | None
    mandatory: bool
    status: str
    result: str | None
    case_no: str | None
    case_sample: bool
    actions: frozenset[str]

    @property
    def open(self) -> bool:
        """Whether it is still to do."""
        return self.status in OPEN_TASKS


def deadline_lines(
    work: Work, *, sample: bool = True, case_id: str | None = None, about: str | None = None, key: str | None = None
) -> list[DeadlineLine]:
    """Return the deadlines this person reads: open ones first, by due date; one statement.

    Args:
        work: the unit of work.
        sample: include the example's rows.
        case_id: those of one case.
        about: id of the notice they hang on.
        key: this one alone.
    """
    proposer, confirmer, waiver, proof = aliased(User), aliased(User), aliased(User), aliased(EvidenceItem)
    found = (
        select(Deadline, Notice.no, Case.no, Case.sample, proposer.display, confirmer.display, waiver.display, proof.no)
        .outerjoin(Notice, (Deadline.object_type == "notices") & (Deadline.object_id == Notice.id))
        .outerjoin(Case, Deadline.case_id == Case.id)
        .outerjoin(proposer, Deadline.created_by == proposer.id)
        .outerjoin(confirmer, Deadline.confirmed_by == confirmer.id)
        .outerjoin(waiver, Deadline.waive_requested_by == waiver.id)
        .outerjoin(proof, Deadline.proof_evidence_id == proof.id)
        .where(Deadline.voided_at.is_(None))
        .order_by(Deadline.status.not_in(OPEN), Deadline.due_at, Deadline.id)
        .limit(LISTED + 1)
    )
    for column, value in ((Deadline.case_id, case_id), (Deadline.object_id, about), (Deadline.id, key)):
        if value:
            found = found.where(column == value)
    if not sample:
        found = found.where(Deadline.sample.is_(False))
    granted = granted_by_case(work)
    rows = work.session.execute(work.visible(found, Deadline)).all()
    return [_line(work, row, granted(row[0])) for row in rows if _READ in granted(row[0])]


def _line(work: Work, found: Any, granted: frozenset[Permission]) -> DeadlineLine:
    row, number, case_no, case_sample, proposer, confirmer, waiver, proof = found
    return DeadlineLine(
        id=row.id,
        version=row.version,
        rule_id=row.rule_id,
        base_event=row.base_event,
        base_at=row.base_at,
        basis=row.basis,
        kind=row.kind,
        due_at=row.due_at,
        status=row.status,
        why_zh=row.explanation_zh,
        why_en=row.explanation_en,
        provisional=row.provisional,
        ordinal=row.ordinal,
        number=number,
        sample=row.sample,
        case_no=case_no,
        case_sample=bool(case_sample),
        proposed_by=proposer,
        confirmed_by=confirmer,
        waiver_by=waiver,
        waiver_mine=row.waive_requested_by == work.actor.user_id,
        extension=row.extension_ref,
        proof_note=row.proof_note,
        proof=EvidenceKey(proof, row.sample) if proof else None,
        actions=_offered(work, workflow.DEADLINE, row, granted),
        may=granted,
    )


def _offered(
    work: Work, table: workflow.Workflow, row: Deadline | Task, granted: frozenset[Permission]
) -> frozenset[str]:
    return frozenset(step.action for step in table.offers(row, person=work.actor.person, granted=granted))


def deadline_row(work: Work, key: str) -> Deadline:
    """Return a visible deadline.

    Raises:
        NotFoundError: absent or not visible.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    row = work.get(Deadline, key)
    if Permission.CASE_READ not in work.permissions(row):
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    return row


def task_lines(work: Work, *, sample: bool = True, case_id: str | None = None) -> list[TaskLine]:
    """Return the tasks this person reads: open ones first, by due date; one statement."""
    assignee = aliased(User)
    found = (
        select(Task, Case.no, Case.sample, assignee.display)
        .outerjoin(Case, Task.case_id == Case.id)
        .outerjoin(assignee, Task.assignee_id == assignee.id)
        .where(Task.voided_at.is_(None))
        .order_by(Task.status.not_in(OPEN_TASKS), Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(LISTED + 1)
    )
    if case_id:
        found = found.where(Task.case_id == case_id)
    if not sample:
        found = found.where(Task.sample.is_(False))
    granted = granted_by_case(work)
    return [
        TaskLine(
            row.id,
            row.version,
            row.title,
            name,
            row.due_at,
            row.mandatory,
            row.status,
            row.result,
            case_no,
            bool(case_sample),
            _offered(work, workflow.TASK, row, granted(row)),
        )
        for row, case_no, case_sample, name in work.session.execute(work.visible(found, Task)).all()
        if _READ in granted(row)
    ]


def assignees(work: Work, case_id: str) -> list[tuple[str, str]]:
    """Return the members of a case as (key, name), each once."""
    member = aliased(Membership)  # the visibility rule looks at the table itself
    found = (
        select(User.id, User.display)
        .join(member, member.user_id == User.id)
        .where(member.case_id == case_id, member.voided_at.is_(None), member.wall.is_(False))
        .order_by(User.display)
        .distinct()
    )
    return [(key, name) for key, name in work.session.execute(work.visible(found, User))]
