"""Publications of statements."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain import workflow
from caseapp.models.db import Row, promises


class Publication(Row):
    """发布: a statement's approved version, published at a URL and captured by ourselves."""

    __tablename__ = "publications"
    __table_args__ = promises(workflow.PUBLICATION)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("document_versions.id"))
    channel: Mapped[str]
    official_account: Mapped[str | None]
    url: Mapped[str | None]
    scheduled_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(16), default=workflow.PUBLICATION.initial)
    published_by: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_items.id"))
    corrected_by_id: Mapped[str | None] = mapped_column(ForeignKey("publications.id"))
    retracted_by: Mapped[str | None] = mapped_column(String(64))
    retracted_at: Mapped[datetime | None]
