"""kill -9 and failing disks at every step and file operation: orphans at most, never a reference without bytes."""

import errno
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from evidence_store import EvidenceStore, Package
from evidence_store.backends import LocalBackend
from evidence_store.failures import DiskFullError, StorageError
from tests.evidence_store.faults import FaultyPort
from tests.evidence_store.helpers import LOG, sealed, store

CONTEXT = multiprocessing.get_context("spawn")


def admit_and_die_at_step(folder: str, package: str, step: int) -> None:
    def die(done: int) -> None:
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    store(Path(folder), on_step=die).admit(Package.open(Path(package)))


def admit_and_die_at_operations(folder: str, package: str, operations: list[int]) -> None:
    """Fork for each: the child dies at one operation in a store of its own."""
    for at in operations:
        pid = os.fork()
        if pid == 0:
            port = FaultyPort()
            kept = EvidenceStore(LocalBackend(f"{folder}/{at}", port=port), log_signer=LOG)
            port.count, port.at, port.error = 0, at, None
            kept.admit(Package.open(Path(package)))
            os._exit(0)
        os.waitpid(pid, 0)


def check_after_crash(folder: Path, package: Package) -> None:
    """No contradiction; nothing refers to missing bytes; the same call finishes the work, once."""
    kept = store(folder)
    report = kept.fsck()
    assert report.problems == []
    receipt = kept.admit(package)
    assert receipt.log_index == 0
    assert kept.head().size == 1
    report = kept.fsck()
    assert report.problems == []
    assert [orphan for orphan in report.orphans if not orphan.startswith("tmp/")] == []
    assert kept.state(package.package_id).name == "logged"


STEPS = [pytest.param(step, marks=[] if step in (4, 5) else pytest.mark.slow) for step in range(1, 8)]


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_each_numbered_step(tmp_path: Path, step: int) -> None:
    package = sealed(tmp_path)
    child = CONTEXT.Process(target=admit_and_die_at_step, args=(str(tmp_path / "s"), str(package.path), step))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    kept = store(tmp_path / "s")
    assert kept.head().size == (1 if step >= 6 else 0)
    assert list(kept.packages()) == ([package.package_id] if step >= 4 else [])
    check_after_crash(tmp_path / "s", package)


def count_operations(tmp_path: Path, package: Package) -> int:
    port = FaultyPort()
    kept = EvidenceStore(LocalBackend(tmp_path / "count", port=port), log_signer=LOG)
    port.count = 0
    kept.admit(package)
    return port.count


def test_killed_at_file_operations(tmp_path: Path) -> None:
    package = sealed(tmp_path, contents={"a": b"1", "b": b"2"})
    total = count_operations(tmp_path, package)
    operations = list(range(1, total + 1, 8))
    child = CONTEXT.Process(
        target=admit_and_die_at_operations, args=(str(tmp_path / "k"), str(package.path), operations)
    )
    child.start()
    child.join(120)
    assert child.exitcode == 0
    for at in operations:
        check_after_crash(tmp_path / "k" / str(at), package)


@pytest.mark.slow
def test_killed_at_every_file_operation(tmp_path: Path) -> None:
    package = sealed(tmp_path)
    operations = list(range(1, count_operations(tmp_path, package) + 1))
    child = CONTEXT.Process(
        target=admit_and_die_at_operations, args=(str(tmp_path / "k"), str(package.path), operations)
    )
    child.start()
    child.join(300)
    assert child.exitcode == 0
    for at in operations:
        check_after_crash(tmp_path / "k" / str(at), package)


def seal_and_die_at_operations(folder: str, operations: list[int]) -> None:
    for at in operations:
        pid = os.fork()
        if pid == 0:
            sealed(Path(folder) / str(at), port=FaultyPort(at, None))
            os._exit(0)
        os.waitpid(pid, 0)


def test_killed_while_sealing(tmp_path: Path) -> None:
    """A package under its name is whole; what a killed process left is hidden and not a package."""
    count = FaultyPort()
    sealed(tmp_path / "count", port=count)
    operations = list(range(1, count.count + 1, 9)) + list(range(count.count - 3, count.count + 1))
    child = CONTEXT.Process(target=seal_and_die_at_operations, args=(str(tmp_path), operations))
    child.start()
    child.join(120)
    assert child.exitcode == 0
    whole = 0
    for at in operations:
        out = tmp_path / str(at) / "out"
        for item in out.iterdir() if out.exists() else ():
            if item.name.startswith("bianwu-"):
                whole += 1
                store("memory:").admit(Package.open(item))
            else:
                assert item.name.startswith(".bianwu-")
                assert item.name.endswith(".partial")
    assert 0 < whole < len(operations)


@pytest.mark.parametrize(("number", "once"), [(errno.EIO, True), (errno.ENOSPC, False)])
def test_disk_fails_at_file_operations(tmp_path: Path, number: int, once: bool) -> None:
    package = sealed(tmp_path, contents={"a": b"1", "b": b"2"})
    total = count_operations(tmp_path, package)
    failed = 0
    for at in range(1, total + 1, 5):
        folder = tmp_path / str(at)
        port = FaultyPort()
        kept = EvidenceStore(LocalBackend(folder, port=port), log_signer=LOG)
        port.count, port.at, port.error, port.once = 0, at, number, once
        error = None
        try:
            kept.admit(package)
        except StorageError as caught:
            error = caught
        if error is not None:
            failed += 1
            assert error.retryable
            assert isinstance(error, DiskFullError) == (number == errno.ENOSPC)
        check_after_crash(folder, package)
    assert failed > 10


def test_a_store_goes_on_after_the_disk_recovers(tmp_path: Path) -> None:
    port = FaultyPort()
    kept = EvidenceStore(LocalBackend(tmp_path / "s", port=port), log_signer=LOG)
    one, two = sealed(tmp_path / "1"), sealed(tmp_path / "2")
    kept.admit(one)
    port.count, port.at, port.error, port.once = 0, 40, errno.ENOSPC, False
    with pytest.raises(DiskFullError):
        kept.admit(two)
    port.at = 0
    assert kept.admit(two).log_index == 1
    assert kept.fsck().problems == []
