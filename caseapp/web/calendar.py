"""Deadlines as an iCalendar file (RFC 5545) that any calendar takes in; numbers and rules, no case titles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

LINE_OCTETS = 75
ALARM = "-P1D"


def calendar_file(entries: Iterable[tuple[str, datetime, str, str]], made: datetime) -> bytes:
    """Return the file.

    Args:
        entries: key, due time, what, and why of each deadline.
        made: when the file was made.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bianwu//deadlines//ZH", "CALSCALE:GREGORIAN"]
    for key, due, what, why in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{key}@bianwu",
            f"DTSTAMP:{_utc(made)}",
            f"DTSTART:{_utc(due)}",
            f"DTEND:{_utc(due + timedelta(minutes=1))}",
            f"SUMMARY:{_text(what)}",
            f"DESCRIPTION:{_text(why)}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(what)}",
            f"TRIGGER:{ALARM}",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    plain = "".join(sign for sign in value if sign == "\n" or sign.isprintable())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold a line after at most 75 octets, never inside a character (RFC 5545 §3.1)."""
    parts, now, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE_OCTETS:
            parts.append(now)
            now, size = " ", 1
        now, size = now + sign, size + octets
    return "\r\n".join((*parts, now))
