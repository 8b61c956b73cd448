"""The few file operations durability rests on, behind one port, so tests can make each of them fail or be the last.

Order everywhere: write a new file under a temporary name → sync → link to the final name → sync the folder.
"""

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from evidence_store.failures import DiskFullError, StorageError, StorageFailedError

_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)
_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@contextlib.contextmanager
def storage_errors(what: object) -> Iterator[None]:
    """Turn an `OSError` inside the block into a `StorageError` that names `what`."""
    try:
        yield
    except OSError as error:
        kind = DiskFullError if error.errno in _NO_SPACE else StorageFailedError
        raise kind(f"{what}: {error.strerror or error}") from error


def _load(name: str) -> Callable[..., int] | None:
    """Return a function of the C library, or None where it has none (another system, an old one)."""
    try:
        function: Callable[..., int] = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError, TypeError):
        return None
    return function


_SYNCFS: Final = _load("syncfs")
_RENAMEAT2: Final = _load("renameat2")
_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1


class FilePort:
    """The real operations. A test subclasses it to count, fail or stop at any of them."""

    def create(self, path: Path, mode: int) -> int:
        """Return a descriptor of a new file; `FileExistsError` when the name is taken."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of the bytes."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync_file(self, descriptor: int) -> None:
        """Make the contents of one open file durable."""
        os.fsync(descriptor)

    def sync_group(self, paths: Sequence[Path]) -> None:
        """Make files of one file system durable: one syncfs where there is one, else one fsync each."""
        if len(paths) > 2 and _SYNCFS is not None:  # noqa: PLR2004 - one or two files are cheaper alone
            self._sync_file_system(paths[0].parent)
            return
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                self.sync_file(descriptor)
            finally:
                os.close(descriptor)

    def sync_folders(self, folders: Sequence[Path]) -> None:
        """Make the names in folders of one file system durable."""
        if len(folders) > 2 and _SYNCFS is not None:  # noqa: PLR2004 - as above
            self._sync_file_system(folders[0])
            return
        for folder in folders:
            self.sync_folder(folder)

    def _sync_file_system(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if _SYNCFS is not None and _SYNCFS(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Give the file its final name; `FileExistsError` when the name is taken."""
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS or _RENAMEAT2 is None:
                raise
            # file systems without hard links: a rename that refuses to replace serves as well
            names = os.fsencode(source), os.fsencode(target)
            if _RENAMEAT2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(target)) from error

    def replace(self, source: Path, target: Path) -> None:
        """Atomically give the file a name that may be taken."""
        source.replace(target)

    def rename_folder(self, source: Path, target: Path) -> None:
        """Give a finished folder its final name; fails when that name is a folder with something in it."""
        source.rename(target)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folders(self, folder: Path, mode: int = 0o700) -> set[Path]:
        """Create a folder and its missing parents; return the folders that got a new name in them."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        touched = set()
        for item in reversed(missing):
            with contextlib.suppress(FileExistsError):
                item.mkdir(mode)
            touched.add(item.parent)
        return touched

    def remove(self, path: Path) -> None:
        """Remove one name."""
        path.unlink()


OS_PORT: Final = FilePort()


def write_new(path: Path, data: bytes, *, port: FilePort = OS_PORT, mode: int = 0o600) -> bool:
    """Durably write a file that must not exist yet; False when the name is taken.

    Raises:
        StorageError: It cannot be written; the name is then still free.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    with storage_errors(path):
        descriptor = port.create(temporary, mode)
        try:
            try:
                port.write(descriptor, data)
                port.sync_file(descriptor)
            finally:
                os.close(descriptor)
            port.link(temporary, path)
        except FileExistsError:
            return False
        finally:
            with contextlib.suppress(FileNotFoundError):
                port.remove(temporary)
        port.sync_folder(path.parent)
        return True


def replace_file(path: Path, data: bytes, *, port: FilePort = OS_PORT, mode: int = 0o666) -> None:
    """Durably write a file that may exist: a table of contents, never evidence.

    Raises:
        StorageError: It cannot be written; the former contents are then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    with storage_errors(path):
        try:
            descriptor = port.create(temporary, mode)
            try:
                port.write(descriptor, data)
                port.sync_file(descriptor)
            finally:
                os.close(descriptor)
            port.replace(temporary, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                port.remove(temporary)
        port.sync_folder(path.parent)


def read_file(path: Path, limit: int) -> bytes:
    """Return a small regular file, links not followed.

    Raises:
        StorageError: Missing, not a regular file, unreadable or larger than `limit` bytes.
    """
    with storage_errors(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise StorageError(f"{path}: larger than {limit} bytes")
    return data
