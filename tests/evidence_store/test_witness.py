"""Witnesses over real HTTP: what they sign, every attack they refuse, and their cosignatures in packages."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Signer, layout
from evidence_store.backends import LocalBackend, MemoryBackend
from evidence_store.checkpoint import Checkpoint, GrowthProof
from evidence_store.cosigning import WitnessKey, cosign, cosigned, read_cosignature
from evidence_store.errors import FormatError, NoteError
from evidence_store.failures import SignatureError
from evidence_store.fsck import check_store
from evidence_store.log import Log
from evidence_store.shelf import Shelf
from evidence_store.trust import Trust, TrustedKey, TrustedMinimum
from evidence_store.verify import verify
from evidence_store.witness import MOST_BODY, SIZE_TYPE, Witness
from evidence_store.witness_http import WitnessServer
from evidence_store.witnessing import WitnessAt, ask_witnesses, due, post, read_witnesses, witness_state
from tests.evidence_store.helpers import LOG, SEALER, sealed, store
from tests.evidence_store.test_log import leaf

WITNESS = Signer("witness.example", bytes(range(2, 34)))
KEY = WitnessKey.of(WITNESS)
NOW = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)


def witness(place: object = None) -> Witness:
    backend = MemoryBackend() if place is None else place
    return Witness(backend, WITNESS, {LOG.name: [LOG.key]}, now=lambda: NOW)  # type: ignore[arg-type]


def grown(*sizes: int, first: int = 0) -> tuple[Log, list[Checkpoint]]:
    log, total, heads = Log(MemoryBackend(), LOG), 0, []
    for size in sizes:
        log.append_many([leaf(first + number) for number in range(total, size)])
        total = size
        heads.append(log.head())
    return log, heads


def request(log: Log, old: int, head: Checkpoint) -> bytes:
    return log.growth_to(old, head).to_bytes()


@pytest.fixture
def server() -> Iterator[WitnessServer]:
    found = WitnessServer(("127.0.0.1", 0), witness())
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def test_cosigns_growth_over_http(server: WitnessServer) -> None:
    log, (first, second) = grown(3, 7)
    for old, head in ((0, first), (3, second), (7, second)):
        status, answer = post(server.url, request(log, old, head))
        assert status == 200
        assert read_cosignature(KEY, head.text, answer).at == NOW
    assert post(server.url, request(log, 3, second)) == (409, b"7\n")
    assert post(server.url + "/elsewhere", request(log, 7, second))[0] == 404
    assert post(server.url, b"x" * (MOST_BODY + 1))[0] == 413


def attacks() -> dict[str, tuple[int, bytes]]:
    """Name → (status, request) against a witness that has cosigned size 7 of the true log."""
    log, (third, seventh, twelfth) = grown(3, 7, 12)
    fork, (_, forked) = grown(7, 12, first=100)
    same, (other,) = grown(7, first=100)
    thief = Signer(LOG.name, bytes(32))
    stolen = Checkpoint.sign(thief, 12, twelfth.root)
    stranger = Checkpoint.sign(Signer("other.example", bytes(range(1, 33))), 12, twelfth.root)
    proof = log.growth_to(7, twelfth)
    return {
        "fork: another history": (422, request(fork, 7, forked)),
        "fork: another root of the same size": (409, request(same, 7, other)),
        "fork: the proof of the true log": (422, replace(proof, checkpoint=forked).to_bytes()),
        "rollback": (400, GrowthProof(7, (), third).to_bytes()),
        "rollback, old size told as well": (409, request(log, 3, third)),
        "replay of an older request": (409, request(log, 0, seventh)),
        "replay from nothing": (409, request(log, 0, twelfth)),
        "no proof": (422, GrowthProof(7, (), twelfth).to_bytes()),
        "proof too long": (422, replace(proof, hashes=(*proof.hashes, bytes(32))).to_bytes()),
        "wrong origin": (404, replace(proof, checkpoint=stranger).to_bytes()),
        "wrong key": (403, replace(proof, checkpoint=stolen).to_bytes()),
        "unsigned": (400, proof.to_bytes().rpartition("—".encode())[0]),
        "changed after signing": (403, proof.to_bytes().replace(b"\n12\n", b"\n13\n")),
        "rubbish": (400, b"\xff\x00" * 50),
        "empty": (400, b""),
    }


@pytest.mark.parametrize("name", attacks())
def test_refuses(name: str) -> None:
    log, (seventh,) = grown(7)
    one = witness()
    assert one.add_checkpoint(request(log, 0, seventh)).status == 200
    status, body = attacks()[name]
    answer = one.add_checkpoint(body)
    assert (answer.status, KEY.name.encode() in answer.body) == (status, False)
    if status == 409:
        assert (answer.body, answer.kind) == (b"7\n", SIZE_TYPE)
    known = one.known(LOG.name)
    assert known is not None
    assert known.signed == seventh.signed


def test_what_was_signed_is_known_after_a_crash(tmp_path: Path) -> None:
    """The state is durable before the signature: whoever has one faces a witness that remembers it."""
    log, (third, seventh) = grown(3, 7)
    place = LocalBackend(tmp_path)
    assert witness(place).add_checkpoint(request(log, 0, third)).status == 200

    class Killed(Signer):
        def sign(self, text: bytes) -> bytes:
            raise KeyboardInterrupt

    dying = Witness(place, Killed(WITNESS.name, bytes(32)), {LOG.name: [LOG.key]}, now=lambda: NOW)
    with pytest.raises(KeyboardInterrupt):
        dying.add_checkpoint(request(log, 3, seventh))
    fork, (forked,) = grown(7, first=50)
    assert witness(LocalBackend(tmp_path)).add_checkpoint(request(fork, 0, forked)).status == 409
    assert witness(LocalBackend(tmp_path)).add_checkpoint(request(log, 7, seventh)).status == 200


def test_package_carries_the_cosignature_and_the_quorum_holds(tmp_path: Path, server: WitnessServer) -> None:
    keeper = store(tmp_path / "store")
    receipt = keeper.admit(sealed(tmp_path / "a"))
    keeper.admit(sealed(tmp_path / "b"))  # the head has moved on when the witness is asked
    trust = Trust(
        sealers=(TrustedKey(SEALER.verifier_key),),
        log=LOG.verifier_key,
        witnesses=(str(KEY),),
        quorum=1,
        minimums=(TrustedMinimum(0),),
    )
    before = keeper.export(receipt.package_id, tmp_path / "before", as_zip=True)
    told = ask_witnesses(keeper.log, keeper.backend, [WitnessAt(KEY, server.url)], now=NOW)
    assert (told[KEY.name].size, told[KEY.name].trouble) == (2, "")
    after = keeper.export(receipt.package_id, tmp_path / "after", as_zip=True)
    again = keeper.export(receipt.package_id, tmp_path / "again", as_zip=True)
    assert after.read_bytes() == again.read_bytes()
    head = cosigned(keeper.head(), [cosign(WITNESS, keeper.head().text, NOW)])
    seen = {}
    for path in (before, after):
        report = verify(path, trust, against=head.signed)
        seen[path.parent.name] = {one.number: one.status for one in report.checks if one.number in (14, 15, 21)}
    assert seen["before"][15] == "FAIL"
    assert seen["after"] == {14: "PASS", 15: "PASS", 21: "PASS"}
    assert check_store(Shelf(keeper.backend), keeper.log).ok


def test_silent_refusing_and_forking_witnesses_are_told_apart(server: WitnessServer) -> None:
    log, _ = grown(3)
    place = MemoryBackend()
    silent = WitnessAt(KEY, "http://127.0.0.1:1")
    assert ask_witnesses(log, place, [silent], now=NOW)[KEY.name].trouble == "silent"
    assert ask_witnesses(log, place, [silent], now=NOW + timedelta(seconds=5))[KEY.name].tries == 1  # its pause
    state = witness_state(place, KEY)
    assert (due(state, NOW + timedelta(seconds=31)), due(replace(state, tries=50), NOW)) == (True, False)
    there = WitnessAt(KEY, server.url)
    assert ask_witnesses(log, place, [there], now=NOW, force=True)[KEY.name].trouble == ""
    restored, _ = grown(2)  # an older backup of the same log
    assert ask_witnesses(restored, MemoryBackend(), [there], now=NOW)[KEY.name].trouble == "fork"
    rebuilt, _ = grown(9, first=100)
    assert ask_witnesses(rebuilt, MemoryBackend(), [there], now=NOW)[KEY.name].trouble == "fork"
    strange = Log(MemoryBackend(), Signer("strange.example", bytes(range(32))))
    assert ask_witnesses(strange, MemoryBackend(), [there], now=NOW)[KEY.name].trouble == "refused"
    imposter = WitnessAt(WitnessKey("imposter", bytes(32)), server.url)
    log.append(leaf(3))
    assert ask_witnesses(log, MemoryBackend(), [imposter], now=NOW)["imposter"].trouble == "refused"


def test_damaged_cosignatures_and_keys(tmp_path: Path) -> None:
    text = b"log.example\n0\nx\n"
    line = cosign(WITNESS, text, NOW)
    assert WitnessKey.parse(str(KEY)) == KEY
    with pytest.raises(SignatureError):
        read_cosignature(KEY, text + b"y\n", line.line)
    for bad in ("", "a", LOG.verifier_key, str(KEY)[:-4], "a b" + str(KEY)):
        with pytest.raises(NoteError):
            WitnessKey.parse(bad)
    for data in (b"", b"{}", b'{"quorum":2,"witnesses":[]}', b'{"quorum":0,"witnesses":[{"vkey":"x","url":"y"}]}'):
        with pytest.raises(FormatError):
            read_witnesses(data)
    keeper = store(tmp_path)
    keeper.append(leaf(1))
    keeper.backend.put_new(layout.cosignature_key(1, KEY.key_id.hex()), f"{KEY}\n".encode() + line.line)
    assert not keeper.fsck().ok
