"""Trees of every small size against the recursive definition of RFC 6962, and proofs that must fail when touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store import merkle
from evidence_store.errors import ProofError


def definition_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(definition_root(leaves[:k]), definition_root(leaves[k:]))


def definition_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1."""
    if len(leaves) <= 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*definition_path(index, leaves[:k]), definition_root(leaves[k:])]
    return [*definition_path(index - k, leaves[k:]), definition_root(leaves[:k])]


def leaves_of(count: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


class Tiles:
    """Tiles as a dictionary, grown by `extend`."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.size = 0

    def add(self, leaves: list[bytes]) -> None:
        self.tiles.update(merkle.extend(self.size, leaves, lambda level, number: self.tiles[level, number]))
        self.size += len(leaves)

    def tree(self) -> merkle.Tree:
        return merkle.Tree(self.size, lambda level, number: self.tiles[level, number])


def grown(count: int) -> Tiles:
    tiles = Tiles()
    tiles.add(leaves_of(count))
    return tiles


def test_known_answers() -> None:
    # RFC 9162 §2.1.5 / certificate-transparency reference vectors
    inputs = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle.tree_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.tree_root([merkle.leaf_hash(i) for i in inputs[:1]]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle.tree_root([merkle.leaf_hash(i) for i in inputs]).hex() == (
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    )


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 31, 255, 256, 257, 511, 512, 513, 700])
def test_root_of_tiles_is_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert grown(size).tree().root() == merkle.tree_root(leaves) == definition_root(leaves)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_growing_in_steps_equals_growing_at_once(steps: list[int]) -> None:
    total = leaves_of(sum(steps))
    tiles, at = Tiles(), 0
    for step in steps:
        tiles.add(total[at : at + step])
        at += step
    assert tiles.tree().root() == merkle.tree_root(total)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_inclusion(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    root = merkle.tree_root(leaves)
    proof = grown(size).tree().inclusion_proof(index)
    assert proof == definition_path(index, leaves)
    merkle.verify_inclusion(leaves[index], index, size, proof, root)
    wrong = data.draw(st.integers(0, size - 1))
    if wrong != index:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(leaves[wrong], index, size, proof, root)
        with pytest.raises(ProofError):
            merkle.verify_inclusion(leaves[index], wrong, size, proof, root)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
    if proof:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_consistency(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 600))
    old = data.draw(st.integers(0, new))
    leaves = leaves_of(new)
    old_root, new_root = merkle.tree_root(leaves[:old]), merkle.tree_root(leaves)
    proof = grown(new).tree().consistency_proof(old)
    merkle.verify_consistency(old, new, proof, old_root, new_root)
    if 0 < old < new:
        other = merkle.tree_root([*leaves[: old - 1], b"\x00" * 32])
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, new, proof, other, new_root)
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, new, proof, old_root, other)
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, new, [*proof, old_root], old_root, new_root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_no_such_leaf(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        grown(size).tree().inclusion_proof(index)
    with pytest.raises(ProofError):
        merkle.root_from_inclusion(b"\x00" * 32, index, size, [])


def test_proof_over_a_narrow_tile_is_refused() -> None:
    tiles = grown(300)
    tiles.tiles[0, 1] = tiles.tiles[0, 1][:64]
    with pytest.raises(ProofError):
        tiles.tree().root()
