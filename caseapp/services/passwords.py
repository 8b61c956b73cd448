"""Passwords: argon2id, a few honest rules, and slowing down those who guess."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.models import SignInAttempt

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
_HASHER: Final = PasswordHasher()
_FIELD: Final = Label("密码", "password")
_WINDOW: Final = timedelta(minutes=15)
_LIMITS: Final = {"pair": 5, "login": 20, "ip": 50}
"""Failures within the window before waiting begins: same login and address, same login, same address."""
_FIRST_WAIT: Final = 15
_LONGEST_WAIT: Final = 900


def hash_password(password: str, *, login: str) -> str:
    """Return the argon2id hash of an acceptable password.

    Raises:
        InvalidInputError: too short, too long, or it contains the login.
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < MIN_LENGTH:
        raise InvalidInputError(
            field=_FIELD, problem=Label(f"至少 {MIN_LENGTH} 个字符。", f"use at least {MIN_LENGTH} characters.")
        )
    if len(plain) > MAX_LENGTH:
        raise InvalidInputError(
            field=_FIELD, problem=Label(f"最多 {MAX_LENGTH} 个字符。", f"use at most {MAX_LENGTH} characters.")
        )
    if login.casefold() in plain.casefold() or len(set(plain)) < MIN_LENGTH // 2:
        raise InvalidInputError(
            field=_FIELD,
            problem=Label(
                "不能包含登录名，也不能只用几个字符重复。", "do not use the login or a few repeated characters."
            ),
        )
    return _HASHER.hash(plain)


@functools.cache
def _nobody(hasher: PasswordHasher) -> str:
    """A hash checked when the login is unknown, so that this takes as long as a wrong password."""
    return hasher.hash("nobody signs in with this")


def password_matches(stored: str | None, password: str) -> bool:
    """Check a password in about the same time whether or not the user exists."""
    plain = unicodedata.normalize("NFKC", password[: MAX_LENGTH * 2])
    try:
        _HASHER.verify(stored or _nobody(_HASHER), plain)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def wait_seconds(session: Session, *, login: str, ip: str | None, now: datetime) -> int:
    """Return how long this login from this address must wait before the next attempt (0: not at all)."""
    pair = _failures(session, now, SignInAttempt.login == login, SignInAttempt.ip == ip)
    by_login = _failures(session, now, SignInAttempt.login == login)
    by_ip = _failures(session, now, SignInAttempt.ip == ip) if ip else []
    found = (
        _wait(pair, _LIMITS["pair"], now),
        _wait(by_login, _LIMITS["login"], now),
        _wait(by_ip, _LIMITS["ip"], now),
    )
    return max(found)


def _failures(session: Session, now: datetime, *rules: ColumnElement[bool]) -> list[datetime]:
    """Times of the failures in the window since the last success, newest first."""
    since = now - _WINDOW
    succeeded = session.scalar(
        select(func.max(SignInAttempt.at)).where(*rules, SignInAttempt.ok, SignInAttempt.at > since)
    )
    query = select(SignInAttempt.at).where(*rules, SignInAttempt.ok.is_(False), SignInAttempt.at > (succeeded or since))
    return list(session.scalars(query.order_by(SignInAttempt.at.desc())))


def _wait(failures: Sequence[datetime], limit: int, now: datetime) -> int:
    over = len(failures) - limit
    if over < 0:
        return 0
    pause = min(_FIRST_WAIT * 2 ** min(over, 10), _LONGEST_WAIT)
    left = failures[0] + timedelta(seconds=pause) - now
    return max(0, round(left.total_seconds()))
