"""Steps 1 to 4 of the crash order: the bytes of a package, durable under their names, then the records about them."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import DualHasher, sha256_hex
from evidence_store.failures import DigestMismatchError, DuplicateSealError, ObjectConflictError, ObjectMissingError
from evidence_store.folders import file_chunks
from evidence_store.package import Package, PackageFile
from evidence_store.records import PackageRecord, file_of
from evidence_store.tombstones import ErasureUnfinishedError, done_key, require_kept, tombstones

_TEXTS: Final = (*layout.SEALED, layout.SEAL_SHA256, layout.SEAL_SM3, layout.SEAL_NOTE)
_COMPANIONS: Final = ("README.en.txt", "README.zh-CN.txt", "trust.example.json", "verify.html", "verify.py")


def check_free(backend: Backend, package: Package) -> None:
    """Refuse a package that was erased, or whose seal number belongs to another.

    Raises:
        PackageErasedError, DuplicateSealError.
    """
    require_kept(backend, package.package_id)
    with suppress(ObjectMissingError):
        if backend.get(layout.seal_key(package.seal_id)) != package.package_id.encode():
            raise DuplicateSealError(package.seal_id)


def keep_package(backend: Backend, package: Package, on_step: Callable[[int], None]) -> None:
    """Keep a package: bytes first, then the records that refer to them.

    Raises:
        DigestMismatchError: A file is not the sealed one.
        DuplicateSealError: Another package took the seal number meanwhile.
        StorageError: It could not be kept; nothing refers to what was written.
    """
    companions = [layout.VERIFY + name for name in _COMPANIONS if (package.path / layout.VERIFY / name).is_file()]
    texts = {path: package.read(path) for path in (*_TEXTS, *companions)}
    files = [*package.files, *(file_of(path, data) for path, data in texts.items())]
    with backend.batch() as batch:
        for item in package.files:
            batch.write(layout.blob_key(item.sha256), _same_bytes(package, item))
        for data in texts.values():
            batch.write(layout.blob_key(sha256_hex(data)), (data,))
        on_step(1)
        batch.sync()
        on_step(2)
        batch.link()
        on_step(3)
        batch.settle()
    ordered = tuple(sorted(files, key=lambda item: item.path.encode()))
    try:
        backend.put_new(layout.seal_key(package.seal_id), package.package_id.encode())
    except ObjectConflictError as error:
        raise DuplicateSealError(package.seal_id) from error
    record = PackageRecord(package.package_id, package.seal_id, ordered)
    with suppress(ObjectConflictError):  # another process admitted it first, with other words in verify/
        backend.put_new(layout.package_key(package.package_id), record.to_bytes())
    on_step(4)


def outlast_erasures(backend: Backend, package: Package) -> None:
    """Make sure that no erasure of another package took bytes of this one while it was being kept.

    An erasure writes its tombstone before it looks which bytes are still referred to; this looks at the tombstones
    after the reference is written. So one of the two sees the other: bytes that went are written again.

    Raises:
        PackageErasedError: It was this package.
        ErasureUnfinishedError: An erasure is at work on the same bytes; admit it again later.
    """
    require_kept(backend, package.package_id)
    mine = {item.sha256: item for item in package.files}
    shared = [stone for stone in tombstones(backend) if mine.keys() & set(stone.blobs)]
    for stone in shared:
        if not backend.exists(done_key(stone.package_id)):
            raise ErasureUnfinishedError(stone.seal_id)
    wanted = sorted({digest for stone in shared for digest in stone.blobs if digest in mine})
    lost = [digest for digest in wanted if not backend.exists(layout.blob_key(digest))]
    if lost:
        with backend.batch() as batch:
            for digest in lost:
                batch.write(layout.blob_key(digest), _same_bytes(package, mine[digest]))
            batch.sync()
            batch.link()
            batch.settle()


def _same_bytes(package: Package, item: PackageFile) -> Iterator[bytes]:
    """Yield the bytes of a sealed file, and fail at its end when they are not the sealed ones."""
    with DualHasher() as hasher:
        for piece in file_chunks(package.path / item.path):
            hasher.update(piece)
            yield piece
        found = hasher.result()
    if (found.sha256, found.sm3) != (item.sha256, item.sm3):
        raise DigestMismatchError(item.path)
