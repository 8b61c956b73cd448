"""The contract of a place that keeps objects: small, write-once, one atomic swap.

Keys are paths of `[A-Za-z0-9._-]` parts. Objects are never changed; the one exception is a key written by `swap`
(the head of the log). `delete` exists for lawful erasure alone.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, Protocol

from evidence_store.failures import KeyRefusedError

_KEY: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MAX_KEY: Final = 512


class Batch(Protocol):
    """A group of new objects made durable together, in four steps the caller orders.

    write (any number) → sync → link → settle. A context manager: leaving it removes what was not linked.
    """

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Stage the bytes of one object; nothing is visible yet."""

    def sync(self) -> None:
        """Make all staged bytes durable."""

    def link(self) -> None:
        """Give every staged object its key, in the order written. An equal object already there is kept.

        Raises:
            ObjectConflictError: Other bytes lie under a key; objects linked before it stay (they are orphans).
        """

    def settle(self) -> None:
        """Make the keys durable. Only now may anything refer to the objects."""


class Backend(Protocol):
    """Where objects are kept. Implementations are listed in `BACKENDS` and pass one contract test."""

    def batch(self) -> AbstractContextManager[Batch]:
        """Return a new group of writes."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Durably write one object; False when an equal one was there.

        Raises:
            ObjectConflictError: Other bytes lie under the key.
        """

    def get(self, key: str) -> bytes:
        """Return an object; `ObjectMissingError` when there is none."""

    def open(self, key: str) -> BinaryIO:
        """Return an object as a stream; `ObjectMissingError` when there is none."""

    def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield, sorted, the keys below `prefix`, which is empty or ends in a slash."""

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Durably replace `old` (None: no object) by `new`; False, and nothing changed, when it is not `old`."""

    def delete(self, key: str) -> None:
        """Remove an object. Called by lawful erasure alone."""

    def exclusive(self, name: str) -> AbstractContextManager[None]:
        """Hold a lock among all processes that use this place, to save lost races.

        Correctness never rests on it: `put_new` and `swap` decide.

        Raises:
            LogBusyError: Another holder kept it too long.
        """

    def leftovers(self) -> Iterator[str]:
        """Yield names of unfinished writes that a crash left behind."""


def is_key(text: str) -> bool:
    """Whether a text is a key of the agreed alphabet."""
    return len(text) <= _MAX_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    """Return the key, or raise `KeyRefusedError` when it is outside the agreed alphabet."""
    if not is_key(key):
        raise KeyRefusedError(ascii(key)[:100])
    return key
