"""People, their sessions, sign-in attempts and case memberships."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caseapp.domain.permissions import CASE_ROLES, Role
from caseapp.domain.vocabulary import SCOPE
from caseapp.models.db import Keyed, Row, one_of


class User(Row):
    """用户. ``login`` is lower case; ``roles`` are desk and system role codes; the password is an argon2id hash."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(String(64), unique=True)
    display: Mapped[str]
    dept: Mapped[str | None]
    title: Mapped[str | None]
    email: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(default=list)
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(String(16), default="zh_Hans_CN")
    active: Mapped[bool] = mapped_column(default=True)


class UserSession(Keyed):
    """One signed-in device. Only the SHA-256 of the token is kept."""

    __tablename__ = "user_sessions"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(64))
    ip: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(400))


class SignInAttempt(Keyed):
    """One attempt to sign in, kept to slow down guessing by login and by address."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_login_at", "login", "at"),
        Index("ix_sign_in_attempts_ip_at", "ip", "at"),
    )

    login: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    ok: Mapped[bool]


class Membership(Row):
    """案件成员: a person's role and scope in a case; ``wall`` is an explicit denial and wins."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("case_id", "user_id", "role"),
        one_of("role", sorted(CASE_ROLES | {Role.AUDITOR})),
        one_of("scope", SCOPE),
        Index("ix_memberships_user_id_case_id", "user_id", "case_id"),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16), default="all")
    wall: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None]
    granted_by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None]
