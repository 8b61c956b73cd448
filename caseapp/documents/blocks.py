"""The closed block model: everything a legal document may consist of, and nothing else.

A document is a row of blocks. A paragraph is a row of sentences, a sentence a row of inlines: plain text, a field (a
value that came from the facts, or the red mark of one that is missing) and a citation (of an exhibit or of a rule of
law). The model as JSON is what a document version stores; PDF, DOCX, plain text, redline and lint are functions of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from caseapp.documents.errors import BadModelError

SCHEMA: Final = "bianwu-document/1"
MAX_BLOCKS: Final = 20_000

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,119}$")]


class Node(BaseModel):
    """Frozen, and a key the model does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Node):
    """Words of the template or of an editor."""

    type: Literal["text"] = "text"
    text: str


class FieldValue(Node):
    """A value from the facts under its dotted path; `missing` prints red and blocks approval."""

    type: Literal["field"] = "field"
    name: str
    text: str
    missing: bool = False


class Citation(Node):
    """A reference to an exhibit (by its evidence number) or to a rule of law (by its key).

    `label` is what is printed (证1-3, 《…》第…条). A citation that is not `shown` supports its sentence without being
    printed: public statements do not carry exhibit numbers. `unverified` means the rule shows 待核.
    """

    type: Literal["citation"] = "citation"
    source: Literal["exhibit", "law"]
    target: str
    label: str
    shown: bool = True
    unverified: bool = False


Inline = Annotated[Text | FieldValue | Citation, Field(discriminator="type")]
Inlines = tuple[Inline, ...]


def plain(inlines: Inlines) -> str:
    """The printed words of a row of inlines."""
    return "".join(_words(inline) for inline in inlines)


def _words(inline: Text | FieldValue | Citation) -> str:
    if isinstance(inline, Citation):
        return inline.label if inline.shown else ""
    return inline.text


class Sentence(Node):
    """One sentence with an id that survives renumbered exhibits and changes elsewhere in the document."""

    id: Identifier
    content: Inlines

    @property
    def text(self) -> str:
        """The printed words."""
        return plain(self.content)


class Heading(Node):
    """A heading; level 1 is the title of the document."""

    type: Literal["heading"] = "heading"
    id: Identifier
    level: Annotated[int, Field(ge=1, le=3)]
    content: Inlines


ParagraphRole = Literal["body", "fact", "quote", "to", "number", "note", "meta"]
"""`fact` paragraphs assert facts of the case: each sentence needs an exhibit. `quote` is another's words."""


class Paragraph(Node):
    """Running text."""

    type: Literal["paragraph"] = "paragraph"
    id: Identifier
    role: ParagraphRole = "body"
    sentences: tuple[Sentence, ...]


class Item(Node):
    """One item of a list."""

    sentences: tuple[Sentence, ...]


class ListBlock(Node):
    """Numbered or dashed items; the number is part of every output, never left to a style sheet."""

    type: Literal["list"] = "list"
    id: Identifier
    role: Literal["body", "fact"] = "body"
    style: Literal["1.", "（1）", "-"] = "1."
    items: tuple[Item, ...]

    def marker(self, index: int) -> str:
        """The printed number of the item at `index` (from 0)."""
        return {"1.": f"{index + 1}. ", "（1）": f"（{index + 1}）", "-": "– "}[self.style]


class Cell(Node):
    """One cell of a table; `span` counts the columns it covers."""

    content: Inlines
    span: Annotated[int, Field(ge=1, le=12)] = 1


class Row(Node):
    """One row; `total` rows close a group or the table."""

    role: Literal["body", "total"] = "body"
    cells: tuple[Cell, ...]


class Column(Node):
    """How a column is set: `mono` for addresses and digests, `right` for money."""

    align: Literal["left", "right", "center", "mono"] = "left"
    width: Annotated[int, Field(ge=1, le=100)] = 10
    """Share of the table's width in percent."""


class Table(Node):
    """A table; `keys` is a two-column sheet of names and values, `grid` has a header row."""

    type: Literal["table"] = "table"
    id: Identifier
    role: Literal["keys", "grid"] = "grid"
    caption: Inlines = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=12)]
    header: tuple[Cell, ...] = ()
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _even(self) -> Self:
        for number, cells in enumerate((self.header, *(row.cells for row in self.rows))):
            if (cells or number) and sum(cell.span for cell in cells) != len(self.columns):
                raise ValueError(f"row {number} does not fill {len(self.columns)} columns")
        return self


class Signature(Node):
    """Who signs, place of the chop, date; kept together on one page."""

    type: Literal["signature"] = "signature"
    id: Identifier
    chop: bool = False
    lines: tuple[Inlines, ...]


class PageBreak(Node):
    """The next block starts a page."""

    type: Literal["page_break"] = "page_break"
    id: Identifier


Block = Annotated[
    Heading | Paragraph | ListBlock | Table | Signature | PageBreak,
    Field(discriminator="type"),
]


class DocumentModel(Node):
    """A whole document. Equal models print equal bytes."""

    schema_: Literal["bianwu-document/1"] = Field(default=SCHEMA, alias="schema")
    kind: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]
    template_version: str
    jurisdiction: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    lang: Literal["zh", "en"]
    title: str
    number: str | None = None
    issued_on: dt.date | None = None
    sample: bool = False
    """True for the fictional case: every output is marked 示例."""
    blocks: Annotated[tuple[Block, ...], Field(max_length=MAX_BLOCKS)]

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_alias=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        seen: set[str] = set()
        for name in self._ids():
            if name in seen:
                raise ValueError(f"id {name} occurs twice")
            seen.add(name)
        return self

    def _ids(self) -> Iterator[str]:
        yield from (block.id for block in self.blocks)
        yield from (sentence.id for _, sentence in self.sentences())

    def sentences(self) -> Iterator[tuple[Paragraph | ListBlock, Sentence]]:
        """Every sentence of running text with the block it stands in, in reading order."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield from ((block, sentence) for sentence in block.sentences)
            elif isinstance(block, ListBlock):
                yield from ((block, sentence) for item in block.items for sentence in item.sentences)

    def rows_of_inlines(self) -> Iterator[tuple[str, Inlines]]:
        """Every row of inlines with the id of its place: heading, sentence, table cell, signature line."""
        for block in self.blocks:
            if isinstance(block, Heading):
                yield block.id, block.content
            elif isinstance(block, Paragraph):
                yield from ((sentence.id, sentence.content) for sentence in block.sentences)
            elif isinstance(block, ListBlock):
                yield from ((each.id, each.content) for item in block.items for each in item.sentences)
            elif isinstance(block, Table):
                yield from _table_rows(block)
            elif isinstance(block, Signature):
                yield from ((block.id, line) for line in block.lines)

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, UTF-8 characters as they are, no spaces."""
        dumped = self.model_dump(mode="json", by_alias=True)
        return json.dumps(dumped, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read stored JSON.

        Raises:
            BadModelError: not JSON, an element outside the model, or a doubled id; the message names the place.
        """
        try:
            return cls.model_validate(json.loads(text))
        except ValidationError as error:
            raise BadModelError(detail=first_problem(error)) from error
        except (ValueError, RecursionError) as error:
            raise BadModelError(detail=f"{type(error).__name__}: {error}") from error


def _table_rows(block: Table) -> Iterator[tuple[str, Inlines]]:
    if block.caption:
        yield block.id, block.caption
    for cells in (block.header, *(row.cells for row in block.rows)):
        yield from ((block.id, cell.content) for cell in cells)


def first_problem(error: ValidationError) -> str:
    """The first problem pydantic found, with its place, on one line."""
    problem: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])
