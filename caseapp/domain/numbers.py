"""Human numbers: 案-2026-0007, 谣-2026-0012, 证-2026-000345, 函-2026-0031."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from caseapp.domain.errors import FaultyRuleError, InvalidNumberError


@dataclass(frozen=True, slots=True)
class Register:
    """A numbered register: the character before the year and the digits after it."""

    kind: str
    prefix: str
    digits: int


REGISTERS: Final[Mapping[str, Register]] = MappingProxyType(
    {
        register.kind: register
        for register in (
            Register("case", "案", 4),
            Register("incident", "谣", 4),
            Register("rumor_claim", "张", 4),
            Register("post", "帖", 5),
            Register("evidence", "证", 6),
            Register("document", "文", 4),
            Register("notice", "函", 4),
            Register("capture", "取", 6),
            Register("publication", "发", 4),
            Register("deadline", "期", 4),
            Register("damage_item", "损", 4),
            Register("task", "任", 4),
            Register("handover", "交", 4),
            Register("inventory", "盘", 4),
            Register("disposal", "处", 4),
        )
    }
)
_BY_PREFIX: Final = {register.prefix: register for register in REGISTERS.values()}
_SHAPE: Final = re.compile(r"(\w)-([12][0-9]{3})-([0-9]{4,9})")
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2999


@dataclass(frozen=True, slots=True)
class Number:
    """A parsed number: register kind, year, count from 1."""

    kind: str
    year: int
    count: int


def format_number(kind: str, year: int, count: int) -> str:
    """Write a number of ``kind``.

    Raises:
        FaultyRuleError: unknown kind, or a year or count out of range.
    """
    register = REGISTERS.get(kind)
    if register is None or not _FIRST_YEAR <= year <= _LAST_YEAR or count < 1:
        raise FaultyRuleError(detail=f"number {kind} {year} {count}")
    return f"{register.prefix}-{year}-{count:0{register.digits}d}"


def parse_number(text: str) -> Number:
    """Read a number; surrounding blanks and full-width hyphens or digits are forgiven.

    Raises:
        InvalidNumberError: not a number of any register.
    """
    plain = text.strip().translate(_PLAIN)
    found = _SHAPE.fullmatch(plain)
    register = _BY_PREFIX.get(found.group(1)) if found else None
    if found is None or register is None or int(found.group(3)) < 1:
        raise InvalidNumberError(number=text[:40])
    return Number(register.kind, int(found.group(2)), int(found.group(3)))


_PLAIN: Final = str.maketrans("０１２３４５６７８９－—–", "0123456789---")
