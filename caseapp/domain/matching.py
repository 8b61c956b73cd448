"""How alike two texts are, and in what words: the first, simple matcher.

Both texts are brought to one plain form (NFKC, lower case, only letters, digits and Han). The score is the share of
the shorter text's two-character pieces found in the other, 1.0 for the same text, .95 where one holds the other whole.
Every score carries its reasons: shared fragments, shared and differing numbers. A score suggests; a person decides.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from caseapp.domain.labels import Label

SUGGEST: Final = 0.30
"""At or above: worth a person's look."""
STRONG: Final = 0.60
"""At or above: probably the same rumor."""
MIN_HAN: Final = 12
"""A shorter text is never suggested on pieces alone, only when one text holds the other whole."""
_LONGEST: Final = 20_000
_FRAGMENTS: Final = 3
_FRAGMENT_CHARS: Final = 4
_CONTAINED: Final = 0.95
_WHOLE_CHARS: Final = 6
_NUMBERS_DIFFER: Final = 0.85
_CHIP: Final = 24
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Match:
    """A score from 0 to 1 with its reasons in words."""

    score: float
    reasons: tuple[Label, ...]

    @property
    def suggested(self) -> bool:
        """Whether it is worth a person's look."""
        return self.score >= SUGGEST


def plain_form(text: str) -> str:
    """Return the text's letters, digits and Han in one form; marks, blanks, symbols and emoji are dropped."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def dedupe_key(text: str) -> str | None:
    """Return the digest of a text's plain form: the same for texts that differ in blanks, marks and case only."""
    plain = plain_form(text)
    return hashlib.sha256(plain.encode()).hexdigest() if plain else None


def pieces(plain: str) -> frozenset[str]:
    """Return the two-character pieces of a plain form."""
    return frozenset(plain[start : start + 2] for start in range(len(plain) - 1))


def compare(post: str, known: str) -> Match:
    """Compare a post's text with a claim's quote or a known post's text."""
    one, other = plain_form(post), plain_form(known)
    if not one or not other:
        return Match(0.0, ())
    if one == other:
        return Match(1.0, (Label("文字相同", "the same text"),))
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _WHOLE_CHARS and shorter in longer:
        return Match(_CONTAINED, (Label(f"含有原句“{_cut(shorter)}”", f"contains “{_cut(shorter)}”"),))
    if len(shorter) < MIN_HAN:
        return Match(0.0, ())
    small, large = pieces(shorter), pieces(longer)
    score = len(small & large) / max(1, len(small))
    reasons = list(_fragments(shorter, longer))
    numbers = set(_NUMBER.findall(post)), set(_NUMBER.findall(known))
    if shared := sorted(numbers[0] & numbers[1]):
        reasons.append(Label("数字相同：" + "、".join(shared[:5]), "same numbers: " + ", ".join(shared[:5])))
    elif all(numbers):
        score *= _NUMBERS_DIFFER
        reasons.append(Label("数字不同", "the numbers differ"))
    return Match(round(min(score, 1.0), 4), tuple(reasons))


def best(post: str, known: Iterable[str]) -> Match:
    """Return the best match of a post among several texts."""
    return max((compare(post, text) for text in known), key=lambda match: match.score, default=Match(0.0, ()))


def find_span(text: str, quote: str) -> tuple[int, int] | None:
    """Return where ``quote`` stands in ``text`` (start, end in characters), exactly; None when it does not."""
    start = text.find(quote) if quote else -1
    return (start, start + len(quote)) if start >= 0 else None


def _fragments(shorter: str, longer: str) -> Iterable[Label]:
    blocks = SequenceMatcher(None, shorter[:2000], longer[:2000], autojunk=False).get_matching_blocks()
    found = sorted((b for b in blocks if b.size >= _FRAGMENT_CHARS), key=lambda b: -b.size)[:_FRAGMENTS]
    for block in found:
        words = _cut(shorter[block.a : block.a + block.size])
        yield Label(f"共同文字“{words}”", f"shared words “{words}”")


def _cut(words: str) -> str:
    return words if len(words) <= _CHIP else words[: _CHIP - 1] + "…"
