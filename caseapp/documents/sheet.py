"""The page as HTML: written from blocks alone, every word escaped, no address loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from caseapp.documents.blocks import (
    Block,
    Cell,
    Citation,
    Column,
    DocumentModel,
    FieldValue,
    Heading,
    Inline,
    Inlines,
    ListBlock,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    plain,
)

_KEPT_WHOLE: Final = 8
_WHOLE: Final = re.compile(
    r"(?<![A-Za-z0-9/.@-])[A-Za-z0-9]{1,20}(?:[-.@][A-Za-z0-9]{1,20}){1,5}(?![A-Za-z0-9/.@-])|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
)
_CODE: Final = re.compile(r"[0-9a-f]{40,}")
SAMPLE_BANNER: Final = {"zh": "示例：虚构案件，不得对外使用", "en": "Sample: a fictional case, not for use"}
DRAFT_BANNER: Final = {"zh": "草稿：供核对，不得发出", "en": "Draft: for checking, not to be sent"}


def words(inline: Inline, *, preview: bool) -> str:
    """One inline as HTML. 待核 marks are printed on previews alone; a missing value is red everywhere."""
    if isinstance(inline, Citation):
        mark = '<span class="unverified">〔待核〕</span>' if inline.unverified and preview else ""
        kind = "whole" if inline.source == "exhibit" else "law"
        shown = f'<span class="{kind}">{escape(inline.label)}</span>' if inline.shown else ""
        return shown + mark
    text = _escaped(inline.text)
    if isinstance(inline, FieldValue):
        if inline.missing:
            return f'<span class="missing">{text}</span>'
        if _CODE.fullmatch(inline.text):
            return f'<span class="code">{text}</span>'
    return text


def _escaped(text: str) -> str:
    """Escaped, line breaks kept, and short latin words like YG-2026-W04417 not torn at their hyphens."""
    parts, at = [], 0
    for found in _WHOLE.finditer(text):
        parts.append(f'{escape(text[at : found.start()])}<span class="whole">{escape(found.group())}</span>')
        at = found.end()
    return ("".join(parts) + str(escape(text[at:]))).replace("\n", "<br>")


class Sheet:
    """Writes the HTML of one model."""

    def __init__(self, model: DocumentModel, style: str, *, preview: bool = False) -> None:
        self._model = model
        self._style = style
        self._preview = preview

    def html(self) -> str:
        """The whole page."""
        model = self._model
        lang = "zh-CN" if model.lang == "zh" else "en"
        banners = [SAMPLE_BANNER] if model.sample else []
        banners += [DRAFT_BANNER] if self._preview else []
        head = "".join(f'<p class="banner">{escape(banner[model.lang])}</p>' for banner in banners)
        body = "".join(part for block in model.blocks for part in self._block(block))
        return (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(self._title())}</title>'
            f"<style>{self._style}</style></head><body>{head}{body}</body></html>"
        )

    def _title(self) -> str:
        number = f" {self._model.number}" if self._model.number else ""
        return f"{self._model.title}{number}"

    def _row(self, inlines: Inlines) -> str:
        return "".join(words(inline, preview=self._preview) for inline in inlines)

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield f"<h{block.level}>{self._heading(block)}</h{block.level}>"
        elif isinstance(block, Paragraph):
            text = self._gap().join(self._row(sentence.content) for sentence in block.sentences)
            lead = " lead" if block.sentences and block.sentences[-1].text.endswith(("：", ":")) else ""
            yield f'<p class="{block.role}{lead}">{text}</p>'
        elif isinstance(block, ListBlock):
            yield from self._list(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Signature):
            lines = "".join(f"<p>{self._row(line)}</p>" for line in block.lines)
            yield f'<div class="signature{" chop" if block.chop else ""}">{lines}</div>'
        elif isinstance(block, PageBreak):
            yield '<div class="page-break"></div>'

    def _heading(self, block: Heading) -> str:
        """A title breaks between its parts, not inside a short one (…的澄清声明 stays whole)."""
        if block.level > 1:
            return self._row(block.content)
        parts = [words(inline, preview=self._preview) for inline in block.content]
        return "".join(
            f'<span class="keep">{part}</span>' if len(plain((inline,))) <= _KEPT_WHOLE else part
            for inline, part in zip(block.content, parts, strict=True)
        )

    def _gap(self) -> str:
        return " " if self._model.lang == "en" else ""

    def _list(self, block: ListBlock) -> Iterator[str]:
        for index, item in enumerate(block.items):
            text = self._gap().join(self._row(sentence.content) for sentence in item.sentences)
            yield f'<p class="item">{block.marker(index)}{text}</p>'

    def _table(self, block: Table) -> Iterator[str]:
        yield f'<table class="{block.role}">'
        yield f"<caption>{self._row(block.caption)}</caption>" if block.caption else ""
        yield "<colgroup>" + "".join(f'<col style="width:{col.width}%">' for col in block.columns) + "</colgroup>"
        if block.header:
            cells = "".join(f'<th colspan="{cell.span}">{self._row(cell.content)}</th>' for cell in block.header)
            yield f"<thead><tr>{cells}</tr></thead>"
        yield "<tbody>"
        for row in block.rows:
            yield f'<tr class="{row.role}">{"".join(self._cells(block, row.cells))}</tr>'
        yield "</tbody></table>"

    def _cells(self, block: Table, cells: tuple[Cell, ...]) -> Iterator[str]:
        at = 0
        for cell in cells:
            column: Column = block.columns[at]
            tag = "th" if block.role == "keys" and at == 0 else "td"
            yield f'<{tag} colspan="{cell.span}" class="{column.align}">{self._row(cell.content)}</{tag}>'
            at += cell.span
