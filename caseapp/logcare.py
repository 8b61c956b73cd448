"""What the scheduler does for the evidence log: ask the witnesses to cosign its head, and keep a daily heartbeat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from caseapp.bootstrap import Application
from caseapp.logkeys import witnesses_of
from evidence_store import EvidenceError
from evidence_store.heartbeat import beat, beats
from evidence_store.witnessing import ask_witnesses

log = logging.getLogger(__name__)

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
        if not self._app.settings.has_evidence():
            return
        self._attempt("witnesses", self._witness)
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BEAT_EVERY
            self._attempt("heartbeat", self._beat)

    def _attempt(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except (EvidenceError, OSError) as error:
            log.warning("evidence log, %s: %s", what, error)

    def _witness(self) -> None:
        app = self._app
        _, witnesses = witnesses_of(app.settings)
        for name, state in ask_witnesses(app.store.log, app.store.backend, witnesses, now=app.clock()).items():
            if state.trouble:
                log.warning("witness %s: %s %s", name, state.trouble, state.said)

    def _beat(self) -> None:
        app = self._app
        kept, today = beats(app.store.backend), app.clock().date()
        wanted = {row.name for row in app.authorities if not row.by_hand}
        if not kept or kept[-1].day != today or wanted - set(kept[-1].stamped_by):
            beat(app.store.log, app.store.backend, app.authorities, now=app.clock)
