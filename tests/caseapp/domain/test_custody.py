"""What a custody event is called: a verification that failed says so wherever the chain is read."""

from __future__ import annotations

import pytest

from caseapp.domain.custody import CUSTODY, FILED, OUTCOME, deed


@pytest.mark.parametrize(
    ("kind", "outcome", "zh", "en"),
    [
        ("verify", "FAIL", "校验 · 有不符", "verified · not in order"),
        ("verify", "done", "校验", "verified"),
        ("verify", "", "校验", "verified"),
        ("fixity", "mended", "例行校验 · 已由副本修复", "routine check · mended from a replica"),
        ("transfer_in", FILED, "接收 · 归档", "taken in · filed"),
        ("unheard", "odd", "unheard · odd", "unheard · odd"),
    ],
)
def test_the_deed_and_how_it_ended(kind: str, outcome: str, zh: str, en: str) -> None:
    said = deed(kind, outcome)
    assert (said.text("zh"), said.text("en")) == (zh, en)


def test_every_word_is_said_in_both_languages() -> None:
    for label in (*CUSTODY.values(), *OUTCOME.values()):
        assert label.zh
        assert label.en.isascii()
