"""The supervisor with real processes: start, revive, orderly stop, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from caseapp.supervisor import Child

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
