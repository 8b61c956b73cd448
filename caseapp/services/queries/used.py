"""Where an item of evidence is used: lists of evidence, claims, losses, documents, notices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, literal, or_, select

from caseapp.models import (
    Case,
    Citation,
    ClaimEvidence,
    DamageEvidence,
    DamageItem,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Incident,
    Notice,
    NoticeEvent,
    Platform,
    RumorClaim,
)
from caseapp.services.queries.rows_evidence import UsedRow
from caseapp.services.work import Work

AnySelect = Select[*tuple[Any, ...]]


def used(work: Work, item: EvidenceItem) -> list[UsedRow]:
    """Return where the item is used, as far as the person sees it; five statements."""
    found = (
        work.visible(_exhibits(item), Exhibit),
        work.visible(_claims(item), RumorClaim),
        work.visible(_losses(item), DamageItem),
        work.visible(_documents(item), Document),
        work.visible(_notices(item), Notice),
    )
    return [UsedRow(*row) for statement in found for row in work.session.execute(statement)]


def _exhibits(item: EvidenceItem) -> AnySelect:
    return (
        select(literal("exhibit"), Case.no, Case.sample, Exhibit.exhibit_no, Case.title)
        .select_from(Exhibit)
        .join(Case, Exhibit.case_id == Case.id)
        .where(Exhibit.evidence_id == item.id, Exhibit.voided_at.is_(None))
        .order_by(Case.no)
    )


def _claims(item: EvidenceItem) -> AnySelect:
    return (
        select(literal("claim"), Incident.no, Incident.sample, RumorClaim.quote, Incident.title)
        .select_from(ClaimEvidence)
        .join(RumorClaim, ClaimEvidence.claim_id == RumorClaim.id)
        .join(Incident, RumorClaim.incident_id == Incident.id)
        .where(ClaimEvidence.evidence_id == item.id, ClaimEvidence.voided_at.is_(None))
        .order_by(RumorClaim.no)
    )


def _losses(item: EvidenceItem) -> AnySelect:
    return (
        select(literal("damage"), Case.no, Case.sample, DamageItem.title, Case.title)
        .select_from(DamageEvidence)
        .join(DamageItem, DamageEvidence.damage_id == DamageItem.id)
        .join(Case, DamageItem.case_id == Case.id)
        .where(DamageEvidence.evidence_id == item.id, DamageItem.voided_at.is_(None))
        .order_by(DamageItem.id)
    )


def _documents(item: EvidenceItem) -> AnySelect:
    cited = (
        select(DocumentVersion.document_id)
        .join(Citation, Citation.version_id == DocumentVersion.id)
        .where(Citation.target_type == "evidence", Citation.target_key.in_((item.id, item.no)))
    )
    frozen = select(DocumentVersion.document_id).where(DocumentVersion.pdf_evidence_id == item.id)
    return (
        select(literal("document"), Document.no, Document.sample, Document.title, Case.no)
        .join(Case, Document.case_id == Case.id)
        .where(or_(Document.id.in_(cited), Document.id.in_(frozen)), Document.voided_at.is_(None))
        .order_by(Document.no)
    )


def _notices(item: EvidenceItem) -> AnySelect:
    told = select(NoticeEvent.notice_id).where(NoticeEvent.evidence_id == item.id)
    return (
        select(literal("notice"), Notice.no, Notice.sample, Platform.name, Case.no)
        .join(Case, Notice.case_id == Case.id)
        .join(Platform, Notice.platform_id == Platform.id)
        .where(
            or_(Notice.receipt_evidence_id == item.id, Notice.arrival_evidence_id == item.id, Notice.id.in_(told)),
            Notice.voided_at.is_(None),
        )
        .order_by(Notice.no)
    )
