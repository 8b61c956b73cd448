"""The case bundle: approved papers, evidence packages, the damages schedule and the verifier in one ZIP."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from caseapp.documents import BundleCase, BundleFacts, BundleItem, DocumentFacts, draft, load, to_pdf, write_bundle
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Document, DocumentVersion, EvidenceItem, Exhibit, Organization
from caseapp.services.approvals import FROZEN, frozen_pdf
from caseapp.services.custody import append_custody, custody_lines
from caseapp.services.damages import assess_damages, ledger_facts
from caseapp.services.facts import case_facts
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.files import storage_errors
from evidence_store.verifier import build_verify_py


@dataclass(frozen=True)
class Bundle:
    """A bundle as written.

    Attributes:
        path: the ZIP.
        facts: its digest and every file in it.
        packages: folders of the evidence packages inside, by evidence number.
    """

    path: Path
    facts: BundleFacts
    packages: tuple[str, ...]


def build_bundle(work: Work, case: Case, destination: Path, *, reason: str) -> Bundle:
    """Write the case's bundle; every package in it is exported with its custody, this export among the events.

    Raises:
        NotFoundError, PermissionDeniedError.
        NotApprovedBytesError, BadBundleError, EvidenceError: a piece is not as approved or sealed, or there is no
            space; nothing is left behind under `destination`, and what was there stays.
    """
    work.require(Permission.EVIDENCE_EXPORT, case)
    with storage_errors(destination.name), tempfile.TemporaryDirectory(prefix="bianwu-bundle-") as scratch:
        packages = list(_packages(work, case, Path(scratch), reason))
        items = [*_documents(work, case), *packages, _schedule(work, case), _verifier()]
        destination.parent.mkdir(parents=True, exist_ok=True)
        draft_path = destination.with_name(f".{destination.name}.{new_ulid()}.partial")
        try:
            with draft_path.open("w+b") as file:
                facts = write_bundle(_cover(work, case), items, file)
                file.flush()
                os.fsync(file.fileno())
            draft_path.replace(destination)
        finally:
            draft_path.unlink(missing_ok=True)
    work.record(Event.BUNDLE_BUILT, case, after={"sha256": facts.sha256}, reason=reason)
    return Bundle(destination, facts, tuple(item.name for item in packages))


def _cover(work: Work, case: Case) -> BundleCase:
    principal = work.session.get(Organization, case.principal_id) if case.principal_id else None
    return BundleCase(
        number=case.no,
        title=case.title,
        principal=principal.name if principal else "",
        made_on=work.now.astimezone(SHANGHAI).date(),
        sample=case.sample,
    )


def _documents(work: Work, case: Case) -> Iterator[BundleItem]:
    rows = work.session.execute(
        work.visible(
            select(DocumentVersion, Document)
            .join(Document, Document.id == DocumentVersion.document_id)
            .where(Document.case_id == case.id, DocumentVersion.status.in_(FROZEN))
            .order_by(Document.no, DocumentVersion.n),
            Document,
        )
    )
    for version, document in rows:
        name = f"{document.kind}-{document.no[2:]}-v{version.n}.pdf"
        yield BundleItem("document", name, f"{document.title} {document.no}", frozen_pdf(work, version))


def _packages(work: Work, case: Case, scratch: Path, reason: str) -> Iterator[BundleItem]:
    rows = work.session.execute(
        work.visible(
            select(Exhibit, EvidenceItem)
            .join(EvidenceItem, EvidenceItem.id == Exhibit.evidence_id)
            .where(
                Exhibit.case_id == case.id,
                Exhibit.voided_at.is_(None),
                EvidenceItem.package_id.is_not(None),
                EvidenceItem.withheld.is_(False),
            )
            .order_by(Exhibit.group_no, Exhibit.order_no),
            EvidenceItem,
        )
    )
    for exhibit, item in rows:
        append_custody(work, item, "export", reason=reason)
        folder: Path = work.app.store.export(
            item.package_id, scratch, as_zip=False, custody_events=custody_lines(work, item)
        )
        yield BundleItem(
            "package",
            folder.name,
            item.title,
            folder,
            label=exhibit.exhibit_no,
            evidence=item.no,
            package_id=item.package_id,
        )


def _schedule(work: Work, case: Case) -> BundleItem:
    totals = assess_damages(work, case)
    day = work.now.astimezone(SHANGHAI).date()
    facts = case_facts(work, case) | {"damages": ledger_facts(work, case, totals), "issued_on": day.isoformat()}
    model = draft(load("damages_schedule"), DocumentFacts.from_plain(facts))
    return BundleItem("damages", "damages-schedule.pdf", "损失计算表", to_pdf(model))


def _verifier() -> BundleItem:
    return BundleItem("verifier", "verify.py", "独立校验程序", build_verify_py())
