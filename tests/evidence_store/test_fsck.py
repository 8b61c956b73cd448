"""fsck finds every contradiction it is shown, and calls leftovers harmless."""

import os
from pathlib import Path

import pytest

from caseapp.demo.authority import TestAuthority
from evidence_store import Rfc3161Authority, layout, stamp
from evidence_store.backends import MemoryBackend
from evidence_store.checkpoint import Checkpoint
from evidence_store.store import EvidenceStore
from tests.evidence_store.helpers import LOG, sealed, store


@pytest.fixture
def backend(tmp_path: Path) -> MemoryBackend:
    """A store of two packages, one stamped, in memory."""
    memory = MemoryBackend()
    kept = EvidenceStore(memory, log_signer=LOG)
    kept.admit(sealed(tmp_path / "1"))
    package = sealed(tmp_path / "2")
    with TestAuthority() as tsa:
        stamp(package, [Rfc3161Authority("test-tsa", tsa.url, tsa.roots_pem)])
    kept.admit(package)
    report = kept.fsck()
    assert (report.ok, report.orphans, report.packages, report.leaves) == (True, [], 2, 2)
    return memory


def keys(backend: MemoryBackend) -> list[str]:
    return list(backend.list(""))


def replace(backend: MemoryBackend, key: str, data: bytes) -> None:
    assert backend.swap(key, backend.get(key), data)


def test_every_changed_object_is_noticed(backend: MemoryBackend) -> None:
    """Flip one bit of each object in turn."""
    for key in keys(backend):
        good = backend.get(key)
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 0x04
        replace(backend, key, bytes(bad))
        report = EvidenceStore(backend, log_signer=LOG.key).fsck()
        assert report.problems, key
        replace(backend, key, good)
    assert EvidenceStore(backend, log_signer=LOG.key).fsck().ok


def test_every_missing_object_is_noticed(backend: MemoryBackend) -> None:
    superseded = {layout.tile_key(0, 0, 1), layout.bundle_key(0, 1)}  # partial tiles of an earlier size
    for key in keys(backend):
        if key.startswith("log/batch/") or key in superseded:
            continue
        good = backend.get(key)
        backend.delete(key)
        report = EvidenceStore(backend, log_signer=LOG.key).fsck()
        if "/tsa/" in key or key.startswith(layout.PACKAGES):
            assert report.orphans, key
        else:
            assert report.problems, key
        backend.put_new(key, good)
    assert EvidenceStore(backend, log_signer=LOG.key).fsck().ok


def test_a_pipe_in_the_place_of_an_object_is_named_and_waited_for_by_nobody(tmp_path: Path) -> None:
    kept = store(tmp_path / "s")
    kept.admit(sealed(tmp_path))
    key = next(kept.backend.list(layout.BLOBS))
    path = tmp_path / "s" / key
    path.unlink()
    os.mkfifo(path)
    assert key in {problem.where for problem in kept.fsck().problems}


def test_a_seal_number_that_names_another_package_is_no_leftover(backend: MemoryBackend) -> None:
    key = next(backend.list(layout.SEALS))
    replace(backend, key, b"0" * 64)
    report = EvidenceStore(backend, log_signer=LOG.key).fsck()
    assert [key in str(problem.error) for problem in report.problems] == [True]


def test_a_rolled_back_head_is_noticed(backend: MemoryBackend) -> None:
    old = Checkpoint.parse(backend.get(layout.archived_checkpoint_key(1)))
    replace(backend, layout.LOG_HEAD, old.signed)
    backend.delete(layout.batch_key(1))
    report = EvidenceStore(backend, log_signer=LOG.key).fsck()
    assert [problem.error.code for problem in report.problems] == ["evidence.log_fork"]
    assert any("not in the log" in orphan for orphan in report.orphans)


def test_orphans_are_listed(tmp_path: Path) -> None:
    kept = store(tmp_path / "s")
    package = sealed(tmp_path)
    kept.admit(package)
    kept.backend.put_new(layout.blob_key("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"), b"hello")
    lonely = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    kept.backend.put_new(layout.blob_key(lonely), b"abc")
    (tmp_path / "s" / "tmp" / "1-left").write_bytes(b"")
    kept.backend.put_new(layout.seal_key("01ARZ3NDEKTSV4RRFFQ69G5FAV"), b"0" * 64)
    kept.append({"v": 1, "t": "seal", "at": "2026-03-01T08:00:00Z", "ref": "gone", "h256": "0" * 64, "hsm3": "0" * 64})
    report = kept.fsck()
    assert report.ok
    text = "\n".join(report.orphans)
    assert len(report.orphans) == 4
    for word in (lonely, "tmp/1-left", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "gone"):
        assert word in text


def test_the_wrong_key(backend: MemoryBackend) -> None:
    from evidence_store import Signer

    report = EvidenceStore(backend, log_signer=Signer("log.example", bytes(32)).key).fsck()
    assert "evidence.signature" in {problem.error.code for problem in report.problems}
