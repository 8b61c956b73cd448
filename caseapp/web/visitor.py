"""Who asks: the session cookie leads to a row that can be revoked, and the row to a person with permissions.

The cookie is signed and holds a random token; the database holds the token's SHA-256. Revoking the row ends the
session with the next request, whatever the cookie says.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app, g, request, session

from caseapp.domain.errors import NotSignedInError
from caseapp.domain.permissions import ROLE_LABELS, Permission, Role, permissions_of
from caseapp.services.users import SignedIn, resume_session
from caseapp.services.work import Actor, Work, read_work
from caseapp.web.marks import say
from caseapp.web.security import request_id

if TYPE_CHECKING:
    from caseapp.bootstrap import Application

EXTENSION = "bianwu"
TOKEN, SESSION_ID, LOGIN, LANGUAGE, MUST_CHANGE = "token", "id", "login", "language", "must_change"


@dataclass(frozen=True, slots=True)
class Visitor:
    """The signed-in person of a request.

    Attributes:
        actor: who acts in the services.
        login: the name typed at sign-in.
        session_id: key of this device's session.
        language: the person's stored language, zh or en.
        permissions: everything allowed in some role; the services check the object.
        must_change: a password set by someone else has to be replaced first.
    """

    actor: Actor
    login: str
    session_id: str
    language: str
    permissions: frozenset[Permission]
    roles: frozenset[str]
    must_change: bool

    @property
    def display(self) -> str:
        """The name shown."""
        return self.actor.display

    @property
    def initial(self) -> str:
        """First character of the name."""
        return self.actor.display[:1].upper()

    @property
    def role_text(self) -> str:
        """The roles in words, the most telling first."""
        known = [role for role in (*CASE_FIRST, *Role) if role.value in self.roles]
        return " · ".join(dict.fromkeys(say(ROLE_LABELS[role]) for role in known[:2]))


CASE_FIRST = (Role.LEAD, Role.COUNSEL, Role.APPROVER, Role.PR, Role.ARCHIVIST, Role.EXTERNAL)


def house() -> Application:
    """Return the wired application behind this web application."""
    return cast("Application", current_app.extensions[EXTENSION])


def recognise() -> None:
    """Read the cookie and remember the visitor; an ended session is forgotten."""
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return
    try:
        actor = resume_session(house(), token, ip=request.remote_addr, request_id=request_id())
    except NotSignedInError:
        forget()
        g.ended = True
        return
    work = open_reading(actor)
    roles = actor.roles | {grant.role for grant in work.viewer.grants if not grant.wall}
    g.visitor = Visitor(
        actor=actor,
        login=str(session.get(LOGIN, "")),
        session_id=str(session.get(SESSION_ID, "")),
        language=str(session.get(LANGUAGE, "zh")),
        permissions=permissions_of(roles),
        roles=frozenset(roles),
        must_change=bool(session.get(MUST_CHANGE)),
    )


def open_reading(actor: Actor) -> Work:
    """Open the one reading unit of work of this request."""
    stack = ExitStack()
    work = stack.enter_context(read_work(house(), actor))
    g.reading = (stack, work)
    return work


def close_reading(_error: BaseException | None = None) -> None:
    """Close the reading unit of work, if it is still open."""
    held = g.pop("reading", None)
    if held is not None:
        held[0].close()


def remember(signed: SignedIn, *, login: str, language: str) -> None:
    """Start a fresh cookie for a fresh session (nothing of an older one is kept)."""
    session.clear()
    session.permanent = True
    session[TOKEN] = signed.token
    session[SESSION_ID] = signed.session_id
    session[LOGIN] = login
    session[LANGUAGE] = language
    session[MUST_CHANGE] = signed.must_change_password


def forget() -> None:
    """Empty the cookie."""
    session.clear()


def init_app(app: Flask) -> None:
    """Close what a request left open."""
    app.teardown_request(close_reading)
