"""The way each table is reached from cases: the links, parents and registers of the one visibility filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import aliased

from caseapp.domain.visibility import Reach
from caseapp.models import (
    Account,
    Appearance,
    Approval,
    Base,
    Capture,
    Case,
    CaseIncident,
    CaseStage,
    Citation,
    ClaimEvidence,
    Correspondence,
    CorrespondenceEvidence,
    CounterNotice,
    CustodyEvent,
    DamageEvidence,
    DamageItem,
    Deadline,
    Dispatch,
    Disposal,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Filing,
    Handover,
    Incident,
    Inventory,
    Job,
    LoginProfile,
    Membership,
    MetricSnapshot,
    Notice,
    NoticeEvent,
    NoticeItem,
    Organization,
    Party,
    Platform,
    Post,
    PostIncident,
    Procedure,
    Publication,
    Relief,
    RumorClaim,
    Scrub,
    ShareLink,
    Task,
    User,
)  # fmt: skip

Links = tuple[Any, ...]
"""Case ids of a row: column expressions (or plain values, of an instance) and selects of case ids."""


def _incident(incident_id: Any) -> Select[Any]:
    return select(CaseIncident.case_id).where(CaseIncident.incident_id == incident_id, CaseIncident.voided_at.is_(None))


def _post(post_id: Any) -> Select[Any]:
    return (
        select(CaseIncident.case_id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .where(PostIncident.post_id == post_id, PostIncident.state == "confirmed", CaseIncident.voided_at.is_(None))
    )


def _account(account_id: Any) -> Select[Any]:
    return (
        select(CaseIncident.case_id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .join(Post, Post.id == PostIncident.post_id)
        .where(Post.account_id == account_id, PostIncident.state == "confirmed", CaseIncident.voided_at.is_(None))
    )


def _evidence(row: Any) -> Links:
    of_claim = (
        select(CaseIncident.case_id)
        .join(RumorClaim, RumorClaim.incident_id == CaseIncident.incident_id)
        .join(ClaimEvidence, ClaimEvidence.claim_id == RumorClaim.id)
        .where(ClaimEvidence.evidence_id == row.id, CaseIncident.voided_at.is_(None))
    )
    of_damage = (
        select(DamageItem.case_id)
        .join(DamageEvidence, DamageEvidence.damage_id == DamageItem.id)
        .where(DamageEvidence.evidence_id == row.id, DamageEvidence.voided_at.is_(None))
    )
    of_letter = (
        select(Correspondence.case_id)
        .join(CorrespondenceEvidence, CorrespondenceEvidence.correspondence_id == Correspondence.id)
        .where(CorrespondenceEvidence.evidence_id == row.id, CorrespondenceEvidence.voided_at.is_(None))
    )
    frozen_pdf = (
        select(Document.case_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.pdf_evidence_id == row.id)
    )
    of_answer = (
        select(Notice.case_id)
        .join(NoticeEvent, NoticeEvent.notice_id == Notice.id)
        .where(NoticeEvent.evidence_id == row.id)
    )
    # The most frequent first: the first link found decides.
    return (
        _post(row.post_id),
        select(Capture.case_id).where(Capture.id == row.capture_id, Capture.case_id.is_not(None)),
        select(Exhibit.case_id).where(Exhibit.evidence_id == row.id, Exhibit.voided_at.is_(None)),
        frozen_pdf,
        select(Dispatch.case_id).where(Dispatch.arrival_evidence_id == row.id),
        select(Notice.case_id).where(Notice.receipt_evidence_id == row.id),
        of_answer,
        select(CounterNotice.case_id).where(CounterNotice.evidence_id == row.id),
        select(Deadline.case_id).where(Deadline.proof_evidence_id == row.id, Deadline.case_id.is_not(None)),
        of_claim,
        of_damage,
        of_letter,
        *_of_original(row),
    )


def _of_original(row: Any) -> Links:
    """A redacted copy goes where its original goes: the same cases, the same walls; one look-up for copies alone."""
    key = row.derived_from_id
    if isinstance(row, EvidenceItem) and key is None:
        return ()
    original = aliased(EvidenceItem)
    live = CaseIncident.voided_at.is_(None)
    at = union_all(
        select(Exhibit.evidence_id.label("evidence_id"), Exhibit.case_id.label("case_id")).where(
            Exhibit.voided_at.is_(None)
        ),
        select(original.id, Capture.case_id).join(Capture, Capture.id == original.capture_id),
        select(original.id, CaseIncident.case_id)
        .join(PostIncident, PostIncident.post_id == original.post_id)
        .join(CaseIncident, CaseIncident.incident_id == PostIncident.incident_id)
        .where(PostIncident.state == "confirmed", live),
        select(DocumentVersion.pdf_evidence_id, Document.case_id).join(
            Document, Document.id == DocumentVersion.document_id
        ),
        select(Dispatch.arrival_evidence_id, Dispatch.case_id),
        select(Notice.receipt_evidence_id, Notice.case_id),
        select(NoticeEvent.evidence_id, Notice.case_id).join(Notice, Notice.id == NoticeEvent.notice_id),
        select(CounterNotice.evidence_id, CounterNotice.case_id),
        select(Deadline.proof_evidence_id, Deadline.case_id),
        select(ClaimEvidence.evidence_id, CaseIncident.case_id)
        .join(RumorClaim, RumorClaim.id == ClaimEvidence.claim_id)
        .join(CaseIncident, CaseIncident.incident_id == RumorClaim.incident_id)
        .where(live),
        select(DamageEvidence.evidence_id, DamageItem.case_id)
        .join(DamageItem, DamageItem.id == DamageEvidence.damage_id)
        .where(DamageEvidence.voided_at.is_(None)),
        select(CorrespondenceEvidence.evidence_id, Correspondence.case_id)
        .join(Correspondence, Correspondence.id == CorrespondenceEvidence.correspondence_id)
        .where(CorrespondenceEvidence.voided_at.is_(None)),
    ).subquery()
    found = select(at.c.case_id).where(at.c.evidence_id == key, at.c.case_id.is_not(None))
    return (found if isinstance(row, EvidenceItem) else found.where(key.is_not(None)),)


def _own_case(row: Any) -> Links:
    return (row.case_id,)


LINKS: Final[Mapping[type[Base], Callable[[Any], Links]]] = {
    Case: lambda row: (row.id,),
    Incident: lambda row: (_incident(row.id),),
    RumorClaim: lambda row: (_incident(row.incident_id),),
    PostIncident: lambda row: (_incident(row.incident_id),),
    Post: lambda row: (_post(row.id),),
    Account: lambda row: (_account(row.id),),
    MetricSnapshot: lambda row: (_post(row.post_id),),
    Capture: lambda row: (row.case_id, _post(row.post_id)),
    EvidenceItem: _evidence,
    Deadline: lambda row: (row.case_id, _incident(row.incident_id)),
    Task: lambda row: (row.case_id, _incident(row.incident_id)),
    **dict.fromkeys(
        (CaseIncident, Party, Relief, Exhibit, Document, Dispatch, Notice, CounterNotice, DamageItem, Correspondence,
         Publication, Membership), _own_case,
    ),
}  # fmt: skip
PARENT: Final[Mapping[type[Base], tuple[str, type[Base]]]] = {
    CaseStage: ("case_id", Case),
    Appearance: ("claim_id", RumorClaim),
    ClaimEvidence: ("claim_id", RumorClaim),
    CustodyEvent: ("evidence_id", EvidenceItem),
    Handover: ("evidence_id", EvidenceItem),
    Filing: ("evidence_id", EvidenceItem),
    Disposal: ("evidence_id", EvidenceItem),
    Scrub: ("evidence_id", EvidenceItem),
    ShareLink: ("evidence_id", EvidenceItem),
    DocumentVersion: ("document_id", Document),
    Citation: ("version_id", DocumentVersion),
    Approval: ("version_id", DocumentVersion),
    NoticeItem: ("notice_id", Notice),
    NoticeEvent: ("notice_id", Notice),
    DamageEvidence: ("damage_id", DamageItem),
    CorrespondenceEvidence: ("correspondence_id", Correspondence),
}
REGISTERS: Final = (Organization, Platform, User, Job, LoginProfile, Procedure, Inventory)
REACH: Final[Mapping[type[Base], Reach]] = {
    Case: Reach.CASE,
    Membership: Reach.CASE,
    **dict.fromkeys((EvidenceItem, Exhibit, Capture, MetricSnapshot), Reach.EVIDENCE),
    Publication: Reach.REPORT,
}
