"""Cases: the list, and one case with its tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, render_template, request, url_for

from caseapp.domain.errors import PermissionDeniedError
from caseapp.domain.permissions import Permission
from caseapp.services.queries import CaseHead, case_head, cases, tabs
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Listing
from caseapp.web.pages import deadline_rows, docket, notice_rows
from caseapp.web.unit import key_of, reading

blueprint = Blueprint("case", __name__, url_prefix="/cases")

TABS = {
    "overview": (N_("概览"), None),
    "posts": (N_("内容"), "posts"),
    "evidence": (N_("证据"), "evidence"),
    "documents": (N_("文书"), "documents"),
    "notices": (N_("通知"), "notices"),
    "damages": (N_("损失"), "damages"),
    "deadlines": (N_("期限"), "deadlines"),
    "audit": (N_("操作日志"), None),
}
LISTS: dict[str, Callable[[Work, str], Sequence[object]]] = {
    "posts": tabs.posts,
    "evidence": tabs.evidence,
    "documents": tabs.documents,
}
SHOWN: dict[str, Callable[[Work, CaseHead], dict[str, object]]] = {
    "notices": notice_rows.of_case,
    "deadlines": deadline_rows.of_case,
}
"""Tabs that show a list with filters and CSV (``shown``) beside whatever else they need."""
AUDIT_PAGE = 100
LAST_PLACE = 2**63 - 1
RECENT = 6


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the case."""

    href: str
    text: str
    count: int | None
    current: bool


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str:
    """List the cases the person takes part in."""
    with reading() as work:
        rows = cases(work)
    return render_template("case/index.html", cases=rows)


@blueprint.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> str:
    """Show the overview: elements, platforms, what happened, the next step."""
    with reading() as work:
        head = case_head(work, number)
        facts = docket.Facts(
            head,
            tabs.posts(work, head.id),
            tabs.notices(work, head.id),
            tabs.evidence_keys(work, head.id),
        )
        g.may_audit = _may_audit(work, head)
        recent = tabs.audit(work, head.id, limit=RECENT) if g.may_audit else []
    return _tab(
        head,
        "overview",
        elements=docket.elements(facts),
        platforms=tabs.platforms(facts.posts),
        recent=recent,
        step=docket.next_step(facts),
    )


@blueprint.get("/<number>/<tab>")
@needs(Permission.CASE_READ)
def tab(number: str, tab: str) -> str | Response:
    """Show one list of the case."""
    if tab not in TABS or tab == "overview":
        abort(404)
    more: dict[str, object] = {}
    with reading() as work:
        head = case_head(work, number)
        g.may_audit = _may_audit(work, head)
        if tab in {"posts", "damages"}:
            more["evidence"] = tabs.evidence_keys(work, head.id)
        if tab == "audit":
            if not g.may_audit:  # an empty trail would say that nothing was recorded
                raise PermissionDeniedError(permission=Permission.AUDIT_READ.label)
            before = request.args.get("before", type=_place)
            rows: list[object] = list(tabs.audit(work, head.id, before=before, limit=AUDIT_PAGE))
            more["older"] = _older(number, rows)
        elif tab in SHOWN:
            rows = []
            more |= SHOWN[tab](work, head)
        else:
            held: dict[str, Sequence[object]] = {"damages": head.damages}
            rows = list(held[tab] if tab in held else LISTS[tab](work, head.id))
    shown = more.get("shown")
    if isinstance(shown, Listing) and shown.wants_csv:
        return shown.csv(tab)
    if tab == "damages":
        more["totals"] = docket.totals(head)
    return _tab(head, tab, rows=rows, **more)


def _place(text: str) -> int:
    """Read a place in the trail; one that no database can hold is none."""
    number = int(text)
    if not 0 <= number <= LAST_PLACE:
        raise ValueError(text[:20])
    return number


def _older(number: str, rows: list[object]) -> str | None:
    if len(rows) < AUDIT_PAGE:
        return None
    last = rows[-1]
    return url_for("case.tab", number=number, tab="audit", before=getattr(last, "seq", None))


def _may_audit(work: Work, head: CaseHead) -> bool:
    held = {grant.role for grant in work.viewer.grants if grant.case_id == head.id and not grant.wall}
    return docket.reads_trail(held | work.actor.roles)


def _tab(head: CaseHead, current: str, **values: object) -> str:
    key = key_of(head.number, sample=head.sample)

    def tab_href(name: str) -> str:
        if name == "overview":
            return url_for("case.page", number=key)
        return url_for("case.tab", number=key, tab=name)

    shown = [
        Tab(tab_href(name), _(text), head.counts[counted] if counted else None, name == current)
        for name, (text, counted) in TABS.items()
        if name != "audit" or g.may_audit
    ]
    return render_template(
        f"case/{current}.html",
        head=head,
        staff=docket.staff(head),
        tabs=shown,
        tab_title=_(TABS[current][0]),
        tab_href=tab_href,
        may_audit=g.may_audit,
        **values,
    )
