"""The audit chain, its erasable details, and the counters of human numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import ACTOR_KIND
from caseapp.models.db import Base, Keyed, one_of


class AuditEvent(Keyed):
    """审计: one deed. Holds opaque facts only; names and values lie in ``AuditDetail``. Only added."""

    __tablename__ = "audit_events"
    __table_args__ = (
        one_of("actor_kind", ACTOR_KIND),
        Index("ix_audit_events_object_type_object_id", "object_type", "object_id"),
    )

    seq: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[str] = mapped_column(String(64), index=True)
    actor_kind: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(String(64))
    detail_digest: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditDetail(Base):
    """Before, after, reason, names and address of one event, as canonical JSON text with its salt.

    A trigger allows one change only: erasing (salt and body to nothing, with who, when and on what basis).
    """

    __tablename__ = "audit_details"

    event_id: Mapped[str] = mapped_column(ForeignKey("audit_events.id"), primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[str | None]
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[str | None] = mapped_column(String(64))
    erase_basis: Mapped[str | None]


class NumberSequence(Base):
    """The last number given out in a register and year; the example counts apart."""

    __tablename__ = "number_sequences"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    sample: Mapped[bool] = mapped_column(primary_key=True, default=False)
    last: Mapped[int] = mapped_column(default=0)
