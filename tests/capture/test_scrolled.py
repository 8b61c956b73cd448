"""When a page counts as one that holds only what is in view."""

import pytest

from capture.scrolled import is_virtualised


@pytest.mark.parametrize(
    ("seen", "lost", "verdict"),
    [(0, 0, False), (30, 0, False), (4, 2, False), (4, 3, True), (30, 6, False), (30, 7, True), (600, 590, True)],
)
def test_a_few_changed_words_are_no_virtual_list(seen: int, lost: int, verdict: bool) -> None:
    assert is_virtualised(seen, lost) is verdict
