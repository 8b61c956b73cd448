"""Evidence items, exhibits and the custody chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import EVIDENCE_KIND, GRADE
from caseapp.models.db import Base, Keyed, Row, one_of, promises


class EvidenceItem(Row):
    """证据. Number 证-2026-000345. What is sealed lies in the evidence store under ``package_id``.

    Attributes:
        package_id: SHA-256 of the package's seal.sha256; unique, so registering twice gives one row.
        files: payload name -> {"sha256": hex, "bytes": n}.
        seal_state: how far the seal is (see the ``seal`` workflow).
        stamps: number of timestamp tokens; ``test_stamps`` of them prove nothing (测试时间戳).
        hold: legal hold; no disposal while it is on.
        status_before: where the item goes back to when its disposal is refused or withdrawn.
        privileged: 保密通信: only members with that right see it.
    """

    __tablename__ = "evidence_items"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        UniqueConstraint("package_id"),
        *promises(workflow.EVIDENCE_ITEM),
        *promises(workflow.SEAL),
        one_of("kind", EVIDENCE_KIND),
        one_of("grade", GRADE, optional=True),
        CheckConstraint("status <> 'disposed' OR hold = false", name="hold_keeps"),
    )

    no: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16), default="web_page")
    title: Mapped[str]
    proves: Mapped[str | None]
    source: Mapped[str | None]
    original_or_copy: Mapped[str | None]
    obtained_at: Mapped[datetime]
    capture_id: Mapped[str | None] = mapped_column(ForeignKey("captures.id"), unique=True)
    post_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"), index=True)
    derived_from_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    superseded_by_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    package_id: Mapped[str | None] = mapped_column(String(64))
    seal_id: Mapped[str | None] = mapped_column(String(26))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    files: Mapped[dict[str, Any]] = mapped_column(default=dict)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seal_state: Mapped[str] = mapped_column(String(16), default=workflow.SEAL.initial)
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    logged_at: Mapped[datetime | None]
    stamps: Mapped[int] = mapped_column(default=0)
    test_stamps: Mapped[int] = mapped_column(default=0)
    stamped_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    grade: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(24), default=workflow.EVIDENCE_ITEM.initial, index=True)
    privileged: Mapped[bool] = mapped_column(default=False)
    publishable: Mapped[bool] = mapped_column(default=False)
    sensitivity: Mapped[str | None] = mapped_column(String(16))
    withheld: Mapped[bool] = mapped_column(default=False)
    hold: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str | None]
    status_before: Mapped[str | None] = mapped_column(String(24))
    disposal_requested_by: Mapped[str | None] = mapped_column(String(64))
    disposed_by: Mapped[str | None] = mapped_column(String(64))
    disposed_at: Mapped[datetime | None]


class Exhibit(Row):
    """An evidence item in a case's list: 证1-3, its group, order, pages and what it proves."""

    __tablename__ = "exhibits"
    __table_args__ = (UniqueConstraint("case_id", "evidence_id"), UniqueConstraint("case_id", "exhibit_no"))

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    exhibit_no: Mapped[str] = mapped_column(String(16))
    group_no: Mapped[int] = mapped_column(default=1)
    group_name: Mapped[str | None]
    order_no: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int | None]
    page_from: Mapped[int | None]
    page_to: Mapped[int | None]
    proves: Mapped[str | None]


class CustodyEvent(Keyed):
    """流转记录: one link of an item's custody chain; only added. ``leaf`` holds the bare facts the hash covers."""

    __tablename__ = "custody_events"
    __table_args__ = (UniqueConstraint("evidence_id", "seq"),)

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"))
    seq: Mapped[int]
    type: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))
    leaf: Mapped[dict[str, Any]]
    detail_digest: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    log_index: Mapped[int | None] = mapped_column(BigInteger)


class CustodyDetail(Base):
    """Names and free text of a custody event, apart so that lawful erasure leaves the chain whole."""

    __tablename__ = "custody_details"

    event_id: Mapped[str] = mapped_column(ForeignKey("custody_events.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[str | None]
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[str | None] = mapped_column(String(64))
    erase_basis: Mapped[str | None]
