"""Every attack of the table: the library and the one-file verifier each refuse it, for the right reason.

The attacker of a row has what its name says: nothing (recomputes digests at most), or a stolen sealer's key. The trust
file is always the honest one. A row names the checks that must fail; others may fail as well.
"""

import copy
import dataclasses
import importlib.util
import io
import json
import random
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence_store.trust import Trust
from evidence_store.verifier import build_verify_py
from evidence_store.verify import verify
from tests.evidence_store.authorities import TEST_POLICY, Authority
from tests.evidence_store.forge import (
    SEAL_ID,
    SEALED_AT,
    Forge,
    Log,
    NoteKey,
    canonical,
    pem,
    wacz,
    write_zip,
    zip_entry,
)

HONEST = Authority("one")
SECOND = Authority("two", "rsa")
ROGUE = Authority("rogue")
FILES = {"capture.wacz": wacz(), "text.txt": "他说的不是事实".encode(), "shots/1.png": bytes(range(256)) * 4}


def make(root: Path, **changes: Any) -> Forge:
    witness = NoteKey("witness.example", kind=4)
    settings = {"files": FILES, "authorities": [HONEST, SECOND], "witnesses": [witness], **changes}
    return Forge(root, **settings).build()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return make(tmp_path_factory.mktemp("original") / "package")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The generated verify.py as a module."""
    path = tmp_path_factory.mktemp("single") / "verify.py"
    path.write_bytes(build_verify_py())
    spec = importlib.util.spec_from_file_location("single_verify", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["single_verify"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def forge(original: Forge, tmp_path: Path) -> Forge:
    """A copy of the honest package for one attack."""
    shutil.copytree(original.root, tmp_path / "package")
    return dataclasses.replace(original, root=tmp_path / "package", log=copy.deepcopy(original.log))


def judge(
    path: Path, trust: dict[str, Any] | None, single: ModuleType, against: bytes | None = None
) -> tuple[set[int], str]:
    """Run both verifiers; they must agree on everything but check 22. Return (failed checks, verdict)."""
    data = None if trust is None else json.dumps(trust).encode()
    ours = verify(path, None if data is None else Trust.parse(data), against=against)
    theirs = single.run_checks(str(path), None if data is None else single.TrustFile(data), against, None)
    lines = [
        (check.number, check.status, check.detail_zh, check.detail_en) for check in ours.checks if check.number != 22
    ]
    assert lines == [(check.number, check.status, check.detail_zh, check.detail_en) for check in theirs.checks]
    # A dispute between the engines is only ever possible where the first engine failed already.
    if ours.verdict != "FAIL" or theirs.verdict != "FAIL":
        assert ours.verdict == theirs.verdict
    return {check.number for check in theirs.failures}, theirs.verdict


def everything_again(forge: Forge, **changes: Any) -> None:
    """Recompute all that needs no key."""
    forge.manifests()
    forge.record(**changes)
    forge.lists()
    forge.tag_manifest()


def reseal(forge: Forge, **changes: Any) -> None:
    """Recompute and sign again with the (stolen) sealer's key, stamp honestly, keep the log's old answer."""
    everything_again(forge, **changes)
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


# --- payload -----------------------------------------------------------------------------------------------------------
def edit_payload(forge: Forge) -> None:
    forge.put("data/text.txt", "他说的都是事实".encode())


def edit_with_manifests(forge: Forge) -> None:
    forge.put("data/text.txt", "他说的都是事实".encode())
    everything_again(forge)


def add_file(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")


def add_with_manifests(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")
    everything_again(forge)


def delete_file(forge: Forge) -> None:
    forge.forget("data/text.txt")


def delete_with_manifests(forge: Forge) -> None:
    forge.forget("data/text.txt")
    everything_again(forge)


def swap_files(forge: Forge) -> None:
    first, second = forge.get("data/text.txt"), forge.get("data/shots/1.png")
    forge.put("data/text.txt", second)
    forge.put("data/shots/1.png", first)


def truncate_last_bytes(forge: Forge) -> None:
    forge.put("data/shots/1.png", forge.get("data/shots/1.png")[:-64])


def list_in_one_manifest_only(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")
    lines = forge.get("manifest-sm3.txt")
    forge.manifests()
    forge.put("manifest-sm3.txt", lines)
    forge.tag_manifest()


# --- web archive -------------------------------------------------------------------------------------------------------
def plant_in_wacz(forge: Forge) -> None:
    forge.put("data/capture.wacz", wacz(unlisted={"archive/planted.warc": b"WARC/1.1\r\n"}))


def plant_in_wacz_with_manifests(forge: Forge) -> None:
    plant_in_wacz(forge)
    everything_again(forge)


def plant_in_wacz_by_sealer(forge: Forge) -> None:
    plant_in_wacz(forge)
    reseal(forge)


def edit_inside_wacz_by_sealer(forge: Forge) -> None:
    forge.put("data/capture.wacz", wacz().replace(b"WARC/1.1", b"WARC/1.0"))
    data = bytearray(wacz(extra={"x": b"AAAA"}))
    at = data.index(b"AAAA")
    data[at : at + 4] = b"BBBB"
    forge.put("data/capture.wacz", bytes(data))
    reseal(forge)


def bomb_inside_wacz(forge: Forge) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", bytes(8 << 20))
    forge.put("data/capture.wacz", out.getvalue())
    reseal(forge)


# --- seal --------------------------------------------------------------------------------------------------------------
def back_date(forge: Forge) -> None:
    forge.record(sealed_at="2025-03-01T08:00:00Z")
    forge.lists()
    forge.tag_manifest()


def back_date_with_stolen_key(forge: Forge) -> None:
    back_date(forge)
    forge.sign()
    forge.tag_manifest()


def back_date_and_stamp_today(forge: Forge) -> None:
    forge.record(sealed_at="2026-01-05T08:00:00Z")
    forge.lists()
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


def swap_sealer(forge: Forge) -> None:
    forge.sealer = NoteKey("attacker")
    reseal(forge)


def swap_sealer_same_name(forge: Forge) -> None:
    forge.sealer = NoteKey(forge.sealer.name, seed=9)
    reseal(forge)


def claim_trusted_sign_own(forge: Forge) -> None:
    forge.sign(NoteKey(forge.sealer.name, seed=9))
    forge.tag_manifest()


def no_signature_block(forge: Forge) -> None:
    forge.put("seal/seal.note", forge.get("seal/seal.note").rpartition(b"\xe2\x80\x94")[0])
    forge.tag_manifest()


def remove_note(forge: Forge) -> None:
    forge.forget("seal/seal.note")
    forge.tag_manifest()


def note_of_another_seal(forge: Forge) -> None:
    text = forge.get("seal.sha256").replace(b"a", b"b", 1) + b"sm3 " + b"0" * 64 + b"\n"
    forge.put("seal/seal.note", text + b"\n" + forge.sealer.line(text))
    forge.tag_manifest()


def seal_not_canonical(forge: Forge) -> None:
    forge.put("seal/seal.json", forge.get("seal/seal.json").replace(b":", b": ", 1))
    forge.lists()
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


def seal_with_unknown_key(forge: Forge) -> None:
    reseal(forge, verified=True)


def seal_lists_one_file_less(forge: Forge) -> None:
    for name in ("seal.sha256", "seal.sm3"):
        forge.put(name, b"".join(forge.get(name).splitlines(keepends=True)[:-1]))
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


# --- timestamps --------------------------------------------------------------------------------------------------------
def rogue_authority(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.authorities = [ROGUE]
    forge.stamp()
    forge.tag_manifest()


def rogue_authority_as_guest(forge: Forge) -> None:
    forge.authorities = [*forge.authorities, ROGUE]
    forge.stamp()
    forge.tag_manifest()


def rogue_under_honest_name(forge: Forge) -> None:
    twin = Authority("one")
    forge.authorities = [twin, SECOND]
    forge.stamp()
    forge.put("seal/tsa/01-one-roots.pem", pem(HONEST.root))
    forge.tag_manifest()


def remove_tokens(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.tag_manifest()


def one_token_twice(forge: Forge) -> None:
    forge.forget("seal/tsa")
    forge.authorities = [HONEST, HONEST]
    forge.stamp()
    forge.tag_manifest()


def restamp(**flaws: Any) -> Callable[[Forge], None]:
    def attack(forge: Forge) -> None:
        fields = {"kind": "p256", "name": "one", "root_key": HONEST.root_key}
        flawed = Authority(**{**fields, **flaws})
        flawed.root = HONEST.root
        forge.authorities = [flawed, SECOND]
        forge.stamp()
        forge.tag_manifest()

    return attack


def replace_token(data: Callable[[Forge], bytes], **choices: Any) -> Callable[[Forge], None]:
    def attack(forge: Forge) -> None:
        when = choices.pop("when", forge.sealed_at + timedelta(seconds=21))
        response = HONEST.stamp(data(forge), when, **{"nonce": 0x1122334455667701, **choices})
        forge.put("seal/tsa/01-one.tsr", response)
        forge.tag_manifest()

    return attack


def token_before_the_seal(forge: Forge) -> None:
    forge.stamp_after = timedelta(hours=-2)
    forge.stamp()
    forge.tag_manifest()


def sha1_imprint(forge: Forge) -> None:
    forge.imprint = "sha1"
    forge.stamp()
    forge.tag_manifest()


def index_lies_about_time(forge: Forge) -> None:
    forge.put("seal/tsa/index.json", forge.get("seal/tsa/index.json").replace(b"T08:00:20Z", b"T07:00:20Z", 1))
    forge.tag_manifest()


def test_token_as_real(forge: Forge) -> None:
    """The index calls a test authority's token a real one."""
    forge.authorities = [Authority("one", policy=TEST_POLICY, root_key=HONEST.root_key), SECOND]
    forge.authorities[0].root = HONEST.root
    forge.stamp()
    forge.put("seal/tsa/index.json", forge.get("seal/tsa/index.json").replace(b'"test":true', b'"test":false'))
    forge.tag_manifest()


test_token_as_real.__test__ = False  # type: ignore[attr-defined]


def extra_chain_certificate(forge: Forge) -> None:
    forge.put("seal/tsa/01-one-chain.pem", forge.get("seal/tsa/01-one-chain.pem") + pem(ROGUE.root))
    forge.tag_manifest()


# --- log ---------------------------------------------------------------------------------------------------------------
def edit_leaf(forge: Forge) -> None:
    forge.put("seal/log/leaf.json", forge.get("seal/log/leaf.json").replace(b"2026-03-01", b"2025-03-01"))
    forge.tag_manifest()


def smaller_checkpoint(forge: Forge) -> None:
    """A true, older checkpoint of the same log: replayed to hide the entry's place."""
    assert forge.log is not None
    proof = forge.get("seal/log/seal.tlog-proof").partition(b"\n\n")[0]
    old = forge.log.checkpoint(5, *forge.witnesses)
    forge.put("seal/log/seal.tlog-proof", proof + b"\n\n" + old)
    forge.put("seal/log/checkpoint", old)
    forge.tag_manifest()


def forked_checkpoint(forge: Forge) -> None:
    """The log itself signs a second history of the same size."""
    assert forge.log is not None
    other = Log(forge.log.key, [b"z", *forge.log.leaves[1:5]])
    index = other.append(forge.leaf())
    forge.put("seal/log/seal.tlog-proof", other.proof(index, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.tag_manifest()


def rebuilt_log(forge: Forge) -> None:
    """All entries written again with one left out, everything signed by the log."""
    assert forge.log is not None
    other = Log(forge.log.key, forge.log.leaves[1:5])
    index = other.append(forge.leaf())
    forge.put("seal/log/seal.tlog-proof", other.proof(index, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.forget("custody")
    forge.tag_manifest()


def swap_log_key(forge: Forge) -> None:
    assert forge.log is not None
    other = Log(NoteKey(forge.log.key.name, seed=9), forge.log.leaves[:6])
    forge.put("seal/log/seal.tlog-proof", other.proof(5, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.tag_manifest()


def other_log(forge: Forge) -> None:
    other = Log(NoteKey("log.attacker"), [b"x"])
    forge.log = other
    forge.enter_log()
    forge.tag_manifest()


def no_witness(forge: Forge) -> None:
    assert forge.log is not None
    forge.put("seal/log/seal.tlog-proof", forge.log.proof(5, 6))
    forge.put("seal/log/checkpoint", forge.log.checkpoint(6))
    forge.tag_manifest()


def false_witness(forge: Forge) -> None:
    assert forge.log is not None
    false = NoteKey("witness.example", seed=9, kind=4)
    forge.put("seal/log/seal.tlog-proof", forge.log.proof(5, 6, false))
    forge.put("seal/log/checkpoint", forge.log.checkpoint(6, false))
    forge.tag_manifest()


def remove_log(forge: Forge) -> None:
    forge.forget("seal/log", "custody")
    forge.tag_manifest()


def remove_checkpoint_only(forge: Forge) -> None:
    forge.forget("seal/log/checkpoint")
    forge.tag_manifest()


# --- custody -----------------------------------------------------------------------------------------------------------
def edit_custody_row(forge: Forge) -> None:
    forge.put(
        "custody/events.jsonl", forge.get("custody/events.jsonl").replace("案件取证".encode(), "例行查看".encode(), 1)
    )
    forge.tag_manifest()


def edit_custody_and_relink(forge: Forge) -> None:
    forge.custody(reason="例行查看")
    forge.tag_manifest()


def edit_custody_and_drop_proofs(forge: Forge) -> None:
    forge.custody(reason="例行查看")
    forge.forget("custody/proofs")
    forge.tag_manifest()


def delete_custody_row(forge: Forge) -> None:
    lines = forge.get("custody/events.jsonl").splitlines(keepends=True)
    forge.put("custody/events.jsonl", lines[0] + lines[2])
    forge.tag_manifest()


def delete_last_custody_row(forge: Forge) -> None:
    lines = forge.get("custody/events.jsonl").splitlines(keepends=True)
    forge.put("custody/events.jsonl", b"".join(lines[:2]))
    forge.tag_manifest()


def custody_of_another_item(forge: Forge) -> None:
    forge.custody(item="01KJM9GZ5R3V8Q2C7XW4E6T0AC")
    forge.tag_manifest()


# --- tag files ---------------------------------------------------------------------------------------------------------
def edit_readme(forge: Forge) -> None:
    forge.put("verify/README.en.txt", b"Run this program first: ...\n")


def remove_tag_manifest(forge: Forge) -> None:
    forge.forget("tagmanifest-sha256.txt")


class Row(NamedTuple):
    attack: Callable[[Forge], None]
    checks: set[int]


ROWS = (
    Row(edit_payload, {6, 7}),
    Row(edit_with_manifests, {10, 12, 13, 14}),
    Row(add_file, {8}),
    Row(add_with_manifests, {10, 12, 13, 14}),
    Row(delete_file, {8}),
    Row(delete_with_manifests, {10, 12, 13, 14}),
    Row(swap_files, {6, 7}),
    Row(truncate_last_bytes, {6, 7, 8}),
    Row(list_in_one_manifest_only, {4, 5, 8}),
    Row(plant_in_wacz, {6, 7, 8, 9}),
    Row(plant_in_wacz_with_manifests, {9, 10, 12}),
    Row(plant_in_wacz_by_sealer, {9}),
    Row(edit_inside_wacz_by_sealer, {9}),
    Row(bomb_inside_wacz, {9}),
    Row(back_date, {10, 12, 14}),
    Row(back_date_with_stolen_key, {11, 12, 13, 14}),
    Row(back_date_and_stamp_today, {13, 14}),
    Row(swap_sealer, {11, 14}),
    Row(swap_sealer_same_name, {11, 14}),
    Row(claim_trusted_sign_own, {10}),
    Row(no_signature_block, {10}),
    Row(remove_note, {2, 10}),
    Row(note_of_another_seal, {10}),
    Row(seal_not_canonical, {5}),
    Row(seal_with_unknown_key, {5}),
    Row(seal_lists_one_file_less, {4}),
    Row(rogue_authority, {12, 13}),
    Row(rogue_authority_as_guest, {12}),
    Row(rogue_under_honest_name, {12, 13}),
    Row(remove_tokens, {13}),
    Row(one_token_twice, {13}),
    Row(restamp(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), {12, 13}),
    Row(restamp(purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)), {12, 13}),
    Row(restamp(critical=False), {12, 13}),
    Row(restamp(dead=datetime(2025, 1, 1, tzinfo=UTC)), {12, 13}),
    Row(restamp(born=datetime(2027, 1, 1, tzinfo=UTC)), {12, 13}),
    Row(restamp(hashed_by="sha1"), {12, 13}),
    Row(replace_token(lambda forge: b"other bytes"), {12, 13}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), nonce=7), {12}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), nonce=None), {12}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), status=2), {12, 13}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), when=datetime(2039, 1, 1, tzinfo=UTC)), {12}),
    Row(token_before_the_seal, {13}),
    Row(sha1_imprint, {12, 13}),
    Row(index_lies_about_time, {12}),
    Row(test_token_as_real, {12}),
    Row(extra_chain_certificate, {12}),
    Row(edit_leaf, {14}),
    Row(smaller_checkpoint, {14}),
    Row(forked_checkpoint, {18}),
    Row(swap_log_key, {15}),
    Row(other_log, {15}),
    Row(no_witness, {15}),
    Row(false_witness, {15}),
    Row(remove_log, {14}),
    Row(remove_checkpoint_only, {2}),
    Row(edit_custody_row, {17}),
    Row(edit_custody_and_relink, {18}),
    Row(edit_custody_and_drop_proofs, {18}),
    Row(delete_custody_row, {17}),
    Row(delete_last_custody_row, {18}),
    Row(custody_of_another_item, {17}),
    Row(edit_readme, {19}),
    Row(remove_tag_manifest, {2, 19}),
)


def test_the_original_passes(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    assert judge(original.root, original.trust(), single) == (set(), "PASS")
    assert judge(original.zip(tmp_path / "p.zip"), original.trust(), single) == (set(), "PASS")
    assert judge(original.root, None, single) == (set(), "UNTRUSTED-KEYS")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.attack.__name__)
def test_attack(row: Row, forge: Forge, original: Forge, single: ModuleType) -> None:
    row.attack(forge)
    failed, verdict = judge(forge.root, original.trust(), single)
    assert verdict == "FAIL"
    assert row.checks <= failed


# --- against a witnessed head ------------------------------------------------------------------------------------------
def test_honest_growth_is_accepted(original: Forge, single: ModuleType) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    trust = original.trust()
    assert judge(original.root, trust, single, log.checkpoint(6)) == (set(), "PASS")
    log.append(b"later")
    assert judge(original.root, trust, single, log.growth_file(6)) == (set(), "PASS")
    # Another size without a proof cannot be compared, and what was asked for and not shown is a failure.
    assert judge(original.root, trust, single, log.checkpoint()) == ({21}, "FAIL")


@pytest.mark.parametrize("attack", [forked_checkpoint, rebuilt_log], ids=lambda attack: attack.__name__)
def test_rewritten_history_against_a_witnessed_head(
    attack: Callable[[Forge], None], forge: Forge, original: Forge, single: ModuleType
) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    attack(forge)
    size = int(forge.get("seal/log/checkpoint").split(b"\n")[1])
    heads = [log.checkpoint(size), log.growth_file(size)]
    for head in heads:
        failed, verdict = judge(forge.root, original.trust(), single, head)
        assert verdict == "FAIL"
        assert 21 in failed


def test_deleted_last_entries_against_a_witnessed_head(original: Forge, single: ModuleType) -> None:
    """The log drops its last entries and signs a shorter or another continuation."""
    log = copy.deepcopy(original.log)
    assert log is not None
    cut = Log(log.key, log.leaves[:4])
    assert judge(original.root, original.trust(), single, cut.checkpoint())[0] == {21}
    other = Log(log.key, [*log.leaves[:4], b"x", b"y", b"z"])
    assert judge(original.root, original.trust(), single, other.growth_file(6))[0] == {21}
    assert judge(original.root, original.trust(), single, other.checkpoint(6))[0] == {21}


def test_head_signed_by_nobody(original: Forge, single: ModuleType) -> None:
    log = copy.deepcopy(original.log)
    assert log is not None
    stranger = Log(NoteKey(log.key.name, seed=9), log.leaves)
    assert judge(original.root, original.trust(), single, stranger.checkpoint(6))[0] == {21}
    assert judge(original.root, original.trust(), single, Log(NoteKey("else"), log.leaves).checkpoint(6))[0] == {21}
    assert judge(original.root, original.trust(), single, b"nonsense")[0] == {21}


# --- hostile containers ------------------------------------------------------------------------------------------------
TOP = f"bianwu-{SEAL_ID}/"


def rewritten(forge: Forge, target: Path, **changes: Any) -> Path:
    """The package's ZIP with one thing done otherwise."""
    entries = {TOP + path: data for path, data in forge.everything().items()}
    with zipfile.ZipFile(target, "w", changes.get("method", zipfile.ZIP_STORED)) as archive:
        for name in sorted(entries, key=str.encode, reverse=changes.get("reverse", False)):
            info = zip_entry(name, changes.get("mode", 0o100644))
            info.date_time = changes.get("date", info.date_time)
            archive.writestr(info, entries[name], changes.get("method", zipfile.ZIP_STORED))
        for name, data, mode in changes.get("extra", ()):
            archive.writestr(zip_entry(name, mode), data)
        archive.comment = changes.get("comment", b"")
    return target


ZIPS: dict[str, dict[str, Any]] = {
    "dot-dot": {"extra": [(TOP + "../../evil", b"x", 0o100644)]},
    "absolute": {"extra": [("/etc/evil", b"x", 0o100644)]},
    "backslash": {"extra": [(TOP + "..\\evil", b"x", 0o100644)]},
    "two tops": {"extra": [("other/file", b"x", 0o100644)]},
    "no top": {"extra": [("zzz", b"x", 0o100644)]},
    "symlink": {"extra": [(TOP + "zz-link", b"/etc/passwd", 0o120777)]},
    "directory entry": {"extra": [(TOP + "zz/", b"", 0o040755)]},
    "device": {"extra": [(TOP + "zz-dev", b"", 0o020666)]},
    "case twin": {"extra": [(TOP + "zz", b"x", 0o100644), (TOP + "zZ", b"x", 0o100644)]},
    "bidi name": {"extra": [(TOP + "zz\u202egpj.exe", b"x", 0o100644)]},
    "executable": {"mode": 0o100755},
    "deflated": {"method": zipfile.ZIP_DEFLATED},
    "comment": {"comment": b"hello"},
    "dated": {"date": (2026, 1, 1, 0, 0, 0)},
    "unsorted": {"reverse": True},
}


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_zip(name: str, original: Forge, single: ModuleType, tmp_path: Path) -> None:
    path = rewritten(original, tmp_path / "p.zip", **ZIPS[name])
    assert judge(path, original.trust(), single) == ({2}, "FAIL")


def test_duplicate_names_in_zip(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        rewritten(original, path, extra=[(TOP + "verify/trust.example.json", b"x", 0o100644)])
    assert judge(path, original.trust(), single) == ({2}, "FAIL")


def test_bytes_around_the_zip(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    whole = original.zip(tmp_path / "p.zip").read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    for number, data in enumerate((
        whole + b"x", b"MZ" + whole, whole[:-1], whole[: len(whole) // 2], b"", b"PK", whole[end:],
        whole[:end] + b"junk" + whole[end:],
        # A second end record that points at another directory.
        whole[:end] + whole[end:] + whole[end:],
        # The directory claims to begin elsewhere.
        whole[: end + 16] + struct.pack("<L", 0) + whole[end + 20 :],
        whole[: end + 10] + struct.pack("<H", 1) + whole[end + 12 :],
    )):  # fmt: skip
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        assert judge(path, original.trust(), single) == ({2}, "FAIL")


def test_local_header_that_disagrees(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    """What a streaming unpacker would see differs from what the directory lists."""
    whole = bytearray(original.zip(tmp_path / "p.zip").read_bytes())
    for offset, data in ((30, b"B"), (14, b"\0\0\0\0"), (18, b"\xff\xff\xff\x7f"), (8, b"\x08"), (6, b"\x01")):
        changed = bytearray(whole)
        changed[offset : offset + len(data)] = data
        (tmp_path / "c.zip").write_bytes(changed)
        assert judge(tmp_path / "c.zip", original.trust(), single)[1] == "FAIL"


def test_zip_bomb_of_overlapping_files(single: ModuleType, tmp_path: Path) -> None:
    """Many directory entries that share one local file (zbsm.zip)."""
    whole = write_zip(tmp_path / "one.zip", {TOP + "a": b"x" * 1000}).read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<L", whole, end + 16)[0]
    entry, count = whole[start:end], 2000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    (tmp_path / "bomb.zip").write_bytes(whole[:start] + entry * count + tail)
    assert judge(tmp_path / "bomb.zip", None, single) == ({2}, "FAIL")


def test_links_and_pipes_in_a_folder(forge: Forge, original: Forge, single: ModuleType) -> None:
    import os

    (forge.root / "data" / "link.txt").symlink_to("/etc/passwd")
    assert judge(forge.root, original.trust(), single) == ({2}, "FAIL")
    (forge.root / "data" / "link.txt").unlink()
    (forge.root / "data" / "loop").symlink_to(forge.root)
    assert judge(forge.root, original.trust(), single) == ({2}, "FAIL")
    (forge.root / "data" / "loop").unlink()
    os.mkfifo(forge.root / "pipe")
    assert judge(forge.root, original.trust(), single) == ({2}, "FAIL")


def test_oversized_json_and_lists(forge: Forge, original: Forge, single: ModuleType) -> None:
    forge.put("seal/seal.json", b'{"a":"' + b"x" * (2 << 20) + b'"}')
    assert {4, 5} <= judge(forge.root, original.trust(), single)[0]
    forge.put("seal/seal.json", b"[" * 100_000)
    assert {4, 5} <= judge(forge.root, original.trust(), single)[0]


def test_foreign_files_are_listed(forge: Forge, original: Forge, single: ModuleType) -> None:
    forge.put("letter.txt", b"please believe this")
    forge.put("seal/tsa/notes.txt", b"and this")
    forge.tag_manifest()
    assert judge(forge.root, original.trust(), single) == (set(), "PASS")
    line = next(check for check in verify(forge.root, None).checks if check.number == 20)
    assert line.status == "WARN"
    assert "letter.txt" in line.detail_en
    assert "seal/tsa/notes.txt" in line.detail_zh


# --- mutations ---------------------------------------------------------------------------------------------------------
def mutate_zip(original: Forge, single: ModuleType, tmp_path: Path, seeds: range) -> list[int]:
    whole = original.zip(tmp_path / "p.zip").read_bytes()
    trust = single.TrustFile(json.dumps(original.trust()).encode())
    passed = []
    for seed in seeds:
        rng = random.Random(seed)
        data = bytearray(whole)
        bit = rng.randrange(len(data) * 8)
        if seed % 3 == 0:
            del data[bit // 8 : bit // 8 + rng.randrange(1, 40)]
        elif seed % 3 == 1:
            data[bit // 8 : bit // 8] = rng.randbytes(rng.randrange(1, 40))
        else:
            data[bit // 8] ^= 1 << bit % 8
        path = tmp_path / "mutant.zip"
        path.write_bytes(data)
        if single.run_checks(str(path), trust, None, None).verdict != "FAIL":
            passed.append(seed)
    return passed


def mutate_tokens(single: ModuleType, step: int) -> list[tuple[str, int]]:
    """Flip single bits of a token; nobody recomputes anything else. Return those that still hold."""
    stamped, passed = b"seal", []
    for authority in (HONEST, SECOND, Authority("sm2", "sm2", "sm3")):
        raw = authority.stamp(stamped, SEALED_AT, nonce=9)
        for bit in range(0, len(raw) * 8, step):
            data = bytearray(raw)
            data[bit // 8] ^= 1 << bit % 8
            try:
                token = single.Token(bytes(data))
                chain = token.chain([], {authority.root_sha256})
            except single.ProblemError:
                continue
            if chain and token.imprint == ("sha256", single.digest("sha256", stamped)):
                passed.append((authority.name, bit))
    return passed


def test_sampled_mutations(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    assert mutate_zip(original, single, tmp_path, range(60)) == []
    assert mutate_tokens(single, 97) == []


@pytest.mark.slow
def test_many_mutations(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    assert mutate_zip(original, single, tmp_path, range(1000, 2500)) == []
    assert mutate_tokens(single, 5) == []


@pytest.mark.full
def test_all_mutations(original: Forge, single: ModuleType, tmp_path: Path) -> None:
    assert mutate_tokens(single, 1) == []
    assert mutate_zip(original, single, tmp_path, range(10_000, 22_000)) == []


def test_one_file_in_its_own_process(forge: Forge, original: Forge, tmp_path: Path) -> None:
    """As an expert runs it: isolated, no site packages, exit codes as documented."""
    program, trust = tmp_path / "verify.py", tmp_path / "trust.json"
    program.write_bytes(build_verify_py())
    trust.write_text(json.dumps(original.trust()), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-I", "-S", str(program), *arguments]
        return subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C"}, timeout=60)

    good = run(str(original.root), "--trust", str(trust), "--json")
    assert (good.returncode, json.loads(good.stdout)["verdict"], good.stderr) == (0, "PASS", b"")
    bare = run(str(original.root))
    assert bare.returncode == 2
    assert "UNTRUSTED-KEYS: contents intact, origin not checked" in bare.stdout.decode()
    edit_payload(forge)
    bad = run(str(forge.root), "--trust", str(trust))
    assert bad.returncode == 1
    assert "[FAIL]  6" in bad.stdout.decode()
    assert run(str(tmp_path / "nothing")).returncode == 2
    assert run().returncode == 2
    assert run(str(original.root), "--trust", str(tmp_path / "nothing"), "--json").returncode == 2
    assert canonical({}) == b"{}"
