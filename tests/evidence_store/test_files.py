"""Single files: written once or replaced whole, never half."""

import errno
from pathlib import Path

import pytest

from evidence_store import files
from evidence_store.failures import DiskFullError, StorageError, StorageFailedError
from evidence_store.files import OS_PORT, read_file, replace_file, write_new
from tests.evidence_store.faults import FaultyPort


def test_write_new(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert write_new(path, b"one")
    assert not write_new(path, b"two")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_replace(tmp_path: Path) -> None:
    path = tmp_path / "x"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EDQUOT, DiskFullError), (errno.EIO, StorageFailedError)]
)
def test_failing_at_every_operation(tmp_path: Path, number: int, kind: type[StorageError]) -> None:
    for at in range(1, 6):
        path = tmp_path / f"{number}-{at}"
        path.write_bytes(b"old")
        with pytest.raises(kind):
            replace_file(path, b"new", port=FaultyPort(at, number, once=False))
        assert path.read_bytes() in (b"old", b"new")
        other = tmp_path / f"n{number}-{at}"
        with pytest.raises(kind):
            write_new(other, b"new", port=FaultyPort(at, number, once=False))
        assert not other.exists() or other.read_bytes() == b"new"


def test_read_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_file(tmp_path / "x", 5) == b"12345"
    with pytest.raises(StorageError):
        read_file(tmp_path / "x", 4)
    (tmp_path / "link").symlink_to("x")
    for path in (tmp_path / "link", tmp_path / "none", tmp_path):
        with pytest.raises(StorageError):
            read_file(path, 5)


def test_groups_without_syncfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / str(number) for number in range(4)]
    for path in paths:
        path.write_bytes(b"x")
    OS_PORT.sync_group(paths)
    OS_PORT.sync_folders([tmp_path] * 4)
    monkeypatch.setattr(files, "_SYNCFS", None)
    OS_PORT.sync_group(paths)
    OS_PORT.sync_folders([tmp_path] * 4)
    with pytest.raises(OSError, match="No such file"):
        OS_PORT.sync_group([tmp_path / "none"])


def test_a_failing_syncfs_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_SYNCFS", lambda _: -1)
    monkeypatch.setattr(files.ctypes, "get_errno", lambda: errno.EIO)
    paths = [tmp_path / str(number) for number in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    with pytest.raises(OSError, match="Input/output error"):
        OS_PORT.sync_group(paths)


def test_no_c_library_function() -> None:
    assert files._load("no_such_function_here") is None
