"""The difference between two versions of a document, sentence by sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from caseapp.documents.blocks import (
    DocumentModel,
    Heading,
    ListBlock,
    Paragraph,
    Signature,
    Table,
    plain,
)

_SIMILAR: Final = 0.5

ChangeKind = Literal["same", "added", "removed", "changed"]


@dataclass(frozen=True)
class Unit:
    """What is compared as a whole: a sentence, a heading, a table row, a signature line."""

    id: str
    kind: str
    text: str


@dataclass(frozen=True)
class Piece:
    """A run of words inside a changed unit."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True)
class Change:
    """One line of the redline. `pieces` shows what moved inside a changed unit."""

    kind: ChangeKind
    before: Unit | None
    after: Unit | None
    pieces: tuple[Piece, ...] = ()


def units(model: DocumentModel) -> list[Unit]:
    """A document as the row of units that are compared."""
    return list(_units(model))


def _units(model: DocumentModel) -> Iterator[Unit]:
    for block in model.blocks:
        if isinstance(block, Heading):
            yield Unit(block.id, "heading", plain(block.content))
        elif isinstance(block, Paragraph):
            yield from (Unit(each.id, "sentence", each.text) for each in block.sentences)
        elif isinstance(block, ListBlock):
            yield from (Unit(each.id, "item", each.text) for item in block.items for each in item.sentences)
        elif isinstance(block, Table):
            rows = [*((block.header,) if block.header else ()), *(row.cells for row in block.rows)]
            for number, cells in enumerate(rows):
                yield Unit(f"{block.id}.{number}", "row", " | ".join(plain(cell.content) for cell in cells))
        elif isinstance(block, Signature):
            yield from (Unit(f"{block.id}.{n}", "signature", plain(line)) for n, line in enumerate(block.lines))


def compare(before: DocumentModel, after: DocumentModel) -> list[Change]:
    """Every unit of both versions in reading order, with what happened to it.

    A removed and an added unit that stand in the same place and share half their words are one changed unit.
    """
    old, new = units(before), units(after)
    matcher = difflib.SequenceMatcher(
        None, [(u.kind, u.text) for u in old], [(u.kind, u.text) for u in new], autojunk=False
    )
    changes: list[Change] = []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            changes += [Change("same", one, two) for one, two in zip(old[a1:a2], new[b1:b2], strict=True)]
        else:
            changes += _pair(old[a1:a2], new[b1:b2])
    return changes


def _pair(removed: list[Unit], added: list[Unit]) -> Iterator[Change]:
    waiting = list(added)
    for one in removed:
        match = next((two for two in waiting if two.kind == one.kind and _ratio(one.text, two.text) >= _SIMILAR), None)
        if match is None:
            yield Change("removed", one, None)
            continue
        position = waiting.index(match)
        yield from (Change("added", None, earlier) for earlier in waiting[:position])
        waiting = waiting[position + 1 :]
        yield Change("changed", one, match, _pieces(one.text, match.text))
    yield from (Change("added", None, rest) for rest in waiting)


def _ratio(one: str, two: str) -> float:
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _SIMILAR else 0.0


def _pieces(one: str, two: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", one[a1:a2]))
            continue
        pieces += [Piece("removed", one[a1:a2])] if a2 > a1 else []
        pieces += [Piece("added", two[b1:b2])] if b2 > b1 else []
    return tuple(pieces)
