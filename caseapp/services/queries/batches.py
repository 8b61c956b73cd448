"""How far pastes of many addresses are."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from caseapp.models import Capture
from caseapp.services.batches import WALLS
from caseapp.services.queries.rows_inbox import BatchLine
from caseapp.services.queries.sums import tally
from caseapp.services.work import Work

SHOWN = 3
LEAST = 2
SHOWN_FOR = timedelta(days=3)


def batches(work: Work, *, sample: bool, keys: list[str] | None = None) -> list[BatchLine]:
    """Return the newest batches of more than one address that still need somebody; one statement.

    Args:
        work: the unit of work.
        sample: include the example's rows.
        keys: these batches, whatever their state; every recent one that is open or has failures without it.
    """
    again = aliased(Capture)
    tried = select(again.id).where(again.retry_of_id == Capture.id).exists()
    queued, done = Capture.status == "queued", Capture.status == "done"
    failed = and_(done, or_(Capture.result == "FAILED", Capture.outcome.in_(WALLS)))
    open_now = or_(queued, Capture.status == "running", failed)
    found = select(
        Capture.batch_id,
        func.min(Capture.requested_at),
        func.count(),
        tally(and_(done, ~failed)),
        tally(failed),
        tally(Capture.status == "cancelled"),
        tally(Capture.status == "running"),
        tally(and_(queued, Capture.paused_at.is_(None))),
        tally(and_(queued, Capture.paused_at.is_not(None))),
    ).where(Capture.voided_at.is_(None), ~tried)
    if keys is None:
        recent = Capture.requested_at >= work.now - SHOWN_FOR
        found = found.where(Capture.batch_id.is_not(None), or_(recent, Capture.status.in_(("queued", "running"))))
        found = found.having(and_(func.count() >= LEAST, tally(open_now) > 0))
    else:
        found = found.where(Capture.batch_id.in_(keys))
    if not sample:
        found = found.where(Capture.sample.is_(False))
    rows = work.visible(found, Capture).group_by(Capture.batch_id).order_by(Capture.batch_id.desc()).limit(SHOWN)
    return [BatchLine(*row) for row in work.session.execute(rows)]
