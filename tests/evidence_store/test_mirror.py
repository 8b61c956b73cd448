"""Copies of a log and its daily heartbeat: brought up to date, audited offline, every damage found."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Signer
from evidence_store.backends import MemoryBackend
from evidence_store.errors import EvidenceError
from evidence_store.failures import LogForkError, ObjectMissingError, SignatureError
from evidence_store.heartbeat import Beat, beat, beats, missing_days
from evidence_store.log import Log
from evidence_store.mirror import audit_log, export_log
from evidence_store.rotating import rotate
from evidence_store.rotations import write_statement
from evidence_store.witnessing import WitnessAt, ask_witnesses
from tests.evidence_store.helpers import LOG
from tests.evidence_store.test_log import leaf
from tests.evidence_store.test_rotation import AT, NEW
from tests.evidence_store.test_witness import KEY, NOW, witness


def mirrored(folder: Path) -> tuple[MemoryBackend, Log]:
    """A log with a witness, a heartbeat and a change of key, and its mirror."""
    place, one = MemoryBackend(), witness()
    log = Log(place, LOG)
    log.append_many([leaf(number) for number in range(300)])

    def ask(_: str, body: bytes) -> tuple[int, bytes]:
        answer = one.add_checkpoint(body)
        return answer.status, answer.body

    ask_witnesses(log, place, [WitnessAt(KEY, "http://w.test")], now=NOW, ask=ask)
    assert beat(log, place, [], now=lambda: NOW) == Beat(NOW.date(), 300, ())
    assert KEY.name.encode() in export_log(log, place, folder).signed
    rotate(place, LOG, NEW, write_statement(LOG, NEW, AT))
    log = Log(place, NEW)
    log.append(leaf(300))
    export_log(log, place, folder)
    return place, log


def test_a_mirror_is_brought_up_to_date_and_audited_from_either_key(tmp_path: Path) -> None:
    _, log = mirrored(tmp_path)
    kept = tmp_path / "kept"
    kept.write_bytes(log.covering(5).signed)
    for key in (LOG.key, NEW.key):
        head, found = audit_log(tmp_path, key, against=kept)
        assert (head.size, found.leaves, found.problems) == (302, 302, [])
    with pytest.raises(SignatureError):
        audit_log(tmp_path, Signer(LOG.name, bytes(32)).key)
    with pytest.raises(ObjectMissingError):
        audit_log(tmp_path / "nothing", LOG.key)


def test_every_damaged_file_of_a_mirror_is_found(tmp_path: Path) -> None:
    mirrored(tmp_path / "m")
    paths = [path for path in (tmp_path / "m" / "log").rglob("*") if path.is_file()]
    assert len(paths) == 17
    for path in paths:
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
        try:
            problems = audit_log(tmp_path / "m", NEW.key)[1].problems
        except EvidenceError as error:  # already the head is not one
            problems = [("log/checkpoint", error)]
        assert problems, path
        path.write_bytes(whole)
    assert audit_log(tmp_path / "m", NEW.key)[1].problems == []


def test_a_mirror_keeps_its_history_from_a_rebuilt_log(tmp_path: Path) -> None:
    mirrored(tmp_path)
    other = MemoryBackend()
    Log(other, NEW).append_many([leaf(1000 + number) for number in range(400)])
    with pytest.raises(LogForkError):
        export_log(Log(other, NEW), other, tmp_path)
    kept = tmp_path / "kept"
    kept.write_bytes(Log(other, NEW).head().signed)
    assert audit_log(tmp_path, NEW.key, against=kept)[1].problems


def test_heartbeats_and_the_days_without(tmp_path: Path) -> None:
    place = MemoryBackend()
    log = Log(place, LOG)
    for day in (1, 2, 5):
        at = datetime(2026, 3, day, 1, tzinfo=UTC)
        for _ in range(2):
            beat(log, place, [], now=lambda at=at: at)  # type: ignore[misc]
        log.append(leaf(day))
    assert [(one.day.day, one.size) for one in beats(place)] == [(1, 0), (2, 1), (5, 2)]
    assert missing_days(beats(place), date(2026, 3, 7)) == [date(2026, 3, day) for day in (3, 4, 6)]
    assert missing_days([], date(2026, 3, 7)) == []
    assert len(missing_days(beats(place), date(2026, 3, 5) + timedelta(days=400))) == 30
    del tmp_path
