"""verify.html against the same attack table, the same frozen vectors and seeded mutations as verify.py and the library.

Every report must equal that of verify.py word for word; test_attacks.py holds verify.py and the library side by side.
"""

import base64
import copy
import dataclasses
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.evidence_store.attack_rows_outer import ROWS, Row, forked_checkpoint, rebuilt_log, swap_log_key
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import SEALED_AT, Forge, Log, NoteKey, wacz
from tests.evidence_store.judging import make
from tests.evidence_store.page import HtmlVerifier, both, html_verifier
from tests.evidence_store.test_attacks_containers import ZIPS, rewritten
from tests.evidence_store.test_verifier_vectors import TAMPERED, VECTORS, trust

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HtmlVerifier]:
    with html_verifier(tmp_path_factory.mktemp("html")) as opened:
        yield opened
        assert opened.noise == []


def test_good_packages(html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path) -> None:
    archive = original.zip(tmp_path / "p.zip")
    assert both(html, single, archive, original.trust()) == (set(), "PASS")
    assert both(html, single, archive, None) == (set(), "UNTRUSTED-KEYS")
    assert both(html, single, original.root, original.trust()) == (set(), "PASS")
    assert both(html, single, VECTORS / "good.zip", trust("good-trust.json")) == (set(), "PASS")
    assert both(html, single, VECTORS / "good.zip", None) == (set(), "UNTRUSTED-KEYS")
    assert both(html, single, VECTORS / "good.zip", trust("test-token-trust.json"))[1] == "FAIL"
    assert both(html, single, VECTORS / "test-token.zip", trust("test-token-trust.json")) == (set(), "PASS")


@pytest.mark.parametrize(
    ("kind", "hashed_by", "imprint"),
    [("rsa", "sha512", "sha512"), ("pss", "sha256", "sha256"), ("p256", "sha256", "sha384"),
     ("p384", "sha384", "sha256"), ("sm2", "sm3", "sm3"), ("rsa", "sha256", "sm3")],
)  # fmt: skip
def test_every_kind_of_timestamp(
    kind: str, hashed_by: str, imprint: str, html: HtmlVerifier, single: ModuleType, tmp_path: Path
) -> None:
    authorities = [Authority("one", kind, hashed_by, embed_root=embed) for embed in (True, False)]
    for number, authority in enumerate(authorities):
        forge = make(tmp_path / f"p{number}", authorities=[authority], imprint=imprint, files={"a.txt": b"a"})
        assert both(html, single, forge.root, forge.trust()) == (set(), "PASS")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.attack.__name__)
def test_attack(row: Row, html: HtmlVerifier, forge: Forge, original: Forge, single: ModuleType) -> None:
    row.attack(forge)
    failed, verdict = both(html, single, forge.root, original.trust())
    assert verdict == "FAIL"
    assert row.checks <= failed


def test_a_retired_log_key_signs_no_later_head(
    html: HtmlVerifier, forge: Forge, original: Forge, single: ModuleType
) -> None:
    assert original.log is not None
    swap_log_key(forge)
    retired = NoteKey(original.log.key.name, seed=9).vkey
    for last, expected in ((6, (set[int](), "PASS")), (5, ({15}, "FAIL"))):
        old = [{"vkey": retired, "last_size": last, "until": "2026-03-01T00:00:00Z"}]
        trusted = original.trust(log={"vkey": original.log.key.vkey, "old": old})
        assert both(html, single, forge.root, trusted) == expected


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_zip(name: str, html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path) -> None:
    path = rewritten(original, tmp_path / "p.zip", **ZIPS[name])
    assert both(html, single, path, original.trust()) == ({2}, "FAIL")


@pytest.mark.parametrize("limit", [100, 5_000, 20_000])
def test_zip64(
    limit: int, html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    path = original.zip(tmp_path / "p.zip")
    assert both(html, single, path, original.trust()) == (set(), "PASS")
    whole = path.read_bytes()
    for at in range(whole.index(b"PK\x06\x06"), len(whole), 3):
        (tmp_path / "bad.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert both(html, single, tmp_path / "bad.zip", original.trust())[1] == "FAIL", at


@pytest.mark.parametrize("row", TAMPERED, ids=[row["name"] for row in TAMPERED])
def test_frozen_forgery(row: dict[str, Any], html: HtmlVerifier, single: ModuleType, tmp_path: Path) -> None:
    with zipfile.ZipFile(VECTORS / "good.zip") as archive:
        archive.extractall(tmp_path)
    root = next(tmp_path.iterdir())
    for path, data in row["files"].items():
        if data is None:
            (root / path).unlink()
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(base64.b64decode(data))
    failed, verdict = both(html, single, root, trust("good-trust.json"))
    assert verdict == "FAIL"
    assert set(row["failed"]) <= failed


def test_heads(html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path) -> None:
    """Every outcome of a comparison with a head somebody saw."""
    log = copy.deepcopy(original.log)
    assert log is not None
    path, believed = original.zip(tmp_path / "p.zip"), original.trust()
    for size in range(4, 10):
        both(html, single, path, believed, log.checkpoint(size))
        both(html, single, path, None, log.checkpoint(size))
    log.append(b"later")
    assert both(html, single, path, believed, log.growth_file(6)) == (set(), "PASS")
    assert both(html, single, path, believed, log.checkpoint()) == ({21}, "FAIL")
    other = Log(log.key, [*log.leaves[:4], b"x", b"y", b"z"])
    for head in (
        other.growth_file(6),
        other.checkpoint(6),
        Log(log.key, log.leaves[:4]).checkpoint(),
        b"nonsense",
        b"",
    ):
        assert both(html, single, path, believed, head)[0] == {21}
    for attack in (forked_checkpoint, rebuilt_log):
        root = tmp_path / attack.__name__
        shutil.copytree(original.root, root)
        forge = dataclasses.replace(original, root=root, log=copy.deepcopy(original.log))
        attack(forge)
        size = int(forge.get("seal/log/checkpoint").split(b"\n")[1])
        assert original.log is not None
        for head in (original.log.checkpoint(size), original.log.growth_file(size)):
            failed, verdict = both(html, single, root, believed, head)
            assert (21 in failed, verdict) == (True, "FAIL")


def mutated(whole: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    data = bytearray(whole)
    bit = rng.randrange(len(data) * 8)
    if seed % 3 == 0:
        del data[bit // 8 : bit // 8 + rng.randrange(1, 40)]
    elif seed % 3 == 1:
        data[bit // 8 : bit // 8] = rng.randbytes(rng.randrange(1, 40))
    else:
        data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def test_mutated_zips(html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path) -> None:
    whole, path = original.zip(tmp_path / "p.zip").read_bytes(), tmp_path / "mutant.zip"
    for seed in range(120):
        path.write_bytes(mutated(whole, seed))
        assert both(html, single, path, original.trust())[1] == "FAIL", seed


@pytest.mark.parametrize(
    "seeds", [range(60), pytest.param(range(60, 160), marks=pytest.mark.full)], ids=["few", "many"]
)
def test_mutated_files(html: HtmlVerifier, original: Forge, single: ModuleType, tmp_path: Path, seeds: range) -> None:
    """A folder with one file changed, and everything that lists digests of tag files written anew: deep mutations."""
    names = [name for name in original.everything() if not name.startswith(("verify/", "tagmanifest"))]
    root = tmp_path / "mutant"
    shutil.copytree(original.root, root)
    forge = dataclasses.replace(original, root=root)
    for seed in seeds:
        name = random.Random(seed).choice(names)
        before = forge.get(name)
        forge.put(name, mutated(before, seed))
        forge.tag_manifest()
        assert both(html, single, root, original.trust())[1] == "FAIL", (seed, name)
        forge.put(name, before)


def test_mutated_tokens(html: HtmlVerifier, tmp_path: Path, single: ModuleType) -> None:
    """Single bits of tokens by every kind of authority; only the token's file changes."""
    kinds = [Authority("one", "rsa"), Authority("two", "p384", "sha384"), Authority("three", "sm2", "sm3")]
    forge = make(tmp_path / "p", authorities=kinds, files={"a.txt": b"a"}, log=None, events=None, witnesses=[])
    for number, authority in enumerate(kinds, 1):
        name = f"seal/tsa/{number:02d}-{authority.name}.tsr"
        before = forge.get(name)
        rng = random.Random(number)
        for _ in range(30):
            bit = rng.randrange(len(before) * 8)
            data = bytearray(before)
            data[bit // 8] ^= 1 << bit % 8
            forge.put(name, bytes(data))
            forge.tag_manifest()
            assert both(html, single, forge.root, forge.trust())[1] == "FAIL", (name, bit)
        forge.put(name, before)


def test_archives_inside(html: HtmlVerifier, single: ModuleType, tmp_path: Path) -> None:
    """Deflated members, members behind trailing bytes, fractions and foreign lists in a WACZ sealed as it is."""
    good = wacz({"archive/二.warc": b"x" * 300_000})
    for number, data in enumerate((good, good + b"x", good[:-1], wacz(unlisted={"a": b"b"}), b"PK", b"")):
        forge = make(tmp_path / str(number), files={"capture.wacz": data}) if number == 0 else None
        if forge is None:
            forge = make(tmp_path / str(number), files={"capture.wacz": good})
            forge.put("data/capture.wacz", data)
        failed, verdict = both(html, single, forge.root, forge.trust())
        assert (verdict == "PASS") == (number == 0)
        assert (9 in failed) == (number > 0)


def test_json_of_a_trust_file_that_cannot_be_used(html: HtmlVerifier, original: Forge, tmp_path: Path) -> None:
    whole = original.zip(tmp_path / "p.zip").read_bytes()
    for value in ({}, {**original.trust(), "extra": 1}, {**original.trust(), "sealers": []}, original.trust(quorum=9)):
        with pytest.raises(Exception, match="cannot be used"):
            html.report(whole, value)


def test_large_file_is_hashed_in_pieces(html: HtmlVerifier, single: ModuleType, tmp_path: Path) -> None:
    forge = make(tmp_path / "p", files={"large.bin": bytes(range(256)) * (9 << 12), "capture.wacz": wacz()})
    assert both(html, single, forge.zip(tmp_path / "p.zip"), forge.trust()) == (set(), "PASS")
    data = bytearray(forge.get("data/large.bin"))
    data[-1] ^= 1
    forge.put("data/large.bin", bytes(data))
    assert both(html, single, forge.zip(tmp_path / "q.zip"), forge.trust())[0] == {6, 7}


def test_report_says_when(html: HtmlVerifier, original: Forge, tmp_path: Path) -> None:
    report = html.report(original.zip(tmp_path / "p.zip").read_bytes(), original.trust())
    assert json.loads(json.dumps(report))["sealed_at"] == SEALED_AT.strftime("%Y-%m-%dT%H:%M:%SZ")
