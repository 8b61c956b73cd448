"""Hostile ZIPs and folders, oversized files, foreign files, mutated bytes: FAIL or a warning, no crash, no PASS."""

import json
import os
import random
import struct
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evidence_store.verify import verify
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import SEAL_ID, SEALED_AT, Forge, write_zip, zip_entry
from tests.evidence_store.judging import HONEST, SECOND, judge

# --- hostile containers ---------------------------------------------------------------------------
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


@pytest.mark.parametrize("limit", [100, 5_000, 20_000])
def test_zip64(
    limit: int, original: Forge, single: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and places behind the 4 GiB mark, with the mark moved down so that a small package passes it."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    path = original.zip(tmp_path / "p.zip")
    assert b"PK\x06\x06" in path.read_bytes()
    assert judge(path, original.trust(), single) == (set(), "PASS")
    whole = path.read_bytes()
    ends = range(whole.index(b"PK\x06\x06"), len(whole))
    extra = whole.find(b"\x01\x00\x10\x00")  # the field before the first file that has one
    extras = range(max(extra, 0), max(extra, 0) + 20)
    trust = single.TrustFile(json.dumps(original.trust()).encode())
    for at in (*ends, *extras):
        (tmp_path / "bad.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert single.run_checks(str(tmp_path / "bad.zip"), trust, None, None).verdict == "FAIL", at


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


# --- mutations ------------------------------------------------------------------------------------
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


def test_words_of_a_package_cannot_forge_lines(forge: Forge, original: Forge, single: ModuleType) -> None:
    """Names and keys from a package are shown on one line, without control or direction marks."""
    value = json.loads(forge.get("seal/seal.json"))
    value["x\n[PASS] 99 all is well \x1b[2J\u202e"] = 1
    forge.put("seal/seal.json", json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    assert judge(forge.root, original.trust(), single)[1] == "FAIL"
    for check in verify(forge.root, None).checks:
        assert check.detail_zh.isprintable()
        assert check.detail_en.isprintable()


def test_index_that_hides_a_removed_token(forge: Forge, original: Forge, single: ModuleType) -> None:
    for path in (forge.root / "seal/tsa").glob("02-*"):
        path.unlink()
    forge.tag_manifest()
    assert judge(forge.root, original.trust(min_tokens=1), single)[0] == {12}
    for path in (forge.root / "seal/tsa").glob("01-*"):
        path.unlink()
    forge.tag_manifest()
    assert judge(forge.root, original.trust(min_tokens=0), single)[0] == {12}
