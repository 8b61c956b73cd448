"""Typed words are kept whole or refused."""

import pytest

from caseapp.domain.errors import InvalidInputError
from caseapp.services.typed import REASON, typed


def test_words_are_kept_whole_without_the_blanks_around_them() -> None:
    assert typed(" 甲\x00乙 ", REASON, 3) == "甲\u2400乙"
    assert typed("", REASON, 3) == ""


def test_what_has_no_room_is_refused_with_its_field_and_the_limit() -> None:
    with pytest.raises(InvalidInputError) as refused:
        typed("四个字了", REASON, 3)
    assert "理由" in refused.value.message("zh")
    assert "3" in refused.value.message("en")
