"""The state of the installation in figures: jobs, last verification, head of the audit chain. No content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select

from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import AuditDetail, AuditEvent, EvidenceItem, Job
from caseapp.services.restamping import ALARM_AFTER, below_k
from caseapp.services.work import Work

RECENT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """A check of the audit chain that was written down."""

    at: datetime
    events: int
    faults: int


@dataclass(frozen=True, slots=True)
class SystemState:
    """What the system says of itself.

    Attributes:
        queued, running: jobs now.
        failed: jobs that ended badly within a day.
        waiting_since: when the oldest job that could run now was ordered.
        beat_at: last sign of life of a job being worked on.
        sealed: evidence items with a package; ``unverified`` were never verified.
        verified_at: the last verification of an item.
        mismatches: items whose bytes are not those that were sealed.
        unstamped: items with fewer time stamps than their own seal wants, a quarter of an hour after they were sealed.
        audit_events: length of the chain; ``audit_head`` its last hash.
        checked: the last check of the chain.
    """

    queued: int
    running: int
    failed: int
    waiting_since: datetime | None
    beat_at: datetime | None
    sealed: int
    unverified: int
    verified_at: datetime | None
    mismatches: int
    unstamped: int
    audit_events: int
    audit_head: str
    audit_at: datetime | None
    checked: AuditCheck | None


def system_state(work: Work, *, sample: bool) -> SystemState:
    """Return the figures; ``sample`` counts the example's evidence too.

    Raises:
        PermissionDeniedError.
    """
    work.require(Permission.SYSTEM_READ)
    session = work.session
    by_status = session.execute(select(Job.status, func.count()).group_by(Job.status))
    jobs: dict[str, int] = {status: count for status, count in by_status}  # noqa: C416 - a row is no pair to mypy
    failed = select(func.count()).select_from(Job).where(Job.status == "failed", Job.finished_at > work.now - RECENT)
    items = select(EvidenceItem).where(EvidenceItem.voided_at.is_(None), EvidenceItem.package_id.is_not(None))
    if not sample:
        items = items.where(EvidenceItem.sample.is_(False))
    rows = items.subquery()
    sealed, verified, latest = session.execute(
        select(func.count(), func.count(rows.c.verified_at), func.max(rows.c.verified_at)).select_from(rows)
    ).one()
    wrong = select(func.count()).select_from(rows).where(rows.c.seal_state == "mismatch")
    # A job that waits for its time (a timestamp authority is away) is no sign of a queue that stands still.
    due = or_(Job.not_before.is_(None), Job.not_before <= work.now)
    late = items.with_only_columns(func.count()).where(below_k(), EvidenceItem.logged_at < work.now - ALARM_AFTER)
    head = session.execute(
        select(AuditEvent.seq, AuditEvent.hash, AuditEvent.at).order_by(AuditEvent.seq.desc()).limit(1)
    ).first()
    return SystemState(
        queued=jobs.get("queued", 0),
        running=jobs.get("running", 0),
        failed=session.scalar(failed) or 0,
        waiting_since=session.scalar(select(func.min(Job.created_at)).where(Job.status == "queued", due)),
        unstamped=session.scalar(late) or 0,
        beat_at=session.scalar(select(func.max(Job.heartbeat_at))),
        sealed=sealed,
        unverified=sealed - verified,
        verified_at=latest,
        mismatches=session.scalar(wrong) or 0,
        audit_events=head.seq if head else 0,
        audit_head=head.hash if head else "",
        audit_at=head.at if head else None,
        checked=last_audit_check(work),
    )


def last_audit_check(work: Work) -> AuditCheck | None:
    """Return the last check of the audit chain that was written down."""
    found = work.session.execute(
        select(AuditEvent.at, AuditDetail.body)
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(AuditEvent.action == Event.AUDIT_VERIFIED)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    after = json.loads(found.body or "{}").get("after", {})
    return AuditCheck(found.at, int(after.get("events", 0)), int(after.get("faults", 0)))
