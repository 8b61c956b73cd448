"""Contracts, books, deeds, chats, recordings: what a person says about a paper, sealed together with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.vocabulary import EVIDENCE_KIND, ORIGINALITY
from caseapp.models import EvidenceItem
from caseapp.services.evidence import register_files
from caseapp.services.sealing import Sealed
from caseapp.services.storable import storable
from caseapp.services.work import Work

MOST_PAGES: Final = 9999
HOLDER_LENGTH: Final = 200
PAPER_KINDS: Final = ("contract", "notarial", "finance", "documentary", "testimony", "chat", "screenshot", "video",
                      "electronic")  # fmt: skip
_PAGES: Final = Label("页数", "pages")


@dataclass(frozen=True)
class PaperFacts:
    """What is said of a paper.

    Attributes:
        title: what it is; kind: one of `PAPER_KINDS`.
        source: where and from whom it was obtained.
        proves: 证明目的.
        original_or_copy: ``original``, ``copy`` or empty.
        pages: of the paper itself, 0 when not said.
        holder: who keeps the original, and where.
    """

    title: str
    kind: str
    source: str
    proves: str = ""
    original_or_copy: str = ""
    pages: int = 0
    holder: str = ""

    def checked(self) -> dict[str, Any]:
        """Return the facts as they go into the seal.

        Raises:
            InvalidInputError: a kind, form or number of pages that is none.
        """
        EVIDENCE_KIND.require(self.kind)
        if self.original_or_copy:
            ORIGINALITY.require(self.original_or_copy)
        if not 0 <= self.pages <= MOST_PAGES:
            raise InvalidInputError(field=_PAGES, problem=Label(f"1 至 {MOST_PAGES}。", f"1 to {MOST_PAGES}."))
        if len(self.holder) > HOLDER_LENGTH:
            problem = Label(f"最多 {HOLDER_LENGTH} 个字。", f"at most {HOLDER_LENGTH} characters.")
            raise InvalidInputError(field=Label("原件由谁保管", "holder of the original"), problem=problem)
        made: dict[str, Any] = storable(asdict(self))
        return made


def pages_of(typed: str) -> int:
    """Return a number of pages as typed; nothing typed is 0.

    Raises:
        InvalidInputError: it is no number.
    """
    if not typed.strip():
        return 0
    if not (typed.strip().isascii() and typed.strip().isdigit()) or not 0 < int(typed[:9]) <= MOST_PAGES:
        raise InvalidInputError(field=_PAGES, problem=Label(f"1 至 {MOST_PAGES}。", f"1 to {MOST_PAGES}."))
    return int(typed)


def register_paper(work: Work, sealed: Sealed, told: PaperFacts, *, privileged: bool = False) -> EvidenceItem:
    """Register a sealed paper with what was said of it.

    Raises:
        PermissionDeniedError, InvalidInputError, NotFoundError: as `register_files`.
    """
    said = told.checked()
    item = register_files(
        work,
        sealed,
        title=told.title,
        kind=told.kind,
        source=told.source,
        proves=told.proves or None,
        original_or_copy=told.original_or_copy or None,
        privileged=privileged,
    )
    if "paper" not in item.facts:
        work.change(item, facts={**item.facts, "paper": {"pages": said["pages"], "holder": said["holder"]}})
    return item
