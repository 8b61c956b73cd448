"""Cases: opened, staffed, staged, joined with incidents and parties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CASE_STAGE, PARTY_ROLE, SCOPE
from caseapp.models import Case, CaseIncident, CaseStage, Incident, Membership, Party, User
from caseapp.services.work import Work


def create_case(work: Work, *, title: str, principal_id: str | None = None, **more: Any) -> Case:
    """Open a draft case with the actor as its lead.

    Raises:
        InvalidInputError: no title.
        PermissionDeniedError: the actor may not.
    """
    work.require(Permission.CASE_CREATE)
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
    """Let a person into a case in a role; the same person and role again returns the same membership.

    Raises:
        PermissionDeniedError, InvalidInputError.
    """
    work.require(Permission.CASE_GRANT, case)
    SCOPE.require(scope)
    statement = select(Membership).where(
        Membership.case_id == case.id, Membership.user_id == user.id, Membership.role == role
    )
    known = work.session.scalar(statement)
    if known is not None:
        return known
    row = _member(work, case, user.id, role, scope=scope, expires_at=expires_at)
    work.record(Event.MEMBERSHIP_GRANTED, row, case=case.id, after={"user_id": user.id, "role": role, "scope": scope})
    return row


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
    """Join an incident to a case; the same pair again is the same link."""
    work.require(Permission.CASE_EDIT, case)
    statement = select(CaseIncident).where(CaseIncident.case_id == case.id, CaseIncident.incident_id == incident.id)
    known = work.session.scalar(statement)
    if known is not None:
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
