"""Changes to a model that keep its ids: another order of exhibits, other words in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from caseapp.documents.blocks import (
    Block,
    Cell,
    Citation,
    DocumentModel,
    Heading,
    Inline,
    Inlines,
    ListBlock,
    Paragraph,
    Sentence,
    Signature,
    Table,
    Text,
)
from caseapp.documents.errors import DocumentError
from caseapp.documents.facts import prose

Change = Callable[[Inlines], Inlines]


def relabel(model: DocumentModel, labels: Mapping[str, str]) -> DocumentModel:
    """The same document with its exhibits renumbered everywhere.

    Args:
        model: the document.
        labels: evidence number → label (证2-1) in the new order; every cited exhibit must be in it.

    Raises:
        DocumentError: an exhibit the document cites has no place in the new order.
    """

    def change(inlines: Inlines) -> Inlines:
        return tuple(_relabelled(inline, labels, model.lang) for inline in inlines)

    return model.model_copy(update={"blocks": tuple(_apply(block, change) for block in model.blocks)})


def replace_sentence(model: DocumentModel, sentence_id: str, content: Inlines) -> DocumentModel:
    """The same document with other words in one sentence; its id stays, so comments stay with it.

    Args:
        model: the document.
        sentence_id: which sentence.
        content: the new inlines; plain text must be free of control and bidi characters.

    Raises:
        DocumentError: there is no such sentence, or the text holds a hidden character.
    """
    if all(sentence.id != sentence_id for _, sentence in model.sentences()):
        raise DocumentError(detail=f"没有这一句（no such sentence）：{sentence_id}")
    for inline in content:
        if isinstance(inline, Text):
            _check(inline.text)

    def swap(sentence: Sentence) -> Sentence:
        return sentence.model_copy(update={"content": content}) if sentence.id == sentence_id else sentence

    return model.model_copy(update={"blocks": tuple(_swap(block, swap) for block in model.blocks)})


def _check(text: str) -> None:
    try:
        prose(text)
    except ValueError as error:
        raise DocumentError(detail=str(error)) from error


def _relabelled(inline: Inline, labels: Mapping[str, str], lang: str) -> Inline:
    if not isinstance(inline, Citation) or inline.source != "exhibit":
        return inline
    label = labels.get(inline.target)
    if label is None:
        raise DocumentError(detail=f"证据 {inline.target} 在新顺序中没有编号（no label in the new order）")
    shown = label if lang == "zh" else f"Exhibit {label.removeprefix('证')}"
    return inline.model_copy(update={"label": shown})


def _apply(block: Block, change: Change) -> Block:
    """The block with every row of inlines changed."""
    if isinstance(block, Paragraph | ListBlock):
        return _swap(block, lambda each: each.model_copy(update={"content": change(each.content)}))
    if isinstance(block, Heading):
        return block.model_copy(update={"content": change(block.content)})
    if isinstance(block, Signature):
        return block.model_copy(update={"lines": tuple(change(line) for line in block.lines)})
    return _table(block, change) if isinstance(block, Table) else block


def _swap(block: Block, swap: Callable[[Sentence], Sentence]) -> Block:
    if isinstance(block, Paragraph):
        return block.model_copy(update={"sentences": tuple(swap(each) for each in block.sentences)})
    if isinstance(block, ListBlock):
        items = tuple(
            item.model_copy(update={"sentences": tuple(swap(each) for each in item.sentences)}) for item in block.items
        )
        return block.model_copy(update={"items": items})
    return block


def _table(block: Table, change: Change) -> Table:
    def cells(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(cell.model_copy(update={"content": change(cell.content)}) for cell in row)

    rows = tuple(row.model_copy(update={"cells": cells(row.cells)}) for row in block.rows)
    return block.model_copy(update={"caption": change(block.caption), "header": cells(block.header), "rows": rows})
