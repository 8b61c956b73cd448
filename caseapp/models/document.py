"""Documents, their versions, citations, approvals and the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.domain.vocabulary import CHANNEL, DECISION
from caseapp.models.db import Keyed, Row, one_of, promises


class Document(Row):
    """文书. Number 文-2026-0001. ``kind`` names a folder under templates/; the texts are in its versions."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("no", "sample"),)

    no: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    jurisdiction: Mapped[str] = mapped_column(String(16), default="cn")
    lang: Mapped[str] = mapped_column(String(8), default="zh")
    title: Mapped[str]
    privileged: Mapped[bool] = mapped_column(default=False)
    latest_n: Mapped[int] = mapped_column(default=0)


class DocumentVersion(Row):
    """文书稿: number ``n`` of a document. Its text never changes once it left draft (a trigger refuses).

    Attributes:
        template_version: version of the template folder it was drafted from.
        model: the block model as JSON.
        context: snapshot of the data it was drafted from.
        text_digest: SHA-256 of the canonical model.
        approved_digest: SHA-256 of the frozen PDF, bound by every approval.
        route: approval steps of its kind, in order, as copied when it was submitted.
        pdf_package_id: package in the evidence store that holds the frozen PDF.
    """

    __tablename__ = "document_versions"
    __table_args__ = (UniqueConstraint("document_id", "n"), *promises(workflow.DOCUMENT_VERSION))

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    n: Mapped[int]
    status: Mapped[str] = mapped_column(String(24), default=workflow.DOCUMENT_VERSION.initial, index=True)
    author_id: Mapped[str] = mapped_column(String(64))
    template_version: Mapped[str] = mapped_column(String(32))
    model: Mapped[dict[str, Any]]
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    findings: Mapped[list[Any]] = mapped_column(default=list)
    text_digest: Mapped[str] = mapped_column(String(64))
    diff_of_n: Mapped[int | None]
    note: Mapped[str | None]
    route: Mapped[list[Any]] = mapped_column(default=list)
    submitted_by: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    approved_digest: Mapped[str | None] = mapped_column(String(64))
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None]
    pdf_package_id: Mapped[str | None] = mapped_column(String(64))
    pdf_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    docx_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_by: Mapped[str | None] = mapped_column(String(64))
    signed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]


class Citation(Keyed):
    """A version's sentence cites an evidence item, a legal basis or a damage item."""

    __tablename__ = "citations"
    __table_args__ = (UniqueConstraint("version_id", "sentence_id", "target_type", "target_key"),)

    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id"))
    sentence_id: Mapped[str] = mapped_column(String(64))
    target_type: Mapped[str] = mapped_column(String(24))
    target_key: Mapped[str] = mapped_column(String(128), index=True)
    shown: Mapped[str | None]


class Approval(Keyed):
    """审批: one decision on one step, bound to the digest of what was approved; only added."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("version_id", "step", "approver_id"),
        one_of("decision", DECISION),
        CheckConstraint("approver_id <> author_id", name="not_author"),
        CheckConstraint("decision <> 'approved' OR approved_digest IS NOT NULL", name="digest"),
    )

    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id"))
    step: Mapped[int]
    role: Mapped[str | None] = mapped_column(String(16))
    author_id: Mapped[str] = mapped_column(String(64))
    approver_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(String(16))
    comment: Mapped[str | None]
    approved_digest: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class Dispatch(Row):
    """发出: one row of the outbox. ``dispatch_key`` makes sending repeatable; ``sent_digest`` is what went out."""

    __tablename__ = "dispatches"
    __table_args__ = (UniqueConstraint("dispatch_key"), *promises(workflow.DISPATCH), one_of("channel", CHANNEL))

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("document_versions.id"), index=True)
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("notices.id"), index=True)
    dispatch_key: Mapped[str] = mapped_column(String(128))
    channel: Mapped[str] = mapped_column(String(24), default="outbox")
    recipient: Mapped[str]
    address: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(16), default=workflow.DISPATCH.initial, index=True)
    sent_digest: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    tracking: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    arrival_note: Mapped[str | None]
    arrival_evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"), index=True)
    error: Mapped[str | None]
