"""Hop 5: a receipt becomes an evidence item with a number; custody, exhibits, verification and export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND
from caseapp.models import Capture, Case, EvidenceItem, Exhibit, Post
from caseapp.services.checks import record_check
from caseapp.services.custody import append_custody, custody_lines
from caseapp.services.sealing import Sealed
from caseapp.services.work import Work
from evidence_store.trust import Trust
from evidence_store.verify import Report, verify

REMOVAL_PROOF: Final = frozenset({"removed", "removed_by_author", "removed_by_platform", "restricted"})


def register_evidence(work: Work, capture: Capture, sealed: Sealed) -> EvidenceItem:
    """Register a capture's package; the same package again returns the same item.

    Args:
        work: opened for the job that captured.
        capture: its finished row.
        sealed: what the store admitted.
    """
    known = work.session.scalar(select(EvidenceItem).where(EvidenceItem.package_id == sealed.receipt.package_id))
    if known is not None:
        return known
    post = work.session.get(Post, capture.post_id) if capture.post_id else None
    item = _item(
        work,
        sealed,
        kind="web_page",
        title=(post.title if post and post.title else capture.title) or capture.url,
        source=capture.url,
        desk_id=capture.desk_id,
        facts=capture.facts,
    )
    item.capture_id, item.post_id, item.grade = capture.id, capture.post_id, capture.grade
    item.obtained_at = capture.finished_at or work.now
    work.session.flush()
    _open_custody(work, item, sealed, first="capture")
    if post is not None:
        record_check(work, post, capture, item)
    return item


def register_files(
    work: Work,
    sealed: Sealed,
    *,
    title: str,
    kind: str,
    source: str,
    proves: str | None = None,
    original_or_copy: str | None = None,
    post_id: str | None = None,
    publishable: bool = False,
    privileged: bool = False,
) -> EvidenceItem:
    """Register a sealed package of files that a person handed in (a test report, a contract, a receipt).

    Raises:
        PermissionDeniedError, InvalidInputError: the actor may not, or the kind is unknown.
    """
    work.require(Permission.EVIDENCE_REGISTER)
    EVIDENCE_KIND.require(kind)
    known = work.session.scalar(select(EvidenceItem).where(EvidenceItem.package_id == sealed.receipt.package_id))
    if known is not None:
        return known
    item = _item(work, sealed, kind=kind, title=title, source=source, desk_id=work.actor.desk_id, facts={})
    item.proves, item.original_or_copy, item.post_id = proves, original_or_copy, post_id
    item.publishable, item.privileged, item.grade = publishable, privileged, "self_made"
    work.session.flush()
    _open_custody(work, item, sealed, first="ingest")
    return item


def _item(
    work: Work, sealed: Sealed, *, kind: str, title: str, source: str, desk_id: str | None, facts: Mapping[str, Any]
) -> EvidenceItem:
    tokens = sealed.stamps.stamps
    return work.add(
        EvidenceItem(
            no=work.next_no("evidence"),
            kind=kind,
            title=title,
            source=source,
            obtained_at=work.now,
            desk_id=desk_id,
            package_id=sealed.receipt.package_id,
            seal_id=sealed.receipt.seal_id,
            sha256=sealed.receipt.package_id,
            size=sum(int(entry["bytes"]) for entry in sealed.files.values()),
            files=dict(sealed.files),
            facts=dict(facts),
            log_index=sealed.receipt.log_index,
            stamps=len(tokens),
            test_stamps=sum(1 for token in tokens if token.test),
        )
    )


def _open_custody(work: Work, item: EvidenceItem, sealed: Sealed, *, first: str) -> None:
    work.record(Event.EVIDENCE_REGISTERED, item, after={"no": item.no, "package_id": item.package_id})
    append_custody(work, item, first, reason=item.source or "")
    append_custody(work, item, "seal")
    work.transition(workflow.SEAL, item, "seal")
    append_custody(work, item, "log")
    work.transition(workflow.SEAL, item, "log")
    if item.stamps:
        names = [token.name for token in sealed.stamps.stamps]
        append_custody(work, item, "timestamp", reason="、".join(names))
        work.transition(workflow.SEAL, item, "stamp")


def add_exhibit(work: Work, case: Case, item: EvidenceItem, exhibit_no: str, *, group: str, proves: str) -> Exhibit:
    """Give an item its place in a case's list of evidence; the same pair again returns the same exhibit.

    Raises:
        PermissionDeniedError, AlreadyExistsError: the number is taken by another item.
    """
    work.require(Permission.EVIDENCE_EXHIBIT, case)
    row = work.session.scalar(select(Exhibit).where(Exhibit.case_id == case.id, Exhibit.evidence_id == item.id))
    if row is not None:
        return row
    group_no, _, order = exhibit_no.removeprefix("证").partition("-")
    row = work.add(
        Exhibit(
            case_id=case.id,
            evidence_id=item.id,
            exhibit_no=exhibit_no,
            group_no=int(group_no) if group_no.isdecimal() else 1,
            group_name=group,
            order_no=int(order) if order.isdecimal() else 0,
            proves=proves,
        )
    )
    work.session.flush()
    work.record(Event.EXHIBIT_ADDED, row, after={"no": exhibit_no, "evidence": item.no})
    if item.status == "registered":
        work.transition(workflow.EVIDENCE_ITEM, item, "use")
    return row


def verify_evidence(work: Work, item: EvidenceItem, folder: Path, trust: Trust | None) -> Report:
    """Export the item's package into `folder` and check it as an outsider would; the result is a custody event.

    A failure raises the alarm state of its seal; the stored bytes stay as they are.
    """
    work.require(Permission.EVIDENCE_READ, item)
    package = work.app.store.export(item.package_id, folder, as_zip=False)
    report = verify(package, trust)
    append_custody(work, item, "verify", outcome=report.verdict)
    item.verified_at = work.now
    if report.verdict == "FAIL" and item.seal_state != "mismatch":
        work.transition(workflow.SEAL, item, "alarm", reason=report.verdict)
    return report


def export_evidence(work: Work, item: EvidenceItem, folder: Path, *, reason: str) -> Path:
    """Write the item's package as a ZIP with its custody events, this export among them.

    Raises:
        PermissionDeniedError: the actor may not export.
    """
    work.require(Permission.EVIDENCE_EXPORT, item)
    append_custody(work, item, "export", reason=reason)
    work.record(Event.EVIDENCE_EXPORTED, item, reason=reason)
    path: Path = work.app.store.export(item.package_id, folder, as_zip=True, custody_events=custody_lines(work, item))
    return path


def read_file(work: Work, item: EvidenceItem, name: str, *, purpose: str) -> Any:
    """Open one payload file for reading; the reading is in the custody chain.

    Raises:
        NotFoundError, PermissionDeniedError, EvidenceError: no such file.
    """
    work.require(Permission.EVIDENCE_READ, item)
    append_custody(work, item, "view", reason=f"{purpose}: {name}")
    return work.app.store.open_file(item.package_id, name)
