"""A store whose blobs are encrypted: nothing plain on disk, nothing lost at a crash, nothing readable when erased."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

import pytest

from evidence_store import EvidenceStore, Package
from evidence_store.backends import Backend, LocalBackend, MemoryBackend
from evidence_store.digests import sha256_hex
from evidence_store.failures import DigestMismatchError, KeyRefusedError, ObjectConflictError, StorageError
from evidence_store.layout import blob_key
from evidence_store.mending import mender
from evidence_store.replica import compare, replicate
from evidence_store.scrub import scrub_package
from evidence_store.vault import EncryptedBackend, KeyPlace, PlainRootKey, stored
from evidence_store.vault.errors import (
    BlobDamagedError,
    BlobKeyMissingError,
    KeysAwayError,
    KeysLockedError,
    WriteRacedError,
)
from tests.evidence_store.faults import FaultyPort
from tests.evidence_store.helpers import LOG, sealed

ROOT = PlainRootKey(b"planted-root-key-of-32-bytes-..!")
SECRET = b"PLANTED words of the accused post " * 3000
NAME = sha256_hex(SECRET)


def vault(inner: Backend, keys: Backend | None = None, root: PlainRootKey = ROOT) -> EncryptedBackend:
    place = KeyPlace(MemoryBackend() if keys is None else keys, root)
    place.create()
    return EncryptedBackend(inner, place)


def local(folder: Path, port: FaultyPort | None = None) -> EncryptedBackend:
    mine = port or FaultyPort()
    return vault(LocalBackend(folder / "store", port=mine), LocalBackend(folder / "keys", port=mine))


def opened(place: EncryptedBackend) -> EvidenceStore:
    return EvidenceStore(place, log_signer=LOG, port=FaultyPort())


def package_of(folder: Path) -> Package:
    return sealed(folder, contents={"text.txt": SECRET, "empty": b"", "64k": b"k" * 65536})


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_admit_check_export_and_no_plain_byte_on_disk(tmp_path: Path) -> None:
    place, package = local(tmp_path / "disk"), package_of(tmp_path / "work")
    kept = opened(place)
    kept.admit(package)
    report = kept.fsck()
    assert (report.problems, report.orphans) == ([], [])
    assert kept.read_file(package.package_id, "data/text.txt") == SECRET
    out = kept.export(package.package_id, tmp_path / "out")
    assert (out / "data" / "text.txt").read_bytes() == SECRET
    found = everything(tmp_path / "disk")
    assert b"PLANTED" not in found
    assert b"k" * 64 not in found
    assert ROOT.shown().replace(" ", "").encode() not in found
    assert b"planted-root-key" not in found
    assert kept.admit(package).log_index == 0


class Watching(FaultyPort):
    """Remembers what was written to any file."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, descriptor: int, data: bytes) -> None:
        self.written += bytes(data)
        super().write(descriptor, data)


def test_temporary_files_hold_no_plain_byte_either(tmp_path: Path) -> None:
    port = Watching()
    opened(local(tmp_path / "disk", port)).admit(package_of(tmp_path / "work"))
    assert len(port.written) > len(SECRET)
    assert b"PLANTED" not in port.written


def test_the_same_package_twice_and_the_same_bytes_in_two(tmp_path: Path) -> None:
    place = local(tmp_path / "disk")
    kept = opened(place)
    for name in ("one", "two"):
        kept.admit(package_of(tmp_path / name))
    report = kept.fsck()
    assert (report.problems, report.orphans, report.packages) == ([], [], 2)


def operations(tmp_path: Path) -> int:
    port = FaultyPort()
    place = local(tmp_path / "count", port)
    port.count = 0
    opened(place).admit(package_of(tmp_path / "count-work"))
    return port.count


@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("kind", ["EIO", "ENOSPC", "kill"])
def test_failing_at_every_file_operation(tmp_path: Path, kind: str, step: int) -> None:
    """Never a blob without its key; the same call finishes the work; what is left behind is listed."""
    package, total = package_of(tmp_path / "work"), operations(tmp_path)
    for at in range(5, total + 1, step):
        folder = tmp_path / f"{kind}-{at}"
        port = FaultyPort()
        place = local(folder, port)
        port.count, port.at, port.once = 0, at, kind != "ENOSPC"
        port.error = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "kill": None}[kind]
        if kind == "kill":
            pid = os.fork()
            if pid == 0:
                opened(place).admit(package)
                os._exit(0)
            os.waitpid(pid, 0)
        else:
            with contextlib.suppress(StorageError):
                opened(place).admit(package)
        after = opened(local(folder))
        assert after.fsck().problems == [], at
        after.admit(package)
        report = after.fsck()
        assert report.problems == [], at
        left = [one for one in report.orphans if not one.startswith(("tmp/", "key "))]
        assert left == [], at
        assert b"PLANTED" not in everything(folder)
        shutil.rmtree(folder)


def test_deleting_takes_the_keys_first(tmp_path: Path) -> None:
    place = local(tmp_path)
    place.put_new(blob_key(NAME), SECRET)
    copy = MemoryBackend()
    copy.put_new(blob_key(NAME), place.inner.get(blob_key(NAME)))
    place.delete(blob_key(NAME))
    assert list(place.keys.wraps()) == []
    with pytest.raises(BlobKeyMissingError):  # a forgotten copy of the bytes says nothing any more
        EncryptedBackend(copy, place.keys).get(blob_key(NAME))


def test_a_deletion_cut_off_after_the_keys_goes_on_and_can_be_written_again(tmp_path: Path) -> None:
    place = local(tmp_path)
    place.put_new(blob_key(NAME), SECRET)
    place.keys.drop(NAME)
    with pytest.raises(BlobKeyMissingError):
        place.get(blob_key(NAME))
    place.put_new(blob_key(NAME), SECRET)
    assert place.get(blob_key(NAME)) == SECRET
    place.keys.drop(NAME)
    place.delete(blob_key(NAME))
    assert not place.exists(blob_key(NAME))


def test_wrong_bytes_conflicts_and_races() -> None:
    place, other = vault(MemoryBackend()), vault(MemoryBackend())
    with pytest.raises(DigestMismatchError):
        place.put_new(blob_key(NAME), b"other")
    assert not place.exists(blob_key(NAME))
    with pytest.raises(KeyRefusedError):
        place.swap(blob_key(NAME), None, SECRET)
    with place.batch() as batch:
        batch.write(blob_key(NAME), (SECRET,))
        batch.sync()
        place.put_new(blob_key(NAME), SECRET)
        with pytest.raises(WriteRacedError):
            batch.link()
    assert place.get(blob_key(NAME)) == SECRET
    assert list(place.leftovers()) == []
    other.put_new(blob_key(NAME), SECRET)
    damaged = bytearray(other.inner.get(blob_key(NAME)))
    damaged[500] ^= 1
    other.inner.delete(blob_key(NAME))
    other.inner.put_new(blob_key(NAME), bytes(damaged))
    with pytest.raises(BlobDamagedError):
        other.get(blob_key(NAME))
    with pytest.raises(ObjectConflictError):
        other.put_new(blob_key(NAME), SECRET)


def test_without_the_root_key_nothing_is_said_about_evidence(tmp_path: Path) -> None:
    place, package = local(tmp_path / "disk"), package_of(tmp_path / "work")
    opened(place).admit(package)
    stranger = EncryptedBackend(place.inner, KeyPlace(place.keys.place, PlainRootKey.generate()))
    with pytest.raises(KeysLockedError):
        scrub_package(opened(stranger), package.package_id)
    away = EncryptedBackend(place.inner, KeyPlace(MemoryBackend(), ROOT))
    with pytest.raises(KeysAwayError):
        scrub_package(opened(away), package.package_id)
    with pytest.raises(KeysAwayError):
        opened(away).admit(package_of(tmp_path / "more"))


def test_replica_compare_and_mending_without_keys(tmp_path: Path) -> None:
    place, package = local(tmp_path / "disk"), package_of(tmp_path / "work")
    kept = opened(place)
    kept.admit(package)
    replica = LocalBackend(tmp_path / "replica")
    assert replicate(stored(place), replica).damaged == []
    assert compare(stored(place), replica).alike
    assert b"PLANTED" not in everything(tmp_path / "replica")
    restored = opened(EncryptedBackend(replica, place.keys))
    assert restored.fsck().problems == []
    assert restored.read_file(package.package_id, "data/text.txt") == SECRET
    path = tmp_path / "disk" / "store" / blob_key(NAME)
    damaged = bytearray(path.read_bytes())
    damaged[70_000] ^= 1
    path.write_bytes(damaged)
    assert compare(stored(place), replica).damaged == [blob_key(NAME)]
    assert replicate(stored(place), LocalBackend(tmp_path / "third")).damaged == [blob_key(NAME)]
    assert next(one.error.code for one in kept.fsck().problems) == "evidence.blob_damaged"
    found = scrub_package(kept, package.package_id, mend=mender(place, replica))
    assert found.outcome == "mended"
    assert kept.read_file(package.package_id, "data/text.txt") == SECRET
    assert kept.fsck().problems == []
    path.unlink()
    assert scrub_package(kept, package.package_id, mend=mender(place, replica)).outcome == "mended"
    assert b"PLANTED" not in everything(tmp_path / "disk")


def test_leftover_keys_are_listed(tmp_path: Path) -> None:
    place = local(tmp_path)
    place.keys.keep({(NAME, bytes(16)): bytes(32)})
    assert [*opened(place).fsck().orphans] == [f"key {'00' * 16} of blob {NAME}: unfinished write"]
