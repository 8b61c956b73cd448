"""Tasks of a case: who does what until when. A mandatory one keeps its case from being closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Membership, Task
from caseapp.services.work import Work

OPEN: Final = ("open", "doing")
TITLE_LENGTH: Final = 300
_TITLE: Final = Label("任务", "task")


class MandatoryTasksOpenError(WorkflowRefusedError):
    """Mandatory tasks of a case are not done. Facts: ``count`` and ``first``."""

    code = "mandatory-tasks-open"
    text = Label(
        "还有 {count} 项必办任务没有完成，不能结案。首先：{first}",
        "{count} mandatory tasks are not done; the case cannot be closed. First: {first}",
    )


def add_task(
    work: Work,
    case: Case,
    *,
    title: str,
    assignee_id: str | None = None,
    due_at: datetime | None = None,
    mandatory: bool = False,
) -> Task:
    """Add a task to a case.

    Raises:
        NotFoundError, PermissionDeniedError: the case is not for this person; the role may not.
        InvalidInputError: no title, one too long, or somebody who is not a member.
    """
    work.require(Permission.TASK_EDIT, case)
    if not title.strip() or len(title) > TITLE_LENGTH:
        problem = Label(
            f"须写明事项，最多 {TITLE_LENGTH} 字。", f"say what to do, in at most {TITLE_LENGTH} characters."
        )
        raise InvalidInputError(field=_TITLE, problem=problem)
    if assignee_id and assignee_id not in members(work, case):
        problem = Label("须为本案成员。", "choose a member of the case.")
        raise InvalidInputError(field=Label("经办人", "assignee"), problem=problem)
    row = work.add(
        Task(
            case_id=case.id, desk_id=case.desk_id, title=title.strip(), assignee_id=assignee_id or None, due_at=due_at,
            mandatory=mandatory,
        )
    )  # fmt: skip
    after = {"title": row.title, "assignee": assignee_id, "due_at": due_at, "mandatory": mandatory}
    work.record(Event.ROW_CREATED, row, after=after)
    return row


def members(work: Work, case: Case) -> frozenset[str]:
    """Ids of the people in a case whose membership is in force."""
    rows = work.session.execute(
        select(Membership.user_id, Membership.wall, Membership.expires_at).where(
            Membership.case_id == case.id, Membership.voided_at.is_(None)
        )
    ).all()
    walled = {user for user, wall, _until in rows if wall}
    return frozenset(user for user, wall, until in rows if not wall and (until is None or until > work.now)) - walled


def finish_task(work: Work, row: Task, *, result: str = "") -> None:
    """Record that it is done, and what came of it.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    workflow.TASK.find(row, "finish")
    row.result = result.strip() or row.result
    work.transition(workflow.TASK, row, "finish")


def take_task_step(work: Work, row: Task, action: str, *, reason: str = "") -> None:
    """Start, redo or cancel a task.

    Raises:
        FaultyRuleError: no such step.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, ReasonRequiredError.
    """
    if action == "finish":
        finish_task(work, row, result=reason)
        return
    work.transition(workflow.TASK, row, action, reason=reason)


def open_mandatory(work: Work, case: Case) -> Sequence[Task]:
    """The mandatory tasks of a case that are not done."""
    statement = select(Task).where(
        Task.case_id == case.id, Task.mandatory.is_(True), Task.status.in_(OPEN), Task.voided_at.is_(None)
    )
    return list(work.session.scalars(statement.order_by(Task.due_at, Task.id)))


def request_close(work: Work, case: Case, *, reason: str) -> None:
    """Ask that a case be closed; another person closes it.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: it is not open.
        MandatoryTasksOpenError; InvalidInputError: no reason.
    """
    work.require(Permission.CASE_EDIT, case)
    workflow.CASE.find(case, "close")
    _check_tasks(work, case)
    if not reason.strip():
        problem = Label("须写明结案原因。", "say why it is closed.")
        raise InvalidInputError(field=Label("结案原因", "closing reason"), problem=problem)
    case.close_reason, case.close_requested_by = reason.strip(), work.actor.user_id
    work.change(case, Event.CASE_CLOSE_REQUESTED, reason=reason)


def close_case(work: Work, case: Case) -> None:
    """Close a case that another person asked to close.

    Raises:
        MandatoryTasksOpenError.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds): see the table.
    """
    work.require(Permission.CASE_CLOSE, case)
    _check_tasks(work, case)
    work.transition(workflow.CASE, case, "close")


def _check_tasks(work: Work, case: Case) -> None:
    waiting = open_mandatory(work, case)
    if waiting:
        raise MandatoryTasksOpenError(count=len(waiting), first=waiting[0].title)
