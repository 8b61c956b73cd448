"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label

_FEN = Decimal(100)
_SORTABLE = "%Y-%m-%dT%H:%M:%S.%fZ"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; a naive one is refused.

    PostgreSQL keeps ``timestamptz``; SQLite keeps it as SQLAlchemy's sortable ISO text without a zone, always UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware time into UTC.

        Raises:
            InvalidInputError: the time names no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInputError(field=Label("时间", "time"), problem=Label("缺少时区。", "it names no time zone."))
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in yuan as ``Decimal`` with two places, stored as whole fen."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> int | None:
        """Turn yuan into fen.

        Raises:
            InvalidInputError: not a Decimal, not finite, or finer than one fen.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite() or value * _FEN != int(value * _FEN):
            raise InvalidInputError(
                field=Label("金额", "amount"),
                problem=Label("须为精确到分的金额。", "it must be an amount exact to the fen."),
            )
        return int(value * _FEN)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        """Return yuan with two places."""
        return None if value is None else (Decimal(value) / _FEN).quantize(Decimal("0.01"))


Json: Any = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON column; written with ``ensure_ascii=False`` so that Chinese keys and values match on SQLite too."""


def rfc3339(value: datetime) -> str:
    """Return an aware time as RFC 3339 UTC with microseconds and "Z"."""
    return value.astimezone(UTC).strftime(_SORTABLE)
