"""kill -9 in the middle of a capture: the job comes back within a minute, once, and nothing is half sealed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from caseapp.bootstrap import Application, build_application
from caseapp.config import Settings
from caseapp.demo.case_data import load_case
from caseapp.demo.installation import install
from caseapp.models import Capture, EvidenceItem, Job, User
from caseapp.queue import RedisQueue, reachable
from caseapp.services.captures import request_capture
from caseapp.services.users import actor_of
from caseapp.services.work import open_work

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def until(condition: Callable[[], bool], seconds: float) -> float:
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited too long"
        time.sleep(0.1)
    return time.monotonic() - start


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Application, subprocess.Popen[bytes]]]:
    """A demo installation under `bianwu serve`, and an application of this process that talks to its queue."""
    with install(tmp_path / "d") as demo:
        redis = f"unix://{tmp_path}/d/queue/redis.sock"
        env = dict(os.environ) | demo.settings.to_env() | {"BIANWU_PORT": "0", "BIANWU_WORKERS": "1"}
        with (tmp_path / "serve.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "caseapp.cli", "serve"], env=env, stdout=log, stderr=log)
        try:
            until(lambda: reachable(redis), 60)
            settings = Settings.from_env(demo.settings.to_env())
            app = build_application(settings, queue=RedisQueue(redis))
            yield app, process
            app.close()
        finally:
            process.terminate()
            assert process.wait(60) == 0


def order(app: Application) -> str:
    with app.sessions() as session:
        lead = session.query(User).filter(User.login != "admin").first()
        assert lead is not None
    with open_work(app, actor_of(lead)) as work:
        return request_capture(work, load_case().posts[0].url).id


def job_of(app: Application, capture_id: str) -> Job:
    with app.sessions() as session:
        return session.query(Job).filter(Job.object_id == capture_id).one()


def horse_of(supervisor: int, app: Application, capture_id: str) -> psutil.Process:
    """The process that works on the capture: its pid stands in the job's row."""
    pid = int((job_of(app, capture_id).worker or ":0").rpartition(":")[2])
    assert pid in {child.pid for child in psutil.Process(supervisor).children(recursive=True)}
    return psutil.Process(pid)


def test_a_killed_worker_gives_the_job_back_within_a_minute(
    served: tuple[Application, subprocess.Popen[bytes]],
) -> None:
    app, supervisor = served
    capture_id = order(app)
    until(lambda: job_of(app, capture_id).status == "running" and job_of(app, capture_id).step_done >= 5, 90)
    horse = horse_of(supervisor.pid, app, capture_id)
    family = [horse, *horse.children(recursive=True)]
    horse.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: job_of(app, capture_id).attempt == 2, 60)
    back_after = time.monotonic() - killed
    until(lambda: job_of(app, capture_id).status == "done", 90)
    assert back_after < 60
    with app.sessions() as session:
        capture = session.get_one(Capture, capture_id)
        assert (capture.status, capture.result, capture.attempt) == ("done", "COMPLETE", 2)
        assert session.query(EvidenceItem).count() == 1
    assert len(list(app.store.packages())) == 1
    assert app.store.fsck().ok
    until(lambda: not any(alive(process) for process in family), 30)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
