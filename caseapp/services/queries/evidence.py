"""Evidence: the register, and one item with its custody chain."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select

from caseapp.domain.errors import NotFoundError
from caseapp.domain.workflow import EVIDENCE_ITEM
from caseapp.models import (
    Account,
    Capture,
    Case,
    CustodyDetail,
    CustodyEvent,
    EvidenceItem,
    Exhibit,
    Post,
    User,
)
from caseapp.services.queries.case import named
from caseapp.services.queries.rows_evidence import CustodyRow, EvidenceDetail
from caseapp.services.work import Work


def item_row(work: Work, key: str) -> EvidenceItem:
    """Return the visible evidence item of a number.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
    """
    wanted = named(select(EvidenceItem), EvidenceItem, key).order_by(EvidenceItem.sample).limit(1)
    found = work.session.scalar(work.visible(wanted, EvidenceItem))
    if not isinstance(found, EvidenceItem):
        raise NotFoundError(kind=EVIDENCE_ITEM.label)
    return found


def detail(work: Work, row: EvidenceItem) -> EvidenceDetail:
    """Return everything the page of an item says; three statements."""
    about = work.session.execute(
        select(Capture, Post.text, Account.identity_level)
        .select_from(EvidenceItem)
        .outerjoin(Capture, EvidenceItem.capture_id == Capture.id)
        .outerjoin(Post, EvidenceItem.post_id == Post.id)
        .outerjoin(Account, Post.account_id == Account.id)
        .where(EvidenceItem.id == row.id)
    ).one()
    capture: Capture | None = about[0]
    names = ("number:no", "sample", "title", "kind", "proves", "obtained_at", "package_id", "seal_id", "sha256", "size",
             "files", "facts", "seal_state", "log_index", "logged_at", "stamps", "test_stamps", "stamped_at",
             "verified_at", "grade", "status", "privileged", "hold", "id",
             "hold_reason", "version", "source", "original_or_copy", "disposal_requested_by")  # fmt: skip
    values = {name.split(":")[0]: getattr(row, name.split(":")[-1]) for name in names}
    return EvidenceDetail(
        **values,
        url=(capture.final_url or capture.url) if capture else None,
        capture_no=capture.no if capture else None,
        capture_result=capture.result if capture else None,
        outcome=capture.outcome if capture else None,
        outcome_words=capture.outcome_words if capture else None,
        missing=list(capture.missing) if capture else [],
        error_zh=capture.error_zh if capture else None,
        error_en=capture.error_en if capture else None,
        started_at=capture.started_at if capture else None,
        steps=list(capture.steps) if capture else [],
        text=(capture.text if capture else None) or about[1] or redacted_text(row),
        account_identity=about[2],
        exhibits=exhibits(work, row.id),
        custody=custody(work, row.id),
    )


def redacted_text(row: EvidenceItem) -> str | None:
    """Return the text of a redacted copy as it was masked."""
    facts = row.facts.get("redaction") if row.derived_from_id else None
    return str(facts.get("text") or "") or None if isinstance(facts, dict) else None


def exhibits(work: Work, evidence_id: str) -> list[tuple[str, bool, str]]:
    """Return the item's places in lists of evidence: case number, sample flag, exhibit number; one statement."""
    found = (
        select(Case.no, Case.sample, Exhibit.exhibit_no)
        .select_from(Exhibit)
        .join(Case, Exhibit.case_id == Case.id)
        .where(Exhibit.evidence_id == evidence_id, Exhibit.voided_at.is_(None))
        .order_by(Case.no)
    )
    return [(number, sample, exhibit) for number, sample, exhibit in work.session.execute(work.visible(found, Exhibit))]


def custody(work: Work, evidence_id: str) -> list[CustodyRow]:
    """Return the custody chain, oldest first; one statement."""
    found = (
        select(CustodyEvent, CustodyDetail.body, User.display)
        .outerjoin(CustodyDetail, CustodyDetail.event_id == CustodyEvent.id)
        .outerjoin(User, CustodyEvent.actor_id == User.id)
        .where(CustodyEvent.evidence_id == evidence_id)
        .order_by(CustodyEvent.seq)
    )
    return [
        CustodyRow(
            event.seq, event.type, event.at, actor, _reason(body), str(event.leaf.get("outcome", "")), event.hash
        )
        for event, body, actor in work.session.execute(work.visible(found, CustodyEvent))
    ]


def viewed_since(work: Work, evidence_id: str, moment: datetime) -> bool:
    """Say whether the person at work already looked at the item since ``moment``; one statement."""
    found = select(CustodyEvent.id).where(
        CustodyEvent.evidence_id == evidence_id,
        CustodyEvent.type == "view",
        CustodyEvent.actor_id == work.actor.user_id,
        CustodyEvent.at >= moment,
    )
    return work.session.scalar(found.limit(1)) is not None


def file_viewed_since(work: Work, evidence_id: str, name: str, moment: datetime) -> bool:
    """Say whether the person at work already opened a file of the item since ``moment``; one statement."""
    found = (
        select(CustodyDetail.body)
        .join(CustodyEvent, CustodyDetail.event_id == CustodyEvent.id)
        .where(
            CustodyEvent.evidence_id == evidence_id,
            CustodyEvent.type == "view",
            CustodyEvent.actor_id == work.actor.user_id,
            CustodyEvent.at >= moment,
        )
    )
    return any(_reason(body) == name for body in work.session.scalars(found))


def _reason(body: str | None) -> str | None:
    read = json.loads(body) if body else None
    reason = read.get("reason") if isinstance(read, dict) else None
    return reason if isinstance(reason, str) else None
