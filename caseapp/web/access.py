"""Every route says who may use it; an application with an undeclared route does not start.

Three declarations exist: ``public`` (before sign-in, with the reason), ``signed_in`` (own account matters) and
``needs`` (a permission the person holds in at least one role). The check on the object itself, which case it is
in and what walls stand around it, is ``work.visible`` and ``work.require`` in the services.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from caseapp.domain.errors import FaultyRuleError, NotSignedInError, PermissionDeniedError
from caseapp.domain.permissions import Permission
from caseapp.web.visitor import Visitor, recognise

View = TypeVar("View", bound=Callable[..., object])
MARK = "bianwu_access"
LOOKING = frozenset(("GET", "HEAD"))


@dataclass(frozen=True, slots=True)
class Access:
    """What a route demands.

    Attributes:
        permission: held in some role; None means being signed in is enough, or nothing at all.
        public: True when nobody has to be signed in.
        reason: why a route is public or needs no permission.
    """

    permission: Permission | None = None
    public: bool = False
    reason: str = ""


STATIC = Access(public=True, reason="style sheets, scripts and icons carry no data")


def needs(permission: Permission) -> Callable[[View], View]:
    """Declare the permission a route needs."""
    return _mark(Access(permission=permission))


def signed_in(reason: str) -> Callable[[View], View]:
    """Declare that any signed-in person may use a route, and why."""
    return _mark(Access(reason=reason))


def public(reason: str) -> Callable[[View], View]:
    """Declare that a route works before sign-in, and why."""
    return _mark(Access(public=True, reason=reason))


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, MARK, access)
        return view

    return mark


def declared(app: Flask, endpoint: str) -> Access | None:
    """Return what the route of ``endpoint`` declares, None if nothing."""
    if endpoint == "static":
        return STATIC
    found = getattr(app.view_functions[endpoint], MARK, None)
    return found if isinstance(found, Access) else None


def check_declarations(app: Flask) -> None:
    """Refuse to start with a route that does not say who may use it.

    Raises:
        FaultyRuleError: names the routes.
    """
    silent = sorted(name for name in app.view_functions if declared(app, name) is None)
    if silent:
        raise FaultyRuleError(detail=f"routes without a declared permission: {', '.join(silent)}")


def visitor() -> Visitor:
    """Return the signed-in person of this request.

    Raises:
        NotSignedInError: nobody is.
    """
    person: Visitor | None = g.get("visitor")
    if person is None:
        raise NotSignedInError
    return person


def here() -> str:
    """Return this request's address as a path to come back to after sign-in; only for pages."""
    return request.full_path.rstrip("?") if request.method in LOOKING else url_for("today.page")


def safe_target(target: str | None) -> str:
    """Return ``target`` if it is a path of this site, the first page otherwise (no open redirect)."""
    home = url_for("today.page")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return home
    parts = urlsplit(target)
    return home if parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in target) else target  # noqa: PLR2004


def _admit() -> Response | None:
    if request.endpoint == "static":
        return None
    if "\x00" in request.path or any("\x00" in value for value in request.values.values()):
        abort(400)  # no field holds it, and databases disagree about it
    recognise()
    if request.endpoint is None:
        return None  # 404 and 405 are the error pages' business
    endpoint = request.endpoint
    access = declared(current_app, endpoint)
    if access is None or access.public:
        return None
    person: Visitor | None = g.get("visitor")
    if person is None:
        if request.method in LOOKING and "HX-Request" not in request.headers:
            return redirect(url_for("account.sign_in", next=here(), ended=g.get("ended") and "1"))
        raise NotSignedInError
    if access.permission is not None and access.permission not in person.permissions:
        raise PermissionDeniedError(permission=access.permission.label)
    if person.must_change and request.blueprint != "account":
        return redirect(url_for("account.settings", _anchor="password"))
    return None


def init_app(app: Flask) -> None:
    """Recognise the visitor and check the declaration before every request."""
    app.before_request(_admit)
