"""Acts on deadlines and tasks: confirm, meet, extend, give up; begin, finish, cancel; and adding one by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, NotFoundError, StaleVersionError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Deadline, Task
from caseapp.services.deadlines import (
    extend_deadline,
    meet_deadline,
    miss_deadline,
    propose_deadlines,
    request_waiver,
    set_deadline,
)
from caseapp.services.notice_steps import check_seen
from caseapp.services.proofs import LIMIT, Upload, keep_upload, seal_upload
from caseapp.services.queries.case import named
from caseapp.services.queries.deadlines import assignees, deadline_row
from caseapp.services.tasks import add_task as keep_task
from caseapp.services.tasks import take_task_step
from caseapp.services.work import Work
from caseapp.web.access import needs, safe_target
from caseapp.web.forms import Form, choice, moment, text, tick
from caseapp.web.i18n import N_, _
from caseapp.web.pages.deadline import ACTS, LENGTH, LINE, ByHand, ByRule, Offered, blueprint, show
from caseapp.web.unit import acting, key_of, reading
from caseapp.web.visitor import house

__all__ = ["blueprint"]

Answer = Response | tuple[str, int]
NEEDED: Final = {"confirm": "confirm", "meet": "meet", "extend": "extend", "miss": "miss", "waive": "waive"}
VERSION_DIGITS: Final = 9


class NewTask(Form):
    """A task: what, who, until when, and whether the case can be closed without it."""

    title = text(N_("要办的事"), limit=LINE, required=True)
    assignee = choice(N_("经办人"), list)
    due_at = moment(N_("到期时间"))
    mandatory = tick(N_("必办：没有完成不能结案"))


def _seen() -> int | None:
    shown = request.form.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) <= VERSION_DIGITS else None


Deed = Callable[[Work, Deadline, Any, str | None], object]
DEEDS: Final[Mapping[str, Deed]] = {
    "confirm": lambda work, row, _form, _proof: work.transition(workflow.DEADLINE, row, "confirm"),
    "meet": lambda work, row, form, proof: meet_deadline(work, row, proof=form.words.data, evidence_id=proof),
    "extend": lambda work, row, form, _proof: extend_deadline(
        work, row, until=form.until.data, paper=form.paper.data, reason=form.words.data
    ),
    "miss": lambda work, row, form, _proof: miss_deadline(work, row, reason=form.words.data),
    "ask": lambda work, row, form, _proof: request_waiver(work, row, reason=form.words.data),
    "waive": lambda work, row, form, _proof: work.transition(workflow.DEADLINE, row, "waive", reason=form.words.data),
}


@blueprint.post("/<key>/<act>")
@needs(Permission.CASE_READ)
def take(key: str, act: str) -> Answer:
    """Take one act on a deadline; the use case checks permission, state, second person and proof."""
    if act not in ACTS:
        abort(404)
    form = ACTS[act].form(request.form)
    if not form.validate():
        return _again(key, act, form)
    try:
        upload = _upload(key, act)
        with acting() as work:
            row = deadline_row(work, key)
            check_seen(row, _seen())
            title = f"期限完成凭证 {row.base_event}"[:LINE]
            proof = keep_upload(work, upload, row, title=title, proves=row.base_event).id if upload else None
            DEEDS[act](work, row, form, proof)
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _again(key, act, form)
    flash(_("已登记。"), "ok")
    return redirect(_back(url_for("deadline.page", key=key)), 303)


def _again(key: str, act: str, form: Form) -> Answer:
    with reading() as work:
        return show(work, deadline_row(work, key), Offered(act, ACTS[act], form)), 422


def _upload(key: str, act: str) -> Upload | None:
    file = request.files.get("proof")
    if not ACTS[act].proof or file is None or not file.filename:
        return None
    with reading(part=True) as work:
        row = deadline_row(work, key)
        work.require(Permission.DEADLINE_MEET, row)
        workflow.DEADLINE.find(row, "meet")
    with closing(file):
        data = file.stream.read(LIMIT + 1)
    return seal_upload(house(), data, name=file.filename, purpose=f"deadline {key}")


def _back(home: str) -> str:
    wanted = request.form.get("next", "")
    return safe_target(wanted) if wanted else home


def _case(work: Work, permission: Permission) -> Case:
    found = named(select(Case), Case, request.values.get("case", ""))
    case = work.session.scalars(work.visible(found, Case)).first()
    if case is None:
        raise NotFoundError(kind=workflow.CASE.label)
    work.require(permission, case)
    return case


def _tab(case: Case) -> str:
    return url_for("case.tab", number=key_of(case.no, sample=case.sample), tab="deadlines")


@blueprint.get("/add")
@needs(Permission.DEADLINE_PROPOSE)
def add() -> str:
    """Show the forms that propose a deadline: by rule, or set by somebody else."""
    with reading() as work:
        return _add_page(_case(work, Permission.DEADLINE_PROPOSE), ByRule(), ByHand())


def _add_page(case: Case, by_rule: Form, by_hand: Form) -> str:
    key = key_of(case.no, sample=case.sample)
    return render_template("deadline/add.html", case=case, case_key=key, by_rule=by_rule, by_hand=by_hand)


@blueprint.post("/add")
@needs(Permission.DEADLINE_PROPOSE)
def propose() -> Answer:
    """Propose a deadline of a case; a statutory one or one of a court waits for a second person."""
    hand = request.form.get("how") == "hand"
    by_rule = ByRule() if hand else ByRule(request.form)
    by_hand = ByHand(request.form) if hand else ByHand()
    form = by_hand if hand else by_rule
    refusal: InvalidInputError | None = None
    if form.validate():
        try:
            with acting() as work:
                case = _case(work, Permission.DEADLINE_PROPOSE)
                _write(work, case, form, hand=hand)
                home = _tab(case)
            flash(_("期限已提出。法定和法院指定的须由另一人确认。"), "ok")
            return redirect(home, 303)
        except InvalidInputError as said:
            refusal = said
    if refusal is not None:
        form.refuse(refusal)
    with reading() as work:
        return _add_page(_case(work, Permission.DEADLINE_PROPOSE), by_rule, by_hand), 422


def _write(work: Work, case: Case, form: Any, *, hand: bool) -> None:
    if hand:
        said = {name: form[name].data for name in ("kind", "base_event", "basis", "base_at", "due_at")}
        set_deadline(work, case, **said)
        return
    event, at = form.base_event.data, form.base_at.data
    propose_deadlines(work, form.rule.data, case, base_event=event, base_at=at)


@blueprint.get("/tasks/add")
@needs(Permission.TASK_EDIT)
def add_task() -> str:
    """Show the form of a new task."""
    with reading() as work:
        case = _case(work, Permission.TASK_EDIT)
        return _task_page(case, _task_form(work, case))


def _task_form(work: Work, case: Case, *, sent: bool = False) -> Any:
    class ForCase(NewTask):
        assignee = choice(N_("经办人"), lambda: assignees(work, case.id))

    return ForCase(request.form if sent else None)


def _task_page(case: Case, form: Form) -> str:
    return render_template("deadline/add_task.html", case=case, case_key=key_of(case.no, sample=case.sample), form=form)


@blueprint.post("/tasks/add")
@needs(Permission.TASK_EDIT)
def make_task() -> Answer:
    """Add a task to a case."""
    with reading() as work:
        case = _case(work, Permission.TASK_EDIT)
        form = _task_form(work, case, sent=True)
        if not form.validate():
            return _task_page(case, form), 422
    try:
        with acting() as work:
            case = _case(work, Permission.TASK_EDIT)
            keep_task(
                work,
                case,
                title=form.title.data,
                assignee_id=form.assignee.data or None,
                due_at=form.due_at.data,
                mandatory=form.mandatory.data,
            )
            home = _tab(case)
    except InvalidInputError as refusal:
        form.refuse(refusal)
        with reading() as work:
            return _task_page(_case(work, Permission.TASK_EDIT), form), 422
    flash(_("任务已加上。"), "ok")
    return redirect(home, 303)


@blueprint.post("/tasks/<key>/<act>")
@needs(Permission.TASK_EDIT)
def step(key: str, act: str) -> Answer:
    """Begin, finish, redo or cancel a task."""
    if act not in workflow.TASK.actions:
        abort(404)
    with acting() as work:
        row = work.get(Task, key)
        if _seen() is not None and _seen() != row.version:
            raise StaleVersionError
        words = request.form.get("words", "")
        if len(words) > LENGTH:
            problem = Label(f"最多 {LENGTH} 个字。", f"at most {LENGTH} characters.")
            raise InvalidInputError(field=Label("理由或结果", "reason or result"), problem=problem)
        take_task_step(work, row, act, reason=words)
    flash(_("已登记。"), "ok")
    return redirect(_back(url_for("deadline.tasks")), 303)
