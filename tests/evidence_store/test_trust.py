"""trust.json: written and read alike, anything unknown or doubtful refused, the fingerprint that of the file."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence_store.errors import TrustFileError
from evidence_store.trust import Trust, TrustedKey, TrustedRoot
from evidence_store.verify import verify
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import Forge, NoteKey

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
    "log a list": {"log": []},
    "old key not a key": {"log": {"vkey": NoteKey("log").vkey, "old": [5]}},
    "same key twice": {"log": {"vkey": NoteKey("log").vkey, "old": [NoteKey("log").vkey]}},
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


def test_trust_refuses_missing_and_repeated_keys(package: Forge) -> None:
    value = package.trust()
    del value["quorum"]
    for data in (json.dumps(value).encode(), b'{"schema":"x","schema":"x"}', b"", b"\xff", b"[]"):
        with pytest.raises(TrustFileError):
            Trust.parse(data)
    with pytest.raises(TrustFileError):
        dataclasses.replace(trust_of(package), min_tokens=-1)
