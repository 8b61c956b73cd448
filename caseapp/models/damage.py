"""Damage items and the evidence each rests on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import DAMAGE_CONFIDENCE, DAMAGE_HEAD, DAMAGE_SCOPE
from caseapp.models.db import Row, one_of, promises


class DamageItem(Row):
    """损失项. Amounts are yuan as Decimal, stored as whole fen. There is no kind for paid deletion.

    Attributes:
        gross_fen, avoided_fen: contract amount and what was saved; where both are given, amount = gross - avoided.
        counted: False for an item shown but left out of the totals (the lost-sales estimate, by default).
        sales: the series behind a lost-sales item (``domain.event_study.stored``); amounts in it are texts.
    """

    __tablename__ = "damage_items"
    __table_args__ = (
        *promises(workflow.DAMAGE_ITEM),
        one_of("head", DAMAGE_HEAD),
        one_of("confidence", DAMAGE_CONFIDENCE),
        one_of("scope", DAMAGE_SCOPE),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("gross_fen IS NULL OR avoided_fen IS NULL OR amount_fen = gross_fen - avoided_fen", name="net"),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    post_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"))
    head: Mapped[str] = mapped_column(String(4))
    title: Mapped[str]
    amount_fen: Mapped[Decimal]
    gross_fen: Mapped[Decimal | None]
    avoided_fen: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    period_from: Mapped[date | None] = mapped_column(Date)
    period_to: Mapped[date | None] = mapped_column(Date)
    payer: Mapped[str | None]
    payee: Mapped[str | None]
    formula: Mapped[str | None]
    confidence: Mapped[str] = mapped_column(String(16), default="receipt")
    causation: Mapped[str | None]
    papers: Mapped[str | None]
    basis: Mapped[str | None]
    scope: Mapped[str] = mapped_column(String(16), default="suit")
    counted: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(16), default=workflow.DAMAGE_ITEM.initial)
    evidenced_by: Mapped[str | None] = mapped_column(String(64))
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    reviewed_at: Mapped[datetime | None]
    awarded_fen: Mapped[Decimal | None]
    recovered_fen: Mapped[Decimal | None]
    sales: Mapped[dict[str, Any] | None]


class DamageEvidence(Row):
    """A damage item rests on an evidence item; one is required to leave draft (a trigger refuses otherwise)."""

    __tablename__ = "damage_evidence"
    __table_args__ = (UniqueConstraint("damage_id", "evidence_id"),)

    damage_id: Mapped[str] = mapped_column(ForeignKey("damage_items.id"))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    note: Mapped[str | None]
