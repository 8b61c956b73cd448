"""A case's bundle made by a worker: asked for with a reason, written apart, taken by who asked, gone after a day."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, ReasonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, EvidenceItem, Job, User
from caseapp.services.bundles import Bundle, Plan, plan_bundle, write_plan
from caseapp.services.custody import append_custody
from caseapp.services.jobs import Lease, enqueue_job, finish_job
from caseapp.services.ports import Ports, Progress
from caseapp.services.storable import storable
from caseapp.services.users import actor_of
from caseapp.services.work import Actor, Work, open_work, system_actor
from evidence_store import EvidenceError

KIND: Final = "bundle"
KEPT: Final = timedelta(hours=24)
"""How long a finished bundle can be fetched; after that it is deleted, and made anew when wanted."""
REASON: Final = 1000
WHY: Final = Label("用途", "purpose")


class BundleGoneError(NotFoundError):
    """The file was deleted after its time, or something in it is no longer for this person."""

    code = "bundle-gone"
    text = Label(
        "这份材料包已过期删除，或内容已不在您的权限内。请重新生成。",
        "This bundle expired, or something in it is no longer for you. Make a new one.",
    )


def ask_bundle(work: Work, case: Case, *, reason: str, redacted: bool = False) -> Job:
    """Ask for the bundle of a case; a worker makes it. Asked again while it is being made, it is the same one.

    ``redacted``: where an exhibit has a redacted copy, that goes in instead of the original.

    Raises:
        NotFoundError, PermissionDeniedError; ReasonRequiredError: nobody says what it is for.
        InvalidInputError: the reason is too long, the case has no principal, or another person's is being made.
    """
    work.require(Permission.EVIDENCE_EXPORT, case)
    said = storable(reason.strip())
    if not said:
        raise ReasonRequiredError(action=Label("生成材料包", "make a bundle"))
    if len(said) > REASON:
        problem = Label(f"最多 {REASON} 字。", f"use at most {REASON} characters.")
        raise InvalidInputError(field=WHY, problem=problem)
    if not case.principal_id:  # the cover and the schedule name whose case it is
        problem = Label("本案还没有选定，请先在“修改”里选定。", "the case has none yet; choose one under Edit.")
        raise InvalidInputError(field=Label("委托人", "principal"), problem=problem)
    job = enqueue_job(work, KIND, "cases", case.id, reason=said, user=work.actor.user_id, redacted=redacted)
    if job.created_by != work.actor.user_id:
        problem = Label("另一人的材料包正在生成，稍后再试。", "another person's is being made; try again soon.")
        raise InvalidInputError(field=WHY, problem=problem)
    return job


def path_of(app: Ports, job_id: str) -> Path:
    """Return where a bundle lies while it is kept."""
    return app.captures_dir / "bundles" / f"{job_id}.zip"


def perform_bundle(app: Ports, lease: Lease, progress: Progress) -> None:
    """Make a bundle as the person who asked for it: only what that person may see and export goes in.

    Raises:
        NotFoundError, PermissionDeniedError: the person may no longer export.
        LeaseLostError; EvidenceError, CaseError: a piece is not as approved or sealed, or there is no space; the
            custody chains then say that nothing left the house.
    """
    reason = str(lease.payload.get("reason", ""))
    actor = _asker(app, str(lease.payload.get("user", "")))
    progress("plan", 0, 1)
    with open_work(app, actor) as work:
        case = work.get(Case, lease.object_id)
        plan = plan_bundle(work, case, reason=reason, redacted=bool(lease.payload.get("redacted")))
    try:
        made = write_plan(app, plan, path_of(app, lease.job_id), progress)
    except (EvidenceError, CaseError):
        _not_exported(app, actor, plan, reason)
        raise
    _keep(app, actor, lease, plan, made, reason)


def _asker(app: Ports, user_id: str) -> Actor:
    with open_work(app, system_actor("bundle")) as work:
        user = work.session.get(User, user_id)
        if user is None or not user.active:
            raise NotFoundError(kind=kind_label("users"))
        return actor_of(user)


def _not_exported(app: Ports, actor: Actor, plan: Plan, reason: str) -> None:
    with open_work(app, actor) as work:
        for packed in plan.packages:
            item = work.session.get_one(EvidenceItem, packed.evidence_id)
            append_custody(work, item, "export", reason=reason, outcome="failed")


def _keep(app: Ports, actor: Actor, lease: Lease, plan: Plan, made: Bundle, reason: str) -> None:
    with open_work(app, actor) as work:
        case = work.get(Case, lease.object_id)
        job = work.session.get_one(Job, lease.job_id)
        told: dict[str, Any] = {
            "sha256": made.facts.sha256,
            "size": made.facts.size,
            "made_at": work.now.isoformat(),
            "expires_at": (work.now + KEPT).isoformat(),
            "items": [packed.evidence_id for packed in plan.packages],
        }
        job.payload = {**job.payload, **told}
        work.record(Event.BUNDLE_BUILT, case, after={"sha256": made.facts.sha256}, reason=reason)
        finish_job(work, lease)


def take_bundle(work: Work, case: Case, job_id: str) -> tuple[Path, str]:
    """Return file and name of a finished bundle to the one who asked for it; permission is asked for again.

    Raises:
        NotFoundError: no such bundle of this case and person. PermissionDeniedError: may no longer export.
        BundleGoneError: deleted after its time, or something in it is hidden from this person by now.
    """
    work.require(Permission.EVIDENCE_EXPORT, case)
    job = work.session.get(Job, job_id)
    mine = job is not None and job.kind == KIND and job.object_id == case.id and job.created_by == work.actor.user_id
    if job is None or not mine or job.status != "done":
        raise NotFoundError(kind=Label("材料包", "bundle"))
    path, items = path_of(work.app, job.id), list(job.payload.get("items", []))
    until = dt.datetime.fromisoformat(str(job.payload.get("expires_at")))
    seen = work.session.scalar(
        work.visible(select(func.count()).select_from(EvidenceItem).where(EvidenceItem.id.in_(items)), EvidenceItem)
    )
    if until <= work.now or seen != len(items) or not path.is_file():
        raise BundleGoneError(kind=Label("材料包", "bundle"))
    work.record(Event.BUNDLE_TAKEN, case, after={"sha256": job.payload.get("sha256")}, reason=job.payload.get("reason"))
    return path, f"bundle-{case.no.rsplit('-', 2)[-2]}-{case.no.rsplit('-', 1)[-1]}-{job.id[-6:]}.zip"


def clear_bundles(work: Work) -> int:
    """Delete the files of bundles whose time is over, and those no finished job vouches for any more.

    Returns:
        How many were deleted.
    """
    folder = path_of(work.app, "x").parent
    files = {path.stem: path for path in folder.glob("*.zip")} if folder.is_dir() else {}
    jobs = work.session.scalars(select(Job).where(Job.id.in_(list(files)))) if files else ()
    fresh = {job.id for job in jobs if job.status in {"queued", "running"} or _kept(job, work.now)}
    for key in files.keys() - fresh:
        files[key].unlink(missing_ok=True)
    return len(files.keys() - fresh)


def drop_bundles(work: Work, item: EvidenceItem) -> int:
    """Delete the files of bundles that hold an item: its bytes are erased, there too; returns how many."""
    folder, dropped = path_of(work.app, "x").parent, 0
    files = {path.stem: path for path in folder.glob("*.zip")} if folder.is_dir() else {}
    for job in work.session.scalars(select(Job).where(Job.id.in_(list(files)))) if files else ():
        if item.id in job.payload.get("items", ()):
            files[job.id].unlink(missing_ok=True)
            dropped += 1
    return dropped


def _kept(job: Job, now: dt.datetime) -> bool:
    until = job.payload.get("expires_at")
    return job.status == "done" and until is not None and dt.datetime.fromisoformat(str(until)) > now
