"""Times as packages and logs spell them: RFC 3339, UTC, whole seconds, `2026-03-01T08:00:00Z`. And ULIDs."""

import contextlib
import re
import secrets
from datetime import UTC, datetime
from typing import Final

from evidence_store.errors import FactsRefusedError

_MOMENT: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH: Final = 26


def moment(at: datetime) -> str:
    """Return a time in the one spelling; fractions of a second are dropped.

    Raises:
        FactsRefusedError: The time names no zone.
    """
    if at.tzinfo is None:
        raise FactsRefusedError(f"a time without zone: {at.isoformat()}")
    utc = at.astimezone(UTC)
    return f"{utc.year:04d}-{utc:%m-%dT%H:%M:%SZ}"


def parse_moment(text: object) -> datetime:
    """Return the time of a spelling; anything else is a `FactsRefusedError`."""
    match = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is not None:
        year, month, day, hour, minute, second = map(int, match.groups())
        with contextlib.suppress(ValueError):
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    raise FactsRefusedError(f"not a UTC time of the form 2026-03-01T08:00:00Z: {ascii(text)[:60]}")


def is_moment(text: object) -> bool:
    """Whether a value is a time in the one spelling."""
    try:
        parse_moment(text)
    except FactsRefusedError:
        return False
    return True


def new_ulid(now: datetime | None = None) -> str:
    """Return a fresh ULID: 48 bits of milliseconds, 80 random bits, Crockford base 32.

    Args:
        now: Time to carry; the computer's clock when absent.
    """
    at = datetime.now(UTC) if now is None else now
    if at.tzinfo is None:
        raise FactsRefusedError(f"a time without zone: {at.isoformat()}")
    number = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(_ULID_LENGTH)))
