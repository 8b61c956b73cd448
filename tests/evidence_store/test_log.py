"""The log: same leaf same index, proofs, growth, crash and rollback, threads and processes appending at once."""

import contextlib
import hashlib
import multiprocessing
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store import layout, merkle
from evidence_store.backends import LocalBackend, MemoryBackend
from evidence_store.checkpoint import Checkpoint, GrowthProof, InclusionProof
from evidence_store.errors import EvidenceError, LeafRefusedError, ProofError
from evidence_store.failures import LogDamagedError, LogForkError, SignatureError
from evidence_store.leaves import leaf_bytes
from evidence_store.log import Log
from evidence_store.signing import Signer

SIGNER = Signer("log.example", bytes(range(32)))


def leaf(number: int, kind: str = "seal") -> dict[str, object]:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {"v": 1, "t": kind, "at": "2026-03-01T08:00:00Z", "ref": f"ref-{number}", "h256": digest, "hsm3": digest}


def check_all(log: Log, count: int) -> None:
    entries = list(log.entries())
    assert len(entries) == count == len(set(entries))
    assert merkle.tree_root([merkle.leaf_hash(entry) for entry in entries]) == log.head().root
    for index in range(0, count, max(1, count // 40)):
        proof = InclusionProof.parse(log.proof(index).to_bytes())
        proof.check(log.entry(index))
        proof.checkpoint.note.require([SIGNER.key])


def test_new_log_signs_the_empty_tree() -> None:
    head = Log(MemoryBackend(), SIGNER).head()
    assert (head.size, head.root, head.origin) == (0, merkle.EMPTY_ROOT, "log.example")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_grows_in_batches(steps: list[int]) -> None:
    log = Log(MemoryBackend(), SIGNER)
    heads, total = [log.head()], 0
    for step in steps:
        receipts = log.append_many([leaf(number) for number in range(total, total + step)])
        assert [receipt.index for receipt in receipts] == list(range(total, total + step))
        total += step
        heads.append(log.head())
    check_all(log, total)
    for old in heads:
        GrowthProof.parse(log.growth(old.size).to_bytes()).check(old.root)


def test_same_leaf_same_index_and_same_proof() -> None:
    log = Log(MemoryBackend(), SIGNER)
    first = log.append(leaf(1))
    log.append_many([leaf(n) for n in range(600)])
    again = log.append(leaf(1))
    assert again == first
    assert log.proof(first.index).to_bytes() == log.proof(first.index).to_bytes()
    assert log.head().size == 600
    assert log.find(leaf_bytes(leaf(599))) == 599
    assert log.find(leaf_bytes(leaf(9999))) is None


def test_same_leaf_twice_in_one_call() -> None:
    log = Log(MemoryBackend(), SIGNER)
    receipts = log.append_many([leaf(1), leaf(2), leaf(1)])
    assert [receipt.index for receipt in receipts] == [0, 1, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"t": "gossip"},
        {"at": "2026-03-01 08:00"},
        {"at": None},
        {"ref": "张三"},
        {"ref": "a b"},
        {"ref": ""},
        {"h256": "AB" * 32},
        {"hsm3": 5},
        {"name": "x"},
    ],
)
def test_leaf_holds_references_and_digests_only(change: dict[str, object]) -> None:
    with pytest.raises(LeafRefusedError):
        Log(MemoryBackend(), SIGNER).append(leaf(1) | change)


def test_threads_share_batches(tmp_path: Path) -> None:
    log = Log(LocalBackend(tmp_path), SIGNER)
    found: dict[int, int] = {}

    def work(start: int) -> None:
        for number in range(start, start + 10):
            found[number] = log.append(leaf(number)).index

    threads = [threading.Thread(target=work, args=(start * 10,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found.values()) == list(range(80))
    check_all(log, 80)


def append_in_child(folder: str, start: int) -> None:
    log = Log(LocalBackend(folder), SIGNER)
    for number in range(start, start + 10):
        log.append(leaf(number))
        log.append(leaf(number % 5))


def test_two_processes_never_fork(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=append_in_child, args=(str(tmp_path), start)) for start in (0, 5)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    log = Log(LocalBackend(tmp_path), SIGNER)
    check_all(log, log.head().size)
    assert log.head().size == 15


def test_two_writers_without_a_lock_never_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    one, two = Log(backend, SIGNER), Log(backend, SIGNER)
    original, raced = backend.put_new, []

    def put_new(key: str, data: bytes) -> bool:
        if key.startswith("log/batch/") and not raced:
            raced.append(key)
            two.append(leaf(2))  # the other writer wins this position
        return original(key, data)

    monkeypatch.setattr(backend, "put_new", put_new)
    assert one.append(leaf(1)).index == 1
    check_all(one, 2)
    check_all(two, 2)


def test_a_batch_left_by_a_crash_is_finished(tmp_path: Path) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    def stop(step: int) -> None:
        if step == 5:
            raise Stopped

    with pytest.raises(Stopped):
        Log(LocalBackend(tmp_path), SIGNER, on_step=stop).append(leaf(1))
    log = Log(LocalBackend(tmp_path), SIGNER)
    assert log.head().size == 0
    assert log.append(leaf(2)).index == 1
    assert log.append(leaf(1)).index == 0
    check_all(log, 2)


def test_a_head_of_another_key_is_refused() -> None:
    backend = MemoryBackend()
    Log(backend, SIGNER).append(leaf(1))
    with pytest.raises(SignatureError):
        Log(backend, Signer("log.example", bytes(32))).append(leaf(2))


def test_a_second_root_for_a_size_is_never_signed() -> None:
    backend = MemoryBackend()
    log = Log(backend, SIGNER)
    log.append(leaf(1))
    other = Checkpoint.sign(SIGNER, 2, b"\x00" * 32)
    backend.put_new(layout.archived_checkpoint_key(2), other.signed)
    with pytest.raises(LogForkError):
        log.append(leaf(2))


def test_changed_tiles_and_a_lost_head_stop_the_log() -> None:
    backend = MemoryBackend()
    Log(backend, SIGNER).append_many([leaf(n) for n in range(3)])
    key = layout.tile_key(0, 0, 3)
    tile = backend.get(key)
    backend.swap(key, tile, bytes(32) + tile[32:])
    with pytest.raises(LogDamagedError):
        Log(backend, SIGNER).append(leaf(9))
    backend.delete(layout.LOG_HEAD)
    with pytest.raises(LogDamagedError):
        Log(backend, SIGNER).head()


def test_old_key_stays_accepted() -> None:
    backend = MemoryBackend()
    Log(backend, SIGNER).append(leaf(1))
    fresh = Signer("log.example", bytes(32))
    log = Log(backend, fresh, old_keys=[SIGNER.key])
    log.append(leaf(2))
    log.head().note.require([fresh.key])
    log.covering(0).note.require([SIGNER.key])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_parsers_only_raise_evidence_errors(data: st.DataObject) -> None:
    log = Log(MemoryBackend(), SIGNER)
    log.append_many([leaf(n) for n in range(5)])
    parser, good = data.draw(
        st.sampled_from(
            [
                (Checkpoint.parse, log.head().signed),
                (InclusionProof.parse, log.proof(3).to_bytes()),
                (GrowthProof.parse, log.growth(3).to_bytes()),
            ]
        )
    )
    noise = data.draw(st.one_of(st.binary(max_size=80), st.text(max_size=60).map(str.encode)))
    at = data.draw(st.integers(0, len(good)))
    width = data.draw(st.integers(0, 6))
    with contextlib.suppress(EvidenceError):
        parser(good[:at] + noise + good[at + width :])


def test_proof_for_another_leaf_fails() -> None:
    log = Log(MemoryBackend(), SIGNER)
    log.append_many([leaf(n) for n in range(5)])
    with pytest.raises(ProofError):
        log.proof(2).check(log.entry(3))


@pytest.mark.slow
def test_large_log_stays_quick(tmp_path: Path) -> None:
    import time

    log = Log(LocalBackend(tmp_path), SIGNER)
    log.append_many([leaf(n) for n in range(70_000)])
    fresh = Log(LocalBackend(tmp_path), SIGNER)
    fresh.head()
    fresh.proof(1, fresh.head())
    began = time.perf_counter()
    for index in range(0, 70_000, 700):
        fresh.proof(index, fresh.head())
    assert (time.perf_counter() - began) / 100 < 0.005
    assert fresh.append(leaf(65_000)).index == 65_000
    assert fresh.append(leaf(3)).index == 3
