"""`bianwu serve`: web, workers, scheduler and the queue's server as children of one process.

The supervisor imports nothing of the application, so it stays small; a child that dies is started again
with growing pauses; SIGTERM or Ctrl-C stops the children in order and leaves nothing behind.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

import psutil

log = logging.getLogger(__name__)

GRACE_SECONDS = 20.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
TICK = 0.2


@dataclass
class Child:
    """One supervised process.

    Attributes:
        name: what logs call it.
        argv: command; `executable` may name another program file than argv[0].
        env: its whole environment.
    """

    name: str
    argv: list[str]
    env: dict[str, str]
    executable: str | None = None
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    start_at: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            self.argv, executable=self.executable, env=self.env, start_new_session=True, stdin=subprocess.DEVNULL
        )

    def alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def stop(self, grace: float) -> None:
        """Ask it to end, wait `grace` seconds, then end it and all that it started."""
        if self.process is None:
            return
        family = _family(self.process.pid)
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                log.warning("%s did not stop within %.0f s: ending it", self.name, grace)
                family += _family(self.process.pid)
                self.process.kill()
        for member in family:
            if member.is_running():
                _kill(member)
        self.process.wait()


@dataclass
class Supervisor:
    """Keeps children alive in start order and stops them in reverse."""

    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Until a signal arrives."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            for child in self.children:
                child.start()
            while not self.stopping:
                self._revive()
                time.sleep(TICK)
        finally:
            self.stop()

    def stop(self) -> None:
        """End every child, last started first."""
        for child in reversed(self.children):
            child.stop(GRACE_SECONDS)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _revive(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.alive():
                continue
            if not child.start_at:
                log.warning("%s ended; starting it again in %.1f s", child.name, child.pause)
                child.start_at = now + child.pause
                child.pause = min(child.pause * 2, LONGEST_PAUSE)
            elif now >= child.start_at:
                child.start_at = 0.0
                child.start()


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def bianwu(*words: str) -> list[str]:
    """The command line of a child that is this program with other words."""
    return [sys.executable, "-m", "caseapp.cli", *words]
