"""The last look over an item's kept bytes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import SCRUB_OUTCOME
from caseapp.models.db import Base, one_of


class Scrub(Base):
    """例行校验: what the last look over an item's bytes found. The chain of custody has every one; this the newest.

    Attributes:
        outcome: all as sealed, put right from a replica, or damaged.
        objects: files gone over, stamps and receipts included.
        stamps_end: until when at least one time stamp rests on valid certificates; before that its proof is renewed.
        found: what was wrong, in the store's own words.
    """

    __tablename__ = "scrubs"
    __table_args__ = (one_of("outcome", SCRUB_OUTCOME),)

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    objects: Mapped[int] = mapped_column(default=0)
    found: Mapped[str | None]
    stamps_end: Mapped[datetime | None]
