"""The cases a person takes part in, and opening one."""

from __future__ import annotations

from typing import Final

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CASE_TYPE
from caseapp.services.case_open import open_case, own_organizations
from caseapp.services.parties import Clash, ConflictOfInterestError, conflicts
from caseapp.services.queries import CaseRow, cases
from caseapp.web import wording
from caseapp.web.access import needs, visitor
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import say
from caseapp.web.pages.case import blueprint
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

LINE: Final = 300
WHY: Final = 2000


class NewCase(Form):
    """Three fields open a case; everything else can wait."""

    title = text(N_("案件名称"), limit=LINE, required=True)
    type = choice(N_("案件类型"), lambda: [(key, say(CASE_TYPE[key])) for key in CASE_TYPE], required=True)
    opponent = text(N_("对方"), limit=LINE)
    cleared = text(N_("为什么不是利益冲突"), limit=WHY, area=True)


COLUMNS: Final[tuple[Column[CaseRow], ...]] = (
    Column("number", N_("案件"), lambda row: row.number),
    Column("title", N_("名称"), lambda row: row.title),
    Column("status", N_("状态"), lambda row: wording.state_word("case", row.status)),
    Column("stage", N_("阶段"), lambda row: wording.word("case_stage", row.stage)),
    Column("severity", N_("严重程度"), lambda row: wording.word("severity", row.severity) if row.severity else None),
    Column("lead", N_("主办"), lambda row: row.lead),
    Column("opened", N_("立案"), lambda row: row.opened_at),
)
FILTERS: Final[tuple[Filter[CaseRow], ...]] = (
    Filter("status", N_("状态"), lambda row: row.status, lambda key: wording.state_word("case", key)),
    Filter("stage", N_("阶段"), lambda row: row.stage, lambda key: wording.word("case_stage", key)),
    Filter("lead", N_("主办"), lambda row: row.lead or "", lambda key: key or _("未定")),
)


def case_list(rows: list[CaseRow]) -> Listing[CaseRow]:
    """Return the cases as the address filters and orders them."""
    return listing(rows, COLUMNS, FILTERS)


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str | Response:
    """List the cases the person takes part in."""
    with reading() as work:
        shown = case_list(cases(work))
    if shown.wants_csv:
        return shown.csv("cases")
    may_open = Permission.CASE_CREATE in visitor().permissions
    return render_template("case/index.html", shown=shown, may_open=may_open)


@blueprint.get("/new")
@needs(Permission.CASE_CREATE)
def new() -> str:
    """Show the form that opens a case."""
    with reading() as work:
        work.require(Permission.CASE_CREATE)
    form = NewCase(data={"type": "enforcement"})
    return render_template("case/new.html", form=form, clashes=[])


@blueprint.post("/new")
@needs(Permission.CASE_CREATE)
def make() -> Answer | tuple[str, int]:
    """Open a case with this person as its lead; a clash of interests is named and needs a reason."""
    form = NewCase(request.form)
    clashes: list[Clash] = []
    if form.validate():
        try:
            with acting() as work:
                case = open_case(
                    work,
                    title=form.title.data or "",
                    kind=form.type.data,
                    opponent=form.opponent.data or "",
                    cleared=form.cleared.data or "",
                    principal_id=next(iter(own_organizations(work)), None),
                )
                home = url_for("case.page", number=key_of(case.no, sample=case.sample))
            flash(_("已立案，您是主办。请加入成员和当事人。"), "ok")
            return redirect(home, 303)
        except (InvalidInputError, ConflictOfInterestError) as refusal:
            form.refuse(refusal)
    with reading() as work:
        clashes = conflicts(work, form.opponent.data or "", "target")
    return render_template("case/new.html", form=form, clashes=clashes), 422
