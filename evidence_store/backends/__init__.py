"""Places that keep objects, by the scheme of their address."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from evidence_store.backends.base import Backend, Batch
from evidence_store.backends.local import LocalBackend
from evidence_store.backends.memory import MemoryBackend
from evidence_store.backends.s3 import S3Backend
from evidence_store.failures import UnknownBackendError

BACKENDS: Final[dict[str, Callable[[str], Backend]]] = {"file": LocalBackend, "memory": MemoryBackend, "s3": S3Backend}
"""URL scheme → class. A new kind of storage is one entry here, checked by the contract test."""


def open_backend(address: str | Path) -> Backend:
    """Return the backend of an address: a plain path, `file:///path`, `s3://bucket/prefix?…` or `memory:`.

    Raises:
        UnknownBackendError: No backend has this scheme.
        StorageError: The place cannot be opened.
    """
    text = str(address)
    scheme = urlsplit(text).scheme if isinstance(address, str) and ":" in text else "file"
    maker = BACKENDS.get(scheme)
    if maker is None:
        raise UnknownBackendError(f"{scheme}:")
    return maker(text)


__all__ = ["BACKENDS", "Backend", "Batch", "LocalBackend", "MemoryBackend", "S3Backend", "open_backend"]
