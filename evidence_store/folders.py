"""Writing a folder of evidence: one pass over every file, then one sync for all, then its final name."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence_store.digests import CHUNK, Digests, DualHasher
from evidence_store.errors import FileRefusedError, PackageExistsError
from evidence_store.files import FilePort, storage_errors


@contextlib.contextmanager
def new_folder(target: Path, port: FilePort) -> Iterator["FolderWriter"]:
    """Give a writer for a folder that gets its name, complete and durable, when the block ends well.

    Raises:
        PackageExistsError: The name is taken, before or after writing.
        StorageError: It cannot be written; nothing remains under the name.
    """
    parent = target.parent
    with storage_errors(parent):
        made = port.make_folders(parent, 0o777)
        if target.exists() or target.is_symlink():
            raise PackageExistsError(str(target))
        draft = parent / f".{target.name}.{secrets.token_hex(6)}.partial"
        port.make_folders(draft, 0o777)
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, draft, ignore_errors=True)
        writer = FolderWriter(draft, port)
        yield writer
        with storage_errors(target):
            writer.sync()
            _publish(draft, target, port)
            undo.pop_all()
            port.sync_folders(sorted({parent, *made}))


def _publish(draft: Path, target: Path, port: FilePort) -> None:
    try:
        port.rename_folder(draft, target)
    except OSError as error:
        if target.exists():
            raise PackageExistsError(str(target)) from error
        raise


class FolderWriter:
    """Writes the files of one package and remembers what has to be synced."""

    def __init__(self, folder: Path, port: FilePort) -> None:
        self.folder, self.port = folder, port
        self._folders, self._files = {folder}, list[Path]()

    def _create(self, name: str) -> int:
        path = self.folder / name
        self._folders |= self.port.make_folders(path.parent, 0o777) | {path.parent}
        self._files.append(path)
        return self.port.create(path, 0o666)

    def text(self, name: str, data: bytes) -> None:
        """Write a tag file."""
        with storage_errors(name):
            descriptor = self._create(name)
            try:
                self.port.write(descriptor, data)
            finally:
                os.close(descriptor)

    def copy(self, name: str, source: Path) -> Digests:
        """Copy a file in one pass and return the digests of what was copied."""
        with DualHasher() as hasher:
            self.stream(name, _watched(file_chunks(source), hasher))
            return hasher.result()

    def stream(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file from pieces that may come from storage themselves."""
        with storage_errors(name):
            descriptor = self._create(name)
        try:
            for piece in chunks:
                with storage_errors(name):
                    self.port.write(descriptor, piece)
        finally:
            os.close(descriptor)

    def sync(self) -> None:
        """Make everything durable."""
        self.port.sync_group(self._files)
        self.port.sync_folders(sorted(self._folders))


def _watched(chunks: Iterable[bytes], hasher: DualHasher) -> Iterator[bytes]:
    for piece in chunks:
        hasher.update(piece)
        yield piece


def _read(descriptor: int, source: Path) -> bytes:
    try:
        return os.read(descriptor, CHUNK)
    except OSError as error:
        raise FileRefusedError(f"{source}: {error.strerror}") from error


def file_chunks(source: Path) -> Iterator[bytes]:
    """Yield the bytes of a regular file, links not followed.

    Raises:
        FileRefusedError: Not a regular file, unreadable, or changed while it was read (also one that keeps growing).
    """
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError(f"{source}: {error.strerror}") from error
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise FileRefusedError(f"{source}: not a regular file")
        left = before.st_size
        while left >= 0 and (piece := _read(descriptor, source)):
            left -= len(piece)
            yield piece
        after = os.fstat(descriptor)
        if left != 0 or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise FileRefusedError(f"{source}: changed while it was read")
    finally:
        os.close(descriptor)
