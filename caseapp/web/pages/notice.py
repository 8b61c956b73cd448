"""通知: the list of notices, the list of their addresses, and one notice with what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from caseapp.documents.catalog import load
from caseapp.domain.permissions import Permission
from caseapp.models import CounterNotice, DocumentVersion, Notice, Platform, Post
from caseapp.services.conduct import items_of
from caseapp.services.notice_drafts import blocking
from caseapp.services.notice_steps import counter_notices
from caseapp.services.queries.case import SAMPLE_PREFIX
from caseapp.services.queries.deadlines import deadline_lines
from caseapp.services.queries.notices import notice_events, notice_lines, notice_row
from caseapp.services.queries.rows_notices import LinkLine, NoticeLine
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.access import needs
from caseapp.web.filters import now, tell
from caseapp.web.i18n import _, language
from caseapp.web.marks import NextStep
from caseapp.web.pages import notice_rows, notice_words
from caseapp.web.pages.notice_deeds import ACTS, Act
from caseapp.web.pages.notice_forms import Decided
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("notice", __name__, url_prefix="/notices")

INDEX = re.compile(r"\[\d+\]")
URGENT = ("overdue", "refused", "relapsed", "counter_notice", "more_info", "invalid", "restored")
"""States that wait for us, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One act as the page offers it: its form, and the addresses that can be ticked."""

    key: str
    act: Act
    form: Any
    links: list[LinkLine]
    picked: frozenset[str]

    @property
    def verb(self) -> str:
        """The word on its button."""
        return _(notice_words.VERBS[self.key])


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str | Response:
    """List the notices this person reads, with the five figures and the one next step."""
    with reading() as work:
        lines = notice_lines(work, sample=house().settings.demo)
    shown = notice_rows.notice_list(lines)
    if shown.wants_csv:
        return shown.csv("notices")
    return render_template(
        "notice/index.html", shown=shown, figures=notice_rows.figures(lines), step=next_step(lines), words=notice_words
    )


@blueprint.get("/links")
@needs(Permission.CASE_READ)
def links() -> str | Response:
    """List the addresses of all notices, each with its own outcome."""
    sample = house().settings.demo or request.args.get("case", "").startswith(SAMPLE_PREFIX)
    with reading() as work:
        lines = notice_lines(work, sample=sample)
    shown = notice_rows.link_list(lines)
    if shown.wants_csv:
        return shown.csv("notice-links")
    return render_template("notice/links.html", shown=shown)


def next_step(lines: list[NoticeLine]) -> NextStep | None:
    """Return the step of the most urgent notice; None when none waits for this person."""

    def urgency(line: NoticeLine) -> tuple[int, float]:
        late = line.waiting and line.due_at is not None and line.due_at <= now()
        place = 0 if late else URGENT.index(line.status) + 1 if line.status in URGENT else len(URGENT) + 1
        return place, line.created_at.timestamp()

    for line in sorted(lines, key=urgency):
        step = notice_words.step(line)
        if step.act:
            why = tell(_("%(no)s　%(why)s"), no=line.number, why=step.why)
            verb = _(notice_words.VERBS[step.act])
            return NextStep(step.do, why, "", notice_words.href(line, step.act), verb)
    return None


@blueprint.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> str:
    """Show one notice."""
    with reading() as work:
        return show(work, notice_row(work, number))


def show(work: Work, row: Notice, opened: Offered | None = None) -> str:
    """Render a notice; ``opened`` is the act whose form was refused, shown again as it was typed."""
    (line,) = notice_lines(work, notice_id=row.id)
    version = work.session.get(DocumentVersion, row.document_version_id) if row.document_version_id else None
    step = notice_words.step(line)
    primary = opened.key if opened else step.act
    acts = [offered(work, row, line, key) for key in ACTS if notice_words.allowed(line, key) and key != primary]
    first = opened or (offered(work, row, line, primary) if primary in ACTS else None)
    return render_template(
        "notice/page.html",
        line=line,
        title=tell(_("致%(who)s的侵权通知"), who=line.platform),
        notice_event=wording.notice_event,
        key=key_of(line.number, sample=line.sample),
        timed=notice_words.timed(line),
        step=step,
        primary=first,
        acts=acts,
        verbs=notice_words.VERBS,
        words=notice_words,
        events=notice_events(work, row.id),
        deadlines=deadline_lines(work, about=row.id),
        findings=_findings(version) if row.status == "prepared" else [],
        version=version,
        counters=_counters(work, row, line),
        decided=Decided(),
        demo_interval=house().settings.demo,
    )


def offered(work: Work, row: Notice, line: NoticeLine, key: str, sent: MultiDict[str, str] | None = None) -> Offered:
    """Return an act with its form: fresh, or as it was sent."""
    act = ACTS[key]
    form = act.form(sent) if sent is not None else act.form(data=_known(work, row, key))
    listed = [link for link in line.links if link.outcome in act.items]
    picked = frozenset(sent.getlist("item")) if sent is not None else frozenset()
    return Offered(key, act, form, listed, picked)


def _known(work: Work, row: Notice, key: str) -> dict[str, Any]:
    """Return what is known before a person types."""
    if key != "submit":
        return {}
    platform = work.session.get_one(Platform, row.platform_id)
    channel = str(platform.channels[0]) if platform.channels else ""
    by = "email" if "@" in channel and "://" not in channel else "web_form"
    return {"channel": by, "recipient": platform.name, "address": channel}


def _findings(version: DocumentVersion | None) -> list[str]:
    """Return what blocks the paper, each once, with fields by their names instead of their places."""
    names = load("infringement_notice").labels(language())
    said = []
    for finding in blocking(version):
        text = INDEX.sub("[]", str(finding[language()]))
        for path in sorted((path for path in names if "." in path), key=len, reverse=True):
            text = text.replace(path, names[path])
        said.append(text)
    return list(dict.fromkeys(said))


@dataclass(frozen=True, slots=True)
class Countered:
    """A counter-notice with the address it is about and what this person may do."""

    row: CounterNotice
    url: str
    may_propose: bool
    may_decide: bool
    mine: bool


def _counters(work: Work, row: Notice, line: NoticeLine) -> list[Countered]:
    found = []
    may = Permission.COUNTER_NOTICE_DECIDE in line.may
    urls = _urls(work, row)
    for counter in counter_notices(work, row):
        waits = may and counter.status == "received"
        mine = counter.proposed_by == work.actor.user_id
        decide = waits and counter.proposed_by is not None and not mine
        found.append(Countered(counter, urls.get(counter.post_id, ""), waits, decide, mine))
    return found


def _urls(work: Work, row: Notice) -> dict[str, str]:
    """Return the addresses of a notice by the post they lead to."""
    posts = (work.session.get_one(Post, item.post_id) for item in items_of(work, row))
    return {post.id: post.url_as_seen for post in posts}
