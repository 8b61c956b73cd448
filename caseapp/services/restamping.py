"""Stamps that were missing when a package was sealed, asked for again until every authority of the settings gave one.

An authority that is away costs nothing but the time stamp: the seal is admitted and logged at once, and called
stamped only when as many authorities as the settings want have stamped it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from caseapp.domain import workflow
from caseapp.models import EvidenceItem, Job
from caseapp.services.custody import append_custody
from caseapp.services.jobs import Lease, defer_job, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import request_stamps

KIND: Final = "stamp"
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
ALARM_AFTER: Final = timedelta(minutes=15)
"""A seal without any token for so long is shown as an alarm (design of the seal: 15 minutes)."""
_SEALED_BYTES: Final = "seal.sha256"


def want_stamps(work: Work, item: EvidenceItem) -> None:
    """Have the missing authorities asked again in a minute; nothing is missing: nothing happens."""
    if not _lacking(work.app, item.facts.get("stamped_by", ())):
        return
    job = enqueue_job(work, KIND, "evidence_items", item.id)
    if job.not_before is None and job.attempt == 0:
        job.not_before = work.now + FIRST_WAIT


def perform_stamp(app: Ports, lease: Lease, progress: Progress) -> None:
    """Ask the authorities whose stamp is missing, keep what they give, and wait longer each time for the rest.

    Raises:
        EvidenceError: the store cannot be read or written; LeaseLostError: another worker has the job.
    """
    with open_work(app, system_actor("worker")) as work:
        item = work.session.get_one(EvidenceItem, lease.object_id)
        if item.package_id is None or item.voided_at is not None or item.seal_state == "mismatch":
            finish_job(work, lease)
            return
        package_id = item.package_id
    kept = app.store.get(package_id).stamps
    asked = _lacking(app, [str(line["name"]) for line in kept])
    progress(KIND, 0, len(asked))
    report = request_stamps(app.store.read_file(package_id, _SEALED_BYTES), asked, k=app.least_stamps, now=app.clock)
    if report.stamps:
        app.store.add_stamps(package_id, report)
        kept = app.store.get(package_id).stamps
    with open_work(app, system_actor("worker")) as work:
        _record(work, work.session.get_one(EvidenceItem, lease.object_id), kept)
        if _lacking(app, [str(line["name"]) for line in kept]):
            defer_job(work, lease, work.now + _pause(work.session.get_one(Job, lease.job_id), work.now))
        else:
            finish_job(work, lease)


def _lacking(app: Ports, names: Sequence[str]) -> list[Any]:
    return [authority for authority in app.authorities if authority.name not in names]


def _pause(job: Job, now: datetime) -> timedelta:
    """As long again as the stamps have been missing, within bounds: 1, 2, 4 … minutes, then every six hours."""
    return min(max(now - job.created_at, FIRST_WAIT), LONGEST_WAIT)


def _record(work: Work, item: EvidenceItem, kept: Sequence[Mapping[str, Any]]) -> None:
    """Bring the row up to what the store keeps; a stamp that is on record already changes nothing."""
    known = list(item.facts.get("stamped_by", ()))
    fresh = [line for line in kept if line["name"] not in known]
    if not fresh:
        return
    names = [str(line["name"]) for line in fresh]
    append_custody(work, item, "timestamp", reason="、".join(names))
    if item.seal_state == "logged" and len(kept) >= work.app.least_stamps:
        work.transition(workflow.SEAL, item, "stamp")
    work.change(
        item,
        facts={**item.facts, "stamped_by": [*known, *names]},
        stamps=len(kept),
        test_stamps=sum(1 for line in kept if line["test"]),
        stamped_at=min(datetime.fromisoformat(str(line["gen_time"])) for line in kept),
    )
