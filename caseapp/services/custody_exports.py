"""The chain of custody taken out of the house: CASE/UCO as JSON-LD, PREMIS as XML, the table as PDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from caseapp.documents.printouts import CustodyRow, CustodyTable, custody_pdf
from caseapp.domain import workflow
from caseapp.domain.custody import deed
from caseapp.domain.errors import NotFoundError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.models import CustodyEvent, EvidenceItem
from caseapp.services.custody import append_custody, custody_words
from caseapp.services.filing_papers import keeping_record
from caseapp.services.work import Work
from evidence_store.provenance import Line, Subject, case_uco, premis

Words = list[tuple[CustodyEvent, str, str]]


@dataclass(frozen=True)
class CustodyForm:
    """One form the chain can be taken out in.

    Attributes:
        label: what it is called.
        suffix: end of the file's name.
        mime: its media type.
        write: makes it of the item and its events.
    """

    label: Label
    suffix: str
    mime: str
    write: Callable[[Work, EvidenceItem, Words, Lang], bytes]


def export_custody(work: Work, item: EvidenceItem, form: str, *, lang: Lang, reason: str = "") -> tuple[str, bytes]:
    """Return the file's name and bytes; the export is the last event in it.

    Raises:
        NotFoundError: the item is not there for this person, was never sealed, or there is no such form.
        PermissionDeniedError: the actor may not export.
    """
    work.require(Permission.EVIDENCE_EXPORT, item)
    if form not in FORMS or item.package_id is None:
        raise NotFoundError(kind=kind_label("custody_events"))
    append_custody(work, item, "export", reason=reason or FORMS[form].label.zh)
    work.record(Event.EVIDENCE_EXPORTED, item, after={"form": form}, reason=reason or None)
    made = FORMS[form].write(work, item, custody_words(work, item), lang)
    return f"custody-{item.seal_id}{FORMS[form].suffix}", made


def _subject(item: EvidenceItem) -> Subject:
    return Subject(item.no, item.title, str(item.seal_id), str(item.package_id), item.files)


def _lines(words: Words) -> list[Line]:
    return [Line(event.leaf, actor, reason) for event, actor, reason in words]


def _case(_work: Work, item: EvidenceItem, words: Words, _lang: Lang) -> bytes:
    graph = case_uco(_subject(item), _lines(words))
    return json.dumps(graph, ensure_ascii=False, indent=1).encode() + b"\n"


def _premis(_work: Work, item: EvidenceItem, words: Words, _lang: Lang) -> bytes:
    return premis(_subject(item), _lines(words))


def _pdf(work: Work, item: EvidenceItem, words: Words, lang: Lang) -> bytes:
    rows = []
    for event, actor, reason in words:
        done = deed(event.type, str(event.leaf.get("outcome", ""))).text(lang)
        rows.append(CustodyRow(event.seq, event.at, done, actor, reason, event.hash))
    seal = workflow.SEAL.labels[item.seal_state].text(lang)
    return custody_pdf(
        CustodyTable(
            item.no,
            item.title,
            str(item.package_id),
            str(item.seal_id),
            seal,
            rows,
            work.now,
            work.actor.display,
            item.sample,
        ),
        lang,
    )


def _archive(work: Work, item: EvidenceItem, _words: Words, lang: Lang) -> bytes:
    return keeping_record(work, item, lang)


FORMS: Final[Mapping[str, CustodyForm]] = MappingProxyType(
    {
        "pdf": CustodyForm(Label("保管链表（PDF）", "table of custody (PDF)"), ".pdf", "application/pdf", _pdf),
        "case": CustodyForm(
            Label("CASE/UCO（JSON-LD）", "CASE/UCO (JSON-LD)"), ".jsonld", "application/ld+json", _case
        ),
        "archive": CustodyForm(
            Label("归档保管说明（PDF）", "archival keeping (PDF)"), ".archive.pdf", "application/pdf", _archive
        ),
        "premis": CustodyForm(Label("PREMIS 3（XML）", "PREMIS 3 (XML)"), ".premis.xml", "application/xml", _premis),
    }
)
