"""People and their sessions: create and change users, sign in and out, revoke sessions."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from caseapp.domain.errors import (
    AlreadyExistsError,
    BadCredentialsError,
    CaseError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    ThrottledError,
)
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission, Role
from caseapp.models import SignInAttempt, User, UserSession
from caseapp.services.admins import keep_an_admin
from caseapp.services.passwords import hash_password, password_matches, wait_seconds
from caseapp.services.ports import Ports
from caseapp.services.work import Actor, Work, open_work, read_work, system_actor

SESSION_LIFE: Final = timedelta(days=7)
SESSION_IDLE: Final = timedelta(hours=12)
_SEEN_EVERY: Final = timedelta(minutes=5)
_TOKEN_BYTES: Final = 32
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_LOGIN_FIELD: Final = Label("登录名", "login")
_LOGIN_RULE: Final = Label("2 到 64 位小写字母、数字或 . _ @ -。", "2 to 64 lower-case letters, digits or . _ @ -.")
_ROLE_FIELD: Final = Label("角色", "role")
_ROLE_RULE: Final = Label("没有这个角色。", "there is no such role.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: ``token`` goes into the cookie and is kept nowhere else."""

    user_id: str
    session_id: str
    token: str
    actor: Actor
    must_change_password: bool


def actor_of(user: User, *, ip: str | None = None, request_id: str | None = None) -> Actor:
    """Return the actor a signed-in user is."""
    return Actor(user.id, user.display, frozenset(user.roles), ip=ip, desk_id=user.desk_id, request_id=request_id)


def _clean_login(login: str) -> str:
    plain = login.strip().lower()
    if not _LOGIN.fullmatch(plain):
        raise InvalidInputError(field=_LOGIN_FIELD, problem=_LOGIN_RULE)
    return plain


def _clean_roles(roles: Iterable[str]) -> list[str]:
    known = {role.value for role in Role} - {Role.SYSTEM.value}
    found = list(dict.fromkeys(roles))
    if not set(found) <= known:
        raise InvalidInputError(field=_ROLE_FIELD, problem=_ROLE_RULE)
    return found


def create_user(
    work: Work,
    *,
    login: str,
    display: str,
    password: str | None = None,
    roles: Iterable[str] = (),
    dept: str | None = None,
    title: str | None = None,
    email: str | None = None,
    must_change_password: bool = False,
) -> User:
    """Create a user of the actor's desk. Without a password the user cannot sign in until one is set.

    Raises:
        PermissionDeniedError, AlreadyExistsError, InvalidInputError.
    """
    work.require(Permission.USER_MANAGE)
    plain = _clean_login(login)
    if work.session.scalar(select(User.id).where(User.login == plain)) is not None:
        raise AlreadyExistsError(kind=_LOGIN_FIELD)
    user = work.add(
        User(
            login=plain,
            display=display.strip() or plain,
            roles=_clean_roles(roles),
            dept=dept,
            title=title,
            email=email,
            password_hash=hash_password(password, login=plain) if password is not None else None,
            password_changed_at=work.now if password is not None else None,
            must_change_password=must_change_password,
        )
    )
    work.record(Event.USER_CREATED, user, after={"login": plain, "display": user.display, "roles": user.roles})
    return user


def change_roles(
    work: Work, user_id: str, roles: Iterable[str], *, reason: str | None = None, seen_version: int | None = None
) -> User:
    """Change a user's desk and system roles; sessions go on with the new ones.

    Raises:
        LastAdminError: nobody would be left who manages users.
        PermissionDeniedError, NotFoundError, InvalidInputError, StaleVersionError.
    """
    work.require(Permission.USER_MANAGE)
    user = work.get(User, user_id)
    wanted = _clean_roles(roles)
    if Role.ADMIN not in wanted:
        keep_an_admin(work, user)
    work.change(user, Event.USER_CHANGED, reason=reason, seen_version=seen_version, roles=wanted)
    return user


def deactivate_user(work: Work, user_id: str, *, reason: str) -> User:
    """Bar a user from signing in and end every session at once.

    Raises:
        LastAdminError: nobody would be left who manages users.
        PermissionDeniedError, NotFoundError.
    """
    work.require(Permission.USER_MANAGE)
    user = work.get(User, user_id)
    keep_an_admin(work, user)
    work.change(user, Event.USER_CHANGED, reason=reason, active=False)
    revoke_all(work, live_sessions(work, user.id))
    return user


def set_password(work: Work, user_id: str, password: str, *, current: str | None = None) -> None:
    """Set a password: one's own with the current one, or anyone's by a user manager (who then must change it).

    Every session of the user ends.

    Raises:
        BadCredentialsError: the current password is wrong.
    """
    user = work.get(User, user_id)
    own = user.id == work.actor.user_id
    if not own:
        work.require(Permission.USER_MANAGE)
    elif not password_matches(user.password_hash, current or ""):
        raise BadCredentialsError
    work.change(
        user,
        Event.USER_PASSWORD_CHANGED,
        password_hash=hash_password(password, login=user.login),
        password_changed_at=work.now,
        must_change_password=not own,
    )
    revoke_all(work, live_sessions(work, user.id))


def sign_in(app: Ports, *, login: str, password: str, ip: str | None = None, agent: str | None = None) -> SignedIn:
    """Check login and password and open a session. Every attempt is kept, refused ones too.

    Raises:
        ThrottledError: too many failures; says how long to wait.
        BadCredentialsError: wrong, unknown or inactive; which is not told.
    """
    plain = login.strip().lower()[:64]
    with read_work(app, system_actor("sign-in")) as work:
        wait = wait_seconds(work.session, login=plain, ip=ip, now=work.now)
        stored = work.session.scalar(select(User.password_hash).where(User.login == plain, User.active))
    if wait:
        raise ThrottledError(seconds=wait)
    matches = password_matches(stored, password)
    refusal: CaseError | None = None
    with open_work(app, system_actor("sign-in")) as work:
        user = work.session.scalar(select(User).where(User.login == plain, User.active)) if matches else None
        work.add(SignInAttempt(login=plain, ip=ip, at=work.now, ok=user is not None))
        if user is not None:
            return _open_session(work, user, ip=ip, agent=agent)
        known = work.session.scalar(select(User).where(User.login == plain))
        if known is not None:
            work.record(Event.USER_SIGN_IN_REFUSED, known, after={"ip": ip})
        refusal = BadCredentialsError()
    raise refusal


def _open_session(work: Work, user: User, *, ip: str | None, agent: str | None) -> SignedIn:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session = work.add(
        UserSession(
            user_id=user.id,
            token_digest=_digest(token),
            created_at=work.now,
            last_seen_at=work.now,
            expires_at=work.now + SESSION_LIFE,
            ip=ip,
            agent=(agent or "")[:400] or None,
        )
    )
    work.record(Event.USER_SIGNED_IN, user, after={"session": session.id, "ip": ip})
    return SignedIn(user.id, session.id, token, actor_of(user, ip=ip), user.must_change_password)


def resume_session(app: Ports, token: str, *, ip: str | None = None, request_id: str | None = None) -> Actor:
    """Return the actor behind a session token.

    Raises:
        NotSignedInError: unknown, expired, idle too long, revoked, or the user is barred.
    """
    with read_work(app, system_actor("sign-in")) as work:
        query = (
            select(UserSession, User)
            .join(User, User.id == UserSession.user_id)
            .where(UserSession.token_digest == _digest(token))
        )
        found = work.session.execute(query).first()
        if found is None:
            raise NotSignedInError
        session, user = found
        ended = session.revoked_at is not None or session.expires_at <= work.now or not user.active
        if ended or session.last_seen_at + SESSION_IDLE <= work.now:
            raise NotSignedInError
        stale, key = session.last_seen_at + _SEEN_EVERY <= work.now, session.id
        actor = actor_of(user, ip=ip, request_id=request_id)
    if stale:
        with open_work(app, system_actor("sign-in")) as work:
            seen = work.session.get(UserSession, key)
            if seen is not None:
                seen.last_seen_at = work.now
    return actor


def sign_out(app: Ports, token: str) -> None:
    """End the session of a token; an unknown token is no error."""
    with open_work(app, system_actor("sign-in")) as work:
        session = work.session.scalar(select(UserSession).where(UserSession.token_digest == _digest(token)))
        if session is not None and session.revoked_at is None:
            session.revoked_at, session.revoked_by = work.now, session.user_id
            user = work.session.get_one(User, session.user_id)
            work.record(Event.USER_SIGNED_OUT, user, after={"session": session.id})


def own_sessions(work: Work) -> Sequence[UserSession]:
    """Return the actor's live sessions, newest first: the device list."""
    return live_sessions(work, work.actor.user_id)


def revoke_session(work: Work, session_id: str) -> None:
    """End one session: one's own, or anyone's by a user manager.

    Raises:
        NotFoundError: no such live session, or someone else's.
    """
    session = work.session.get(UserSession, session_id)
    own = session is not None and session.user_id == work.actor.user_id
    if session is None or not (own or Permission.USER_MANAGE in work.permissions()):
        raise NotFoundError(kind=kind_label("user_sessions"))
    revoke_all(work, [session])


def live_sessions(work: Work, user_id: str) -> Sequence[UserSession]:
    """Return a user's live sessions, newest first."""
    live = (UserSession.revoked_at.is_(None), UserSession.expires_at > work.now)
    query = select(UserSession).where(UserSession.user_id == user_id, *live)
    return work.session.scalars(query.order_by(UserSession.last_seen_at.desc())).all()


def revoke_all(work: Work, sessions: Iterable[UserSession]) -> None:
    """End these sessions and say so in the trail; who may is the caller's business."""
    for session in sessions:
        if session.revoked_at is None:
            session.revoked_at, session.revoked_by = work.now, work.actor.user_id
            work.record(Event.SESSION_REVOKED, session, after={"user_id": session.user_id})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
