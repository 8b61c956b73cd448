"""Incidents, rumor claims and the counter-evidence of a claim."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import CLAIM_KIND, CLAIM_VERDICT, POST_VERDICT, SEVERITY, SIX_TYPE
from caseapp.models.db import Row, one_of, promises


class Incident(Row):
    """谣言事件. Number 谣-2026-0001."""

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        *promises(workflow.INCIDENT),
        one_of("severity", SEVERITY, optional=True),
        one_of("six_type", SIX_TYPE, optional=True),
        one_of("verdict", POST_VERDICT, optional=True),
    )

    no: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    summary: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(16), default=workflow.INCIDENT.initial, index=True)
    severity: Mapped[str | None] = mapped_column(String(4))
    six_type: Mapped[str | None] = mapped_column(String(16))
    verdict: Mapped[str | None] = mapped_column(String(24))
    verdict_reason: Mapped[str | None]
    triaged_by: Mapped[str | None] = mapped_column(String(64))
    triaged_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    detected_at: Mapped[datetime]
    response_due_at: Mapped[datetime | None]
    first_responded_at: Mapped[datetime | None]
    earliest_captured_post_id: Mapped[str | None] = mapped_column(
        ForeignKey("posts.id", use_alter=True, name="fk_incidents_earliest_captured_post_id")
    )
    playbook: Mapped[str | None]
    evaluation: Mapped[str | None]
    review_note: Mapped[str | None]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    relapse_of_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    closed_at: Mapped[datetime | None]


class RumorClaim(Row):
    """谣言主张: the exact quote, a neutral restatement, what kind of assertion, and the verdict with its verifier."""

    __tablename__ = "rumor_claims"
    __table_args__ = (
        UniqueConstraint("incident_id", "quote"),
        UniqueConstraint("no", "sample"),
        one_of("kind", CLAIM_KIND),
        one_of("verdict", CLAIM_VERDICT, optional=True),
        CheckConstraint(
            "verdict IS NULL OR (verified_by IS NOT NULL AND verified_at IS NOT NULL AND rationale IS NOT NULL)",
            name="verdict_has_verifier",
        ),
    )

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    no: Mapped[str] = mapped_column(String(32))
    quote: Mapped[str]
    neutral: Mapped[str]
    subject: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(16), default="fact")
    verdict: Mapped[str | None] = mapped_column(String(16))
    verified_by: Mapped[str | None] = mapped_column(String(64))
    verified_at: Mapped[datetime | None]
    rationale: Mapped[str | None]
    first_seen_at: Mapped[datetime | None]


class ClaimEvidence(Row):
    """An evidence item speaks against (or for) a rumor claim."""

    __tablename__ = "claim_evidence"
    __table_args__ = (UniqueConstraint("claim_id", "evidence_id"),)

    claim_id: Mapped[str] = mapped_column(ForeignKey("rumor_claims.id"))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    proves: Mapped[str | None]
    supports: Mapped[bool] = mapped_column(default=False)
