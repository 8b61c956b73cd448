"""Stored parts of a log: packing, partial and full tiles, damaged ones."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store import layout, merkle
from evidence_store.backends import MemoryBackend
from evidence_store.errors import EvidenceError, ProofError, TileError
from evidence_store.failures import ObjectMissingError
from evidence_store.tiles import Tiles, pack_entries, stage_growth, unpack_entries

ENTRIES = [f"entry {number}".encode() for number in range(300)]


def filled(count: int) -> MemoryBackend:
    backend = MemoryBackend()
    with backend.batch() as batch:
        stage_growth(batch, Tiles(backend), 0, ENTRIES[:count])
        batch.link()
    return backend


@given(st.lists(st.binary(max_size=4096), max_size=8))
def test_packing(entries: list[bytes]) -> None:
    assert unpack_entries(pack_entries(entries)) == entries


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        assert pack_entries(unpack_entries(data)) == data


def test_names_of_tlog_tiles() -> None:
    assert sorted(filled(300).list("")) == [
        "log/tile/0/000",
        "log/tile/0/001.p/44",
        "log/tile/1/000.p/1",
        "log/tile/entries/000",
        "log/tile/entries/001.p/44",
    ]


def test_reading() -> None:
    tiles = Tiles(filled(300))
    root = merkle.tree_root([merkle.leaf_hash(entry) for entry in ENTRIES])
    assert tiles.tree(300).root() == tiles.tree(300).root() == root
    assert tiles.bundle(1, 300) == ENTRIES[256:]
    assert tiles.bundle(0, 20) == ENTRIES[:20]  # an earlier size, its partial bundle cleared away
    assert tiles.tree(20).root() == merkle.tree_root([merkle.leaf_hash(entry) for entry in ENTRIES[:20]])


@pytest.mark.parametrize(("number", "size"), [(2, 300), (0, 0)])
def test_outside(number: int, size: int) -> None:
    tiles = Tiles(filled(300))
    with pytest.raises(TileError):
        tiles.bundle(number, size)
    with pytest.raises(TileError):
        tiles.reader(size)(0, number)


def test_damaged() -> None:
    for key in (layout.tile_key(0, 0, 256), layout.tile_key(1, 0, 1), layout.tile_key(0, 1, 44)):
        backend = filled(300)
        backend.swap(key, backend.get(key), backend.get(key)[:-1])
        with pytest.raises((TileError, ProofError)):
            Tiles(backend).tree(300).inclusion_proof(0 if key == layout.tile_key(0, 0, 256) else 299)
        backend.delete(key)
        with pytest.raises(ObjectMissingError):
            Tiles(backend).tree(300).inclusion_proof(0 if key == layout.tile_key(0, 0, 256) else 299)
    backend = filled(300)
    key = layout.bundle_key(1, 44)
    backend.swap(key, backend.get(key), pack_entries(ENTRIES[:3]))
    with pytest.raises(TileError):
        Tiles(backend).bundle(1, 300)
