"""A second place: everything is there and read back, a cut run goes on, forks and damage are named, nothing deleted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.backends import LocalBackend, MemoryBackend
from evidence_store.failures import DigestMismatchError, LogForkError, StorageFailedError
from evidence_store.replica import compare, replicate
from tests.evidence_store import helpers


@pytest.fixture
def kept(tmp_path: Path) -> LocalBackend:
    place = LocalBackend(tmp_path / "first")
    helpers.store(place).admit(helpers.sealed(tmp_path / "work"))
    return place


def test_the_second_place_can_stand_in_for_the_first(kept: LocalBackend, tmp_path: Path) -> None:
    kept.put_new("quarantine/" + "0" * 64, b"set aside when something was mended")
    before = {key: kept.get(key) for key in kept.list("")}
    other = LocalBackend(tmp_path / "second")
    done = replicate(kept, other)
    assert (done.objects, done.copied, done.damaged) == (len(before), len(before) - 1, [])  # the head is not an object
    assert compare(kept, other).alike
    assert {key: kept.get(key) for key in kept.list("")} == before
    moved = helpers.store(other)
    assert not moved.fsck().problems
    assert replicate(kept, other).copied == 0
    moved.append(leaf_of_other())
    with pytest.raises(LogForkError):  # it is ahead now: it became the first
        replicate(kept, other)


def leaf_of_other() -> dict[str, object]:
    from tests.evidence_store.test_log import leaf

    return dict(leaf(7))


class Dying(MemoryBackend):
    """Fails at one write."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def put_new(self, key: str, data: bytes) -> bool:
        if self.left == 0:
            raise StorageFailedError(key)
        self.left -= 1
        return super().put_new(key, data)


def test_a_run_cut_off_anywhere_refers_to_nothing_missing_and_goes_on(kept: LocalBackend) -> None:
    total = len(list(kept.list(""))) - 1
    for at in range(0, total, 3):
        other = Dying(at)
        with pytest.raises(StorageFailedError):
            replicate(kept, other)
        found = helpers.store(other).fsck() if other.exists("log/checkpoint") else None
        assert found is None
        packages = [key for key in other.list("packages/") if key.endswith("package.json")]
        assert not packages or set(kept.list("blobs/")) == set(other.list("blobs/"))
        other.left = -1
        assert replicate(kept, other).copied == total - at
        assert compare(kept, other).alike


def test_killed_and_run_again(kept: LocalBackend, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from evidence_store.backends import LocalBackend; from evidence_store import replica;"
        "replica._GROUP = 2; ends = iter(range(3));"
        "replica.replicate(LocalBackend(sys.argv[1]), LocalBackend(sys.argv[2]),"
        "watch=lambda _: next(ends, None) is None and os.kill(os.getpid(), signal.SIGKILL))"
    )
    other = tmp_path / "second"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(kept.root), str(other)], check=False, env={"PATH": os.defpath}
    )
    assert ended.returncode == -signal.SIGKILL
    there = LocalBackend(other)
    assert 0 < len(list(there.list(""))) < len(list(kept.list("")))
    replicate(kept, there)
    assert compare(kept, there).alike


def test_another_history_and_damage_are_named(kept: LocalBackend, tmp_path: Path) -> None:
    foreign = MemoryBackend()
    helpers.store(foreign).append(leaf_of_other())
    with pytest.raises(LogForkError):
        replicate(kept, foreign)
    assert len(list(foreign.list("blobs/"))) == 0
    key = next(kept.list("blobs/"))
    path = kept.path(key)
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"x" + data[1:])
    other = MemoryBackend()
    assert replicate(kept, other).damaged == [key]
    assert not other.exists(key)
    assert compare(kept, other).missing == [key]
    path.write_bytes(data)
    replicate(kept, other)
    other._objects[key] = b"other"
    other._objects["log/extra"] = b""
    found = compare(kept, other)
    assert (found.damaged, found.only_there, found.alike) == ([key], ["log/extra"], False)


class Lying(MemoryBackend):
    """Gives back other bytes than it was given."""

    def put_new(self, key: str, data: bytes) -> bool:
        return super().put_new(key, data + b"!")


def test_a_second_place_that_keeps_other_bytes_is_noticed(kept: LocalBackend) -> None:
    with pytest.raises(DigestMismatchError):
        replicate(kept, Lying())
