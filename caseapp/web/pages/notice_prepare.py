"""Preparing notices: chosen posts grouped by platform, the barred ones with their reason, a paper each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Notice, Post, User
from caseapp.services.notice_drafts import Candidate, Choice, Paper, candidates, next_posts, prepare_notices
from caseapp.services.queries.case import SAMPLE_PREFIX, named, posts_of
from caseapp.services.queries.notices import notice_row
from caseapp.services.work import Work
from caseapp.web.access import needs, visitor
from caseapp.web.filters import BEIJING, now
from caseapp.web.i18n import many
from caseapp.web.marks import say
from caseapp.web.pages.notice import blueprint
from caseapp.web.pages.notice_forms import LINE_LENGTH, WORDS_LENGTH, PaperForm
from caseapp.web.unit import acting, key_of, reading

MANDATE = timedelta(days=120)
MOST_POSTS = 200
AUTHORITY = "代为向网络平台提出、补充、更正和撤回侵权通知，签收平台答复；不含和解与诉讼权限"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One post on the page: what it is, whether it may enter, what was typed about it."""

    key: str
    candidate: Candidate
    lacks: str
    ticked: bool
    ground: str
    spared: str


@blueprint.get("/prepare")
@needs(Permission.CASE_READ)
def prepare() -> str:
    """Show the chosen posts (all of the case when none is) by platform, with what keeps any of them out."""
    with reading() as work:
        return _page(work, *_asked(work), _paper(work))


@blueprint.post("/prepare")
@needs(Permission.NOTICE_PREPARE)
def make() -> Response | tuple[str, int]:
    """Prepare one notice a platform and draft its paper."""
    form = PaperForm(request.form)
    if not form.validate():
        return _refused(form)
    try:
        with acting() as work:
            case, posts, previous = _asked(work)
            made = prepare_notices(work, case, posts, _choice(form, posts, previous))
            keys = [key_of(row.no, sample=row.sample) for row in made]
            home = key_of(case.no, sample=case.sample)
    except InvalidInputError as refusal:
        form.refuse(refusal)
        return _refused(form)
    flash(many("已准备 %(num)d 件通知并起草通知书。", len(keys)), "ok")
    if len(keys) == 1:
        return redirect(url_for("notice.page", number=keys[0]), 303)
    return redirect(url_for("case.tab", number=home, tab="notices"), 303)


def _refused(form: PaperForm) -> tuple[str, int]:
    with reading() as work:
        return _page(work, *_asked(work, "listed"), form), 422


def _choice(form: Any, posts: Sequence[Post], previous: Notice | None) -> Choice:
    paper = Paper(
        form.issued_on.data,
        form.authority.data or "",
        form.title.data or "",
        form.valid_from.data,
        form.valid_until.data,
    )
    return Choice(paper, _typed("ground", posts), _typed("spared", posts), previous)


def _typed(name: str, posts: Sequence[Post]) -> dict[str, str]:
    said = {post.id: request.form.get(f"{name}-{post.id}", "").strip() for post in posts}
    if any(len(text) > WORDS_LENGTH for text in said.values()):
        problem = Label(f"每条最多 {WORDS_LENGTH} 个字。", f"at most {WORDS_LENGTH} characters each.")
        raise InvalidInputError(field=Label("逐条说明", "words on a post"), problem=problem)
    return {key: text for key, text in said.items() if text}


def _asked(work: Work, name: str = "post") -> tuple[Case, list[Post], Notice | None]:
    """Return the case, the posts and the notice before that the address or the form names.

    Args:
        work: the unit of work.
        name: of the fields that name posts: the chosen ones, or all that were listed.

    Raises:
        NotFoundError: one of them is absent, not visible, or of another case.
        PermissionDeniedError: this person may not prepare notices in this case.
    """
    case = work.session.scalars(work.visible(named(select(Case), Case, request.values.get("case", "")), Case)).first()
    if case is None:
        raise NotFoundError(kind=workflow.CASE.label)
    work.require(Permission.NOTICE_PREPARE, case)
    before = request.values.get("previous", "")
    previous = notice_row(work, before) if before else None
    if previous is not None and previous.case_id != case.id:
        raise NotFoundError(kind=workflow.NOTICE.label)
    wanted = list(dict.fromkeys(request.values.getlist(name)))
    if not wanted and request.method == "GET":
        return case, next_posts(work, previous) if previous else _posts(work, case, None), previous
    posts = _posts(work, case, [key.removeprefix(SAMPLE_PREFIX) for key in wanted[:MOST_POSTS]])
    if {key.removeprefix(SAMPLE_PREFIX) for key in wanted} - {key for post in posts for key in (post.id, post.no)}:
        raise NotFoundError(kind=kind_label("posts"))
    return case, posts, previous


def _posts(work: Work, case: Case, keys: Sequence[str] | None) -> list[Post]:
    found = select(Post).where(Post.id.in_(posts_of(case.id)), Post.voided_at.is_(None)).order_by(Post.no)
    if keys is not None:
        found = found.where(Post.id.in_(keys) | Post.no.in_(keys))
    return list(work.session.scalars(work.visible(found, Post).limit(MOST_POSTS)))


def _paper(work: Work) -> PaperForm:
    today = now().astimezone(BEIJING).date()
    person = work.session.get(User, work.actor.user_id)
    title = (person.title if person else None) or "法务"
    known = {"issued_on": today, "valid_from": today, "valid_until": today + MANDATE, "authority": AUTHORITY}
    return PaperForm(data={**known, "title": title})


def _page(work: Work, case: Case, posts: Sequence[Post], previous: Notice | None, form: PaperForm) -> str:
    rows = [_chosen(one) for one in candidates(work, case, posts, previous)]
    grouped: dict[str, list[Chosen]] = {}
    for row in rows:
        if not row.lacks and row.candidate.platform is not None:
            grouped.setdefault(row.candidate.platform.name, []).append(row)
    return render_template(
        "notice/prepare.html",
        case=case,
        case_key=key_of(case.no, sample=case.sample),
        previous=previous,
        previous_key=key_of(previous.no, sample=previous.sample) if previous else "",
        groups=grouped,
        barred=[row for row in rows if row.lacks],
        form=form,
        agent=visitor().display,
        line_length=LINE_LENGTH,
    )


def _chosen(one: Candidate) -> Chosen:
    key = one.post.id
    sent = request.method == "POST"
    ticked = not sent or bool({key, one.post.no} & set(request.form.getlist("post")))
    ground = request.form.get(f"ground-{key}", "") if sent else one.ground
    lacks = say(one.lacks) if one.lacks is not None else ""
    return Chosen(key, one, lacks, ticked, ground, request.form.get(f"spared-{key}", ""))
