"""What a redacted copy of an item could hide: finds in its texts, and where the capture says such words stand.

A capture keeps the place of each field it read (``capture.json``), not of each word. A field that is little more than
the find is proposed as a mask; of a longer one only the area is shown, for a person to draw in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from caseapp.domain.personal_data import Find, find_personal
from caseapp.services.mask_pixels import measured
from caseapp.services.masking import Box, Strip, picture_names
from evidence_store import EvidenceError

Open = Callable[[str], AbstractContextManager[BinaryIO]]
CAPTURE_RECORD: Final = "capture.json"
RECORD_MOST: Final = 8 * 1024 * 1024
TEXT_MOST: Final = 4 * 1024 * 1024
TEXT: Final = re.compile(r"(?!robots\.txt\Z)[^/]+\.txt", re.IGNORECASE)
"""Texts of the page; what the host says to robots is none."""
MOST_FIELDS: Final = 500
MOSTLY: Final = 0.5
"""Share of a field's characters a find must have for the field's whole place to be its mask."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle that may be masked.

    Attributes:
        box: where, in picture pixels; ``kind`` and ``why`` are those of the find.
        text: the words found there.
        exact: whether the place holds little else; if not, it is only where to look.
    """

    box: Box
    text: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an item has that can be masked, and what the rules found.

    Attributes:
        strips: its pictures, top to bottom.
        texts: name → text of each text file.
        finds: name → finds in it.
        places: rectangles.
    """

    strips: Sequence[Strip]
    texts: Mapping[str, str]
    finds: Mapping[str, Sequence[Find]]
    places: Sequence[Place]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole column, pixels."""
        return max((one.width for one in self.strips), default=0), sum(one.height for one in self.strips)


def text_names(files: Mapping[str, Any]) -> list[str]:
    """Return the names of an item's plain texts that are small enough to be masked."""
    return sorted(
        name
        for name, entry in files.items()
        if TEXT.fullmatch(name) and isinstance(entry, Mapping) and 0 < int(entry.get("bytes") or 0) <= TEXT_MOST
    )


def propose(files: Mapping[str, Any], open_file: Open, names: Iterable[str] = ()) -> Proposal:
    """Read an item's pictures and texts and return what the rules find in them.

    Args:
        files: the item's files.
        open_file: opens one by its name.
        names: nicknames of bystanders.

    Raises:
        InvalidInputError: a picture cannot be masked. EvidenceError: the store cannot give a file.
    """
    known = list(names)
    strips = measured(picture_names(files), open_file)
    texts = {name: text for name in text_names(files) if (text := read_text(name, open_file)) is not None}
    finds = {name: find_personal(text, known) for name, text in texts.items()}
    return Proposal(strips, texts, finds, _places(files, open_file, strips, known))


def read_text(name: str, open_file: Open) -> str | None:
    """Return a text exactly as its bytes say; None when they are not UTF-8."""
    with open_file(name) as stream:
        try:
            return stream.read(TEXT_MOST).decode("utf-8")
        except UnicodeDecodeError:
            return None


def _places(files: Mapping[str, Any], open_file: Open, strips: Sequence[Strip], names: list[str]) -> list[Place]:
    record = _record(files, open_file)
    size, fields = record.get("size"), record.get("fields")
    wide, high = max((one.width for one in strips), default=0), sum(one.height for one in strips)
    if not strips or not isinstance(fields, list) or not isinstance(size, list) or not size or not _number(size[0]):
        return []
    scale = wide / size[0]
    found: dict[tuple[int, int, int, int], Place] = {}
    for field in fields[:MOST_FIELDS]:
        box = field.get("box") if isinstance(field, dict) else None
        if not isinstance(box, dict) or not all(_number(box.get(side), 0) for side in ("x", "y", "width", "height")):
            continue
        raw = str(field.get("raw") or "")
        sides = _clipped([box[side] * scale for side in ("x", "y", "width", "height")], wide, high)
        if sides is None:
            continue
        for one in find_personal(raw, names):
            exact = (one.end - one.start) >= MOSTLY * len(raw.strip())
            found.setdefault(sides, Place(Box(*sides, one.kind, one.why), one.text, exact))
    return sorted(found.values(), key=lambda place: (place.box.top, place.box.left))


def _clipped(sides: list[float], wide: int, high: int) -> tuple[int, int, int, int] | None:
    left, top = int(sides[0]), int(sides[1])
    right, bottom = min(-int(-(sides[0] + sides[2]) // 1), wide), min(-int(-(sides[1] + sides[3]) // 1), high)
    return (left, top, right - left, bottom - top) if left < right and top < bottom else None


def _number(value: Any, least: float = 1) -> bool:
    return type(value) in (int, float) and least <= value < 1e7  # noqa: PLR2004  no page is as tall


def _record(files: Mapping[str, Any], open_file: Open) -> dict[str, Any]:
    entry = files.get(CAPTURE_RECORD)
    if not isinstance(entry, Mapping) or int(entry.get("bytes") or 0) > RECORD_MOST:
        return {}
    try:
        with open_file(CAPTURE_RECORD) as source:
            record = json.loads(source.read(RECORD_MOST))
    except (EvidenceError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
