"""Platforms, accounts, posts, their links to incidents and claims, and figures of spread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import IDENTITY_LEVEL, POST_KIND, POST_VERDICT, SIX_TYPE, STANCE
from caseapp.models.db import Keyed, Row, one_of, promises

_UNJUDGED = text("verdict IS NULL AND voided_at IS NULL")


class Platform(Row):
    """平台: who runs it, where notices go, what it asks for and the time it states."""

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("desk_id", "domain", "sample"),)

    name: Mapped[str]
    domain: Mapped[str]
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    channels: Mapped[list[Any]] = mapped_column(default=list)
    required: Mapped[list[str]] = mapped_column(default=list)
    stated_sla: Mapped[str | None]
    stated_sla_hours: Mapped[int | None]
    last_verified_at: Mapped[datetime | None]


class Account(Row):
    """发布账号, as the platform shows it. ``handles`` keeps earlier display names with their dates."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("platform_id", "uid", "sample"), one_of("identity_level", IDENTITY_LEVEL))

    platform_id: Mapped[str] = mapped_column(ForeignKey("platforms.id"))
    uid: Mapped[str]
    handle: Mapped[str]
    handles: Mapped[list[Any]] = mapped_column(default=list)
    verification: Mapped[str | None]
    ip_location: Mapped[str | None]
    followers: Mapped[int | None] = mapped_column(BigInteger)
    identity_level: Mapped[str] = mapped_column(String(24), default="unknown")
    note: Mapped[str | None]


class Post(Row):
    """涉案内容. ``canonical_url`` is unique; ``verdict`` is the triage gate of notices."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("desk_id", "canonical_url", "sample"),
        UniqueConstraint("no", "sample"),
        *promises(workflow.POST),
        one_of("kind", POST_KIND),
        one_of("verdict", POST_VERDICT, optional=True),
        one_of("six_type", SIX_TYPE, optional=True),
        one_of("stance", STANCE, optional=True),
        CheckConstraint(
            "verdict IS NULL OR (verdict_reason IS NOT NULL AND triaged_by IS NOT NULL)", name="verdict_has_reason"
        ),
        Index("ix_posts_dedupe_key", "dedupe_key"),
        Index("ix_posts_unjudged", "sample", sqlite_where=_UNJUDGED, postgresql_where=_UNJUDGED),
    )

    no: Mapped[str] = mapped_column(String(32))
    canonical_url: Mapped[str]
    url_as_seen: Mapped[str]
    platform_id: Mapped[str | None] = mapped_column(ForeignKey("platforms.id"), index=True)
    platform_post_id: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="text_image")
    title: Mapped[str | None]
    text: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(16))
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None] = mapped_column(String(16))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"))
    repost_of_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"))
    liveness: Mapped[str] = mapped_column(String(24), default=workflow.POST.initial)
    last_checked_at: Mapped[datetime | None]
    relapsed_at: Mapped[datetime | None]
    platform_words: Mapped[str | None]
    proof_evidence_id: Mapped[str | None] = mapped_column(
        ForeignKey("evidence_items.id", use_alter=True, name="fk_posts_proof_evidence_id")
    )
    verdict: Mapped[str | None] = mapped_column(String(24))
    verdict_reason: Mapped[str | None]
    triaged_by: Mapped[str | None] = mapped_column(String(64))
    triaged_role: Mapped[str | None] = mapped_column(String(16))
    triaged_at: Mapped[datetime | None]
    six_type: Mapped[str | None] = mapped_column(String(16))
    stance: Mapped[str | None] = mapped_column(String(16))
    route: Mapped[str | None] = mapped_column(String(32))
    dedupe_key: Mapped[str | None] = mapped_column(String(64))
    simhash: Mapped[str | None] = mapped_column(String(16))
    first_captured_at: Mapped[datetime | None]


class PostIncident(Row):
    """A suggested, confirmed or rejected link of a post to an incident; a rejection is remembered."""

    __tablename__ = "post_incidents"
    __table_args__ = (UniqueConstraint("post_id", "incident_id"), *promises(workflow.SUGGESTION))

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=workflow.SUGGESTION.initial)
    score: Mapped[float | None] = mapped_column(Float)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]


class Appearance(Row):
    """Where a rumor claim appears in a post: the exact span and the quoted words."""

    __tablename__ = "appearances"
    __table_args__ = (
        UniqueConstraint("post_id", "claim_id"),
        *promises(workflow.SUGGESTION),
        CheckConstraint("span_end IS NULL OR span_end > span_start", name="span"),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    claim_id: Mapped[str] = mapped_column(ForeignKey("rumor_claims.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=workflow.SUGGESTION.initial)
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    quoted: Mapped[str | None]
    score: Mapped[float | None] = mapped_column(Float)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]


class MetricSnapshot(Keyed):
    """传播数据 as the page showed it at one moment; never changed. ``raw`` keeps the words shown (1.2万)."""

    __tablename__ = "metric_snapshots"
    __table_args__ = (UniqueConstraint("post_id", "at"),)

    desk_id: Mapped[str | None] = mapped_column(ForeignKey("desks.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    at: Mapped[datetime]
    views: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    reposts: Mapped[int | None] = mapped_column(BigInteger)
    followers: Mapped[int | None] = mapped_column(BigInteger)
    raw: Mapped[dict[str, Any]] = mapped_column(default=dict)
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    sample: Mapped[bool] = mapped_column(default=False)
