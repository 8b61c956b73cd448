"""例行校验: every item's kept bytes gone over within a period, a slice a day, and an alarm for what is damaged.

Each day's slice is a job of its own: it steps back while other work waits, goes on where it stopped, and its looks are
custody events. Damage raises the alarm state of the seal, which shows on the item, on the register and on the health
page; an installation with a second place puts the object right from it first (``mend`` of the application).
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, func, or_, select

from caseapp.domain import workflow
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import Desk, EvidenceItem, Job, Scrub
from caseapp.services.actors import Actor
from caseapp.services.custody import append_custody
from caseapp.services.jobs import Lease, defer_job, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.work import Work, open_work, system_actor
from evidence_store.scrub import Scrubbed, scrub_package

KIND: Final = "scrub"
EACH_DAY: Final = timedelta(days=1)
RENEW_BEFORE: Final = timedelta(days=180)
"""An item whose last time stamp's certificates end within it is told of."""
STEP_BACK: Final = timedelta(minutes=1)
MOST_SECONDS: Final = 480.0
"""A run ends well before the queue's own limit of a job, and goes on in the next."""
_WORDS_KEPT: Final = 1000


def period(days: int) -> timedelta:
    """Return the period of the settings: every item is gone over within it."""
    return timedelta(days=days)


def slices(days: int) -> int:
    """Return the daily slices of a round: two thirds of the period's days, so that some days away cost nothing."""
    return days * 2 // 3


def kept_items() -> Select[Any]:
    """Return the items whose bytes the store keeps: sealed, neither void nor disposed."""
    return select(EvidenceItem).where(
        EvidenceItem.package_id.is_not(None), EvidenceItem.voided_at.is_(None), EvidenceItem.status != "disposed"
    )


def due_items(work: Work) -> Select[Any]:
    """Return the kept items not gone over for a round of slices, those never looked at first."""
    late = work.now - EACH_DAY * slices(work.app.check_days)
    return (
        kept_items()
        .outerjoin(Scrub, Scrub.evidence_id == EvidenceItem.id)
        .where(or_(Scrub.at.is_(None), Scrub.at < late))
        .order_by(Scrub.at.is_not(None), Scrub.at, EvidenceItem.id)
    )


def sweep_scrub(work: Work) -> Job | None:
    """Order the day's slice, when something is due and today has none yet."""
    last = work.session.scalar(select(func.max(Job.created_at)).where(Job.kind == KIND))
    if last is not None and last > work.now - EACH_DAY:
        return None
    desk = work.session.scalars(select(Desk).order_by(Desk.id).limit(1)).first()
    if desk is None or work.session.scalars(due_items(work).limit(1)).first() is None:
        return None
    return enqueue_job(work, KIND, "desks", desk.id)


def perform_scrub(app: Ports, lease: Lease, progress: Progress) -> None:
    """Go over the day's slice, one item after the other.

    Raises:
        EvidenceError: the store cannot be read at all; nothing was concluded, and the job runs again.
        LeaseLostError: another worker has the job.
    """
    until = time.monotonic() + MOST_SECONDS
    with open_work(app, system_actor("worker")) as work:
        begun = work.session.get_one(Job, lease.job_id).created_at
        keys = _slice(work, begun)
    for done, key in enumerate(keys):
        progress(KIND, done, len(keys))
        with open_work(app, system_actor("worker")) as work:
            if time.monotonic() > until or _others_wait(work):
                defer_job(work, lease, work.now + STEP_BACK)
                return
        scrub_item(app, key)
    with open_work(app, system_actor("worker")) as work:
        finish_job(work, lease)


def _slice(work: Work, begun: Any) -> list[str]:
    """Keys of the items left of the slice that began then."""
    total = work.session.scalar(select(func.count()).select_from(kept_items().subquery())) or 0
    done = work.session.scalar(select(func.count()).select_from(Scrub).where(Scrub.at >= begun)) or 0
    left = max(-(-total // slices(work.app.check_days)) - done, 0)
    return [item.id for item in work.session.scalars(due_items(work).limit(left))]


def _others_wait(work: Work) -> bool:
    due = or_(Job.not_before.is_(None), Job.not_before <= work.now)
    return work.session.scalar(select(Job.id).where(Job.status == "queued", Job.kind != KIND, due).limit(1)) is not None


def scrub_item(app: Ports, item_id: str, actor: Actor | None = None) -> Scrubbed:
    """Go over one item and write down what was found; the slow part needs no transaction.

    Args:
        app: the ports.
        item_id: a kept item.
        actor: who asked; the worker when nobody did.

    Raises:
        PermissionDeniedError: the actor may not read the item.
        EvidenceError: the store cannot be read at all; nothing was concluded.
    """
    who = actor or system_actor("worker")
    with open_work(app, who) as work:
        item = work.session.get_one(EvidenceItem, item_id)
        if actor is not None:
            work.require(Permission.EVIDENCE_READ, item)
        package_id = str(item.package_id)
    found = scrub_package(app.store, package_id, mend=app.mend)
    with open_work(app, who) as work:
        record_scrub(work, work.session.get_one(EvidenceItem, item_id), found)
    return found


def last_scrub(work: Work, item: EvidenceItem) -> Scrub | None:
    """Return the newest look over an item; None when it had no turn yet.

    Raises:
        PermissionDeniedError: the actor may not read the item.
    """
    work.require(Permission.EVIDENCE_READ, item)
    return work.session.get(Scrub, item.id)


def record_scrub(work: Work, item: EvidenceItem, found: Scrubbed) -> None:
    """Write a look down: the newest in its row, each in the chain of custody; damage raises the seal's alarm."""
    row = work.session.get(Scrub, item.id)
    if row is None:
        row = Scrub(evidence_id=item.id)
        work.session.add(row)
    row.at, row.outcome, row.objects, row.found = work.now, found.outcome, found.objects, found.words[:_WORDS_KEPT]
    row.stamps_end = found.stamps_end
    work.session.flush()
    append_custody(work, item, "fixity", reason=found.words[:_WORDS_KEPT], outcome=found.outcome)
    if found.problems and item.seal_state != "mismatch":
        workflow.SEAL.check(item, "alarm", person=None, reason=found.words)
        work.change(item, Event.EVIDENCE_MISMATCH, reason=found.words[:_WORDS_KEPT], seal_state="mismatch")
