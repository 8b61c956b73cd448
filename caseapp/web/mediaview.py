"""Video, sound and pictures a page showed, as its item shows them: what is kept, and what is missing of the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from evidence_store import EvidenceError

LISTED: Final = "media.json"
LISTED_LIMIT: Final = 4 * 1024 * 1024
NAME: Final = re.compile(r"(?:media|images)/[0-9]{3,4}\.([a-z0-9]{2,4})")
PLAYED: Final[Mapping[str, str]] = {
    "mp4": "video/mp4", "webm": "video/webm", "ogg": "audio/ogg", "mp3": "audio/mpeg", "aac": "audio/aac",
    "wav": "audio/wav", "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif",
}  # fmt: skip
"""Endings a browser shows in the page; all of them told by the first octets when they were kept."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A video or sound.

    Attributes:
        name: payload name; empty when it did not come whole.
        url: where the page loaded it from.
        kind: video or audio; empty when no browser plays it.
        mime: its type.
        size: length of the whole file.
        sha256: digest of the file kept.
        missing: bytes that were not loaded.
    """

    name: str
    url: str
    kind: str
    mime: str
    size: int
    sha256: str
    missing: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture the page showed; ``name`` is empty when its bytes were not kept."""

    name: str
    url: str
    alt: str
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Media:
    """What a page showed besides its words."""

    clips: Sequence[Clip]
    pictures: Sequence[Picture]


def type_of(name: str) -> str:
    """Return the type to show a payload file with; empty for what is no medium a browser may show."""
    found = NAME.fullmatch(name)
    return PLAYED.get(found[1], "") if found else ""


def media_of(open_file: Callable[[str], BinaryIO], files: Mapping[str, Any]) -> Media | None:
    """Read what was kept from the package; None when it has no readable list."""
    entry = files.get(LISTED)
    if not isinstance(entry, dict) or int(entry.get("bytes") or 0) > LISTED_LIMIT:
        return None
    try:
        with open_file(LISTED) as source:
            found = json.loads(source.read(LISTED_LIMIT))
        return Media([_clip(one, files) for one in found["media"]], [_picture(one, files) for one in _images(found)])
    except (EvidenceError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _images(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    images: Sequence[Mapping[str, Any]] = found.get("images") or ()
    return images


def _kept(one: Mapping[str, Any], files: Mapping[str, Any]) -> str:
    name = str(one.get("name") or "")
    return name if name in files and NAME.fullmatch(name) else ""


def _clip(one: Mapping[str, Any], files: Mapping[str, Any]) -> Clip:
    name = _kept(one, files)
    shown = type_of(name).partition("/")[0]
    if shown == "audio" and str(one["mime"]).startswith("video/"):
        shown = "video"
    missing = sum(int(end) - int(start) for start, end in one["missing"])
    return Clip(name, str(one["url"]), shown, str(one["mime"]), int(one["bytes"]), str(one["sha256"]), missing)


def _picture(one: Mapping[str, Any], files: Mapping[str, Any]) -> Picture:
    width, height = (int(side) for side in one["size"])
    return Picture(
        _kept(one, files), str(one["url"]), str(one["alt"]), width, height, int(one["bytes"]), str(one["sha256"])
    )
