"""A redacted copy made by a worker: asked for on the page, made as the person who asked, registered with its end."""

from __future__ import annotations

from functools import partial
from typing import Final

from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.models import EvidenceItem, Job, User
from caseapp.services.jobs import Lease, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.redactions import MAKE, Order, checked, make_copy, proposal
from caseapp.services.users import actor_of
from caseapp.services.work import Actor, Work, open_work, read_work, system_actor

KIND: Final = "redact"


def ask_redaction(work: Work, item: EvidenceItem, order: Order) -> Job:
    """Ask for a redacted copy; everything that can be refused is refused now.

    Raises:
        CaseError, EvidenceError: as `proposal` and `checked`.
        InvalidInputError: another copy of the item is being made.
    """
    asked = checked(order, proposal(work, item)).plain() | {"user": work.actor.user_id}
    job = enqueue_job(work, KIND, "evidence_items", item.id, **asked)
    if job.payload != asked:
        problem = Label(
            "另一份遮盖副本正在制作，完成后再试。", "another copy is being made; try again when it is done."
        )
        raise InvalidInputError(field=MAKE, problem=problem)
    return job


def perform_redaction(app: Ports, lease: Lease, progress: Progress) -> None:
    """Make the copy as the person who asked for it.

    Raises:
        LeaseLostError; CaseError, EvidenceError: as `make_copy`; nothing was registered.
    """
    actor = _asker(app, str(lease.payload.get("user", "")))
    opened = (partial(read_work, app, actor), partial(open_work, app, actor))

    def end(work: Work, copy: EvidenceItem) -> None:
        job = work.session.get_one(Job, lease.job_id)
        job.payload = {"user": actor.user_id, "copy": copy.id}  # the masks are in the copy's own record
        finish_job(work, lease)

    make_copy(app, opened, lease.object_id, Order.read(lease.payload), progress=progress, then=end)


def _asker(app: Ports, user_id: str) -> Actor:
    with open_work(app, system_actor(KIND)) as work:
        user = work.session.get(User, user_id)
        if user is None or not user.active:
            raise NotFoundError(kind=kind_label("users"))
        return actor_of(user)


def redaction_job(work: Work, item: EvidenceItem) -> Job | None:
    """Return the newest order of a copy of an item by this person, however far it is; None without one."""
    found = (
        select(Job)
        .where(Job.kind == KIND, Job.object_id == item.id, Job.created_by == work.actor.user_id)
        .order_by(Job.id.desc())
        .limit(1)
    )
    return work.session.scalar(found)
