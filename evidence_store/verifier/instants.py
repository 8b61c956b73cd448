"""Points in time as whole microseconds since 1970-01-01T00:00:00Z: RFC 3339, UTCTime and GeneralizedTime."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.der import GENERALIZED_TIME, UTC_TIME, Node
from evidence_store.verifier.problem import ProblemError

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _bad_time(text: str) -> ProblemError:
    shown = repr(text[:40])
    return ProblemError(f"时间写法不合规：{shown}", f"not a valid time: {shown}")


def _civil(text: str, year: int, month: int, day: int, clock: tuple[int, int, int]) -> int:
    """Microseconds of a UTC date and time; refuses dates and times that do not exist (leap seconds too)."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    hour, minute, second = clock
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and hour <= 23 and minute <= 59 and second <= 59):
        raise _bad_time(text)
    if not 1 <= day <= _MONTH_DAYS[month - 1] + (1 if leap and month == 2 else 0):
        raise _bad_time(text)
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += sum(_MONTH_DAYS[: month - 1]) + (1 if leap and month > 2 else 0) + day - 1
    return days * DAY + (hour * 3600 + minute * 60 + second) * SECOND


def _number(text: str, piece: str) -> int:
    if not (piece.isascii() and piece.isdigit()):
        raise _bad_time(text)
    return int(piece)


def _micros(text: str, fraction: str) -> int:
    """Microseconds of a decimal fraction, 1 to 9 digits, cut off below a microsecond."""
    if not 1 <= len(fraction) <= 9:
        raise _bad_time(text)
    _number(text, fraction)
    return int(fraction[:6].ljust(6, "0"))


def _compact(text: str, digits: str, year: int) -> int:
    """Time of ``MMDDHHMMSS`` in ``year``."""
    pair = [_number(text, digits[at : at + 2]) for at in range(0, 10, 2)]
    return _civil(text, year, pair[0], pair[1], (pair[2], pair[3], pair[4]))


def parse_rfc3339(text: object) -> int:
    """Return the microseconds of ``YYYY-MM-DDTHH:MM:SS[.f]Z`` (RFC 3339, UTC only)."""
    if not isinstance(text, str) or not 20 <= len(text) <= 30 or text[-1] != "Z":
        raise _bad_time(str(text))
    if text[4] + text[7] + text[10] + text[13] + text[16] != "--T::":
        raise _bad_time(text)
    whole = text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    micros = _compact(text, whole, _number(text, text[:4]))
    rest = text[19:-1]
    if rest and rest[0] != ".":
        raise _bad_time(text)
    return micros + (_micros(text, rest[1:]) if rest else 0)


def asn1_time(node: Node) -> int:
    """Return the microseconds of a DER UTCTime or GeneralizedTime (with a fraction, as RFC 3161 allows)."""
    try:
        text = node.body.decode("ascii")
    except UnicodeDecodeError:
        raise _bad_time(repr(node.body)) from None
    if not text.endswith("Z"):
        raise _bad_time(text)
    if node.tag == UTC_TIME and len(text) == 13:
        short = _number(text, text[:2])
        return _compact(text, text[2:12], short + (1900 if short >= 50 else 2000))
    if node.tag != GENERALIZED_TIME or len(text) < 15:
        raise _bad_time(text)
    whole, dot, fraction = text[:-1].partition(".")
    if len(whole) != 14:
        raise _bad_time(text)
    micros = _compact(text, whole[4:], _number(text, whole[:4]))
    return micros + (_micros(text, fraction) if dot else 0)


def show_time(micros: int) -> str:
    """Write a time as RFC 3339 UTC, with a fraction only when there is one."""
    days, rest = divmod(micros, DAY)
    # Civil date from a day number, with years counted from March so that the leap day comes last.
    days += 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += era * 400 + (1 if month <= 2 else 0)
    seconds, fraction = divmod(rest, SECOND)
    text = f"{year:04d}-{month:02d}-{day:02d}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction:06d}".rstrip("0") if fraction else "") + "Z"
