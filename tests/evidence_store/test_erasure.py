"""The payload goes, proof stays; shared bytes stay; nothing brings it back; stopped anywhere it goes on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence_store import layout
from evidence_store.backends import MemoryBackend
from evidence_store.digests import sha256_hex
from evidence_store.erasure import Erasure, erase, erase_copy, is_done
from evidence_store.failures import ObjectMissingError, StorageFailedError
from evidence_store.leaves import leaf_bytes
from evidence_store.mending import QUARANTINE, mender
from evidence_store.package import Package
from evidence_store.replica import compare, replicate
from evidence_store.scrub import scrub_package
from evidence_store.store import EvidenceStore
from evidence_store.tombstones import (
    ErasureUnfinishedError,
    PackageErasedError,
    Tombstone,
    done_key,
    tombstone_key,
    tombstone_of,
)
from evidence_store.vault import EncryptedBackend, KeyPlace, PlainRootKey
from tests.evidence_store import helpers

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DECISION = "d" * 64
SHARED = b"the same advertisement under two posts" * 50


@pytest.fixture
def place() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def store(place: MemoryBackend) -> EvidenceStore:
    return helpers.store(place)


def package(folder: Path, own: bytes, number: int = 1) -> Package:
    """A package with bytes of its own and bytes it shares."""
    contents = {"text.txt": own, "ad.png": SHARED, "copy.txt": own}
    return helpers.sealed(folder, contents=contents, seal_id=f"01K0000000000000000000000{number}")


def gone_from(place: Any, data: bytes) -> bool:
    """Whether no object of a place holds the bytes."""
    return not any(data in place.get(key) for key in place.list(""))


def erased(store: EvidenceStore, one: Package, **more: Any) -> Erasure:
    return erase(store, one.package_id, at=AT, decision=DECISION, **more)


def test_the_payload_goes_and_all_that_proves_it_stays(
    store: EvidenceStore, place: MemoryBackend, tmp_path: Path
) -> None:
    one = package(tmp_path, b"a private matter")
    receipt = store.admit(one)
    done = erased(store, one)
    assert (done.blobs, done.shared, done.seal_id) == (2, 0, one.seal_id)
    assert gone_from(place, b"a private matter")
    assert gone_from(place, SHARED)
    for name in (*layout.SEALED, layout.SEAL_SHA256, layout.SEAL_SM3, layout.SEAL_NOTE):
        assert store.read_file(one.package_id, name) == one.read(name)
    stone = tombstone_of(place, one.package_id)
    assert stone is not None

    assert (stone.leaf()["t"], stone.leaf()["ref"], stone.decision) == ("erase", one.seal_id, DECISION)
    store.log.proof(done.log_index).check(leaf_bytes(stone.leaf()))
    assert done.checkpoint.size > done.log_index > receipt.log_index
    assert erased(store, one) == done  # again changes nothing
    report = store.fsck()
    assert (report.ok, report.orphans, report.erased) == (True, [], 1)
    assert scrub_package(store, one.package_id).outcome == "intact"
    assert store.state(one.package_id).name == "logged"


def test_what_needs_the_bytes_is_refused_in_plain_words(store: EvidenceStore, tmp_path: Path) -> None:
    one = package(tmp_path, b"x")
    store.admit(one)
    erased(store, one)
    acts: list[Callable[[], object]] = [
        lambda: store.admit(one), lambda: store.export(one.package_id, tmp_path / "given"),
        lambda: store.export(one.package_id, tmp_path / "given", as_zip=True),
        lambda: store.open_file(one.package_id, "data/text.txt"),
        lambda: store.read_file(one.package_id, "data/ad.png"),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(PackageErasedError) as refused:
            act()
        assert "依法处置" in refused.value.message("zh")
    assert not (tmp_path / "given").exists()


def test_bytes_of_a_package_that_is_kept_stay(store: EvidenceStore, place: MemoryBackend, tmp_path: Path) -> None:
    one, two = package(tmp_path / "1", b"one", 1), package(tmp_path / "2", b"two", 2)
    store.admit(one)
    store.admit(two)
    assert (erased(store, one).blobs, erased(store, one).shared) == (1, 1)
    assert store.read_file(two.package_id, "data/ad.png") == SHARED
    with pytest.raises(PackageErasedError):  # the bytes are there, and yet not this package's any more
        store.read_file(one.package_id, "data/ad.png")
    assert store.fsck().ok
    assert erased(store, two).shared == 0
    assert gone_from(place, SHARED)
    assert store.fsck().ok


def test_the_same_bytes_in_new_evidence_are_kept_again(store: EvidenceStore, tmp_path: Path) -> None:
    one, two = package(tmp_path / "1", b"one", 1), package(tmp_path / "2", b"two", 2)
    store.admit(one)
    erased(store, one)
    store.admit(two)
    assert store.read_file(two.package_id, "data/ad.png") == SHARED
    assert store.fsck().ok


class Failing(MemoryBackend):
    """Fails once, at one change of an object."""

    def __init__(self, objects: MemoryBackend) -> None:
        super().__init__()
        self.__dict__.update(objects.__dict__)
        self.at = self.count = 0

    def _one(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise StorageFailedError("injected")

    def put_new(self, key: str, data: bytes) -> bool:
        self._one()
        return super().put_new(key, data)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        self._one()
        return super().swap(key, old, new)

    def delete(self, key: str) -> None:
        self._one()
        super().delete(key)


def stops(run: Callable[[Failing, int], None]) -> Iterator[int]:
    """Run with a failure at the first change, at the second …, until a run needs no failure."""
    for at in range(1, 40):
        failing = Failing(MemoryBackend())
        run(failing, at)
        if failing.count < at:
            return
        yield at
    raise AssertionError("it never ends")


def test_stopped_at_any_step_it_goes_on(tmp_path: Path) -> None:
    one, two = package(tmp_path / "1", b"a private matter", 1), package(tmp_path / "2", b"two", 2)

    def run(place: Failing, at: int) -> None:
        store = helpers.store(place)
        store.admit(one)
        store.admit(two)
        place.count, place.at = 0, at
        try:
            erased(store, one)
        except StorageFailedError:
            # Nobody may read, and nothing is half said: it is kept, or it is erased.
            assert is_done(place, one.package_id) is False
        place.at = 0
        again = helpers.store(place)
        done = erased(again, one)
        assert (done.blobs, done.shared) == (1, 1)
        assert gone_from(place, b"a private matter")
        report = again.fsck()
        assert report.ok, report.problems
        assert report.orphans == []
        assert again.read_file(two.package_id, "data/ad.png") == SHARED
        place.at, place.count = at, place.count

    assert len(list(stops(run))) >= 5


def test_an_admission_in_the_middle_of_an_erasure_loses_no_byte(
    store: EvidenceStore, place: MemoryBackend, tmp_path: Path
) -> None:
    one, two = package(tmp_path / "1", b"one", 1), package(tmp_path / "2", b"two", 2)
    store.admit(one)
    met: list[str] = []

    def meanwhile(step: str) -> None:
        if step == "deleted" and not met:  # it has looked which bytes are referred to, and begun to delete
            met.append(step)
            with pytest.raises(ErasureUnfinishedError):
                store.admit(two)

    erased(store, one, on_step=meanwhile)
    assert met
    store.admit(two)
    assert store.read_file(two.package_id, "data/ad.png") == SHARED
    assert store.fsck().ok


def test_the_second_place_follows_and_nothing_comes_back(
    store: EvidenceStore, place: MemoryBackend, tmp_path: Path
) -> None:
    one, two = package(tmp_path / "1", b"a private matter", 1), package(tmp_path / "2", b"two", 2)
    store.admit(one)
    store.admit(two)
    other = MemoryBackend()
    replicate(place, other)
    text = next(item for item in one.files if item.path == "data/text.txt")
    key = layout.blob_key(text.sha256)
    erased(store, one)
    assert compare(place, other).only_there == [key]  # named until it is gone there too
    mend = mender(place, other)
    assert mend(key) is False  # a replica still has it; it does not come back
    assert not place.exists(key)
    assert erase_copy(place, other) == 1
    assert erase_copy(place, other) == 0
    replicate(place, other)
    assert compare(place, other).alike
    assert gone_from(other, b"a private matter")
    assert helpers.store(other).fsck().ok
    other.put_new(key, b"a private matter")  # an older run of the copy was still going
    assert replicate(place, other).erased == 1
    assert gone_from(other, b"a private matter")
    shared = layout.blob_key(next(item.sha256 for item in one.files if item.path == "data/ad.png"))
    place.delete(shared)
    assert mend(shared) is True  # of a kept package: it is put right as ever


def test_stopped_anywhere_on_the_second_place_it_goes_on(tmp_path: Path) -> None:
    one = package(tmp_path, b"a private matter")

    def run(other: Failing, at: int) -> None:
        place = MemoryBackend()
        store = helpers.store(place)
        store.admit(one)
        replicate(place, other)
        erased(store, one)
        other.count, other.at = 0, at
        try:
            erase_copy(place, other)
        except StorageFailedError:
            assert not is_done(other, one.package_id)
        other.at = 0
        erase_copy(place, other)
        assert gone_from(other, b"a private matter")
        assert is_done(other, one.package_id)
        other.at = at

    assert len(list(stops(run))) >= 4


def test_what_was_set_aside_of_it_goes_too(store: EvidenceStore, place: MemoryBackend, tmp_path: Path) -> None:
    one = package(tmp_path, b"a private matter")
    store.admit(one)
    other = MemoryBackend()
    replicate(place, other)
    key = layout.blob_key(next(item.sha256 for item in one.files if item.path == "data/text.txt"))
    place.delete(key)
    place._objects[key] = b"a private matter, damaged"
    assert mender(place, other)(key)
    assert not gone_from(place, b"a private matter, damaged")
    replicate(place, other)
    erased(store, one)
    erase_copy(place, other)
    for side in (place, other):
        assert gone_from(side, b"a private matter, damaged")
        assert list(side.list(QUARANTINE)) == []


@pytest.mark.parametrize("lie", ["no leaf", "other blobs", "bytes back", "not a tombstone", "mark taken away"])
def test_a_tombstone_that_is_not_as_logged_is_told(
    store: EvidenceStore, place: MemoryBackend, tmp_path: Path, lie: str
) -> None:
    one = package(tmp_path, b"a private matter")
    store.admit(one)
    blobs = tuple(sorted({item.sha256 for item in one.files if item.path.startswith(layout.DATA)}))
    stone = Tombstone(one.package_id, one.seal_id, "2026-11-24T02:00:00Z", DECISION, blobs)
    if lie == "bytes back":
        erased(store, one)
        place.put_new(layout.blob_key(blobs[0]), b"a private matter")
    elif lie == "mark taken away":
        erased(store, one)
        for digest, data in ((sha256_hex(data), data) for data in (b"a private matter", SHARED)):
            place.put_new(layout.blob_key(digest), data)
        place.delete(tombstone_key(one.package_id))
        place.delete(done_key(one.package_id))
    elif lie == "not a tombstone":
        place.put_new(tombstone_key(one.package_id), b"{}")
    else:
        told = stone if lie == "no leaf" else Tombstone(one.package_id, one.seal_id, stone.at, DECISION, blobs[:1])
        for digest in blobs:
            place.delete(layout.blob_key(digest))
        place.put_new(tombstone_key(one.package_id), told.to_bytes())
        place.put_new(done_key(one.package_id), b"{}")
    assert not store.fsck().ok


def test_no_package_no_erasure(store: EvidenceStore) -> None:
    with pytest.raises(ObjectMissingError):
        erase(store, "0" * 64, at=AT, decision=DECISION)
    assert store.head().size == 0


def test_an_unfinished_erasure_is_told_and_bars_reading(
    store: EvidenceStore, place: MemoryBackend, tmp_path: Path
) -> None:
    one = package(tmp_path, b"x")
    store.admit(one)

    def stop(step: str) -> None:
        if step == "marked":
            raise StorageFailedError("injected")

    with pytest.raises(StorageFailedError):
        erased(store, one, on_step=stop)
    with pytest.raises(PackageErasedError):
        store.read_file(one.package_id, "data/text.txt")
    assert any("has not ended" in line for line in store.fsck().orphans)
    assert erase_copy(place, MemoryBackend()) == 0


def test_an_encrypted_store_loses_bytes_and_keys(tmp_path: Path) -> None:
    inner, keys = MemoryBackend(), MemoryBackend()
    rooted = KeyPlace(keys, PlainRootKey(b"planted-root-key-of-32-bytes-..!"))
    rooted.create()
    store = helpers.store(EncryptedBackend(inner, rooted))
    one, two = package(tmp_path / "1", b"a private matter", 1), package(tmp_path / "2", b"two", 2)
    store.admit(one)
    store.admit(two)
    other = MemoryBackend()
    replicate(inner, other)
    digests = {item.path: item.sha256 for item in one.files}
    key = layout.blob_key(digests["data/text.txt"])
    before = len(list(keys.list("")))
    assert (erased(store, one).blobs, erased(store, one).shared) == (1, 1)
    assert not inner.exists(key)
    assert len(list(keys.list(""))) < before
    assert store.read_file(two.package_id, "data/ad.png") == SHARED
    assert erase_copy(store.backend, other) == 1
    assert not other.exists(key)
    report = store.fsck()
    assert (report.problems, report.orphans) == ([], [])
