"""Infringement notices, their items and events, and counter-notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import CHANNEL, MEASURE
from caseapp.models.db import Keyed, Row, one_of, promises

_STANDING = text("outcome NOT IN ('withdrawn', 'moot')")


class Notice(Row):
    """侵权通知 to one platform. Number 函-2026-0001. ``arrived_at`` is proven arrival, from which time runs."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("no", "sample"),
        *promises(workflow.NOTICE),
        one_of("channel", CHANNEL),
        one_of("measure", MEASURE, optional=True),
        CheckConstraint("attempt_no >= 1", name="attempt_no"),
    )

    no: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    platform_id: Mapped[str] = mapped_column(ForeignKey("platforms.id"), index=True)
    principal_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    principal_user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    document_version_id: Mapped[str | None] = mapped_column(ForeignKey("document_versions.id"))
    channel: Mapped[str] = mapped_column(String(24), default="outbox")
    right_basis: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(24), default=workflow.NOTICE.initial, index=True)
    attempt_no: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("notices.id"))
    authorised_by: Mapped[str | None] = mapped_column(String(64))
    authorised_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    arrival_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    acknowledged_at: Mapped[datetime | None]
    receipt_no: Mapped[str | None]
    receipt_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    due_at: Mapped[datetime | None]
    due_rule: Mapped[str | None] = mapped_column(String(64))
    first_contact_at: Mapped[datetime | None]
    forwarded_to_user_at: Mapped[datetime | None]
    measure: Mapped[str | None] = mapped_column(String(16))
    measure_at: Mapped[datetime | None]
    first_down_at: Mapped[datetime | None]
    final_down_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    escalation: Mapped[str | None]
    restart_at: Mapped[datetime | None]
    monitor_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class NoticeItem(Row):
    """One URL of a notice with its own outcome. A post judged 真实投诉 or 正当监督 is refused by a trigger."""

    __tablename__ = "notice_items"
    __table_args__ = (
        UniqueConstraint("notice_id", "post_id"),
        *promises(workflow.NOTICE_ITEM),
        Index(
            "uq_notice_items_attempt", "post_id", "attempt_no", unique=True,
            sqlite_where=_STANDING, postgresql_where=_STANDING,
        ),
    )  # fmt: skip

    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("rumor_claims.id"))
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    attempt_no: Mapped[int] = mapped_column(default=1)
    ground: Mapped[str | None]
    demand: Mapped[str | None]
    outcome: Mapped[str] = mapped_column(String(24), default=workflow.NOTICE_ITEM.initial)
    platform_words: Mapped[str | None]
    first_down_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]


class NoticeEvent(Keyed):
    """What happened to a notice; only added. A mistake is retracted by another event that names it."""

    __tablename__ = "notice_events"
    __table_args__ = (UniqueConstraint("notice_id", "seq"),)

    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(32))
    item_id: Mapped[str | None] = mapped_column(ForeignKey("notice_items.id"))
    text: Mapped[str | None]
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    retracts_id: Mapped[str | None] = mapped_column(ForeignKey("notice_events.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(64))


class CounterNotice(Row):
    """不侵权声明 of a user, forwarded by the platform (Civil Code 1196)."""

    __tablename__ = "counter_notices"
    __table_args__ = (UniqueConstraint("notice_id", "post_id", "received_at"), *promises(workflow.COUNTER_NOTICE))

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    received_at: Mapped[datetime | None]
    forwarded_by: Mapped[str | None]
    claimant: Mapped[str | None]
    grounds: Mapped[str | None]
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    period_due_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(16), default=workflow.COUNTER_NOTICE.initial)
    proposed_decision: Mapped[str | None] = mapped_column(String(16))
    proposed_by: Mapped[str | None] = mapped_column(String(64))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
