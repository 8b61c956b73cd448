"""Stamps that were missing when a package was sealed, asked for again until every authority of the settings gave one.

An authority that is away costs nothing but the time stamp: the seal is admitted and logged at once, and called
stamped only when as many authorities have stamped it as its own record wants: the k of the day it was sealed, which
settings of a later day neither raise nor lower. `COMPLETE` says when there is nothing left to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select

from caseapp.domain import workflow
from caseapp.models import EvidenceItem, Job
from caseapp.services.custody import append_custody
from caseapp.services.jobs import Lease, defer_job, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import SealState, request_stamps

KIND: Final = "stamp"
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
ALARM_AFTER: Final = timedelta(minutes=15)
"""A seal below its k for so long is shown as an alarm (design of the seal: 15 minutes)."""
BELOW_K: Final = ("stored", "sealed", "logged")
"""States of a seal that has fewer stamps than its own record wants."""
COMPLETE: Final[tuple[Callable[[SealState], bool], ...]] = (
    lambda seal: seal.name == "complete",  # every authority that was asked at sealing has stamped
    lambda seal: seal.n > 0,  # a seal nobody was asked about lacks what makes one complete
    lambda seal: not seal.test,  # a 测试时间戳 proves no time, so it completes nothing
)
"""All of these hold: the seal is 完备."""
_SWEPT_AT_ONCE: Final = 200
_SEALED_BYTES: Final = "seal.sha256"


def want_stamps(work: Work, item: EvidenceItem) -> None:
    """Have the missing authorities asked again in a minute; nothing is missing: nothing happens."""
    if not _lacking(work.app, item.facts.get("stamped_by", ())):
        return
    job = enqueue_job(work, KIND, "evidence_items", item.id)
    if job.not_before is None and job.attempt == 0:
        job.not_before = work.now + FIRST_WAIT


def below_k() -> ColumnElement[bool]:
    """Condition: fewer stamps than the item's own seal wants, or none at all."""
    return or_(EvidenceItem.seal_state.in_(BELOW_K), EvidenceItem.stamps == 0)


def late_seals(work: Work, *, sample: bool) -> Select[Any]:
    """Count the seals that wait for time stamps longer than is right; the caller adds who may see them.

    Args:
        work: the unit of work.
        sample: count the example's evidence too.
    """
    wanted = select(func.count(EvidenceItem.id)).where(
        EvidenceItem.package_id.is_not(None),
        EvidenceItem.voided_at.is_(None),
        EvidenceItem.logged_at < work.now - ALARM_AFTER,
        below_k(),
    )
    return wanted if sample else wanted.where(EvidenceItem.sample.is_(False))


def sweep_stamps(work: Work) -> int:
    """Have stamps asked for of every item that is below its k and has no open job; returns how many were taken up.

    Such items were sealed before this was automatic, restored from a backup, or sealed when no authority was set.
    """
    if not work.app.authorities:
        return 0
    open_job = select(Job.id).where(
        Job.kind == KIND, Job.object_id == EvidenceItem.id, Job.status.in_(("queued", "running"))
    )
    found = work.session.scalars(
        select(EvidenceItem)
        .where(
            EvidenceItem.package_id.is_not(None),
            EvidenceItem.voided_at.is_(None),
            EvidenceItem.seal_state != "mismatch",
            below_k(),
            ~open_job.exists(),
        )
        .order_by(EvidenceItem.logged_at)
    )
    lacking = [item for item in found if _lacking(work.app, item.facts.get("stamped_by", ()))][:_SWEPT_AT_ONCE]
    for item in lacking:
        want_stamps(work, item)
    return len(lacking)


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
    report = request_stamps(app.store.read_file(package_id, _SEALED_BYTES), asked, k=1, now=app.clock)
    if report.stamps:
        app.store.add_stamps(package_id, report)
    seal = app.store.state(package_id)
    with open_work(app, system_actor("worker")) as work:
        item = work.session.get_one(EvidenceItem, lease.object_id)
        record_stamps(work, item, seal)
        advance_seal(work, item, seal)
        if _lacking(app, [str(line["name"]) for line in seal.stamps]):
            defer_job(work, lease, work.now + _pause(work.session.get_one(Job, lease.job_id), work.now))
        else:
            finish_job(work, lease)


def _lacking(app: Ports, names: Sequence[str]) -> list[Any]:
    return [one for one in app.authorities if one.name not in names and not one.by_hand]


def _pause(job: Job, now: datetime) -> timedelta:
    """As long again as the stamps have been missing, within bounds: 1, 2, 4 … minutes, then every six hours."""
    return min(max(now - job.created_at, FIRST_WAIT), LONGEST_WAIT)


def record_stamps(work: Work, item: EvidenceItem, seal: SealState) -> None:
    """Bring the row up to what the store keeps; a stamp that is on record already changes nothing."""
    kept, known = seal.stamps, list(item.facts.get("stamped_by", ()))
    fresh = [str(line["name"]) for line in kept if line["name"] not in known]
    if fresh:
        append_custody(work, item, "timestamp", reason="、".join(fresh))
    if fresh or item.stamps != len(kept):
        work.change(
            item,
            facts={**item.facts, "stamped_by": [*known, *fresh], "stamps_wanted": seal.k, "stamps_asked": seal.n},
            stamps=len(kept),
            test_stamps=sum(1 for line in kept if line["test"]),
            stamped_at=min(datetime.fromisoformat(str(line["gen_time"])) for line in kept),
        )


def advance_seal(work: Work, item: EvidenceItem, seal: SealState) -> None:
    """Take the row's seal as far as its stamps carry it; the system's own step, never a person's."""
    if item.seal_state == "logged" and not seal.self_timed:
        work.transition(workflow.SEAL, item, "stamp")
    if item.seal_state in {"stamped", "witnessed"} and is_complete(seal):
        work.transition(workflow.SEAL, item, "complete")


def is_complete(seal: SealState) -> bool:
    """Whether everything `COMPLETE` lists is there."""
    return all(holds(seal) for holds in COMPLETE)
