"""One case: its head, its tabs, and who fills each tab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, g, render_template, url_for

from caseapp.domain.permissions import Permission
from caseapp.services.queries import CaseHead, case_head, tabs
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Listing
from caseapp.web.pages import (
    case_audit,
    case_evidence,
    case_posts,
    correspondence,
    damage_rows,
    deadline_rows,
    docket,
    document_rows,
    notice_rows,
    timeline_picture,
)
from caseapp.web.unit import key_of, reading

blueprint = Blueprint("case", __name__, url_prefix="/cases")
RECENT: Final = 6


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its word, the figure beside it, and what reads its rows.

    ``fill`` returns what the template ``case/<key>.html`` shows; a ``Listing`` under ``shown`` can leave as CSV.
    """

    word: str
    counted: str | None
    fill: Callable[[Work, CaseHead], dict[str, object]] | None = None


TABS: Final[dict[str, Tab]] = {
    "overview": Tab(N_("概览"), None),
    "posts": Tab(N_("内容"), "posts", case_posts.of_case),
    "evidence": Tab(N_("证据"), "evidence", case_evidence.of_case),
    "timeline": Tab(N_("时间轴"), None, timeline_picture.of_case),
    "documents": Tab(N_("文书"), "documents", document_rows.of_case),
    "notices": Tab(N_("通知"), "notices", notice_rows.of_case),
    "damages": Tab(N_("损失"), "damages", damage_rows.of_case),
    "deadlines": Tab(N_("期限"), "deadlines", deadline_rows.of_case),
    "correspondence": Tab(N_("来往"), "correspondence", correspondence.of_case),
    "audit": Tab(N_("操作日志"), None, case_audit.of_case),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tab as it is shown above a page."""

    href: str
    text: str
    count: int | None
    current: bool


@blueprint.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> str:
    """Show the overview: elements, platforms, what happened, the next step."""
    with reading() as work:
        head = case_head(work, number)
        facts = docket.Facts(
            head,
            tabs.post_facts(work, head.id),
            tabs.notices(work, head.id),
            tabs.evidence_keys(work, head.id),
        )
        g.granted = granted_in(work, head.id)
        recent = tabs.audit(work, head.id, limit=RECENT, reads=False) if Permission.AUDIT_READ in g.granted else []
    return render(
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
    """Show one tab of the case, or its list as CSV."""
    fill = TABS[tab].fill if tab in TABS else None
    if fill is None:
        abort(404)
    with reading() as work:
        head = case_head(work, number)
        g.granted = granted_in(work, head.id)
        values = fill(work, head)
    shown, foot = values.get("shown"), values.get("foot", ())
    if isinstance(shown, Listing) and shown.wants_csv:
        return shown.csv(tab, foot=foot if isinstance(foot, list) else ())
    return render(head, tab, **values)


def again(number: str, tab: str, **values: object) -> tuple[str, int]:
    """Show a tab once more with the form that was refused, everything typed kept."""
    with reading() as work:
        head = case_head(work, number)
        g.granted = granted_in(work, head.id)
        fill = TABS[tab].fill
        known = fill(work, head) if fill else {}
    return render(head, tab, **(known | values)), 422


def tab_href(head: CaseHead, name: str) -> str:
    """Return the address of a tab."""
    key = key_of(head.number, sample=head.sample)
    return url_for("case.page", number=key) if name == "overview" else url_for("case.tab", number=key, tab=name)


def render(head: CaseHead, current: str, **values: object) -> str:
    """Render a tab below the head of its case."""
    allowed: frozenset[Permission] = g.granted
    shown = [
        Entry(tab_href(head, name), _(one.word), head.counts[one.counted] if one.counted else None, name == current)
        for name, one in TABS.items()
        if name != "audit" or Permission.AUDIT_READ in allowed
    ]
    return render_template(
        f"case/{current}.html",
        head=head,
        key=key_of(head.number, sample=head.sample),
        staff=docket.staff(head),
        tabs=shown,
        tab_title=_(TABS[current].word),
        tab_href=lambda name: tab_href(head, name),
        may_audit=Permission.AUDIT_READ in allowed,
        may={permission.name: permission in allowed for permission in Permission},
        **values,
    )
