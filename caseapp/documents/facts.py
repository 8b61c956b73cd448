"""Kinds of values a document accepts, each refusing what could deceive a reader or break a page."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from caseapp.documents.format import MAX_MONEY

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = frozenset("\u00ad\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb")
_NONCHARACTER: Final = 0xFFFE
_JOINERS: Final = frozenset("\u200c\u200d")


def _name(char: str) -> str:
    return f"U+{ord(char):04X}"


def _hidden(char: str) -> bool:
    """Whether the character changes what is read without being seen."""
    if char in _BIDI or char in _INVISIBLE:
        return True
    category = unicodedata.category(char)
    return category in {"Cc", "Cs", "Zl", "Zp"} or ord(char) & _NONCHARACTER == _NONCHARACTER


def _clean(text: str, allowed: str) -> str:
    for position, char in enumerate(text):
        if char not in allowed and (_hidden(char) or char in _JOINERS):
            raise ValueError(f"第 {position + 1} 个字符是看不见的控制字符 {_name(char)} (hidden character)")
    return text.strip()


def line(text: str) -> str:
    """One line of our own words: no line break, no control, bidi or invisible character."""
    return _clean(text, "")


def prose(text: str) -> str:
    """Several lines of our own words."""
    return _clean(text.replace("\r\n", "\n"), "\n")


def quote(text: str) -> str:
    """Another's words, kept as they are; a hidden character becomes visible as 〔U+202E〕 instead of acting."""
    text = text.replace("\r\n", "\n").replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(f"〔{_name(char)}〕" if char != "\n" and _hidden(char) else char for char in text)


def url(text: str) -> str:
    """An absolute http or https address without credentials, spaces or hidden characters.

    Raises:
        ValueError: anything else (`javascript:`, `file:`, user:password@, a line break …).
    """
    line(text)
    if re.search(r"[\s<>\"'`{}|\\^]", text):
        raise ValueError("网址含空格或不允许的字符 (space or forbidden character in address)")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("网址须以 http:// 或 https:// 开头并含主机名 (http or https address with a host)")
    if parts.username is not None or parts.password is not None:
        raise ValueError("网址不得含用户名或口令 (credentials in address)")
    return text


def _no_bool_or_float(value: object) -> object:
    if isinstance(value, bool | float):
        raise PydanticCustomError("money", "金额须为字符串或十进制数 (money as text or decimal, never float)")
    return value


Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(line)]
Prose = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(prose)]
Quote = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(quote)]
Url = Annotated[str, Field(max_length=2_000), AfterValidator(url)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
EvidenceNo = Annotated[str, Field(pattern=r"^证-[0-9]{4}-[0-9]{6}$")]
ExhibitLabel = Annotated[str, Field(pattern=r"^证[0-9]{1,3}-[0-9]{1,4}$")]
Moment = AwareDatetime
Money = Annotated[
    Decimal,
    BeforeValidator(_no_bool_or_float),
    Field(ge=0, le=MAX_MONEY, decimal_places=2, allow_inf_nan=False),
]


class Facts(BaseModel):
    """A group of facts: frozen, an unknown key is refused, None means not yet known."""

    model_config = ConfigDict(frozen=True, extra="forbid")
