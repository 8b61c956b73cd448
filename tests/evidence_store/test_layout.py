"""Which names a package can carry, and how keys are spelled."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store import layout
from evidence_store.backends.base import check_key
from evidence_store.collect import fitting_name
from evidence_store.errors import NameRefusedError, TileError

BAD = [
    "", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\\b", "a\nb", "a\0b", "a%b", "a:b", "a*b", "a?b",
    'a"b', "a<b", "a>b", "a|b", " a", "a ", "a.", "a/b.", "e\u0301", "\ud800", "a\u202eb", "a\u2028b", "x" * 256,
    "/".join(["x" * 200] * 6), "a\x7f",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD)
def test_refused(path: str) -> None:
    with pytest.raises(NameRefusedError):
        layout.check_path(path)


@pytest.mark.parametrize("path", ["a", ".hidden", "a b", "正文 一.html", "data/x.y/z", "é", "a-b_c~d(1)", "x" * 255])
def test_accepted(path: str) -> None:
    assert layout.check_path(path) == path


@pytest.mark.parametrize("paths", [["a", "A"], ["x/é", "X/É"], ["a", "a/b"], ["A", "a/b/c"]])
def test_refused_side_by_side(paths: list[str]) -> None:
    with pytest.raises(NameRefusedError):
        layout.check_paths(paths)


def test_sorted_by_bytes() -> None:
    assert layout.check_paths(["é", "z", "a/b", "a-b"]) == ["a-b", "a/b", "z", "é"]


@given(st.text(max_size=300))
def test_any_name_can_be_made_fitting(name: str) -> None:
    assert layout.check_path(fitting_name(name.replace("/", "_")))


@pytest.mark.parametrize(("number", "text"), [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")])
def test_numbers_as_tlog_tiles_spell_them(number: int, text: str) -> None:
    assert layout.numbered(number) == text


@given(st.integers(0, 2**40), st.integers(1, 256))
def test_every_key_is_acceptable(number: int, width: int) -> None:
    keys = [
        layout.tile_key(3, number, width),
        layout.bundle_key(number, width),
        layout.batch_key(number),
        layout.archived_checkpoint_key(number),
        layout.blob_key(f"{number:064x}"),
        layout.package_key(f"{number:064x}"),
        layout.stamp_key(f"{number:064x}", 7),
        layout.seal_key("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        layout.LOG_HEAD,
    ]
    assert [check_key(key) for key in keys] == keys
    assert all(re.fullmatch(r"[\x21-\x7e]+", key) for key in keys)


@pytest.mark.parametrize(
    ("number", "name"), [(0, "a"), (100, "a"), (1, ""), (1, "A"), (1, "a/b"), (1, "-a"), (1, "a" * 33)]
)
def test_stamp_names(number: int, name: str) -> None:
    with pytest.raises(NameRefusedError):
        layout.stamp_stem(number, name)


@given(st.sampled_from(["0", "3", "entries"]), st.integers(0, 2**40), st.integers(1, 256))
def test_log_keys_are_read_back(kind: str, number: int, width: int) -> None:
    key = layout.bundle_key(number, width) if kind == "entries" else layout.tile_key(int(kind), number, width)
    assert layout.parse_tile_key(key) == (kind, number, width)
    assert layout.parse_batch_key(layout.batch_key(number)) == number


@pytest.mark.parametrize(
    "key", ["", "log/tile/0", "log/tile/0/1", "log/tile/0/001.p/0", "log/batch/1", "log/tile/a/000"]
)
def test_other_log_keys(key: str) -> None:
    with pytest.raises(TileError):
        layout.parse_tile_key(key)
    with pytest.raises(TileError):
        layout.parse_batch_key(key)


def test_forms() -> None:
    assert layout.is_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert not any(
        layout.is_ulid(text) for text in ("01arz3ndektsv4rrffq69g5fav", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "", None)
    )
    assert layout.is_hex256("0" * 64)
    assert not any(layout.is_hex256(text) for text in ("0" * 63, "A" * 64, "0" * 64 + "\n", 5))
