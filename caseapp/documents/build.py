"""From the tree of a rendered template to blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, cast

from pydantic import ValidationError

from caseapp.documents.blocks import (
    Block,
    Cell,
    Citation,
    Column,
    FieldValue,
    Heading,
    Inline,
    Inlines,
    Item,
    ListBlock,
    PageBreak,
    Paragraph,
    Row,
    Signature,
    Table,
    Text,
    first_problem,
)
from caseapp.documents.markup import Element
from caseapp.documents.sentences import IdMaker, sentences
from caseapp.documents.values import TemplateStopError

_LEVELS: Final = {"h1": 1, "h2": 2, "h3": 3}
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_LATIN: Final = re.compile(r"[!-~]")


class Builder:
    """Builds the blocks of one document; `lang` decides how white space of the template is read."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._ids = IdMaker()
        self._section = "top"

    def blocks(self, root: Element) -> tuple[Block, ...]:
        """All blocks in order.

        Raises:
            TemplateStopError: an attribute has a value outside the model, or a table is uneven.
        """
        built: list[Block] = []
        for element in root.elements():
            try:
                built.append(self._block(element))
            except ValidationError as error:
                raise TemplateStopError(
                    f"<{element.tag}> (rendered line {element.line}): {first_problem(error)}"
                ) from error
        return tuple(built)

    def _block(self, element: Element) -> Block:
        makers: dict[str, Callable[[Element], Block]] = {
            "p": self._paragraph,
            "ol": self._list,
            "ul": self._list,
            "table": self._table,
            "signature": self._signature,
            "page-break": lambda each: PageBreak(id=self._id(each, ())),
        }
        return makers.get(element.tag, self._heading)(element)

    def _id(self, element: Element, content: Inlines) -> str:
        given = element.attributes.get("id")
        return self._ids.unique(given) if given else self._ids.make("b", self._section, content)

    def _heading(self, element: Element) -> Heading:
        content = self._inlines(element)
        name = self._id(element, content)
        self._section = name
        return Heading(id=name, level=_LEVELS[element.tag], content=content)

    def _paragraph(self, element: Element) -> Paragraph:
        content = self._inlines(element)
        name = self._id(element, content)
        found = sentences(content, place=name, lang=self._lang, ids=self._ids)
        return Paragraph(id=name, role=cast("Any", element.attributes.get("class", "body")), sentences=found)

    def _list(self, element: Element) -> ListBlock:
        style = element.attributes.get("type", "1.") if element.tag == "ol" else "-"
        contents = [self._inlines(child) for child in element.elements()]
        name = self._id(element, tuple(inline for content in contents for inline in content))
        items = tuple(
            Item(sentences=sentences(content, place=name, lang=self._lang, ids=self._ids)) for content in contents
        )
        role = cast("Any", element.attributes.get("class", "body"))
        return ListBlock(id=name, role=role, style=cast("Any", style), items=items)

    def _table(self, element: Element) -> Table:
        parts = {child.tag: child for child in element.elements()}
        caption = self._inlines(parts["caption"]) if "caption" in parts else ()
        header = [self._row(row) for row in parts["thead"].elements()] if "thead" in parts else []
        rows = [self._row(row) for row in parts["tbody"].elements()] if "tbody" in parts else []
        if len(header) > 1:
            raise TemplateStopError(f"<thead> (rendered line {element.line}) has more than one row")
        return Table(
            id=self._id(element, caption or (rows[0].cells[0].content if rows and rows[0].cells else ())),
            role=cast("Any", element.attributes.get("class", "grid")),
            caption=caption,
            columns=_columns(element),
            header=header[0].cells if header else (),
            rows=tuple(rows),
        )

    def _row(self, element: Element) -> Row:
        cells = tuple(
            Cell(content=self._inlines(cell), span=_span(cell.attributes.get("colspan", "1")))
            for cell in element.elements()
        )
        return Row(role=cast("Literal['body', 'total']", element.attributes.get("class", "body")), cells=cells)

    def _signature(self, element: Element) -> Signature:
        flags = element.attributes.get("class", "")
        if flags not in {"", "chop"}:
            raise TemplateStopError(f"<signature> (rendered line {element.line}): class {flags}")
        lines = tuple(self._inlines(line) for line in element.elements())
        content = tuple(inline for line in lines for inline in line)
        return Signature(id=self._id(element, content), chop=flags == "chop", lines=lines)

    def _inlines(self, element: Element) -> Inlines:
        found: list[Inline] = []
        for child in element.children:
            if isinstance(child, str):
                found.append(Text(text=child))
            elif child.tag == "data":
                missing = "data-missing" in child.attributes
                found.append(FieldValue(name=child.attributes.get("value", ""), text=child.text, missing=missing))
            else:
                found.append(_citation(child))
        return tuple(self._tidy(found))

    def _tidy(self, inlines: list[Inline]) -> Iterable[Inline]:
        """Drop the template's own line breaks and indents: between Chinese words they mean nothing."""
        last = len(inlines) - 1
        for index, inline in enumerate(inlines):
            if not isinstance(inline, Text):
                yield inline
                continue
            text = _SPACE.sub(self._space, inline.text)
            text = text.lstrip(" ") if index == 0 else text
            text = text.rstrip(" ") if index == last else text
            if text:
                yield Text(text=text)

    def _space(self, found: re.Match[str]) -> str:
        if self._lang == "en" or "\n" not in found.group():
            return " "
        before = found.string[found.start() - 1] if found.start() else ""
        after = found.string[found.end()] if found.end() < len(found.string) else ""
        return " " if _LATIN.fullmatch(before) and _LATIN.fullmatch(after) else ""


def _citation(element: Element) -> Citation:
    attributes = element.attributes
    return Citation(
        source=cast("Any", attributes.get("data-source")),
        target=attributes.get("data-target", ""),
        label=element.text,
        shown="hidden" not in attributes,
        unverified="data-unverified" in attributes,
    )


def _columns(element: Element) -> tuple[Column, ...]:
    given = element.attributes.get("data-columns", "").split()
    columns = []
    for part in given:
        align, _, width = part.partition(":")
        if not width.isdecimal():
            raise TemplateStopError(f"<table> (rendered line {element.line}): column {part} has no width")
        columns.append(Column(align=cast("Any", align), width=int(width)))
    return tuple(columns)


def _span(text: str) -> int:
    return int(text) if text.isdecimal() else 0
