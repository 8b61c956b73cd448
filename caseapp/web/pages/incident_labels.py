"""Where the words of a picture stand: beside their node, over no other node and no other word. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LINE, GAP, CLEAR = 15, 6, 4
"""A word's height, what stands between it and its node, and between two words."""
SIGN, WIDE_SIGN = 6.8, 12.4
"""How wide a letter and a Han sign of 12 px are."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A node with its ring."""

    x: float
    y: float
    r: float

    @property
    def box(self) -> Box:
        """What it covers."""
        return self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r


@dataclass(frozen=True, slots=True)
class Wish:
    """A word for a node; what is not ``needed`` is left out where it finds no room."""

    spot: Spot
    text: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A word in its place."""

    text: str
    x: float
    y: float
    anchor: str


def is_wide(sign: str) -> bool:
    """Whether a sign is as wide as a Han sign."""
    return ord(sign) > 0x2E80  # noqa: PLR2004 - where wide signs begin


def room(text: str) -> float:
    """Return about how wide a text of 12 px is."""
    return sum(WIDE_SIGN if is_wide(sign) else SIGN for sign in text)


def place(wishes: Sequence[Wish], spots: Sequence[Spot], *, left: float, right: float) -> list[Label]:
    """Return the labels that have room between ``left`` and ``right``; a needed one always has."""
    taken = [spot.box for spot in spots]
    made = []
    for wish in wishes:
        places = [one for one in _places(wish) if left <= one[1][0] and one[1][2] <= right and one[1][1] >= 0]
        free = [one for one in places if not any(_touch(one[1], box) for box in taken)]
        best = (free or (places if wish.needed else []))[:1]
        made += [label for label, _box in best]
        taken += [box for _label, box in best]
    return made


def _places(wish: Wish) -> Iterator[tuple[Label, Box]]:
    """Yield where a label may stand, the best first, with what it covers."""
    spot, long, away = wish.spot, room(wish.text), wish.spot.r + GAP
    above, beside, below = spot.y - away, spot.y + CLEAR, spot.y + away + LINE - CLEAR
    for x, base, anchor, begin in (
        (spot.x, above, "middle", spot.x - long / 2),
        (spot.x, above, "start", spot.x),
        (spot.x, above, "end", spot.x - long),
        (spot.x + away, beside, "start", spot.x + away),
        (spot.x + away + 2 * GAP, beside, "start", spot.x + away + 2 * GAP),
        (spot.x, below, "middle", spot.x - long / 2),
        (spot.x, below, "start", spot.x),
        (spot.x - away, beside, "end", spot.x - away - long),
    ):
        label = Label(wish.text, round(x, 1), round(base, 1), anchor)
        yield label, (begin, base - LINE + CLEAR, begin + long, base)


def _touch(one: Box, other: Box) -> bool:
    across = one[0] < other[2] + CLEAR and other[0] < one[2] + CLEAR
    return across and one[1] < other[3] and other[1] < one[3]
