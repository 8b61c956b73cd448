"""The screenshot in bands with words drawn over them: what a share link shows can be traced to whom it was given."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from caseapp.domain.errors import NotFoundError
from caseapp.web import tiles

BAND: Final = 1600
"""Rows of a band, in pixels of the picture as shown."""
WIDTH: Final = 1200
"""A picture is halved until it is no wider."""
SIZE, STEP, ANGLE, INK = 22, 160, 24, (110, 110, 110, 72)


def bands(whole: tiles.Picture) -> int:
    """Return how many bands a picture has."""
    return -(-whole.height // (BAND * _scale(whole)))


def band(whole: tiles.Picture, number: int, words: str, open_file: tiles.Open) -> bytes:
    """Return band ``number`` (from 0) as JPEG with ``words`` drawn over it.

    Raises:
        NotFoundError: outside the picture.
    """
    scale = _scale(whole)
    top = number * BAND * scale
    if not 0 <= number < bands(whole):
        raise NotFoundError(kind=tiles.PICTURE)
    box = (0, top, whole.width, min(top + BAND * scale, whole.height))
    made = tiles.region(whole, scale, box, open_file).convert("RGBA")
    return tiles.encoded(Image.alpha_composite(made, _veil(made.size, words)).convert("RGB"))


def _scale(whole: tiles.Picture) -> int:
    scale = 1
    while whole.width // scale > WIDTH:
        scale *= 2
    return scale


def _veil(size: tuple[int, int], words: str) -> Image.Image:
    """Return the words as a slanted pattern: no part of a band is without them."""
    face = _face()
    wide = int(face.getlength(words)) + SIZE * 4
    side = int((size[0] ** 2 + size[1] ** 2) ** 0.5) + 1
    veil = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(veil)
    for line, y in enumerate(range(0, side, STEP)):
        for x in range(-(line % 2) * wide // 2, side, wide):
            pen.text((x, y), words, font=face, fill=INK)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return veil.rotate(ANGLE).crop((left, top, left + size[0], top + size[1]))


@lru_cache
def _face() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font that has Chinese; without one the built-in font, which draws boxes for it."""
    tool = shutil.which("fc-match")
    if tool:
        asked = [tool, "-f", "%{file}|%{index}", "sans:lang=zh-cn"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
        name, _, index = found.stdout.partition("|")
        try:
            return ImageFont.truetype(name, SIZE, index=int(index or 0))
        except (OSError, ValueError):
            pass
    return ImageFont.load_default(SIZE)
