"""Cases, their stages, parties, reliefs and linked incidents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import CASE_STAGE, CASE_TYPE, CONFIDENTIALITY, IDENTITY_LEVEL, PARTY_ROLE, SEVERITY
from caseapp.models.db import Keyed, Row, one_of, promises


class Case(Row):
    """案件. Number 案-2026-0001."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        *promises(workflow.CASE),
        one_of("type", CASE_TYPE),
        one_of("stage", CASE_STAGE),
        one_of("severity", SEVERITY, optional=True),
        one_of("confidentiality", CONFIDENTIALITY),
    )

    no: Mapped[str] = mapped_column(String(32))
    title: Mapped[str]
    type: Mapped[str] = mapped_column(String(16), default="enforcement")
    status: Mapped[str] = mapped_column(String(16), default=workflow.CASE.initial, index=True)
    stage: Mapped[str] = mapped_column(String(24), default="evidence")
    severity: Mapped[str | None] = mapped_column(String(4))
    confidentiality: Mapped[str] = mapped_column(String(16), default="internal")
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    principal_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    cause: Mapped[str | None]
    forum_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    court_no: Mapped[str | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)
    hold_basis: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    close_reason: Mapped[str | None]
    close_requested_by: Mapped[str | None] = mapped_column(String(64))
    closed_by: Mapped[str | None] = mapped_column(String(64))
    closed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    impact_assessment: Mapped[str | None]
    impact_assessed_at: Mapped[datetime | None]
    impact_assessed_by: Mapped[str | None] = mapped_column(String(64))


class CaseStage(Keyed):
    """One change of a case's stage; rows are only added."""

    __tablename__ = "case_stages"
    __table_args__ = (one_of("stage", CASE_STAGE),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    stage: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None]


class CaseIncident(Row):
    """A case and an incident belong together."""

    __tablename__ = "case_incidents"
    __table_args__ = (UniqueConstraint("case_id", "incident_id"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)


class Party(Row):
    """当事人: an organization, an account or a natural person, in one role of one case."""

    __tablename__ = "parties"
    __table_args__ = (
        one_of("role", PARTY_ROLE),
        one_of("identity_level", IDENTITY_LEVEL),
        Index("ix_parties_case_id_role", "case_id", "role"),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    role: Mapped[str] = mapped_column(String(16))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    identity_level: Mapped[str] = mapped_column(String(24), default="unknown")
    note: Mapped[str | None]


class Relief(Row):
    """诉讼请求: what we ask a court for."""

    __tablename__ = "reliefs"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]
    basis: Mapped[str | None]
    order_no: Mapped[int] = mapped_column(default=0)
    scope: Mapped[str | None]
