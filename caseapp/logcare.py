"""What the scheduler does for the evidence log: ask the witnesses to cosign its head, and keep a daily heartbeat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from caseapp.bootstrap import Application
from caseapp.logkeys import witnesses_of
from caseapp.logwords import told, words
from caseapp.replica import bring_up_to_date, compare_all, next_compare_due, read_state
from evidence_store import EvidenceError
from evidence_store.heartbeat import beat, beats
from evidence_store.witnessing import ask_witnesses

log = logging.getLogger(__name__)

REPLICA_EVERY = 300.0
"""Seconds between two looks whether the second place lacks something."""
MOST_BACKOFF = 12
"""A place that fails is asked again after five minutes, ten, twenty … at most an hour."""
BEAT_EVERY = 900.0
"""Seconds between two looks whether today's heartbeat is there and stamped."""


class LogCare:
    """Looks after one installation's log, beside the ticks: a witness that hangs holds nothing up.

    Args:
        app: the installation.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._next_beat = 0.0
        self._thread: threading.Thread | None = None

    def step(self) -> None:
        """Begin a round unless the last one still goes on."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self.round, name="log-care", daemon=True)
            self._thread.start()

    def round(self) -> None:
        """One round; one failure does not end the next."""
        settings = self._app.settings
        if settings.nothing_logged():
            return
        self._attempt("witnesses", self._witness)
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BEAT_EVERY
            self._attempt(words("每日心跳", "heartbeat"), self._beat)

    def _attempt(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except (EvidenceError, OSError) as error:
            log.warning(words("证据日志，%s：%s", "evidence log, %s: %s", what, told(error)))

    def _witness(self) -> None:
        app = self._app
        _, witnesses = witnesses_of(app.settings)
        for name, state in ask_witnesses(app.store.log, app.store.backend, witnesses, now=app.clock()).items():
            if state.trouble:
                log.warning(words("见证方 %s：%s %s", "witness %s: %s %s", name, state.trouble, state.said))

    def _beat(self) -> None:
        app = self._app
        kept, today = beats(app.store.backend), app.clock().date()
        wanted = {row.name for row in app.authorities if not row.by_hand}
        if not kept or kept[-1].day != today or wanted - set(kept[-1].stamped_by):
            beat(app.store.log, app.store.backend, app.authorities, now=app.clock)


class ReplicaCare:
    """Keeps the second place up to date, beside everything else: a slow network holds nothing up.

    Args:
        app: the installation.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._next = 0.0
        self._wait = 1
        self._thread: threading.Thread | None = None

    def step(self) -> None:
        """Begin a run when it is time, unless the last one still goes on."""
        due = self._app.settings.replica_url and time.monotonic() >= self._next
        if due and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self.round, name="replica", daemon=True)
            self._thread.start()

    def round(self) -> None:
        """One run; a failed one is tried again, later each time."""
        settings = self._app.settings
        try:
            bring_up_to_date(settings)
            if next_compare_due(read_state(settings), self._app.clock()):
                compare_all(settings)
            self._wait = 1
        except (EvidenceError, OSError) as error:
            log.warning(words("证据副本：%s", "replica of the evidence: %s", told(error)))
            self._wait = min(self._wait * 2, MOST_BACKOFF)
        finally:
            self._next = time.monotonic() + REPLICA_EVERY * self._wait
