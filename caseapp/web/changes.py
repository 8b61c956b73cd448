"""What differs between a capture and the earlier one of the same address, for the page of the item."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final

from caseapp.services.queries.earlier import EarlierItem
from evidence_store import EvidenceError

REPORT: Final = "changes/report.json"
REPORT_LIMIT: Final = 256 * 1024
LINES_MOST: Final = 1500
LINE_MOST: Final = 600
SHOWN_MOST: Final = 200
_ALIKE: Final = 0.4

Piece = tuple[str, str]
"""What became of a piece of text (same, removed, added), and the piece."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What the comparison found.

    Attributes:
        at: when the earlier page was taken; None unknown.
        own_words: same, differs, or not_read.
        text: share of the text that stayed, in percent.
        picture: share of the picture that looks alike, in percent; None when there was none to compare.
        heights: height of both pictures in pixels.
        changed: whether the page counts as changed.
        lines: what differs, line by line.
        cut: whether there is more than is shown.
    """

    at: datetime | None
    own_words: str
    text: str
    picture: str | None
    heights: tuple[int, int]
    changed: bool
    lines: Sequence[Sequence[Piece]]
    cut: bool


def changes_of(
    open_file: Callable[[str], BinaryIO], files: Mapping[str, Any], text: str, earlier: EarlierItem | None
) -> Changes | None:
    """Read the comparison from the package, and compare the words where the earlier item can be seen.

    Args:
        open_file: opens a payload file by its name.
        files: the payload.
        text: the words of the page now.
        earlier: the earlier item; without it the record's own list of lines is shown.
    """
    entry = files.get(REPORT)
    if not isinstance(entry, dict) or int(entry.get("bytes") or 0) > REPORT_LIMIT:
        return None
    try:
        with open_file(REPORT) as source:
            return _read(json.loads(source.read(REPORT_LIMIT)), text, earlier)
    except (EvidenceError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(found: Mapping[str, Any], text: str, earlier: EarlierItem | None) -> Changes:
    words, picture = found["text"], found.get("picture")
    if earlier is not None:
        lines = list(islice(differing(earlier.text, text), SHOWN_MOST + 1))
    else:
        gone, new = words["only_first"], words["only_second"]
        lines = [[("removed", str(one))] for one in gone] + [[("added", str(one))] for one in new]
    tall, taller = picture["heights"] if picture else (0, 0)
    return Changes(
        datetime.fromisoformat(str(found["earlier"]["finished"])) if found["earlier"]["finished"] else None,
        str(found["own_words"]),
        _percent(words["same_permille"]),
        _percent(picture["alike_permille"]) if picture else None,
        (int(tall), int(taller)),
        bool(found["differs"]),
        lines[:SHOWN_MOST],
        len(lines) > SHOWN_MOST or (earlier is not None and any(map(_longer, (earlier.text, text)))),
    )


def _percent(permille: int) -> str:
    return f"{int(permille) / 10:g}%"


def differing(before: str, now: str) -> Iterator[list[Piece]]:
    """Yield the lines that differ, each as its pieces; a line that was edited is one line."""
    old, new = _lines(before), _lines(now)
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[a1:a2], new[b1:b2]
        for one, other in zip(gone, come, strict=False):
            yield from _edited(one, other)
        yield from ([("removed", one)] for one in gone[len(come) :])
        yield from ([("added", one)] for one in come[len(gone) :])


def _lines(text: str) -> list[str]:
    return [line.strip()[:LINE_MOST] for line in text.splitlines() if line.strip()][:LINES_MOST]


def _longer(text: str) -> bool:
    """Whether a text has more, or longer, lines than are compared."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) > LINES_MOST or any(len(line) > LINE_MOST for line in lines)


def _edited(one: str, other: str) -> Iterator[list[Piece]]:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        yield [("removed", one)]
        yield [("added", other)]
        return
    pieces: list[Piece] = []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", one[a1:a2]))
            continue
        pieces += [("removed", one[a1:a2])] if a2 > a1 else []
        pieces += [("added", other[b1:b2])] if b2 > b1 else []
    yield pieces
