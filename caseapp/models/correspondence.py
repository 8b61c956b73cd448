"""来往函件: what came and went in a case outside its notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import DIRECTION, LETTER_CHANNEL
from caseapp.models.db import Row, one_of


class Correspondence(Row):
    """来往函件: a letter, mail, call or meeting, received or sent; ``at`` is when it arrived or left.

    Attributes:
        party: the other side, as it names itself.
        body: what it says: the words themselves, or for a call what was said.
        privileged: 保密通信: with one's lawyers; only members with that right see it.
    """

    __tablename__ = "correspondence"
    __table_args__ = (one_of("direction", DIRECTION), one_of("channel", LETTER_CHANNEL))

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("notices.id"))
    direction: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    party: Mapped[str]
    at: Mapped[datetime]
    subject: Mapped[str]
    body: Mapped[str | None]
    privileged: Mapped[bool] = mapped_column(default=False)


class CorrespondenceEvidence(Row):
    """What came along with it, sealed."""

    __tablename__ = "correspondence_evidence"
    __table_args__ = (UniqueConstraint("correspondence_id", "evidence_id"),)

    correspondence_id: Mapped[str] = mapped_column(ForeignKey("correspondence.id"))
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence_items.id"), index=True)
