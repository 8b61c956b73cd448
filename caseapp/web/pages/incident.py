"""谣言事件: the list, and one incident with its claims, its spread, what was done, and what this person may do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from flask import Blueprint, Response, render_template, url_for

from caseapp.domain.flow import Transition
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import INCIDENT
from caseapp.models import Incident
from caseapp.services.queries.incident import incident_page, incident_row, incidents, joinable_cases
from caseapp.services.queries.incident_parts import newest_evidence
from caseapp.services.queries.rows_incident import IncidentLine, IncidentPage, SpreadPost
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs, visitor
from caseapp.web.forms import Form
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.pages import incident_words as words
from caseapp.web.pages.incident_forms import (
    AddClaim,
    Counter,
    EditIncident,
    Evaluation,
    NewIncident,
    Reason,
    Responded,
    Verdict,
)
from caseapp.web.pages.incident_graph import graph
from caseapp.web.pages.incident_heat import heat, span_word
from caseapp.web.pages.incident_lanes import timeline
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("incident", __name__, url_prefix="/incidents")

COLUMNS: tuple[Column[IncidentLine], ...] = (
    Column("number", N_("编号"), lambda row: row.number),
    Column("title", N_("事件名称"), lambda row: row.title),
    Column("severity", N_("等级"), lambda row: row.severity),
    Column("status", N_("状态"), lambda row: wording.state_word("incident", row.status)),
    Column("posts", N_("在线 / 已确认"), lambda row: row.confirmed),
    Column("live", N_("仍在线"), lambda row: row.live),
    Column("waiting", N_("待确认"), lambda row: row.suggested),
    Column("claims", N_("主张"), lambda row: row.claims),
    Column("refuted", N_("认定不实"), lambda row: row.refuted),
    Column("response", N_("首次响应"), lambda row: row.first_responded_at or row.response_due_at),
    Column("detected", N_("发现"), lambda row: row.detected_at),
    Column("cases", N_("案件"), lambda row: "、".join(number for number, _sample, _title in row.cases)),
)
FILTERS: tuple[Filter[IncidentLine], ...] = (
    Filter("state", N_("状态"), lambda row: row.status, lambda key: wording.state_word("incident", key)),
    Filter("severity", N_("等级"), lambda row: row.severity or "", lambda key: wording.word("severity", key or None)),
)


TABS: Final = {"overview": N_("概览"), "posts": N_("内容"), "accounts": N_("发布账号")}
TEMPLATES: Final = {
    "overview": "incident/page.html", "posts": "incident/posts_tab.html", "accounts": "incident/accounts_tab.html",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One tab above the page."""

    href: str
    text: str
    count: int | None
    current: bool


@dataclass(frozen=True)
class Step:
    """One step of the workflow with its form."""

    transition: Transition
    form: Form | None

    @property
    def action(self) -> str:
        """Its key."""
        return self.transition.action

    @property
    def verb(self) -> str:
        """The word on its button."""
        return words.verb(self.transition)


@dataclass(frozen=True)
class Opened:
    """A form that was refused, shown again as it was typed: which one, about what, and whether it was stale."""

    kind: str
    form: Any
    key: str = ""
    theirs: bool = False


@dataclass
class Forms:
    """The forms of the page: fresh, save for the one that was refused."""

    opened: Opened | None
    edit: EditIncident
    claim: AddClaim = field(default_factory=AddClaim)
    responded: Responded = field(default_factory=Responded)

    def of(self, kind: str, key: str, fresh: type[Form]) -> Any:
        """Return the form of a claim or a step."""
        held = self.opened
        return held.form if held is not None and (held.kind, held.key) == (kind, key) else fresh()

    def is_open(self, kind: str, key: str = "") -> bool:
        """Whether this is the form that was refused."""
        return self.opened is not None and (self.opened.kind, self.opened.key) == (kind, key)


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str | Response:
    """List the incidents this person reads."""
    with reading() as work:
        shown = listed(work)
        if shown.wants_csv:
            return shown.csv("incidents")
        return show_list(shown, NewIncident())


def listed(work: Work) -> Listing[IncidentLine]:
    """Return the list as the address orders and filters it."""
    return listing(incidents(work, sample=house().settings.demo), COLUMNS, FILTERS)


def show_list(shown: Listing[IncidentLine], form: NewIncident) -> str:
    """Render the list with the form for a new incident."""
    may = Permission.INCIDENT_CREATE in visitor().permissions
    opened = bool(form.form_errors or form.errors)
    return render_template("incident/index.html", shown=shown, form=form, may=may, opened=opened, words=words)


@blueprint.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> str:
    """Show one incident at a glance."""
    with reading() as work:
        return show(work, incident_row(work, number))


@blueprint.get("/<number>/<any(posts, accounts):tab>")
@needs(Permission.CASE_READ)
def tab(number: str, tab: str) -> str:
    """Show the posts of an incident, or who published them."""
    with reading() as work:
        return show(work, incident_row(work, number), tab=tab)


def show(work: Work, row: Incident, opened: Opened | None = None, tab: str = "overview") -> str:
    """Render a tab of an incident; ``opened`` is the form that was refused, of the overview."""
    found = incident_page(work, row)
    may = work.permissions(row)
    offers = [step for step in work.offers(INCIDENT, row) if step.action in words.VERBS]
    step = words.next_step(found, offers, may_link=Permission.POST_LINK in may)
    hrefs = {name: _href(row, name) for name in TABS}
    counts = {"posts": len(found.posts), "accounts": len(words.accounts(found.confirmed))}
    tabs = [Entry(hrefs[name], _(said), counts.get(name), name == tab) for name, said in TABS.items()]
    return render_template(
        TEMPLATES[tab],
        page=found,
        line=found.line,
        key=key_of(row.no, sample=row.sample),
        may=may,
        P=Permission,
        step=replace(step, href=_step_href(step.href, hrefs, tab)),
        tab=tab,
        tabs=tabs,
        home=hrefs["overview"],
        posts_href=hrefs["posts"],
        accounts=words.accounts(found.confirmed),
        platforms=words.platforms(found.confirmed),
        views=words.views(found.confirmed),
        checked=words.checked(found.confirmed),
        response=words.response(found.line),
        listing=_post_list(found),
        words=words,
        **(_overview(work, row, found, opened) if tab == "overview" else {}),
    )


def _overview(work: Work, row: Incident, found: IncidentPage, opened: Opened | None) -> dict[str, Any]:
    """Return what only the overview shows: claims, pictures, acts."""
    may = work.permissions(row)
    forms = _forms(row, opened)
    posts = [post for post in found.posts if post.state != "rejected"]
    return {
        "steps": [_step(step, forms) for step in work.offers(INCIDENT, row) if step.action in words.VERBS],
        "forms": forms,
        "Counter": Counter,
        "Verdict": Verdict,
        "graph": graph(posts, _marks(found)),
        "heat": heat(found),
        "span_word": span_word,
        "spread": posts,
        "days": timeline(found),
        "cases": joinable_cases(work, row) if Permission.CASE_EDIT in visitor().permissions else [],
        "items": newest_evidence(work) if Permission.CLAIM_EDIT in may else [],
        "claim_mark": words.claim_mark,
        "clock_of": words.clock_of,
    }


def _href(row: Incident, tab: str) -> str:
    number = key_of(row.no, sample=row.sample)
    if tab == "overview":
        return url_for("incident.page", number=number)
    return url_for("incident.tab", number=number, tab=tab)


def _step_href(href: str, hrefs: dict[str, str], tab: str) -> str:
    """Return where the next step stands: posts on their tab, everything else folded on the overview."""
    if href == "#posts":
        return hrefs["posts"] + href
    return href if tab == "overview" or not href else hrefs["overview"] + href


def _forms(row: Incident, opened: Opened | None) -> Forms:
    held = {opened.kind: opened.form} if opened is not None and not opened.key else {}
    made = Forms(opened, held.get("edit") or EditIncident(data=_known(row)))
    made.claim = held.get("claim") or made.claim
    made.responded = held.get("responded") or made.responded
    return made


def _known(row: Incident) -> dict[str, Any]:
    return {"title": row.title, "severity": row.severity, "six_type": row.six_type, "summary": row.summary}


def form_of(step: Transition) -> type[Form] | None:
    """Return the form a step asks for; None for one that is a single press."""
    if any(need.column == "evaluation" for need in step.requires):
        return Evaluation
    return Reason if step.reason else None


def _step(step: Transition, forms: Forms) -> Step:
    asked = form_of(step)
    return Step(step, forms.of("step", step.action, asked) if asked else None)


def _marks(found: IncidentPage) -> list[tuple[Any, str]]:
    """Return the moments the graph marks: our first answer, notices, statements."""
    marks = [(found.line.first_responded_at, _("首次响应"))] if found.line.first_responded_at else []
    named = {"submitted": _("侵权通知"), "publication": _("声明")}
    seen: set[str] = set()
    for one in found.happenings:
        kind = "publication" if one.kind == "publication" else one.event
        if kind in named and kind not in seen:
            seen.add(kind)
            marks.append((one.at, named[kind]))
    return marks


def _post_list(found: IncidentPage) -> list[SpreadPost]:
    """Return the posts for the table: those that wait for a decision first, the rejected last."""
    order = {"suggested": 0, "confirmed": 1, "rejected": 2}
    return sorted(found.posts, key=lambda post: order.get(post.state, 3))
