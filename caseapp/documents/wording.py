"""Sentences in a person's own words over those of the template, with their citations and blanks kept in place.

A sentence is edited as plain text. In it a citation stands as its label (证1-3, 《…》第…条) and a missing value as its
mark (〔缺：联系电话〕): where the label or mark still stands, the citation or the blank still stands; a label of an
exhibit that was typed newly becomes a citation of it. Citations that are not printed stay with their sentence. The
words of others (a quotation) are not edited: they are evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from caseapp.documents.blocks import (
    Citation,
    DocumentModel,
    FieldValue,
    Inline,
    Inlines,
    ListBlock,
    Paragraph,
    Sentence,
    Text,
)
from caseapp.documents.context import DocumentFacts
from caseapp.documents.edit import replace_sentence

Wording = Mapping[str, str]
"""Id of a sentence → its words."""

LONGEST: Final = 4_000
_LABEL: Final = re.compile(r"证[0-9]{1,3}-[0-9]{1,4}|Exhibit [0-9]{1,3}-[0-9]{1,4}")


def editable(model: DocumentModel) -> Iterator[tuple[Paragraph | ListBlock, Sentence]]:
    """The sentences a person may write in other words, in reading order."""
    for block, sentence in model.sentences():
        quoted = isinstance(block, Paragraph) and block.role == "quote"
        if not quoted and not any(_foreign(inline) for inline in sentence.content):
            yield block, sentence


def reword(model: DocumentModel, wording: Wording, facts: DocumentFacts) -> tuple[DocumentModel, dict[str, str]]:
    """The document with those sentences in other words, and the wording that found its sentence.

    A sentence whose facts changed has another id: what was written for the old one is left out, never guessed.

    Raises:
        DocumentError: a text holds a hidden character.
    """
    known = {sentence.id: sentence for _, sentence in editable(model)}
    kept = {key: text for key, text in wording.items() if key in known and text != known[key].text}
    for key, text in kept.items():
        model = replace_sentence(model, key, written(text, known[key].content, facts, model.lang))
    return model, kept


def written(text: str, before: Inlines, facts: DocumentFacts, lang: str) -> Inlines:
    """A person's words as inlines: labels and marks of what stood there before, and of exhibits, taken up again."""
    known = _atoms(before) | {_shown(one.label, lang): _cite(one.evidence, one.label, lang) for one in facts.exhibits}
    hidden = tuple(inline for inline in before if isinstance(inline, Citation) and not inline.shown)
    marks = sorted((mark for mark in known if mark), key=len, reverse=True)
    split = re.compile("|".join([*(re.escape(mark) for mark in marks), _LABEL.pattern]))
    found: list[Inline] = []
    at = 0
    for match in split.finditer(text):
        inline = known.get(match.group())
        if inline is None:
            continue
        found += [Text(text=text[at : match.start()])] if match.start() > at else []
        found.append(inline)
        at = match.end()
    found += [Text(text=text[at:])] if text[at:] else []
    return (*found, *hidden)


def _atoms(inlines: Inlines) -> dict[str, Inline]:
    """What of a sentence is more than words, by how it is printed."""
    found: dict[str, Inline] = {}
    for inline in inlines:
        if isinstance(inline, FieldValue) and inline.missing:
            found.setdefault(inline.text, inline)
        elif isinstance(inline, Citation) and inline.shown:
            found.setdefault(inline.label, inline)
    return found


def _foreign(inline: Inline) -> bool:
    return isinstance(inline, FieldValue) and inline.name.endswith(".quote")


def _shown(label: str, lang: str) -> str:
    return label if lang == "zh" else f"Exhibit {label.removeprefix('证')}"


def _cite(evidence: str, label: str, lang: str) -> Citation:
    return Citation(source="exhibit", target=evidence, label=_shown(label, lang))
