"""What belongs to one incident: claims with their evidence, posts with their spread, what happened around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from caseapp.domain.labels import Label
from caseapp.models import (
    Account,
    Appearance,
    Capture,
    ClaimEvidence,
    EvidenceItem,
    Incident,
    MetricSnapshot,
    Notice,
    NoticeEvent,
    NoticeItem,
    Platform,
    Post,
    PostIncident,
    Publication,
    RumorClaim,
    User,
)
from caseapp.services.queries.inbox_parts import evidence as sealed_of
from caseapp.services.queries.rows import LISTED, EvidenceKey
from caseapp.services.queries.rows_incident import ClaimLine, CounterLine, Happening, SpreadPost
from caseapp.services.work import Work

EVENTS = 120


def claims(work: Work, incident: Incident) -> list[ClaimLine]:
    """Return the claims of an incident in the order of their numbers; three statements."""
    verifier, author = aliased(User), aliased(User)
    found = (
        select(RumorClaim, verifier.display, author.display)
        .outerjoin(verifier, RumorClaim.verified_by == verifier.id)
        .outerjoin(author, RumorClaim.created_by == author.id)
        .where(RumorClaim.incident_id == incident.id, RumorClaim.voided_at.is_(None))
        .order_by(RumorClaim.no)
    )
    rows = work.session.execute(work.visible(found, RumorClaim)).all()
    ids = [row.id for row, _verifier, _author in rows]
    against, seen = _counters(work, ids), _appearances(work, ids)
    return [
        ClaimLine(
            id=row.id,
            number=row.no,
            quote=row.quote,
            neutral=row.neutral,
            kind=row.kind,
            subject=row.subject,
            verdict=row.verdict,
            rationale=row.rationale,
            verified_at=row.verified_at,
            verified_by=judge,
            added_by=wrote,
            added_at=row.created_at,
            version=row.version,
            appears=seen.get(row.id, 0),
            evidence=tuple(against.get(row.id, ())),
        )
        for row, judge, wrote in rows
    ]


def _counters(work: Work, ids: Sequence[str]) -> dict[str, list[CounterLine]]:
    link = aliased(ClaimEvidence)  # the visibility rule looks at the table itself
    found = (
        select(link, EvidenceItem.no, EvidenceItem.sample, EvidenceItem.title)
        .join(EvidenceItem, EvidenceItem.id == link.evidence_id)
        .where(link.claim_id.in_(ids), link.voided_at.is_(None))
        .order_by(EvidenceItem.no)
    )
    grouped: dict[str, list[CounterLine]] = defaultdict(list)
    for row, number, sample, title in work.session.execute(work.visible(found, EvidenceItem)):
        grouped[row.claim_id].append(CounterLine(EvidenceKey(number, sample), title, row.proves, row.supports))
    return grouped


def _appearances(work: Work, ids: Sequence[str]) -> dict[str, int]:
    found = (
        select(Appearance.claim_id, func.count())
        .where(Appearance.claim_id.in_(ids), Appearance.state == "confirmed", Appearance.voided_at.is_(None))
        .group_by(Appearance.claim_id)
    )
    return {key: count for key, count in work.session.execute(work.visible(found, Appearance))}  # noqa: C416 - as above


def posts(work: Work, incident: Incident) -> list[SpreadPost]:
    """Return the posts confirmed or suggested for an incident, the earliest first; three statements."""
    pair, person = aliased(PostIncident), aliased(User)
    found = (
        select(Post, pair, Platform.name, Account, person.display)
        .join(pair, pair.post_id == Post.id)
        .outerjoin(Platform, Post.platform_id == Platform.id)
        .outerjoin(Account, Post.account_id == Account.id)
        .outerjoin(person, pair.decided_by == person.id)
        .where(pair.incident_id == incident.id, Post.voided_at.is_(None))
        .order_by(func.coalesce(Post.published_at, Post.first_captured_at).nulls_last(), Post.no)
        .limit(LISTED + 1)
    )
    rows = work.session.execute(work.visible(found, Post)).all()
    ids = [row[0].id for row in rows]
    sealed, figures = sealed_of(work, ids), _figures(work, ids)
    return [
        _post(
            row,
            incident,
            evidence=sealed[row[0].id].evidence if row[0].id in sealed else None,
            picture=sealed[row[0].id].picture if row[0].id in sealed else None,
            **figures(row[0].id),
        )
        for row in rows
    ]


def _figures(work: Work, ids: Sequence[str]) -> Any:
    found = select(MetricSnapshot).where(MetricSnapshot.post_id.in_(ids)).order_by(MetricSnapshot.at)
    last = {row.post_id: row for row in work.session.scalars(work.visible(found, MetricSnapshot))}
    return lambda key: {"views": last[key].views, "reposts": last[key].reposts} if key in last else {}


def _post(row: Any, incident: Incident, **more: Any) -> SpreadPost:
    post, pair, platform, account, person = row
    return SpreadPost(
        id=post.id,
        number=post.no,
        sample=post.sample,
        title=post.title or (post.text[:300] if post.text else None),
        url=post.url_as_seen,
        platform=platform,
        account_id=account.id if account else None,
        account=account.handle if account else None,
        followers=account.followers if account else None,
        verdict=post.verdict,
        liveness=post.liveness,
        stance=post.stance,
        state=pair.state,
        score=pair.score,
        reasons=tuple(Label(str(one.get("zh", "")), str(one.get("en", ""))) for one in pair.reasons),
        decided_by=person,
        at=post.published_at or post.first_captured_at,
        basis="published" if post.published_at else "captured" if post.first_captured_at else "",
        published_at=post.published_at,
        captured_at=post.first_captured_at,
        checked_at=post.last_checked_at,
        relapsed_at=post.relapsed_at,
        repost_of=post.repost_of_id,
        same=post.dedupe_key,
        earliest=post.id == incident.earliest_captured_post_id,
        **more,
    )


def captured(work: Work, posts: Sequence[SpreadPost]) -> list[datetime]:
    """Return when confirmed posts were captured, every sealed capture counted; one statement.

    A post whose first capture left no row of ours (an item handed in, an earlier installation) counts once.
    """
    sure = {post.id: post for post in posts if post.confirmed}
    found = select(Capture.post_id, Capture.finished_at).where(
        Capture.post_id.in_(sure), Capture.package_id.is_not(None), Capture.finished_at.is_not(None)
    )
    rows = work.session.execute(work.visible(found, Capture)).all()
    known = {key for key, _at in rows}
    first = [post.captured_at for key, post in sure.items() if key not in known and post.captured_at is not None]
    return sorted([*(at for _key, at in rows if at is not None), *first])


def happenings(work: Work, incident: Incident, posts: Sequence[str]) -> list[Happening]:
    """Return what notices of its posts went through and what was published about it; two statements."""
    about = select(NoticeItem.notice_id).where(NoticeItem.post_id.in_(posts), NoticeItem.voided_at.is_(None))
    of_notices = (
        select(NoticeEvent, Notice.no, Notice.sample, Platform.name)
        .select_from(Notice)
        .join(NoticeEvent, NoticeEvent.notice_id == Notice.id)
        .join(Platform, Platform.id == Notice.platform_id)
        .where(or_(Notice.incident_id == incident.id, Notice.id.in_(about)), Notice.voided_at.is_(None))
        .order_by(NoticeEvent.at.desc())
        .limit(EVENTS)
    )
    published = select(Publication).where(
        Publication.incident_id == incident.id, Publication.published_at.is_not(None), Publication.voided_at.is_(None)
    )
    found = [
        Happening(row.at, "notice", row.event, platform, number, sample)
        for row, number, sample, platform in work.session.execute(work.visible(of_notices, Notice))
        if not row.event.startswith("item_") or row.event == "item_relapsed"  # addresses one by one fill their own page
    ]
    statements = work.session.scalars(work.visible(published, Publication))
    found += [
        Happening(row.published_at, "publication", row.channel, row.url, None, row.sample)
        for row in statements
        if row.published_at is not None
    ]
    return sorted(found, key=lambda one: one.at)


def newest_evidence(work: Work, limit: int = 60) -> list[tuple[EvidenceKey, str]]:
    """Return the newest items this person reads, with their titles, to be offered where one is typed."""
    found = (
        select(EvidenceItem.no, EvidenceItem.sample, EvidenceItem.title)
        .where(EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.id.desc())
        .limit(limit)
    )
    rows = work.session.execute(work.visible(found, EvidenceItem))
    return [(EvidenceKey(number, sample), title) for number, sample, title in rows]
