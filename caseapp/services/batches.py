"""A paste of many addresses as one thing: held back, let go on, its failures tried again, what waits called off."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from caseapp.domain.errors import NotFoundError, PermissionDeniedError, ReasonRequiredError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Job
from caseapp.services.captures import cancel_capture, retry_capture
from caseapp.services.manners import FAR
from caseapp.services.work import Work

BATCH: Final = Label("批次", "batch")
CANCEL: Final = Label("取消排队中的取证", "call off what waits")
WALLS: Final = ("login_wall", "captcha", "rate_limited", "geo_blocked")
"""Outcomes that are no picture of the post; see ``CaptureLine.walled``."""


def rows_of(work: Work, batch_id: str, permission: Permission) -> list[Capture]:
    """Return the captures of a batch that the actor may act on; the last try of each address.

    Raises:
        NotFoundError: none is visible.
        PermissionDeniedError: the roles held allow it for none of them.
    """
    again = aliased(Capture)
    tried = select(again.id).where(again.retry_of_id == Capture.id)
    found = select(Capture).where(Capture.batch_id == batch_id, Capture.voided_at.is_(None), ~tried.exists())
    seen = list(work.session.scalars(work.visible(found, Capture).order_by(Capture.id)))
    if not seen:
        raise NotFoundError(kind=BATCH)
    allowed = [row for row in seen if permission in work.permissions(row)]
    if not allowed:
        raise PermissionDeniedError(permission=permission.label)
    return allowed


def pause_batch(work: Work, batch_id: str) -> int:
    """Hold back what waits; what runs ends as it would. Returns how many wait for a person now.

    Raises:
        NotFoundError, PermissionDeniedError: see ``rows_of``.
    """
    rows = rows_of(work, batch_id, Permission.CAPTURE_REQUEST)
    waiting = [row for row in rows if row.status == "queued" and row.paused_at is None]
    for row in waiting:
        work.change(row, paused_at=work.now)
    _set_jobs(work, waiting, FAR)
    return len(waiting)


def resume_batch(work: Work, batch_id: str) -> int:
    """Let go on what was held back; returns how many.

    Raises:
        NotFoundError, PermissionDeniedError: see ``rows_of``.
    """
    rows = rows_of(work, batch_id, Permission.CAPTURE_REQUEST)
    held = [row for row in rows if row.paused_at is not None and row.status == "queued"]
    for row in held:
        work.change(row, paused_at=None)
    for job_id in _set_jobs(work, held, None):
        work.after_commit(partial(work.app.queue.push, job_id))
    return len(held)


def _set_jobs(work: Work, rows: list[Capture], until: datetime | None) -> list[str]:
    """Set until when the jobs of captures wait; one a worker has in hand looks at its capture itself."""
    mine = (Job.kind == "capture", Job.status == "queued", Job.object_id.in_([row.id for row in rows]))
    ids = list(work.session.scalars(select(Job.id).where(*mine).order_by(Job.id)))
    work.session.execute(update(Job).where(*mine).values(not_before=until).execution_options(synchronize_session=False))
    return ids


def retry_batch(work: Work, batch_id: str) -> int:
    """Order every capture again that brought nothing; the failed ones stay on record. Returns how many.

    Raises:
        NotFoundError, PermissionDeniedError: see ``rows_of``.
    """
    rows = rows_of(work, batch_id, Permission.CAPTURE_REQUEST)
    failed = [row for row in rows if row.status == "done" and (row.result == "FAILED" or row.outcome in WALLS)]
    for row in failed:
        retry_capture(work, row)
    return len(failed)


def cancel_waiting(work: Work, batch_id: str, *, reason: str) -> int:
    """Call off what has not begun, held back or not; returns how many.

    Raises:
        ReasonRequiredError: no reason given.
        NotFoundError, PermissionDeniedError: see ``rows_of``.
    """
    if not reason.strip():
        raise ReasonRequiredError(action=CANCEL)
    rows = rows_of(work, batch_id, Permission.CAPTURE_CANCEL)
    waiting = [row for row in rows if row.status == "queued"]
    for row in waiting:
        cancel_capture(work, row, reason=reason)
    return len(waiting)
