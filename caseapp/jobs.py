"""Queue entry points: take the job, run its handler, record how it ended."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from capture.errors import CaptureError
from caseapp.bootstrap import Application, current_application
from caseapp.domain.errors import CaseError, ConflictError
from caseapp.domain.labels import Label
from caseapp.logwords import told, words
from caseapp.services.anchoring import anchor_trail
from caseapp.services.bundle_jobs import clear_bundles, perform_bundle
from caseapp.services.capture_failures import record_capture_failure, settle_lost_captures
from caseapp.services.captures import Progress, perform_capture
from caseapp.services.dispatches import perform_dispatch, record_dispatch_failure, settle_lost_dispatches
from caseapp.services.erasing import perform_erase, sweep_erasures
from caseapp.services.jobs import (
    HEARTBEAT_SECONDS,
    Lease,
    LeaseLostError,
    beat_job,
    fail_job,
    return_job,
    sweep_jobs,
    take_job,
)
from caseapp.services.redaction_jobs import perform_redaction
from caseapp.services.restamping import perform_stamp, sweep_stamps
from caseapp.services.scrubbing import perform_scrub, sweep_scrub
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import EvidenceError
from evidence_store.vault import require_keys

log = logging.getLogger(__name__)

HANDLERS: dict[str, Callable[[Application, Lease, Progress], None]] = {
    "capture": perform_capture,
    "dispatch": perform_dispatch,
    "bundle": perform_bundle,
    "stamp": perform_stamp,
    "scrub": perform_scrub,
    "redact": perform_redaction,
    "erase": perform_erase,
}
"""Kind of job → what does it."""

FAILURES: dict[str, Callable[..., None]] = {
    "capture": record_capture_failure,
    "dispatch": record_dispatch_failure,
}
"""Kind of job → what writes its failure into the thing it is about."""

STAMPS_EVERY = 600.0
"""Seconds between two looks for seals that lack a time stamp and that no job asks for."""
_next_stamps = [0.0]
ANCHOR_EVERY = 600.0
"""Seconds between two looks whether the audit trail went on and its head belongs into the evidence log."""
_next_anchor = [0.0]

NO_SPACE = ("disk-full", Label("磁盘已满，请清理空间后重试。", "The disk is full: make room, then try again."))
NO_STORAGE = (
    "storage-failed",
    Label("磁盘读写失败，请检查存储后重试。", "Storage failed: check the disk, retry."),
)
UNFORESEEN = ("unforeseen", Label("程序出错，已记录，可重试。", "Something broke; it is on record. Try again."))


def run_job(job_id: str) -> None:
    """RQ entry point, in a process forked for this one job: it leaves no browser behind.

    A database that cannot be written (away, full disk) leaves the row as it is: the sweeper pushes it again.
    Told to stop (SIGTERM), it puts the job back before it ends.
    """
    app = current_application()
    before = signal.signal(signal.SIGTERM, _told_to_stop)
    try:
        perform(app, job_id)
    except SQLAlchemyError as error:
        log.warning(words("任务 %s 等数据库恢复：%s", "job %s waits for the database: %s", job_id, error))
    finally:
        signal.signal(signal.SIGTERM, before)
        app.close()


def _told_to_stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def perform(app: Application, job_id: str) -> bool:
    """Run one job if it waits; returns whether it succeeded. Whatever goes wrong is recorded in its row."""
    with open_work(app, system_actor("worker")) as work:
        lease = take_job(work, job_id, f"{socket.gethostname()}:{os.getpid()}")
    if lease is None:
        return False
    beat = Heartbeat(app, lease)
    try:
        with beat:
            _ = app.signer  # a key that is gone or open to others is told before anything is visited
            require_keys(app.store)
            HANDLERS[lease.kind](app, lease, beat.progress)
    except LeaseLostError:
        log.warning(words("任务 %s 已由另一进程接手", "job %s: another worker has it", job_id))
        return False
    except SystemExit:
        hand_back(app, lease)
        raise
    except Exception as error:  # noqa: BLE001  recorded in the job's row, whatever it is
        try:
            record_failure(app, lease, error)
        except LeaseLostError:
            zh, en = "任务 %s 出错（%s），此前已由另一进程接手", "job %s failed (%s) after another worker took it"
            log.warning(words(zh, en, job_id, told(error)))
        return False
    return True


def hand_back(app: Application, lease: Lease) -> None:
    """Put the job of a worker that was told to stop back into the queue; nothing of its run is left half written.

    What cannot be put back now (the database is away, the job ended meanwhile) is taken back when its lease runs out.
    """
    try:
        with open_work(app, system_actor("worker")) as work:
            return_job(work, lease)
        log.warning(words("任务 %s 已放回队列：进程被要求停止", "job %s waits again: told to stop", lease.job_id))
    except (ConflictError, SQLAlchemyError) as error:
        log.warning(words("任务 %s 没有放回：%s", "job %s was not put back: %s", lease.job_id, told(error)))


def describe(error: Exception) -> tuple[str, str, str, bool]:
    """Return code, Chinese words, English words and whether another run may help."""
    if isinstance(error, CaptureError | EvidenceError | CaseError):
        return error.code, error.message("zh"), error.message("en"), error.retryable
    code, words = UNFORESEEN
    if isinstance(error, OSError):
        code, words = NO_SPACE if error.errno in {errno.ENOSPC, errno.EDQUOT} else NO_STORAGE
    return code, words.zh, words.en, True


def record_failure(app: Application, lease: Lease, error: Exception) -> None:
    """Write code and words of an error into the job and what it is about; an unforeseen one is logged in full.

    Raises:
        LeaseLostError: another worker has the job; nothing was written.
    """
    code, zh, en, retryable = describe(error)
    if not isinstance(error, CaptureError | EvidenceError | CaseError):
        log.error(words("任务 %s 出错", "job %s failed", lease.job_id), exc_info=error)
    with open_work(app, system_actor("worker")) as work:
        again = fail_job(work, lease, retryable=retryable, code=code, zh=zh, en=en)
        if lease.kind in FAILURES:
            FAILURES[lease.kind](work, lease.object_id, code=code, zh=zh, en=en, again=again)


def tick(app: Application) -> None:
    """What the scheduler does every few seconds; one failure does not end it."""
    try:
        with open_work(app, system_actor("scheduler")) as work:
            sweep(work)
    except Exception:
        log.exception(words("调度出错，下一轮再试", "scheduler tick failed; the next one tries again"))
    if time.monotonic() < _next_anchor[0]:
        return
    _next_anchor[0] = time.monotonic() + ANCHOR_EVERY
    try:
        anchor_trail(app)
    except Exception:
        log.exception(words("审计链头没有写入证据日志，稍后再试", "anchor of the audit trail failed; again later"))


def sweep(work: Work) -> None:
    """Take back what dead workers held; what was given up for good says so where a person looks."""
    sweep_jobs(work)
    settle_lost_captures(work)
    settle_lost_dispatches(work)
    clear_bundles(work)
    if _stamps_due():
        sweep_stamps(work)
        sweep_scrub(work)
        sweep_erasures(work)


def _stamps_due() -> bool:
    """Whether this process looks for unstamped seals now: with its first tick, then every ten minutes."""
    if time.monotonic() < _next_stamps[0]:
        return False
    _next_stamps[0] = time.monotonic() + STAMPS_EVERY
    return True


class Heartbeat:
    """Prolongs a lease while the work goes on, and carries its progress; a lost lease stops it."""

    def __init__(self, app: Application, lease: Lease) -> None:
        self._app = app
        self._lease = lease
        self._seen = ("", 0, 0)
        self._missed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def progress(self, step: str, done: int, total: int) -> None:
        """Note how far the work is and show it at once.

        Raises:
            LeaseLostError: the work is another's now.
        """
        self._seen = (step, done, total)
        self._beat()

    def _run(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self._beat()
            except LeaseLostError:
                return

    def _beat(self) -> None:
        """Prolong the lease; a busy or absent database is no reason to end the work, the next beat may find it."""
        try:
            with open_work(self._app, system_actor("worker")) as work:
                beat_job(work, self._lease, *self._seen)
            self._missed = False
        except LeaseLostError:
            raise
        except (ConflictError, SQLAlchemyError) as error:
            if not self._missed:  # said once, not with every step of a long work
                zh, en = "任务 %s：心跳没有写入：%s", "job %s: heartbeat missed: %s"
                log.warning(words(zh, en, self._lease.job_id, told(error)))
            self._missed = True
