"""The case bundle: approved papers, evidence packages, the damages schedule and the verifier in one ZIP."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from caseapp.documents import BundleCase, BundleFacts, BundleItem, DocumentFacts, draft, load, to_pdf, write_bundle
from caseapp.documents.blocks import DocumentModel
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Disposal, Document, DocumentVersion, EvidenceItem, Exhibit, Organization
from caseapp.services.approvals import FROZEN, frozen_pdf
from caseapp.services.custody import append_custody, custody_lines
from caseapp.services.damages import assess_damages, ledger_facts
from caseapp.services.disposal_papers import disposal_certificate
from caseapp.services.facts import case_facts
from caseapp.services.filing import filing_of
from caseapp.services.filing_papers import keeping_record
from caseapp.services.ports import Ports, Progress
from caseapp.services.redaction_choice import standing_in
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.files import storage_errors
from evidence_store.verifier import build_verify_py
from evidence_store.verifier_html import build_verify_html


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


@dataclass(frozen=True)
class Packed:
    """An evidence package that goes into a bundle: everything the store is asked for, read beforehand."""

    evidence_id: str
    number: str
    label: str
    title: str
    package_id: str
    custody: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What a bundle will hold; writing it needs no database."""

    cover: BundleCase
    documents: Sequence[BundleItem]
    packages: Sequence[Packed]
    schedule: DocumentModel

    @property
    def steps(self) -> int:
        """How many steps writing it takes: one a package, then the schedule and the ZIP."""
        return len(self.packages) + 2


def build_bundle(work: Work, case: Case, destination: Path, *, reason: str) -> Bundle:
    """Write the case's bundle; every package in it is exported with its custody, this export among the events.

    Everything stands in one transaction; a job plans, writes and records apart (``bundle_jobs``).

    Raises:
        NotFoundError, PermissionDeniedError.
        NotApprovedBytesError, BadBundleError, EvidenceError: a piece is not as approved or sealed, or there is no
            space; nothing is left behind under `destination`, and what was there stays.
    """
    made = write_plan(work.app, plan_bundle(work, case, reason=reason), destination)
    work.record(Event.BUNDLE_BUILT, case, after={"sha256": made.facts.sha256}, reason=reason)
    return made


def plan_bundle(work: Work, case: Case, *, reason: str, redacted: bool = False) -> Plan:
    """Read what the bundle will hold, of what this person may see, and write each export into its custody chain.

    Args:
        work: the unit of work.
        case: which case.
        reason: what it is for.
        redacted: where an exhibit has a redacted copy, that goes in instead.

    Raises:
        NotFoundError, PermissionDeniedError; NotApprovedBytesError: an approved paper is not as approved.
    """
    work.require(Permission.EVIDENCE_EXPORT, case)
    packages = list(_packages(work, case, reason, redacted=redacted))
    with storage_errors(case.no):
        documents = [*_documents(work, case), *_keeping(work, packages), *_disposed(work, case)]
    return Plan(_cover(work, case), documents, packages, _schedule(work, case))


def write_plan(app: Ports, plan: Plan, destination: Path, progress: Progress | None = None) -> Bundle:
    """Write the ZIP whole or not at all; ``progress`` hears of each step.

    Raises:
        BadBundleError, EvidenceError: a piece is not as sealed, or there is no space.
    """
    tell = progress or (lambda _step, _done, _total: None)
    with storage_errors(destination.name), tempfile.TemporaryDirectory(prefix="bianwu-bundle-") as scratch:
        packages = []
        for done, packed in enumerate(plan.packages):
            tell(f"package {packed.number}", done, plan.steps)
            packages.append(_exported(app, packed, Path(scratch)))
        tell("schedule", plan.steps - 2, plan.steps)
        schedule = BundleItem("damages", "damages-schedule.pdf", "损失计算表", to_pdf(plan.schedule))
        items = [*plan.documents, *packages, schedule, *_verifiers()]
        tell("zip", plan.steps - 1, plan.steps)
        facts = _write(plan.cover, items, destination)
    return Bundle(destination, facts, tuple(item.name for item in packages))


def _write(cover: BundleCase, items: Sequence[BundleItem], destination: Path) -> BundleFacts:
    destination.parent.mkdir(parents=True, exist_ok=True)
    draft_path = destination.with_name(f".{destination.name}.{new_ulid()}.partial")
    try:
        with draft_path.open("w+b") as file:
            facts = write_bundle(cover, items, file)
            file.flush()
            os.fsync(file.fileno())
        draft_path.replace(destination)
    finally:
        draft_path.unlink(missing_ok=True)
    return facts


def _exported(app: Ports, packed: Packed, scratch: Path) -> BundleItem:
    folder: Path = app.store.export(packed.package_id, scratch, as_zip=False, custody_events=packed.custody)
    return BundleItem(
        "package",
        folder.name,
        packed.title,
        folder,
        label=packed.label,
        evidence=packed.number,
        package_id=packed.package_id,
    )


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
    erased = select(EvidenceItem.id).where(EvidenceItem.status == "disposed")
    rows = work.session.execute(
        work.visible(
            select(DocumentVersion, Document)
            .join(Document, Document.id == DocumentVersion.document_id)
            .where(Document.case_id == case.id, DocumentVersion.status.in_(FROZEN))
            .where(func.coalesce(DocumentVersion.pdf_evidence_id, "").not_in(erased))
            .order_by(Document.no, DocumentVersion.n),
            Document,
        )
    )
    for version, document in rows:
        name = f"{document.kind}-{document.no[2:]}-v{version.n}.pdf"
        yield BundleItem("document", name, f"{document.title} {document.no}", frozen_pdf(work, version))


def _packages(work: Work, case: Case, reason: str, *, redacted: bool) -> Iterator[Packed]:
    rows = work.session.execute(
        work.visible(
            select(Exhibit, EvidenceItem)
            .join(EvidenceItem, EvidenceItem.id == Exhibit.evidence_id)
            .where(
                Exhibit.case_id == case.id,
                Exhibit.voided_at.is_(None),
                EvidenceItem.package_id.is_not(None),
                EvidenceItem.withheld.is_(False),
                EvidenceItem.status != "disposed",
            )
            .order_by(Exhibit.group_no, Exhibit.order_no),
            EvidenceItem,
        )
    )
    chosen = {exhibit.id: (exhibit, item) for exhibit, item in rows}
    chosen |= standing_in(work, case) if redacted else {}
    for exhibit, item in sorted(chosen.values(), key=lambda row: (row[0].group_no, row[0].order_no)):
        append_custody(work, item, "export", reason=reason)
        yield Packed(item.id, item.no, exhibit.exhibit_no, item.title, str(item.package_id), custody_lines(work, item))


def _keeping(work: Work, packages: Sequence[Packed]) -> Iterator[BundleItem]:
    """How each filed item was kept, for article 94 paragraph 1 of the evidence rules (待核)."""
    for packed in packages:
        item = work.session.get_one(EvidenceItem, packed.evidence_id)
        if filing_of(work, item) is not None:
            made = keeping_record(work, item, "zh")
            yield BundleItem("document", f"archive-{item.no[2:]}.pdf", f"归档保管说明（待核） {item.no}", made)


def _disposed(work: Work, case: Case) -> Iterator[BundleItem]:
    """In place of exhibits whose bytes were lawfully erased: the certificate of that."""
    rows = work.session.scalars(
        work.visible(
            select(EvidenceItem)
            .join(Exhibit, Exhibit.evidence_id == EvidenceItem.id)
            .join(Disposal, Disposal.evidence_id == EvidenceItem.id)
            .where(Exhibit.case_id == case.id, Exhibit.voided_at.is_(None), Disposal.erased_at.is_not(None))
            .order_by(Exhibit.group_no, Exhibit.order_no),
            EvidenceItem,
        )
    )
    for item in rows:
        number, pdf, _note = disposal_certificate(work, item, "zh")
        yield BundleItem("document", f"disposal-{item.no[2:]}.pdf", f"销毁证明 {number} {item.no}", pdf)


def _schedule(work: Work, case: Case) -> DocumentModel:
    totals = assess_damages(work, case)
    day = work.now.astimezone(SHANGHAI).date()
    facts = case_facts(work, case) | {"damages": ledger_facts(work, case, totals), "issued_on": day.isoformat()}
    return draft(load("damages_schedule"), DocumentFacts.from_plain(facts))


def _verifiers() -> tuple[BundleItem, ...]:
    return (
        BundleItem("verifier", "verify.html", "独立校验页面", build_verify_html()),
        BundleItem("verifier", "verify.py", "独立校验程序", build_verify_py()),
    )
