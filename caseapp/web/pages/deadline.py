"""期限: what is due and why, one deadline with what to do about it, and the tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, render_template

from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DEADLINE_KIND
from caseapp.models import Deadline
from caseapp.services.queries.deadlines import DeadlineLine, deadline_lines, deadline_row, task_lines
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.filters import now
from caseapp.web.forms import Form, choice, moment, text
from caseapp.web.i18n import N_, _
from caseapp.web.marks import say
from caseapp.web.pages import deadline_rows
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("deadline", __name__, url_prefix="/deadlines")
LENGTH: Final = 2000
LINE: Final = 300


class Plain(Form):
    """A step that needs nothing typed."""


class Reason(Form):
    """A step with its reason."""

    words = text(N_("理由"), limit=LENGTH, required=True, area=True)


class Met(Form):
    """What proves that it was kept."""

    words = text(N_("完成凭证"), limit=LENGTH, required=True, area=True)


class Extended(Form):
    """Until when, by which paper, and why."""

    until = moment(N_("延长至"), required=True)
    paper = text(N_("准予延长的文书"), limit=LINE, required=True)
    words = text(N_("理由"), limit=LENGTH, required=True, area=True)


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a deadline: its form and what will happen."""

    form: type[Form]
    does: str
    verb: str
    proof: bool = False


ACTS: Final[dict[str, Act]] = {
    "confirm": Act(Plain, N_("核对起算、规则和到期日无误。法定期限须由提出人以外的人确认。"), N_("确认期限")),
    "meet": Act(Met, N_("写明怎样完成，凭证可以上传封存。"), N_("登记完成"), proof=True),
    "extend": Act(Extended, N_("凭准予延长的文书改到更晚的一天；原到期日留在说明里。"), N_("延长")),
    "miss": Act(Reason, N_("写明为什么没有按期完成。不能撤销。"), N_("登记错过")),
    "ask": Act(Reason, N_("申请放弃这个期限，由另一人决定。"), N_("申请放弃")),
    "waive": Act(Reason, N_("放弃后不再提醒。不能由申请人自己决定，不能撤销。"), N_("同意放弃")),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """One act as the page offers it."""

    key: str
    act: Act
    form: Any

    @property
    def verb(self) -> str:
        """The word on its button."""
        return _(self.act.verb)


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str | Response:
    """List the deadlines this person reads, the most urgent first."""
    with reading() as work:
        lines = deadline_lines(work, sample=house().settings.demo)
    shown = deadline_rows.deadline_list(lines)
    if shown.wants_csv:
        return shown.csv("deadlines")
    late = sum(deadline_rows.urgency(line) == "late" for line in lines)
    return render_template(
        "deadline/index.html", shown=shown, late=late, title_of=deadline_rows.title_of, current="deadlines"
    )


@blueprint.get("/tasks")
@needs(Permission.CASE_READ)
def tasks() -> str | Response:
    """List the tasks of the cases this person reads."""
    with reading() as work:
        lines = task_lines(work, sample=house().settings.demo)
    shown = deadline_rows.task_list(lines)
    if shown.wants_csv:
        return shown.csv("tasks")
    return render_template("deadline/tasks.html", shown=shown, task_verb=deadline_rows.task_verb, current="tasks")


@blueprint.get("/<key>")
@needs(Permission.CASE_READ)
def page(key: str) -> str:
    """Show one deadline: why it is due then, who confirmed it, what proves it, what can be done."""
    with reading() as work:
        return show(work, deadline_row(work, key))


def may(line: DeadlineLine, act: str) -> bool:
    """Whether this person may take an act now."""
    if act == "ask":
        return Permission.DEADLINE_PROPOSE in line.may and line.open and line.waiver_by is None
    if act == "waive":
        return "waive" in line.actions and line.waiver_by is not None and not line.waiver_mine
    if act == "miss":
        return "miss" in line.actions and line.due_at < now()
    return act in line.actions


def default_act(line: DeadlineLine) -> str:
    """Return the act a deadline waits for; empty when it waits for somebody else."""
    order = ("waive", "confirm", "meet")
    return next((act for act in order if may(line, act)), "")


def show(work: Work, row: Deadline, opened: Offered | None = None) -> str:
    """Render a deadline; ``opened`` is the act whose form was refused, shown again as it was typed."""
    (line,) = deadline_lines(work, key=row.id)
    first = opened.key if opened else default_act(line)
    acts = [Offered(key, act, act.form()) for key, act in ACTS.items() if may(line, key) and key != first]
    primary = opened or (Offered(first, ACTS[first], ACTS[first].form()) if first else None)
    return render_template(
        "deadline/page.html",
        line=line,
        title=deadline_rows.title_of(line),
        case_key=key_of(line.case_no, sample=line.case_sample) if line.case_no else "",
        primary=primary,
        acts=acts,
    )


def kinds() -> list[tuple[str, str]]:
    """Return the kinds somebody else can set: not what rules compute."""
    return [(key, say(DEADLINE_KIND[key])) for key in ("court", "platform", "internal")]


class ByRule(Form):
    """A deadline a rule computes from a base event."""

    rule = choice(N_("规则"), deadline_rows.rules, required=True)
    base_event = text(N_("起算的事"), limit=LINE, required=True)
    base_at = moment(N_("起算时间"), required=True)


class ByHand(Form):
    """A deadline a court or a platform set."""

    kind = choice(N_("性质"), kinds, required=True)
    base_event = text(N_("要办的事"), limit=LINE, required=True)
    basis = text(N_("由什么文书确定"), limit=LINE, required=True)
    base_at = moment(N_("起算时间"), required=True)
    due_at = moment(N_("到期时间"), required=True)
