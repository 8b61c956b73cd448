"""Both digests in one pass, whatever the pieces."""

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store import digests


def test_known_answers() -> None:
    # GB/T 32905-2016 appendix A
    assert digests.sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digests.sm3_hex(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert digests.sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.integers(1, 200_000).map(lambda n: b"x" * n)), max_size=6))
def test_any_pieces(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    found = digests.digest_chunks(pieces)
    assert found == digests.Digests(hashlib.sha256(whole).hexdigest(), digests.sm3_hex(whole), len(whole))
    assert digests.digest_bytes(whole) == found


def test_stream() -> None:
    data = bytes(range(256)) * 10_000
    assert digests.digest_chunks(digests.chunks_of(io.BytesIO(data))) == digests.digest_bytes(data)


def test_python_without_sm3(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(name: str) -> object:
        raise ValueError(name)

    expected = digests.sm3_hex(b"abc")
    monkeypatch.setattr(digests.hashlib, "new", new)
    assert digests.sm3_hex(b"abc") == expected
