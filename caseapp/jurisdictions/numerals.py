"""Chinese numerals as statutes write them: 第一千一百九十五条, 第二款, 第（三）项 as 第三项."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_UNITS: Final = ("", "十", "百", "千")
_VALUES: Final = {char: value for value, char in enumerate(_DIGITS)} | {"〇": 0, "两": 2}
_UNIT_VALUES: Final = {"十": 10, "百": 100, "千": 1000}
_LIMIT: Final = 10_000


def chinese_number(number: int) -> str:
    """Write a count the way statutes do: 12 → 十二, 110 → 一百一十, 1024 → 一千零二十四.

    Args:
        number: 0 to 9999; statutes need no more.

    Raises:
        ValueError: the number is outside that range.
    """
    if not 0 <= number < _LIMIT:
        raise ValueError(f"no statute counts to {number}")
    if number == 0:
        return _DIGITS[0]
    text = ""
    pending_zero = False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit == 0:
            pending_zero = bool(text)
            continue
        text += (_DIGITS[0] if pending_zero else "") + _DIGITS[digit] + _UNITS[power]
        pending_zero = False
    return text.removeprefix("一") if text.startswith("一十") else text


def parse_number(text: str) -> int | None:
    """Read 一千一百九十五, 二五, 25 or ２５; None when the text is no number."""
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    if all(char in _VALUES for char in text):
        return int("".join(str(_VALUES[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _VALUES:
            digit = _VALUES[char]
        elif char in _UNIT_VALUES:
            total += (digit or 1) * _UNIT_VALUES[char]
            digit = 0
        else:
            return None
    return total + digit


def article_zh(article: int, paragraph: int | None = None, item: int | None = None) -> str:
    """第一千一百九十五条第二款, with 第…项 where an item is meant."""
    text = f"第{chinese_number(article)}条"
    if paragraph is not None:
        text += f"第{chinese_number(paragraph)}款"
    if item is not None:
        text += f"第{chinese_number(item)}项"
    return text
