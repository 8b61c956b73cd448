"""Hops 1 to 5: a URL is ordered, captured, sealed, admitted and registered as evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import CAPTURE_PURPOSE
from caseapp.models import Capture, Post
from caseapp.services.checks import record_check
from caseapp.services.evidence import register_evidence
from caseapp.services.jobs import Lease, enqueue_job, finish_job
from caseapp.services.ports import CaptureOrder, CaptureOutcome, Ports
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import new_ulid

URL_LIMIT: Final = 8192
SEALABLE: Final = frozenset(
    {"live", "changed", "removed", "removed_by_author", "removed_by_platform", "restricted", "file"}
)
"""Outcomes that are evidence of the post or of its removal; a log-in page is never sealed as the post."""

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
) -> Capture:
    """Hop 1: order a capture. The same open URL, purpose and requester returns the open order.

    Raises:
        PermissionDeniedError, InvalidInputError: the address is refused before anything starts.
    """
    post = work.get(Post, post_id) if post_id else None
    work.require(Permission.CAPTURE_REQUEST, post)
    address = canonical_url(url)
    work.app.capturer.check(address)
    CAPTURE_PURPOSE.require(purpose)
    waiting = select(Capture).where(
        Capture.url == address,
        Capture.purpose == purpose,
        Capture.requested_by == work.actor.user_id,
        Capture.status.in_(("queued", "running")),
    )
    row = work.session.scalar(waiting)
    if row is None:
        row = _order(work, address, purpose, post_id=post_id, case_id=case_id, notice_item_id=notice_item_id)
    enqueue_job(work, "capture", "captures", row.id)
    return row


def _order(work: Work, url: str, purpose: str, **links: str | None) -> Capture:
    no, who = work.next_no("capture"), work.actor.user_id
    row = work.add(Capture(no=no, url=url, purpose=purpose, requested_by=who, requested_at=work.now, **links))
    work.session.flush()
    work.record(Event.CAPTURE_REQUESTED, row, after={"url": url, "purpose": purpose})
    return row


@dataclass(frozen=True)
class _Run:
    order: CaptureOrder
    capture_id: str
    seal_id: str
    desk_id: str | None
    sample: bool

    def open(self, app: Ports) -> AbstractContextManager[Work]:
        return open_work(app, system_actor("capture", desk_id=self.desk_id), sample=self.sample)


def perform_capture(app: Ports, lease: Lease, progress: Progress) -> None:
    """Hops 2 to 5 for one job: short work → no transaction → short work.

    Raises:
        CaptureError, EvidenceError: recorded by the job that calls this.
        LeaseLostError: another worker has the job; nothing was written.
    """
    run = _begin(app, lease)
    try:
        outcome = app.capturer.capture(run.order, progress=progress)
        sealed = _seal(app, outcome, seal_id=run.seal_id, folder=run.order.output.with_name("package"))
        _finish(app, lease, run, outcome, sealed)
    finally:
        shutil.rmtree(run.order.output.parent, ignore_errors=True)


def _begin(app: Ports, lease: Lease) -> _Run:
    with open_work(app, system_actor("capture")) as work:
        row = work.session.get_one(Capture, lease.object_id)
        if row.status == "running":
            work.transition(workflow.CAPTURE, row, "give_back", reason="worker-lost")
        work.transition(workflow.CAPTURE, row, "start")
        # A package an earlier run may have left in the store is an orphan that fsck lists; this run is its own.
        row.attempt, row.seal_id = lease.attempt, new_ulid()
        output = app.captures_dir / row.id / str(lease.attempt) / "artifacts"
        shutil.rmtree(output.parent, ignore_errors=True)
        output.mkdir(parents=True)
        order = CaptureOrder(row.url, output, row.requested_by, row.purpose)
        return _Run(order, row.id, row.seal_id, row.desk_id, row.sample)


def _seal(app: Ports, outcome: CaptureOutcome, *, seal_id: str, folder: Path) -> Sealed | None:
    if outcome.state == "FAILED" or outcome.outcome not in SEALABLE:
        return None
    return seal_files(
        app,
        outcome.files,
        seal_id=seal_id,
        folder=folder,
        capture=outcome.facts,
        host=outcome.host,
        clock=outcome.clock,
        case_ref=seal_id,
    )


def _finish(app: Ports, lease: Lease, run: _Run, outcome: CaptureOutcome, sealed: Sealed | None) -> None:
    with run.open(app) as work:
        row = work.session.get_one(Capture, run.capture_id)
        row.result, row.outcome, row.outcome_words = outcome.state, outcome.outcome, outcome.words
        row.missing, row.title, row.text = list(outcome.missing), outcome.title, outcome.text
        row.final_url = str(outcome.facts.get("url_final") or "") or None
        row.facts, row.steps = dict(outcome.facts), [_plain(step) for step in outcome.steps]
        row.grade = outcome.grade
        if sealed is not None:
            row.package_id = sealed.receipt.package_id
        work.transition(workflow.CAPTURE, row, "finish")
        if sealed is not None:
            register_evidence(work, row, sealed)
        elif row.post_id:
            record_check(work, work.session.get_one(Post, row.post_id), row, None)
        finish_job(work, lease)


def _plain(step: Any) -> Any:
    return asdict(step) if is_dataclass(step) and not isinstance(step, type) else step


def record_capture_failure(work: Work, capture_id: str, *, code: str, zh: str, en: str, again: bool) -> None:
    """Write into the capture why it failed; ``again`` says that the job will run once more."""
    row = work.session.get_one(Capture, capture_id)
    row.error_code, row.error_zh, row.error_en = code, zh, en
    if row.status == "running" and again:
        work.transition(workflow.CAPTURE, row, "give_back", reason=code)
    elif row.status in {"queued", "running"} and not again:
        if row.status == "queued":
            work.transition(workflow.CAPTURE, row, "start")
        row.result = "FAILED"
        row.outcome = row.outcome or "error"
        work.transition(workflow.CAPTURE, row, "finish")


def retry_capture(work: Work, capture: Capture) -> Capture:
    """Order a new capture of the same address; the failed one stays as it was."""
    again = request_capture(
        work, capture.url, purpose=capture.purpose, post_id=capture.post_id, case_id=capture.case_id
    )
    again.retry_of_id = capture.id if again.id != capture.id else None
    return again
