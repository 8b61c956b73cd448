"""A strict reader of the small HTML a template may write: anything outside the list is an error with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final, NoReturn

from caseapp.documents.values import TemplateStopError

_INLINE: Final = frozenset({"data", "cite"})
CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"h1", "h2", "h3", "p", "ol", "ul", "table", "signature", "page-break"}),
    "h1": _INLINE,
    "h2": _INLINE,
    "h3": _INLINE,
    "p": _INLINE,
    "ol": frozenset({"li"}),
    "ul": frozenset({"li"}),
    "li": _INLINE,
    "table": frozenset({"caption", "thead", "tbody"}),
    "caption": _INLINE,
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tr": frozenset({"th", "td"}),
    "th": _INLINE,
    "td": _INLINE,
    "signature": frozenset({"p"}),
    "page-break": frozenset(),
    "data": frozenset(),
    "cite": frozenset(),
}
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "h1": frozenset({"id"}),
    "h2": frozenset({"id"}),
    "h3": frozenset({"id"}),
    "p": frozenset({"id", "class"}),
    "ol": frozenset({"id", "class", "type"}),
    "ul": frozenset({"id", "class"}),
    "table": frozenset({"id", "class", "data-columns"}),
    "tr": frozenset({"class"}),
    "th": frozenset({"colspan"}),
    "td": frozenset({"colspan"}),
    "signature": frozenset({"id", "class"}),
    "page-break": frozenset({"id"}),
    "data": frozenset({"value", "data-missing"}),
    "cite": frozenset({"data-source", "data-target", "data-unverified", "hidden"}),
}
_TEXT: Final = frozenset({"h1", "h2", "h3", "p", "li", "caption", "th", "td", "data", "cite"})
_VOID: Final = frozenset({"page-break"})


@dataclass
class Element:
    """An element with its attributes and children (elements and text)."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    line: int = 0

    def elements(self) -> list[Element]:
        """The child elements; stray text between them was refused by the reader."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """The text directly inside."""
        return "".join(child for child in self.children if isinstance(child, str))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def refuse(self, what: str) -> NoReturn:
        """Stop with the line of the rendered text."""
        raise TemplateStopError(f"{what} (rendered line {self.getpos()[0]})")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1]
        if tag not in CHILDREN or tag not in CHILDREN[parent.tag]:
            self.refuse(f"element <{tag}> is not allowed in <{parent.tag or 'document'}>")
        names = [name for name, _ in attrs]
        unknown = set(names) - ATTRIBUTES.get(tag, frozenset())
        if unknown or len(set(names)) != len(names):
            self.refuse(f"attribute {', '.join(sorted(unknown)) or 'twice'} is not allowed on <{tag}>")
        element = Element(tag, {name: value or "" for name, value in attrs}, line=self.getpos()[0])
        parent.children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.refuse(f"<{tag}/> cannot be empty")

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) == 1 or self._open[-1].tag != tag:
            self.refuse(f"</{tag}> closes nothing")
        self._open.pop()

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        if parent.tag in _TEXT:
            parent.children.append(data)
        elif data.strip():
            self.refuse(f"text outside a paragraph: {data.strip()[:40]}")

    def handle_comment(self, data: str) -> None:
        self.refuse(f"an HTML comment is not allowed: {data[:40]}")

    def handle_decl(self, decl: str) -> None:
        self.refuse(f"a declaration is not allowed: {decl[:40]}")

    def handle_pi(self, data: str) -> None:
        self.refuse(f"a processing instruction is not allowed: {data[:40]}")

    def unknown_decl(self, data: str) -> None:
        self.refuse(f"a declaration is not allowed: {data[:40]}")

    def finish(self) -> Element:
        """The whole tree; everything must be closed."""
        self.close()
        if len(self._open) > 1:
            self.refuse(f"<{self._open[-1].tag}> is never closed")
        return self.root


def read(html: str) -> Element:
    """Read rendered template text into a tree.

    Raises:
        TemplateStopError: an element, attribute or text outside the subset.
    """
    reader = _Reader()
    reader.feed(html)
    return reader.finish()
