"""用户与角色: who may sign in and as what; added with a one-time password, changed with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import CaseError, NotFoundError, StaleVersionError, ThrottledError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission, permissions_of
from caseapp.models import User
from caseapp.services.people import (
    NAME_LENGTH,
    REASON_LENGTH,
    add_person,
    bar_person,
    end_sessions,
    give_roles,
    let_in_again,
    reset_password,
)
from caseapp.services.queries.people import PersonRow, people, person
from caseapp.services.users import live_sessions
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs
from caseapp.web.devices import device
from caseapp.web.errors import status_of
from caseapp.web.forms import Form, text
from caseapp.web.i18n import N_, _, many
from caseapp.web.lists import Column, Filter, listing
from caseapp.web.marks import Mark, say
from caseapp.web.pages.people_roles import choices_of
from caseapp.web.unit import acting, reading
from caseapp.web.visitor import house

blueprint = Blueprint("people", __name__, url_prefix="/people")

SHOWN_RIGHTS = 6


class NewPerson(Form):
    """What is asked of a new user."""

    login = text(N_("登录名"), limit=64, required=True)
    display = text(N_("姓名"), limit=NAME_LENGTH, required=True)
    dept = text(N_("部门"), limit=100)
    title = text(N_("职务"), limit=100)


class Reason(Form):
    """Why a user is changed."""

    reason = text(N_("理由"), limit=REASON_LENGTH, required=True)


def _state(row: PersonRow) -> str:
    if not row.active:
        return "barred"
    if row.last_sign_in is None:
        return "never"
    return "waiting" if row.waiting else "active"


STATES = {
    "active": (N_("在用"), "ok", "check"),
    "never": (N_("还没有登录过"), "", "clock-hour-4"),
    "waiting": (N_("待更换一次性密码"), "warn", "key"),
    "barred": (N_("已停用"), "", "ban"),
}


def mark(row: PersonRow) -> Mark:
    """Return the chip of a user's state."""
    word, tone, icon = STATES[_state(row)]
    return Mark(_(word), tone, icon)


def roles_text(row: PersonRow) -> str:
    """Return the roles in words."""
    return _roles_of(" ".join(row.roles))


def _roles_of(keys: str) -> str:
    return _("、").join(wording.role(key) for key in keys.split() if key != "none") or _("无角色")


COLUMNS: tuple[Column[PersonRow], ...] = (
    Column("login", N_("登录名"), lambda row: row.login),
    Column("display", N_("姓名"), lambda row: row.display),
    Column("dept", N_("部门"), lambda row: row.dept),
    Column("roles", N_("角色"), roles_text),
    Column("signed", N_("上次登录"), lambda row: row.last_sign_in),
    Column("cases", N_("参与案件"), lambda row: row.memberships),
    Column("state", N_("状态"), lambda row: _(STATES[_state(row)][0])),
)
FILTERS: tuple[Filter[PersonRow], ...] = (
    Filter("status", N_("状态"), _state, lambda key: _(STATES[key][0])),
    Filter("role", N_("角色"), lambda row: " ".join(row.roles) or "none", _roles_of),
)


@blueprint.get("/")
@needs(Permission.USER_MANAGE)
def index() -> str | Answer:
    """List the users."""
    with reading() as work:
        rows = people(work, *(() if house().settings.demo else (User.sample.is_(False),)))
    shown = listing(rows, COLUMNS, FILTERS)
    if shown.wants_csv:
        return shown.csv("people")
    return render_template("people/index.html", shown=shown, mark=mark, active=sum(row.active for row in rows))


@blueprint.get("/new")
@needs(Permission.USER_MANAGE)
def new() -> str:
    """Show the form for a new user."""
    with reading():
        return _new_page(NewPerson(), ())


@blueprint.post("/new")
@needs(Permission.USER_MANAGE)
def create() -> str | tuple[str, int]:
    """Add a user and show the one-time password, once."""
    form, chosen = NewPerson(request.form), request.form.getlist("roles")
    if not form.validate():
        return _again(form, chosen), 422
    try:
        with acting(shows_page=True) as work:
            user, password = add_person(
                work,
                login=form.login.data or "",
                display=form.display.data or "",
                roles=chosen,
                dept=form.dept.data,
                title=form.title.data,
            )
            login, display = user.login, user.display
    except CaseError as error:
        return _refused(form, chosen, error)
    return _told(login, display, password, _("已新建用户"))


@blueprint.get("/<login>")
@needs(Permission.USER_MANAGE)
def page(login: str) -> str:
    """Show one user."""
    with reading() as work:
        return _page(work, login)


@blueprint.post("/<login>/roles")
@needs(Permission.USER_MANAGE)
def roles(login: str) -> Answer | tuple[str, int]:
    """Change somebody's roles."""
    form, chosen = Reason(request.form), request.form.getlist("roles")
    if form.validate():
        try:
            with acting() as work:
                give_roles(work, _user(work, login), chosen, reason=form.reason.data or "", seen_version=_version())
        except (NotFoundError, ThrottledError):
            raise
        except CaseError as error:
            return _page_refused(login, form, error, chosen)
        flash(_("角色已变更，立即生效。"), "ok")
        return redirect(url_for("people.page", login=login), 303)
    with reading() as work:
        return _page(work, login, form=form, chosen=chosen), 422


@blueprint.post("/<login>/bar")
@needs(Permission.USER_MANAGE)
def bar(login: str) -> Answer | tuple[str, int]:
    """Bar somebody from signing in."""
    form = Reason(request.form, prefix="bar-")
    if form.validate():
        try:
            with acting() as work:
                bar_person(work, _user(work, login), reason=form.reason.data or "")
        except NotFoundError:
            raise
        except CaseError as error:
            return _page_refused(login, form, error)
        flash(_("已停用，全部登录立即失效。"), "ok")
        return redirect(url_for("people.page", login=login), 303)
    with reading() as work:
        return _page(work, login, barring=form), 422


@blueprint.post("/<login>/restore")
@needs(Permission.USER_MANAGE)
def restore(login: str) -> str | tuple[str, int]:
    """Let a barred user in again, with a new one-time password."""
    form = Reason(request.form, prefix="bar-")
    if not form.validate():
        with reading() as work:
            return _page(work, login, barring=form), 422
    with acting(shows_page=True) as work:
        user = _user(work, login)
        password = let_in_again(work, user, reason=form.reason.data or "")
        display = user.display
    return _told(login, display, password, _("已恢复使用"))


@blueprint.post("/<login>/password")
@needs(Permission.USER_MANAGE)
def password(login: str) -> str:
    """Replace somebody's password with a one-time one and show it, once."""
    with acting(shows_page=True) as work:
        user = _user(work, login)
        fresh = reset_password(work, user)
        display = user.display
    return _told(login, display, fresh, _("密码已重设"))


@blueprint.post("/<login>/sessions")
@needs(Permission.USER_MANAGE)
def sessions(login: str) -> Answer:
    """End every session of somebody."""
    with acting() as work:
        ended = end_sessions(work, _user(work, login))
    flash(many("已结束 %(num)d 处登录。", ended), "ok")
    return redirect(url_for("people.page", login=login), 303)


def _user(work: Work, login: str) -> User:
    row = person(work, login)
    if row is None:
        raise NotFoundError(kind=kind_label("users"))
    return work.get(User, row.id)


def _version() -> int:
    typed = request.form.get("version", "")
    if not (typed.isascii() and typed.isdigit()) or len(typed) > 9:  # noqa: PLR2004 - no row has so many versions
        raise StaleVersionError
    return int(typed)


def _new_page(form: NewPerson, chosen: Sequence[str]) -> str:
    return render_template("people/new.html", form=form, choices=choices_of(chosen))


def _again(form: NewPerson, chosen: Sequence[str]) -> str:
    with reading():
        return _new_page(form, chosen)


def _refused(form: NewPerson, chosen: Sequence[str], error: CaseError) -> tuple[str, int]:
    form.refuse(error)
    return _again(form, chosen), status_of(error)


def _page_refused(login: str, form: Reason, error: CaseError, chosen: Sequence[str] | None = None) -> tuple[str, int]:
    form.refuse(error)
    with reading() as work:
        stale = isinstance(error, StaleVersionError)
        return _page(work, login, form=form, chosen=chosen, stale=stale), status_of(error)


def _page(
    work: Work,
    login: str,
    *,
    form: Reason | None = None,
    barring: Reason | None = None,
    chosen: Sequence[str] | None = None,
    stale: bool = False,
) -> str:
    row = person(work, login)
    if row is None:
        raise NotFoundError(kind=kind_label("users"))
    devices: list[tuple[str, str | None, datetime]] = [
        (device(one.agent), one.ip, one.last_seen_at) for one in live_sessions(work, row.id)
    ]
    held = permissions_of(row.roles)
    return render_template(
        "people/page.html",
        row=row,
        mark=mark(row),
        own=row.id == work.actor.user_id,
        devices=devices,
        form=form or Reason(),
        barring=barring or Reason(prefix="bar-"),
        choices=choices_of(row.roles if chosen is None else chosen),
        mine=choices_of(chosen) if stale and chosen is not None else None,
        theirs=choices_of(row.roles),
        rights=[say(right.label) for right in Permission if right in held],
    )


def _told(login: str, display: str, fresh: str, headline: str) -> str:
    return render_template("people/told.html", login=login, display=display, password=fresh, headline=headline)
