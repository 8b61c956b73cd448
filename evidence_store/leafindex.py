"""Where a leaf is: leaf hash → log index, built from the stored level-0 tiles, which are the truth.

Full groups of 65 536 leaves are kept as one sorted byte string (18 bytes a leaf); the rest in a dictionary.
"""

from array import array
from typing import Final

from evidence_store import merkle

_GROUP: Final = merkle.TILE_WIDTH * merkle.TILE_WIDTH
_PREFIX: Final = 16


class _Segment:
    """A sorted group; 16 bytes of the hash decide, and the caller checks the tile."""

    def __init__(self, found: dict[bytes, int], base: int) -> None:
        pairs = sorted((key[:_PREFIX], index - base) for key, index in found.items())
        self._keys = b"".join(key for key, _ in pairs)
        self._offsets = array("H", [offset for _, offset in pairs])
        self._base = base

    def find(self, key: bytes) -> int | None:
        low, high, wanted = 0, len(self._offsets), key[:_PREFIX]
        while low < high:
            middle = (low + high) // 2
            at = middle * _PREFIX
            here = self._keys[at : at + _PREFIX]
            if here == wanted:
                return self._base + self._offsets[middle]
            if here < wanted:
                low = middle + 1
            else:
                high = middle
        return None


class LeafIndex:
    """Finds leaves of the first `size` leaves of a log. Not thread-safe: its owner locks."""

    def __init__(self) -> None:
        self.size = 0
        self._segments: list[_Segment] = []
        self._tail: dict[bytes, int] = {}

    def grow(self, size: int, read: merkle.ReadTile) -> None:
        """Take in the leaves from the known size up to `size`."""
        while self.size < size:
            number, offset = divmod(self.size, merkle.TILE_WIDTH)
            tile = read(0, number)
            end = min(merkle.TILE_WIDTH, size - number * merkle.TILE_WIDTH)
            for position in range(offset, end):
                at = position * merkle.HASH_SIZE
                self._tail[tile[at : at + merkle.HASH_SIZE]] = self.size
                self.size += 1
            if self.size % _GROUP == 0:
                self._segments.append(_Segment(self._tail, self.size - _GROUP))
                self._tail = {}

    def find(self, leaf: bytes, read: merkle.ReadTile) -> int | None:
        """Return the index of a leaf hash, or None."""
        index = self._tail.get(leaf)
        if index is not None:
            return index
        for segment in reversed(self._segments):
            index = segment.find(leaf)
            if index is not None:
                number, offset = divmod(index, merkle.TILE_WIDTH)
                at = offset * merkle.HASH_SIZE
                if read(0, number)[at : at + merkle.HASH_SIZE] == leaf:
                    return index
        return None
