"""RFC 6962 / RFC 9162 Merkle tree proofs, verification only."""

from __future__ import annotations

from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def inclusion_root(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162 section 2.1.3.2), or None when it cannot be one.

    Args:
        leaf: Leaf hash.
        index: Position of the leaf.
        size: Leaves in the tree.
        hashes: Proof, leaf upwards.
    """
    if index >= size:
        return None
    at, last, root = index, size - 1, leaf
    for sibling in hashes:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = _node(sibling, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = _node(root, sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def earlier_root(index: int, size: int, hashes: list[bytes]) -> bytes | None:
    """Return the root of the tree of the first ``index`` leaves, which every inclusion proof of that index contains.

    The left neighbours on the way up are exactly the perfect subtrees of that smaller tree. None for index 0.
    """
    at, last, root = index, size - 1, None
    for sibling in hashes:
        if at & 1 or at == last:
            root = sibling if root is None else _node(sibling, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return root


def growth_holds(old: tuple[int, bytes], new: tuple[int, bytes], hashes: list[bytes]) -> bool:
    """Check a consistency proof between two (size, root) heads (RFC 9162 section 2.1.4.2)."""
    first, second = old[0], new[0]
    if first == second:
        return not hashes and old[1] == new[1]
    if first == 0:
        return not hashes
    if first > second or not hashes:
        return False
    path = list(hashes) if first & (first - 1) else [old[1], *hashes]
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older, newer = _node(sibling, older), _node(sibling, newer)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            newer = _node(newer, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and older == old[1] and newer == new[1]
