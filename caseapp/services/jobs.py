"""Background jobs: the row in the database is the truth, the queue a hint.

A worker takes a job with a lease and a fencing number; it beats while it works; it finishes with
``WHERE fence = mine``. A worker that dies lets its lease run out, and the sweep gives the job to another.
A worker that was only thought dead can no longer write: its fence is old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult

from caseapp.domain.errors import ConflictError
from caseapp.domain.labels import Label
from caseapp.models import Job, new_id
from caseapp.services.work import Work

LEASE: Final = timedelta(seconds=30)
HEARTBEAT_SECONDS: Final = 5.0
STALE_AFTER: Final = timedelta(seconds=20)
FIRST_PAUSE: Final = timedelta(seconds=10)


class LeaseLostError(ConflictError):
    """Another worker has the job now; what this one did must not be written."""

    code = "lease-lost"
    text = Label(
        "该任务已由另一进程接手，本次结果未写入；无须操作。",
        "Another process took this job over; this run wrote nothing. Nothing to do.",
    )


@dataclass(frozen=True)
class Lease:
    """The right to work on a job until it is taken away.

    Attributes:
        job_id: the row.
        kind: which handler runs it.
        object_id: what it is about.
        fence: number that must still stand when the result is written.
        attempt: 1 for the first run.
    """

    job_id: str
    kind: str
    object_id: str
    fence: int
    attempt: int
    payload: dict[str, Any]


def enqueue_job(work: Work, kind: str, object_type: str, object_id: str, **payload: Any) -> Job:
    """Return the open job of this kind for the object, or add one; the queue hears of it after the commit."""
    open_job = work.session.scalar(
        select(Job).where(Job.kind == kind, Job.object_id == object_id, Job.status.in_(("queued", "running")))
    )
    if open_job is not None:
        return open_job
    job = Job(
        id=new_id(),
        kind=kind,
        object_type=object_type,
        object_id=object_id,
        payload=payload,
        created_at=work.now,
        created_by=work.actor.user_id,
        desk_id=work.actor.desk_id,
    )
    work.session.add(job)
    work.session.flush()
    work.after_commit(partial(work.app.queue.push, job.id))
    return job


def take_job(work: Work, job_id: str, worker: str) -> Lease | None:
    """Take a waiting job, or nothing when it is not waiting (another has it, or it is done)."""
    changed = _update(
        work,
        update(Job)
        .where(Job.id == job_id, Job.status == "queued", or_(Job.not_before.is_(None), Job.not_before <= work.now))
        .values(
            status="running",
            fence=Job.fence + 1,
            attempt=Job.attempt + 1,
            worker=worker,
            started_at=work.now,
            heartbeat_at=work.now,
            lease_until=work.now + LEASE,
        ),
    )
    if not changed:
        return None
    job = work.session.get_one(Job, job_id, populate_existing=True)
    return Lease(job.id, job.kind, job.object_id, job.fence, job.attempt, dict(job.payload))


def beat_job(work: Work, lease: Lease, step: str, done: int, total: int) -> None:
    """Prolong the lease and show how far the work is.

    Raises:
        LeaseLostError: another worker has the job.
    """
    _held(
        work,
        lease,
        heartbeat_at=work.now,
        lease_until=work.now + LEASE,
        step=step[:64],
        step_done=done,
        step_total=total,
    )


def finish_job(work: Work, lease: Lease) -> None:
    """Mark the job done, in the transaction that writes its result.

    Raises:
        LeaseLostError: another worker has the job; roll back.
    """
    _held(work, lease, status="done", finished_at=work.now, lease_until=None)


def defer_job(work: Work, lease: Lease, until: datetime) -> None:
    """Put a job back that has to wait; the run does not count as an attempt.

    Raises:
        LeaseLostError: another worker has the job.
    """
    _held(work, lease, status="queued", attempt=Job.attempt - 1, not_before=until, lease_until=None, step=None)


def return_job(work: Work, lease: Lease) -> None:
    """Put a job back whose worker was told to stop; the run counts as one attempt, and another may begin at once.

    Raises:
        LeaseLostError: the job is done, or another worker has it.
    """
    said: dict[str, Any] = {
        "error_code": "worker-stopped",
        "error_zh": "执行进程被要求停止，任务已放回队列",
        "error_en": "the worker was told to stop; the job waits again",
    }
    _held(work, lease, status="queued", not_before=None, lease_until=None, **said)


def fail_job(work: Work, lease: Lease, *, retryable: bool, code: str, zh: str, en: str) -> bool:
    """Record a failure; a retryable one waits and runs again while attempts are left.

    Returns:
        Whether it will run again.
    """
    job = work.session.get_one(Job, lease.job_id, populate_existing=True)
    again = retryable and job.attempt < job.max_attempts
    values: dict[str, Any] = {"error_code": code, "error_zh": zh, "error_en": en, "lease_until": None}
    if again:
        values |= {"status": "queued", "not_before": work.now + FIRST_PAUSE * 2 ** (job.attempt - 1)}
    else:
        values |= {"status": "failed", "finished_at": work.now}
    _held(work, lease, **values)
    return again


def sweep_jobs(work: Work) -> list[str]:
    """Take back jobs whose worker stopped beating, and tell the queue of every job that waits.

    Returns:
        Ids told to the queue after the commit.
    """
    expired = (Job.status == "running") & (Job.lease_until < work.now)
    lost = {
        "error_code": "worker-lost",
        "error_zh": "执行进程中断",
        "error_en": "the worker stopped",
        "lease_until": None,
    }
    _update(work, update(Job).where(expired, Job.attempt < Job.max_attempts).values(status="queued", **lost))
    _update(work, update(Job).where(expired).values(status="failed", finished_at=work.now, **lost))
    waiting = list(
        work.session.scalars(
            select(Job.id)
            .where(
                Job.status == "queued",
                or_(Job.not_before.is_(None), Job.not_before <= work.now),
                or_(Job.created_at <= work.now - STALE_AFTER, Job.attempt > 0, Job.not_before.is_not(None)),
            )
            .order_by(Job.id)
        )
    )
    for job_id in waiting:
        work.after_commit(partial(work.app.queue.push, job_id))
    return waiting


def _held(work: Work, lease: Lease, **values: Any) -> None:
    mine = (Job.id == lease.job_id) & (Job.fence == lease.fence) & (Job.status == "running")
    if not _update(work, update(Job).where(mine).values(**values)):
        raise LeaseLostError


def _update(work: Work, statement: Any) -> int:
    outcome = work.session.execute(statement.execution_options(synchronize_session=False))
    return outcome.rowcount if isinstance(outcome, CursorResult) else 0
