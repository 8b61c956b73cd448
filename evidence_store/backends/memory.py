"""Objects in memory: for tests and for trying things out. Nothing survives the process."""

import contextlib
import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Self

from evidence_store.backends.base import Batch, check_key
from evidence_store.failures import ObjectConflictError, ObjectMissingError


class MemoryBackend:
    """A dictionary with the contract of `Backend`."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._objects: dict[str, bytes] = {}
        self._lock = threading.RLock()
        self._sequence = threading.RLock()

    def batch(self) -> AbstractContextManager[Batch]:
        """Return a new group of writes."""
        return _MemoryBatch(self)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write one object; False when an equal one was there."""
        with self._lock:
            there = self._objects.get(check_key(key))
            if there is None:
                self._objects[key] = bytes(data)
                return True
        if there != data:
            raise ObjectConflictError(key)
        return False

    def get(self, key: str) -> bytes:
        """Return an object."""
        with self._lock:
            data = self._objects.get(check_key(key))
        if data is None:
            raise ObjectMissingError(key)
        return data

    def open(self, key: str) -> BinaryIO:
        """Return an object as a stream."""
        return io.BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        with self._lock:
            return check_key(key) in self._objects

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix, sorted."""
        with self._lock:
            keys = sorted(key for key in self._objects if key.startswith(prefix))
        return iter(keys)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Replace `old` by `new`, or change nothing and return False."""
        with self._lock:
            if self._objects.get(check_key(key)) != old:
                return False
            self._objects[key] = bytes(new)
            return True

    def delete(self, key: str) -> None:
        """Remove an object."""
        with self._lock:
            if self._objects.pop(check_key(key), None) is None:
                raise ObjectMissingError(key)

    @contextlib.contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold the one lock of this memory."""
        check_key(name)
        with self._sequence:
            yield

    def leftovers(self) -> Iterator[str]:
        """Memory leaves nothing behind."""
        return iter(())


class _MemoryBatch:
    """Staged writes of a `MemoryBackend`."""

    def __init__(self, backend: MemoryBackend) -> None:
        self._backend = backend
        self._staged: list[tuple[str, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._staged.clear()

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        self._staged.append((check_key(key), b"".join(chunks)))

    def sync(self) -> None:
        """Memory has nothing to sync."""

    def link(self) -> None:
        for key, data in self._staged:
            self._backend.put_new(key, data)

    def settle(self) -> None:
        """Memory has nothing to sync."""
