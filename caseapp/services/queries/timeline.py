"""时间轴: what happened out there (事实轴) and what we did about it (处置轴), each with when, how exact, how known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import aliased

from caseapp.models import (
    Account,
    Capture,
    Case,
    CounterNotice,
    Dispatch,
    Document,
    DocumentVersion,
    EvidenceItem,
    Notice,
    NoticeEvent,
    Platform,
    Post,
    Publication,
)
from caseapp.services.queries.case import evidence_of, posts_of
from caseapp.services.queries.matter import letters_of, stages_of
from caseapp.services.queries.rows import EvidenceKey
from caseapp.services.queries.tabs import evidence_keys
from caseapp.services.work import Work

MOST: Final = 1000
FACT, DEED = "fact", "deed"
OF_PLATFORM: Final = frozenset(
    {
        "acknowledged", "more_info", "forwarded_to_user", "refused", "item_refused", "measure_taken", "item_restored",
        "relapsed", "item_relapsed", "counter_notice",
    }
)  # fmt: skip
"""Events of a notice that are the platform's or the publisher's doing; everything else is ours."""
BEFORE_COURT: Final = frozenset({"interim", "first_instance", "second_instance", "enforcement"})
"""Stages of a case that are a court's."""
REPEATED: Final = frozenset({"item_verified_down", "item_relapsed", "item_refused"})


@dataclass(frozen=True, slots=True)
class TimeMark:
    """One mark of the timeline.

    Attributes:
        at: when; None for what is only known to have happened.
        lane: ``fact`` (out there) or ``deed`` (ours).
        kind: what sort of mark; the page has a word for each.
        title: other people's words, or a number.
        detail: what more is known.
        precision: exact, or one of ``PRECISIONS`` of what a page showed; None where nothing was noted.
        source: how it is known: shown (by the page), capture, receipt, record, hand.
        hot: trouble: a rumor, a relapse, a refusal.
        earliest: the earliest known of the case.
        court: it went to or came from a court, or is a stage before one.
        object: kind and number of what it is about, for a link.
        proofs: the evidence that shows it.
    """

    at: datetime | None
    lane: str
    kind: str
    title: str
    source: str
    detail: str = ""
    precision: str | None = "exact"
    hot: bool = False
    earliest: bool = False
    court: bool = False
    object: tuple[str, str, bool] | None = None
    proofs: tuple[EvidenceKey, ...] = ()


def timeline(work: Work, case_id: str) -> list[TimeMark]:
    """Return every mark of a case in order; what has no time comes last."""
    marks = [
        *_posts(work, case_id),
        *_notices(work, case_id),
        *_counter_notices(work, case_id),
        *_letters(work, case_id),
        *_captures(work, case_id),
        *_papers(work, case_id),
        *_publications(work, case_id),
        *_case(work, case_id),
    ]
    dated = sorted((mark.at, at) for at, mark in enumerate(marks) if mark.at is not None)
    return [*(marks[at] for _when, at in dated), *(mark for mark in marks if mark.at is None)][:MOST]


def _posts(work: Work, case_id: str) -> Iterator[TimeMark]:
    found = (
        select(Post, Platform.name, Account.handle)
        .outerjoin(Platform, Post.platform_id == Platform.id)
        .outerjoin(Account, Post.account_id == Account.id)
        .where(Post.id.in_(posts_of(case_id)), Post.voided_at.is_(None))
        .order_by(Post.published_at)
        .limit(MOST)
    )
    rows = work.session.execute(work.visible(found, Post)).all()
    proofs = evidence_keys(work, case_id)
    known = [row.published_at for row, *_more in rows if row.published_at is not None]
    first = min(known, default=None)
    for row, platform, handle in rows:
        who = " ".join(f"{part}" for part in (platform, f"“{handle}”" if handle else None) if part)
        harm = row.verdict in {"false_fact", "insult", "impersonation", "leak"}
        about = ("post", row.no, row.sample)
        cites = tuple(proofs.get(row.id, ()))
        yield TimeMark(
            row.published_at, FACT, "post", row.title or row.text or row.no, "shown", who, row.published_precision,
            hot=harm, earliest=first is not None and row.published_at == first, object=about, proofs=cites,
        )  # fmt: skip
        if row.relapsed_at is not None:
            yield TimeMark(
                row.relapsed_at, FACT, "relapse", row.title or row.no, "capture", who, hot=True, object=about,
                proofs=cites,
            )  # fmt: skip


def _notices(work: Work, case_id: str) -> Iterator[TimeMark]:
    proof = aliased(EvidenceItem)
    found = (
        select(NoticeEvent, Notice.no, Notice.sample, Platform.name, proof.no, proof.sample)
        .join(Notice, NoticeEvent.notice_id == Notice.id)
        .join(Platform, Notice.platform_id == Platform.id)
        .outerjoin(proof, NoticeEvent.evidence_id == proof.id)
        .where(Notice.case_id == case_id, Notice.voided_at.is_(None), NoticeEvent.retracts_id.is_(None))
        .order_by(NoticeEvent.at)
        .limit(MOST)
    )
    retracted = select(NoticeEvent.retracts_id).where(NoticeEvent.retracts_id.is_not(None))
    found = found.where(NoticeEvent.id.not_in(retracted))
    seen: set[tuple[str, str, datetime]] = set()
    for row, number, sample, platform, proof_no, proof_sample in work.session.execute(work.visible(found, Notice)):
        key = (number, row.event, row.at)
        if row.event in REPEATED and key in seen:
            continue  # one line an address would bury the rest
        seen.add(key)
        theirs = row.event in OF_PLATFORM
        yield TimeMark(
            row.at, FACT if theirs else DEED, f"notice.{row.event}", platform,
            "receipt" if proof_no else "hand" if theirs else "record", row.text or "",
            hot=row.event in {"refused", "relapsed", "item_relapsed", "overdue"}, object=("notice", number, sample),
            proofs=(EvidenceKey(proof_no, proof_sample),) if proof_no else (),
        )  # fmt: skip


def _counter_notices(work: Work, case_id: str) -> Iterator[TimeMark]:
    proof = aliased(EvidenceItem)
    found = (
        select(CounterNotice, Notice.no, Notice.sample, proof.no, proof.sample)
        .join(Notice, CounterNotice.notice_id == Notice.id)
        .outerjoin(proof, CounterNotice.evidence_id == proof.id)
        .where(CounterNotice.case_id == case_id, CounterNotice.voided_at.is_(None))
        .limit(MOST)
    )
    for row, number, sample, proof_no, proof_sample in work.session.execute(work.visible(found, CounterNotice)):
        yield TimeMark(
            row.received_at, FACT, "counter", row.claimant or number, "receipt" if proof_no else "hand",
            row.grounds or "", object=("notice", number, sample),
            proofs=(EvidenceKey(proof_no, proof_sample),) if proof_no else (),
        )  # fmt: skip


def _letters(work: Work, case_id: str) -> Iterator[TimeMark]:
    for row in letters_of(work, case_id):
        received = row.direction == "received"
        yield TimeMark(
            row.at, FACT if received else DEED, f"letter.{row.direction}", row.subject,
            "receipt" if row.attached else "hand", row.party, "minute", court=row.channel == "court",
            proofs=row.attached,
        )  # fmt: skip


def _captures(work: Work, case_id: str) -> Iterator[TimeMark]:
    found = (
        select(EvidenceItem, Capture.purpose)
        .join(Capture, EvidenceItem.capture_id == Capture.id)
        .where(evidence_of(case_id), EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.obtained_at)
        .limit(MOST)
    )
    for row, purpose in work.session.execute(work.visible(found, EvidenceItem)):
        yield TimeMark(
            row.obtained_at, DEED, f"capture.{purpose}", row.title, "capture", object=("evidence", row.no, row.sample),
            proofs=(EvidenceKey(row.no, row.sample),),
        )  # fmt: skip


def _papers(work: Work, case_id: str) -> Iterator[TimeMark]:
    approved = (
        select(Document.no, Document.sample, Document.title, DocumentVersion.approved_at)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(Document.case_id == case_id, DocumentVersion.approved_at.is_not(None), Document.voided_at.is_(None))
        .limit(MOST)
    )
    for number, sample, title, at in work.session.execute(work.visible(approved, Document)):
        yield TimeMark(at, DEED, "document.approved", title, "record", object=("document", number, sample))
    sent = (
        select(Dispatch, Document.no, Document.sample, Document.title)
        .join(DocumentVersion, Dispatch.version_id == DocumentVersion.id)
        .join(Document, DocumentVersion.document_id == Document.id)
        .where(Dispatch.case_id == case_id, Dispatch.voided_at.is_(None), Dispatch.sent_at.is_not(None))
        .limit(MOST)
    )
    for row, number, sample, title in work.session.execute(work.visible(sent, Dispatch)):
        about, court = ("document", number, sample), row.channel == "court"
        yield TimeMark(row.sent_at, DEED, "document.sent", title, "record", row.recipient, court=court, object=about)
        if row.delivered_at is not None:
            source = "receipt" if row.arrival_evidence_id else "hand"
            yield TimeMark(
                row.delivered_at, FACT, "document.arrived", title, source, row.recipient, court=court, object=about
            )


def _publications(work: Work, case_id: str) -> Iterator[TimeMark]:
    proof = aliased(EvidenceItem)
    found = (
        select(Publication, proof.no, proof.sample)
        .outerjoin(proof, Publication.evidence_id == proof.id)
        .where(Publication.case_id == case_id, Publication.voided_at.is_(None))
        .limit(MOST)
    )
    for row, proof_no, proof_sample in work.session.execute(work.visible(found, Publication)):
        proofs = (EvidenceKey(proof_no, proof_sample),) if proof_no else ()
        if row.published_at is not None:
            where = row.official_account or row.channel
            source = "capture" if proofs else "record"
            yield TimeMark(row.published_at, DEED, "publication", where, source, row.url or "", proofs=proofs)
        if row.retracted_at is not None:
            yield TimeMark(row.retracted_at, DEED, "retraction", row.official_account or row.channel, "record")


def _case(work: Work, case_id: str) -> Iterator[TimeMark]:
    case = work.get(Case, case_id)
    if case.opened_at is not None:
        yield TimeMark(case.opened_at, DEED, "case.opened", case.no, "record")
    for stage, at, _who, note in stages_of(work, case_id)[:-1]:  # the first one is the opening itself
        yield TimeMark(at, DEED, f"stage.{stage}", "", "record", note or "", court=stage in BEFORE_COURT)
    if case.closed_at is not None:
        yield TimeMark(case.closed_at, DEED, "case.closed", case.no, "record", case.close_reason or "")
