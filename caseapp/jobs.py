"""Queue entry points: take the job, run its handler, record how it ended."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Self

from capture.errors import CaptureError
from caseapp.bootstrap import Application, current_application
from caseapp.domain.errors import CaseError
from caseapp.services.captures import Progress, perform_capture, record_capture_failure
from caseapp.services.dispatches import perform_dispatch
from caseapp.services.jobs import (
    HEARTBEAT_SECONDS,
    Lease,
    LeaseLostError,
    beat_job,
    fail_job,
    sweep_jobs,
    take_job,
)
from caseapp.services.work import open_work, system_actor
from evidence_store import EvidenceError

log = logging.getLogger(__name__)

HANDLERS: dict[str, Callable[[Application, Lease, Progress], None]] = {
    "capture": perform_capture,
    "dispatch": perform_dispatch,
}
"""Kind of job → what does it."""


def run_job(job_id: str) -> None:
    """RQ entry point, in a process forked for this one job: it leaves no browser behind."""
    app = current_application()
    try:
        perform(app, job_id)
    finally:
        app.close()


def perform(app: Application, job_id: str) -> bool:
    """Run one job if it waits; returns whether it succeeded. Whatever goes wrong is recorded in its row."""
    with open_work(app, system_actor("worker")) as work:
        lease = take_job(work, job_id, f"{socket.gethostname()}:{os.getpid()}")
    if lease is None:
        return False
    beat = Heartbeat(app, lease)
    try:
        with beat:
            HANDLERS[lease.kind](app, lease, beat.progress)
    except LeaseLostError:
        log.warning("job %s: another worker has it", job_id)
        return False
    except Exception as error:  # noqa: BLE001  recorded in the job's row, whatever it is
        record_failure(app, lease, error)
        return False
    return True


def record_failure(app: Application, lease: Lease, error: Exception) -> None:
    """Write code and words of an error into the job and what it is about; an unforeseen one is logged in full."""
    known = isinstance(error, CaptureError | EvidenceError | CaseError)
    if known:
        code, zh, en = error.code, error.message("zh"), error.message("en")  # type: ignore[attr-defined]  # all three
        retryable = bool(error.retryable)  # type: ignore[attr-defined]  # have the same face
    else:
        log.error("job %s failed", lease.job_id, exc_info=error)
        code, zh, en, retryable = (
            "unforeseen",
            "程序出错，已记录，可重试。",
            "Something broke; it is on record. Try again.",
            True,
        )
    with open_work(app, system_actor("worker")) as work:
        again = fail_job(work, lease, retryable=retryable, code=code, zh=zh, en=en)
        if lease.kind == "capture":
            record_capture_failure(work, lease.object_id, code=code, zh=zh, en=en, again=again)


def tick(app: Application) -> None:
    """What the scheduler does every few seconds; one failure does not end it."""
    try:
        with open_work(app, system_actor("scheduler")) as work:
            sweep_jobs(work)
    except Exception:
        log.exception("scheduler tick")


class Heartbeat:
    """Prolongs a lease while the work goes on, and carries its progress; a lost lease stops it."""

    def __init__(self, app: Application, lease: Lease) -> None:
        self._app = app
        self._lease = lease
        self._seen = ("", 0, 0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def progress(self, step: str, done: int, total: int) -> None:
        """Note how far the work is and show it at once."""
        self._seen = (step, done, total)
        self._beat()

    def _run(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self._beat()
            except LeaseLostError:
                return

    def _beat(self) -> None:
        with open_work(self._app, system_actor("worker")) as work:
            beat_job(work, self._lease, *self._seen)
