"""Hop 7, second half: a document is approved to the byte by people who did not write it, and its PDF is frozen."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import CaseError, PermissionDeniedError, SecondPersonRequiredError, StaleVersionError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Approval, Document, DocumentVersion
from caseapp.services.documents import model_of, render_pdf
from caseapp.services.evidence import keep_files
from caseapp.services.ports import Ports
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.work import Actor, Work, open_work
from evidence_store import new_ulid
from evidence_store.files import storage_errors

STEP_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "counsel": frozenset({"lead", "counsel", "external", "approver"}),
    "external": frozenset({"external"}),
    "pr": frozenset({"pr"}),
    "business": frozenset({"viewer", "lead", "approver"}),
    "leader": frozenset({"approver"}),
}
"""Step of an approval route → case roles that may decide it."""

FROZEN: Final = ("approved", "signed", "dispatched", "delivered")
"""States of a version whose PDF is frozen in the evidence store."""

_APPROVE: Final = Label("批准", "approve")


class StepTakenError(StaleVersionError):
    """Another person approved the step meanwhile."""

    code = "step-taken"
    text = Label(
        "这一步刚由他人批准，您的同意没有记下。请打开文书查看现状。",
        "Someone else approved this step just now; your approval was not recorded. Open the document to see.",
    )


class NotApprovedBytesError(CaseError):
    """What would leave is not what was approved; nothing left."""

    code = "not-approved-bytes"
    text = Label(
        "文书内容与批准的定稿不一致，已停止处理，未发出任何内容。请另起新稿，重新送审。",
        "The document differs from what was approved; nothing was sent. Start a new version and submit it for review.",
    )


def approve_document(
    app: Ports,
    actor: Actor,
    version_id: str,
    *,
    comment: str = "",
    seen: int | None = None,
    also: Callable[[Work], None] | None = None,
) -> bool:
    """Approve the next step of a version's route; the last step freezes its PDF into the evidence store.

    Store first, database second: the PDF is sealed and admitted before the approval is written. Whatever happened
    meanwhile (another approver, a return, a new version) is seen in the second transaction, which then refuses; the
    package it leaves is an orphan that fsck lists.

    Args:
        app: the ports.
        actor: who approves.
        version_id: what.
        comment: said with it.
        seen: how many steps were approved when the person decided; None: as many as now.
        also: done in the transaction that writes the decision (the receipt of the form it came with).

    Returns:
        Whether the route is complete.

    Raises:
        SecondPersonRequiredError: the author, or one who decided a step before.
        PermissionDeniedError: the step belongs to another role.
        StepTakenError: another person approved the step meanwhile.
        NotApprovedBytesError: the PDF is not the one that was submitted.
    """
    with open_work(app, actor) as work:
        version = work.get(DocumentVersion, version_id)
        step, last = _open_step(work, version, seen)
        if not last:
            _write_decision(work, version, step, "approved", comment)
            _also(work, also)
            return False
        name = pdf_name(work.session.get_one(Document, version.document_id), version)
        pdf, sample = _checked(version, render_pdf(version)), version.sample
    sealed = _freeze(app, version_id, pdf, name)
    with open_work(app, actor, sample=sample) as work:
        version = work.get(DocumentVersion, version_id)
        step, _last = _open_step(work, version, seen)
        _write_decision(work, version, step, "approved", comment)
        _keep_pdf(work, version, sealed)
        work.transition(workflow.DOCUMENT_VERSION, version, "approve")
        _also(work, also)
    return True


def _also(work: Work, deed: Callable[[Work], None] | None) -> None:
    if deed is not None:
        deed(work)


def _keep_pdf(work: Work, version: DocumentVersion, sealed: Sealed) -> None:
    document = work.session.get_one(Document, version.document_id)
    title = f"{document.title} {document.no}（第 {version.n} 稿）"
    more = {"privileged": document.privileged, "desk_id": document.desk_id}
    item = keep_files(work, sealed, title=title, kind="documentary", source=document.no, **more)
    version.pdf_package_id, version.pdf_evidence_id = item.package_id, item.id


def _checked(version: DocumentVersion, pdf: bytes) -> bytes:
    if hashlib.sha256(pdf).hexdigest() != version.approved_digest:
        raise NotApprovedBytesError
    return pdf


def frozen_pdf(work: Work, version: DocumentVersion) -> bytes:
    """Return the approved PDF as it lies in the evidence store, checked against everything that vouches for it.

    The digest is the one each approval of the whole route was bound to, and the words are still those printed.

    Raises:
        NotApprovedBytesError: the version is not approved, or anything differs.
    """
    document = work.session.get_one(Document, version.document_id)
    model = model_of(version)
    bound = list(
        work.session.scalars(
            select(Approval.approved_digest).where(Approval.version_id == version.id, Approval.decision == "approved")
        )
    )
    whole = len(bound) == len(version.route) > 0 and set(bound) == {version.approved_digest}
    if version.status not in FROZEN or not whole or model.digest() != version.text_digest:
        raise NotApprovedBytesError
    with work.app.store.open_file(version.pdf_package_id, f"data/{pdf_name(document, version)}") as file:
        return _checked(version, file.read())


def return_document(work: Work, version: DocumentVersion, *, reason: str) -> None:
    """Send a version back to its author with a reason; whoever may decide the open step may also return it.

    Raises:
        NotFoundError, PermissionDeniedError, SecondPersonRequiredError, ReasonRequiredError, WorkflowRefusedError.
    """
    step, _last = _open_step(work, version)
    table = workflow.DOCUMENT_VERSION
    target = table.check(version, "request_changes", person=work.actor.person, reason=reason).target
    _write_decision(work, version, step, "changes", reason)
    # The route names who decides, also roles that approve nothing else: the step was checked above, not the role.
    before, version.status = {"status": version.status}, target
    work.record(table.event("request_changes"), version, before=before, after={"status": target}, reason=reason)
    work.session.flush()


def _open_step(work: Work, version: DocumentVersion, seen: int | None = None) -> tuple[int, bool]:
    """Return the number of the step this actor may decide now, and whether it is the last.

    Holds the version's row, so that of two approvers at once the second sees what the first wrote.
    """
    held = select(DocumentVersion).where(DocumentVersion.id == version.id).with_for_update()
    work.session.scalars(held.execution_options(populate_existing=True)).one()
    return check_step(work, version, seen)


def check_step(work: Work, version: DocumentVersion, seen: int | None = None) -> tuple[int, bool]:
    """Return the number of the step this actor may decide as things stand, and whether it is the last.

    Raises:
        StepTakenError: not the step that was ``seen`` open.
        NotFoundError, PermissionDeniedError, SecondPersonRequiredError, WorkflowRefusedError.
    """
    work.require(Permission.DOCUMENT_READ, version)
    workflow.DOCUMENT_VERSION.find(version, "approve")
    given = deciders_of(work, version)
    deciders = {version.author_id, version.submitted_by, *given}
    if work.actor.person is None or work.actor.person in deciders:
        raise SecondPersonRequiredError(action=_APPROVE)
    step = len(given)
    if seen is not None and seen != step:
        raise StepTakenError
    wanted = STEP_ROLES.get(version.route[step]["role"], frozenset())
    case_id = work.session.get_one(Document, version.document_id).case_id
    roles = {grant.role for grant in work.viewer.grants if grant.case_id == case_id and not grant.wall}
    if not roles & wanted:
        raise PermissionDeniedError(permission=Label(**version.route[step]["label"]))
    return step, step + 1 == len(version.route)


def deciders_of(work: Work, version: DocumentVersion) -> list[str]:
    """Return who approved the version so far, in the order of its route."""
    approved = select(Approval.approver_id).where(Approval.version_id == version.id, Approval.decision == "approved")
    return list(work.session.scalars(approved.order_by(Approval.step)))


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


def pdf_name(document: Document, version: DocumentVersion) -> str:
    """Name of the frozen PDF in its package."""
    return f"{document.kind}-v{version.n}.pdf"


def _freeze(app: Ports, version_id: str, pdf: bytes, name: str) -> Sealed:
    seal_id = new_ulid()
    folder: Path = app.captures_dir / "documents" / seal_id
    try:
        with storage_errors("documents"):
            folder.mkdir(parents=True)
            (folder / name).write_bytes(pdf)
        return seal_files(
            app,
            {name: folder / name},
            seal_id=seal_id,
            folder=folder / "package",
            capture={"source": "document", "version": version_id},
            case_ref=version_id,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
