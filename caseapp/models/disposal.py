"""Disposal of an evidence item: asked for by one person, decided by another, carried out by the machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import DISPOSAL_DECISION
from caseapp.models.db import Row, one_of

_OPEN = text("decision IS NULL")


class Disposal(Row):
    """处置. Number 处-2026-0001: one request, its decision, and how the bytes were erased after it.

    Attributes:
        reason, basis: why, and on what legal basis, in the words of who asked.
        kept_derived: ids of items derived from this one that stay on purpose.
        requested_name, decided_name: the two people, as printed then.
        decision: approved, kept (refused) or withdrawn; None while it waits.
        begun_at: when erasing began; from then on no hold can stop it.
        log_index, checkpoint: the ``erase`` leaf in the evidence log and the signed head that covers it.
        blobs, shared: objects deleted; objects left, for another item holds the same bytes.
        erased_at, replica_at: when they were gone from the store; from the replica too.
    """

    __tablename__ = "disposals"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        one_of("decision", DISPOSAL_DECISION, optional=True),
        CheckConstraint(
            "decision IS NULL OR decision <> 'approved' OR decided_by <> requested_by",
            name="decided_by_not_requested_by",
        ),
        CheckConstraint("begun_at IS NULL OR (decision IS NOT NULL AND decision = 'approved')", name="begun"),
        Index("uq_disposals_open", "evidence_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
    )

    no: Mapped[str] = mapped_column(String(32))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"))
    reason: Mapped[str]
    basis: Mapped[str]
    kept_derived: Mapped[list[Any]] = mapped_column(default=list)
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_name: Mapped[str]
    requested_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    begun_at: Mapped[datetime | None]
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    checkpoint: Mapped[str | None]
    blobs: Mapped[int] = mapped_column(default=0)
    shared: Mapped[int] = mapped_column(default=0)
    erased_at: Mapped[datetime | None]
    replica_at: Mapped[datetime | None]
