"""After a disposal is approved: the bytes go from the store and its second place, and so does what was made of them.

The job may stop anywhere and goes on: what decides is written first (``begun_at``), the store's own steps are safe to
repeat, and the rows tell what is done. A hold set on a case before it began puts it off; once begun nothing stops it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import or_, select

from caseapp.domain.chain import canonical
from caseapp.domain.events import Event
from caseapp.models import Capture, Disposal, EvidenceItem, Job, Post
from caseapp.services.audit_chain import plain
from caseapp.services.bundle_jobs import drop_bundles
from caseapp.services.custody import append_custody
from caseapp.services.disposal import ERASE, lock_cases
from caseapp.services.evidence import facts_digest
from caseapp.services.holds import lock_item
from caseapp.services.jobs import Lease, defer_job, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import EvidenceError
from evidence_store.erasure import Erasure, erase, erase_copy

KIND: Final = ERASE
AGAIN: Final = timedelta(minutes=10)
"""When a second place that is away, or a case on hold, is asked again."""
_FIELDS: Final = "fields"
"""Of a capture's facts: the values read from the page, its text among them."""


def decision_digest(row: Disposal) -> str:
    """Return the digest of a decision as the tombstone names it; the row's random key makes it unguessable."""
    names = ("id", "no", "evidence_id", "reason", "basis", "requested_by", "requested_at", "decided_by", "decided_at",
             "decision_reason")  # fmt: skip
    return sha256(canonical({name: plain(getattr(row, name)) for name in names})).hexdigest()


def order_erasure(work: Work, row: Disposal) -> Job:
    """Have the worker erase what was approved."""
    return enqueue_job(work, KIND, "disposals", row.id)


def sweep_erasures(work: Work) -> int:
    """Order again what was approved and is not done on every place; returns how many."""
    left = or_(Disposal.erased_at.is_(None), Disposal.replica_at.is_(None)) if work.app.has_replica else (
        Disposal.erased_at.is_(None)
    )  # fmt: skip
    rows = work.session.scalars(select(Disposal).where(Disposal.decision == "approved", left)).all()
    for row in rows:
        order_erasure(work, row)
    return len(rows)


def hasten_erasures(work: Work) -> list[str]:
    """Order what is left to be carried out now, without waiting for the next look; return the keys of the jobs."""
    sweep_erasures(work)
    rows = work.session.scalars(select(Job).where(Job.kind == KIND, Job.status == "queued")).all()
    for row in rows:
        row.not_before = None
    return [row.id for row in rows]


def waiting_erasures(work: Work) -> tuple[int, int]:
    """Return how many approved disposals are not erased in the store, and not in the second place."""
    rows = work.session.scalars(select(Disposal).where(Disposal.decision == "approved")).all()
    return sum(one.erased_at is None for one in rows), sum(one.replica_at is None for one in rows)


def perform_erase(app: Ports, lease: Lease, progress: Progress) -> None:
    """Erase one item's bytes: store, rows, second place.

    Raises:
        EvidenceError: the store failed; the job runs again. LeaseLostError: another worker has the job.
    """
    with open_work(app, system_actor("worker")) as work:
        row = work.session.get_one(Disposal, lease.object_id)
        if row.decision != "approved":
            finish_job(work, lease)
            return
        if not _begin(work, row):
            defer_job(work, lease, work.now + AGAIN)
            return
    _erase(app, lease.object_id, progress)
    carried = _carry(app, lease.object_id, progress)
    with open_work(app, system_actor("worker")) as work:
        if carried:
            finish_job(work, lease)
        else:
            defer_job(work, lease, work.now + AGAIN)


def _begin(work: Work, row: Disposal) -> bool:
    """Write down that erasing begins, unless a case was put on hold meanwhile: decided here, under its lock."""
    item = work.session.get_one(EvidenceItem, row.evidence_id)
    lock_item(work, item)
    if row.begun_at is not None:
        return True
    if any(case.legal_hold for case in lock_cases(work, item)):
        return False
    # Whole seconds: the entry in the log tells it so, and is the same at every attempt.
    work.change(row, Event.DISPOSAL_BEGUN, begun_at=work.now.replace(microsecond=0))
    return True


def _erase(app: Ports, key: str, progress: Progress) -> None:
    with open_work(app, system_actor("worker")) as work:
        row = work.session.get_one(Disposal, key)
        begun, done, decision = row.begun_at, row.erased_at is not None, decision_digest(row)
        package_id = work.session.get_one(EvidenceItem, row.evidence_id).package_id
    if done or begun is None:
        return
    progress(KIND, 0, 2)
    gone = erase(app.store, package_id, at=begun, decision=decision) if package_id else None
    progress(KIND, 1, 2)
    with open_work(app, system_actor("worker")) as work:
        _record(work, work.session.get_one(Disposal, key), gone, begun)


def _record(work: Work, row: Disposal, gone: Erasure | None, begun: datetime) -> None:
    item = work.session.get_one(EvidenceItem, row.evidence_id)
    lock_item(work, item)
    if row.erased_at is not None:  # another run was quicker
        return
    values: dict[str, Any] = {"erased_at": work.now}
    if gone is not None:
        values |= {"log_index": gone.log_index, "checkpoint": gone.checkpoint.signed.decode(), "blobs": gone.blobs,
                   "shared": gone.shared}  # fmt: skip
    told: dict[str, Any] = {"erase_index": gone.log_index, "blobs": gone.blobs, "shared": gone.shared} if gone else {}
    for name, value in values.items():
        setattr(row, name, value)
    _forget(work, item)
    drop_bundles(work, item)
    if item.package_id is not None:
        append_custody(work, item, "erase", reason=f"{row.no} {row.basis}")
    facts = {"disposal": row.no, "begun_at": begun, "facts": facts_digest(item.facts), **told}
    work.record(Event.EVIDENCE_ERASED, item, after=facts)
    work.session.flush()


def _forget(work: Work, item: EvidenceItem) -> None:
    """Empty what the register repeats of the contents: page text, values read from it, the text a post got from it."""
    item.facts = {name: value for name, value in item.facts.items() if name != _FIELDS}
    capture = work.session.get(Capture, item.capture_id) if item.capture_id else None
    if capture is None:
        return
    read = {entry.get("value", "").strip() for entry in capture.facts.get(_FIELDS) or () if _is_text(entry)}
    capture.facts = {name: value for name, value in capture.facts.items() if name != _FIELDS}
    capture.text = None
    post = work.session.get(Post, item.post_id) if item.post_id else None
    if post is None or post.text not in read:
        return
    others = select(EvidenceItem.id).where(
        EvidenceItem.post_id == post.id, EvidenceItem.id != item.id, EvidenceItem.status != "disposed",
        EvidenceItem.voided_at.is_(None),
    )  # fmt: skip
    if work.session.scalar(others.limit(1)) is None:
        post.text = None


def _is_text(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("value"), str)


def _carry(app: Ports, key: str, progress: Progress) -> bool:
    """Erase on the second place too; False when it is away, so that it is asked again."""
    if not app.has_replica:
        return True
    progress(KIND, 2, 2)
    try:
        erase_copy(app.store.backend, app.open_replica())
    except EvidenceError:
        return False
    with open_work(app, system_actor("worker")) as work:
        row = work.session.get_one(Disposal, key)
        if row.replica_at is None:
            work.change(row, replica_at=work.now)
    return True
