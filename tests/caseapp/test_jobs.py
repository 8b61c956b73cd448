"""Queue entry points: what fails is written down, a beat that is missed ends nothing, a lost lease ends quietly."""

from __future__ import annotations

import errno
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from capture.errors import MissingBrowserError
from caseapp import jobs
from caseapp.domain.errors import ConflictError, ReasonRequiredError
from caseapp.domain.labels import Label
from caseapp.models import Job
from caseapp.services.jobs import LEASE, Lease, LeaseLostError, enqueue_job, finish_job, sweep_jobs, take_job
from caseapp.services.work import open_work, system_actor
from evidence_store.errors import KeyFileError
from evidence_store.failures import DiskFullError
from tests.caseapp.conftest import LocalPorts

WORKER = system_actor("worker")


@pytest.fixture
def app(ports: LocalPorts) -> Any:
    return ports


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A kind of job whose handler the test sets."""

    def use(handler: Any) -> None:
        monkeypatch.setitem(jobs.HANDLERS, "test", handler)

    return use


def order(app: Any, kind: str = "test") -> str:
    with open_work(app, WORKER) as work:
        return enqueue_job(work, kind, "captures", "01OBJECT").id


def row(app: Any, key: str) -> Job:
    with app.sessions() as session:
        found: Job = session.get_one(Job, key)
        return found


@pytest.mark.parametrize(
    ("error", "code", "again"),
    [
        (MissingBrowserError("x"), MissingBrowserError.code, MissingBrowserError.retryable),
        (DiskFullError("x"), DiskFullError.code, DiskFullError.retryable),
        (ReasonRequiredError(action=Label("退回", "return")), "reason-required", False),
        (ConflictError(), "conflict", True),
        (KeyFileError("x"), KeyFileError.code, True),
        (OSError(errno.ENOSPC, "full"), "disk-full", True),
        (OSError(errno.EDQUOT, "quota"), "disk-full", True),
        (OSError(errno.EIO, "io"), "storage-failed", True),
        (ZeroDivisionError("x"), "unforeseen", True),
        (KeyError("x"), "unforeseen", True),
    ],
)
def test_every_failure_has_a_code_and_both_languages(
    app: Any, kind: Any, error: Exception, code: str, *, again: bool
) -> None:
    def fail(*_: Any) -> None:
        raise error

    kind(fail)
    key = order(app)
    assert not jobs.perform(app, key)
    job = row(app, key)
    assert (job.error_code, job.status) == (code, "queued" if again else "failed")
    assert job.error_zh
    assert job.error_en
    assert job.error_zh != job.error_en
    assert "Traceback" not in job.error_zh + job.error_en


def test_a_job_of_a_kind_nobody_knows_is_recorded(app: Any) -> None:
    key = order(app, "from-a-newer-version")
    assert not jobs.perform(app, key)
    assert row(app, key).error_code == "unforeseen"


def test_a_job_is_performed_once(app: Any, kind: Any) -> None:
    done: list[str] = []

    def work_on(app: Any, lease: Lease, progress: Any) -> None:
        done.append(lease.job_id)
        progress("text", 1, 2)
        with open_work(app, WORKER) as work:
            finish_job(work, lease)

    kind(work_on)
    key = order(app)
    assert jobs.perform(app, key)
    assert not jobs.perform(app, key)
    assert done == [key]
    assert (row(app, key).step, row(app, key).step_done) == ("text", 1)


def test_progress_of_a_lost_lease_ends_the_work_quietly(app: Any, kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    def overtaken(app: Any, _lease: Lease, progress: Any) -> None:
        app.clock.now += LEASE + timedelta(seconds=1)
        with open_work(app, WORKER) as work:
            sweep_jobs(work)
        progress("late", 1, 1)

    kind(overtaken)
    key = order(app)
    assert not jobs.perform(app, key)
    assert row(app, key).status == "queued"
    assert row(app, key).step != "late"
    assert "another worker has it" in caplog.text


def test_a_busy_database_costs_a_beat_and_not_the_work(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = order(app)
    with open_work(app, WORKER) as work:
        lease = take_job(work, key, "one")
    assert lease is not None
    for trouble in (ConflictError(), OperationalError("x", None, Exception("gone"))):

        def away(*_: Any, trouble: Exception = trouble) -> None:
            raise trouble

        monkeypatch.setattr(jobs, "beat_job", away)
        beat = jobs.Heartbeat(app, lease)
        for done in range(3):
            beat.progress("text", done, 3)
    assert caplog.text.count("heartbeat missed") == 2


def test_a_database_that_cannot_be_written_leaves_the_job_waiting(
    app: Any, kind: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = order(app)

    def full(*_: Any) -> None:
        raise OperationalError("x", None, Exception("database or disk is full"))

    monkeypatch.setattr(jobs, "current_application", lambda: app)
    app.close = lambda: None
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "take_job", full)
        jobs.run_job(key)
    assert "database or disk is full" in caplog.text
    assert row(app, key).status == "queued"
    done: list[str] = []
    kind(lambda _app, lease, _progress: done.append(lease.job_id))
    jobs.run_job(key)
    assert done == [key]


def test_a_key_that_is_gone_is_told_in_the_row_before_anything_is_visited(
    app: Any, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_self: object) -> None:
        raise KeyFileError("sealer.key")

    visited: list[str] = []
    kind(lambda _app, lease, _progress: visited.append(lease.job_id))
    key = order(app)
    with monkeypatch.context() as lost:
        lost.setattr(type(app), "signer", property(gone), raising=False)
        assert not jobs.perform(app, key)
    job = row(app, key)
    assert (job.status, job.error_code, visited) == ("queued", KeyFileError.code, [])
    assert "sealer.key" in job.error_zh
    app.clock.now += timedelta(minutes=1)
    assert jobs.perform(app, key)
    assert visited == [key]


def test_a_heartbeat_prolongs_and_stops_by_itself_when_the_lease_is_lost(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.01)
    key = order(app)
    with open_work(app, WORKER) as work:
        lease = take_job(work, key, "one")
    assert lease is not None
    before = row(app, key).lease_until
    beat = jobs.Heartbeat(app, lease)
    with beat:
        for _ in range(200):
            if row(app, key).lease_until != before:
                break
            beat._stop.wait(0.01)
        app.clock.now += LEASE * 2
        with open_work(app, WORKER) as work:
            sweep_jobs(work)
            take_job(work, key, "two")
        beat._thread.join(5)
        assert not beat._thread.is_alive()
    assert row(app, key).worker in {"one", "two"}


def test_a_tick_that_fails_is_logged_and_the_next_one_works(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_work: Any) -> None:
        raise LeaseLostError

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "sweep_jobs", broken)
        jobs.tick(app)
    assert "scheduler tick" in caplog.text
    jobs.tick(app)
