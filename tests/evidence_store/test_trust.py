"""trust.json: written and read alike, anything unknown or doubtful refused, the fingerprint that of the file."""

import base64
import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence_store.errors import TrustFileError
from evidence_store.trust import Trust, TrustedKey, TrustedMinimum, TrustedRoot
from evidence_store.verifier_html import build_engine
from evidence_store.verify import verify
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import Forge, NoteKey
from tests.evidence_store.test_verify_html_engine import node

HONEST = Authority("one")


def trust_of(forge: Forge, **changes: Any) -> Trust:
    return Trust.parse(json.dumps(forge.trust(**changes)).encode())


@pytest.fixture
def package(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "package", files={"text.txt": b"hello"}, authorities=[HONEST]).build()


def test_trust_round_trip(package: Forge, tmp_path: Path) -> None:
    assert package.log is not None
    trust = Trust(
        sealers=(TrustedKey(package.sealer.vkey, "席位一", datetime(2026, 1, 1, tzinfo=UTC)),),
        log=package.log.key.vkey,
        roots=(TrustedRoot("one", HONEST.root_sha256),),
    )
    trust.save(tmp_path / "trust.json")
    assert Trust.load(tmp_path / "trust.json") == trust
    assert Trust.load(tmp_path / "trust.json").fingerprint == trust.fingerprint
    assert verify(package.root, trust).verdict == "PASS"
    with pytest.raises(TrustFileError):
        trust.save(tmp_path / "trust.json")
    with pytest.raises(TrustFileError):
        Trust.load(tmp_path / "none.json")


def test_fingerprint_is_that_of_the_canonical_file(package: Forge) -> None:
    value = package.trust()
    del value["sealers"][0]["holder"]
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert Trust.parse(json.dumps(value, indent=4).encode()).fingerprint == hashlib.sha256(canonical).hexdigest()


WITNESS, TWICE = NoteKey("one.example", secret="same"), NoteKey("two.example", secret="same")

BAD_TRUST: dict[str, dict[str, Any]] = {
    "schema": {"schema": "bianwu/trust/2"},
    "unknown key": {"extra": 1},
    "no sealer": {"sealers": []},
    "sealer not a key": {"sealers": [{"vkey": "REPLACE"}]},
    "quorum beyond witnesses": {"quorum": 1},
    "quorum as text": {"quorum": "0"},
    "root not hex": {"tsa_roots": [{"name": "x", "sha256": "AB" * 32}]},
    "negative": {"min_tokens": -1},
    "true for a number": {"min_tokens": True},
    "no period": {"min_tokens": []},
    "period without a beginning": {"min_tokens": [{"least": 1}]},
    "first period begins somewhere": {"min_tokens": [{"since": "2026-01-01T00:00:00Z", "least": 1}]},
    "two first periods": {"min_tokens": [{"since": None, "least": 1}, {"since": None, "least": 2}]},
    "periods out of order": {
        "min_tokens": [
            {"since": None, "least": 1},
            {"since": "2026-03-01T00:00:00Z", "least": 2},
            {"since": "2026-03-01T00:00:00Z", "least": 1},
        ]
    },
    "negative in a period": {"min_tokens": [{"since": None, "least": -1}]},
    "one witness twice": {"witnesses": [WITNESS.vkey, WITNESS.vkey]},
    "log a list": {"log": []},
    "old key not a key": {"log": {"vkey": NoteKey("log").vkey, "old": [5]}},
    "same key twice": {"log": {"vkey": NoteKey("log").vkey, "old": [NoteKey("log").vkey]}},
    "old log key without its end": {"log": {"vkey": NoteKey("log").vkey, "old": [{"vkey": WITNESS.vkey}]}},
    "old log key with a strange end": {
        "log": {"vkey": NoteKey("log").vkey, "old": [{"vkey": NoteKey("log", seed=8).vkey, "last_size": -1}]}
    },
    "old log key until some day": {
        "log": {
            "vkey": NoteKey("log").vkey,
            "old": [{"vkey": NoteKey("log", seed=8).vkey, "last_size": 1, "until": "2026"}],
        }
    },
    "one witness under two names": {"witnesses": [WITNESS.vkey, TWICE.vkey], "quorum": 2},
    "a log that cosigns itself": {"log": {"vkey": WITNESS.vkey, "old": []}, "witnesses": [TWICE.vkey]},
    "witness key as log": {"log": {"vkey": NoteKey("log", kind=4).vkey}},
    "time with zone": {"sealers": [{"vkey": NoteKey("s").vkey, "not_before": "2026-01-01T00:00:00+08:00"}]},
    "time with fraction": {"sealers": [{"vkey": NoteKey("s").vkey, "not_before": "2026-01-01T00:00:00.5Z"}]},
}


@pytest.mark.parametrize("name", BAD_TRUST)
def test_trust_refuses(name: str, package: Forge) -> None:
    with pytest.raises(TrustFileError) as caught:
        trust_of(package, **BAD_TRUST[name])
    assert caught.value.code == "evidence.trust_file"


def test_verify_html_refuses_the_same(package: Forge, tmp_path: Path) -> None:
    (tmp_path / "engine.js").write_text(build_engine(), encoding="utf-8")
    values = [package.trust(), package.trust(min_tokens=PERIODS), *(package.trust(**one) for one in BAD_TRUST.values())]
    jobs = [("trust", {"data": json.dumps(value).encode().hex()}) for value in values]
    found = node(tmp_path / "engine.js", jobs)
    assert found[:2] == [Trust.parse(json.dumps(value).encode()).fingerprint for value in values[:2]]
    assert [name for name, one in zip(BAD_TRUST, found[2:], strict=True) if not isinstance(one, dict)] == []


PERIODS = [{"since": None, "least": 1}, {"since": "2026-03-02T00:00:00Z", "least": 2}]


def test_the_k_of_the_day_of_sealing(package: Forge, tmp_path: Path) -> None:
    """Raising k later does not make an older package fall short, nor lowering it a newer one enough."""
    (tmp_path / "engine.js").write_text(build_engine(), encoding="utf-8")
    reversed_k = [{**PERIODS[0], "least": 2}, {**PERIODS[1], "least": 1}]
    rows = [(PERIODS, set[int]()), (reversed_k, {13}), (2, {13}), ([*PERIODS[:1]], set[int]())]
    data = base64.b64encode(package.zip(tmp_path / "p.zip").read_bytes()).decode()
    jobs = []
    for least, failing in rows:
        value = json.dumps(package.trust(min_tokens=least)).encode()
        trust = Trust.parse(value)
        assert Trust.parse(trust.to_bytes()) == trust
        assert {check.number for check in verify(package.root, trust).failures} == failing, least
        jobs.append(("verify", {"what": data, "trust": base64.b64encode(value).decode()}))
    html = node(tmp_path / "engine.js", jobs)
    failed = [{check["number"] for check in one["checks"] if check["status"] == "FAIL"} for one in html]
    assert failed == [failing for _least, failing in rows]


def test_trust_refuses_missing_and_repeated_keys(package: Forge) -> None:
    value = package.trust()
    del value["quorum"]
    for data in (json.dumps(value).encode(), b'{"schema":"x","schema":"x"}', b"", b"\xff", b"[]"):
        with pytest.raises(TrustFileError):
            Trust.parse(data)
    with pytest.raises(TrustFileError):
        dataclasses.replace(trust_of(package), minimums=(TrustedMinimum(-1),))
