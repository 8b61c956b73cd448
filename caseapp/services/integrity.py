"""What the database says, checked against its own chains and against the evidence store: an insider's edits show.

Triggers and permissions keep honest programs from changing history; whoever can write the database file passes by
both. Here every chain is recomputed and every statement about a sealed package is compared with the package itself.
What stands in no chain and no package cannot be checked; neither can what was cut off after the last anchor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from caseapp.documents import DocumentModel
from caseapp.domain.chain import digest_detail
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.models import (
    Approval,
    Base,
    CustodyDetail,
    CustodyEvent,
    Document,
    DocumentVersion,
    EvidenceItem,
)
from caseapp.services import integrity_trail
from caseapp.services.approvals import FROZEN, pdf_name
from caseapp.services.audit_chain import UNREADABLE, verify_chain
from caseapp.services.evidence import obtained_at
from caseapp.services.integrity_log import LACKS, UNGUARDED, Entries, in_its_place, log_entries, unguarded, unregistered
from caseapp.services.ports import Ports
from caseapp.services.work import read_work, system_actor
from evidence_store import EvidenceError, StoredPackage
from evidence_store.custody import check_chain, custody_leaf, event_bytes
from evidence_store.tombstones import PackageErasedError, is_erased

_AUDIT: Final = {
    "gap": Label("编号不连续，有记录被删去或插入", "a number is missing or repeated: events were removed or put in"),
    "broken": Label("与前一条接不上", "does not follow the one before it"),
    "altered": Label("事实被改动", "its facts were changed"),
    "detail-altered": Label("细节与其摘要不符", "its detail does not match its digest"),
    "detail-missing": Label("细节缺失，却没有依法删除的记录", "its detail is gone without a lawful erasure"),
    "detail-back": Label("已依法删除的细节又出现了", "a detail that was erased is there again"),
}
_CHAIN: Final = Label("流转记录链断裂或被改动", "the custody chain is broken or was changed")
_COLUMNS: Final = Label("流转记录与其链内事实不符", "a custody row differs from the facts in its chain")
_DETAIL: Final = Label("流转记录的姓名或理由被改动", "names or reasons of a custody event were changed")
_LOGGED: Final = Label("流转记录与存证日志中的摘要不符", "a custody event differs from its digest in the log")
_UNDECIDED: Final = Label(
    "库中的原件已抹除，登记里却没有处置的决定", "its bytes were erased, and the register tells of no such decision"
)
_NO_PACKAGE: Final = Label("所指的证据包不在证据库中", "the package it names is not in the store")
_FACTS: Final = Label("登记内容与证据包不符：{what}", "the register differs from the package: {what}")
_TEXT: Final = Label("已定稿的文书内容被改动", "the text of a frozen document was changed")
_NO_DOCUMENT: Final = Label("所属文书不在数据库中", "the document it belongs to is not there")
_APPROVALS: Final = Label("审批与定稿的摘要、作者或审批路线不符", "its approvals fit neither digest, author nor route")
_PDF: Final = Label("证据库中的定稿 PDF 与批准的摘要不符", "the frozen PDF in the store is not the approved one")
_BEGINNING: Final = Label(
    "流转记录没有取得、封存和入册的开头", "the custody chain lacks its beginning: taken, sealed, logged"
)
FIRST: Final = ("capture", "ingest")
"""How the custody of a sealed item begins."""
R = TypeVar("R", bound=Base)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something in the database that cannot be so: where, a stable code, and what it is."""

    where: str
    code: str
    what: Label


@dataclass(slots=True)
class RecordReport:
    """What a check of the database found.

    Attributes:
        events: audit events walked.
        custody: custody events walked.
        items: evidence items with a package.
        versions: frozen document versions.
        contradictions: everything that cannot be so.
        unmatched: custody events the log knows and the database does not: an export that did not finish, or a row
            that was removed.
        unregistered: packages of the store that no item names: work that did not finish, or rows removed.
    """

    events: int = 0
    custody: int = 0
    items: int = 0
    versions: int = 0
    contradictions: list[Contradiction] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    unregistered: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing contradicts."""
        return not self.contradictions


def check_records(app: Ports) -> RecordReport:
    """Check the whole database; nothing is changed."""
    report = RecordReport()
    with read_work(app, system_actor("fsck")) as work:
        told = integrity_trail.Told()
        trail = verify_chain(work.session, told.hear)
        report.events = trail.events
        report.contradictions += [Contradiction(f"audit {row.seq}", row.code, _AUDIT[row.code]) for row in trail.faults]
        entries = log_entries(app)
        logged = {str(leaf["ref"]): leaf for leaf in entries or () if leaf.get("t") == "custody"}
        report.contradictions += [Contradiction(name, "trigger-missing", UNGUARDED) for name in unguarded(work.session)]
        report.unregistered = unregistered(app, work.session)
        report.contradictions += _faults(integrity_trail.anchors(work.session, entries))
        report.contradictions += _faults(integrity_trail.compare(work.session, told))
        for item in _each(work.session, EvidenceItem, EvidenceItem.package_id.is_not(None), report):
            report.items += 1
            report.contradictions += _faults(integrity_trail.untold([item], told))
            report.contradictions += _item(app, item)
            if item.log_index is None or not in_its_place(entries, item.log_index, "seal", str(item.package_id)):
                report.contradictions.append(Contradiction(str(item.no), "log-lacks", LACKS))
            report.contradictions += _custody(work.session, item, logged, report)
            report.contradictions += _custody_places(work.session, item, entries)
        report.unmatched = sorted(logged)
        for version in _each(work.session, DocumentVersion, DocumentVersion.status.in_(FROZEN), report):
            report.versions += 1
            report.contradictions += _version(app, work.session, version)
    return report


def _faults(found: Iterable[integrity_trail.Fault]) -> Iterator[Contradiction]:
    return (Contradiction(*fault) for fault in found)


def _each(session: Session, model: type[R], rule: Any, report: RecordReport) -> Iterator[R]:
    """Yield the rows one by one; one that cannot be read is a contradiction and not the end."""
    entity: Any = model
    for key in session.scalars(select(entity.id).where(rule).order_by(entity.id)).all():
        try:
            row = session.get_one(model, key)
        except UNREADABLE:
            where = f"{entity.__tablename__} {key}"
            report.contradictions.append(Contradiction(where, "unreadable", integrity_trail.UNREADABLE_ROW))
            continue
        yield row


def _custody_places(session: Session, item: EvidenceItem, entries: Entries | None) -> Iterator[Contradiction]:
    rows = session.scalars(select(CustodyEvent).where(CustodyEvent.evidence_id == item.id).order_by(CustodyEvent.seq))
    for row in rows:
        if row.log_index is not None and not in_its_place(entries, row.log_index, "custody", row.hash):
            yield Contradiction(f"{item.no} custody {row.seq}", "log-lacks", LACKS)


def _custody(
    session: Session, item: EvidenceItem, logged: dict[str, dict[str, Any]], report: RecordReport
) -> Iterator[Contradiction]:
    found = (
        select(CustodyEvent, CustodyDetail)
        .outerjoin(CustodyDetail, CustodyDetail.event_id == CustodyEvent.id)
        .where(CustodyEvent.evidence_id == item.id)
        .order_by(CustodyEvent.seq)
    )
    try:
        rows = session.execute(found).all()
        check_chain(row.leaf for row, _detail in rows)
    except (EvidenceError, *UNREADABLE) as error:
        yield Contradiction(f"{item.no} custody: {str(error)[:200]}", "custody-broken", _CHAIN)
        return
    report.custody += len(rows)
    kinds = [row.type for row, _detail in rows]
    if not kinds or kinds[0] not in FIRST or not {"seal", "log"} <= set(kinds):
        yield Contradiction(f"{item.no} custody", "custody-cut", _BEGINNING)
    for row, detail in rows:
        where = f"{item.no} custody {row.seq}"
        leaf = logged.pop(row.id, None)
        if leaf is not None and leaf != custody_leaf(row.leaf):
            yield Contradiction(where, "custody-logged", _LOGGED)
        if not _same_event(row):
            yield Contradiction(where, "custody-altered", _COLUMNS)
        if not _same_detail(row, detail):
            yield Contradiction(where, "custody-detail", _DETAIL)


def _same_event(row: CustodyEvent) -> bool:
    leaf = row.leaf
    told = (leaf["event_id"], leaf["seq"], leaf["type"], leaf["agent"]["id"], leaf["prev"], leaf["at"])
    kept = (row.id, row.seq, row.type, row.actor_id, row.prev_hash, row.at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    digest = leaf["reason"] == f"sha256:{row.detail_digest}"
    return told == kept and digest and hashlib.sha256(event_bytes(leaf)).hexdigest() == row.hash


def _same_detail(row: CustodyEvent, detail: CustodyDetail | None) -> bool:
    if detail is None:
        return False
    if detail.erased_at is not None:
        return detail.salt is None and detail.body is None
    if detail.salt is None or detail.body is None:
        return False
    try:
        return digest_detail(detail.salt, json.loads(detail.body)) == row.detail_digest
    except UNREADABLE:
        return False


def _item(app: Ports, item: EvidenceItem) -> Iterator[Contradiction]:
    try:
        package = app.store.get(str(item.package_id))
    except EvidenceError as error:
        yield Contradiction(f"{item.no}: {error}", "package-missing", _NO_PACKAGE)
        return
    try:
        differing = [name for name, same in _register(item, package).items() if not same]
    except UNREADABLE:  # a column of another shape than any program writes
        differing = ["files"]
    if item.status != "disposed" and is_erased(app.store.backend, package.package_id):
        yield Contradiction(str(item.no), "erased-undecided", _UNDECIDED)
    if differing:
        words = ", ".join(differing)
        what = Label(_FACTS.zh.format(what=words), _FACTS.en.format(what=words))
        yield Contradiction(str(item.no), "register-altered", what)


def _register(item: EvidenceItem, package: StoredPackage) -> dict[str, bool]:
    """Each statement of the register about a package, and whether the package says so too."""
    sealed = {entry.path: entry for entry in package.files if entry.path.startswith("data/")}
    told = {f"data/{name}": (entry.get("sha256"), entry.get("bytes")) for name, entry in item.files.items()}
    real = [stamp for stamp in package.stamps if not stamp["test"]]
    return {
        "seal_id": item.seal_id == package.seal_id,
        "sha256": item.sha256 == package.package_id,
        "files": told == {path: (entry.sha256, entry.size) for path, entry in sealed.items()},
        # Fewer than the store holds is a token that came late; more, or a test token sold as a real one, is a claim.
        "stamps": item.stamps <= len(package.stamps)
        and item.stamps - item.test_stamps <= len(real)
        and item.test_stamps <= len(package.stamps) - len(real),
        "obtained_at": item.obtained_at == obtained_at(package.seal),
        "stamped_at": item.stamped_at is None or item.stamped_at in _moments(package),
    }


def _moments(package: StoredPackage) -> set[datetime]:
    return {datetime.fromisoformat(str(stamp["gen_time"])) for stamp in package.stamps}


def _version(app: Ports, session: Session, version: DocumentVersion) -> Iterator[Contradiction]:
    document = session.get(Document, version.document_id)
    if document is None:
        yield Contradiction(f"document_versions {version.id}", "document-altered", _NO_DOCUMENT)
        return
    where = f"{document.no} {version.n}"
    if not _same_text(version):
        yield Contradiction(where, "document-altered", _TEXT)
    given = select(Approval).where(Approval.version_id == version.id, Approval.decision == "approved")
    approvals = session.scalars(given).all()
    bound = {(one.approved_digest, one.author_id) for one in approvals}
    if bound != {(version.approved_digest, version.author_id)} or len(approvals) != len(version.route):
        yield Contradiction(where, "approval-altered", _APPROVALS)
    if not _same_pdf(app, document, version):
        yield Contradiction(where, "document-altered", _PDF)


def _same_pdf(app: Ports, document: Document, version: DocumentVersion) -> bool:
    """Whether the PDF in the store is the one every approval was bound to."""
    digest = hashlib.sha256()
    try:
        with app.store.open_file(str(version.pdf_package_id), f"data/{pdf_name(document, version)}") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except PackageErasedError:  # its disposal was decided by two people; fsck holds the tombstone to the log
        return True
    except EvidenceError:
        return False
    return digest.hexdigest() == version.approved_digest


def _same_text(version: DocumentVersion) -> bool:
    try:
        model = DocumentModel.from_json(json.dumps(version.model, ensure_ascii=False))
    except (CaseError, *UNREADABLE):
        return False
    return model.digest() == version.text_digest
