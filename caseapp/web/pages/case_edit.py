"""What is said about a case, its stage, and its way: suspended, resumed, closed by two, archived."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain import workflow
from caseapp.domain.errors import CaseError, InvalidInputError, ReasonRequiredError, StaleVersionError
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CASE_STAGE, CASE_TYPE, CONFIDENTIALITY, SEVERITY, Vocabulary
from caseapp.models import Case, Organization, User
from caseapp.services.case_state import ask_to_close, blocks, edit_case, step_case, take_back_request
from caseapp.services.cases import change_stage
from caseapp.services.queries.matter import stages_of
from caseapp.services.queries.register import case_row
from caseapp.services.tasks import members
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, text, tick
from caseapp.web.i18n import N_, _
from caseapp.web.marks import say
from caseapp.web.pages.case import blueprint
from caseapp.web.pages.case_acts import reason, seen
from caseapp.web.unit import acting, key_of, reading

__all__ = ["blueprint"]

Answer = Response | tuple[str, int] | str
LINE: Final = 300
FIELDS: Final = (
    "title", "type", "severity", "confidentiality", "lead_id", "principal_id", "cause", "forum_id", "court_no",
    "legal_hold", "hold_basis",
)  # fmt: skip
WAYS: Final = ("suspend", "resume")
ENDS: Final = ("close", "archive")
DONE: Final = {
    "suspend": N_("案件已中止。"),
    "resume": N_("案件恢复办理。"),
    "close": N_("案件已结。"),
    "archive": N_("案件已归档，今后只读。"),
}


def _words(words: Vocabulary) -> list[tuple[str, str]]:
    return [(key, say(words[key])) for key in words]


def _form(work: Work, row: Case, sent: Any = None) -> Any:
    known = select(Organization.id, Organization.name).where(Organization.voided_at.is_(None))
    found = work.visible(known.order_by(Organization.name), Organization)
    organizations = [(key, name) for key, name in work.session.execute(found)]
    named = select(User.id, User.display).where(User.id.in_(members(work, row) | {row.lead_id or ""}))
    people = [(key, name) for key, name in work.session.execute(named.order_by(User.display))]

    class Fields(Form):
        """What is said about a case."""

        title = text(N_("案件名称"), limit=LINE, required=True)
        type = choice(N_("案件类型"), lambda: _words(CASE_TYPE), required=True)
        severity = choice(N_("严重程度"), lambda: _words(SEVERITY))
        confidentiality = choice(N_("密级"), lambda: _words(CONFIDENTIALITY), required=True)
        lead_id = choice(N_("主办"), lambda: people)
        principal_id = choice(N_("委托人"), lambda: organizations)
        cause = text(N_("案由"), limit=LINE)
        forum_id = choice(N_("受理机关"), lambda: organizations)
        court_no = text(N_("法院案号"), limit=LINE)
        legal_hold = tick(N_("法律保留：保留期间任何证据不得处置"))
        hold_basis = text(N_("保留依据"), limit=LINE)
        words = text(N_("解除法律保留的理由"), limit=2000)

    return Fields(sent) if sent is not None else Fields(data={name: getattr(row, name) for name in FIELDS})


def _page(work: Work, row: Case, form: Any, **more: Any) -> str:
    work.require(Permission.CASE_EDIT, row)
    g.now = work.now
    return render_template(
        "case/edit.html",
        case=row,
        key=key_of(row.no, sample=row.sample),
        form=form,
        version=more.pop("version", row.version),
        stages=[(stage, say(CASE_STAGE[stage])) for stage in CASE_STAGE],
        history=stages_of(work, row.id),
        ways=[step for step in work.offers(workflow.CASE, row) if step.action in WAYS],
        archived=row.status == "archived",
        say=say,
        **more,
    )


@blueprint.get("/<number>/edit")
@needs(Permission.CASE_EDIT)
def edit(number: str) -> str:
    """Show the form of a case's fields, its stage and its way."""
    with reading() as work:
        row = case_row(work, number)
        return _page(work, row, _form(work, row))


@blueprint.post("/<number>/edit")
@needs(Permission.CASE_EDIT)
def save(number: str) -> Answer:
    """Write the fields; when someone else changed them meanwhile both versions stand side by side."""
    with reading() as work:
        row = case_row(work, number)
        work.require(Permission.CASE_EDIT, row)
        form = _form(work, row, request.form)
    stale = False
    if form.validate():
        try:
            with acting() as work:
                row = case_row(work, number)
                values = {name: form[name].data or None for name in FIELDS} | {"legal_hold": form.legal_hold.data}
                edit_case(work, row, seen_version=seen() or -1, reason=form.words.data, **values)
            flash(_("已保存。"), "ok")
            return _home(row)
        except (InvalidInputError, ReasonRequiredError) as refusal:
            form.refuse(refusal)
        except StaleVersionError:
            stale = True
    with reading() as work:
        row = case_row(work, number)
        if not stale:
            return _page(work, row, form, version=seen()), 422
        now = _form(work, row)
        pairs = [
            (mine.label.text, _told(now[mine.name]), _told(mine))
            for mine in form
            if mine.name in FIELDS and _told(mine) != _told(now[mine.name])
        ]
        return _page(work, row, form, pairs=pairs, stale=True), 409


def _told(field: Any) -> str:
    """Return a field's value as a person reads it."""
    if field.type == "BooleanField":
        return _("是") if field.data else _("否")
    words = {key: word for key, word, *_more in field.iter_choices()} if hasattr(field, "iter_choices") else {}
    return str(words.get(field.data, field.data) or "")


def _home(row: Case) -> Response:
    return redirect(url_for("case.page", number=key_of(row.no, sample=row.sample)), 303)


@blueprint.post("/<number>/stage")
@needs(Permission.CASE_EDIT)
def stage(number: str) -> Response:
    """Move the case to a stage; stages are free in order and each change is kept."""
    with acting() as work:
        row = case_row(work, number)
        work.require(Permission.CASE_EDIT, row)
        said = reason()
        workflow_open(row)
        change_stage(work, row, request.form.get("stage", ""), note=said.strip() or None)
    flash(_("阶段已变更。"), "ok")
    return _home(row)


def workflow_open(row: Case) -> None:
    """Refuse to move a case that is over.

    Raises:
        WorkflowRefusedError.
    """
    if row.status in {"closed", "archived"}:
        workflow.CASE.find(row, "suspend")


@blueprint.post("/<number>/way/<act>")
@needs(Permission.CASE_READ)
def way(number: str, act: str) -> Response:
    """Suspend or resume the case."""
    if act not in WAYS:
        abort(404)
    with acting() as work:
        row = case_row(work, number)
        step_case(work, row, act, reason=reason())
    flash(_(DONE[act]), "ok")
    return _home(row)


@blueprint.get("/<number>/closing")
@needs(Permission.CASE_READ)
def closing(number: str) -> str:
    """Show what closing or archiving will do, and what keeps the case from being closed."""
    with reading() as work:
        return _closing(work, case_row(work, number))


def _closing(work: Work, row: Case, **more: Any) -> str:
    work.require(Permission.CASE_READ, row)
    steps = {step.action for step in work.offers(workflow.CASE, row)}
    may = work.permissions(row)
    asker = work.session.get(User, row.close_requested_by) if row.close_requested_by else None
    running = row.status in {"open", "suspended"}
    mine = row.close_requested_by == work.actor.user_id
    return render_template(
        "case/closing.html",
        case=row,
        key=key_of(row.no, sample=row.sample),
        blocks=blocks(work, row),
        asker=asker.display if asker else None,
        mine=mine,
        may_ask=running and Permission.CASE_EDIT in may and not row.close_requested_by,
        may_take_back=running and Permission.CASE_EDIT in may and bool(row.close_requested_by),
        may_close=running and "close" in steps and bool(row.close_requested_by) and not mine,
        may_archive="archive" in steps,
        running=running,
        **more,
    )


@blueprint.post("/<number>/closing")
@needs(Permission.CASE_READ)
def close(number: str) -> Answer:
    """Ask to close, take that back, close as second person, or archive."""
    act, known = request.form.get("act", ""), request.form.get("known") == "1"
    try:
        with acting() as work:
            row = case_row(work, number)
            if act == "ask":
                ask_to_close(work, row, reason=reason(), rest_known=known)
                said = _("已申请结案，等另一人办理。")
            elif act == "back":
                take_back_request(work, row)
                said = _("结案申请已撤回。")
            elif act in ENDS:
                step_case(work, row, act, rest_known=known)
                said = _(DONE[act])
            else:
                abort(404)
    except (InvalidInputError, ReasonRequiredError) as refusal:
        return _refused(number, refusal)
    flash(said, "ok")
    return _home(row) if act in ENDS else redirect(url_for("case.closing", number=number), 303)


def _refused(number: str, refusal: CaseError) -> Answer:
    form = Form()
    form.refuse(refusal)
    with reading() as work:
        return _closing(work, case_row(work, number), form=form, typed=request.form.get("words", "")), 422
