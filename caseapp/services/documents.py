"""Hop 7: a document is drafted from facts, submitted, and approved to the byte by people who did not write it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from caseapp.documents import DocumentFacts, DocumentModel, Finding, PdfFacts, check, draft, load, to_pdf
from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, PermissionDeniedError, SecondPersonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Approval, Case, Document, DocumentVersion
from caseapp.services.evidence import register_files
from caseapp.services.ports import Ports
from caseapp.services.sealing import seal_files
from caseapp.services.work import Actor, Work, open_work
from evidence_store import new_ulid

STEP_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "counsel": frozenset({"lead", "counsel", "external", "approver"}),
    "external": frozenset({"external"}),
    "pr": frozenset({"pr"}),
    "business": frozenset({"viewer", "lead", "approver"}),
    "leader": frozenset({"approver"}),
}
"""Step of an approval route → case roles that may decide it."""

_APPROVE: Final = Label("批准", "approve")


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
        UnknownKindError, BadFactsError, PermissionDeniedError.
    """
    work.require(Permission.DOCUMENT_DRAFT, case)
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


def redraft_document(work: Work, document: Document, facts: Mapping[str, Any], *, note: str | None) -> DocumentVersion:
    """Draft the next version; approvals of the one before do not count for it."""
    work.require(Permission.DOCUMENT_DRAFT, document)
    before = latest_version(work, document)
    version = _add_version(work, document, facts, note=note)
    work.transition(workflow.DOCUMENT_VERSION, before, "supersede")
    return version


def _add_version(work: Work, document: Document, facts: Mapping[str, Any], *, note: str | None) -> DocumentVersion:
    template = load(document.kind)
    typed = DocumentFacts.from_plain(facts)
    model = draft(template, typed, document.lang, on=work.now.date())
    findings = [finding_json(found) for found in check(model, typed)]
    document.latest_n += 1
    version = work.add(
        DocumentVersion(
            document_id=document.id,
            desk_id=document.desk_id,
            n=document.latest_n,
            author_id=work.actor.user_id,
            template_version=template.version,
            model=json.loads(model.to_json()),
            context=dict(facts),
            findings=findings,
            text_digest=model.digest(),
            diff_of_n=document.latest_n - 1 or None,
            note=note,
        )
    )
    work.session.flush()
    work.record(Event.DOCUMENT_DRAFTED, version, after={"no": document.no, "n": version.n})
    return version


def finding_json(found: Finding) -> dict[str, Any]:
    """A finding as stored with its version: rule, severity, place, and words in both languages."""
    rule = found.about
    return {
        "rule": found.rule,
        "code": found.code,
        "severity": found.severity,
        "place": found.place,
        "quoted": found.quoted,
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
    model = DocumentModel.from_json(json.dumps(version.model, ensure_ascii=False))
    created = model.issued_on or dt.date(2000, 1, 1)
    at = dt.datetime(created.year, created.month, created.day, 12, tzinfo=dt.UTC)
    return to_pdf(model, facts=PdfFacts(created=at, preview=preview))


def submit_document(work: Work, version: DocumentVersion) -> None:
    """Send a draft for review: what blocks is gone, the PDF is fixed by its digest, the route is copied.

    Raises:
        BlockedDocumentError: a finding blocks; it is named.
    """
    blocking = [found for found in version.findings if found["severity"] == "block"]
    if blocking:
        first = Label(blocking[0]["zh"], blocking[0]["en"])
        raise BlockedDocumentError(count=len(blocking), first=first)
    document = work.session.get_one(Document, version.document_id)
    version.approved_digest = hashlib.sha256(render_pdf(version)).hexdigest()
    version.route = [step.model_dump(mode="json") for step in load(document.kind).route]
    work.transition(workflow.DOCUMENT_VERSION, version, "submit")


def approve_document(app: Ports, actor: Actor, version_id: str, *, comment: str = "") -> bool:
    """Approve the next step of a version's route; the last step freezes its PDF into the evidence store.

    Store first, database second: the PDF is sealed and admitted before the approval is written.

    Returns:
        Whether the route is complete.

    Raises:
        SecondPersonRequiredError: the author, or one who decided a step before.
        PermissionDeniedError: the step belongs to another role.
    """
    with open_work(app, actor) as work:
        version = work.get(DocumentVersion, version_id)
        step, last = _open_step(work, version)
        if not last:
            _write_approval(work, version, step, comment)
            return False
        pdf, name = render_pdf(version), _file_name(work, version)
    sealed = _freeze(app, version_id, pdf, name)
    with open_work(app, actor) as work:
        version = work.get(DocumentVersion, version_id)
        step, _last = _open_step(work, version)
        _write_approval(work, version, step, comment)
        document = work.session.get_one(Document, version.document_id)
        item = register_files(
            work,
            sealed,
            title=f"{document.title} {document.no}（第 {version.n} 稿）",
            kind="documentary",
            source=document.no,
        )
        version.pdf_package_id, version.pdf_evidence_id = sealed.receipt.package_id, item.id
        work.transition(workflow.DOCUMENT_VERSION, version, "approve")
    return True


def return_document(work: Work, version: DocumentVersion, *, reason: str) -> None:
    """Send a version back to its author with a reason."""
    step, _last = _open_step(work, version)
    _write_decision(work, version, step, "changes", reason)
    work.transition(workflow.DOCUMENT_VERSION, version, "request_changes", reason=reason)


def _open_step(work: Work, version: DocumentVersion) -> tuple[int, bool]:
    work.require(Permission.DOCUMENT_READ, version)
    workflow.DOCUMENT_VERSION.find(version, "approve")
    given = list(
        work.session.scalars(select(Approval).where(Approval.version_id == version.id, Approval.decision == "approved"))
    )
    deciders = {version.author_id, version.submitted_by} | {row.approver_id for row in given}
    if work.actor.person is None or work.actor.person in deciders:
        raise SecondPersonRequiredError(action=_APPROVE)
    step = len(given)
    wanted = STEP_ROLES.get(version.route[step]["role"], frozenset())
    case_id = work.session.get_one(Document, version.document_id).case_id
    held = {grant.role for grant in work.viewer.grants if grant.case_id == case_id and not grant.wall}
    if not held & wanted:
        raise PermissionDeniedError(permission=Label(**version.route[step]["label"]))
    return step, step + 1 == len(version.route)


def _write_approval(work: Work, version: DocumentVersion, step: int, comment: str) -> None:
    _write_decision(work, version, step, "approved", comment)


def _write_decision(work: Work, version: DocumentVersion, step: int, decision: str, comment: str) -> None:
    row = Approval(
        version_id=version.id,
        step=step + 1,
        role=version.route[step]["role"],
        author_id=version.author_id,
        approver_id=work.actor.user_id,
        decision=decision,
        comment=comment or None,
        approved_digest=version.approved_digest,
        at=work.now,
    )
    work.add(row)
    work.session.flush()
    work.record(Event.APPROVAL_GIVEN, row, after={"step": step + 1, "decision": decision}, reason=comment or None)


def _file_name(work: Work, version: DocumentVersion) -> str:
    document = work.session.get_one(Document, version.document_id)
    return f"{document.kind}-v{version.n}.pdf"


def _freeze(app: Ports, version_id: str, pdf: bytes, name: str) -> Any:
    folder: Path = app.captures_dir / "documents" / version_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(pdf)
    return seal_files(
        app,
        {name: folder / name},
        seal_id=new_ulid(),
        folder=folder / "package",
        capture={"source": "document", "version": version_id},
        case_ref=version_id,
    )
