"""Files from a command line: names made fitting, twins told apart, originals on record."""

import os
from pathlib import Path

import pytest

from evidence_store import layout
from evidence_store.collect import collect
from evidence_store.errors import FileRefusedError


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_folder(tmp_path: Path) -> None:
    files, originals = collect([make(tmp_path / "in", "a.txt", "子/b%.txt", "e\u0301")])
    assert set(files) == {"a.txt", "子/b_.txt", "é"}
    assert originals == {"子/b_.txt": "子/b%.txt", "é": "e\u0301"}
    assert layout.check_paths(files)


def test_several_arguments_keep_their_names(tmp_path: Path) -> None:
    make(tmp_path, "one/a", "two/a", "c.txt")
    files, originals = collect([tmp_path / "one", tmp_path / "two", tmp_path / "c.txt"])
    assert set(files) == {"one/a", "two/a", "c.txt"}
    assert originals == {}


def test_twins(tmp_path: Path) -> None:
    files, originals = collect([make(tmp_path / "in", "a%.txt", "a:.txt", "A_.txt", "..x", "b. ")])
    assert len(files) == 5
    assert layout.check_paths(files)
    assert sorted(originals.values()) == sorted(set(originals.values()))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "a")
    os.close(os.open(os.fsencode(folder) + b"/\xff\xfe", os.O_CREAT))
    files, originals = collect([folder])
    assert layout.check_paths(files)
    assert all(name.encode() for name in originals.values())


def test_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileRefusedError):
        collect([tmp_path / "empty"])
    with pytest.raises(FileRefusedError):
        collect([])
