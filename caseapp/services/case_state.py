"""What a case's state allows, what keeps it from being closed, and the steps that suspend, close and archive it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CASE_TYPE, CONFIDENTIALITY, SEVERITY
from caseapp.models import Case, Deadline, Notice, Organization, Platform, User
from caseapp.services.archiving import CaseArchivedError
from caseapp.services.holds import hold_case
from caseapp.services.storable import storable
from caseapp.services.tasks import close_case, members, open_mandatory, request_close
from caseapp.services.work import Work

LINE: Final = 300
REASON: Final = 2000
OPEN_DEADLINES: Final = ("proposed", "confirmed", "warned", "extended")
RULED: Final = ("statutory", "court")
OPEN_NOTICES: Final = (
    "prepared", "authorised", "submitted", "acknowledged", "more_info", "forwarded_to_user", "overdue",
    "counter_notice",
)  # fmt: skip
"""Notices that still wait for somebody: a refused or escalated one has been answered."""
_SHORT: Final[Mapping[str, Label]] = {
    "title": Label("案件名称", "title"),
    "cause": Label("案由", "cause of action"),
    "court_no": Label("法院案号", "court number"),
    "hold_basis": Label("保留依据", "basis of the hold"),
}


class OpenMattersError(WorkflowRefusedError):
    """Something of the case is still open. Facts: ``count`` and ``first``."""

    code = "open-matters"
    text = Label(
        "还有 {count} 件事没有了结，不能结案。首先：{first}",
        "{count} matters are still open; the case cannot be closed. First: {first}",
    )


@dataclass(frozen=True, slots=True)
class Block:
    """Something open of a case.

    Attributes:
        kind: task, deadline or notice.
        key: id or number, for its address.
        title: what it is.
        state: its state's key in the table of its kind.
        stops: whether the case cannot be closed before it is settled.
    """

    kind: str
    key: str
    title: str
    state: str
    stops: bool
    rule_id: str | None = None
    ordinal: int = 1


def check_writable(case: Case) -> None:
    """Refuse to change an archived case: it is for reading.

    Raises:
        CaseArchivedError.
    """
    if case.status == "archived":
        raise CaseArchivedError


def blocks(work: Work, case: Case) -> list[Block]:
    """Return what of a case is still open: mandatory tasks, deadlines, notices; what stops its closing first."""
    tasks = [Block("task", row.id, row.title, row.status, stops=True) for row in open_mandatory(work, case)]
    due = (
        select(Deadline)
        .where(Deadline.case_id == case.id, Deadline.status.in_(OPEN_DEADLINES), Deadline.voided_at.is_(None))
        .order_by(Deadline.due_at)
    )
    deadlines = [
        Block("deadline", row.id, row.base_event, row.status, row.kind in RULED, row.rule_id, row.ordinal)
        for row in work.session.scalars(work.visible(due, Deadline))
    ]
    sent = (
        select(Notice, Platform.name)
        .join(Platform, Platform.id == Notice.platform_id)
        .where(Notice.case_id == case.id, Notice.status.in_(OPEN_NOTICES), Notice.voided_at.is_(None))
        .order_by(Notice.no)
    )
    notices = [
        Block("notice", row.no, name, row.status, stops=False)
        for row, name in work.session.execute(work.visible(sent, Notice))
    ]
    return sorted([*tasks, *deadlines, *notices], key=lambda one: not one.stops)


def _check_settled(work: Work, case: Case, *, rest_known: bool) -> None:
    waiting = [one for one in blocks(work, case) if one.stops or not rest_known]
    if waiting:
        raise OpenMattersError(count=len(waiting), first=waiting[0].title)


def ask_to_close(work: Work, case: Case, *, reason: str, rest_known: bool) -> None:
    """Ask another person to close the case.

    Args:
        work: the unit of work.
        case: which.
        reason: why.
        rest_known: the person has seen the notices and internal deadlines that are still open.

    Raises:
        OpenMattersError: mandatory tasks, statutory deadlines or those of a court, or what is not known.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError, InvalidInputError: see ``request_close``.
    """
    work.require(Permission.CASE_EDIT, case)
    _check_settled(work, case, rest_known=rest_known)
    request_close(work, case, reason=_reason(reason))


def take_back_request(work: Work, case: Case) -> None:
    """Take back the request to close the case.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: it is not open.
    """
    work.require(Permission.CASE_EDIT, case)
    workflow.CASE.find(case, "close")
    work.change(case, Event.CASE_CLOSE_REQUESTED, close_reason=None, close_requested_by=None)


def step_case(work: Work, case: Case, action: str, *, reason: str = "", rest_known: bool = True) -> None:
    """Suspend, resume, close or archive the case.

    Raises:
        OpenMattersError: something that stops its closing is open.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds).
    """
    if action == "close":
        work.require(Permission.CASE_CLOSE, case)
        _check_settled(work, case, rest_known=rest_known)
        close_case(work, case)
        return
    work.transition(workflow.CASE, case, action, reason=_reason(reason))


def _reason(text: str) -> str:
    if len(text) > REASON:
        problem = Label(f"最多 {REASON} 字。", f"use at most {REASON} characters.")
        raise InvalidInputError(field=Label("理由", "reason"), problem=problem)
    said: str = storable(text.strip())
    return said


def edit_case(work: Work, case: Case, *, seen_version: int, reason: str = "", **values: Any) -> None:
    """Change what is said about a case.

    Args:
        work: the unit of work.
        case: which.
        seen_version: the version the editor saw.
        reason: why a legal hold is set or released; setting one, its basis will do.
        values: columns.

    Raises:
        NotFoundError, PermissionDeniedError: the case, the organization or the lead is not for this person.
        InvalidInputError: an unknown word, a text that lacks or is too long, a lead who is no member.
        StaleVersionError: someone else changed it meanwhile. ReasonRequiredError: a hold is set or released without.
        WorkflowRefusedError: the case is archived.
    """
    work.require(Permission.CASE_EDIT, case)
    check_writable(case)
    if seen_version != case.version:
        raise StaleVersionError
    for name, field in _SHORT.items():
        if name in values:
            values[name] = _text(values[name], field, required=name == "title")
    for name, words in (("type", CASE_TYPE), ("confidentiality", CONFIDENTIALITY), ("severity", SEVERITY)):
        if values.get(name):
            words.require(values[name])
    for name in ("principal_id", "forum_id"):
        if values.get(name):
            work.get(Organization, values[name])
    _check_lead(work, case, values)
    hold = values.pop("legal_hold", case.legal_hold)
    work.change(case, seen_version=seen_version, reason=reason.strip() or None, **values)
    if bool(hold) != case.legal_hold:
        hold_case(work, case, on=bool(hold), reason=reason.strip() or (hold and values.get("hold_basis")) or "")


def _check_lead(work: Work, case: Case, values: Mapping[str, Any]) -> None:
    lead = values.get("lead_id")
    if lead and lead != case.lead_id and (work.session.get(User, lead) is None or lead not in members(work, case)):
        problem = Label("须为本案成员。", "choose a member of the case.")
        raise InvalidInputError(field=Label("主办", "lead"), problem=problem)


def checked_line(value: str, column: str) -> str:
    """Return a required line of a case as it is stored.

    Raises:
        InvalidInputError: it lacks or is too long.
    """
    return _text(value, _SHORT[column], required=True) or ""


def _text(value: str | None, field: Label, *, required: bool) -> str | None:
    said = storable((value or "").strip())
    if required and not said:
        raise InvalidInputError(field=field, problem=Label("不能为空。", "must not be empty."))
    if len(said) > LINE:
        raise InvalidInputError(field=field, problem=Label(f"最多 {LINE} 字。", f"use at most {LINE} characters."))
    return said or None
