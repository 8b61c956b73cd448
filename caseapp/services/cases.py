"""Cases: opened, staffed, staged, joined with incidents and parties."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, NotFoundError, ReasonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import CASE_ROLES, Permission, Role
from caseapp.domain.vocabulary import CASE_STAGE, PARTY_ROLE, SCOPE
from caseapp.models import Case, CaseIncident, CaseStage, Incident, Membership, Organization, Party, User
from caseapp.services.work import Work

WALL: Final = Label("设置隔离", "put up a wall")
_BACK: Final[dict[str, Any]] = {"voided_at": None, "voided_by": None, "void_reason": None}


def create_case(work: Work, *, title: str, principal_id: str | None = None, **more: Any) -> Case:
    """Open a draft case with the actor as its lead.

    Raises:
        InvalidInputError: no title.
        NotFoundError, PermissionDeniedError: the principal is not of this desk; the actor may not.
    """
    work.require(Permission.CASE_CREATE)
    if principal_id:
        work.get(Organization, principal_id)
    if not title.strip():
        raise InvalidInputError(field=Label("案件名称", "title"), problem=Label("不能为空。", "must not be empty."))
    case = work.add(
        Case(
            no=work.next_no("case"), title=title.strip(), principal_id=principal_id, lead_id=work.actor.user_id, **more
        )
    )
    work.session.flush()
    _member(work, case, work.actor.user_id, "lead")
    work.forget_viewer()
    work.record(Event.ROW_CREATED, case, case=case.id, after={"no": case.no, "title": case.title})
    work.transition(workflow.CASE, case, "open")
    _stage(work, case, case.stage, None)
    return case


def grant_membership(
    work: Work, case: Case, user: User, role: str, *, scope: str = "all", expires_at: datetime | None = None
) -> Membership:
    """Let a person into a case in a role; given again, the membership takes the new scope and end.

    Raises:
        NotFoundError, PermissionDeniedError: the case or the person is not for this actor.
        InvalidInputError: no such role or scope.
    """
    work.require(Permission.CASE_GRANT, case)
    SCOPE.require(scope)
    if role not in CASE_ROLES | {Role.AUDITOR}:
        known_roles = Label("须为案件角色之一。", "it must be a case role.")
        raise InvalidInputError(field=Label("角色", "role"), problem=known_roles)
    _check_person(work, user)
    if expires_at is not None and expires_at <= work.now:
        problem = Label("须晚于现在。", "it must lie in the future.")
        raise InvalidInputError(field=Label("到期", "end"), problem=problem)
    row = _membership(work, case, user, role)
    if row is not None and row.wall and row.voided_at is None:
        problem = Label("已被隔离，先解除隔离。", "there is a wall; lift it first.")
        raise InvalidInputError(field=Label("成员", "member"), problem=problem)
    told = {"user_id": user.id, "role": role, "scope": scope}
    if row is None:
        row = _member(work, case, user.id, role, scope=scope, expires_at=expires_at)
        work.record(Event.MEMBERSHIP_GRANTED, row, case=case.id, after=told)
    else:
        work.change(row, Event.MEMBERSHIP_CHANGED, scope=scope, expires_at=expires_at, wall=False, **_BACK)
    work.forget_viewer()
    return row


def wall_off(work: Work, case: Case, user: User, *, reason: str) -> Membership:
    """Put a wall between a person and a case: an explicit denial that wins over every role.

    Raises:
        NotFoundError, PermissionDeniedError: the case or the person is not for this actor.
        ReasonRequiredError; InvalidInputError: nobody walls himself off, nor the last lead.
    """
    work.require(Permission.CASE_GRANT, case)
    _check_person(work, user)
    if not reason.strip():
        raise ReasonRequiredError(action=WALL)
    if user.id == work.actor.user_id:
        problem = Label("不能隔离自己。", "nobody walls himself off.")
        raise InvalidInputError(field=Label("成员", "member"), problem=problem)
    row = _membership(work, case, user, Role.VIEWER.value)
    if row is None:
        row = _member(work, case, user.id, Role.VIEWER.value)
    work.change(row, Event.MEMBERSHIP_CHANGED, reason=reason, wall=True, expires_at=None, note=reason, **_BACK)
    work.forget_viewer()
    return row


def _membership(work: Work, case: Case, user: User, role: str) -> Membership | None:
    return work.session.scalar(
        select(Membership).where(Membership.case_id == case.id, Membership.user_id == user.id, Membership.role == role)
    )


def _check_person(work: Work, user: User) -> None:
    if not work.sees(user) or user.voided_at is not None:
        raise NotFoundError(kind=kind_label("users"))


def revoke_membership(work: Work, row: Membership, *, reason: str) -> None:
    """Let a person into a case no longer; the row stays, voided.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError.
    """
    case = work.get(Case, row.case_id)
    work.require(Permission.CASE_GRANT, case)
    if not reason.strip():
        raise ReasonRequiredError(action=Permission.CASE_GRANT.label)
    if row.role == Role.LEAD and not row.wall:
        _check_lead_left(work, case, row)
    ended: dict[str, Any] = {"voided_at": work.now, "voided_by": work.actor.user_id, "void_reason": reason}
    work.change(row, Event.MEMBERSHIP_REVOKED, reason=reason, **ended)
    work.forget_viewer()


def _check_lead_left(work: Work, case: Case, row: Membership) -> None:
    others = select(Membership.id).where(
        Membership.case_id == case.id,
        Membership.role == Role.LEAD.value,
        Membership.id != row.id,
        Membership.wall.is_(False),
        Membership.voided_at.is_(None),
        or_(Membership.expires_at.is_(None), Membership.expires_at > work.now),
    )
    if work.session.scalar(others) is None:
        problem = Label("案件须有主办；先授予另一人主办。", "a case needs a lead; make another person lead first.")
        raise InvalidInputError(field=Label("主办", "lead"), problem=problem)


def _member(
    work: Work, case: Case, user_id: str, role: str, *, scope: str = "all", expires_at: datetime | None = None
) -> Membership:
    row = work.add(
        Membership(
            case_id=case.id,
            desk_id=case.desk_id,
            user_id=user_id,
            role=role,
            scope=scope,
            expires_at=expires_at,
            granted_by=work.actor.user_id,
        )
    )
    work.session.flush()
    return row


def link_incident(work: Work, case: Case, incident: Incident) -> CaseIncident:
    """Join an incident to a case; the same pair again is the same link.

    Raises:
        NotFoundError, PermissionDeniedError: the case or the incident is not for this person.
    """
    work.require(Permission.CASE_EDIT, case)
    work.get(Incident, incident.id)
    statement = select(CaseIncident).where(CaseIncident.case_id == case.id, CaseIncident.incident_id == incident.id)
    known = work.session.scalar(statement)
    if known is not None:
        if known.voided_at is not None:
            work.change(known, Event.CASE_INCIDENT_LINKED, voided_at=None, voided_by=None, void_reason=None)
        return known
    row = work.add(CaseIncident(case_id=case.id, incident_id=incident.id, desk_id=case.desk_id))
    work.session.flush()
    work.record(Event.CASE_INCIDENT_LINKED, row, case=case.id, after={"incident": incident.no})
    return row


def change_stage(work: Work, case: Case, stage: str, *, note: str | None = None) -> None:
    """Move the case to a stage; stages are free in order and logged.

    Raises:
        InvalidInputError: no such stage.
    """
    work.require(Permission.CASE_EDIT, case)
    CASE_STAGE.require(stage)
    work.change(case, Event.CASE_STAGE_CHANGED, reason=note, stage=stage)
    _stage(work, case, stage, note)


def _stage(work: Work, case: Case, stage: str, note: str | None) -> None:
    work.add(CaseStage(case_id=case.id, stage=stage, at=work.now, actor_id=work.actor.user_id, note=note))
    work.session.flush()


def add_party(work: Work, case: Case, *, role: str, name: str, **more: Any) -> Party:
    """Name a party of a case.

    Raises:
        InvalidInputError: no such role.
    """
    work.require(Permission.CASE_EDIT, case)
    PARTY_ROLE.require(role)
    row = work.add(Party(case_id=case.id, desk_id=case.desk_id, role=role, name=name, **more))
    work.session.flush()
    work.record(Event.ROW_CREATED, row, after={"role": role, "name": name})
    return row
