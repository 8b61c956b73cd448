"""线索箱: addresses pasted by the armful, their captures as they run, and one lead at a time to judge and to link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import CAPTURE
from caseapp.models import Capture, Post
from caseapp.services.forms import draft
from caseapp.services.incidents import roles_for
from caseapp.services.intake import Line, review
from caseapp.services.queries import inbox as queries
from caseapp.services.queries.batches import batches
from caseapp.services.queries.rows_inbox import LeadLine, LeadPage
from caseapp.services.visibility import case_ids
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.filters import utc
from caseapp.web.forms import Form
from caseapp.web.lists import Listing
from caseapp.web.pages import inbox_forms, inbox_rows, inbox_words
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")

OVERLAP = timedelta(seconds=2)
"""A part of the past every poll looks at again: a change written just before the last answer is not missed."""


@dataclass(frozen=True)
class Box:
    """The box for pasting.

    Attributes:
        form: its form.
        wrong: the lines in it that are refused.
        allowed: whether this person may paste at all.
        open: whether it is shown open.
        unassessed: a login was chosen for a case without impact assessment; the person has to choose what to do.
    """

    form: Form
    wrong: list[Line]
    allowed: bool
    open: bool
    unassessed: bool = False


@dataclass(frozen=True)
class Side:
    """One lead beside the list: what this person may do with it, and the forms.

    Attributes:
        may: permissions for this post.
        changes: whether leaving the present judgement needs a second person with new evidence.
        judge: the form of the judgement.
        theirs: the judgement somebody else recorded meanwhile.
        incidents: what it can still be joined to.
        offered: the logins a capture of it may carry.
    """

    page: LeadPage
    may: frozenset[Permission]
    second: bool
    judge: inbox_forms.Judge
    seen: str
    version: int
    incidents: list[Any]
    cancel: bool
    offered: inbox_forms.Offered
    theirs: bool = False
    new: inbox_forms.NewIncident = field(default_factory=inbox_forms.NewIncident)
    evidence: str = ""

    @property
    def line(self) -> LeadLine:
        """The lead."""
        return self.page.line

    def allows(self, name: str) -> bool:
        """Whether this person has a permission here, by its key."""
        return Permission(name) in self.may


@blueprint.get("/")
@needs(Permission.POST_TRIAGE)
def index() -> str | Response:
    """List the leads that wait, the newest first, with the box for more."""
    with reading() as work:
        shown = listed(work)
        if shown.wants_csv:
            return shown.csv("inbox")
        first = shown.rows[0] if shown.rows else None
        return show(work, shown, queries.post_row(work, _key(first)) if first else None, alone=False)


@blueprint.get("/<number>")
@needs(Permission.POST_TRIAGE)
def page(number: str) -> str:
    """Show one lead; on a desk beside the list, on a phone alone."""
    with reading() as work:
        return show(work, listed(work), queries.post_row(work, number), alone=True)


def listed(work: Work) -> Listing[LeadLine]:
    """Return the list as the address asks for it."""
    return inbox_rows.shown(queries.leads(work, sample=house().settings.demo, view=inbox_rows.view()))


def _key(line: LeadLine) -> str:
    return key_of(line.number, sample=line.sample)


def show(
    work: Work,
    shown: Listing[LeadLine],
    row: Post | None,
    *,
    alone: bool,
    side: Side | None = None,
    box: Box | None = None,
) -> str:
    """Render the inbox; ``side`` and ``box`` are forms that were refused, shown again as they were typed."""
    demo = house().settings.demo
    counts = queries.counts(work, sample=demo)
    beside = side or (side_of(work, row) if row is not None else None)
    return render_template(
        "inbox/page.html",
        shown=shown,
        views=inbox_rows.views(counts),
        orders=inbox_rows.ORDERS,
        view=inbox_rows.view(),
        total=counts["all"],
        side=beside,
        at=inbox_rows.place(list(shown.rows), beside.line.number) if beside else -1,
        alone=alone,
        box=box or box_of(work),
        batches=batches(work, sample=demo),
        pulse=_pulse(work, beside.line.number if beside else ""),
        keys=inbox_forms.KEYS,
        words=inbox_words,
        kept=inbox_words.kept(),
    )


def side_of(work: Work, row: Post, sent: Any = None) -> Side:
    """Return a lead beside the list, its form fresh or as it was sent."""
    found = queries.lead_page(work, row)
    may = work.permissions(row)
    running = next((one for one in found.captures if one.open), None)
    order = work.session.get(Capture, running.key) if running else None
    cancel = order is not None and any(step.action == "cancel" for step in work.offers(CAPTURE, order))
    other = bool(set(roles_for(work, row)) - {row.triaged_role}) and row.triaged_by != work.actor.user_id
    return Side(
        page=found,
        may=may,
        second=Permission.POST_RETRIAGE in may and other,
        judge=inbox_forms.Judge(sent) if sent is not None else inbox_forms.Judge(data={"verdict": row.verdict}),
        seen=row.triaged_at.isoformat() if row.triaged_at else "",
        version=row.version,
        incidents=queries.open_incidents(work, sample=house().settings.demo or row.sample),
        cancel=cancel,
        offered=inbox_forms.logins_offered(work, row.canonical_url, case_ids(work.session, row)),
        evidence=sent.get("evidence", "") if sent is not None else "",
    )


def box_of(work: Work, sent: Any = None) -> Box:
    """Return the box: empty, with the lines that were left in it, or as it was sent."""
    held = work.permissions()
    allowed = {Permission.POST_EDIT, Permission.CAPTURE_REQUEST} <= held
    if not allowed:
        return Box(Form(), [], allowed=False, open=False)
    kept = draft(work, inbox_forms.DRAFT)
    typed = str(kept.values.get("urls", "")) if kept else ""
    joined = str(kept.values.get("incident", "")) if kept else request.args.get("incident", "")
    incidents = queries.open_incidents(work, sample=house().settings.demo)
    form = inbox_forms.paste_form(incidents, sent, inbox_forms.logins_offered(work), urls=typed, incident=joined)
    wrong = review(work, typed) if typed and sent is None else []
    return Box(form, wrong, allowed=True, open=bool(sent or typed or "paste" in request.args))


def _pulse(work: Work, current: str, since: datetime | None = None) -> dict[str, Any]:
    """Return what the page asks for again while captures are open."""
    keys, queued, running = queries.changed(work, since=since or work.now, sample=house().settings.demo)
    return {"keys": keys, "queued": queued, "running": running, "current": current, "now": utc(work.now)}


@blueprint.get("/pulse")
@needs(Permission.POST_TRIAGE)
def pulse() -> Response:
    """Answer the rows whose capture moved since the last answer, and how many are still open."""
    with reading(part=True) as work:
        since = _moment(request.args.get("since", ""), work.now)
        beat = _pulse(work, request.args.get("current", "")[:40], since - OVERLAP)
        rows = queries.leads(work, sample=house().settings.demo, keys=beat["keys"]) if beat["keys"] else []
        chosen = next((row for row in rows if row.number == beat["current"]), None)
        side = side_of(work, queries.post_row(work, _key(chosen))) if chosen else None
        made = render_template(
            "inbox/pulse.html",
            pulse=beat,
            rows=rows,
            side=side,
            batches=batches(work, sample=house().settings.demo),
            words=inbox_words,
        )
    return make_response(made)


def _moment(said: str, now: datetime) -> datetime:
    """Read the time of the last answer; a strange one, or one of long ago, counts as a minute ago."""
    floor = now - timedelta(minutes=1)
    try:
        asked = datetime.fromisoformat(said)
    except ValueError:
        return floor
    aware = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    return min(max(aware, floor), now)
