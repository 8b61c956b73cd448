"""A document as it is read: its text, the findings on it numbered once for text and side, what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from caseapp.documents import DocumentModel, compare, load
from caseapp.documents.errors import DocumentError
from caseapp.documents.lint_rules import RULES
from caseapp.documents.redline import Change
from caseapp.documents.values import label_for
from caseapp.models import DocumentVersion
from caseapp.services.documents import heading_of, model_of
from caseapp.web.i18n import language

CIRCLED: Final = ((20, 0x2460), (35, 0x3251 - 20), (50, 0x32B1 - 35))
"""Up to this number the circled digits lie from this code point on."""
MISSING: Final = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding with its number.

    Attributes:
        glyph: its number, the same in the text and at the side.
        blocks: it keeps the document from review.
        title, why, fix: of its rule, in the language of the request.
        quoted: the words concerned, or the name of the field.
        note: what is peculiar to this place.
        place: id of the block or sentence, or path of the field; ``path`` is the field that fills a blank.
    """

    glyph: str
    blocks: bool
    title: str
    why: str
    fix: str
    quoted: str
    note: str
    place: str
    path: str


@dataclass(frozen=True, slots=True)
class Redline:
    """What changed from an earlier version to this one.

    Attributes:
        against: number of the earlier version.
        changes: id of a unit of this version → what happened to it.
        gone: id of a unit of this version → the units that were taken out before it; ``""`` for those at the end.
        listed: every change, in reading order.
    """

    against: int
    changes: Mapping[str, Change]
    gone: Mapping[str, Sequence[str]]
    listed: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the paper shows; ``model`` is None where what is stored cannot be read."""

    model: DocumentModel | None
    marks: Sequence[Mark]
    redline: Redline | None = None
    placed: Mapping[str, Sequence[Mark]] = field(default_factory=dict)

    @property
    def blocking(self) -> Sequence[Mark]:
        """The findings that keep it from review."""
        return [mark for mark in self.marks if mark.blocks]

    @property
    def asking(self) -> Sequence[Mark]:
        """The findings a person should look at."""
        return [mark for mark in self.marks if not mark.blocks]

    @property
    def passed(self) -> int:
        """How many rules found nothing."""
        return len(RULES) - len({mark.title for mark in self.marks})

    @property
    def heading(self) -> str:
        """The title on the paper; empty where it has a blank."""
        return heading_of(self.model) if self.model else ""

    def at(self, place: str, quoted: str = "") -> Sequence[Mark]:
        """The findings at a place of the text: all but those on blanks, or those on this blank."""
        here = self.placed.get(place, ())
        if quoted:
            return [mark for mark in here if mark.path and mark.quoted == quoted]
        return [mark for mark in here if not mark.path]


def glyph(number: int) -> str:
    """Return a number as it stands in the text: circled up to fifty."""
    start = next((start for last, start in CIRCLED if number <= last), None)
    return chr(start + number - 1) if start is not None else f"({number})"


def sheet_of(version: DocumentVersion, before: DocumentVersion | None = None) -> Sheet:
    """Return a version as it is read, against an earlier one if given."""
    try:
        model = model_of(version)
    except DocumentError:
        return Sheet(None, _marks(version, None))
    marks = _marks(version, model)
    placed: dict[str, list[Mark]] = {}
    for mark in marks:
        placed.setdefault(mark.place, []).append(mark)
    return Sheet(model, marks, redline(before, model) if before is not None else None, placed)


def _marks(version: DocumentVersion, model: DocumentModel | None) -> list[Mark]:
    places = {name: at for at, name in enumerate(_places(model))} if model else {}
    found = sorted(version.findings, key=lambda one: (places.get(str(one["place"]), len(places)), one["rule"]))
    names = load(model.kind, model.jurisdiction).labels(language()) if model else {}
    return [_mark(number, one, names) for number, one in enumerate(found, 1)]


def _places(model: DocumentModel) -> Sequence[str]:
    return list(dict.fromkeys(name for name, _inlines in model.rows_of_inlines()))


def _mark(number: int, found: Mapping[str, Any], names: Mapping[str, str]) -> Mark:
    rule, zh = RULES[int(found["rule"])], language() == "zh"
    note = str(found.get(f"note_{language()}", ""))
    place, quoted, path = str(found["place"]), str(found["quoted"]), ""
    if rule.number == MISSING:
        path = next((one for one in (note, place) if "." in one or one in names), "")
        note = label_for(path or place, names) if path or "." in place or place in names else note
    return Mark(
        glyph=glyph(number),
        blocks=found["severity"] == "block",
        title=rule.title_zh if zh else rule.title_en,
        why=rule.why_zh if zh else rule.why_en,
        fix=rule.fix_zh if zh else rule.fix_en,
        quoted=quoted,
        note=note,
        place=place,
        path=path,
    )


def redline(before: DocumentVersion, model: DocumentModel) -> Redline | None:
    """Return what changed since an earlier version; None where that one cannot be read."""
    try:
        older = model_of(before)
    except DocumentError:
        return None
    changes: dict[str, Change] = {}
    gone: dict[str, list[str]] = {}
    waiting: list[str] = []
    listed = compare(older, model)
    for change in listed:
        if change.after is None:
            waiting.append(change.before.text if change.before else "")
            continue
        if waiting:
            gone[change.after.id], waiting = waiting, []
        if change.kind != "same":
            changes[change.after.id] = change
    if waiting:
        gone[""] = waiting
    return Redline(before.n, changes, gone, [change for change in listed if change.kind != "same"])
