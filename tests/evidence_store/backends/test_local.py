"""Plain files: failing disks, foreign files, links, and locks."""

import contextlib
import errno
import multiprocessing
from pathlib import Path

import pytest

from evidence_store.backends import LocalBackend, local
from evidence_store.errors import EvidenceError
from evidence_store.failures import DiskFullError, KeyRefusedError, LogBusyError, StorageFailedError
from tests.evidence_store.faults import FaultyPort


def work(backend: LocalBackend) -> None:
    backend.put_new("a/one", b"1")
    backend.swap("head", None, b"0")
    backend.swap("head", b"0", b"1")
    with backend.batch() as batch:
        for number in range(4):
            batch.write(f"b/{number}/x", (b"%d" % number,))
        batch.sync()
        batch.link()
        batch.settle()


def operations(folder: Path) -> int:
    port = FaultyPort()
    backend = LocalBackend(folder, port=port)
    port.count = 0
    work(backend)
    return port.count


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EIO, StorageFailedError)])
def test_failing_at_every_operation(tmp_path: Path, number: int, kind: type[EvidenceError]) -> None:
    total = operations(tmp_path / "count")
    assert total > 20
    for at in range(1, total + 1):
        port = FaultyPort()
        backend = LocalBackend(tmp_path / str(at), port=port)
        port.count, port.at, port.error = 0, at, number
        with contextlib.suppress(kind):
            work(backend)
        fresh = LocalBackend(tmp_path / str(at))
        if fresh.exists("head"):
            assert fresh.get("head") in (b"0", b"1")
        for key in fresh.list(""):
            assert key == "head" or fresh.get(key) in (b"0", b"1", b"2", b"3")
        fresh.put_new("a/one", b"1")  # what was begun can be done again
        fresh.put_new("b/3/x", b"3")


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailedError):
        LocalBackend(tmp_path / "file")
    with pytest.raises(StorageFailedError):
        LocalBackend(tmp_path / "file" / "below")


def test_links_are_not_followed(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "s")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "s" / "x").symlink_to(tmp_path / "secret")
    with pytest.raises(StorageFailedError):
        backend.get("x")


def test_own_folders_are_not_objects(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path)
    for key in ("tmp/x", "lock/log"):
        with pytest.raises(KeyRefusedError):
            backend.put_new(key, b"")
    (tmp_path / "tmp" / "left").write_bytes(b"")
    assert list(backend.leftovers()) == ["tmp/left"]
    assert list(backend.list("")) == []


def test_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr("evidence_store.files.os.link", link)
    backend = LocalBackend(tmp_path)
    assert backend.put_new("a", b"1")
    assert not backend.put_new("a", b"1")
    with backend.batch() as batch:
        batch.write("a", (b"1",))
        batch.sync()
        batch.link()
        batch.settle()
    assert backend.get("a") == b"1"
    assert list(backend.leftovers()) == []


def hold(folder: str, ready: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event") -> None:
    with LocalBackend(folder).exclusive("log"):
        ready.set()
        done.wait(30)


def test_a_lock_held_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_LOCK_SECONDS", 0.05)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    child = context.Process(target=hold, args=(str(tmp_path), ready, done))
    child.start()
    assert ready.wait(30)
    with pytest.raises(LogBusyError), LocalBackend(tmp_path).exclusive("log"):
        pass
    child.kill()  # the lock ends with its holder
    child.join()
    with LocalBackend(tmp_path).exclusive("log"):
        pass
