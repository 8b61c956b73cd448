"""Verification of honest packages: every kind of timestamp, what a report says, how the two engines are compared."""

import copy
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from rfc3161_client import decode_timestamp_response

from evidence_store.errors import EvidenceError, InputError
from evidence_store.trust import Trust
from evidence_store.verifier import build_verify_py
from evidence_store.verifier.case import SecondEngine
from evidence_store.verifier.engine import CHECKS, run_checks
from evidence_store.verifier.report import CHECK_NAMES, Check, Report
from evidence_store.verify import OpenSslEngine, render_text, verify
from tests.evidence_store.authorities import TEST_POLICY, Authority
from tests.evidence_store.forge import SEALED_AT, Forge, Log, NoteKey, wacz

HONEST = Authority("one")
FILES = {"text.txt": b"hello", "截图/第 1 张.png": b"\x89PNG" * 10}


def make(root: Path, **changes: Any) -> Forge:
    return Forge(root, **{"files": FILES, "authorities": [HONEST], **changes}).build()


def trust_of(forge: Forge, **changes: Any) -> Trust:
    return Trust.parse(json.dumps(forge.trust(**changes)).encode())


def lines(report: Report, number: int) -> list[Check]:
    return [check for check in report.checks if check.number == number]


@pytest.fixture
def package(tmp_path: Path) -> Forge:
    return make(tmp_path / "package")


@pytest.mark.parametrize(
    ("kind", "hashed_by", "imprint"),
    [
        ("rsa", "sha256", "sha256"),
        ("rsa", "sha512", "sha512"),
        ("pss", "sha256", "sha256"),
        ("p256", "sha256", "sha384"),
        ("p384", "sha384", "sha256"),
        ("sm2", "sm3", "sm3"),
        ("rsa", "sha256", "sm3"),
    ],
)
@pytest.mark.parametrize("embed_root", [True, False])
def test_every_kind_of_timestamp(kind: str, hashed_by: str, imprint: str, embed_root: bool, tmp_path: Path) -> None:
    authority = Authority("one", kind, hashed_by, embed_root=embed_root)
    forge = make(tmp_path / "p", authorities=[authority], imprint=imprint)
    report = verify(forge.root, trust_of(forge))
    assert report.failures == ()
    assert report.verdict == "PASS"
    assert lines(report, 12)[0].status == "PASS"
    assert report.facts["timestamps"][0]["gen_time"] == "2026-03-01T08:00:20.12Z"  # type: ignore[index]
    alone = "more only ours can judge" in lines(report, 22)[0].detail_en
    assert alone == (kind in {"sm2", "pss"})


@pytest.mark.parametrize("kind", ["sm2", "p384"])
def test_a_stray_certificate_does_not_silence_the_second_engine(kind: str, tmp_path: Path) -> None:
    """A token's certificates are not signed: anybody may add one whose key only our engine knows."""
    forge = make(tmp_path / "p", authorities=[Authority("one", stray=(Authority("other", kind).root,))])
    report = verify(forge.root, trust_of(forge))
    assert report.verdict == "PASS"
    assert "only ours can judge" not in lines(report, 22)[0].detail_en
    contrary = run_checks(str(forge.root), trust_of(forge).parsed, None, Contrary())
    assert 22 in {check.number for check in contrary.failures}


def test_without_trust_never_pass(package: Forge) -> None:
    report = verify(package.root, None)
    assert report.verdict == "UNTRUSTED-KEYS"
    assert report.exit_code == 2
    text = render_text(report)
    assert "UNTRUSTED-KEYS: contents intact, origin not checked" in text
    assert "PASS: contents intact" not in text
    assert [check.status for check in lines(report, 12) + lines(report, 11)] == ["WARN"] * 3


def test_self_made_authority_with_its_root_inside_is_refused(package: Forge, tmp_path: Path) -> None:
    """Regression: rfc3161-client 1.0.7 and 1.0.8 accepted such a token."""
    rogue = Authority("rogue")
    data = package.get("seal.sha256")
    response = rogue.stamp(data, SEALED_AT + timedelta(seconds=5), nonce=3)
    digest = hashlib.sha256(data).digest()
    engine = OpenSslEngine()
    assert engine.token(response, digest, [rogue.root])[0] is True
    assert engine.token(response, digest, [HONEST.root])[0] is False
    assert engine.token(response, digest, [])[0] is False
    assert len(decode_timestamp_response(response).signed_data.certificates) == 2
    forged = make(tmp_path / "forged", authorities=[rogue])
    report = verify(forged.root, trust_of(forged, tsa_roots=[{"name": "one", "sha256": HONEST.root_sha256}]))
    assert {12, 13} <= {check.number for check in report.failures}
    assert 22 not in {check.number for check in report.failures}


def test_test_authority_is_labelled_everywhere(tmp_path: Path) -> None:
    forge = make(tmp_path / "p", authorities=[Authority("local", policy=TEST_POLICY)])
    for trust in (trust_of(forge), None):
        report = verify(forge.root, trust)
        for check in lines(report, 12) + lines(report, 13):
            assert check.status == "WARN"
            assert "测试时间戳" in check.detail_zh
            assert "test timestamp" in check.detail_en
        assert report.facts["timestamps"][0]["test"] is True  # type: ignore[index]
    assert verify(forge.root, trust_of(forge)).verdict == "PASS"


def test_root_marked_test_in_trust_is_labelled(package: Forge) -> None:
    roots = [{"name": "one", "sha256": HONEST.root_sha256, "test": True}]
    assert "测试时间戳" in lines(verify(package.root, trust_of(package, tsa_roots=roots)), 12)[0].detail_zh


def test_self_timed_and_unlogged(tmp_path: Path) -> None:
    forge = make(tmp_path / "p", authorities=[], log=None, events=None)
    report = verify(forge.root, trust_of(forge))
    assert report.verdict == "PASS"
    assert report.facts["state"] == "self-timed"
    assert "自述时间" in lines(report, 13)[0].detail_zh
    assert [check.status for check in lines(report, 13) + lines(report, 14) + lines(report, 17)] == ["WARN"] * 3
    assert {check.number for check in verify(forge.root, trust_of(forge, min_tokens=1)).failures} == {13}


def test_late_timestamp_is_said(tmp_path: Path) -> None:
    forge = make(tmp_path / "p", stamp_after=timedelta(hours=3))
    line = lines(verify(forge.root, trust_of(forge)), 13)[0]
    assert (line.status, "2026-03-01T11:00:00.12Z" in line.detail_en) == ("WARN", True)


def test_stated_time_far_before_any_proof_fails(tmp_path: Path) -> None:
    forge = make(tmp_path / "p", stamp_after=timedelta(days=40))
    assert {check.number for check in verify(forge.root, trust_of(forge)).failures} == {13}


@pytest.mark.parametrize(
    ("bounds", "failed"),
    [
        ({"not_before": "2026-03-01T08:00:00Z", "not_after": "2026-03-01T08:00:00Z"}, set()),
        ({"not_before": "2026-03-01T08:00:01Z"}, {11}),
        ({"not_after": "2026-03-01T07:59:59Z"}, {11}),
    ],
)
def test_validity_of_the_sealer(package: Forge, bounds: dict[str, str], failed: set[int]) -> None:
    trust = trust_of(package, sealers=[{"vkey": package.sealer.vkey, **bounds}])
    assert {check.number for check in verify(package.root, trust).failures} == failed


def test_retired_key_stamped_after_its_end(tmp_path: Path) -> None:
    """A key stolen after its retirement could back-date; only a timestamp from its lifetime shows it did not."""
    forge = make(tmp_path / "p", stamp_after=timedelta(days=2))
    trust = trust_of(forge, sealers=[{"vkey": forge.sealer.vkey, "not_after": "2026-03-01T09:00:00Z"}])
    assert {check.number for check in verify(forge.root, trust).failures} == {13}


def test_old_log_key(package: Forge) -> None:
    assert package.log is not None
    new = NoteKey(package.log.key.name, seed=2)
    trust = trust_of(package, log={"vkey": new.vkey, "old": [package.log.key.vkey]})
    assert verify(package.root, trust).verdict == "PASS"
    assert {check.number for check in verify(package.root, trust_of(package, log={"vkey": new.vkey})).failures} == {
        15,
        18,
    }


def test_checkpoint_timestamp(package: Forge) -> None:
    head = package.get("seal/log/checkpoint")
    package.put("seal/log/checkpoint.tsr", HONEST.stamp(head, SEALED_AT + timedelta(minutes=1)))
    package.tag_manifest()
    assert lines(verify(package.root, trust_of(package)), 16)[0].status == "PASS"
    package.put("seal/log/checkpoint.tsr", HONEST.stamp(head + b"x", SEALED_AT))
    package.tag_manifest()
    assert {check.number for check in verify(package.root, trust_of(package)).failures} == {16}


def test_web_archive_and_its_absence(tmp_path: Path) -> None:
    forge = make(tmp_path / "p", files={"capture.wacz": wacz({"archive/二.warc": b"x" * 5000})})
    report = verify(forge.root, trust_of(forge))
    assert report.verdict == "PASS"
    assert "3 files agree with its list" in lines(report, 9)[0].detail_en
    forge.forget("data/capture.wacz")
    assert {8, 9} <= {check.number for check in verify(forge.root, trust_of(forge)).failures}


def test_every_problem_is_reported(package: Forge) -> None:
    package.put("data/text.txt", b"Hello")
    package.put("bagit.txt", b"BagIt-Version: 0.97\n")
    package.put("custody/events.jsonl", b"{}\n")
    failed = {check.number for check in verify(package.root, trust_of(package)).failures}
    assert {3, 4, 6, 7, 17, 19} <= failed


def test_zip_and_folder_say_the_same(package: Forge, tmp_path: Path) -> None:
    archive = package.zip(tmp_path / "p.zip")
    trust = trust_of(package)
    assert verify(archive, trust).to_json() == verify(package.root, trust).to_json()
    other = tmp_path / "renamed"
    package.root.rename(other)
    assert verify(other, trust).verdict == "PASS"


class Contrary(SecondEngine):
    """An engine that says the opposite of what is so."""

    def ed25519(self, public: bytes, signature: bytes, message: bytes) -> bool:
        return not OpenSslEngine().ed25519(public, signature, message)

    def token(self, response: bytes, imprint: bytes, roots: list[bytes]) -> tuple[bool | None, str]:
        verdict, reason = OpenSslEngine().token(response, imprint, roots)
        return not verdict, reason


def test_disagreement_of_the_engines_fails(package: Forge) -> None:
    report = run_checks(str(package.root), trust_of(package).parsed, None, Contrary())
    assert report.verdict == "FAIL"
    assert {check.number for check in report.failures} == {22}
    assert len(report.failures) == 6  # the seal, the token, the log's head and three custody proofs


def test_report_as_json_and_text(package: Forge) -> None:
    report = verify(package.root, trust_of(package))
    value = json.loads(json.dumps(report.to_json()))
    assert value["verdict"] == "PASS"
    assert value["package_id"] == hashlib.sha256(package.get("seal.sha256")).hexdigest()
    assert value["trust_fingerprint"] == trust_of(package).fingerprint
    assert value["checkpoint"]["size"] == 6
    numbers = [check["number"] for check in value["checks"]]
    assert numbers == sorted(numbers)
    assert {number for number, _ in CHECKS} <= set(CHECK_NAMES)
    chinese, english, both = (render_text(report, lang) for lang in ("zh", "en", "both"))
    assert "通过：内容完整" in chinese
    assert "PASS: contents" not in chinese
    assert english.isascii() or "测试" in english
    assert len(both.splitlines()) > len(english.splitlines())
    assert repr(report.checks[0]).startswith("Check(1, PASS")


def test_nothing_there_is_an_input_error(tmp_path: Path, package: Forge) -> None:
    with pytest.raises(InputError) as caught:
        verify(tmp_path / "nothing", None)
    assert "nothing" in caught.value.message("zh")
    with pytest.raises(EvidenceError):
        verify(package.root, None, against=tmp_path / "nothing")
    with pytest.raises(InputError):
        verify(Path("/dev/null"), None)
    large = tmp_path / "large"
    large.write_bytes(bytes(2 << 20))
    with pytest.raises(InputError):
        verify(package.root, None, against=large)
    (tmp_path / "empty").mkdir()
    assert verify(tmp_path / "empty", None).verdict == "FAIL"


def test_against_takes_a_path(package: Forge, tmp_path: Path) -> None:
    log = copy.deepcopy(package.log)
    assert log is not None
    log.append(b"more")
    head = tmp_path / "head"
    head.write_bytes(log.growth_file(6))
    report = verify(package.root, trust_of(package), against=head)
    assert (report.verdict, lines(report, 21)[0].status) == ("PASS", "PASS")
    assert verify(package.root, trust_of(package), against=str(head)).verdict == "PASS"


def test_forked_heads_of_one_size(package: Forge) -> None:
    """Two checkpoints of one size with different roots inside one package: a fork that the log itself signed."""
    assert package.log is not None
    lines_ = package.get("custody/events.jsonl").splitlines()
    package.forget("custody/proofs")
    other = Log(package.log.key, [b"forked", *package.log.leaves[1:6]])
    package._prove_events(other, lines_)
    package.tag_manifest()
    report = verify(package.root, trust_of(package))
    assert {check.number for check in report.failures} == {18}
    assert "the log has forked" in report.failures[0].detail_en


# --- chains ---------------------------------------------------------------------------------------
def test_chain_needs_the_very_root(tmp_path: Path) -> None:
    """A root of the same name with another key, and one re-issued with the same key, are not the trusted root."""
    key = ec.generate_private_key(ec.SECP256R1())
    trusted, reissued, twin = Authority("one", root_key=key), Authority("one", root_key=key), Authority("one")
    for number, authority in enumerate((reissued, twin)):
        forge = make(tmp_path / str(number), authorities=[authority])
        report = verify(forge.root, trust_of(forge, tsa_roots=[{"name": "one", "sha256": trusted.root_sha256}]))
        assert {12, 13} <= {check.number for check in report.failures}


def test_python_dash_i_dash_s_imports_little(tmp_path: Path) -> None:
    """What keeps the start of verify.py fast: none of the heavy modules is loaded."""
    (tmp_path / "verify.py").write_bytes(build_verify_py())
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(tmp_path / "verify.py"), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {"typing", "dataclasses", "argparse", "zipfile", "pathlib", "datetime", "inspect", "collections.abc"}
    assert done.returncode == 2
    assert loaded & heavy == set()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13", "3.14"])
def test_other_pythons_where_there_are_any(version: str, package: Forge, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False, timeout=60).returncode:
        pytest.skip(f"no Python {version} on this machine")
    (tmp_path / "verify.py").write_bytes(build_verify_py())
    (tmp_path / "trust.json").write_text(json.dumps(package.trust()), encoding="utf-8")
    command = [
        python,
        "-I",
        "-S",
        str(tmp_path / "verify.py"),
        str(package.root),
        "--trust",
        str(tmp_path / "trust.json"),
    ]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("as_zip", [False, True])
def test_large_files_are_hashed_alike(as_zip: bool, tmp_path: Path) -> None:
    """Above 8 MiB the two digests run side by side; one changed byte is still found by both."""
    forge = make(tmp_path / "p", files={"large.bin": bytes(range(256)) * (9 << 12), "capture.wacz": wacz()})
    assert verify(forge.zip(tmp_path / "p.zip") if as_zip else forge.root, trust_of(forge)).verdict == "PASS"
    data = bytearray(forge.get("data/large.bin"))
    data[-1] ^= 1
    forge.put("data/large.bin", bytes(data))
    path = forge.zip(tmp_path / "q.zip") if as_zip else forge.root
    assert {check.number for check in verify(path, trust_of(forge)).failures} == {6, 7}
