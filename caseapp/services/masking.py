"""遮盖: which rectangles and characters are hidden, checked before anything is painted; and how a text is covered.

A screenshot is a column of strips (``shots/page-001.png`` …). Digests of what a mask hides are keyed (`keyed`): a
plain digest of eleven digits is found by trying all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.personal_data import KINDS, WHY

MOST_BOXES: Final = 2000
MOST_SPANS: Final = 5000
MOST_PIXELS: Final = 64_000_000
"""Pixels of one strip, as many as the page shows; a taller screenshot comes in several strips."""
COVER: Final = "█"
BY_HAND: Final = "by_hand"
STRIP: Final = re.compile(r"shots/page-[0-9]{1,6}\.png")
LOOSE: Final = re.compile(r"[^/]+\.(?:png|jpe?g)", re.IGNORECASE)
_BOX: Final = Label("遮盖框", "mask")
_SPAN: Final = Label("遮盖的文字", "masked text")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the whole picture, in its pixels, with what it hides and the words why."""

    left: int
    top: int
    width: int
    height: int
    kind: str = "other"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a text, ``end`` being the one behind the last."""

    start: int
    end: int
    kind: str = "other"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """One picture of the column: its name, its first row in the whole, its size in pixels."""

    name: str
    top: int
    width: int
    height: int


def strip_of(name: str, width: Any, height: Any) -> Strip:
    """Return a picture that stands alone; its size is a stranger's word.

    Raises:
        ValueError: no size a picture has.
    """
    if type(width) is not int or type(height) is not int or not 0 < width * height <= MOST_PIXELS:
        raise ValueError(name)
    return Strip(name, 0, width, height)


def picture_names(files: Mapping[str, Any]) -> list[str]:
    """Return the names of an item's pictures from top to bottom: the strips of a capture, else loose pictures."""
    strips = sorted(name for name in files if STRIP.fullmatch(name))
    return strips or sorted(name for name in files if LOOSE.fullmatch(name))


def checked_boxes(boxes: Iterable[Box], strips: Sequence[Strip]) -> list[Box]:
    """Return the rectangles as they are painted.

    Raises:
        InvalidInputError: too many; one is no whole number, has no area, or is not wholly on the picture.
    """
    wide = max((strip.width for strip in strips), default=0)
    high = sum(strip.height for strip in strips)
    found: list[Box] = []
    for n, box in enumerate(boxes, start=1):
        if n > MOST_BOXES:
            raise InvalidInputError(field=_BOX, problem=Label(f"最多 {MOST_BOXES} 个。", f"use at most {MOST_BOXES}."))
        sides = (box.left, box.top, box.width, box.height)
        whole = all(type(side) is int for side in sides)
        if not whole or min(box.left, box.top) < 0 or min(box.width, box.height) < 1:
            problem = Label(
                f"第 {n} 个框须为不小于 0 的整数，宽和高至少 1。",
                f"number {n}: whole numbers from 0, width and height at least 1.",
            )
            raise InvalidInputError(field=_BOX, problem=problem)
        if box.left + box.width > wide or box.top + box.height > high or not any(_parts(box, strips)):
            problem = Label(
                f"第 {n} 个框超出截图（{wide} × {high} 像素）。",
                f"number {n} reaches beyond the picture of {wide} × {high} pixels.",
            )
            raise InvalidInputError(field=_BOX, problem=problem)
        found.append(Box(*sides, _kind(box.kind), _why(box.why)))
    return found


def checked_spans(spans: Iterable[Span], text: str) -> list[Span]:
    """Return the spans in order; where two overlap, the second begins where the first ends.

    Raises:
        InvalidInputError: too many; one is no whole number, is empty, or not wholly in the text.
    """
    listed = list(spans)
    if len(listed) > MOST_SPANS:
        raise InvalidInputError(field=_SPAN, problem=Label(f"最多 {MOST_SPANS} 处。", f"use at most {MOST_SPANS}."))
    for span in listed:
        if type(span.start) is not int or type(span.end) is not int or not 0 <= span.start < span.end <= len(text):
            problem = Label(
                f"位置须在正文之内，并至少一个字（共 {len(text)} 字）。",
                f"a place must lie in the text and hold a character (there are {len(text)}).",
            )
            raise InvalidInputError(field=_SPAN, problem=problem)
    found: list[Span] = []
    last = 0
    for span in sorted(listed, key=lambda one: (one.start, -one.end)):
        start = max(span.start, last)
        if start < span.end:
            found.append(Span(start, span.end, _kind(span.kind), _why(span.why)))
            last = span.end
    return found


def _kind(kind: str) -> str:
    return kind if kind in KINDS else "other"


def _why(why: str) -> str:
    """A rule's name, else a person: free words would say again what the mask hides."""
    return why if why in WHY else BY_HAND


def covered(text: str, spans: Sequence[Span]) -> str:
    """Return the text with each character of the spans (checked before) as █."""
    pieces: list[str] = []
    last = 0
    for span in spans:
        pieces += [text[last : span.start], COVER * (span.end - span.start)]
        last = span.end
    return "".join([*pieces, text[last:]])


def keyed(key: bytes, *parts: bytes) -> str:
    """Return HMAC-SHA256 as hex; ``key`` is the original's own list of digests, which only its holders have."""
    made = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.hexdigest()


def _parts(box: Box, strips: Sequence[Strip]) -> Iterator[Strip]:
    for strip in strips:
        inside = box.top < strip.top + strip.height and strip.top < box.top + box.height
        if inside and box.left < strip.width:
            yield strip


def on_strip(boxes: Iterable[Box], strip: Strip) -> list[Box]:
    """Return the parts of the rectangles that lie on a strip, in the strip's own pixels."""
    found = []
    for box in boxes:
        top, bottom = max(box.top, strip.top), min(box.top + box.height, strip.top + strip.height)
        right = min(box.left + box.width, strip.width)
        if top < bottom and box.left < right:
            found.append(Box(box.left, top - strip.top, right - box.left, bottom - top, box.kind, box.why))
    return found
