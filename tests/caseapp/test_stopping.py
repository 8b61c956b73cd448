"""A worker that is told to stop in the middle of a job puts it back; the log speaks the person's language."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from caseapp import jobs, logwords
from caseapp.domain.errors import ConflictError
from caseapp.models import Desk, Job
from caseapp.services.jobs import LEASE, Lease, enqueue_job, finish_job, sweep_jobs
from caseapp.services.work import open_work, system_actor
from tests.caseapp.conftest import LocalPorts

WORKER = system_actor("worker")


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    yield
    logwords.speak(None)


def order(app: Any) -> str:
    with open_work(app, WORKER) as work:
        return enqueue_job(work, "test", "captures", "01OBJECT").id


def row(app: Any, key: str) -> Job:
    with app.sessions() as session:
        found: Job = session.get_one(Job, key)
        return found


def half(app: Any, lease: Lease, _progress: Any) -> None:
    """Write half of something, say so, and go on for very long."""
    with open_work(app, WORKER) as work:
        work.add(Desk(name="半条记录"))
        os.write(app.told, b"x")
        time.sleep(60)
        finish_job(work, lease)


def in_a_process_of_its_own(app: Any, key: str) -> int:
    """Run the job as the queue does, in a forked process; returns its number once it is in the middle."""
    middle, app.told = os.pipe()
    app.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            jobs.run_job(key)
        except SystemExit as stop:
            os._exit(int(stop.code or 0))
        os._exit(1)
    os.close(app.told)
    assert os.read(middle, 1) == b"x"
    os.close(middle)
    return child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_ended_in_the_middle_of_a_job_leaves_it_waiting_and_nothing_half_written(
    ports: LocalPorts, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    app: Any = SimpleNamespace(**vars(ports), close=lambda: None)
    monkeypatch.setattr(jobs, "current_application", lambda: app)
    monkeypatch.setitem(jobs.HANDLERS, "test", half)
    key = order(app)
    child = in_a_process_of_its_own(app, key)
    os.kill(child, number)
    _, status = os.waitpid(child, 0)
    if number == signal.SIGTERM:
        assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGTERM
        found = row(app, key)
        assert (found.status, found.attempt, found.error_code) == ("queued", 1, "worker-stopped")
    else:  # nobody could say anything: its lease runs out
        assert row(app, key).status == "running"
        app.clock.now += LEASE + timedelta(seconds=1)
        with open_work(app, WORKER) as work:
            assert sweep_jobs(work) == [key]
        assert (row(app, key).status, row(app, key).attempt) == ("queued", 1)
    with app.sessions() as session:
        assert session.query(Desk).count() == 0
    monkeypatch.setitem(jobs.HANDLERS, "test", done)
    assert jobs.perform(app, key)
    assert (row(app, key).status, row(app, key).attempt) == ("done", 2)


def done(app: Any, lease: Lease, _progress: Any) -> None:
    with open_work(app, WORKER) as work:
        finish_job(work, lease)


def test_a_job_that_was_done_before_the_signal_stays_done(
    ports: LocalPorts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def late(app: Any, lease: Lease, progress: Any) -> None:
        done(app, lease, progress)
        sys.exit(143)

    monkeypatch.setitem(jobs.HANDLERS, "test", late)
    app: Any = ports
    key = order(app)
    with pytest.raises(SystemExit):
        jobs.perform(app, key)
    assert row(app, key).status == "done"
    assert "没有放回" in caplog.text


@pytest.mark.parametrize(
    ("lang", "there", "absent"), [("zh", "已由另一进程接手", "worker"), ("en", "another worker has it", "接手")]
)
def test_the_log_of_the_worker_speaks_one_language(
    ports: LocalPorts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, lang: Any, there: str,
    absent: str,
) -> None:  # fmt: skip
    def lost(app: Any, lease: Lease, progress: Any) -> None:
        done(app, lease, progress)
        progress("again", 1, 2)

    monkeypatch.setitem(jobs.HANDLERS, "test", lost)
    logwords.speak(lang)
    with caplog.at_level(logging.WARNING):
        assert not jobs.perform(ports, order(ports))  # type: ignore[arg-type]  # the ports are what a job needs
    assert there in caplog.text
    assert absent not in caplog.records[-1].getMessage()


def test_an_error_is_told_in_that_language() -> None:
    assert logwords.told(OSError("x")) == "x"
    assert logwords.told(OSError()) == "OSError"
    for lang in ("zh", "en"):
        logwords.speak(lang)
        assert logwords.told(ConflictError()) == f"conflict {ConflictError().message(lang)}"
