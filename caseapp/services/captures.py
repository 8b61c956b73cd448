"""Hops 1 to 5: a URL is ordered, captured, sealed, admitted and registered as evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from caseapp.domain import workflow
from caseapp.domain.capture_words import is_sealed
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.manners import host_of
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CAPTURE_PURPOSE
from caseapp.models import Capture, Case, Job, Notice, NoticeItem, Post
from caseapp.services.checks import record_check
from caseapp.services.conduct import conclude_checks
from caseapp.services.earlier import earlier_of
from caseapp.services.evidence import register_evidence
from caseapp.services.jobs import Lease, beat_job, defer_job, enqueue_job, finish_job
from caseapp.services.live import LIVE
from caseapp.services.logins import check_login, lend_login, note_login_end
from caseapp.services.manners import BUSY, frequency, wait_until, wake_next
from caseapp.services.ports import CaptureOrder, CaptureOutcome, Ports
from caseapp.services.post_facts import learn
from caseapp.services.sealing import Sealed, seal_files, stamp_beginning
from caseapp.services.storable import storable
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import new_ulid
from evidence_store.files import storage_errors

URL_LIMIT: Final = 8192
OPEN: Final = ("queued", "running")
"""States of a capture or job that is not over."""

Progress = Callable[[str, int, int], None]


def canonical_url(url: str) -> str:
    """Return the address without fragment and surrounding blanks, scheme and host in lower case.

    Raises:
        InvalidInputError: not an absolute http or https address.
    """
    text = url.strip()
    problem = Label("须为完整的 http 或 https 网址。", "give a full http or https address.")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError as error:
        raise InvalidInputError(field=Label("网址", "Address"), problem=problem) from error
    if parts.scheme.lower() not in {"http", "https"} or not host or len(text) > URL_LIMIT or not text.isprintable():
        raise InvalidInputError(field=Label("网址", "Address"), problem=problem)
    netloc = parts.netloc.replace(parts.netloc.rpartition("@")[2], parts.netloc.rpartition("@")[2].lower())
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))


def request_capture(
    work: Work,
    url: str,
    *,
    purpose: str = "evidence",
    post_id: str | None = None,
    case_id: str | None = None,
    notice_item_id: str | None = None,
    batch_id: str | None = None,
    upload_id: str | None = None,
    login_id: str | None = None,
) -> Capture:
    """Hop 1: order a capture. The same open URL, purpose and requester returns the open order.

    Raises:
        NotFoundError: the post, case or notice item does not exist for this person.
        PermissionDeniedError, InvalidInputError: the address is refused before anything starts.
    """
    post = work.get(Post, post_id) if post_id else None
    work.require(Permission.CAPTURE_REQUEST, post)
    address = canonical_url(url)
    work.app.capturer.check(address)
    CAPTURE_PURPOSE.require(purpose)
    if case_id:
        work.require(Permission.CAPTURE_REQUEST, work.get(Case, case_id))
    if notice_item_id and work.get(NoticeItem, notice_item_id).post_id != post_id:
        problem = Label("不是该通知项的内容。", "it is not the post of this notice item.")
        raise InvalidInputError(field=Label("涉案内容", "post"), problem=problem)
    row = _waiting(work, address, purpose)
    check_login(work, login_id, address, post, case_id, row)
    if row is None:
        links = {"post_id": post_id, "case_id": case_id, "notice_item_id": notice_item_id}
        row = _order(work, address, purpose, **links, batch_id=batch_id, upload_id=upload_id, profile_id=login_id)
    elif upload_id and row.upload_id is None:
        work.change(row, upload_id=upload_id)
    enqueue_job(work, "capture", "captures", row.id)
    return row


def _waiting(work: Work, url: str, purpose: str) -> Capture | None:
    return work.session.scalar(
        select(Capture).where(
            Capture.url == url,
            Capture.purpose == purpose,
            Capture.requested_by == work.actor.user_id,
            Capture.status.in_(OPEN),
        )
    )


def _order(work: Work, url: str, purpose: str, **links: str | None) -> Capture:
    who = work.actor.user_id
    try:
        with work.session.begin_nested():
            no = work.next_no("capture")
            row = Capture(no=no, url=url, purpose=purpose, requested_by=who, requested_at=work.now, **links)
            row.host = host_of(url)
            work.add(row)
    except IntegrityError:
        # The same person's other click got there first (PostgreSQL lets both look before either writes).
        known = _waiting(work, url, purpose)
        if known is None:
            raise
        return known
    work.record(Event.CAPTURE_REQUESTED, row, after={"url": url, "purpose": purpose})
    return row


def cancel_capture(work: Work, capture: Capture, *, reason: str) -> None:
    """Call an order off; a worker that is at it finds its lease gone and writes nothing.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError: it is over already.
    """
    work.transition(workflow.CAPTURE, capture, "cancel", reason=reason)
    jobs = select(Job).where(Job.kind == "capture", Job.object_id == capture.id, Job.status.in_(OPEN))
    for job in work.session.scalars(jobs):
        work.transition(workflow.JOB, job, "cancel", reason=reason)


@dataclass(frozen=True)
class _Run:
    order: CaptureOrder
    capture_id: str
    seal_id: str
    desk_id: str | None
    sample: bool
    frequency: Mapping[str, Any]

    def open(self, app: Ports) -> AbstractContextManager[Work]:
        return open_work(app, system_actor("capture", desk_id=self.desk_id), sample=self.sample)


def perform_capture(app: Ports, lease: Lease, progress: Progress) -> None:
    """Hops 2 to 5 for one job: short work → no transaction → short work.

    Raises:
        CaptureError, EvidenceError: recorded by the job that calls this.
        LeaseLostError: another worker has the job; nothing was written.
    """
    run = _begin(app, lease)
    if run is None:
        return
    folder = run.order.output.parent
    try:
        with storage_errors("captures"):
            shutil.rmtree(folder, ignore_errors=True)
            run.order.output.mkdir(parents=True)
        begun = stamp_beginning(app, run.seal_id, run.order.url, folder / "start")
        outcome = app.capturer.capture(replace(run.order, begun=begun.facts), progress=progress)
        facts = {**outcome.facts, "frequency": run.frequency, "start": begun.facts}
        files = {**outcome.files, **begun.files}
        sealed = _seal(app, outcome, files, facts, seal_id=run.seal_id, folder=folder / "package")
        _finish(app, lease, run, outcome, facts, sealed)
        shutil.rmtree(folder.parent, ignore_errors=True)  # with it what attempts left that died; none holds a lease now
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another attempt's folder is still in it
            folder.parent.rmdir()


def _begin(app: Ports, lease: Lease) -> _Run | None:
    """Start the run; None when the order was called off meanwhile, and the job is over."""
    with open_work(app, system_actor("capture")) as work:
        beat_job(work, lease, "start", 0, 1)
        row = work.session.get_one(Capture, lease.object_id)
        if row.status not in OPEN:
            finish_job(work, lease)
            return None
        if row.status == "running":
            work.transition(workflow.CAPTURE, row, "give_back", reason="worker-lost")
        if not _take_turn(work, row, lease):
            return None
        # A package an earlier run may have left in the store is an orphan that fsck lists; this run is its own.
        row.attempt, row.seal_id = lease.attempt, new_ulid()
        output = app.captures_dir / row.id / f"{lease.fence}" / "artifacts"
        order = CaptureOrder(row.url, output, row.requested_by, row.purpose, output.parent / LIVE)
        order = replace(order, login=lend_login(work, row), earlier=earlier_of(work, row))
        return _Run(order, row.id, row.seal_id, row.desk_id, row.sample, frequency(work, row))


def _take_turn(work: Work, row: Capture, lease: Lease) -> bool:
    """Start when the host is free; else give the job back to wait."""
    until = wait_until(work, row)
    if until is None:
        try:
            with work.session.begin_nested():
                row.host = host_of(row.url)
                work.transition(workflow.CAPTURE, row, "start")
        except IntegrityError:  # another worker took the host's turn (PostgreSQL lets both look before either writes)
            work.session.refresh(row)
            until = work.now + BUSY
    if until is not None:
        defer_job(work, lease, until)
    return until is None


def _seal(
    app: Ports,
    outcome: CaptureOutcome,
    files: Mapping[str, Path],
    facts: Mapping[str, Any],
    *,
    seal_id: str,
    folder: Path,
) -> Sealed | None:
    if not is_sealed(outcome.state, outcome.outcome):
        return None
    return seal_files(
        app,
        files,
        seal_id=seal_id,
        folder=folder,
        capture=facts,
        host=outcome.host,
        clock=outcome.clock,
        case_ref=seal_id,
    )


def _finish(
    app: Ports, lease: Lease, run: _Run, outcome: CaptureOutcome, facts: Mapping[str, Any], sealed: Sealed | None
) -> None:
    with run.open(app) as work:
        # First of all: it holds the job's row, so that of two workers one alone goes on.
        finish_job(work, lease)
        row = work.session.get_one(Capture, run.capture_id)
        _note_result(row, outcome, facts)
        if sealed is not None:
            row.package_id = sealed.receipt.package_id
        work.transition(workflow.CAPTURE, row, "finish")
        note_login_end(work, row, logged_out=(facts.get("login") or {}).get("state") == "logged_out")
        wake_next(work, row)
        if sealed is not None:
            register_evidence(work, row, sealed)
        elif row.post_id:
            record_check(work, work.session.get_one(Post, row.post_id), row, None)
        if row.post_id:
            learn(work, work.session.get_one(Post, row.post_id), row)
        if row.notice_item_id:
            item = work.session.get_one(NoticeItem, row.notice_item_id)
            conclude_checks(work, work.session.get_one(Notice, item.notice_id))


def _note_result(row: Capture, outcome: CaptureOutcome, facts: Mapping[str, Any]) -> None:
    row.result, row.outcome, row.outcome_words = outcome.state, outcome.outcome, storable(outcome.words)
    row.missing, row.title, row.text = storable(outcome.missing), storable(outcome.title), storable(outcome.text)
    row.facts, row.steps = storable(facts), storable(list(outcome.steps))
    row.final_url = str(row.facts.get("url_final") or "") or None
    row.grade = outcome.grade
    row.error_code, row.error_zh, row.error_en = storable(outcome.problem) or (None, None, None)


def retry_capture(work: Work, capture: Capture) -> Capture:
    """Order a new capture of the same address; the failed one stays as it was."""
    again = request_capture(
        work,
        capture.url,
        purpose=capture.purpose,
        post_id=capture.post_id,
        case_id=capture.case_id,
        notice_item_id=capture.notice_item_id,
        batch_id=capture.batch_id,
        upload_id=capture.upload_id,
        login_id=capture.profile_id,
    )
    if again.id != capture.id and again.retry_of_id is None:
        work.change(again, retry_of_id=capture.id)
    return again
