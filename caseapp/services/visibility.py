"""The one visibility filter: ``caseapp.domain.visibility`` said in SQL, for every table.

Each table is reached in one of four ways (``visible_ways``): it names its case, it is linked to cases through other
rows (``LINKS``), it belongs to a parent row and is seen with it (``PARENT``), or it is a register of the desk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, inspect, literal, not_, or_, select, true
from sqlalchemy.orm import Session, aliased

from caseapp.domain.permissions import Permission, Role, permissions_of
from caseapp.domain.visibility import (
    SCOPE_REACH,
    Grant,
    Reach,
    RowFacts,
    Viewer,
    may_see,
    reads_desk,
    sees_privileged,
)
from caseapp.models import AuditEvent, Base, Desk, Membership, Row
from caseapp.services.visible_ways import LINKS, PARENT, REACH, REGISTERS, Links

MOST_LISTED: Final = 300
"""Memberships up to which the cases stand in a statement by key; the parameters of a statement are limited."""
_PRIVY: Final = tuple(role.value for role in Role if Permission.CASE_READ_PRIVILEGED in permissions_of([role]))


def has_way(model: type[Base]) -> bool:
    """Whether this module says who sees the table's rows."""
    return model in LINKS or model in PARENT or model in REGISTERS


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
    if model in PARENT:
        column, parent = PARENT[model]
        owner = session.get(parent, getattr(row, column))
        return case_ids(session, owner) if owner is not None else frozenset()
    found: set[str] = set()
    for link in LINKS[model](row) if model in LINKS else ():
        found |= set(session.scalars(link)) if isinstance(link, Select) else {link}
    return frozenset(case for case in found if case)


def row_facts(session: Session, row: Base) -> RowFacts:
    """Return what the pure rule needs to know of a row."""
    model = type(row)
    if model in PARENT:
        column, parent = PARENT[model]
        owner = session.get(parent, getattr(row, column))
        if owner is not None:
            return row_facts(session, owner)
    return RowFacts(
        desk_id=getattr(row, "desk_id", None),
        case_ids=case_ids(session, row),
        reach=REACH.get(model, Reach.CONTENT),
        privileged=bool(getattr(row, "privileged", False)),
    )


def removed(entity: Any) -> Any:
    """Whether a row (or an entity's rows) belonged to an example that was removed: nobody sees it any more."""
    return and_(entity.sample, entity.voided_at.is_not(None))


def sees(session: Session, viewer: Viewer, row: Base) -> bool:
    """Whether the viewer may see this one row."""
    if isinstance(row, Row) and row.sample and row.voided_at is not None:
        return "system" in viewer.roles
    if type(row) in REGISTERS:
        return "system" in viewer.roles or getattr(row, "desk_id", None) in {None, viewer.desk_id}
    if isinstance(row, Desk):
        return "system" in viewer.roles or row.id == viewer.desk_id
    return may_see(viewer, row_facts(session, row))


def condition(entity: Any, viewer: Viewer, *, user_id: str, now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition that keeps of ``entity`` (a model or an alias of one) what the viewer may see."""
    model = _model(entity)
    if "system" in viewer.roles:
        return true()
    rule = _rule(entity, model, viewer, user_id=user_id, now=now)
    return and_(not_(removed(entity)), rule) if issubclass(model, Row) else rule


def _rule(entity: Any, model: type[Base], viewer: Viewer, *, user_id: str, now: datetime) -> ColumnElement[bool]:
    if model in REGISTERS:
        return or_(entity.desk_id == viewer.desk_id, entity.desk_id.is_(None))
    if model is Desk:
        return entity.id == viewer.desk_id  # type: ignore[no-any-return]  # an entity's column is untyped here
    if model is AuditEvent:
        return _audit(entity, viewer, user_id=user_id, now=now)
    if model in PARENT:
        column, parent = PARENT[model]
        owner: Any = aliased(parent)  # one row of its own: the caller's query may join the table itself
        rule = condition(owner, viewer, user_id=user_id, now=now)
        return select(owner.id).where(owner.id == getattr(entity, column), rule).correlate(entity).exists()
    return _linked(entity, model, viewer, _in_force(user_id, now))


@dataclass(frozen=True, slots=True)
class _Cases:
    """Some of the viewer's cases, as the list already read, or as a subquery when they are very many.

    Attributes:
        mine: every case the viewer has a membership in.
        closed: those that deny this sort of row: by a wall, or by a scope that does not reach it.
        secret: those whose privileged matter the viewer does not read.
    """

    mine: list[str] | Select[Any]
    closed: list[str] | Select[Any]
    secret: list[str] | Select[Any]


def _cases(model: type[Base], viewer: Viewer, in_force: tuple[ColumnElement[bool], ...]) -> _Cases:
    scopes = {scope for scope, reach in SCOPE_REACH.items() if REACH.get(model, Reach.CONTENT) in reach}
    mine = {grant.case_id for grant in viewer.grants}
    if len(mine) <= MOST_LISTED:
        walls = {grant.case_id for grant in viewer.grants if grant.wall}
        reached = {grant.case_id for grant in viewer.grants if grant.scope in scopes}
        privy = {grant.case_id for grant in viewer.grants if sees_privileged(grant.role, grant.scope)}
        return _Cases(sorted(mine), sorted(walls | (mine - reached)), sorted(mine - privy))
    # Said at every step what a subquery may take from outside: the caller's query may join this table too.
    seats = select(Membership.case_id).where(*in_force).correlate(None)
    allowing = seats.where(Membership.scope.in_(scopes))
    reading = seats.where(Membership.scope == "all", Membership.role.in_(_PRIVY))
    return _Cases(
        seats,
        seats.where(or_(Membership.wall.is_(True), Membership.case_id.not_in(allowing))),
        seats.where(Membership.case_id.not_in(reading)),
    )


def _linked(
    entity: Any, model: type[Base], viewer: Viewer, in_force: tuple[ColumnElement[bool], ...]
) -> ColumnElement[bool]:
    links = tuple(
        link.correlate(entity) if isinstance(link, Select) else link
        for link in (LINKS[model](entity) if model in LINKS else ())
    )
    cases = _cases(model, viewer, in_force)
    privileged = getattr(entity, "privileged", None)
    found: list[ColumnElement[bool]] = []
    if cases.mine != []:
        linked = [_any(links, cases.mine)]
        if cases.closed != []:
            linked.append(not_(_any(links, cases.closed)))
        if privileged is not None and cases.secret != []:
            linked.append(or_(privileged.is_(False), not_(_any(links, cases.secret))))
        found.append(and_(*linked))
    # Last, because it has to look at every link to find none; for most rows what stands above has decided.
    if viewer.desk_id is not None and reads_desk(viewer.roles):
        unlinked = [entity.desk_id == viewer.desk_id, not_(_any(links))]
        if privileged is not None and Permission.CASE_READ_PRIVILEGED not in permissions_of(viewer.roles):
            unlinked.append(privileged.is_(False))
        found.append(and_(*unlinked))
    return or_(false(), *found)


def linked_with(entity: Any, case_id: str) -> ColumnElement[bool]:
    """Return the WHERE condition that keeps of ``entity`` what is linked with a case, whoever asks."""
    links = tuple(
        link.correlate(entity) if isinstance(link, Select) else link for link in LINKS[_model(entity)](entity)
    )
    return _any(links, [case_id])


def _any(links: Links, cases: list[str] | Select[Any] | None = None) -> ColumnElement[bool]:
    """Whether some link leads to a case (in ``cases``)."""
    found: list[ColumnElement[bool]] = []
    for link in links:
        column = link.selected_columns[0] if isinstance(link, Select) else link
        rule = column.is_not(None) if cases is None else column.in_(_plain(cases))
        found.append(link.where(rule).exists() if isinstance(link, Select) else and_(column.is_not(None), rule))
    return or_(false(), *found)


def _plain(cases: list[str] | Select[Any]) -> list[ColumnElement[str]] | Select[Any]:
    """Return a list as so many parameters: a list left open is written into the statement anew at every run."""
    return cases if isinstance(cases, Select) else [literal(case) for case in cases]


def _audit(entity: Any, viewer: Viewer, *, user_id: str, now: datetime) -> ColumnElement[bool]:
    """The auditor reads every trail; a member whose role may read it, that of his cases."""
    if Permission.AUDIT_READ in permissions_of(viewer.roles & {Role.AUDITOR.value}):
        return true()
    reading = [role.value for role in Role if Permission.AUDIT_READ in permissions_of([role])]
    in_force = _in_force(user_id, now)
    walls = select(Membership.case_id).where(*in_force, Membership.wall.is_(True)).correlate(None)
    mine = select(Membership.case_id).where(*in_force, Membership.role.in_(reading)).correlate(None)
    return and_(entity.case_id.in_(mine), entity.case_id.not_in(walls))
