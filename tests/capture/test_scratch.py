"""Temporary folders: kept while their process lives, gone after it."""

import os
import tempfile
from pathlib import Path

import pytest

from capture import scratch


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_survives_the_sweep(place: Path) -> None:
    folder = scratch.new_folder("relay")
    assert folder.parent == place
    assert folder.stat().st_mode & 0o777 == 0o700
    assert scratch.sweep() == 0
    assert folder.exists()


def test_the_folders_of_the_dead_are_removed(place: Path) -> None:
    dead = place / "bianwu-relay-4194304999-1-abc"
    reused = place / f"bianwu-chromium-{os.getpid()}-1-abc"
    others = [place / "bianwu-demo-xyz", place / "bianwu-relay-abc-1-x", place / "other-relay-1-1-x"]
    for folder in (dead, reused, *others):
        folder.mkdir()
        (folder / "file").write_text("x", encoding="utf-8")
    assert scratch.sweep() == 2
    assert not dead.exists()
    assert not reused.exists()
    assert all(folder.exists() for folder in others)


def test_a_link_is_never_followed(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    precious = tmp_path_factory.mktemp("precious")
    (place / "bianwu-relay-4194304999-1-abc").symlink_to(precious)
    assert scratch.sweep() == 0
    assert precious.exists()
