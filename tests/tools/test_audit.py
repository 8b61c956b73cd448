"""What an audit of the dependencies may call clean."""

from __future__ import annotations

from typing import Any

import pytest

from tools.audit import verdict

CLEAN: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
FAULTY: dict[str, Any] = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED: dict[str, Any] = {"name": "c", "version": "3", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ([CLEAN, CLEAN], 0, "2 dependencies"),
        ([CLEAN, FAULTY], 1, "b 2: PYSEC-1"),
        ([FAULTY, SKIPPED], 1, "PYSEC-1"),
        ([CLEAN, SKIPPED], 1, "could not be looked up: c"),
        ([SKIPPED, SKIPPED], 0, "NOT AUDITED"),
    ],
)
def test_only_what_was_looked_up_is_clean(rows: list[dict[str, Any]], code: int, words: str) -> None:
    found, said = verdict(rows)
    assert found == code
    assert words in said
