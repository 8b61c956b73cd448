"""`bianwu serve`: web, workers, scheduler and the queue's server as children of one process.

The supervisor imports nothing of the application, so it stays small; a child that dies is started again
with growing pauses; SIGTERM or Ctrl-C stops the children in order and leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

import psutil

log = logging.getLogger(__name__)

GRACE_SECONDS = 20.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HOLD_SECONDS = 10.0
TICK = 0.1
PR_SET_PDEATHSIG = 1  # prctl(2)

Say = Callable[[str, str], str]
"""Chooses between Chinese and English words; whoever starts a supervisor knows the person's language."""


def both(zh: str, en: str) -> str:
    """The words in both languages, where the person's is not known."""
    return f"{zh} / {en}"


@dataclass
class Child:
    """One supervised process.

    Attributes:
        name: what logs call it.
        argv: command; `executable` may name another program file than argv[0].
        env: its whole environment.
        ready: whether it does its work already; those after it in the list wait for that, `HOLD_SECONDS` at most, so
            that the first page does not share the processor with what nobody waits for.
        pause: seconds before its next start when it ends.
        start_at: moment of its next start (monotonic), None while it runs.
    """

    name: str
    argv: list[str]
    env: dict[str, str]
    executable: str | None = None
    ready: Callable[[], bool] | None = None
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    start_at: float | None = 0.0
    started: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
        self.start_at, self.started = None, time.monotonic()
        self.process = subprocess.Popen(
            self.argv, executable=self.executable, env=self.env, start_new_session=True, stdin=subprocess.DEVNULL
        )

    def alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def mind(self, now: float, say: Say = both) -> None:
        """Start it when that is due; when it has ended by itself, decide when to start it again."""
        if self.alive():
            return
        if self.start_at is None:
            if now - self.started > LONGEST_PAUSE:
                self.pause = FIRST_PAUSE
            code = self.process.returncode if self.process else None
            log.warning(
                say(
                    f"{self.name} 已退出（{code}），{self.pause:.1f} 秒后重新启动",
                    f"{self.name} ended ({code}); starting it again in {self.pause:.1f} s",
                )
            )
            self.start_at = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        elif now >= self.start_at:
            self.start()

    def holds(self, now: float) -> bool:
        """Whether those after it should still wait."""
        if self.ready is None:
            return False
        if self.ready() or (self.started and now - self.started > HOLD_SECONDS):
            self.ready = None
        return self.ready is not None

    def stop(self, grace: float, say: Say = both) -> None:
        """Ask it to end, wait `grace` seconds, then end it and all that it started."""
        if self.process is None:
            return
        family = _family(self.process.pid)
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                log.warning(
                    say(
                        f"{self.name} 在 {grace:.0f} 秒内没有停下，强制结束",
                        f"{self.name} did not stop within {grace:.0f} s: ending it",
                    )
                )
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
    say: Say = both
    stopping: bool = False

    def run(self, meanwhile: Callable[[], None] | None = None) -> None:
        """Until a signal arrives.

        Args:
            meanwhile: called every tick; it may add children to the list.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup(1): to outlive the terminal
            signal.signal(number, self._on_signal)
        try:
            while not self.stopping:
                self.tick()
                if meanwhile is not None:
                    meanwhile()
                time.sleep(TICK)
        finally:
            self.stop()

    def tick(self) -> None:
        """Start what is due."""
        now = time.monotonic()
        for child in self.children:
            child.mind(now, self.say)
            if child.holds(now):
                return

    def stop(self) -> None:
        """End every child, last started first."""
        for child in reversed(self.children):
            child.stop(GRACE_SECONDS, self.say)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def die_with(parent: int | None) -> None:
    """Have this process told to end (SIGTERM) when its supervisor is killed and can no longer say so (prctl(2)).

    Args:
        parent: the supervisor's process; None when a person started this one.
    """
    if parent is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the call
        os.kill(os.getpid(), signal.SIGTERM)


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
    """The command line of a child of this process that is this program with other words."""
    return [sys.executable, "-m", "caseapp.cli", *words, "--parent", str(os.getpid())]
