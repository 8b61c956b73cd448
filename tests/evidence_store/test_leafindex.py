"""Leaf hash → index, across the border where a group is packed."""

import hashlib

from evidence_store import leafindex, merkle
from evidence_store.leafindex import LeafIndex

COUNT = 65_536 + 300
HASHES = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(COUNT)]
LEVEL = b"".join(HASHES)


def read(level: int, number: int) -> bytes:
    assert level == 0
    return LEVEL[number * 256 * merkle.HASH_SIZE : (number + 1) * 256 * merkle.HASH_SIZE]


def test_grows_and_finds() -> None:
    index = LeafIndex()
    for size in (0, 1, 255, 256, 1000, 65_535, 65_536, 65_537, COUNT):
        index.grow(size, read)
        assert index.size == size
    for number in (0, 1, 255, 256, 40_000, 65_535, 65_536, COUNT - 1):
        assert index.find(HASHES[number], read) == number
    assert index.find(bytes(32), read) is None
    assert index.find(b"\xff" * 32, read) is None


def test_the_tile_has_the_last_word() -> None:
    """Another hash with the same first 16 bytes is not the leaf."""
    index = LeafIndex()
    index.grow(COUNT, read)
    twin = HASHES[5][: leafindex._PREFIX] + bytes(16)
    assert index.find(twin, read) is None
