"""Giving out human numbers without gaps: the counter moves in the transaction that uses the number."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from caseapp.domain.numbers import format_number
from caseapp.services.times import local_year

_NEXT: Final = text(
    "INSERT INTO number_sequences (kind, year, sample, last) VALUES (:kind, :year, :sample, 1) "
    "ON CONFLICT (kind, year, sample) DO UPDATE SET last = number_sequences.last + 1 RETURNING last"
)


def next_number(session: Session, register: str, now: datetime, *, sample: bool) -> str:
    """Return the next number of ``register`` for the year of ``now`` in Asia/Shanghai; the example counts apart."""
    year = local_year(now)
    last = session.execute(_NEXT, {"kind": register, "year": year, "sample": sample}).scalar_one()
    return format_number(register, year, int(last))
