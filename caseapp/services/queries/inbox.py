"""The inbox: posts with their last capture, what they may belong to, and how they were judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.permissions import Permission, permissions_of
from caseapp.domain.workflow import POST
from caseapp.models import (
    Account,
    Capture,
    CaseIncident,
    EvidenceItem,
    Incident,
    Platform,
    Post,
    PostIncident,
    User,
)
from caseapp.services.queries import inbox_parts as parts
from caseapp.services.queries.case import named
from caseapp.services.queries.rows_inbox import LeadLine, LeadPage
from caseapp.services.queries.sums import one_row, side, tally
from caseapp.services.work import Work

BESIDE = 12
WAITING_LISTED = 500
"""Posts of a view at once: each brings its capture, its pairs and its figures."""
VIEWS = ("open", "check", "done", "all")
AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])


def of_view(view: str) -> Any:
    """Return the condition of a view: not judged, to be checked, judged, or all."""
    return {
        "open": Post.verdict.is_(None),
        "check": Post.verdict == "to_check",
        "done": Post.verdict.is_not(None) & (Post.verdict != "to_check"),
    }.get(view, Post.id.is_not(None))


def content(work: Work, statement: AnySelect, model: Any, incident_key: Any) -> AnySelect:
    """Keep what the person sees and whose content they may read: who only audits a case reads its trail.

    Args:
        work: the unit of work.
        statement: rows of ``model``.
        model: posts or incidents.
        incident_key: selects the incidents of a row of ``model``.
    """
    held: dict[str, set[str]] = defaultdict(set)
    for grant in work.viewer.grants:
        if not grant.wall:
            held[grant.case_id].add(grant.role)
    mute = [case for case, roles in held.items() if Permission.CASE_READ not in permissions_of(roles)]
    seen = work.visible(statement, model)
    if not mute:
        return seen
    link = aliased(CaseIncident)  # the visibility rule looks at the table itself
    silent = select(link.incident_id).where(link.case_id.in_(mute), link.voided_at.is_(None))
    return seen.where(~incident_key.where(incident_key.selected_columns[0].in_(silent)).exists())


def _incidents_of_post() -> Select[Any]:
    pair = aliased(PostIncident)
    return select(pair.incident_id).where(pair.post_id == Post.id, pair.state == "confirmed").correlate(Post)


def post_row(work: Work, key: str) -> Post:
    """Return the post of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    wanted = named(select(Post).where(Post.voided_at.is_(None)).order_by(Post.sample), Post, key).limit(1)
    row = work.session.scalar(work.visible(wanted, Post))
    if row is None:
        raise NotFoundError(kind=POST.label)
    if Permission.CASE_READ not in work.permissions(row):
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    return row


def counts(work: Work, *, sample: bool) -> dict[str, int]:
    """Return how many posts each view holds; one statement."""
    rules = () if sample else (Post.sample.is_(False),)
    tallies = {view: tally(of_view(view)) for view in VIEWS}
    return one_row(work, side(work, Post, *rules, **tallies))


def leads(work: Work, *, sample: bool, view: str = "all", keys: Sequence[str] | None = None) -> list[LeadLine]:
    """Return the posts of a view, newest first; seven statements.

    Args:
        work: the unit of work.
        sample: include the example's rows.
        view: see ``of_view``.
        keys: only posts of these row keys.
    """
    judge = aliased(User)
    found = (
        select(Post, Platform.name, Account.handle, judge.display)
        .outerjoin(Platform, Post.platform_id == Platform.id)
        .outerjoin(Account, Post.account_id == Account.id)
        .outerjoin(judge, Post.triaged_by == judge.id)
        .where(Post.voided_at.is_(None), of_view(view))
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(WAITING_LISTED + 1)
    )
    if not sample:
        found = found.where(Post.sample.is_(False))
    if keys is not None:
        found = found.where(Post.id.in_(keys))
    rows = work.session.execute(content(work, found, Post, _incidents_of_post())).all()
    ids = [row[0].id for row in rows]
    orders, pairs = parts.captures(work, ids), parts.pairs(work, ids)
    items, figures = parts.evidence(work, ids), parts.figures(work, ids)
    return [
        _line(
            row,
            (platform, account, judge),
            capture=next(iter(orders.get(row.id, ())), None),
            pairs=tuple(pairs.get(row.id, ())),
            **items.get(row.id, parts.Sealed())._asdict(),
            figures=figures.get(row.id, ()),
        )
        for row, platform, account, judge in rows
    ]


def _line(post: Post, names: tuple[str | None, str | None, str | None], **more: Any) -> LeadLine:
    platform, account, judge = names
    return LeadLine(
        id=post.id,
        number=post.no,
        sample=post.sample,
        title=post.title,
        words=post.text[:200] if post.text else None,
        url=post.url_as_seen,
        platform=platform,
        account=account,
        kind=post.kind,
        verdict=post.verdict,
        verdict_reason=post.verdict_reason,
        judged_at=post.triaged_at,
        judged_by=judge,
        liveness=post.liveness,
        published_at=post.published_at,
        added_at=post.created_at,
        captured_at=post.first_captured_at,
        **more,
    )


def lead_page(work: Work, row: Post) -> LeadPage:
    """Return one post with its words, its captures, the posts with the same text, and fresh evidence to cite."""
    (line,) = leads(work, sample=True, keys=[row.id])
    seen = select(Capture.text).where(Capture.post_id == row.id, Capture.text.is_not(None))
    page = work.session.scalar(work.visible(seen, Capture).order_by(Capture.finished_at.desc()).limit(1))
    same = select(Post.id).where(Post.dedupe_key == row.dedupe_key, Post.id != row.id, Post.voided_at.is_(None))
    keys = work.session.scalars(work.visible(same, Post).limit(BESIDE)).all() if row.dedupe_key else []
    return LeadPage(
        line,
        row.text,
        page,
        tuple(parts.captures(work, [row.id]).get(row.id, ())),
        tuple(leads(work, sample=True, keys=keys)) if keys else (),
        tuple(_fresh(work, row)) if line.barred else (),
    )


def _fresh(work: Work, row: Post) -> list[tuple[str, str, str]]:
    """Return evidence registered after the judgement: (key, number, title)."""
    found = (
        select(EvidenceItem.id, EvidenceItem.no, EvidenceItem.title)
        .where(EvidenceItem.created_at > (row.triaged_at or row.created_at), EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.id.desc())
        .limit(100)
    )
    return [(key, number, title) for key, number, title in work.session.execute(work.visible(found, EvidenceItem))]


def changed(work: Work, *, since: datetime, sample: bool) -> tuple[list[str], int, int]:
    """Return the posts whose capture is running or changed since, and how many captures wait and are open."""
    moved = or_(Capture.updated_at >= since, Capture.status == "running")
    found = select(Capture.post_id).where(moved, Capture.post_id.is_not(None))
    state = side(
        work,
        Capture,
        Capture.post_id.is_not(None),
        *(() if sample else (Capture.sample.is_(False),)),
        queued=tally(and_(Capture.status == "queued", Capture.paused_at.is_(None))),
        running=tally(Capture.status == "running"),
    )
    keys = [str(key) for key in work.session.scalars(work.visible(found, Capture)).unique() if key]
    waiting = one_row(work, state)
    return list(dict.fromkeys(keys))[:WAITING_LISTED], waiting["queued"], waiting["running"]


def open_incidents(work: Work, *, sample: bool) -> list[Incident]:
    """Return the incidents a post can still be joined to, newest first."""
    link = aliased(CaseIncident)  # the visibility rule looks at the table itself
    linked = select(link.id).where(link.incident_id == Incident.id, link.voided_at.is_(None))
    mine = [
        grant.case_id
        for grant in work.viewer.grants
        if not grant.wall and Permission.POST_LINK in permissions_of([grant.role])
    ]
    found = select(Incident).where(
        Incident.voided_at.is_(None),
        Incident.status.not_in(("closed", "handed_off")),
        or_(~linked.exists(), linked.where(link.case_id.in_(mine)).exists()),
    )
    if not sample:
        found = found.where(Incident.sample.is_(False))
    return list(work.session.scalars(work.visible(found, Incident).order_by(Incident.no.desc()).limit(200)))
