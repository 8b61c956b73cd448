"""Wires the application: the only place that joins settings, database, store, queue, browser and clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from caseapp.capturing import Capturer
from caseapp.config import LOG_KEY, SEALER_KEY, Settings
from caseapp.encryption import open_evidence
from caseapp.logins import LoginVault
from caseapp.models import make_engine, make_sessions
from caseapp.outbox import LocalOutbox
from caseapp.queue import InlineQueue, RedisQueue
from caseapp.services.ports import QueuePort
from evidence_store import EvidenceError, EvidenceStore, Signer, open_authority
from evidence_store.backends import Backend, open_backend
from evidence_store.mending import mender
from evidence_store.receipts import ChainReceipt
from evidence_store.scrub import Mend


@dataclass(frozen=True)
class Application:
    """Everything use cases need from the world (`caseapp.services.ports.Ports`)."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    clock: Callable[[], datetime]
    queue: QueuePort
    capturer: Capturer
    outbox: LocalOutbox

    @cached_property
    def signer(self) -> Signer:
        """The sealing key."""
        return Signer.load(self.settings.keys_dir / SEALER_KEY)

    @cached_property
    def logins(self) -> LoginVault:
        """The logins' safe."""
        return LoginVault(self.settings.keys_dir)

    @property
    def store(self) -> EvidenceStore:
        """The evidence store with its log; opened anew when the log got another key."""
        path, mine = self.settings.keys_dir / LOG_KEY, self.__dict__
        with suppress(OSError):  # a key that is gone is told by whoever opens the store
            there = path.stat()
            mark = (there.st_ino, there.st_mtime_ns)
            if mine.setdefault("log_key", mark) != mark:
                mine.pop("store", None)
                mine["log_key"] = mark
        if "store" not in mine:
            mine["store"] = EvidenceStore(open_evidence(self.settings), log_signer=Signer.load(path))
        store: EvidenceStore = mine["store"]
        return store

    @property
    def mend(self) -> Mend | None:
        """Puts a damaged blob right from the second place of the settings; None without one that can be opened."""
        place = self.settings.replica_url
        if not place:
            return None
        try:
            return mender(self.store.backend, open_backend(place))
        except EvidenceError:
            return None

    @property
    def has_replica(self) -> bool:
        """Whether the settings name a second place."""
        return bool(self.settings.replica_url)

    def open_replica(self) -> Backend:
        """Open the second place of the settings; an `EvidenceError` when it is away."""
        return open_backend(self.settings.replica_url or "")

    @cached_property
    def authorities(self) -> Sequence[Any]:
        """Timestamp authorities of the settings."""
        return tuple(
            open_authority(row.name, row.url, row.roots, kind=row.kind, options=row.options)
            for row in self.settings.stampers
        )

    @cached_property
    def chains(self) -> Sequence[Any]:
        """Chains whose receipts are attached; they stamp nothing."""
        return tuple(ChainReceipt(row.name, row.url) for row in self.settings.authorities if not row.stamps)

    @property
    def start_stamps(self) -> bool:
        """Whether the authorities stamp before each visit too."""
        return self.settings.start_stamps

    @property
    def least_stamps(self) -> int:
        """Authorities that must have stamped a seal before it is called stamped."""
        return self.settings.least_stamps

    @property
    def captures_dir(self) -> Path:
        """Scratch folder of capture attempts that are not sealed yet."""
        return self.settings.captures_dir

    @property
    def recheck_seconds(self) -> int:
        """Least seconds between the two checks that prove a removal."""
        return self.settings.recheck_seconds

    @property
    def check_days(self) -> int:
        """Days within which every kept item's bytes are read again."""
        return self.settings.check_days

    @property
    def host_pauses(self) -> Sequence[tuple[str, float]]:
        """Least seconds between two beginnings of captures at one host."""
        return self.settings.host_pauses

    def close(self) -> None:
        """Let go of the browser and the database."""
        self.capturer.close()
        self.engine.dispose()


def utc_now() -> datetime:
    """The system's clock, aware UTC."""
    return datetime.now(UTC)


def build_application(settings: Settings, *, queue: QueuePort | None = None, keys: bool = True) -> Application:
    """Open an installation that `bianwu init` has set up.

    Args:
        settings: where everything is.
        queue: another queue than the settings name (the command line runs jobs in its own process).
        keys: refuse without keys; a worker opens without, and says what it lacks in the row of the job.

    Raises:
        NotInitialisedError, KeysLostError: there are no keys in the keys folder.
    """
    if keys:
        settings.require_initialised()
    engine = make_engine(settings.database_url)
    return Application(
        settings=settings,
        engine=engine,
        sessions=make_sessions(engine),
        clock=utc_now,
        queue=queue or (RedisQueue(settings.redis_url) if settings.redis_url else InlineQueue()),
        capturer=Capturer(settings),
        outbox=LocalOutbox(settings.outbox_dir, utc_now),
    )


_current: Application | None = None
_lock = threading.Lock()


def current_application() -> Application:
    """The application of this process, built from the environment on first use (job entry points)."""
    global _current  # noqa: PLW0603  one application a process, built late because workers fork
    with _lock:
        if _current is None:
            _current = build_application(Settings.from_env(), keys=False)
        return _current
