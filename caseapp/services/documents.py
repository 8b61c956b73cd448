"""Hop 7: a document is drafted from facts, version by version, and submitted; `services.approvals` decides on it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from caseapp.documents import (
    DocumentFacts,
    DocumentModel,
    Finding,
    PdfFacts,
    blocks,
    check,
    draft,
    load,
    reword,
    to_pdf,
)
from caseapp.documents.blocks import plain
from caseapp.documents.wording import Wording
from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, StaleVersionError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Citation, Document, DocumentVersion, Incident, Notice
from caseapp.services.conduct import record_event
from caseapp.services.work import Work

WORDING: Final = "wording"
"""Key of a version's context under which the sentences lie that a person wrote in other words."""


class BlockedDocumentError(InvalidInputError):
    """A document has findings that block it. Facts: ``count`` and ``first`` (a Label)."""

    code = "document-blocked"
    text = Label(
        "文书还有 {count} 处必须改正，不能送审。首先：{first}",
        "{count} findings block this document. First: {first}",
    )


def draft_document(
    work: Work, case: Case, kind: str, facts: Mapping[str, Any], *, lang: str = "zh", incident_id: str | None = None
) -> DocumentVersion:
    """Draft a document of `kind` in a case; its first version is a draft of the actor.

    Args:
        work: the unit of work.
        case: the one case it belongs to.
        kind: a folder under templates/.
        facts: plain data of `caseapp.documents.context.DocumentFacts`.
        lang: `zh` or `en`.
        incident_id: the incident it answers.

    Raises:
        UnknownKindError, BadFactsError, NotFoundError, PermissionDeniedError.
    """
    work.require(Permission.DOCUMENT_DRAFT, case)
    if incident_id:
        work.get(Incident, incident_id)
    template = load(kind)
    number = str(facts.get("number") or work.next_no("document"))
    document = work.add(
        Document(
            no=number,
            case_id=case.id,
            incident_id=incident_id,
            kind=kind,
            lang=lang,
            title=template.title.in_language(lang),
            desk_id=case.desk_id,
        )
    )
    work.session.flush()
    return _add_version(work, document, {"number": number, **facts}, note=None)


def redraft_document(
    work: Work,
    document: Document,
    facts: Mapping[str, Any],
    *,
    note: str | None,
    wording: Wording | None = None,
    seen_n: int | None = None,
) -> DocumentVersion:
    """Draft the next version; the one before is superseded and its approvals do not count for the new one.

    A notice that is not submitted yet goes on with the new version. One that was authorised already returns to
    preparation: what was authorised is no longer what would leave.

    Args:
        work: the unit of work.
        document: what is drafted again.
        facts: plain data of `caseapp.documents.context.DocumentFacts`.
        note: what was changed, in a few words.
        wording: sentences a person wrote in other words than the template's; None keeps those of the version before.
        seen_n: the version the editor saw.

    Raises:
        NotFoundError, PermissionDeniedError.
        StaleVersionError: another version was drafted since `seen_n`; nothing was written.
        WorkflowRefusedError: the version before has left the house; a correction is a new document.
    """
    work.require(Permission.DOCUMENT_DRAFT, document)
    if seen_n is not None and seen_n != document.latest_n:
        raise StaleVersionError
    before = latest_version(work, document)
    if before.status != "superseded":
        work.transition(workflow.DOCUMENT_VERSION, before, "supersede")
    kept = before.context.get(WORDING) if wording is None else wording
    version = _add_version(work, document, {"number": document.no, **facts}, note=note, wording=kept)
    waiting = select(Notice).where(Notice.document_id == document.id, Notice.status.in_(("prepared", "authorised")))
    for notice in work.session.scalars(waiting):
        if notice.status == "authorised":
            _reopen(work, notice, version)
        work.change(notice, document_version_id=version.id)
    return version


def _reopen(work: Work, notice: Notice, version: DocumentVersion) -> None:
    """Return an authorised notice to preparation: its authorisation was given to another text."""
    reason = f"通知书另起第 {version.n} 稿，原批准不再有效"
    work.transition(workflow.NOTICE, notice, "reopen", reason=reason)
    work.change(notice, authorised_by=None, authorised_at=None)
    record_event(work, notice, "prepared", words=reason)


def model_of(version: DocumentVersion) -> DocumentModel:
    """The version's text as a block model.

    Raises:
        BadModelError: what is stored is no document.
    """
    return DocumentModel.from_json(json.dumps(version.model, ensure_ascii=False))


def drafted(
    document: Document, facts: Mapping[str, Any], wording: Wording | None, *, on: dt.date
) -> tuple[DocumentModel, DocumentFacts, Wording]:
    """Draft without keeping anything: the text, its typed facts, and what of the wording still has its sentence.

    Raises:
        UnknownKindError, BadFactsError.
    """
    typed = DocumentFacts.from_plain({key: value for key, value in facts.items() if key != WORDING})
    pure = draft(load(document.kind), typed, document.lang, on=on)
    model, kept = reword(pure, wording or {}, typed)
    return model, typed, kept


def _add_version(
    work: Work, document: Document, facts: Mapping[str, Any], *, note: str | None, wording: Wording | None = None
) -> DocumentVersion:
    template = load(document.kind)
    model, typed, kept = drafted(document, facts, wording, on=work.now.date())
    findings = [finding_json(found) for found in check(model, typed)]
    document.latest_n += 1
    document.title = heading_of(model) or template.title.in_language(document.lang)
    version = work.add(
        DocumentVersion(
            document_id=document.id,
            desk_id=document.desk_id,
            n=document.latest_n,
            author_id=work.actor.user_id,
            template_version=template.version,
            model=json.loads(model.to_json()),
            context={key: value for key, value in facts.items() if key != WORDING} | ({WORDING: kept} if kept else {}),
            findings=findings,
            text_digest=model.digest(),
            diff_of_n=document.latest_n - 1 or None,
            note=note,
        )
    )
    work.session.flush()
    work.record(Event.DOCUMENT_DRAFTED, version, after={"no": document.no, "n": version.n})
    return version


def heading_of(model: DocumentModel) -> str:
    """The title on the paper; empty where it has a blank, or is none."""
    first = next((block for block in model.blocks if block.type == "heading" and block.level == 1), None)
    if first is None or any(inline.type == "field" and inline.missing for inline in first.content):
        return ""
    return plain(first.content)


def finding_json(found: Finding) -> dict[str, Any]:
    """A finding as stored with its version: rule, severity, place, and words in both languages."""
    rule = found.about
    return {
        "rule": found.rule,
        "code": found.code,
        "severity": found.severity,
        "place": found.place,
        "quoted": found.quoted,
        "note_zh": found.note_zh,
        "note_en": found.note_en,
        "zh": f"{rule.title_zh}：{found.note_zh or found.quoted}。{rule.fix_zh}",
        "en": f"{rule.title_en}: {found.note_en or found.quoted}. {rule.fix_en}",
    }


def latest_version(work: Work, document: Document) -> DocumentVersion:
    """The newest version of a document."""
    return work.session.scalars(
        select(DocumentVersion).where(
            DocumentVersion.document_id == document.id, DocumentVersion.n == document.latest_n
        )
    ).one()


def render_pdf(version: DocumentVersion, *, preview: bool = False) -> bytes:
    """The version's PDF; the same version gives the same bytes for ever."""
    model = model_of(version)
    created = model.issued_on or dt.date(2000, 1, 1)
    at = dt.datetime(created.year, created.month, created.day, 12, tzinfo=dt.UTC)
    return to_pdf(model, facts=PdfFacts(created=at, preview=preview))


def submit_document(work: Work, version: DocumentVersion) -> None:
    """Send a draft for review: what blocks is gone, the PDF is fixed by its digest, the route is copied.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError: it is no draft.
        BlockedDocumentError: a finding blocks; it is named.
    """
    work.require(Permission.DOCUMENT_DRAFT, version)
    workflow.DOCUMENT_VERSION.find(version, "submit")
    blocking = [found for found in version.findings if found["severity"] == "block"]
    if blocking:
        first = Label(blocking[0]["zh"], blocking[0]["en"])
        raise BlockedDocumentError(count=len(blocking), first=first)
    document = work.session.get_one(Document, version.document_id)
    version.approved_digest = hashlib.sha256(render_pdf(version)).hexdigest()
    version.route = [step.model_dump(mode="json") for step in load(document.kind).route]
    work.transition(workflow.DOCUMENT_VERSION, version, "submit")
    _keep_citations(work, version)


def _keep_citations(work: Work, version: DocumentVersion) -> None:
    """Write down what the text now under review rests on: sentence by sentence, by evidence number or rule of law."""
    found: dict[tuple[str, str, str], str] = {}
    for place, inlines in model_of(version).rows_of_inlines():
        for one in inlines:
            if isinstance(one, blocks.Citation):
                found.setdefault((place, one.source, one.target), one.label)
    known = select(Citation).where(Citation.version_id == version.id)
    kept = {(row.sentence_id, row.target_type, row.target_key) for row in work.session.scalars(known)}
    for (place, source, target), label in found.items():
        if (place, source, target) not in kept:
            row = {"sentence_id": place, "target_type": source, "target_key": target, "shown": label}
            work.session.add(Citation(version_id=version.id, **row))
    work.session.flush()
