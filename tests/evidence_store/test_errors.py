"""Every error: a stable code of its own, a sentence in both languages that says what to do."""

import pytest

from evidence_store import errors, failures
from evidence_store.errors import EvidenceError


def tree(kind: type[EvidenceError]) -> list[type[EvidenceError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]


ALL = [kind for kind in tree(EvidenceError) if kind.__module__ in (errors.__name__, failures.__name__)]


def test_codes_are_unique_and_the_tree_is_drawn() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in ALL if kind.__name__ not in drawn] == []


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_messages(kind: type[EvidenceError]) -> None:
    error = kind("某处 x%{}")
    assert "某处 x%{}" in error.message("zh")
    assert "某处 x%{}" in error.message("en")
    assert error.message("zh").endswith("。")
    assert error.message("en").endswith(".")
    assert kind.code.startswith("evidence.")
    assert isinstance(kind.retryable, bool)
