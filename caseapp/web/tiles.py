"""Cut a tall screenshot into small JPEG tiles on demand, so that a page of 200,000 pixels opens at once.

A capture keeps its screenshot as a column of PNG strips. Level 0 is full size; each further level halves it.
Nothing derived is written to disk: decoded strips and finished tiles live in bounded memory only.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import BinaryIO, Generic, TypeVar

from PIL import Image, UnidentifiedImageError

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.labels import Label

TILE = 512
MAX_STRIP_PIXELS = 64_000_000
MAX_LEVEL = 8
QUALITY = 82
KEPT_STRIPS = 3
KEPT_TILES = 256
KEPT_THUMBS = 512
THUMB = (160, 120)
THUMB_QUALITY = 72
PICTURE = Label("截图", "screenshot")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Strip:
    """One file of the column.

    Attributes:
        name: name in the package.
        top: first row in the whole picture, pixels.
        width: pixels.
        height: pixels.
    """

    name: str
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole screenshot.

    Attributes:
        package_id: the package it lies in, the key of every cached part.
        width: pixels.
        height: pixels.
        strips: top to bottom.
    """

    package_id: str
    width: int
    height: int
    strips: tuple[Strip, ...]


class Kept(Generic[Value]):
    """The most recently used values, at most ``size``; each is made once even when several threads ask."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of ``key``, made by ``make`` when it is not kept."""
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
            return self._values[key]


_strips: Kept[Image.Image] = Kept(KEPT_STRIPS)
_tiles: Kept[bytes] = Kept(KEPT_TILES)
_thumbs: Kept[bytes] = Kept(KEPT_THUMBS)
_pictures: Kept[Picture] = Kept(KEPT_TILES)

Open = Callable[[str], BinaryIO]


def picture(package_id: str, names: list[str], open_file: Open) -> Picture:
    """Return the geometry of the screenshot made of the strips ``names``, in this order.

    Raises:
        InvalidInputError: a strip is no picture, or is larger than any capture makes.
    """
    return _pictures.get((package_id, tuple(names)), lambda: _measure(package_id, names, open_file))


def _measure(package_id: str, names: list[str], open_file: Open) -> Picture:
    strips: list[Strip] = []
    top = 0
    for name in names:
        with open_file(name) as source:
            wide, high = _open(source).size
        if wide * high > MAX_STRIP_PIXELS:
            raise InvalidInputError(
                field=PICTURE, problem=Label("图片过大，请下载后查看", "too large, download it instead")
            )
        strips.append(Strip(name, top, wide, high))
        top += high
    return Picture(package_id, max(strip.width for strip in strips), top, tuple(strips))


def _open(source: BinaryIO) -> Image.Image:
    try:
        return Image.open(source, formats=("PNG", "JPEG"))
    except UnidentifiedImageError as error:
        raise InvalidInputError(field=PICTURE, problem=Label("不是图片", "not a picture")) from error


def _loaded(source: BinaryIO) -> Image.Image:
    image = _open(source)
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        problem = Label("图片不完整或已损坏，请下载后查看", "cut off or damaged, download it instead")
        raise InvalidInputError(field=PICTURE, problem=problem) from error
    return image


def tile(whole: Picture, level: int, column: int, row: int, open_file: Open) -> bytes:
    """Return one tile as JPEG.

    Args:
        whole: the screenshot.
        level: 0 is full size, each further level halves both sides.
        column: from the left, in tiles of this level.
        row: from the top, in tiles of this level.
        open_file: opens a strip by its name.

    Raises:
        NotFoundError: outside the picture.
    """
    if not 0 <= level <= MAX_LEVEL:  # before the power: an address may hold any number
        raise NotFoundError(kind=PICTURE)
    scale = 2**level
    left, top = column * TILE * scale, row * TILE * scale
    if column < 0 or row < 0 or left >= whole.width or top >= whole.height:
        raise NotFoundError(kind=PICTURE)
    key = (whole.package_id, whole.strips, level, column, row)
    right, bottom = min(left + TILE * scale, whole.width), min(top + TILE * scale, whole.height)
    return _tiles.get(key, lambda: _cut(whole, scale, (left, top, right, bottom), open_file))


def _cut(whole: Picture, scale: int, box: tuple[int, int, int, int], open_file: Open) -> bytes:
    return encoded(region(whole, scale, box, open_file))


def thumb(package_id: str, name: str, open_file: Open) -> bytes:
    """Return the head of a strip as a small JPEG for lists; the strip itself is not kept in memory.

    Raises:
        InvalidInputError: it is no picture, or larger than any capture makes.
    """
    return _thumbs.get((package_id, name), lambda: _small(package_id, name, open_file))


def _small(package_id: str, name: str, open_file: Open) -> bytes:
    whole = _measure(package_id, [name], open_file)
    wide, high = THUMB
    with open_file(name) as source:
        head = _loaded(source).crop((0, 0, whole.width, min(whole.height, max(whole.width * high // wide, 1))))
    head.thumbnail(THUMB, Image.Resampling.BOX, reducing_gap=None)
    made = Image.new("RGB", THUMB, "white")
    made.paste(head.convert("RGB"), (0, 0))
    target = BytesIO()
    made.save(target, "JPEG", quality=THUMB_QUALITY)
    return target.getvalue()


def region(whole: Picture, scale: int, box: tuple[int, int, int, int], open_file: Open) -> Image.Image:
    """Return a part of the screenshot, reduced ``scale`` times; ``box`` is left, top, right, bottom in its pixels."""
    left, top, right, bottom = box
    made = Image.new("RGB", (math.ceil((right - left) / scale), math.ceil((bottom - top) / scale)), "white")
    for strip in whole.strips:
        first, last = max(top, strip.top), min(bottom, strip.top + strip.height)
        if first >= last:
            continue
        image = _strips.get((whole.package_id, strip.name), partial(_decode, strip.name, open_file))
        part = image.crop((left, first - strip.top, min(right, strip.width), last - strip.top))
        made.paste(part.reduce(scale) if scale > 1 else part, (0, (first - top) // scale))
    return made


def encoded(made: Image.Image) -> bytes:
    """Return a picture as JPEG."""
    target = BytesIO()
    made.save(target, "JPEG", quality=QUALITY, subsampling=0)
    return target.getvalue()


def _decode(name: str, open_file: Open) -> Image.Image:
    with open_file(name) as source:
        return _loaded(source).convert("RGB")
