"""Notices: the list with every address, and one notice with its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from caseapp.domain import workflow
from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.permissions import Permission
from caseapp.models import (
    Case,
    CounterNotice,
    Deadline,
    DocumentVersion,
    EvidenceItem,
    Notice,
    NoticeEvent,
    NoticeItem,
    Platform,
    Post,
    Task,
    User,
)
from caseapp.services.queries.case import named
from caseapp.services.queries.rows import LISTED, REMOVED, EvidenceKey
from caseapp.services.queries.rows_notices import UNSENT, EventLine, LinkLine, NoticeLine
from caseapp.services.work import Work

_READ = Permission.CASE_READ


def notice_row(work: Work, key: str) -> Notice:
    """Return the visible notice of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    found = work.visible(named(select(Notice).order_by(Notice.sample), Notice, key), Notice)
    row = work.session.scalars(found.where(Notice.voided_at.is_(None))).first()
    if row is None:
        raise NotFoundError(kind=workflow.NOTICE.label)
    if Permission.CASE_READ not in work.permissions(row):
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    return row


def notice_lines(
    work: Work, *, sample: bool = True, case_id: str | None = None, notice_id: str | None = None
) -> list[NoticeLine]:
    """Return the notices this person reads, newest first; three statements.

    Args:
        work: the unit of work.
        sample: include the example's rows.
        case_id: those of one case.
        notice_id: this one alone.
    """
    receipt = aliased(EvidenceItem)
    found = (
        select(Notice, Platform.name, Case.no, Case.sample, Case.title, receipt.no, DocumentVersion)
        .join(Platform, Notice.platform_id == Platform.id)
        .join(Case, Notice.case_id == Case.id)
        .outerjoin(receipt, Notice.receipt_evidence_id == receipt.id)
        .outerjoin(DocumentVersion, Notice.document_version_id == DocumentVersion.id)
        .where(Notice.voided_at.is_(None))
        .order_by(Notice.sample, Notice.no.desc())
        .limit(LISTED + 1)
    )
    if not sample:
        found = found.where(Notice.sample.is_(False))
    if case_id:
        found = found.where(Notice.case_id == case_id)
    if notice_id:
        found = found.where(Notice.id == notice_id)
    granted = granted_by_case(work)
    rows = [row for row in work.session.execute(work.visible(found, Notice)) if _READ in granted(row[0])]
    periods = _periods(work, [row[0].id for row in rows])
    lines = {row[0].id: _line(work, row, periods.get(row[0].id), granted(row[0])) for row in rows}
    _add_links(work, lines)
    return list(lines.values())


def granted_by_case(work: Work) -> Callable[[Notice | Deadline | Task], frozenset[Permission]]:
    """Return a function that says what this person may do with a row, asked once a case and incident."""
    known: dict[tuple[str | None, str | None], frozenset[Permission]] = {}

    def granted(row: Notice | Deadline | Task) -> frozenset[Permission]:
        key = (row.case_id, row.incident_id)
        if key not in known:
            known[key] = work.permissions(row)
        return known[key]

    return granted


def _line(work: Work, row: Any, period: datetime | None, granted: frozenset[Permission]) -> NoticeLine:
    notice, platform, case_no, case_sample, case_title, receipt, version = row
    findings = version.findings if version is not None else ()
    offers = workflow.NOTICE.offers(notice, person=work.actor.person, granted=granted)
    return NoticeLine(
        id=notice.id,
        number=notice.no,
        sample=notice.sample,
        version=notice.version,
        platform=platform,
        status=notice.status,
        attempt=notice.attempt_no,
        channel=notice.channel,
        basis=tuple(notice.right_basis),
        case_no=case_no,
        case_sample=case_sample,
        case_title=case_title,
        created_at=notice.created_at,
        submitted_at=notice.submitted_at,
        arrived_at=notice.arrived_at,
        receipt_no=notice.receipt_no,
        receipt=EvidenceKey(receipt, notice.sample) if receipt else None,
        due_at=notice.due_at,
        due_rule=notice.due_rule,
        period_due_at=period,
        monitor_until=notice.monitor_until,
        escalation=notice.escalation,
        paper=version.status if version is not None else None,
        blocks=sum(finding["severity"] == "block" for finding in findings),
        actions=frozenset(step.action for step in offers),
        may=granted,
    )


def _periods(work: Work, keys: list[str]) -> dict[str, datetime]:
    found = (
        select(CounterNotice.notice_id, CounterNotice.period_due_at)
        .where(
            CounterNotice.notice_id.in_(keys),
            CounterNotice.status == "received",
            CounterNotice.period_due_at.is_not(None),
            CounterNotice.voided_at.is_(None),
        )
        .order_by(CounterNotice.period_due_at.desc())
    )
    return {key: due for key, due in work.session.execute(found) if due is not None}


def _add_links(work: Work, lines: dict[str, NoticeLine]) -> None:
    proof, seen = aliased(EvidenceItem), aliased(EvidenceItem)
    found = (
        select(NoticeItem, Post, seen.no, seen.sample, proof.no, proof.sample)
        .join(Post, NoticeItem.post_id == Post.id)
        .outerjoin(seen, NoticeItem.evidence_id == seen.id)
        .outerjoin(proof, Post.proof_evidence_id == proof.id)
        .where(NoticeItem.notice_id.in_(list(lines)), NoticeItem.voided_at.is_(None))
        .order_by(Post.no)
    )
    for row in work.session.execute(found):
        line = lines[row[0].notice_id]
        line.links.append(_link(line, row))


def _link(line: NoticeLine, row: Any) -> LinkLine:
    item, post, seen, seen_sample, proof, proof_sample = row
    gone = item.first_down_at or item.verified_at
    down = gone is not None and item.outcome in {"removed", "verified_down"}
    return LinkLine(
        id=item.id,
        post_no=post.no,
        title=post.title or post.text,
        url=post.url_as_seen,
        outcome=item.outcome,
        liveness=post.liveness,
        words=item.platform_words,
        checked_at=post.last_checked_at,
        evidence=EvidenceKey(seen, bool(seen_sample)) if seen else None,
        proof=EvidenceKey(proof, bool(proof_sample)) if proof and post.liveness in REMOVED else None,
        took=max(gone - line.arrived_at, timedelta()) if down and line.arrived_at else None,
        sent=line.status not in UNSENT and line.submitted_at is not None,
        notice_no=line.number,
        sample=line.sample,
        platform=line.platform,
        case_no=line.case_no,
        case_sample=line.case_sample,
    )


def notice_events(work: Work, notice_id: str) -> list[EventLine]:
    """Return the history of a notice this person sees, oldest first; one statement."""
    found = (
        select(NoticeEvent, Post.url_as_seen, User.display, EvidenceItem.no, EvidenceItem.sample)
        .outerjoin(NoticeItem, NoticeEvent.item_id == NoticeItem.id)
        .outerjoin(Post, NoticeItem.post_id == Post.id)
        .outerjoin(User, NoticeEvent.recorded_by == User.id)
        .outerjoin(EvidenceItem, NoticeEvent.evidence_id == EvidenceItem.id)
        .where(NoticeEvent.notice_id == notice_id)
        .order_by(NoticeEvent.seq)
    )
    return [
        EventLine(
            event.seq,
            event.at,
            event.event,
            event.text,
            url,
            who,
            EvidenceKey(number, bool(sample)) if number else None,
            event.facts.get("way"),
        )
        for event, url, who, number, sample in work.session.execute(work.visible(found, NoticeEvent))
    ]
