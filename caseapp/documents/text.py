"""Plain text of a model, for platform forms, e-mail bodies and the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from caseapp.documents.blocks import (
    Block,
    DocumentModel,
    Heading,
    ListBlock,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    plain,
)
from caseapp.documents.sheet import SAMPLE_BANNER


def to_text(model: DocumentModel) -> str:
    """The whole document as text: one block a paragraph, numbers of lists written out, tables as “name：value” lines.

    Line ends are LF, and the text ends with one.
    """
    banner = [SAMPLE_BANNER[model.lang]] if model.sample else []
    parts = ["\n".join(_lines(block, model.lang)) for block in model.blocks]
    return "\n\n".join(part for part in (*banner, *parts) if part) + "\n"


def _lines(block: Block, lang: str) -> Iterator[str]:
    gap = " " if lang == "en" else ""
    if isinstance(block, Heading):
        yield plain(block.content)
    elif isinstance(block, Paragraph):
        yield gap.join(sentence.text for sentence in block.sentences)
    elif isinstance(block, ListBlock):
        for index, item in enumerate(block.items):
            yield block.marker(index) + gap.join(sentence.text for sentence in item.sentences)
    elif isinstance(block, Table):
        yield from _table(block, lang)
    elif isinstance(block, Signature):
        yield from (plain(line) for line in block.lines)
    elif isinstance(block, PageBreak):
        return


def _table(block: Table, lang: str) -> Iterator[str]:
    if block.caption:
        yield plain(block.caption)
    if block.header:
        yield " | ".join(plain(cell.content) for cell in block.header)
    colon = "：" if lang == "zh" else ": "
    for row in block.rows:
        cells = [plain(cell.content) for cell in row.cells]
        yield colon.join(cells) if block.role == "keys" else " | ".join(cells)
