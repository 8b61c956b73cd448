"""The one visibility filter: ``caseapp.domain.visibility`` said in SQL, for every table.

Each table is reached in one of four ways: it names its case (``_column``), it is linked to cases through other rows
(``_through``), it belongs to a parent row and is seen with it (``_PARENT``), or it is a register of the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, inspect, not_, or_, select, true
from sqlalchemy.orm import Session

from caseapp.domain.permissions import Permission, Role, permissions_of
from caseapp.domain.visibility import SCOPE_REACH, Grant, Reach, RowFacts, Viewer, may_see, reads_desk
from caseapp.models import (
    Account,
    Appearance,
    Approval,
    AuditEvent,
    Base,
    Capture,
    Case,
    CaseIncident,
    CaseStage,
    Citation,
    ClaimEvidence,
    CounterNotice,
    CustodyEvent,
    DamageEvidence,
    DamageItem,
    Deadline,
    Desk,
    Dispatch,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Incident,
    Job,
    Membership,
    MetricSnapshot,
    Notice,
    NoticeEvent,
    NoticeItem,
    Organization,
    Party,
    Platform,
    Post,
    PostIncident,
    Publication,
    Relief,
    RumorClaim,
    Task,
    User,
)  # fmt: skip

Links = tuple[Any, ...]
"""Case ids of a row: column expressions (or plain values, of an instance) and selects of case ids."""


def _incident(incident_id: Any) -> Select[Any]:
    return select(CaseIncident.case_id).where(CaseIncident.incident_id == incident_id, CaseIncident.voided_at.is_(None))


def _post(post_id: Any) -> Select[Any]:
    return (
        select(CaseIncident.case_id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .where(PostIncident.post_id == post_id, PostIncident.state == "confirmed", CaseIncident.voided_at.is_(None))
    )


def _account(account_id: Any) -> Select[Any]:
    return (
        select(CaseIncident.case_id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .join(Post, Post.id == PostIncident.post_id)
        .where(Post.account_id == account_id, PostIncident.state == "confirmed", CaseIncident.voided_at.is_(None))
    )


def _evidence(row: Any) -> Links:
    of_claim = (
        select(CaseIncident.case_id)
        .join(RumorClaim, RumorClaim.incident_id == CaseIncident.incident_id)
        .join(ClaimEvidence, ClaimEvidence.claim_id == RumorClaim.id)
        .where(ClaimEvidence.evidence_id == row.id, CaseIncident.voided_at.is_(None))
    )
    of_damage = (
        select(DamageItem.case_id)
        .join(DamageEvidence, DamageEvidence.damage_id == DamageItem.id)
        .where(DamageEvidence.evidence_id == row.id)
    )
    frozen_pdf = (
        select(Document.case_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.pdf_evidence_id == row.id)
    )
    of_answer = (
        select(Notice.case_id)
        .join(NoticeEvent, NoticeEvent.notice_id == Notice.id)
        .where(NoticeEvent.evidence_id == row.id)
    )
    return (
        select(Exhibit.case_id).where(Exhibit.evidence_id == row.id, Exhibit.voided_at.is_(None)),
        frozen_pdf,
        select(Dispatch.case_id).where(Dispatch.arrival_evidence_id == row.id),
        select(Notice.case_id).where(Notice.receipt_evidence_id == row.id),
        of_answer,
        select(CounterNotice.case_id).where(CounterNotice.evidence_id == row.id),
        select(Deadline.case_id).where(Deadline.proof_evidence_id == row.id, Deadline.case_id.is_not(None)),
        select(Capture.case_id).where(Capture.id == row.capture_id, Capture.case_id.is_not(None)),
        _post(row.post_id),
        of_claim,
        of_damage,
    )


def _own_case(row: Any) -> Links:
    return (row.case_id,)


_LINKS: Final[Mapping[type[Base], Callable[[Any], Links]]] = {
    Case: lambda row: (row.id,),
    Incident: lambda row: (_incident(row.id),),
    RumorClaim: lambda row: (_incident(row.incident_id),),
    PostIncident: lambda row: (_incident(row.incident_id),),
    Post: lambda row: (_post(row.id),),
    Account: lambda row: (_account(row.id),),
    MetricSnapshot: lambda row: (_post(row.post_id),),
    Capture: lambda row: (row.case_id, _post(row.post_id)),
    EvidenceItem: _evidence,
    Deadline: lambda row: (row.case_id, _incident(row.incident_id)),
    Task: lambda row: (row.case_id, _incident(row.incident_id)),
    **dict.fromkeys(
        (CaseIncident, Party, Relief, Exhibit, Document, Dispatch, Notice, CounterNotice, DamageItem,
         Publication, Membership), _own_case,
    ),
}  # fmt: skip
_PARENT: Final[Mapping[type[Base], tuple[str, type[Base]]]] = {
    CaseStage: ("case_id", Case),
    Appearance: ("claim_id", RumorClaim),
    ClaimEvidence: ("claim_id", RumorClaim),
    CustodyEvent: ("evidence_id", EvidenceItem),
    DocumentVersion: ("document_id", Document),
    Citation: ("version_id", DocumentVersion),
    Approval: ("version_id", DocumentVersion),
    NoticeItem: ("notice_id", Notice),
    NoticeEvent: ("notice_id", Notice),
    DamageEvidence: ("damage_id", DamageItem),
}
_REGISTERS: Final = (Organization, Platform, User, Job)
_REACH: Final[Mapping[type[Base], Reach]] = {
    Case: Reach.CASE,
    Membership: Reach.CASE,
    **dict.fromkeys((EvidenceItem, Exhibit, Capture, MetricSnapshot), Reach.EVIDENCE),
    Publication: Reach.REPORT,
}


def has_way(model: type[Base]) -> bool:
    """Whether this module says who sees the table's rows."""
    return model in _LINKS or model in _PARENT or model in _REGISTERS


def _model(row: Any) -> type[Base]:
    found: type[Base] = inspect(row).mapper.class_
    return found


def _in_force(user_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Membership.user_id == user_id,
        Membership.voided_at.is_(None),
        or_(Membership.expires_at.is_(None), Membership.expires_at > now),
    )


def load_viewer(session: Session, *, user_id: str, desk_id: str | None, roles: Iterable[str], now: datetime) -> Viewer:
    """Return the viewer with the memberships in force at ``now``."""
    rows = session.execute(
        select(Membership.case_id, Membership.role, Membership.scope, Membership.wall).where(*_in_force(user_id, now))
    )
    return Viewer(desk_id, frozenset(roles), tuple(Grant(*row) for row in rows))


def case_ids(session: Session, row: Base) -> frozenset[str]:
    """Return the ids of the cases a row is linked to (through its parent, for a part of something)."""
    model = type(row)
    if model in _PARENT:
        column, parent = _PARENT[model]
        owner = session.get(parent, getattr(row, column))
        return case_ids(session, owner) if owner is not None else frozenset()
    found: set[str] = set()
    for link in _LINKS[model](row) if model in _LINKS else ():
        found |= set(session.scalars(link)) if isinstance(link, Select) else {link}
    return frozenset(case for case in found if case)


def row_facts(session: Session, row: Base) -> RowFacts:
    """Return what the pure rule needs to know of a row."""
    model = type(row)
    if model in _PARENT:
        column, parent = _PARENT[model]
        owner = session.get(parent, getattr(row, column))
        if owner is not None:
            return row_facts(session, owner)
    return RowFacts(
        desk_id=getattr(row, "desk_id", None),
        case_ids=case_ids(session, row),
        reach=_REACH.get(model, Reach.CONTENT),
        privileged=bool(getattr(row, "privileged", False)),
    )


def sees(session: Session, viewer: Viewer, row: Base) -> bool:
    """Whether the viewer may see this one row."""
    if type(row) in _REGISTERS:
        return "system" in viewer.roles or getattr(row, "desk_id", None) in {None, viewer.desk_id}
    if isinstance(row, Desk):
        return "system" in viewer.roles or row.id == viewer.desk_id
    return may_see(viewer, row_facts(session, row))


def condition(entity: Any, viewer: Viewer, *, user_id: str, now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition that keeps of ``entity`` (a model or an alias of one) what the viewer may see."""
    model = _model(entity)
    if "system" in viewer.roles:
        return true()
    if model in _REGISTERS:
        return or_(entity.desk_id == viewer.desk_id, entity.desk_id.is_(None))
    if model is Desk:
        return entity.id == viewer.desk_id  # type: ignore[no-any-return]  # an entity's column is untyped here
    if model is AuditEvent:
        return _audit(entity, viewer, user_id=user_id, now=now)
    if model in _PARENT:
        column, parent = _PARENT[model]
        rule = condition(parent, viewer, user_id=user_id, now=now)
        seen = select(inspect(parent).c.id).where(rule).correlate(None)
        return getattr(entity, column).in_(seen)  # type: ignore[no-any-return]  # as above
    return _linked(entity, model, viewer, _in_force(user_id, now))


def _linked(
    entity: Any, model: type[Base], viewer: Viewer, in_force: tuple[ColumnElement[bool], ...]
) -> ColumnElement[bool]:
    links = tuple(
        link.correlate(entity) if isinstance(link, Select) else link
        for link in (_LINKS[model](entity) if model in _LINKS else ())
    )
    # Said at every step what a subquery may take from outside: the caller's query may join any of these tables.
    mine = select(Membership.case_id).where(*in_force).correlate(None)
    walls = mine.where(Membership.wall.is_(True))
    scopes = [scope for scope, reach in SCOPE_REACH.items() if _REACH.get(model, Reach.CONTENT) in reach]
    allowing = mine.where(Membership.scope.in_(scopes))
    privileged = getattr(entity, "privileged", None)
    reading = [role.value for role in Role if Permission.CASE_READ_PRIVILEGED in permissions_of([role])]
    privy = mine.where(Membership.scope == "all", Membership.role.in_(reading))
    linked = [_any(links, mine), not_(_any(links, walls)), not_(_any(links, mine, outside=allowing))]
    unlinked = [not_(_any(links)), _desk(entity, viewer)]
    if privileged is not None:
        linked.append(or_(privileged.is_(False), not_(_any(links, mine, outside=privy))))
        if Permission.CASE_READ_PRIVILEGED not in permissions_of(viewer.roles):
            unlinked.append(privileged.is_(False))
    return or_(and_(*unlinked), and_(*linked))


def _any(links: Links, cases: Select[Any] | None = None, *, outside: Select[Any] | None = None) -> ColumnElement[bool]:
    """Whether some link leads to a case (in ``cases``, and not in ``outside``)."""
    found: list[ColumnElement[bool]] = []
    for link in links:
        column = link.selected_columns[0] if isinstance(link, Select) else link
        rule = column.is_not(None) if cases is None else column.in_(cases)
        if outside is not None:
            rule = and_(rule, column.not_in(outside))
        found.append(link.where(rule).exists() if isinstance(link, Select) else and_(column.is_not(None), rule))
    return or_(false(), *found)


def _desk(entity: Any, viewer: Viewer) -> ColumnElement[bool]:
    if viewer.desk_id is None or not reads_desk(viewer.roles):
        return false()
    return entity.desk_id == viewer.desk_id  # type: ignore[no-any-return]  # an entity's column is untyped here


def _audit(entity: Any, viewer: Viewer, *, user_id: str, now: datetime) -> ColumnElement[bool]:
    """The auditor reads every trail; a member whose role may read it, that of his cases."""
    if Permission.AUDIT_READ in permissions_of(viewer.roles & {Role.AUDITOR.value}):
        return true()
    reading = [role.value for role in Role if Permission.AUDIT_READ in permissions_of([role])]
    in_force = _in_force(user_id, now)
    walls = select(Membership.case_id).where(*in_force, Membership.wall.is_(True)).correlate(None)
    mine = select(Membership.case_id).where(*in_force, Membership.role.in_(reading)).correlate(None)
    return and_(entity.case_id.in_(mine), entity.case_id.not_in(walls))
