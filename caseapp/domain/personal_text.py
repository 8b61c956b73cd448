"""A text as it looks: width, hidden signs and the spaces between digits are seen through, places are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HIDDEN: Final = frozenset(("Cf", "Mn", "Me", "Cc"))
_KEPT: Final = frozenset("\n\r\t")
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Signs that take part in no class above and show nothing (Hangul fillers, the empty braille cell)."""
_DIGITS: Final = re.compile(r"[0-9]+(?:[ .·_/()-]{1,2}[0-9]+)*[Xx]?", re.ASCII)
_GROUP: Final = re.compile(r"[0-9]+", re.ASCII)
MOST_GROUPS: Final = 40
"""Groups of one run that are put together; a longer one is a table of figures, read group by group."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it looks.

    Attributes:
        text: one plain character for each that shows.
        at: where each stands in the text as given.
    """

    text: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the places in the text as given of ``text[start:end]``; what is hidden inside belongs to it."""
        return self.at[start], self.at[end - 1] + 1


def fold(text: str) -> Folded:
    """Return the text as it looks: hidden signs left out, wide and foreign digits plain, dashes and spaces alike."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if seen := _seen(sign):
            signs.append(seen)
            places.append(place)
    return Folded("".join(signs), tuple(places))


def _seen(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isprintable() or sign in _KEPT else ""
    kind = unicodedata.category(sign)
    if kind in _HIDDEN or sign in _FILLERS:
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    if kind == "Zs":
        return " "
    if kind in {"Zl", "Zp"}:
        return "\n"
    if kind == "Pd" or sign == "\u2212":
        return "-"
    plain = unicodedata.normalize("NFKC", sign)
    if len(plain) == 1:
        return plain
    return plain.strip() if len(plain.strip()) == 1 else sign


@dataclass(frozen=True, slots=True)
class Piece:
    """Some neighbouring groups of digits: their places, all digits (an X at the end included) and the groups' lengths.

    Attributes:
        text: the digits without what stands between them.
        shape: digits in each group.
        start: first place; end: the one behind the last, in the folded text.
    """

    text: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """Digits with at most two separators between them; an X at the end is the check character of an identity card."""

    text: str
    start: int
    alone: bool

    def pieces(self) -> Iterator[Piece]:
        """Yield what may be one number: every group alone, then neighbouring groups put together.

        Nothing is cut out of a group, for a longer number is another number.
        """
        if not self.alone:
            return
        groups = [(match[0], match.start(), match.end()) for match in _GROUP.finditer(self.text)]
        check = self.text[-1] if self.text[-1] in "Xx" else ""
        most = len(groups) if len(groups) <= MOST_GROUPS else 1
        for first in range(len(groups)):
            for last in range(first, min(first + most, len(groups))):
                digits = "".join(group[0] for group in groups[first : last + 1])
                if len(digits) > 19:  # noqa: PLR2004  the longest bank card
                    break
                tail = check if last == len(groups) - 1 else ""
                shape = tuple(len(group[0]) for group in groups[first : last + 1])
                yield Piece(
                    digits + tail, shape, self.start + groups[first][1], self.start + groups[last][2] + len(tail)
                )


def digit_runs(text: str) -> Iterator[Run]:
    """Yield the runs of digits of a folded text; one that is part of a word (a digest, a product code) is not alone."""
    for match in _DIGITS.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        yield Run(match[0], match.start(), not (_latin(before) or _latin(after)))


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()
