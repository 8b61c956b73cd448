"""The firm's own logged-in accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.vocabulary import LOGIN_STATUS
from caseapp.models.db import Row, one_of


class LoginProfile(Row):
    """登录身份: an account of the firm that captures may carry; voiding it is revoking it.

    Attributes:
        name: what the record calls it.
        hosts: where it is good for, blank between names.
        sealed_state: cookies and storage, encrypted (``caseapp.logins``); gone once revoked.
        status: usable, or a visit found that the site wants to be signed in again.
        pause_seconds: least seconds between two visits with it.
    """

    __tablename__ = "login_profiles"
    __table_args__ = (
        UniqueConstraint("name", "sample"),
        one_of("status", LOGIN_STATUS),
        CheckConstraint("pause_seconds >= 0", name="pause_seconds"),
    )

    name: Mapped[str] = mapped_column(String(100))
    hosts: Mapped[str]
    sealed_state: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(16), default="usable")
    imported_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    pause_seconds: Mapped[int] = mapped_column(default=30)
