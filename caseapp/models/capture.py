"""Captures and background jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import CAPTURE_PURPOSE, CAPTURE_RESULT, GRADE
from caseapp.models.db import Keyed, Row, one_of, promises

_OPEN = text("status IN ('queued', 'running')")
_AT_HOST = text("status = 'running' AND host IS NOT NULL")


class Capture(Row):
    """取证: one request for a URL and what came of it. The same open URL of the same requester is one row.

    Attributes:
        attempt: number of the run that holds the result.
        seal_id: ULID of the package, chosen before sealing, so sealing twice makes one package.
        package_id: SHA-256 of the package's seal.sha256, once admitted.
        outcome: the classifier's word (live, removed, login_wall …).
        missing: what a PARTIAL result lacks.
        facts: the ``capture`` block of seal.json.
        batch_id: the paste it came with; a retry stays in it.
        paused_at: it waits until somebody lets it go on.
        host: whose server it visits; one capture a host runs at a time.
        upload_id: the item a person handed in (用户端取证) that this visit is to bear out; no foreign key, for the
            item may name a capture in its turn.
        profile_id: the login (登录身份) it carries.
    """

    __tablename__ = "captures"
    __table_args__ = (
        *promises(workflow.CAPTURE),
        one_of("purpose", CAPTURE_PURPOSE),
        one_of("result", CAPTURE_RESULT, optional=True),
        one_of("grade", GRADE, optional=True),
        UniqueConstraint("seal_id"),
        Index(
            "uq_captures_open", "url", "requested_by", "purpose", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("uq_captures_host_running", "host", unique=True, sqlite_where=_AT_HOST, postgresql_where=_AT_HOST),
    )  # fmt: skip

    no: Mapped[str | None] = mapped_column(String(32))
    url: Mapped[str]
    post_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    notice_item_id: Mapped[str | None] = mapped_column(
        ForeignKey("notice_items.id", use_alter=True, name="fk_captures_notice_item_id"), index=True
    )
    purpose: Mapped[str] = mapped_column(String(24), default="evidence")
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime]
    retry_of_id: Mapped[str | None] = mapped_column(ForeignKey("captures.id"))
    status: Mapped[str] = mapped_column(String(16), default=workflow.CAPTURE.initial, index=True)
    result: Mapped[str | None] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(32))
    outcome_words: Mapped[str | None]
    grade: Mapped[str | None] = mapped_column(String(16))
    missing: Mapped[list[str]] = mapped_column(default=list)
    attempt: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    final_url: Mapped[str | None]
    title: Mapped[str | None]
    text: Mapped[str | None]
    steps: Mapped[list[Any]] = mapped_column(default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seal_id: Mapped[str | None] = mapped_column(String(26))
    package_id: Mapped[str | None] = mapped_column(String(64))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_zh: Mapped[str | None]
    error_en: Mapped[str | None]
    batch_id: Mapped[str | None] = mapped_column(String(26), index=True)
    paused_at: Mapped[datetime | None]
    host: Mapped[str | None] = mapped_column(String(255))
    upload_id: Mapped[str | None] = mapped_column(String(26), index=True)
    profile_id: Mapped[str | None] = mapped_column(String(26), index=True)


class Job(Keyed):
    """A background job; the truth of which the queue holds a hint.

    A worker takes it with a lease and a fencing number one higher than before, beats while working, and finishes
    with ``WHERE fence = mine``: a worker presumed dead cannot finish after its successor began.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        *promises(workflow.JOB),
        Index("uq_jobs_open", "kind", "object_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_jobs_status_not_before", "status", "not_before"),
    )

    kind: Mapped[str] = mapped_column(String(32))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(26), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(16), default=workflow.JOB.initial)
    fence: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    heartbeat_at: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(128))
    not_before: Mapped[datetime | None]
    step: Mapped[str | None] = mapped_column(String(64))
    step_done: Mapped[int] = mapped_column(default=0)
    step_total: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_zh: Mapped[str | None]
    error_en: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    desk_id: Mapped[str | None] = mapped_column(ForeignKey("desks.id"))
