"""A package as it leaves the store: a folder, or a ZIP whose bytes depend on nothing but the contents."""

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from evidence_store import layout
from evidence_store.digests import chunks_of, sha256_hex
from evidence_store.errors import PackageExistsError
from evidence_store.failures import DigestMismatchError
from evidence_store.files import FilePort, storage_errors
from evidence_store.folders import new_folder
from evidence_store.manifest import digest_list

_DOS_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to write: path in the package, size, SHA-256 in hex, and how to open it."""

    path: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]


def bytes_entry(path: str, data: bytes) -> Entry:
    """Return an entry held in memory."""
    return Entry(path, len(data), sha256_hex(data), lambda: BytesIO(data))


def complete(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries sorted by the bytes of their paths, with tagmanifest-sha256.txt added."""
    outside = {entry.path: entry.sha256 for entry in entries if not entry.path.startswith(layout.DATA)}
    manifest = bytes_entry(layout.TAGMANIFEST, digest_list(outside))
    return sorted([*entries, manifest], key=lambda entry: entry.path.encode())


def _checked(entry: Entry) -> Iterator[bytes]:
    """Yield the bytes of a file, and fail at its end when they are not the recorded ones."""
    hasher = hashlib.sha256()
    with entry.open() as stream:
        for piece in chunks_of(stream):
            hasher.update(piece)
            yield piece
    if hasher.hexdigest() != entry.sha256:
        raise DigestMismatchError(entry.path)


def write_folder(entries: Sequence[Entry], target: Path, port: FilePort) -> Path:
    """Write a package folder, complete and durable or not at all.

    Raises:
        PackageExistsError: The name is taken.
        DigestMismatchError: Stored bytes are not the recorded ones; nothing is left behind.
        StorageError: Reading or writing failed.
    """
    with new_folder(target, port) as writer:
        for entry in entries:
            writer.stream(entry.path, _checked(entry))
    return target


def write_zip(entries: Sequence[Entry], target: Path, top: str, port: FilePort) -> Path:
    """Write a package as a stored ZIP with one top folder; the same entries give the same bytes.

    Raises:
        PackageExistsError, DigestMismatchError, StorageError: As `write_folder`.
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.partial")
    with storage_errors(target):
        made = port.make_folders(target.parent, 0o777)
        if target.exists() or target.is_symlink():
            raise PackageExistsError(str(target))
        os.close(port.create(temporary, 0o666))
    try:
        with storage_errors(target):
            _fill_zip(entries, temporary, top)
            port.sync_group([temporary])
            try:
                port.link(temporary, target)
            except FileExistsError as error:
                raise PackageExistsError(str(target)) from error
            port.sync_folders(sorted({target.parent, *made}))
    finally:
        with contextlib.suppress(OSError):
            port.remove(temporary)
    return target


def _fill_zip(entries: Sequence[Entry], path: Path, top: str) -> None:
    with path.open("r+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(f"{top}/{entry.path}", _DOS_EPOCH)
            info.create_system, info.external_attr, info.file_size = _UNIX, _FILE_MODE, entry.size
            with archive.open(info, "w") as out:
                for piece in _checked(entry):
                    out.write(piece)
