"""No cell that leaves the house is run by a spreadsheet."""

from __future__ import annotations

import pytest

from caseapp.domain.spreadsheets import inert


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"), ("+86", "'+86"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("", ""), ("诉讼", "诉讼"), ("1=1", "1=1"),
    ],
)  # fmt: skip
def test_a_formula_becomes_text(typed: str, written: str) -> None:
    assert inert(typed) == written
