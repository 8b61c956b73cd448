"""People as an administrator sees them: roles, last sign-in, how many cases, never which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from caseapp.models import Membership, User, UserSession
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One user.

    Attributes:
        memberships: in how many cases the person is now, walls left out.
        sessions: signed-in devices.
        waiting: a one-time password was given and not replaced yet.
    """

    id: str
    login: str
    display: str
    dept: str | None
    title: str | None
    roles: Sequence[str]
    active: bool
    sample: bool
    version: int
    created_at: datetime
    last_sign_in: datetime | None
    memberships: int
    sessions: int
    waiting: bool


def people(work: Work, *rules: ColumnElement[bool]) -> list[PersonRow]:
    """Return the users of the actor's desk by name; memberships are counted, for they name no case."""
    member = (
        select(func.count(Membership.case_id.distinct()))
        .where(
            Membership.user_id == User.id,
            Membership.voided_at.is_(None),
            Membership.wall.is_(False),
            or_(Membership.expires_at.is_(None), Membership.expires_at > work.now),
            Membership.sample == User.sample,
        )
        .correlate(User)
    )
    last = select(func.max(UserSession.created_at)).where(UserSession.user_id == User.id).correlate(User)
    live = (
        select(func.count())
        .select_from(UserSession)
        .where(UserSession.user_id == User.id, UserSession.revoked_at.is_(None), UserSession.expires_at > work.now)
        .correlate(User)
    )
    columns: tuple[Any, ...] = (User, member.scalar_subquery(), last.scalar_subquery(), live.scalar_subquery())
    found = select(*columns).where(User.voided_at.is_(None), *rules).order_by(User.active.desc(), User.display)
    return [
        PersonRow(
            user.id, user.login, user.display, user.dept, user.title, tuple(user.roles), user.active, user.sample,
            user.version, user.created_at, signed, cases, sessions, user.must_change_password,
        )
        for user, cases, signed, sessions in work.session.execute(work.visible(found, User))
    ]  # fmt: skip


def person(work: Work, login: str) -> PersonRow | None:
    """Return one user of the actor's desk by login."""
    return next(iter(people(work, User.login == login)), None)
