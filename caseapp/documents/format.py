"""How values are written in Chinese legal papers: dates, times in Beijing time, money in figures and in words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

BEIJING: Final = ZoneInfo("Asia/Shanghai")
_CAPITALS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")
_FULL_GROUP: Final = 1000
MAX_MONEY: Final = Decimal("999999999999.99")
"""The largest sum that is written in words: below ten thousand 亿."""


def date_text(day: dt.date, lang: str = "zh") -> str:
    """2026年8月12日, or 12 August 2026."""
    if lang == "en":
        return f"{day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def moment_text(moment: dt.datetime, lang: str = "zh", *, seconds: bool = False) -> str:
    """A moment in Beijing time: 2026年8月11日 08:41; the reader is told the zone once, in the text."""
    local = moment.astimezone(BEIJING)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{date_text(local.date(), lang)} {clock}" if lang == "zh" else f"{date_text(local.date(), lang)}, {clock}"


def money_text(amount: Decimal) -> str:
    """1,286,400.00: two decimals, thousands grouped."""
    return f"{amount.quantize(Decimal('0.01')):,}"


def money_words(amount: Decimal) -> str:
    """人民币捌万陆仟肆佰元整, by the rules for vouchers (零 once between digits, 整 when there is no 分).

    Args:
        amount: 0 to 999,999,999,999.99 with at most two decimals.

    Raises:
        ValueError: negative, too large, or finer than a fen.
    """
    if not 0 <= amount <= MAX_MONEY or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"not a sum that can be written in words: {amount}")
    fen = int(amount * 100)
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    text = f"{_integer_words(yuan)}元" if yuan or not rest else ""
    if not rest:
        return f"人民币{text}整"
    if jiao:
        text += f"{_CAPITALS[jiao]}角"
    elif yuan:
        text += _CAPITALS[0]
    return f"人民币{text}{_CAPITALS[last]}分" if last else f"人民币{text}整"


def _integer_words(number: int) -> str:
    if number == 0:
        return _CAPITALS[0]
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for index in reversed(range(len(groups))):
        group = groups[index]
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < _FULL_GROUP):
            text += _CAPITALS[0]
        text += _group_words(group) + _GROUPS[index]
        gap = False
    return text


def _group_words(group: int) -> str:
    text, gap = "", False
    for power in (3, 2, 1, 0):
        digit = group // 10**power % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += (_CAPITALS[0] if gap else "") + _CAPITALS[digit] + _UNITS[power]
        gap = False
    return text
