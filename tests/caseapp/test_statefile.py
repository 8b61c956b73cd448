"""Small state files: read back as written; what cannot be read counts for nothing."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from caseapp.statefile import load_state, save_state


@dataclass(frozen=True)
class Seen:
    at: str = ""
    lacking: int = 0


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    assert load_state(path, Seen) is None
    save_state(path, Seen("今天", 2))
    save_state(path, Seen("今天", 3))
    assert load_state(path, Seen) == Seen("今天", 3)
    assert [one.name for one in tmp_path.iterdir()] == ["seen.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", '{"other": 1}', "\ufeff{}"])
def test_what_is_not_one_counts_for_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seen.json"
    path.write_text(text, encoding="utf-8")
    assert load_state(path, Seen) is None
