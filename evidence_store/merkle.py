"""The Merkle tree of RFC 6962: roots, inclusion and consistency proofs, and the tiles of C2SP tlog-tiles. Pure.

Only perfect subtrees are ever named: node (level, index) covers the leaves [index·2^level, (index+1)·2^level).
A tile of level t and number n holds the 256 nodes (8t, 256n) … (8t, 256n+255). Callers pass a function that reads a
stored tile; a proof touches at most two tiles a level, so its cost grows with log256 of the tree.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from evidence_store.errors import ProofError

HASH_SIZE: Final = 32
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

ReadTile = Callable[[int, int], bytes]
"""(tile level, tile number) → the concatenated hashes of that tile, at least as wide as the tree needs."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a log entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """Return the root over 2^h concatenated hashes."""
    level = hashes
    sha256 = hashlib.sha256
    while len(level) > HASH_SIZE:
        level = b"".join([sha256(b"\x01" + level[at : at + 64]).digest() for at in range(0, len(level), 64)])
    return level


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes held in memory."""
    if not leaves:
        return EMPTY_ROOT
    peaks: list[tuple[int, bytes]] = []
    for item in leaves:
        level, node = 0, item
        while peaks and peaks[-1][0] == level:
            node = node_hash(peaks.pop()[1], node)
            level += 1
        peaks.append((level, node))
    root = peaks.pop()[1]
    while peaks:
        root = node_hash(peaks.pop()[1], root)
    return root


def _split(count: int) -> int:
    """Return the largest power of two below `count` (≥ 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _perfect_parts(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the (level, index) of the perfect subtrees of [begin, end), left to right; begin is a multiple of each."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


class Tree:
    """A tree of a fixed size over stored tiles.

    Args:
        size: Number of leaves.
        read: Reads a tile.
        nodes: Kept results, shared by trees of one log if wished: a perfect subtree never changes.
    """

    def __init__(self, size: int, read: ReadTile, nodes: dict[tuple[int, int], bytes] | None = None) -> None:
        self.size = size
        self._read = read
        self._nodes: dict[tuple[int, int], bytes] = {} if nodes is None else nodes

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of one perfect subtree."""
        known = self._nodes.get((level, index))
        if known is not None:
            return known
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        tile = self._read(tile_level, first >> TILE_HEIGHT)
        at = (first % TILE_WIDTH) * HASH_SIZE
        part = tile[at : at + (HASH_SIZE << height)]
        if len(part) != HASH_SIZE << height:
            raise ProofError(f"tile {tile_level}/{first >> TILE_HEIGHT} is too narrow")
        found = self._nodes[level, index] = perfect_root(part)
        return found

    def _range_root(self, begin: int, end: int) -> bytes:
        nodes = [self.node(level, index) for level, index in _perfect_parts(begin, end)]
        root = nodes.pop()
        while nodes:
            root = node_hash(nodes.pop(), root)
        return root

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return self._range_root(0, self.size) if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the audit path of a leaf, from the leaf upwards (RFC 6962 §2.1.1).

        Raises:
            ProofError: No such leaf in a tree of this size.
        """
        if not 0 <= index < self.size:
            raise ProofError(f"leaf {index} is not in a tree of {self.size}")
        begin, end, path = 0, self.size, []
        while end - begin > 1:
            middle = begin + _split(end - begin)
            if index < middle:
                path.append((middle, end))
                end = middle
            else:
                path.append((begin, middle))
                begin = middle
        return [self._range_root(left, right) for left, right in reversed(path)]

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """Return the proof that the first `old_size` leaves are a tree this one extends (RFC 6962 §2.1.2).

        Raises:
            ProofError: `old_size` is larger than the tree.
        """
        if not 0 <= old_size <= self.size:
            raise ProofError(f"a tree of {self.size} does not extend one of {old_size}")
        if old_size in (0, self.size):
            return []
        begin, end, whole = 0, self.size, True
        path: list[tuple[int, int]] = []
        while old_size != end:
            middle = begin + _split(end - begin)
            if old_size <= middle:
                path.append((middle, end))
                end = middle
            else:
                path.append((begin, middle))
                begin, whole = middle, False
        if not whole:
            path.append((begin, end))
        return [self._range_root(left, right) for left, right in reversed(path)]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162 §2.1.3.2).

    Raises:
        ProofError: The index is outside the tree or the proof has the wrong number of hashes.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size}")
    node, last, root = index, size - 1, leaf
    for item in proof:
        if last == 0:
            raise ProofError("too many hashes")
        if node & 1 or node == last:
            root = node_hash(item, root)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, item)
        node >>= 1
        last >>= 1
    if last:
        raise ProofError("too few hashes")
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `ProofError` unless the proof leads from the leaf hash to the root."""
    if root_from_inclusion(leaf, index, size, proof) != root:
        raise ProofError("the proof leads to another root")


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise `ProofError` unless the new tree extends the old one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {new_size} does not extend one of {old_size}")
    if old_size in (0, new_size):
        if proof or (old_size == new_size and old_root != new_root) or (old_size == 0 and old_root != EMPTY_ROOT):
            raise ProofError("same size or empty tree, yet the roots differ or the proof is not empty")
        return
    rest = list(proof)
    if old_size & (old_size - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        raise ProofError("too few hashes")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = rest[0]
    for item in rest[1:]:
        if last == 0:
            raise ProofError("too many hashes")
        if node & 1 or node == last:
            old, new = node_hash(item, old), node_hash(item, new)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, item)
        node >>= 1
        last >>= 1
    if last or old != old_root or new != new_root:
        raise ProofError("the proof does not join these two roots")


def tile_widths(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, number, width) of the rightmost tile of each level of a tree; width 256 is a full one."""
    level = 0
    while size:
        number, width = divmod(size, TILE_WIDTH)
        if width:
            yield level, number, width
        else:
            yield level, number - 1, TILE_WIDTH
        size = number
        level += 1


def extend(size: int, leaves: Sequence[bytes], read: ReadTile) -> dict[tuple[int, int], bytes]:
    """Return the tiles, new or grown, that appending leaf hashes to a tree of `size` leaves gives.

    Args:
        size: Leaves already in the tree.
        leaves: Leaf hashes to append.
        read: Reads the partial tile at the right edge of a level of the old tree.

    Returns:
        (level, number) → concatenated hashes: full tiles have 256 of them.
    """
    grown: dict[tuple[int, int], bytes] = {}
    level, added = 0, b"".join(leaves)
    while added:
        number, width = divmod(size, TILE_WIDTH)
        data = (read(level, number)[: width * HASH_SIZE] if width else b"") + added
        full = []
        for at in range(0, len(data), TILE_WIDTH * HASH_SIZE):
            tile = data[at : at + TILE_WIDTH * HASH_SIZE]
            grown[level, number] = tile
            number += 1
            if len(tile) == TILE_WIDTH * HASH_SIZE:
                full.append(perfect_root(tile))
        level, size, added = level + 1, size >> TILE_HEIGHT, b"".join(full)
    return grown
