"""Lists of deadlines and of tasks: columns, filters, what each row says."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from caseapp.domain.deadlines import RULES
from caseapp.domain.permissions import Permission, permissions_of
from caseapp.domain.workflow import TASK
from caseapp.services.queries import CaseHead
from caseapp.services.queries.deadlines import DeadlineLine, TaskLine, deadline_lines, task_lines
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.filters import now
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import say
from caseapp.web.unit import key_of


def title_of(line: DeadlineLine) -> str:
    """Return what a deadline is about."""
    return wording.deadline_title(line.rule_id, line.base_event, line.ordinal)


def urgency(line: DeadlineLine | TaskLine) -> str:
    """Return open, late or over: what the first filter offers."""
    if not line.open:
        return "over"
    return "late" if line.due_at is not None and line.due_at < now() else "open"


def _urgency_word(key: str) -> str:
    return {"late": _("已逾期"), "open": _("未到期"), "over": _("已了结")}[key]


def _deadline_word(key: str) -> str:
    return wording.state_word("deadline", key)


def _task_word(key: str) -> str:
    return wording.state_word("task", key)


def _kind_word(key: str) -> str:
    return wording.word("deadline_kind", key)


def _yes(key: str) -> str:
    return _("必办") if key == "yes" else _("非必办")


DEADLINE_COLUMNS: tuple[Column[DeadlineLine], ...] = (
    Column("due", N_("到期"), lambda row: row.due_at),
    Column("title", N_("期限"), title_of),
    Column("kind", N_("性质"), lambda row: _kind_word(row.kind)),
    Column("why", N_("为什么"), wording.why),
    Column("basis", N_("依据"), lambda row: row.basis),
    Column("about", N_("关于"), lambda row: row.number or row.case_no),
    Column("status", N_("状态"), lambda row: _deadline_word(row.status)),
    Column("proof", N_("完成凭证"), lambda row: row.proof_note),
)
DEADLINE_FILTERS: tuple[Filter[DeadlineLine], ...] = (
    Filter("urgency", N_("紧急"), urgency, _urgency_word),
    Filter("kind", N_("性质"), lambda row: row.kind, _kind_word),
    Filter("status", N_("状态"), lambda row: row.status, _deadline_word),
)
TASK_COLUMNS: tuple[Column[TaskLine], ...] = (
    Column("due", N_("到期"), lambda row: row.due_at),
    Column("title", N_("任务"), lambda row: row.title),
    Column("assignee", N_("经办人"), lambda row: row.assignee),
    Column("mandatory", N_("必办"), lambda row: _yes("yes") if row.mandatory else None),
    Column("case", N_("案件"), lambda row: row.case_no),
    Column("status", N_("状态"), lambda row: _task_word(row.status)),
    Column("result", N_("结果"), lambda row: row.result),
)
TASK_FILTERS: tuple[Filter[TaskLine], ...] = (
    Filter("urgency", N_("紧急"), urgency, _urgency_word),
    Filter("status", N_("状态"), lambda row: row.status, _task_word),
    Filter("mandatory", N_("必办"), lambda row: "yes" if row.mandatory else "no", _yes),
    Filter("assignee", N_("经办人"), lambda row: row.assignee or "", lambda key: key or _("未指定")),
)


def deadline_list(lines: Sequence[DeadlineLine]) -> Listing[DeadlineLine]:
    """Return deadlines as the address filters and orders them."""
    return listing(lines, DEADLINE_COLUMNS, DEADLINE_FILTERS)


def task_list(lines: Sequence[TaskLine]) -> Listing[TaskLine]:
    """Return tasks as the address filters and orders them."""
    return listing(lines, TASK_COLUMNS, TASK_FILTERS)


def rules() -> list[tuple[str, str]]:
    """Return the rules a person can choose, each with its nature."""
    return [(key, f"{say(rule.label)} · {_kind_word(rule.kind)}") for key, rule in RULES.items()]


def task_verb(action: str) -> str:
    """Return the word on a task's button."""
    return say(next(step.label for step in TASK.transitions if step.action == action))


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the deadlines' tab of a case shows; the tasks stand below."""
    key = key_of(head.number, sample=head.sample)
    held = permissions_of(grant.role for grant in work.viewer.grants if grant.case_id == head.id and not grant.wall)
    return {
        "shown": deadline_list(deadline_lines(work, case_id=head.id)),
        "tasks": task_lines(work, case_id=head.id),
        "title_of": title_of,
        "task_verb": task_verb,
        "add_deadline": url_for("deadline.add", case=key) if Permission.DEADLINE_PROPOSE in held else "",
        "add_task": url_for("deadline.add_task", case=key) if Permission.TASK_EDIT in held else "",
    }
