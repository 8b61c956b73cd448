"""Deadlines and tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import DEADLINE_KIND
from caseapp.models.db import Row, one_of, promises


class Deadline(Row):
    """期限: a computed day with its base event, rule, explanation and state.

    Attributes:
        ordinal: tells apart several deadlines of one rule and base (re-check after 1, 3, 7 days: 1, 3, 7).
        all_day: the deadline is a day; ``due_at`` is then the last second of that day in Asia/Shanghai.
        rolled: moved because the last day is not a working day.
        provisional: why the day may still move (a holiday table not yet published).
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("rule_id", "object_type", "object_id", "base_at", "ordinal"),
        *promises(workflow.DEADLINE),
        one_of("kind", DEADLINE_KIND),
        Index("ix_deadlines_status_due_at", "status", "due_at"),
    )

    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(26))
    rule_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str]
    base_event: Mapped[str]
    base_at: Mapped[datetime]
    base_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    length: Mapped[int | None]
    unit: Mapped[str] = mapped_column(String(16))
    ordinal: Mapped[int] = mapped_column(default=1)
    raw_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    all_day: Mapped[bool] = mapped_column(default=True)
    rolled: Mapped[bool] = mapped_column(default=False)
    provisional: Mapped[str | None]
    explanation_zh: Mapped[str]
    explanation_en: Mapped[str]
    warn_at: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(16), default=workflow.DEADLINE.initial)
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    proof_note: Mapped[str | None]
    proof_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    extension_ref: Mapped[str | None]
    waive_requested_by: Mapped[str | None] = mapped_column(String(64))
    waived_by: Mapped[str | None] = mapped_column(String(64))


class Task(Row):
    """任务. A mandatory one blocks closing its case."""

    __tablename__ = "tasks"
    __table_args__ = (*promises(workflow.TASK), Index("ix_tasks_assignee_id_status", "assignee_id", "status"))

    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    post_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"))
    title: Mapped[str]
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None]
    mandatory: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(16), default=workflow.TASK.initial)
    result: Mapped[str | None]
    done_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
