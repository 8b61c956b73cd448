"""The film of a capture: its chapters, and what the package says of the frames it was cut from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from caseapp.web.captured import part

CHAPTERS: Final = "video/chapters.vtt"
FRAMES: Final = "video/frames.json"
CUE: Final = re.compile(r"^(\d{2}):(\d{2}):(\d{2})\.(\d{3}) --> [\d:.]+\n(\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where a step of the capture begins, in seconds of the film, and its name."""

    at: float
    name: str

    @property
    def clock(self) -> str:
        """Minutes and seconds."""
        return f"{int(self.at) // 60}:{int(self.at) % 60:02}"


@dataclass(frozen=True, slots=True)
class Film:
    """What the page says of the film: its chapters, how many raw frames lie beside it, and whether a cap ended it."""

    chapters: list[Chapter]
    frames: int
    stopped: str


def film_of(read: Callable[[str], BinaryIO], files: Mapping[str, Any]) -> Film:
    """Read chapters and the index of frames from the package."""
    chapters, index = "", {}
    if CHAPTERS in files:
        with read(CHAPTERS) as stream:
            chapters = stream.read().decode()
    if FRAMES in files:
        with read(FRAMES) as stream:
            index = json.load(stream)
    return Film(_chapters(chapters), len(index.get("frames", ())), str(index.get("stopped", "")))


def _chapters(text: str) -> list[Chapter]:
    found = []
    for hours, minutes, seconds, ms, name in CUE.findall(text):
        found.append(Chapter(int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(ms) / 1000, part(name)))
    return found


def worded(chapters: str) -> str:
    """Return the chapters with their names in the language of the request."""
    return CUE.sub(lambda cue: cue[0].removesuffix(cue[5]) + part(cue[5]), chapters)
