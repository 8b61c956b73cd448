"""Cutting running text into sentences, and giving each an id that outlives changes elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from caseapp.documents.blocks import Citation, FieldValue, Inline, Inlines, Sentence, Text

_ENDS: Final = "。！？"
_LATIN_ENDS: Final = ".!?"
_CLOSERS: Final = "”’」』）)》"
_OPENING: Final = "“「『（(《"
_CLOSING: Final = "”」』）)》"


class IdMaker:
    """Hands out ids made of a place and the words there; equal words in one place are counted."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def make(self, prefix: str, place: str, content: Inlines) -> str:
        """An id from the words without exhibit numbers, so that renumbering changes no id."""
        words = "\x1f".join(_stable(inline) for inline in content)
        digest = hashlib.sha256(f"{place}\x1e{words}".encode()).hexdigest()[:12]
        return self.unique(f"{prefix}-{digest}")

    def unique(self, name: str) -> str:
        """The name itself the first time, then with a count."""
        count = self._seen.get(name, 0) + 1
        self._seen[name] = count
        return name if count == 1 else self.unique(f"{name}-{count}")


def _stable(inline: Inline) -> str:
    if isinstance(inline, Citation):
        return f"{inline.source}:{inline.target}"
    if isinstance(inline, FieldValue):
        return f"{inline.name}={inline.text}"
    return inline.text


def cut(inlines: Inlines, lang: str) -> list[Inlines]:
    """Cut a row of inlines into sentences.

    Only the template's own words are cut: a value from the facts or a citation is never torn apart, and neither is
    anything inside quotation marks or brackets.
    """
    sentences: list[Inlines] = []
    current: list[Inline] = []
    depth = 0
    for inline in inlines:
        if not isinstance(inline, Text):
            current.append(inline)
            continue
        start = 0
        ends, depth = _ends(inline.text, depth, lang)
        for end in ends:
            current.append(Text(text=inline.text[start:end]))
            sentences.append(_trim(current))
            current, start = [], end
        if rest := inline.text[start:]:
            current.append(Text(text=rest))
    sentences.append(_trim(current))
    return [sentence for sentence in sentences if sentence]


def _ends(text: str, depth: int, lang: str) -> tuple[list[int], int]:
    """Positions just after each sentence end, and the bracket depth at the end of the text."""
    ends = []
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth = max(0, depth - 1)
        elif depth == 0 and _is_end(text, index, lang):
            while index < len(text) and text[index] in _CLOSERS:
                index += 1
            ends.append(index)
    return ends, depth


def _is_end(text: str, index: int, lang: str) -> bool:
    char = text[index - 1]
    if char in _ENDS:
        return index == len(text) or text[index] not in _ENDS
    return lang == "en" and char in _LATIN_ENDS and text[index : index + 1] in {" ", "\n"}


def _trim(parts: Iterable[Inline]) -> Inlines:
    content = list(parts)
    if content and isinstance(content[0], Text):
        content[0] = Text(text=content[0].text.lstrip(" \n"))
    if content and isinstance(content[-1], Text):
        content[-1] = Text(text=content[-1].text.rstrip(" \n"))
    return tuple(inline for inline in content if not (isinstance(inline, Text) and not inline.text))


def sentences(inlines: Inlines, *, place: str, lang: str, ids: IdMaker) -> tuple[Sentence, ...]:
    """The sentences of a paragraph or list item standing at `place` (the id of its block)."""
    return tuple(Sentence(id=ids.make("s", place, content), content=content) for content in cut(inlines, lang))
