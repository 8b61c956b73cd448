"""`bianwu verify` on everything that is not a sound package, and `bianwu fsck` on a store that was damaged."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.services.sealing import seal_files
from evidence_store import new_ulid
from tests.caseapp.cli.conftest import HAN, Cli

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
GOOD, TRUST = str(VECTORS / "good.zip"), str(VECTORS / "good-trust.json")


def test_a_sound_package(cli: Cli) -> None:
    for lang, said in (("zh", "通过"), ("en", "PASS")):
        answer = cli("verify", GOOD, "--trust", TRUST, lang=lang)
        assert answer.code == 0, answer.out
        assert said in answer.out
        untrusted = cli("verify", GOOD, lang=lang)
        assert untrusted.code == 2
        assert "UNTRUSTED-KEYS" in untrusted.out
    assert "信任文件" not in cli("verify", GOOD, "--trust", TRUST, lang="en").out


def test_json_alone_on_standard_output(cli: Cli) -> None:
    assert json.loads(cli("verify", GOOD, "--trust", TRUST, "--json").out)["verdict"] == "PASS"


def cut(path: Path) -> Path:
    path.write_bytes(Path(GOOD).read_bytes()[:-4000])
    return path


def garbage(path: Path) -> Path:
    path.write_bytes(b"\x00garbage" * 1000)
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def missing(path: Path) -> Path:
    return path


def other_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("hello.txt", "hello")
    return path


@pytest.mark.parametrize("make", [cut, garbage, empty, folder, missing, other_zip])
def test_what_is_no_package_fails_in_words(cli: Cli, tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "package.zip")  # type: ignore[operator]
    for lang in ("zh", "en"):
        answer = cli("verify", str(path), "--trust", TRUST, lang=lang)
        assert answer.code in {1, 2}
        assert answer.code == 1 or "UNTRUSTED" not in answer.said
        assert HAN.search(answer.said) if lang == "zh" else re.search("[A-Za-z]{4}", answer.said)


@pytest.mark.parametrize("make", [garbage, empty, folder, missing])
def test_a_trust_file_that_is_none_is_refused(cli: Cli, tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "trust.json")  # type: ignore[operator]
    for lang in ("zh", "en"):
        answer = cli("verify", GOOD, "--trust", str(path), lang=lang)
        assert answer.code == 1
        assert answer.err.startswith("✗")


def test_somebody_elses_trust_fails(installed: Cli, tmp_path: Path) -> None:
    answer = installed("verify", GOOD, "--trust", str(tmp_path / "d" / "trust.json"))
    assert answer.code == 1
    assert "FAIL" in answer.out


@pytest.fixture
def filled(installed: Cli, tmp_path: Path) -> Cli:
    """An installation with one sealed package."""
    app = build_application(Settings.for_folder(tmp_path / "d"))
    paper = tmp_path / "paper.txt"
    paper.write_text("一份材料", "utf-8")
    seal_files(app, {"paper.txt": paper}, seal_id=new_ulid(), folder=tmp_path / "scratch", capture={"source": "test"})
    app.close()
    return installed


def test_fsck_of_a_sound_store(filled: Cli) -> None:
    answer = filled("fsck")
    assert answer.code == 0
    assert "证据包 1" in answer.out
    assert "没有登记" in answer.out  # sealed by hand: no item of the register names it
    assert "that no item names" in filled("fsck", lang="en").out
    facts = json.loads(filled("fsck", "--json").out)
    assert (facts["ok"], facts["packages"], facts["problems"]) == (True, 1, [])


def test_fsck_names_a_changed_byte_and_a_lost_file(filled: Cli, tmp_path: Path) -> None:
    blobs = sorted(path for path in (tmp_path / "d" / "evidence" / "blobs").rglob("*") if path.is_file())
    changed, lost = blobs[0], blobs[-1]
    changed.chmod(0o600)
    changed.write_bytes(b"x" + changed.read_bytes()[1:] if changed.stat().st_size else b"x")
    lost.unlink()
    for lang, said in (("zh", "停止写入"), ("en", "stop writing")):
        answer = filled("fsck", lang=lang)
        assert answer.code == 1
        assert said in answer.out
        assert "[evidence." in answer.out
    problems = json.loads(filled("fsck", "--json").out)["problems"]
    assert len(problems) >= 2
    assert all(HAN.search(row["zh"]) and row["en"] and row["code"] for row in problems)


def test_fsck_finds_an_edited_audit_trail(filled: Cli, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "d" / "bianwu.db")) as database:
        database.execute("DROP TRIGGER audit_events_no_update")
        database.execute("UPDATE audit_events SET actor_id = 'somebody' WHERE seq = 1")
        database.commit()
    for lang, said in (("zh", "被改动"), ("en", "were changed")):
        answer = filled("fsck", lang=lang)
        assert answer.code == 1
        assert said in answer.out
        assert "[altered]" in answer.out
    facts = json.loads(filled("fsck", "--json").out)
    assert (facts["ok"], facts["problems"][0]["code"]) == (False, "altered")


def test_fsck_of_a_log_whose_head_was_swapped(filled: Cli, tmp_path: Path) -> None:
    heads = [path for path in (tmp_path / "d" / "evidence" / "log").rglob("checkpoint*") if path.is_file()]
    assert heads
    for head in heads:
        head.chmod(0o600)
        head.write_text("forged\n1\nAAAA\n\n— forged AAAA\n", "utf-8")
    answer = filled("fsck")
    assert answer.code == 1
    assert "✗" in answer.said


def test_fsck_without_an_installation(cli: Cli) -> None:
    answer = cli("fsck", lang="en")
    assert answer.code == 1
    assert "[not-initialised]" in answer.err
