"""The audit of a log recomputes every hash."""

import pytest

from evidence_store import layout
from evidence_store.backends import MemoryBackend
from evidence_store.checkpoint import Checkpoint
from evidence_store.errors import EvidenceError
from evidence_store.failures import LogForkError
from evidence_store.log import Log
from evidence_store.logcheck import audit, check_log
from evidence_store.tiles import Tiles
from tests.evidence_store.test_log import SIGNER, leaf


def filled() -> MemoryBackend:
    backend = MemoryBackend()
    log = Log(backend, SIGNER)
    log.append_many([leaf(number) for number in range(500)])
    log.append_many([leaf(number, "custody") for number in range(500, 530)])
    return backend


def test_a_sound_log() -> None:
    backend = filled()
    found = check_log(Log(backend, SIGNER.key), backend)
    assert (found.leaves, len(found.sealed), found.problems, found.orphans) == (530, 500, [], [])


@pytest.mark.parametrize(
    "prefix", ["log/tile/0/", "log/tile/1/", "log/tile/entries/", "log/batch/", "log/checkpoints/"]
)
def test_every_changed_part_is_found(prefix: str) -> None:
    backend = filled()
    for key in list(backend.list(prefix)):
        good = backend.get(key)
        for at in (0, len(good) // 2, len(good) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            backend.swap(key, good, bytes(bad))
            assert check_log(Log(backend, SIGNER.key), backend).problems, (key, at)
            backend.swap(key, bytes(bad), good)


def test_a_root_that_is_not_the_root() -> None:
    backend = filled()
    with pytest.raises(LogForkError):
        audit(Tiles(backend), Checkpoint.sign(SIGNER, 530, bytes(32)))
    with pytest.raises(EvidenceError):
        audit(Tiles(backend), Checkpoint.sign(SIGNER, 531, bytes(32)))


def test_an_append_that_did_not_finish() -> None:
    backend = filled()
    head = backend.get(layout.LOG_HEAD)
    log = Log(backend, SIGNER)
    log.append(leaf(9999))
    backend.swap(layout.LOG_HEAD, backend.get(layout.LOG_HEAD), head)
    found = check_log(Log(backend, SIGNER.key), backend)
    assert found.problems == []
    assert any("finished by the next append" in orphan for orphan in found.orphans)
    assert any("did not finish" in orphan for orphan in found.orphans)
    Log(backend, SIGNER).append(leaf(9999))
    found = check_log(Log(backend, SIGNER.key), backend)
    assert (found.problems, found.orphans, found.leaves) == ([], [], 531)
