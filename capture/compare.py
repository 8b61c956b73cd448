"""Two visits of one address, compared: certificate chain, final address, text and picture. Pure rules, no I/O.

Numbers are integers so that they can stand in a signed record: shares in permille. What changes by itself between
two visits (counters, clocks, an advertisement) lowers a share a little and is listed; what is another page shows.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

from capture.document import same_address

TEXT_AGREES = 900
"""Permille of the characters that stand in both texts, from which on the texts agree."""
PICTURE_AGREES = 750
"""Permille of the bands that look alike, from which on the pictures agree."""
THUMB_WIDTH = 96
BAND = 6  # thumbnail rows
MOVED = 18  # thumbnail rows, about 240 px of a page 1280 px wide
ALIKE = 14  # mean difference of a band, of 255
LISTED = 20
LINE_MOST = 200
_DIGITS = re.compile(r"\d[\d.,:：]*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class TextComparison:
    """Two texts, line by line, wherever a line stands.

    Attributes:
        same_permille: Characters in lines both have, of all characters; digits are left aside.
        only_first: Lines of the first visit alone, at most 20.
        only_second: Lines of the second visit alone, at most 20.
    """

    same_permille: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether they are the same text but for what changes by itself."""
        return self.same_permille >= TEXT_AGREES


def compare_texts(first: str, second: str) -> TextComparison:
    """Compare the visible texts of two visits."""
    one, other = (Counter(_lines(text)) for text in (first, second))
    both = one & other
    weight = sum(len(line) * count for counter in (one, other) for line, count in counter.items())
    shared = 2 * sum(len(line) * count for line, count in both.items())
    permille = 1000 * shared // weight if weight else 1000
    return TextComparison(permille, _listed(one - both), _listed(other - both))


def _lines(text: str) -> list[str]:
    lines = (_DIGITS.sub("0", _SPACE.sub(" ", line).strip()) for line in text.splitlines())
    return [line for line in lines if line]


def _listed(lines: Counter[str]) -> tuple[str, ...]:
    return tuple(line[:LINE_MOST] for line in list(lines)[:LISTED])


@dataclass(frozen=True)
class PictureComparison:
    """Two pictures of a page, band by band from the top.

    Attributes:
        alike_permille: Bands that look alike, of all bands of the taller picture.
        heights: CSS pixels of both.
    """

    alike_permille: int
    heights: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether they show the same page."""
        return self.alike_permille >= PICTURE_AGREES


def thumbnail(tiles: Sequence[Image.Image]) -> Image.Image:
    """Put the tiles of a picture together, `THUMB_WIDTH` pixels wide and grey."""
    if not tiles:
        return Image.new("L", (THUMB_WIDTH, 1), "white")
    rows = [max(1, round(tile.height * THUMB_WIDTH / tile.width)) for tile in tiles]
    whole = Image.new("L", (THUMB_WIDTH, sum(rows)), "white")
    top = 0
    for tile, height in zip(tiles, rows, strict=True):
        small = tile.convert("L").resize((THUMB_WIDTH, height), Image.Resampling.BOX)
        whole.paste(small, (0, top))
        top += height
    return whole


def compare_pictures(first: Image.Image, second: Image.Image, heights: tuple[int, int]) -> PictureComparison:
    """Compare two thumbnails.

    A band counts as alike when it stands in the other picture at most `MOVED` rows higher or lower: an advertisement
    pushes what is below it.
    """
    shared = min(first.height, second.height)
    alike = sum(_found(first, second, top) for top in range(0, shared, BAND))
    bands = math.ceil(max(first.height, second.height) / BAND)
    return PictureComparison(1000 * alike // bands, heights)


def _found(first: Image.Image, second: Image.Image, top: int) -> bool:
    band = first.crop((0, top, first.width, top + BAND))
    places = sorted(range(-MOVED, MOVED + 1), key=abs)  # where it was is the likeliest
    # What lies outside a picture is black to PIL, and would be like any dark band.
    inside = [by for by in places if by == 0 or 0 <= top + by <= second.height - BAND]
    return any(_alike(band, second.crop((0, top + by, second.width, top + by + BAND))) for by in inside)


def _alike(one: Image.Image, other: Image.Image) -> bool:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0] < ALIKE


@dataclass(frozen=True)
class Visit:
    """What is compared of one visit.

    Attributes:
        url_final: Address shown in the end.
        status: HTTP status of the document, 0 unknown.
        chain_sha256: SHA-256 of the server's certificates, leaf first; empty for plain HTTP.
        text: Visible text.
        picture: Thumbnail.
        height: Height of the page, CSS pixels.
    """

    url_final: str
    status: int
    chain_sha256: tuple[str, ...]
    text: str
    picture: Image.Image
    height: int


@dataclass(frozen=True)
class Comparison:
    """Two visits, point by point.

    Attributes:
        chain: "same", "same-issuer" (another leaf of the same authority, as large sites have), "other" or "none".
        differs: Names of what does not agree: chain, url, status, text, picture; empty when all agrees.
    """

    chain: str
    url: bool
    status: bool
    text: TextComparison
    picture: PictureComparison

    @property
    def differs(self) -> tuple[str, ...]:
        """Names of the points that do not agree."""
        points = {
            "chain": self.chain != "other",
            "url": self.url,
            "status": self.status,
            "text": self.text.agrees,
            "picture": self.picture.agrees,
        }
        return tuple(name for name, agrees in points.items() if not agrees)


def compare(first: Visit, second: Visit) -> Comparison:
    """Compare two visits of one address."""
    return Comparison(
        _chain(first.chain_sha256, second.chain_sha256),
        same_address(first.url_final, second.url_final),
        first.status == second.status,
        compare_texts(first.text, second.text),
        compare_pictures(first.picture, second.picture, (first.height, second.height)),
    )


def _chain(first: tuple[str, ...], second: tuple[str, ...]) -> str:
    if not first or not second:
        return "none" if not first and not second else "other"
    if first[0] == second[0]:
        return "same"
    return "same-issuer" if first[1:2] and first[1:2] == second[1:2] else "other"
