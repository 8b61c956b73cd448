"""The daily heartbeat of a log: its head, kept and time-stamped each day, also when nothing was added.

A day without one is a day about which only the log's owner can say that the log was there.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint
from evidence_store.failures import ObjectConflictError
from evidence_store.log import Log
from evidence_store.stampfiles import stamp_group
from evidence_store.stamps import TimestampAuthority
from evidence_store.timestamp import request_stamps

LOOKED_BACK: Final = 30
"""Days in which a missing heartbeat is told."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One day's heartbeat.

    Attributes:
        day: The UTC day.
        size: Leaves of the head.
        stamped_by: Authorities that stamped it.
    """

    day: date
    size: int
    stamped_by: tuple[str, ...]


def _prefix(day: date) -> str:
    return f"{layout.HEARTBEATS}{day.isoformat()}/"


def beat(log: Log, backend: Backend, authorities: Sequence[TimestampAuthority], *, now: Callable[[], datetime]) -> Beat:
    """Keep today's head and have those authorities stamp it that have not yet; doing it again adds what was missing.

    Raises:
        StorageError, IntegrityError: The log cannot be read, or the heartbeat not be kept.
    """
    day = now().astimezone(UTC).date()
    with contextlib.suppress(ObjectConflictError):  # an earlier heartbeat of today stays
        backend.put_new(f"{_prefix(day)}checkpoint", log.head().signed)
    signed = backend.get(f"{_prefix(day)}checkpoint")
    there = _stamped_by(backend, day)
    asked = [one for one in authorities if one.name not in there and not one.by_hand]
    if asked:
        for given in request_stamps(signed, asked, k=1, now=now).stamps:
            files = stamp_group(1, given).files
            stem = layout.stamp_stem(1, given.name)
            for path in sorted(files, key=lambda path: path.endswith(".tsr")):  # the response last
                with contextlib.suppress(ObjectConflictError):
                    backend.put_new(f"{_prefix(day)}{given.name}{path.removeprefix(stem)}", files[path])
    return Beat(day, Checkpoint.parse(signed).size, _stamped_by(backend, day))


def _stamped_by(backend: Backend, day: date) -> tuple[str, ...]:
    names = [key.rpartition("/")[2] for key in backend.list(_prefix(day))]
    return tuple(name.removesuffix(".tsr") for name in names if name.endswith(".tsr"))


def beats(backend: Backend) -> list[Beat]:
    """Return the heartbeats kept, the oldest first."""
    days = sorted({key.split("/")[2] for key in backend.list(layout.HEARTBEATS) if key.endswith("/checkpoint")})
    found = []
    for text in days[-LOOKED_BACK - 1 :]:
        day = date.fromisoformat(text)
        size = Checkpoint.parse(backend.get(f"{_prefix(day)}checkpoint")).size
        found.append(Beat(day, size, _stamped_by(backend, day)))
    return found


def missing_days(kept: Sequence[Beat], today: date) -> list[date]:
    """Return the days before today, since the first heartbeat and within `LOOKED_BACK` days, that have none."""
    if not kept:
        return []
    there = {one.day for one in kept}
    begin = max(kept[0].day, today - timedelta(days=LOOKED_BACK))
    days = (begin + timedelta(days=number) for number in range((today - begin).days))
    return [day for day in days if day not in there]
