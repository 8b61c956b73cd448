"""Forms on their way: what a person typed and has not sent, and which sent forms were already carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.models.db import Base


class FormReceipt(Base):
    """One carried-out form: the same form sent twice is carried out once.

    Attributes:
        token: random, put into the form when the page was made.
        location: path the first answer led to; None until it is known.
    """

    __tablename__ = "form_receipts"
    __table_args__ = (Index("ix_form_receipts_at", "at"),)

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    location: Mapped[str | None] = mapped_column(String(2000))


class FormDraft(Base):
    """草稿: the values of a form not sent yet, one per person and form; gone when the form is carried out.

    Attributes:
        key: the form's own name, which contains the object it is about.
        values: field name to text.
    """

    __tablename__ = "form_drafts"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    values: Mapped[dict[str, Any]]
    at: Mapped[datetime]
