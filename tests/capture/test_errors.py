"""Every error a person may meet: a stable code, two languages, what to do."""

from collections.abc import Iterator

import pytest

from capture import errors
from capture.errors import CaptureError


def tree(kind: type[CaptureError]) -> Iterator[type[CaptureError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == "capture.errors":
            yield from tree(child)


KINDS = list(tree(CaptureError))


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_both_languages_say_what_happened_and_what_to_do(kind: type[CaptureError]) -> None:
    error = kind("细节{x}")
    chinese, english = error.message("zh"), error.message("en")
    assert "。" in chinese
    assert english.rstrip().endswith((".", "”."))
    if kind is not errors.CredentialsInUrlError:
        assert "细节{x}" in chinese
        assert "细节{x}" in english
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert str(error) == english


def test_the_tree_is_drawn_in_the_docstring() -> None:
    drawn = errors.__doc__ or ""
    for kind in KINDS:
        assert f" {kind.__name__} " in drawn.replace("\n", " "), kind
