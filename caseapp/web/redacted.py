"""Redacted copies as pages show them: the form's masks read, a text with its finds marked, copies beside originals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.personal_data import KINDS, WHY, Find
from caseapp.models import EvidenceItem
from caseapp.services.masking import BY_HAND, Box, Span
from caseapp.services.redaction_places import Proposal
from caseapp.services.redactions import copies_of, original_of
from caseapp.services.work import Work
from caseapp.web.i18n import N_, _
from caseapp.web.marks import say

SIDES: Final = ("left", "top", "width", "height")
NUMBER: Final = 9
"""Digits of a number typed; no screenshot is as tall."""
EMPTY_ROWS: Final = 2
AROUND: Final = 24
MOST_ROWS: Final = 3000
MOST_FINDS: Final = 1000
MOST_TEXT: Final = 100_000
NAMES_MOST: Final = 50
PERSON: Final = N_("人工标出")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an item: the redacted copies made of it, or the original it was made from.

    Attributes:
        copies: those this person sees.
        derived: whether the item is such a copy.
        original: its original, when this person may see it.
        may: whether this person may make one.
    """

    copies: Sequence[EvidenceItem]
    derived: bool
    original: EvidenceItem | None
    may: bool


def beside(work: Work, row: EvidenceItem, granted: frozenset[Permission]) -> Beside:
    """Return what stands beside an item."""
    own = row.derived_from_id is None
    may = own and row.package_id is not None and row.status != "disposed" and Permission.EVIDENCE_REGISTER in granted
    return Beside(copies_of(work, row) if own else (), not own, original_of(work, row), may)


@dataclass(frozen=True, slots=True)
class TextFind:
    """A find as a line of the form: its value, what it is and why, the words around it."""

    value: str
    kind: str
    why: str
    before: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text of the item: its finds as lines, how many more there are, and the text in pieces with their finds' values.

    Of a very long text only the beginning is shown, of very many finds the first.
    """

    name: str
    length: int
    finds: Sequence[TextFind]
    more: int
    pieces: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A place as a line of the form."""

    value: str
    kind: str
    why: str
    text: str
    exact: bool
    box: Box


def why_word(why: str) -> str:
    """Return in words why something is proposed."""
    return say(WHY[why]) if why in WHY else _(PERSON)


def kind_word(kind: str) -> str:
    """Return a kind of mask in words."""
    return say(KINDS[kind]) if kind in KINDS else kind


def texts_shown(found: Proposal) -> list[TextShown]:
    """Return the texts for the form, in order."""
    shown = []
    for n, (name, text) in enumerate(found.texts.items()):
        finds = found.finds[name][:MOST_FINDS]
        more = len(found.finds[name]) - len(finds)
        shown.append(TextShown(name, len(text), list(_lines(n, text, finds)), more, list(_pieces(n, text, finds))))
    return shown


def _value(n: int, one: Find) -> str:
    return f"{n}:{one.start}:{one.end}:{one.kind}:{one.why}"


def _lines(n: int, text: str, finds: Sequence[Find]) -> Iterator[TextFind]:
    for one in finds:
        before, after = text[max(0, one.start - AROUND) : one.start], text[one.end : one.end + AROUND]
        yield TextFind(_value(n, one), kind_word(one.kind), why_word(one.why), before, one.text, after)


def _pieces(n: int, text: str, finds: Sequence[Find]) -> Iterator[tuple[str, str]]:
    last = 0
    for one in finds:
        if one.end > MOST_TEXT:
            break
        yield text[last : one.start], ""
        yield one.text, _value(n, one)
        last = one.end
    yield text[last:MOST_TEXT] + ("…" if len(text) > MOST_TEXT else ""), ""


def places_shown(found: Proposal) -> list[PlaceShown]:
    """Return the places for the form."""
    shown = []
    for place in found.places:
        box = place.box
        value = f"{box.left}:{box.top}:{box.width}:{box.height}:{box.kind}:{box.why}"
        shown.append(PlaceShown(value, kind_word(box.kind), why_word(box.why), place.text, place.exact, box))
    return shown


def rows_of(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """Return the rectangles as typed, with some empty rows behind them."""
    columns = {name: form.getlist(name)[:MOST_ROWS] for name in (*SIDES, "box_kind")}
    length = max(len(column) for column in columns.values())
    rows = [{name: column[n] if n < len(column) else "" for name, column in columns.items()} for n in range(length)]
    rows = [row for row in rows if any(row[side].strip() for side in SIDES)]
    return rows + [dict.fromkeys((*SIDES, "box_kind"), "")] * EMPTY_ROWS


def typed_boxes(form: MultiDict[str, str]) -> list[Box]:
    """Return the rectangles ticked and typed.

    Raises:
        InvalidInputError: a row is not four whole numbers.
    """
    boxes = []
    for value in form.getlist("place")[:MOST_ROWS]:
        *sides, kind, why = (value.split(":") + [""] * 6)[:6]
        boxes.append(_box(sides, kind, why))
    typed = [row for row in rows_of(form) if any(row[side].strip() for side in SIDES)]
    return boxes + [_box([row[side] for side in SIDES], row["box_kind"] or "other", BY_HAND) for row in typed]


def _box(sides: Sequence[str], kind: str, why: str) -> Box:
    left, top, width, height = (_whole(side) for side in sides)
    return Box(left, top, width, height, kind, why)


def typed_spans(form: MultiDict[str, str], names: Sequence[str]) -> Mapping[str, list[Span]]:
    """Return the characters ticked and typed, by text.

    Raises:
        InvalidInputError: a place is no pair of numbers, or of a text there is not.
    """
    spans: dict[str, list[Span]] = {}
    typed = zip(*(form.getlist(name)[:MOST_ROWS] for name in ("in", "from", "to", "span_kind")), strict=False)
    rows: list[tuple[str, ...]] = [tuple(value.split(":")) for value in form.getlist("find")[:MOST_ROWS]]
    # People count characters from one, the last included.
    rows += [(text, str(_whole(first) - 1), last, kind, BY_HAND) for text, first, last, kind in typed if first.strip()]
    for row in rows:
        text, first, last, kind, why = (*row, "", "", "", "", "")[:5]
        n = _whole(text)
        if n >= len(names):
            raise _refused(text)
        spans.setdefault(names[n], []).append(Span(_whole(first, least=-1), _whole(last), kind or "other", why))
    return spans


def typed_names(typed: str) -> list[str]:
    """Return nicknames as typed, one a line or parted by commas."""
    parts = typed.replace("，", "\n").replace(",", "\n").replace("、", "\n").splitlines()
    return [name for part in parts if (name := part.strip()[:100])][:NAMES_MOST]


def _whole(typed: str, *, least: int = 0) -> int:
    plain = typed.strip()
    sign, digits = (-1, plain[1:]) if plain[:1] == "-" else (1, plain)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > NUMBER or sign * int(digits) < least:
        raise _refused(typed)
    return sign * int(digits)


def _refused(typed: str) -> InvalidInputError:
    words: Any = typed[:40]
    problem = Label(f"“{words}”不是 0 以上的整数。", f"“{words}” is no whole number from 0.")
    return InvalidInputError(field=Label("遮盖处", "masks"), problem=problem)
