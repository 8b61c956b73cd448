"""The format of an encrypted blob: held against a second, plain spelling of it, and against every change of a byte."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store.failures import DigestMismatchError
from evidence_store.vault.errors import BlobDamagedError
from evidence_store.vault.stream import CHUNK, HEADER_BYTES, Header, encrypt, is_sound, looks_encrypted, open_blob

KEY = bytes(range(32))
HEADER = Header(bytes(range(16)), bytes(range(7)))
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5, 16 * CHUNK, 17 * CHUNK + 1)


def sealed(data: bytes, piece: int = 1 << 20, header: Header = HEADER) -> bytes:
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    return b"".join(encrypt(pieces, KEY, header, hashlib.sha256(data).digest()))


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_documented(data: bytes) -> bytes:
    """The format once more, the way docs/encryption.md tells it."""
    head = b"\x89BWEV\n\x01\x01" + HEADER.blob_id + HEADER.prefix + b"\0"
    parts = [data[at : at + 65536] for at in range(0, len(data), 65536)] or [b""]
    body, digest = b"", hashlib.sha256(data).digest()
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        nonce = HEADER.prefix + number.to_bytes(4, "big") + (b"\1" if last else b"\0")
        body += AESGCM(KEY).encrypt(nonce, part, head + digest if last else head)
    told = head + body + digest
    return told + hashlib.sha256(told).digest()


@pytest.mark.parametrize("size", SIZES)
def test_there_and_back(size: int) -> None:
    data = os.urandom(size)
    kept = sealed(data)
    assert kept == as_documented(data)
    assert is_sound(io.BytesIO(kept), name_of(data))
    assert looks_encrypted(io.BytesIO(kept), name_of(data)) == HEADER
    with open_blob(io.BytesIO(kept), name_of(data), KEY) as stream:
        assert stream.read() == data
        assert stream.seek(0, io.SEEK_END) == size
        assert stream.read() == b""


def test_a_fixed_vector() -> None:
    assert name_of(sealed(b"")) == "2a07432956c500d8c3bda23c9fa5d7cd10699348c7a17aed4f9e30e807ea69db"
    assert name_of(sealed(b"abc" * 50_000)) == "6d249d4473d346ef374648775a19a58c90a18b25ba7eb9237af9bb9be4e36c4a"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3 * CHUNK), st.integers(1, 2 * CHUNK), st.lists(st.integers(0, 3 * CHUNK), max_size=6))
def test_pieces_of_any_size_and_reading_anywhere(size: int, piece: int, places: list[int]) -> None:
    data = hashlib.shake_128(size.to_bytes(4, "big")).digest(size)
    kept = sealed(data, piece)
    assert kept == sealed(data)
    with open_blob(io.BytesIO(kept), name_of(data), KEY) as stream:
        for place in places:
            stream.seek(place)
            assert stream.read(1000) == data[place : place + 1000]
        stream.seek(0)
        assert stream.read() == data


DATA = hashlib.shake_128(b"x").digest(2 * CHUNK + 100)
_S = CHUNK + 16


def _swap_chunks(kept: bytes) -> bytes:
    h = HEADER_BYTES
    return kept[:h] + kept[h + _S : h + 2 * _S] + kept[h : h + _S] + kept[h + 2 * _S :]


def _retrail(kept: bytes) -> bytes:
    return kept[:-32] + hashlib.sha256(kept[:-32]).digest()


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "last chunk cut off": lambda k: _retrail(k[: HEADER_BYTES + 2 * _S] + k[-64:]),
    "last chunk shortened": lambda k: _retrail(k[:-70] + k[-64:]),
    "first chunk dropped": lambda k: _retrail(k[:HEADER_BYTES] + k[HEADER_BYTES + _S :]),
    "chunks swapped": lambda k: _retrail(_swap_chunks(k)),
    "a chunk twice": lambda k: _retrail(k[: HEADER_BYTES + _S] + k[HEADER_BYTES:]),
    "byte of the first chunk": lambda k: _retrail(k[:100] + bytes([k[100] ^ 1]) + k[101:]),
    "byte of the last chunk": lambda k: _retrail(k[:-70] + bytes([k[-70] ^ 1]) + k[-69:]),
    "another header": lambda k: _retrail(Header.new().to_bytes() + k[HEADER_BYTES:]),
    "nothing left": lambda k: _retrail(k[:HEADER_BYTES] + k[-64:]),
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_changed_by_who_can_mend_the_checksum(attack: str) -> None:
    changed = ATTACKS[attack](sealed(DATA))
    with pytest.raises(BlobDamagedError), open_blob(io.BytesIO(changed), name_of(DATA), KEY) as stream:
        stream.read()


@pytest.mark.parametrize("at", [*range(HEADER_BYTES), -64, -33, -32, -1])
def test_a_flipped_bit_outside_the_chunks(at: int) -> None:
    kept = bytearray(sealed(b"some evidence"))
    kept[at] ^= 0x10
    name = name_of(b"some evidence")
    assert not is_sound(io.BytesIO(bytes(kept)), name)
    if at >= -32 and at < 0:
        return  # the checksum itself: the contents are whole, and reading with the key says so
    with pytest.raises(BlobDamagedError), open_blob(io.BytesIO(bytes(kept)), name, KEY) as stream:
        stream.read()


def test_another_blob_under_the_name_and_another_key() -> None:
    other = sealed(b"other")
    forged = _retrail(other[:-64] + hashlib.sha256(b"mine").digest() + other[-32:])
    for kept, key in ((other, KEY), (forged, KEY), (sealed(b"mine"), bytes(32))):
        with pytest.raises(BlobDamagedError):
            open_blob(io.BytesIO(kept), name_of(b"mine"), key)


def test_bytes_that_are_not_those_of_the_name_make_no_blob() -> None:
    with pytest.raises(DigestMismatchError):
        list(encrypt([b"mine"], KEY, HEADER, bytes(32)))


def test_plain_bytes_that_look_encrypted_are_plain() -> None:
    exported = sealed(b"an encrypted blob somebody hands in as evidence")
    assert looks_encrypted(io.BytesIO(exported), name_of(exported)) is None
    assert is_sound(io.BytesIO(exported), name_of(exported))
    assert not is_sound(io.BytesIO(exported[:-1]), name_of(exported))


def _flat(total: int) -> int:
    piece, plain = bytes(1 << 20), hashlib.sha256()
    for _ in range(total >> 20):
        plain.update(piece)

    def pieces() -> Iterator[bytes]:
        for _ in range(total >> 20):
            yield piece

    tracemalloc.start()
    try:
        written = sum(len(part) for part in encrypt(pieces(), KEY, HEADER, plain.digest()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert written > total
    return peak


def test_memory_is_flat() -> None:
    assert _flat(64 << 20) < 8 << 20


@pytest.mark.full
def test_memory_is_flat_for_5_gb() -> None:
    assert _flat(5 << 30) < 8 << 20
