"""Who is in a case: members with role, scope and end, walls; parties with their conflict check; reliefs."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain.errors import InvalidInputError, NotFoundError, ReasonRequiredError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import CASE_ROLES, Permission, Role
from caseapp.domain.vocabulary import IDENTITY_LEVEL, PARTY_ROLE, RELIEF_KIND, SCOPE, Vocabulary
from caseapp.models import Case, Membership, Party, Relief, User
from caseapp.services.case_state import check_writable
from caseapp.services.cases import grant_membership, revoke_membership, wall_off
from caseapp.services.parties import (
    NAME,
    TEXT,
    ConflictOfInterestError,
    add_relief,
    conflicts,
    name_party,
    void_party,
    void_relief,
)
from caseapp.services.queries.matter import members_of, parties_of, people_to_add, reliefs_of
from caseapp.services.queries.register import case_row
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, moment, text
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import say
from caseapp.web.pages.case import blueprint
from caseapp.web.pages.case_acts import reason
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

Answer = Response | tuple[str, int] | str
ROLES: Final = (*(role for role in Role if role in CASE_ROLES), Role.AUDITOR)


def _words(words: Vocabulary) -> list[tuple[str, str]]:
    return [(key, say(words[key])) for key in words]


class NewParty(Form):
    """A party; the reason is asked for when the name also stands on the other side."""

    role = choice(N_("地位"), lambda: _words(PARTY_ROLE), required=True)
    name = text(N_("名称"), limit=NAME, required=True)
    identity_level = choice(N_("身份"), lambda: _words(IDENTITY_LEVEL), required=True)
    note = text(N_("备注"), limit=TEXT)
    cleared = text(N_("为什么不是利益冲突"), limit=TEXT, area=True)


class NewRelief(Form):
    """What a court is asked for."""

    kind = choice(N_("请求种类"), lambda: _words(RELIEF_KIND), required=True)
    wanted = text(N_("诉讼请求"), limit=TEXT, required=True, area=True)
    basis = text(N_("法律依据"), limit=NAME)
    scope = text(N_("范围"), limit=NAME)


def _member_form(work: Work, row: Case, sent: Any = None) -> Any:
    people = [("", ""), *people_to_add(work, sample=row.sample)]

    class Member(Form):
        """Somebody let into the case."""

        login = choice(N_("人员"), lambda: people, required=True)
        role = choice(N_("角色"), lambda: [(role.value, say(role.label)) for role in ROLES], required=True)
        scope = choice(N_("查看范围"), lambda: _words(SCOPE), required=True)
        expires_at = moment(N_("到期"))

    return Member(sent, data={"scope": "all", "role": "counsel"})


COLUMNS: Final[tuple[Column[Any], ...]] = (
    Column("display", N_("人员"), lambda row: row.display),
    Column("role", N_("角色"), lambda row: _("隔离") if row.wall else wording.role(row.role)),
    Column("scope", N_("查看范围"), lambda row: "" if row.wall else wording.word("scope", row.scope)),
    Column("until", N_("到期"), lambda row: row.until),
    Column("granted", N_("授予"), lambda row: row.granted_at),
    Column("by", N_("授予人"), lambda row: row.granted_by),
    Column("state", N_("状态"), lambda row: _state_word(_state(row))),
    Column("note", N_("理由"), lambda row: row.note),
)


def _state(row: Any) -> str:
    return row.ended or ("wall" if row.wall else "now")


def _state_word(key: str) -> str:
    return {"now": _("有效"), "wall": _("隔离"), "voided": _("已收回"), "expired": _("已到期")}[key]


FILTERS: Final[tuple[Filter[Any], ...]] = (
    Filter("state", N_("状态"), _state, _state_word),
    Filter("role", N_("角色"), lambda row: row.role, wording.role),
)


def _members(work: Work, row: Case) -> Listing[Any]:
    return listing(members_of(work, row.id), COLUMNS, FILTERS)


def _page(work: Work, row: Case, form: Any = None, **more: Any) -> str:
    may = Permission.CASE_GRANT in work.permissions(row) and row.status != "archived"
    return render_template(
        "case/members.html",
        case=row,
        key=key_of(row.no, sample=row.sample),
        shown=_members(work, row),
        form=(form or _member_form(work, row)) if may else None,
        may=may,
        **more,
    )


@blueprint.get("/<number>/members")
@needs(Permission.CASE_READ)
def member_list(number: str) -> str | Response:
    """Show who is in the case, was, and is walled off."""
    with reading() as work:
        row = case_row(work, number)
        work.require(Permission.CASE_READ, row)
        shown = _members(work, row)
        if shown.wants_csv:
            return shown.csv("members")
        return _page(work, row)


def _user(work: Work, login: str) -> User:
    found = work.session.scalar(work.visible(select(User).where(User.login == login), User))
    if not isinstance(found, User):
        raise NotFoundError(kind=kind_label("users"))
    return found


@blueprint.post("/<number>/members")
@needs(Permission.CASE_GRANT)
def grant(number: str) -> Answer:
    """Let somebody in, or wall somebody off."""
    with reading() as work:
        row = case_row(work, number)
        work.require(Permission.CASE_GRANT, row)
        form = _member_form(work, row, request.form)
    wall = request.form.get("act") == "wall"
    if wall or form.validate():
        try:
            with acting() as work:
                row = case_row(work, number)
                check_writable(row)
                user = _user(work, request.form.get("login", ""))
                if wall:
                    wall_off(work, row, user, reason=reason())
                else:
                    said = {"scope": form.scope.data, "expires_at": form.expires_at.data}
                    grant_membership(work, row, user, form.role.data, **said)
            flash(_("已设置隔离。") if wall else _("已加入案件。"), "ok")
            return redirect(url_for("case.member_list", number=number), 303)
        except (InvalidInputError, ReasonRequiredError) as refusal:
            form.refuse(refusal)
    with reading() as work:
        return _page(work, case_row(work, number), form), 422


@blueprint.post("/<number>/members/<key>/revoke")
@needs(Permission.CASE_GRANT)
def revoke(number: str, key: str) -> Answer:
    """Take somebody's role back, or lift a wall, with the reason."""
    with acting() as work:
        row = case_row(work, number)
        held = work.get(Membership, key)
        if held.case_id != row.id or held.voided_at is not None:
            raise NotFoundError(kind=kind_label("memberships"))
        check_writable(row)
        revoke_membership(work, held, reason=reason())
        mine = held.user_id == work.actor.user_id
    flash(_("已收回。"), "ok")
    return redirect(url_for("case.index") if mine else url_for("case.member_list", number=number), 303)


def _parties_page(work: Work, row: Case, party: Form | None = None, relief: Form | None = None, **more: Any) -> str:
    work.require(Permission.CASE_READ, row)
    may = Permission.CASE_EDIT in work.permissions(row) and row.status != "archived"
    return render_template(
        "case/parties.html",
        case=row,
        key=key_of(row.no, sample=row.sample),
        parties=parties_of(work, row.id),
        reliefs=reliefs_of(work, row.id),
        party=party or NewParty(data={"role": "defendant"}),
        relief=relief or NewRelief(),
        may=may,
        clashes=more.pop("clashes", []),
        **more,
    )


@blueprint.get("/<number>/parties")
@needs(Permission.CASE_READ)
def party_list(number: str) -> str:
    """Show the parties and what a court is asked for."""
    with reading() as work:
        return _parties_page(work, case_row(work, number))


@blueprint.post("/<number>/parties")
@needs(Permission.CASE_EDIT)
def add_party(number: str) -> Answer:
    """Name a party; a clash of interests is named and needs a reason."""
    form = NewParty(request.form)
    if form.validate():
        try:
            with acting() as work:
                said = {name: form[name].data for name in ("role", "name", "identity_level", "note", "cleared")}
                name_party(work, case_row(work, number), **said)
            flash(_("当事人已加上，利益冲突已核对。"), "ok")
            return redirect(url_for("case.party_list", number=number), 303)
        except (InvalidInputError, ConflictOfInterestError) as refusal:
            form.refuse(refusal)
    with reading() as work:
        row = case_row(work, number)
        clashes = conflicts(work, form.name.data or "", form.role.data or "", case_id=row.id)
        return _parties_page(work, row, party=form, clashes=clashes), 422


@blueprint.post("/<number>/reliefs")
@needs(Permission.CASE_EDIT)
def make_relief(number: str) -> Answer:
    """Put down what a court is asked for."""
    form = NewRelief(request.form)
    if form.validate():
        try:
            with acting() as work:
                said = {name: form[name].data for name in ("kind", "basis", "scope")}
                add_relief(work, case_row(work, number), text=form.wanted.data or "", **said)
            flash(_("诉讼请求已加上。"), "ok")
            return redirect(url_for("case.party_list", number=number, _anchor="reliefs"), 303)
        except InvalidInputError as refusal:
            form.refuse(refusal)
    with reading() as work:
        return _parties_page(work, case_row(work, number), relief=form), 422


@blueprint.post("/<number>/parties/<key>/void")
@needs(Permission.CASE_EDIT)
def drop_party(number: str, key: str) -> Response:
    """Take a party out of the case, with the reason."""
    return _void(number, key, Party)


@blueprint.post("/<number>/reliefs/<key>/void")
@needs(Permission.CASE_EDIT)
def drop_relief(number: str, key: str) -> Response:
    """Ask for something no longer, with the reason."""
    return _void(number, key, Relief)


def _void(number: str, key: str, model: type[Party | Relief]) -> Response:
    with acting() as work:
        row = case_row(work, number)
        found = work.get(model, key)
        if found.case_id != row.id or found.voided_at is not None:
            raise NotFoundError(kind=kind_label(model.__tablename__))
        if isinstance(found, Party):
            void_party(work, found, reason=reason())
        else:
            void_relief(work, found, reason=reason())
    flash(_("已作废，记录保留。"), "ok")
    return redirect(url_for("case.party_list", number=number), 303)
