"""Checking an evidence item as an outsider would: the slow check, and writing down what it found."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from caseapp.domain import workflow
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.ports import Ports
from caseapp.services.work import Work
from evidence_store.errors import FormatError
from evidence_store.failures import IntegrityError, ObjectMissingError
from evidence_store.tombstones import PackageErasedError
from evidence_store.trust import Trust
from evidence_store.verifier.report import FAIL, Check
from evidence_store.verify import Report, verify

DAMAGE: Final = (IntegrityError, FormatError, ObjectMissingError)
"""What the store raises when kept bytes are not those that were sealed."""
CONTENTS: Final = 6
"""Number of the verifier's check of contents (CHECK_NAMES)."""


def verify_evidence(work: Work, item: EvidenceItem, folder: Path, trust: Trust | None) -> Report:
    """Export the item's package into `folder` and check it as an outsider would; the result is a custody event.

    A failure, also kept bytes that can no longer be exported, raises the alarm state of its seal, whoever found it;
    the stored bytes stay as they are.

    Raises:
        NotFoundError, PermissionDeniedError.
        EvidenceError: it could not be checked now (no space in `folder`, the store is away): nothing is concluded.
    """
    work.require(Permission.EVIDENCE_READ, item)
    return record_verification(work, item, check_package(work.app, item, folder, trust))


def check_package(app: Ports, item: EvidenceItem, folder: Path, trust: Trust | None) -> Report:
    """The slow half of `verify_evidence`: it needs no transaction, in which every other writer would wait.

    Args:
        app: the ports.
        item: read before, by someone who may; it may be detached.
        folder: where the package is exported to.
        trust: whom to believe.

    Raises:
        EvidenceError: as `verify_evidence`.
    """
    try:
        return verify(app.store.export(str(item.package_id), folder, as_zip=False), trust)
    except PackageErasedError:
        raise  # nothing was checked, and nothing is damaged
    except DAMAGE as damage:
        line = Check(CONTENTS, FAIL, damage.message("zh"), damage.message("en"))
        facts: dict[str, object] = {"seal_id": item.seal_id, "package_id": item.package_id}
        return Report([line], trusted=trust is not None, facts=facts)


def record_verification(work: Work, item: EvidenceItem, report: Report) -> Report:
    """The other half: write down what was found.

    Raises:
        PermissionDeniedError: the actor may not read the item.
    """
    work.require(Permission.EVIDENCE_READ, item)
    append_custody(work, item, "verify", outcome=report.verdict)
    if report.verdict == FAIL and item.seal_state != "mismatch":
        workflow.SEAL.check(item, "alarm", person=None, reason=report.verdict)
        found = "; ".join(f"{check.number} {check.detail_en}" for check in report.failures)
        work.change(item, Event.EVIDENCE_MISMATCH, reason=found[:1000], verified_at=work.now, seal_state="mismatch")
    else:
        work.change(item, verified_at=work.now, reason=report.verdict)
    return report
