"""Numbers that name one person: which digits are one, by form, date and check digit."""

from __future__ import annotations

from datetime import date
from typing import Final

from caseapp.domain.personal_text import Piece

_REGIONS: Final = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
"""First two places of an identity card: provinces (GB/T 2260), and the cards of Hong Kong, Macao, Taiwan residents."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_MOBILE_SHAPES: Final = frozenset(
    ((11,), (3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (3, 3, 5), (2, 11), (2, 3, 4, 4), (2, 3, 8), (1,) * 11)
)
_MOBILE: Final = 11
_CARD_LENGTHS: Final = {"62": range(16, 20), "4": (16,), "5": (16,), "35": (16,), "34": (15,), "37": (15,)}
_AMOUNT_BEFORE: Final = frozenset("¥$€£")
_AMOUNT_AFTER: Final = frozenset("元万亿%")
_EVEN: Final = frozenset((4,))


def is_id_18(piece: Piece) -> bool:
    """Whether it is an identity number: region, date of birth and check character of GB 11643-1999."""
    text = piece.text.upper()
    if len(text) != 18 or not text[:17].isdigit() or not _id_shape(piece.shape):  # noqa: PLR2004
        return False
    total = sum(int(sign) * weight for sign, weight in zip(text, _WEIGHTS, strict=False))
    born = _is_day(text[6:10], text[10:12], text[12:14])
    return int(text[:2]) in _REGIONS and born and _CHECKS[total % 11] == text[17]


def is_id_15(piece: Piece) -> bool:
    """Whether it may be an identity number of before 1999 (no check character: a cue word has to stand before it)."""
    text = piece.text
    if len(text) != 15 or piece.shape not in {(15,), (6, 6, 3), (1,) * 15}:  # noqa: PLR2004
        return False
    return int(text[:2]) in _REGIONS and _is_day(f"19{text[6:8]}", text[8:10], text[10:12])


def is_mobile(piece: Piece, before: str, after: str) -> bool:
    """Whether it is a mobile number of the mainland, grouped as people write them, with or without +86."""
    text = piece.text
    if piece.shape not in _MOBILE_SHAPES and not (piece.shape == (13,) and text.startswith("86")):
        return False
    own = text[2:] if len(text) > _MOBILE and text.startswith("86") else text
    if len(own) != _MOBILE or own[0] != "1" or own[1] not in "3456789":
        return False
    return not _amount(before, after)


def is_landline(piece: Piece, before: str, after: str) -> bool:
    """Whether it is a landline number: area code 010, 02x or 0xxx, then seven or eight digits, perhaps an extension."""
    text, shape = piece.text, piece.shape
    if text[:1] != "0" or text[1:2] not in {*"123456789"} or _amount(before, after):
        return False
    area = 3 if text.startswith("010") or text[1] == "2" else 4
    if text[1] == "1" and area == 4:  # noqa: PLR2004
        return False
    if len(shape) == 1:
        return len(text) in {area + 7, area + 8}
    number = shape[1:] if shape[0] == area else ()
    return number in {(7,), (8,), (4, 4), (3, 4)} or (
        len(number) == 2 and number[0] in (7, 8) and 1 <= number[1] <= 6  # noqa: PLR2004  its extension
    )


def is_bank_card(piece: Piece) -> bool:
    """Whether it is a bank card: an issuer's first digits, its length, and the check digit of ISO/IEC 7812-1 (Luhn)."""
    text = piece.text
    if not text.isdigit() or not (len(piece.shape) == 1 or _fours(piece.shape) or set(piece.shape) == {1}):
        return False
    if not any(text.startswith(head) and len(text) in lengths for head, lengths in _CARD_LENGTHS.items()):
        return False
    doubled = (sum(divmod(int(sign) * 2, 10)) for sign in text[-2::-2])
    return (sum(int(sign) for sign in text[-1::-2]) + sum(doubled)) % 10 == 0


def _fours(shape: tuple[int, ...]) -> bool:
    return set(shape[:-1]) == _EVEN or shape in {(6, 10), (6, 13), (4, 6, 5)}


def _id_shape(shape: tuple[int, ...]) -> bool:
    whole = (shape[-1] + 1 if sum(shape) == 17 else shape[-1],)  # noqa: PLR2004  an X is no digit
    full = (*shape[:-1], *whole)
    return full in {(18,), (6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (17, 1), (6, 12)} or (
        len(set(shape[:-1])) <= 1 and shape[0] in (1, 2, 3, 4, 6)
    )


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)) >= date(1900, 1, 1)
    except ValueError:
        return False


def _amount(before: str, after: str) -> bool:
    """Whether it is a sum of money, a share or a part of a decimal number, by the signs around it."""
    decimal = (before[-1:] == "." and before[-2:-1].isdigit()) or (after[:1] == "." and after[1:2].isdigit())
    return decimal or before[-1:] in _AMOUNT_BEFORE or after[:1] in _AMOUNT_AFTER
