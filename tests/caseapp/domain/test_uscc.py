"""统一社会信用代码: what is one, and what was copied wrongly."""

from __future__ import annotations

import pytest

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.uscc import ALPHABET, clean_uscc

GOOD = "91990100FAKE00013D"


@pytest.mark.parametrize("text", [GOOD, f" {GOOD[:9]} {GOOD[9:]}\n", GOOD.lower()])
def test_a_code_is_taken_as_it_is_printed_on_a_licence(text: str) -> None:
    assert clean_uscc(text) == GOOD


@pytest.mark.parametrize("text", ["", "123", f"{GOOD}0", GOOD.replace("F", "I"), "９" + GOOD[1:], "<script>" * 3])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="18"):
        clean_uscc(text)


def test_every_single_wrong_character_is_found() -> None:
    for place in range(len(GOOD)):
        for char in set(ALPHABET) - {GOOD[place]}:
            with pytest.raises(InvalidInputError, match="business licence"):
                clean_uscc(GOOD[:place] + char + GOOD[place + 1 :])
