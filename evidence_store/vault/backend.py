"""A place whose blobs are encrypted: the contract of `Backend` over another place, which never sees a plain byte.

Only `blobs/` is encrypted; the log, records and seals hold digests and signatures, and are to be read without a key.
Crash order: encrypted bytes durable → wrapped keys durable → link. A stop in between leaves a wrap without a blob.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import BinaryIO, Final, Self

from evidence_store import layout
from evidence_store.backends import Backend, Batch
from evidence_store.backends.base import check_key
from evidence_store.digests import sha256_of
from evidence_store.failures import (
    DigestMismatchError,
    KeyRefusedError,
    ObjectConflictError,
    ObjectMissingError,
)
from evidence_store.vault.errors import BlobKeyMissingError, WriteRacedError
from evidence_store.vault.keyplace import KeyPlace
from evidence_store.vault.stream import ENCRYPTION, KEY_BYTES, Header, encrypt, looks_encrypted, open_blob

MARK: Final = f"{ENCRYPTION}store.json"


def blob_name(key: str) -> str | None:
    """Return the digest a blob's key names; None for every other key."""
    name = check_key(key).rpartition("/")[2]
    return name if layout.is_hex256(name) and key == layout.blob_key(name) else None


def staged_key(name: str) -> str:
    """Return where the encrypted bytes of a plain blob wait until they may take its place."""
    return f"staged/{name}"


def mark(place: Backend) -> None:
    """Note in a place that blobs of it are encrypted: opened without keys it says so, and keeps no plain ones."""
    place.put_new(MARK, b'{"v":1}')


def is_marked(place: Backend) -> bool:
    """Whether `mark` was called."""
    return place.exists(MARK)


def require_keys(store: object) -> None:
    """Raise `KeysLockedError` or `KeysAwayError` where blobs of a store can be neither written nor read now."""
    backend = getattr(store, "backend", None)
    if isinstance(backend, EncryptedBackend):
        backend.keys.check()


def stored(backend: Backend) -> Backend:
    """Return the place that holds the bytes as they are kept: what copies, compares and mends works on that."""
    return backend.inner if isinstance(backend, EncryptedBackend) else backend


class EncryptedBackend:
    """The blobs of `inner`, encrypted with keys of `keys`; blobs kept plain before stay readable.

    Raises:
        KeysLockedError, KeysAwayError: When a blob is read or written and the keys are not there.
        BlobDamagedError, BlobKeyMissingError: When a blob cannot be decrypted.
    """

    def __init__(self, inner: Backend, keys: KeyPlace) -> None:
        self.inner, self.keys = inner, keys

    def batch(self) -> AbstractContextManager[Batch]:
        """Return a new group of writes."""
        return _EncryptedBatch(self)

    def put_new(self, key: str, data: bytes) -> bool:
        """Durably write one object; False when an equal one was there."""
        if blob_name(key) is None:
            return self.inner.put_new(key, data)
        there = self.exists(key)
        with self.batch() as batch:
            batch.write(key, (data,))
            batch.sync()
            batch.link()
            batch.settle()
        return not there

    def get(self, key: str) -> bytes:
        """Return an object."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """Return an object as a stream that can seek."""
        name = blob_name(key)
        if name is None:
            return self.inner.open(key)
        try:
            file = self.inner.open(key)
        except ObjectMissingError:  # a change to encryption that was cut off between two names
            file = self.inner.open(staged_key(name))
        with ExitStack() as undo:
            undo.callback(file.close)
            header = looks_encrypted(file, name)
            opened = file if header is None else open_blob(file, name, self.keys.find(name, header.blob_id))
            undo.pop_all()
        return opened

    def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        name = blob_name(key)
        return self.inner.exists(key) or (name is not None and self.inner.exists(staged_key(name)))

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix, sorted."""
        return self.inner.list(prefix)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Replace `old` by `new`, or change nothing and return False; a blob never changes."""
        if blob_name(key) is not None:
            raise KeyRefusedError(key)
        return self.inner.swap(key, old, new)

    def delete(self, key: str) -> None:
        """Remove an object; of a blob the keys first: from then on no copy of its bytes can be read."""
        name = blob_name(key)
        if name is not None:
            self.keys.drop(name)
            with suppress(ObjectMissingError):
                self.inner.delete(staged_key(name))
        self.inner.delete(key)

    def exclusive(self, name: str) -> AbstractContextManager[None]:
        """Hold a lock of the place below."""
        return self.inner.exclusive(name)

    def leftovers(self) -> Iterator[str]:
        """Yield unfinished writes, and keys whose blob was never linked."""
        yield from self.inner.leftovers()
        for name, blob_id in self.keys.wraps():
            if self.header(name) != blob_id:
                yield f"key {blob_id.hex()} of blob {name}"

    def header(self, name: str) -> bytes | None:
        """Return the blob id under a name; None without an encrypted blob."""
        try:
            with self.inner.open(layout.blob_key(name)) as file:
                header = looks_encrypted(file, name)
        except (ObjectMissingError, DigestMismatchError):
            return None
        return header.blob_id if header else None


class _EncryptedBatch:
    """Staged writes of an `EncryptedBackend`."""

    def __init__(self, backend: EncryptedBackend) -> None:
        self._backend, self._manager = backend, backend.inner.batch()
        self._keys: dict[tuple[str, bytes], bytes] = {}
        self._written: set[str] = set()
        self._conflicts: list[str] = []
        self._unreadable: list[str] = []

    def __enter__(self) -> Self:
        self._inner = self._manager.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._manager.__exit__(kind, error, trace)  # type: ignore[arg-type]  # the interpreter's own three

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        name, backend = blob_name(key), self._backend
        if name is None:
            self._inner.write(key, chunks)
            return
        if name in self._written or (backend.exists(key) and not self._is_lost(key)):
            self._hold(key, name, chunks)
            return
        header, secret = Header.new(), os.urandom(KEY_BYTES)
        self._inner.write(key, encrypt(chunks, secret, header, bytes.fromhex(name)))
        self._written.add(name)
        self._keys[name, header.blob_id] = secret

    def _is_lost(self, key: str) -> bool:
        """Whether encrypted bytes lie there whose key is gone: an erasure that was cut off. They are written anew."""
        try:
            self._backend.open(key).close()
        except BlobKeyMissingError:
            self._unreadable.append(key)
            return True
        except DigestMismatchError:
            pass
        return False

    def _hold(self, key: str, name: str, chunks: Iterable[bytes]) -> None:
        """Hold what is given, and what is there, against the name; told by `link`, as the contract says."""
        given = sha256_of(_Pieces(chunks))[0].hex()  # type: ignore[arg-type]  # a stream in all that is asked of it
        if given != name:
            raise DigestMismatchError(key)
        if name in self._written:
            return
        try:
            with self._backend.open(key) as file:
                same = sha256_of(file)[0].hex() == name
        except DigestMismatchError:
            same = False
        if not same:
            self._conflicts.append(key)

    def sync(self) -> None:
        """Make the bytes durable, then their keys."""
        self._inner.sync()
        if self._keys:
            self._backend.keys.keep(self._keys)

    def link(self) -> None:
        if self._conflicts:
            raise ObjectConflictError(self._conflicts[0])
        for key in self._unreadable:
            self._backend.inner.delete(key)
        try:
            self._inner.link()
        except ObjectConflictError as error:
            theirs = [pair for pair in self._keys if self._backend.header(pair[0]) not in (None, pair[1])]
            for name, blob_id in theirs:  # another process linked first: our keys are for bytes nobody will see
                self._backend.keys.drop(name, blob_id)
            if theirs:
                raise WriteRacedError(layout.blob_key(theirs[0][0])) from error
            raise

    def settle(self) -> None:
        self._inner.settle()


class _Pieces:
    """Pieces with the one method of a stream that hashing asks for."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._pieces = (piece for piece in chunks if piece)

    def read(self, _: int) -> bytes:
        return next(self._pieces, b"")
