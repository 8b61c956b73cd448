"""Archival keeping: how it is done, what is filed where, and that it is still there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import RETENTION
from caseapp.models.db import Row, one_of


class Procedure(Row):
    """操作规程, one version: its text is a sealed item; in force from a day until the next version begins."""

    __tablename__ = "procedures"
    __table_args__ = (
        UniqueConstraint("n", "sample"),
        CheckConstraint("in_force_to IS NULL OR in_force_to > in_force_from", name="in_force"),
    )

    n: Mapped[int]
    title: Mapped[str]
    in_force_from: Mapped[date] = mapped_column(Date)
    in_force_to: Mapped[date | None] = mapped_column(Date)
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"))


class Filing(Row):
    """归档: where an item is filed. Filing it anew changes the row; the trail and the chain of custody tell both.

    Attributes:
        fonds: 全宗; category: 类别; retention: 保管期限.
        place: box or cabinet of the paper.
        procedure_id: the version of the procedure in force then.
    """

    __tablename__ = "filings"
    __table_args__ = (UniqueConstraint("evidence_id"), one_of("retention", RETENTION))

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"))
    fonds: Mapped[str] = mapped_column(String(100))
    category: Mapped[str] = mapped_column(String(100))
    retention: Mapped[str] = mapped_column(String(16))
    place: Mapped[str | None] = mapped_column(String(200))
    filed_at: Mapped[datetime]
    procedure_id: Mapped[str | None] = mapped_column(ForeignKey("procedures.id"))


class Inventory(Row):
    """盘点. Number 盘-2026-0001: one count by a person of what is filed.

    Attributes:
        scope: the fonds counted.
        counted_by: who counted, as printed.
        lines: item key to {"no", "found", "note"}.
        differences: lines not found as filed.
    """

    __tablename__ = "inventories"
    __table_args__ = (UniqueConstraint("no", "sample"),)

    no: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str]
    counted_at: Mapped[datetime]
    counted_by: Mapped[str]
    lines: Mapped[dict[str, Any]]
    differences: Mapped[int] = mapped_column(default=0)
