"""The tabs of a case: each list in one or two statements, every row through the visibility rule."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import aliased

from caseapp.domain.events import Event
from caseapp.models import (
    Account,
    AuditDetail,
    AuditEvent,
    CaseIncident,
    ClaimEvidence,
    DamageEvidence,
    DamageItem,
    Document,
    EvidenceItem,
    Exhibit,
    Notice,
    NoticeItem,
    Platform,
    Post,
    RumorClaim,
    User,
)
from caseapp.services.prepared import Rows, execute
from caseapp.services.queries.case import evidence_of, posts_of
from caseapp.services.queries.rows import (
    LISTED,
    REMOVED,
    AuditRow,
    EvidenceKey,
    EvidenceRow,
    NoticeItemRow,
    NoticeRow,
    PlatformRow,
    PostFact,
    PostRow,
)
from caseapp.services.work import Work

READS = (Event.ROW_READ.value, Event.EVIDENCE_READ.value)


def posts(work: Work, case_id: str) -> list[PostRow]:
    """Return the posts of a case; one statement."""
    return [PostRow(*row) for row in execute(work, _posts_rows, {"case_id": case_id})]


def _posts_rows(work: Work, case_id: str) -> Rows:
    found = (
        select(
            Post.id,
            Post.no,
            Post.title,
            Post.text,
            Post.url_as_seen,
            Platform.name,
            Account.handle,
            Post.verdict,
            Post.liveness,
            Post.last_checked_at,
            Post.published_at,
        )
        .select_from(Post)
        .outerjoin(Platform, Post.platform_id == Platform.id)
        .outerjoin(Account, Post.account_id == Account.id)
        .where(Post.id.in_(posts_of(case_id)), Post.voided_at.is_(None))
        .order_by(Post.no)
        .limit(LISTED + 1)
    )
    return work.visible(found, Post)


def post_facts(work: Work, case_id: str) -> list[PostFact]:
    """Return every post of a case by what is concluded from it; one statement."""
    return [PostFact(*row) for row in execute(work, _facts_rows, {"case_id": case_id})]


def _facts_rows(work: Work, case_id: str) -> Rows:
    found: Rows = (
        select(Post.id, Post.url_as_seen, Platform.name, Post.verdict, Post.liveness)
        .select_from(Post)
        .outerjoin(Platform, Post.platform_id == Platform.id)
        .where(Post.id.in_(posts_of(case_id)), Post.voided_at.is_(None))
        .order_by(Post.no)
    )
    return work.visible(found, Post)


def _in_case(shown: Any, case_id: str) -> Any:
    """Return the condition that joins an alias of exhibits (the visibility rule looks at the table itself)."""
    return (shown.evidence_id == EvidenceItem.id) & (shown.case_id == case_id) & shown.voided_at.is_(None)


def evidence_keys(work: Work, case_id: str) -> dict[str, list[EvidenceKey]]:
    """Return the evidence of a case by the key of what it proves: post, rumor claim or damage item; one statement."""
    grouped: dict[str, list[EvidenceKey]] = defaultdict(list)
    for key, number, sample, exhibit in execute(work, _evidence_keys_rows, {"case_id": case_id}):
        grouped[key].append(EvidenceKey(number, sample, exhibit))
    return grouped


def _evidence_keys_rows(work: Work, case_id: str) -> Rows:
    of_posts = select(EvidenceItem.post_id.label("key"), EvidenceItem.id.label("item")).where(
        EvidenceItem.post_id.in_(posts_of(case_id))
    )
    of_claims = (
        select(ClaimEvidence.claim_id, ClaimEvidence.evidence_id)
        .join(RumorClaim, ClaimEvidence.claim_id == RumorClaim.id)
        .join(CaseIncident, CaseIncident.incident_id == RumorClaim.incident_id)
        .where(CaseIncident.case_id == case_id, ClaimEvidence.supports.is_(False), ClaimEvidence.voided_at.is_(None))
    )
    of_damages = (
        select(DamageEvidence.damage_id, DamageEvidence.evidence_id)
        .join(DamageItem, DamageEvidence.damage_id == DamageItem.id)
        .where(DamageItem.case_id == case_id, DamageEvidence.voided_at.is_(None))
    )
    linked = union_all(of_posts, of_claims, of_damages).subquery()
    shown = aliased(Exhibit)
    found = (
        select(linked.c.key, EvidenceItem.no, EvidenceItem.sample, shown.exhibit_no)
        .join(EvidenceItem, EvidenceItem.id == linked.c.item)
        .outerjoin(shown, _in_case(shown, case_id))
        .where(EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.no)
    )
    return work.visible(found, EvidenceItem)


def platforms(rows: Iterable[PostFact]) -> list[PlatformRow]:
    """Return how much still stands on each platform, the most first; no statement."""
    total: dict[str, int] = defaultdict(int)
    live: dict[str, int] = defaultdict(int)
    for row in rows:
        total[row.platform or "—"] += 1
        live[row.platform or "—"] += row.liveness not in REMOVED
    return sorted((PlatformRow(name, live[name], n) for name, n in total.items()), key=lambda row: -row.live)


def evidence(work: Work, case_id: str) -> list[EvidenceRow]:
    """Return the evidence of a case in the order of its exhibits, then by number; one statement."""
    shown = aliased(Exhibit)
    found = (
        select(EvidenceItem, shown.exhibit_no)
        .outerjoin(shown, _in_case(shown, case_id))
        .where(evidence_of(case_id), EvidenceItem.voided_at.is_(None))
        .order_by(shown.group_no.nulls_last(), shown.order_no, EvidenceItem.no)
        .limit(LISTED + 1)
    )
    return [evidence_row(row, exhibit) for row, exhibit in work.session.execute(work.visible(found, EvidenceItem))]


def evidence_row(row: EvidenceItem, exhibit: str | None) -> EvidenceRow:
    """Return an evidence item as a line of a list."""
    return EvidenceRow(
        row.no,
        row.sample,
        exhibit,
        row.title,
        row.kind,
        row.proves,
        row.seal_state,
        row.stamps,
        row.test_stamps,
        row.status,
        row.obtained_at,
    )


def notices(work: Work, case_id: str) -> list[NoticeRow]:
    """Return the notices of a case with their addresses; one statement."""
    rows: dict[str, NoticeRow] = {}
    for row, platform, outcome, url, liveness in execute(work, _notices_rows, {"case_id": case_id}):
        line = rows.setdefault(
            row.id,
            NoticeRow(
                row.no,
                platform,
                row.status,
                row.attempt_no,
                row.submitted_at,
                row.arrived_at,
                row.receipt_no,
                row.due_at,
                [],
            ),
        )
        if outcome is not None:
            line.items.append(NoticeItemRow(url, outcome, liveness))
    return list(rows.values())


def _notices_rows(work: Work, case_id: str) -> Rows:
    found = (
        select(Notice, Platform.name, NoticeItem.outcome, Post.url_as_seen, Post.liveness)
        .join(Platform, Notice.platform_id == Platform.id)
        .outerjoin(NoticeItem, (NoticeItem.notice_id == Notice.id) & NoticeItem.voided_at.is_(None))
        .outerjoin(Post, NoticeItem.post_id == Post.id)
        .where(Notice.case_id == case_id, Notice.voided_at.is_(None))
        .order_by(Notice.no, Post.no)
        .limit(LISTED + 1)
    )
    return work.visible(found, Notice)


def audit(
    work: Work, case_id: str, *, before: int | None = None, limit: int = 100, reads: bool = True
) -> list[AuditRow]:
    """Return the audit trail of a case, newest first; one statement.

    Args:
        work: the unit of work.
        case_id: the case.
        before: only events older than this sequence number.
        limit: most rows.
        reads: with the events that only say who looked at something.
    """
    shape = {"before": before, "limit": limit, "reads": reads}
    return [
        AuditRow(event.seq, event.at, actor, event.action, event.object_type, shown, _reason(body), event.hash)
        for event, body, actor, shown in execute(work, _audit_rows, {"case_id": case_id}, **shape)
    ]


def _audit_rows(work: Work, case_id: str, *, before: int | None, limit: int, reads: bool) -> Rows:
    number = func.coalesce(EvidenceItem.no, Notice.no, Document.no)
    found = (
        select(AuditEvent, AuditDetail.body, User.display, number)
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .outerjoin(User, AuditEvent.actor_id == User.id)
        .outerjoin(EvidenceItem, AuditEvent.object_id == EvidenceItem.id)
        .outerjoin(Notice, AuditEvent.object_id == Notice.id)
        .outerjoin(Document, AuditEvent.object_id == Document.id)
        .where(AuditEvent.case_id == case_id)
        .order_by(AuditEvent.seq.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.where(AuditEvent.seq < before)
    if not reads:
        found = found.where(AuditEvent.action.not_in(READS))
    return work.visible(found, AuditEvent)


def _reason(body: str | None) -> str | None:
    """Return the written reason of an event; None when it has none or was lawfully erased."""
    if body is None:
        return None
    read = json.loads(body)
    reason = read.get("reason") if isinstance(read, dict) else None
    return reason if isinstance(reason, str) else None
