"""SHA-256 and SM3 of the same bytes in one pass over them."""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Protocol, Self

from cryptography.hazmat.primitives import hashes

CHUNK = 1 << 20
"""Bytes read at a time: large enough to hash outside the interpreter lock, small enough to stay in the CPU cache."""

_SMALL = 64 * 1024
"""Below this many bytes handing SM3 to another thread costs more than it saves."""


class Hasher(Protocol):
    """The part of a hashlib object used here."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """Return the digest."""


class _CryptographySm3:
    """SM3 from the OpenSSL inside `cryptography`, for a Python whose own OpenSSL was built without it."""

    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.copy().finalize()


def new_sm3() -> Hasher:
    """Return a fresh SM3 (GB/T 32905-2016) hasher."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _CryptographySm3()


@dataclass(frozen=True, slots=True)
class Digests:
    """Both digests of some bytes.

    Attributes:
        sha256: 64 lower-case hex digits.
        sm3: 64 lower-case hex digits.
        size: Number of bytes.
    """

    sha256: str
    sm3: str
    size: int


class DualHasher:
    """Feeds both hash functions, SM3 (the slower) on a second thread; a context manager because of that thread."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sm3 = new_sm3()
        self._size = 0
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def update(self, data: bytes) -> None:
        """Add bytes; `data` must not change afterwards."""
        self._size += len(data)
        if self._running is not None:
            self._running.result()
            self._running = None
        if len(data) < _SMALL:
            self._sm3.update(data)
        else:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sm3")
            self._running = self._pool.submit(self._sm3.update, data)
        self._sha256.update(data)

    def result(self) -> Digests:
        """Return the digests of everything added so far."""
        if self._running is not None:
            self._running.result()
            self._running = None
        return Digests(self._sha256.hexdigest(), self._sm3.digest().hex(), self._size)


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of a stream in pieces of at most `CHUNK` bytes."""
    while piece := stream.read(CHUNK):
        yield piece


def sha256_of(stream: BinaryIO) -> tuple[bytes, int]:
    """Return SHA-256 and length of the rest of a stream."""
    hasher, size = hashlib.sha256(), 0
    for piece in chunks_of(stream):
        hasher.update(piece)
        size += len(piece)
    return hasher.digest(), size


def digest_chunks(chunks: Iterable[bytes]) -> Digests:
    """Return both digests of a sequence of byte strings."""
    with DualHasher() as hasher:
        for piece in chunks:
            hasher.update(piece)
        return hasher.result()


def digest_bytes(data: bytes) -> Digests:
    """Return both digests of a byte string."""
    return digest_chunks((data,))


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of a byte string as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def sm3_hex(data: bytes) -> str:
    """Return the SM3 of a byte string as lower-case hex."""
    hasher = new_sm3()
    hasher.update(data)
    return hasher.digest().hex()
