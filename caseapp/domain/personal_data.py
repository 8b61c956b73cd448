"""个人信息: finds what a redacted copy may have to hide in a text; a person decides about every find.

Text is read as it looks, not as it is coded (`personal_text`): full-width digits, zero-width and direction signs, and
spaces put between the digits hide nothing. Companies are left alone: a 统一社会信用代码 is public. What a shape alone
would find too often (a passport number is a letter and eight digits) counts only behind a word that says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from caseapp.domain.labels import Label
from caseapp.domain.personal_numbers import is_bank_card, is_id_15, is_id_18, is_landline, is_mobile
from caseapp.domain.personal_places import addresses
from caseapp.domain.personal_text import Folded, Run, digit_runs, fold

CUE_REACH: Final = 12
"""How far before a number its cue word may stand, in characters as they look."""
NAME_LEAST: Final = 2
"""A nickname of one character would be found everywhere."""

KINDS: Final[dict[str, Label]] = {
    "id_card": Label("居民身份证号", "resident identity card"),
    "mobile": Label("手机号", "mobile number"),
    "landline": Label("固定电话", "landline number"),
    "bank_card": Label("银行卡号", "bank card"),
    "email": Label("电子邮箱", "e-mail address"),
    "travel": Label("护照或通行证号", "passport or travel permit"),
    "plate": Label("车牌号", "number plate"),
    "address": Label("住址", "address"),
    "account": Label("微信号或 QQ 号", "WeChat or QQ account"),
    "ip": Label("IP 地址", "IP address"),
    "name": Label("旁人称呼", "name of a bystander"),
    "other": Label("其他个人信息", "other personal data"),
    "portrait": Label("肖像", "likeness"),
}
"""Kinds of masks; the rules find all but the last two, which a person marks."""
WHY: Final[dict[str, Label]] = {
    "id_card": Label("18 位，出生日期与校验位相符（GB 11643）", "18 places, date and check character fit (GB 11643)"),
    "id_card_old": Label("15 位，前面写明身份证", "15 places behind the words identity card"),
    "mobile": Label("1 开头的 11 位号码", "eleven digits beginning with 1"),
    "landline": Label("区号和 7 至 8 位号码", "area code and seven or eight digits"),
    "bank_card": Label("卡号开头与校验位相符（Luhn）", "issuer and check digit fit (Luhn)"),
    "email": Label("邮箱格式", "form of an e-mail address"),
    "travel": Label("前面写明护照或通行证", "behind the words passport or permit"),
    "plate": Label("省份简称和发牌机关代号", "province and office signs"),
    "address": Label("写到门牌的地址", "an address down to the door"),
    "account": Label("前面写明微信或 QQ", "behind the words WeChat or QQ"),
    "ip": Label("IP 地址格式", "form of an IP address"),
    "name": Label("您填写的称呼", "a name you gave"),
}


@dataclass(frozen=True, slots=True)
class Find:
    """Something personal in a text.

    Attributes:
        kind: a key of `KINDS`.
        start: first character, counted in the text as given; end: the one behind the last.
        text: what stands there, with everything hidden between its signs.
        why: a key of `WHY`.
    """

    kind: str
    start: int
    end: int
    text: str
    why: str


_Hit = tuple[str, int, int, str]
_ID_CUE: Final = re.compile(r"身份证|证件号|identity", re.IGNORECASE)
_TRAVEL_CUE: Final = re.compile(r"护照|通行证|回乡证|台胞证|passport|permit", re.IGNORECASE)
_TRAVEL: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[A-Z]{1,2}[0-9]{7,8}|[HM][0-9]{10})(?![0-9A-Za-z])", re.ASCII | re.IGNORECASE
)
_EMAIL: Final = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}", re.ASCII
)
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. ]?"
    r"(?=[A-HJ-NP-Z]{0,5}[0-9])[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])",
    re.ASCII,
)
_ACCOUNT: Final = re.compile(
    r"(?:微信|威信|薇信|V信|wechat|weixin|VX|WX|QQ|扣扣)(?P<said>[ ]?(?:号码|号|ID)?[ ]{0,2}[:=是为]?[ ]{0,2})"
    r"(?P<id>[A-Za-z][-_A-Za-z0-9]{5,19}|[1-9][0-9]{4,10})(?![-_A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_SAYS: Final = re.compile(r"号|ID|[:=是为]", re.IGNORECASE)
_IPV4: Final = re.compile(r"(?<![0-9A-Za-z.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z]|\.[0-9])", re.ASCII)
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])", re.ASCII)
_VERSION: Final = re.compile(r"(?:[vV]|版本|version)[ :.]?$", re.IGNORECASE)
_SHIELDS: Final = re.compile(
    r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"  # a UUID
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])"  # a digest
    r"|[\u4e00-\u9fff]-(?:19|20)[0-9]{2}-[0-9]{1,8}"  # a number of ours: 证-2026-000345
    r"|[(\[][12][0-9]{3}[)\]][^\s]{1,16}?[0-9]{1,6}号",  # a court's: (2026)京0105民初12345号
    re.ASCII,
)
_LINKS: Final = re.compile(r"(?:https?|ftp)://[^\s\u3000-\u9fff]{1,2000}", re.IGNORECASE)


def find_personal(text: str, names: Iterable[str] = ()) -> list[Find]:
    """Return what looks like personal data, in order and never overlapping; of two that overlap the longer stays.

    Args:
        text: any text; nothing in it makes this fail.
        names: nicknames of bystanders, as they stand on the page; those of one character are left out.
    """
    seen = fold(text)
    shields = [match.span() for match in _SHIELDS.finditer(seen.text)]
    hits = [
        hit
        for hit in (*_numbers(seen), *_shapes(seen), *_names(seen, names))
        if hit[0] == "name" or not any(hit[1] < end and start < hit[2] for start, end in shields)
    ]
    chosen: list[_Hit] = []
    taken = bytearray(len(seen.text))
    for hit in sorted(hits, key=lambda one: (one[1] - one[2], one[1])):
        if not any(taken[hit[1] : hit[2]]):
            taken[hit[1] : hit[2]] = b"\x01" * (hit[2] - hit[1])
            chosen.append(hit)
    return [_find(text, seen, hit) for hit in sorted(chosen, key=lambda one: one[1])]


def _find(text: str, seen: Folded, hit: _Hit) -> Find:
    kind, first, last, why = hit
    start, end = seen.span(first, last)
    return Find(kind, start, end, text[start:end], why)


def _numbers(seen: Folded) -> Iterator[_Hit]:
    links = [match.span() for match in _LINKS.finditer(seen.text)]
    for run in digit_runs(seen.text):
        linked = any(start <= run.start < end for start, end in links)
        yield from _in_run(seen.text, run, linked=linked)


def _in_run(text: str, run: Run, *, linked: bool) -> Iterator[_Hit]:
    for piece in run.pieces():
        before, after = text[max(0, piece.start - CUE_REACH) : piece.start], text[piece.end : piece.end + 2]
        kind = None
        if is_id_18(piece):
            kind = ("id_card", "id_card")
        elif is_id_15(piece) and _ID_CUE.search(before):
            kind = ("id_card", "id_card_old")
        elif is_mobile(piece, before, after):
            kind = ("mobile", "mobile")
        elif is_landline(piece, before, after):
            kind = ("landline", "landline")
        elif not linked and is_bank_card(piece):
            kind = ("bank_card", "bank_card")
        if kind is not None:
            yield kind[0], piece.start, piece.end, kind[1]


def _shapes(seen: Folded) -> Iterator[_Hit]:
    text = seen.text
    yield from (("email", *match.span(), "email") for match in _EMAIL.finditer(text))
    yield from (("plate", *match.span(), "plate") for match in _PLATE.finditer(text))
    yield from (("address", *span, "address") for span in addresses(text))
    for match in _TRAVEL.finditer(text):
        if _TRAVEL_CUE.search(text[max(0, match.start() - CUE_REACH) : match.start()]):
            yield "travel", *match.span(), "travel"
    for match in _ACCOUNT.finditer(text):
        if _SAYS.search(match["said"]) or not match["id"].isalpha():
            yield "account", *match.span("id"), "account"
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_address(match[0]) and not _VERSION.search(text[max(0, match.start() - 9) : match.start()]):
                yield "ip", *match.span(), "ip"


def _is_address(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified)


def _names(seen: Folded, names: Iterable[str]) -> Iterator[_Hit]:
    plain = seen.text.casefold()
    whole = plain if len(plain) == len(seen.text) else seen.text
    for name in {fold(one.strip()).text.casefold().strip() for one in names}:
        if len(name) < NAME_LEAST:
            continue
        for match in re.finditer(re.escape(name), whole):
            if not _inside_word(whole, *match.span()):
                yield "name", *match.span(), "name"


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether Latin letters or digits go on at either end: ``tom`` is not in ``tomorrow``."""
    return any(
        0 < at < len(text) and text[at - 1].isascii() and text[at - 1].isalnum() and text[at].isascii()
        and text[at].isalnum() for at in (start, end)
    )  # fmt: skip


def counted(finds: Sequence[Find]) -> dict[str, int]:
    """Return how many there are of each kind, in the order of `KINDS`."""
    return {kind: n for kind in KINDS if (n := sum(one.kind == kind for one in finds))}
