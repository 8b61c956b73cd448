"""A change of the log's key: killed at every step and ended, forged and refused, old and new packages verified."""

from pathlib import Path

import pytest

from evidence_store import EvidenceStore, Signer, layout
from evidence_store.backends import MemoryBackend
from evidence_store.checkpoint import Checkpoint
from evidence_store.errors import EvidenceError, NoteError
from evidence_store.failures import LogKeyRetiredError, SignatureError
from evidence_store.log import Log
from evidence_store.logcheck import check_log
from evidence_store.rotating import rotate
from evidence_store.rotations import Rotation, earlier_keys, later_keys, rotations, write_statement
from evidence_store.signing import assemble_note, parse_note
from evidence_store.trust import RetiredLogKey, Trust, TrustedKey, TrustedMinimum
from evidence_store.verify import verify
from tests.evidence_store.helpers import LOG, SEALER, sealed, store
from tests.evidence_store.test_log import leaf

NEW = Signer(LOG.name, bytes(range(3, 35)))
NEXT = Signer(LOG.name, bytes(range(4, 36)))
AT = "2026-03-02T00:00:00Z"


class KilledError(BaseException):
    """The process died."""


def test_both_sign_the_last_checkpoint_and_all_entries_stay() -> None:
    place = MemoryBackend()
    log = Log(place, LOG)
    log.append_many([leaf(number) for number in range(3)])
    done = rotate(place, LOG, NEW, write_statement(LOG, NEW, AT))
    assert len(parse_note(place.get(layout.LOG_HEAD)).verified_by([LOG.key, NEW.key])) == 2
    with pytest.raises(LogKeyRetiredError):
        log.append(leaf(4))
    after = Log(place, NEW)
    after.append(leaf(4))
    again = rotate(place, NEW, NEXT, write_statement(NEW, NEXT, "2026-03-03T00:00:00Z"))
    last = Log(place, NEXT)
    last.append(leaf(5))
    assert [entry.count(b'"ref-') for entry in last.entries()] == [1, 1, 1, 0, 1, 0, 1]
    assert (done.size, again.size, last.head().size) == (4, 6, 7)
    assert earlier_keys(place, NEXT.key) == (NEW.key, LOG.key)
    assert later_keys(place, LOG.key) == (NEW.key, NEXT.key)
    assert check_log(last, place).problems == []


@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_at_a_step_and_ended(step: int) -> None:
    place, statement = MemoryBackend(), write_statement(LOG, NEW, AT)
    Log(place, LOG).append(leaf(0))

    def die(number: int) -> None:
        if number == step:
            raise KilledError

    with pytest.raises(KilledError):
        rotate(place, LOG, NEW, statement, on_step=die)
    for signer in (LOG, NEW):  # whoever may still sign goes on; nobody forks
        if (signer is NEW) == (step > 1):
            Log(place, signer).append(leaf(1))
    rotate(place, LOG, NEW, statement)
    log = Log(place, NEW)
    log.append(leaf(2))
    assert sum(1 for _ in rotations(place)) == 1
    assert len(list(log.entries())) == 4
    assert check_log(log, place).problems == []


def test_takes_in_what_a_dead_writer_left() -> None:
    place = MemoryBackend()

    def die(number: int) -> None:
        if number == 5:
            raise KilledError

    with pytest.raises(KilledError):
        Log(place, LOG, on_step=die).append(leaf(0))
    rotate(place, LOG, NEW, write_statement(LOG, NEW, AT))
    assert len(list(Log(place, NEW).entries())) == 2


def test_a_forged_change_of_key_is_refused() -> None:
    place = MemoryBackend()
    log = Log(place, LOG)
    log.append(leaf(0))
    thief, text = NEW, parse_note(write_statement(LOG, NEW, AT)).text
    alone = assemble_note(text, [(thief.name, thief.key.key_id + thief.sign(text))])
    other = write_statement(Signer(LOG.name, bytes(32)), thief, AT)
    for forged, error in ((alone, SignatureError), (other, NoteError), (b"", NoteError)):
        with pytest.raises(error):
            rotate(place, LOG, thief, forged)
    head = log.head().signed
    with pytest.raises(SignatureError):
        Rotation.of(write_statement(LOG, NEW, AT), head)  # the last checkpoint lacks the new key
    place.put_new(layout.rotation_key(1), b'{"checkpoint":"","statement":"","v":1}')
    log.append(leaf(1))  # a forged record retires nobody
    assert earlier_keys(place, thief.key) == ()
    with pytest.raises(EvidenceError):
        Log(place, thief).head()
    assert check_log(log, place).problems


def test_old_and_new_packages_verify_and_a_stolen_old_key_signs_nothing_new(tmp_path: Path) -> None:
    keeper = store(tmp_path / "store")
    first = keeper.admit(sealed(tmp_path / "a"))
    done = rotate(keeper.backend, LOG, NEW, write_statement(LOG, NEW, AT))
    renewed = EvidenceStore(keeper.backend, log_signer=NEW)
    second = renewed.admit(sealed(tmp_path / "b"))
    trust = Trust(
        sealers=(TrustedKey(SEALER.verifier_key),),
        log=NEW.verifier_key,
        retired_log_keys=(RetiredLogKey(LOG.verifier_key, done.size, AT),),
        minimums=(TrustedMinimum(0),),
    )
    assert Trust.parse(trust.to_bytes()) == trust
    head = renewed.head().signed
    for receipt in (first, second):
        path = renewed.export(receipt.package_id, tmp_path / "out", as_zip=True)
        report = verify(path, trust, against=renewed.consistency(receipt.checkpoint.size))
        assert not [one for one in report.checks if one.status == "FAIL"]
    stolen = Checkpoint.sign(LOG, Checkpoint.parse(head).size, Checkpoint.parse(head).root)
    report = verify(path, trust, against=stolen.signed)
    assert {one.number for one in report.checks if one.status == "FAIL"} == {21}
