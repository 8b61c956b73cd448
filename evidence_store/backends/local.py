"""Objects as plain files below one folder: flock and rename, link to publish, nothing overwritten."""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final, Self
from urllib.parse import unquote, urlsplit

from evidence_store.backends.base import Batch, check_key
from evidence_store.digests import chunks_of
from evidence_store.failures import (
    KeyRefusedError,
    LogBusyError,
    ObjectConflictError,
    ObjectMissingError,
    UnknownBackendError,
)
from evidence_store.files import OS_PORT, FilePort, storage_errors

_RESERVED: Final = ("tmp", "lock")
_LOCK_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.005


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        with storage_errors(error.filename):
            raise error


def _regular(file: BinaryIO) -> BinaryIO:
    """Return an open file that is one; anything else in its place is told like every other `OSError`."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file")


def _folder_of(address: str) -> Path:
    if not address.startswith("file:"):
        return Path(address).absolute()
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise UnknownBackendError(f"{address}: file:///absolute/path")
    return Path(unquote(parts.path)).absolute()


class LocalBackend:
    """A folder with the contract of `Backend`.

    Args:
        address: A path or a `file:///path` URL; the folder is created when missing.
        port: File operations; tests pass one that fails.
    """

    def __init__(self, address: str | Path, *, port: FilePort = OS_PORT) -> None:
        self.root = _folder_of(str(address))
        self.port = port
        with storage_errors(self.root):
            made = port.make_folders(self.root)
            for name in _RESERVED:
                made |= port.make_folders(self.root / name)
            port.sync_folders(sorted(made))

    def path(self, key: str) -> Path:
        """Return the file of a key."""
        if check_key(key).split("/", 1)[0] in _RESERVED:
            raise KeyRefusedError(key)
        return self.root / key

    def temporary(self) -> Path:
        """Return a fresh name for an unfinished write."""
        return self.root / "tmp" / f"{os.getpid()}-{secrets.token_hex(8)}"

    def batch(self) -> AbstractContextManager[Batch]:
        """Return a new group of writes."""
        return _LocalBatch(self)

    def put_new(self, key: str, data: bytes) -> bool:
        """Durably write one object; False when an equal one was there."""
        path = self.path(key)
        if self.exists(key):
            self.require_same(key, (data,))
            with storage_errors(path):
                self.port.sync_folder(path.parent)  # its writer may have died before making the name durable
            return False
        with _LocalBatch(self) as batch:
            batch.write(key, (data,))
            batch.sync()
            batch.link()
            batch.settle()
        return True

    def require_same(self, key: str, chunks: Iterable[bytes]) -> None:
        """Raise `ObjectConflictError` unless the object under the key has exactly these bytes."""
        with self.open(key) as there:
            for piece in chunks:
                if there.read(len(piece)) != piece:
                    raise ObjectConflictError(key)
            if there.read(1):
                raise ObjectConflictError(key)

    def get(self, key: str) -> bytes:
        """Return an object."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """Return an object as a stream."""
        path = self.path(key)
        try:
            # Opened without waiting: a pipe put in an object's place has no writer and would hold the reader for ever.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            return _regular(os.fdopen(os.open(path, flags), "rb"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ObjectMissingError(key) from error
        except OSError as error:
            with storage_errors(path):
                raise error from None
            raise

    def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        path = self.path(key)
        with storage_errors(path):
            return path.is_file()

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix, sorted."""
        top = self.path(prefix.removesuffix("/")) if prefix else self.root
        for folder, names, files in os.walk(top, onerror=_raise_unless_missing):
            if Path(folder) == self.root:
                names[:] = [name for name in names if name not in _RESERVED]
            names.sort()
            files.sort()
            base = "" if Path(folder) == self.root else Path(folder).relative_to(self.root).as_posix() + "/"
            yield from [base + name for name in files]

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Durably replace `old` by `new`, or change nothing and return False."""
        path, temporary = self.path(key), self.temporary()
        with self.exclusive("swap-" + key.replace("/", "-")), storage_errors(path):
            if (self.get(key) if self.exists(key) else None) != old:
                return False
            touched = self.port.make_folders(path.parent) | {path.parent}
            try:
                self.stage(temporary, (new,))
                self.port.sync_group([temporary])
                self.port.replace(temporary, path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    self.port.remove(temporary)
            self.port.sync_folders(sorted(touched))
            return True

    def stage(self, temporary: Path, chunks: Iterable[bytes]) -> None:
        """Write the bytes of an unfinished object."""
        descriptor = self.port.create(temporary, 0o600)
        try:
            for piece in chunks:
                self.port.write(descriptor, piece)
        finally:
            os.close(descriptor)

    def delete(self, key: str) -> None:
        """Remove an object and make its absence durable."""
        path = self.path(key)
        with storage_errors(path):
            try:
                self.port.remove(path)
            except FileNotFoundError as error:
                raise ObjectMissingError(key) from error
            self.port.sync_folder(path.parent)

    @contextlib.contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold a file lock; it ends with the process that holds it."""
        path = self.root / "lock" / check_key(name)
        with storage_errors(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._wait_for(descriptor, path)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _wait_for(descriptor: int, path: Path) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise LogBusyError(str(path)) from error
                time.sleep(_POLL_SECONDS)
            except OSError as error:
                with storage_errors(path):
                    raise error from None
            else:
                return

    def leftovers(self) -> Iterator[str]:
        """Yield the temporary files of writes that never finished."""
        with storage_errors(self.root):
            names = sorted(item.name for item in (self.root / "tmp").iterdir())
        return (f"tmp/{name}" for name in names)


class _LocalBatch:
    """Staged files of a `LocalBackend`."""

    def __init__(self, backend: LocalBackend) -> None:
        self._backend = backend
        self._staged: list[tuple[str, Path]] = []
        self._touched: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _key, temporary in self._staged:
            with contextlib.suppress(OSError):
                self._backend.port.remove(temporary)

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        path, temporary = self._backend.path(key), self._backend.temporary()
        with storage_errors(path):
            self._staged.append((key, temporary))
            self._backend.stage(temporary, chunks)

    def sync(self) -> None:
        with storage_errors(self._backend.root):
            self._backend.port.sync_group([temporary for _, temporary in self._staged])

    def link(self) -> None:
        port = self._backend.port
        for key, temporary in self._staged:
            path = self._backend.path(key)
            with storage_errors(path):
                self._touched |= port.make_folders(path.parent) | {path.parent}
                try:
                    port.link(temporary, path)
                except FileExistsError:
                    with temporary.open("rb") as mine:
                        self._backend.require_same(key, chunks_of(mine))

    def settle(self) -> None:
        with storage_errors(self._backend.root):
            self._backend.port.sync_folders(sorted(self._touched))
