"""The stored parts of a log: tiles, entry bundles and batches on a backend (C2SP tlog-tiles)."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

from evidence_store import layout, merkle
from evidence_store.backends import Backend, Batch
from evidence_store.errors import TileError
from evidence_store.failures import ObjectMissingError

_CACHED_TILES: Final = 512
_CACHED_NODES: Final = 1 << 16


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Return entries as C2SP bundles hold them: 16-bit big-endian length, then the bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(data: bytes) -> list[bytes]:
    """Return the entries of a bundle or batch.

    Raises:
        TileError: A length runs past the end.
    """
    entries, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + size]
        if len(entry) != size or at + 2 > len(data):
            raise TileError("an entry runs past the end")
        entries.append(entry)
        at += 2 + size
    return entries


class Tiles:
    """Reads tiles and bundles of one log; full tiles never change, so they are cached."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._cache: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._lock = Lock()
        self._nodes: dict[tuple[int, int], bytes] = {}

    def _full(self, level: int, number: int) -> bytes:
        with self._lock:
            found = self._cache.get((level, number))
            if found is not None:
                self._cache.move_to_end((level, number))
                return found
        data = self._sized(level, number, merkle.TILE_WIDTH)
        with self._lock:
            self._cache[level, number] = data
            if len(self._cache) > _CACHED_TILES:
                self._cache.popitem(last=False)
        return data

    def _sized(self, level: int, number: int, width: int) -> bytes:
        key = layout.tile_key(level, number, width)
        data = self._backend.get(key)
        if len(data) != width * merkle.HASH_SIZE:
            raise TileError(f"{key}: {len(data)} bytes instead of {width * merkle.HASH_SIZE}")
        return data

    def reader(self, size: int) -> merkle.ReadTile:
        """Return the tile reader of the tree with this many leaves."""

        def read(level: int, number: int) -> bytes:
            nodes = size >> (merkle.TILE_HEIGHT * level)
            width = min(merkle.TILE_WIDTH, nodes - number * merkle.TILE_WIDTH)
            if width <= 0:
                raise TileError(f"tile {level}/{number} is outside a tree of {size}")
            if width == merkle.TILE_WIDTH:
                return self._full(level, number)
            try:
                return self._sized(level, number, width)
            except ObjectMissingError:
                # partial tiles may be cleared away once the full one is there
                return self._full(level, number)[: width * merkle.HASH_SIZE]

        return read

    def tree(self, size: int) -> merkle.Tree:
        """Return the tree of the first `size` leaves."""
        if len(self._nodes) > _CACHED_NODES:
            self._nodes = {}
        return merkle.Tree(size, self.reader(size), self._nodes)

    def bundle(self, number: int, size: int) -> list[bytes]:
        """Return the entries of bundle `number` in a tree of `size` leaves."""
        width = min(merkle.TILE_WIDTH, size - number * merkle.TILE_WIDTH)
        if width <= 0:
            raise TileError(f"bundle {number} is outside a tree of {size}")
        try:
            data = self._backend.get(layout.bundle_key(number, width))
        except ObjectMissingError:
            data = self._backend.get(layout.bundle_key(number, merkle.TILE_WIDTH))
        entries = unpack_entries(data)[:width]
        if len(entries) != width:
            raise TileError(f"bundle {number}: {len(entries)} entries instead of {width}")
        return entries


def stage_growth(batch: Batch, tiles: Tiles, size: int, entries: Sequence[bytes]) -> merkle.Tree:
    """Stage the tiles and bundles that appending entries to a log of `size` leaves gives; return the grown tree."""
    grown = merkle.extend(size, [merkle.leaf_hash(entry) for entry in entries], tiles.reader(size))
    for (level, number), data in grown.items():
        batch.write(layout.tile_key(level, number, len(data) // merkle.HASH_SIZE), (data,))
    number, width = divmod(size, merkle.TILE_WIDTH)
    pending = [*(tiles.bundle(number, size) if width else ()), *entries]
    for at in range(0, len(pending), merkle.TILE_WIDTH):
        part = pending[at : at + merkle.TILE_WIDTH]
        batch.write(layout.bundle_key(number, len(part)), (pack_entries(part),))
        number += 1
    total, old = size + len(entries), tiles.reader(size)

    def read(level: int, index: int) -> bytes:
        found = grown.get((level, index))
        return old(level, index) if found is None else found

    return merkle.Tree(total, read)
