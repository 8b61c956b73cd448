"""Evidence that leaves or enters the house, and links that show it to someone outside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import HANDOVER_DIRECTION, HANDOVER_FORM
from caseapp.models.db import Row, one_of, promises


class Handover(Row):
    """移交. Number 交-2026-0001: one item handed to or received from someone, with a receipt both sides sign.

    Attributes:
        direction: ``out`` (we give) or ``taken`` (we receive).
        form: original, copy or electronic package; ``copies`` of it.
        party: the other side: name, organisation, how it proved who it is.
        handled_by: who handed over or received for us, as printed.
        at: when, UTC; ``due_back``: day a thing lent comes back (Asia/Shanghai).
        package_id: the seal the item had then.
        event_id: the custody event that records it; ``returned_event_id`` that of its return.
        receipt_evidence_id: the signed receipt, registered as evidence.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        *promises(workflow.HANDOVER),
        one_of("direction", HANDOVER_DIRECTION),
        one_of("form", HANDOVER_FORM),
        CheckConstraint("copies > 0", name="copies"),
    )

    no: Mapped[str] = mapped_column(String(32))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    direction: Mapped[str] = mapped_column(String(16))
    form: Mapped[str] = mapped_column(String(16))
    copies: Mapped[int] = mapped_column(default=1)
    party: Mapped[str]
    handled_by: Mapped[str]
    purpose: Mapped[str]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    at: Mapped[datetime]
    due_back: Mapped[date | None] = mapped_column(Date)
    package_id: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(ForeignKey("custody_events.id"))
    returned_event_id: Mapped[str | None] = mapped_column(ForeignKey("custody_events.id"))
    status: Mapped[str] = mapped_column(String(16), default=workflow.HANDOVER.initial)
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None] = mapped_column(String(64))
    receipt_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))


class ShareLink(Row):
    """分享链接: shows one item to someone without an account until it expires; voiding it is revoking it.

    Attributes:
        token_digest: SHA-256 of the token in the link; the token itself is nowhere kept.
        recipient: who it is for, as drawn over everything it shows.
        expires_at: UTC; never later than the longest span from its making.
        views: how often it was opened; ``most_views`` ends it, when set.
    """

    __tablename__ = "share_links"
    __table_args__ = (
        UniqueConstraint("token_digest"),
        CheckConstraint("most_views IS NULL OR most_views > 0", name="most_views"),
    )

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str]
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
    most_views: Mapped[int | None]
    views: Mapped[int] = mapped_column(default=0)
    last_viewed_at: Mapped[datetime | None]
