"""Documents: the list of latest versions, and one document with its versions, exhibits, dispatches, publications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from caseapp.documents import DocumentModel
from caseapp.documents.blocks import Citation
from caseapp.domain import workflow
from caseapp.domain.errors import NotFoundError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.models import (
    Approval,
    Case,
    Dispatch,
    Document,
    DocumentVersion,
    EvidenceItem,
    Notice,
    Publication,
    User,
)
from caseapp.services.approvals import STEP_ROLES
from caseapp.services.queries.rows import LISTED
from caseapp.services.queries.rows_documents import (
    CitedLine,
    Decision,
    DispatchLine,
    DocumentLine,
    PublicationLine,
    VersionLine,
)
from caseapp.services.work import Work

SAMPLE_PREFIX = "示例-"


def document_row(work: Work, key: str) -> Document:
    """Return the visible document of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    number = key.removeprefix(SAMPLE_PREFIX)
    found = select(Document).where(Document.no == number, Document.voided_at.is_(None)).order_by(Document.sample)
    if number != key:
        found = found.where(Document.sample.is_(True))
    row = work.session.scalars(work.visible(found, Document)).first()
    if row is None:
        raise NotFoundError(kind=kind_label("documents"))
    work.require(Permission.DOCUMENT_READ, row)
    return row


def version_row(work: Work, document: Document, n: int) -> DocumentVersion:
    """Return version ``n`` of a document.

    Raises:
        NotFoundError: there is no such version.
    """
    found = select(DocumentVersion).where(DocumentVersion.document_id == document.id, DocumentVersion.n == n)
    row = work.session.scalars(found).first()
    if row is None:
        raise NotFoundError(kind=kind_label("document_versions"))
    return row


def document_lines(work: Work, *, sample: bool = True, case_id: str | None = None) -> list[DocumentLine]:
    """Return the documents this person reads, what waits for him first, then the newest; two statements.

    Args:
        work: the unit of work.
        sample: include the example's rows.
        case_id: those of one case.
    """
    author, approver = aliased(User), aliased(User)
    found = (
        select(Document, DocumentVersion, author.display, approver.display, Case)
        .join(DocumentVersion, (DocumentVersion.document_id == Document.id) & (DocumentVersion.n == Document.latest_n))
        .join(Case, Document.case_id == Case.id)
        .outerjoin(author, DocumentVersion.author_id == author.id)
        .outerjoin(approver, DocumentVersion.approved_by == approver.id)
        .where(Document.voided_at.is_(None))
        .order_by(DocumentVersion.created_at.desc(), Document.no.desc())
        .limit(LISTED + 1)
    )
    if not sample:
        found = found.where(Document.sample.is_(False))
    if case_id:
        found = found.where(Document.case_id == case_id)
    rows = work.session.execute(work.visible(found, Document)).all()
    rows = [row for row in rows if _reads(work, row[0].case_id)]
    given = _approved(work, [row[1].id for row in rows if row[1].status == "in_review"])
    return sorted((_line(work, row, given.get(row[1].id, [])) for row in rows), key=lambda line: not line.mine)


def _reads(work: Work, case_id: str) -> bool:
    roles = _roles(work, case_id)
    return any(role != "auditor" for role in roles) or "system" in work.actor.roles


def _roles(work: Work, case_id: str) -> set[str]:
    return {grant.role for grant in work.viewer.grants if grant.case_id == case_id and not grant.wall}


def _approved(work: Work, keys: Sequence[str]) -> dict[str, list[str]]:
    """Version id → who approved it so far."""
    if not keys:
        return {}
    found: dict[str, list[str]] = {}
    rows = select(Approval.version_id, Approval.approver_id).where(
        Approval.version_id.in_(keys), Approval.decision == "approved"
    )
    for version, person in work.session.execute(rows.order_by(Approval.step)):
        found.setdefault(version, []).append(person)
    return found


def _line(work: Work, row: Any, given: Sequence[str]) -> DocumentLine:
    document, version, author, approver, case = row
    waits = None
    if version.status == "in_review" and len(given) < len(version.route):
        step = version.route[len(given)]
        waits = {"role": step["role"], **step["label"]}
    mine = (
        waits is not None
        and work.actor.person not in {None, version.author_id, version.submitted_by, *given}
        and bool(_roles(work, case.id) & STEP_ROLES.get(waits["role"], frozenset()))
    )
    return DocumentLine(
        document.id, document.no, document.sample, document.title, document.kind, version.n, version.status, author,
        version.created_at, version.submitted_at, approver, version.approved_at,
        version.approved_digest if version.approved_at else None, blocks_of(version), waits, mine, case.no,
        case.sample, case.title,
    )  # fmt: skip


def blocks_of(version: DocumentVersion) -> int:
    """Return how many findings keep a version from review."""
    return sum(1 for found in version.findings if found["severity"] == "block")


def version_lines(work: Work, document: Document) -> list[VersionLine]:
    """Return every version with its decisions, newest first; two statements."""
    author, submitter, signer = aliased(User), aliased(User), aliased(User)
    found = (
        select(DocumentVersion, author.display, submitter.display, signer.display, EvidenceItem.no, EvidenceItem.sample)
        .outerjoin(author, DocumentVersion.author_id == author.id)
        .outerjoin(submitter, DocumentVersion.submitted_by == submitter.id)
        .outerjoin(signer, DocumentVersion.signed_by == signer.id)
        .outerjoin(EvidenceItem, DocumentVersion.pdf_evidence_id == EvidenceItem.id)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.n.desc())
    )
    rows = work.session.execute(found).all()
    said: dict[str, list[Decision]] = {}
    decided = (
        select(Approval, User.display)
        .outerjoin(User, Approval.approver_id == User.id)
        .where(Approval.version_id.in_([row[0].id for row in rows]))
        .order_by(Approval.at, Approval.step)
    )
    for one, who in work.session.execute(decided):
        line = Decision(one.step, who or "", one.decision, one.comment, one.at, one.approved_digest)
        said.setdefault(one.version_id, []).append(line)
    return [
        VersionLine(
            row.id, row.n, row.status, row.author_id, wrote, row.created_at, row.note, row.text_digest,
            row.approved_digest, row.submitted_by, sent, row.submitted_at, row.approved_at, signed, row.signed_at,
            proof, bool(proof_sample), row.route, said.get(row.id, ()),
        )
        for row, wrote, sent, signed, proof, proof_sample in rows
    ]  # fmt: skip


def cited(work: Work, document: Document, model: DocumentModel) -> list[CitedLine]:
    """Return the exhibits a text cites in the order of their labels, with their seals; one statement."""
    shown: dict[str, str] = {}
    times: Counter[str] = Counter()
    printed: Counter[str] = Counter()
    for one in _citations(model):
        shown.setdefault(one.target, one.label)
        times[one.target] += 1
        printed[one.target] += one.shown
    found: Select[Any] = select(EvidenceItem).where(
        EvidenceItem.no.in_(list(times)), EvidenceItem.sample.is_(document.sample), EvidenceItem.voided_at.is_(None)
    )
    items = {row.no: row for row in work.session.scalars(work.visible(found, EvidenceItem))}
    return [
        CitedLine(
            shown[number], count, printed[number], number, document.sample,
            item.title if item else None, item.seal_state if item else None, item.stamps if item else 0,
        )
        for number, count in sorted(times.items(), key=lambda pair: _order(shown[pair[0]]))
        for item in (items.get(number),)
    ]  # fmt: skip


def _citations(model: DocumentModel) -> Iterable[Citation]:
    for _place, inlines in model.rows_of_inlines():
        for inline in inlines:
            if isinstance(inline, Citation) and inline.source == "exhibit":
                yield inline


def _order(label: str) -> tuple[int, ...]:
    numbers = label.removeprefix("证").removeprefix("Exhibit ").split("-")
    return tuple(int(part) for part in numbers if part.isdecimal())


def notice_of(work: Work, document: Document) -> Notice | None:
    """Return the notice whose paper a document is, if this person sees it."""
    found = select(Notice).where(Notice.document_id == document.id, Notice.voided_at.is_(None))
    return work.session.scalars(work.visible(found, Notice)).first()


def dispatch_lines(work: Work, document: Document) -> list[DispatchLine]:
    """Return what was sent of a document, newest first; one statement."""
    found = (
        select(Dispatch, DocumentVersion.n, EvidenceItem.no, EvidenceItem.sample)
        .join(DocumentVersion, Dispatch.version_id == DocumentVersion.id)
        .outerjoin(EvidenceItem, Dispatch.arrival_evidence_id == EvidenceItem.id)
        .where(DocumentVersion.document_id == document.id, Dispatch.voided_at.is_(None))
        .order_by(Dispatch.created_at.desc(), Dispatch.id.desc())
    )
    return [
        DispatchLine(
            row.id, row.version, n, row.channel, row.recipient, row.address, row.status, row.created_at, row.sent_at,
            row.tracking, row.delivered_at, row.arrival_note, row.error, proof, bool(sample),
        )
        for row, n, proof, sample in work.session.execute(work.visible(found, Dispatch))
    ]  # fmt: skip


def dispatch_row(work: Work, document: Document, key: str) -> Dispatch:
    """Return one dispatch of a document.

    Raises:
        NotFoundError: absent, of another document, or not visible.
    """
    row = work.get(Dispatch, key)
    version = work.session.get(DocumentVersion, row.version_id)
    if version is None or version.document_id != document.id:
        raise NotFoundError(kind=kind_label("dispatches"))
    return row


def publication_lines(work: Work, document: Document) -> list[PublicationLine]:
    """Return where a document was or will be published, newest first."""
    found = (
        select(Publication, DocumentVersion.n, User.display, EvidenceItem.no, EvidenceItem.sample)
        .join(DocumentVersion, Publication.version_id == DocumentVersion.id)
        .outerjoin(User, Publication.published_by == User.id)
        .outerjoin(EvidenceItem, Publication.evidence_id == EvidenceItem.id)
        .where(DocumentVersion.document_id == document.id, Publication.voided_at.is_(None))
        .order_by(Publication.created_at.desc(), Publication.id.desc())
    )
    return [
        PublicationLine(
            row.id, row.version, n, row.channel, row.official_account, row.status, row.scheduled_at, row.url,
            row.published_at, who, proof, bool(sample),
            frozenset(step.action for step in work.offers(workflow.PUBLICATION, row)),
        )
        for row, n, who, proof, sample in work.session.execute(work.visible(found, Publication))
    ]  # fmt: skip


def publication_row(work: Work, document: Document, key: str) -> Publication:
    """Return one publication of a document.

    Raises:
        NotFoundError: absent, of another document, or not visible.
    """
    row = work.get(Publication, key)
    version = work.session.get(DocumentVersion, row.version_id) if row.version_id else None
    if version is None or version.document_id != document.id:
        raise NotFoundError(kind=kind_label("publications"))
    return row
