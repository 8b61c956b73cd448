"""Whose turn it is at a host: at most one running capture, a pause between beginnings, paused batches wait.

The database promises the first rule (``uq_captures_host_running``); what is read here makes waiting the normal way.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select

from caseapp.domain.manners import host_of, next_start, pause_for
from caseapp.models import Capture, Job
from caseapp.services.logins import login_free_at
from caseapp.services.work import Work

FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Until somebody lets it go on."""
BUSY: Final = timedelta(seconds=10)
"""How long a visit waits for a busy host before it looks again; the end of the other visit wakes it earlier."""


def wait_until(work: Work, row: Capture) -> datetime | None:
    """Return until when a capture has to wait; None when it may begin now."""
    if row.paused_at is not None:
        return FAR
    host = host_of(row.url)
    others = (Capture.host == host, Capture.id != row.id)
    if work.session.scalar(select(Capture.id).where(*others, Capture.status == "running").limit(1)):
        return work.now + BUSY
    login = login_free_at(work, row)
    if login is not None:
        return login
    last, delay = last_visit(work, row)
    return next_start(last, pause_for(host, work.app.host_pauses, asked=delay), work.now)


def last_visit(work: Work, row: Capture) -> tuple[datetime | None, float]:
    """Return when another capture last began at the host, and the delay its robots.txt asked for."""
    found = (
        select(Capture.started_at, Capture.facts)
        .where(Capture.host == host_of(row.url), Capture.id != row.id, Capture.started_at.is_not(None))
        .order_by(Capture.started_at.desc())
        .limit(1)
    )
    seen = work.session.execute(found).first()
    if seen is None:
        return None, 0.0
    return seen[0], float((seen[1].get("robots") or {}).get("crawl_delay") or 0.0)


def frequency(work: Work, row: Capture) -> dict[str, Any]:
    """Return what the record says about how often the host is visited; call it as the capture begins."""
    host = host_of(row.url)
    last, delay = last_visit(work, row)
    day = work.now - timedelta(days=1)
    visits = select(func.count()).where(Capture.host == host, Capture.id != row.id, Capture.started_at >= day)
    return {
        "host": host,
        "at_once": 1,
        "pause_ms": _ms(pause_for(host, work.app.host_pauses, asked=delay)),
        "since_last_ms": _ms(work.now - last) if last is not None else None,
        "visits_in_24_hours": work.session.scalar(visits) or 0,
    }


def _ms(span: timedelta) -> int:
    """Whole milliseconds: a seal holds no fractions."""
    return span // timedelta(milliseconds=1)


def wake_next(work: Work, row: Capture) -> None:
    """Tell the queue of the oldest capture that waits for this one's host, now that it is free."""
    found = (
        select(Job)
        .join(Capture, Capture.id == Job.object_id)
        .where(
            Job.kind == "capture",
            Job.status == "queued",
            Job.error_code.is_(None),  # one that failed waits as long as its failure says
            Capture.host == host_of(row.url),
            Capture.id != row.id,
            Capture.status == "queued",
            Capture.paused_at.is_(None),
            Job.not_before.is_not(None),  # who was sent away; the others stand in the queue
        )
        .order_by(Job.id)
        .limit(1)
    )
    job = work.session.scalar(found)
    if job is None:
        return
    job.not_before = None
    work.after_commit(partial(work.app.queue.push, job.id))
