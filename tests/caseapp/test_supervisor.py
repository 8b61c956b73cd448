"""The supervisor with real processes: start, revive, orderly stop, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from caseapp.supervisor import FIRST_PAUSE, LONGEST_PAUSE, Child, Supervisor

pytestmark = pytest.mark.slow

SERVE = """
import sys
from pathlib import Path
from caseapp.supervisor import Child, Supervisor
folder = Path(sys.argv[1])
loop = "import os,sys,time,subprocess;open(sys.argv[1],'w').write(str(os.getpid()));"
plain = loop + "time.sleep(600)"
stubborn = "import signal;signal.signal(signal.SIGTERM, signal.SIG_IGN);" + plain
def child(name, code):
    return Child(name, [sys.executable, "-c", code, str(folder / name)], {})
import caseapp.supervisor as s
s.GRACE_SECONDS = 1.0
Supervisor([child("plain", plain), child("stubborn", stubborn)]).run()
"""


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def pid_in(path: Path) -> int:
    until(lambda: path.exists() and bool(path.read_text()))
    return int(path.read_text())


def test_a_dead_child_comes_back_and_a_signal_ends_all(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", textwrap.dedent(SERVE), str(tmp_path)], env=dict(os.environ))
    try:
        first, stubborn = pid_in(tmp_path / "plain"), pid_in(tmp_path / "stubborn")
        (tmp_path / "plain").unlink()
        os.kill(first, 9)
        second = pid_in(tmp_path / "plain")
        assert second != first
        supervisor.terminate()
        assert supervisor.wait(20) == 0
        assert not psutil.pid_exists(second)
        assert not psutil.pid_exists(stubborn)
    finally:
        supervisor.kill()
        supervisor.wait()


def test_what_nohup_started_outlives_its_terminal(tmp_path: Path) -> None:
    words = ["nohup", sys.executable, "-c", textwrap.dedent(SERVE), str(tmp_path)]
    supervisor = subprocess.Popen(words, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child = pid_in(tmp_path / "plain")
        supervisor.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert supervisor.poll() is None
        assert psutil.pid_exists(child)
        supervisor.terminate()
        assert supervisor.wait(20) == 0
    finally:
        supervisor.kill()
        supervisor.wait()


def test_stop_ends_grandchildren_too(tmp_path: Path) -> None:
    code = (
        "import subprocess,sys,time;"
        "p=subprocess.Popen([sys.executable,'-c','import time;time.sleep(600)'],start_new_session=True);"
        f"open({str(tmp_path / 'pid')!r},'w').write(str(p.pid));time.sleep(600)"
    )
    child = Child("parent", [sys.executable, "-c", code], {})
    child.start()
    grandchild = pid_in(tmp_path / "pid")
    child.stop(5)
    until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE)
    assert not child.alive()


def sleeper() -> list[str]:
    return [sys.executable, "-c", "import time;time.sleep(600)"]


def test_those_after_wait_until_the_first_is_ready() -> None:
    answers = iter([False, False, True])
    first = Child("first", sleeper(), {}, ready=lambda: next(answers))
    second = Child("second", sleeper(), {})
    supervisor = Supervisor([first, second])
    try:
        seen = []
        for _ in range(4):
            supervisor.tick()
            seen.append(second.alive())
        assert seen == [False, False, True, True]
    finally:
        supervisor.stop()
    assert not first.alive()
    assert not second.alive()


def test_pauses_grow_and_a_long_life_forgives() -> None:
    child = Child("short", [sys.executable, "-c", ""], {})
    child.mind(0.0)
    assert child.process
    child.process.wait()
    pauses = []
    for moment in range(8):
        child.mind(float(moment))
        pauses.append(child.pause)
        child.start_at = None
    assert pauses[:3] == [FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8]
    assert max(pauses) == LONGEST_PAUSE
    child.started = -100.0
    child.mind(0.0)
    assert child.pause == FIRST_PAUSE * 2


def test_a_child_ends_with_its_killed_supervisor(tmp_path: Path) -> None:
    inner = (
        "import os,sys,time;from caseapp.supervisor import die_with;die_with(int(sys.argv[1]));"
        f"open({str(tmp_path / 'pid')!r},'w').write(str(os.getpid()));time.sleep(600)"
    )
    outer = (
        "import os,subprocess,sys,time;"
        f"subprocess.Popen([sys.executable,'-c',{inner!r},str(os.getpid())]);time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", outer])
    child = psutil.Process(pid_in(tmp_path / "pid"))
    parent.kill()
    parent.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
