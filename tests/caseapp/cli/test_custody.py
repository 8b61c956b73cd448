"""`bianwu custody`: one file in a folder, in a person's name, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.caseapp.cli.conftest import Cli

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
OTHER = "another honest passphrase"


@pytest.fixture
def archivist(installed: Cli, tmp_path: Path) -> Cli:
    answer = installed(
        "user", "add", "xu", "--name", "许", "--role", "archivist", "--password-stdin", input=f"{OTHER}\n"
    )
    assert answer.code == 0, answer.err
    file = tmp_path / "截图.png"
    file.write_bytes(PNG)
    answer = installed("upload", str(file), "--as", "xu", "--url", "https://weixun.test/1", "--device", "phone")
    assert answer.code == 0, answer.err
    return installed


def test_the_chain_is_written_once(archivist: Cli, tmp_path: Path) -> None:
    words = ("custody", "证-2026-000001", "--form", "premis", "--as", "xu", "--out", str(tmp_path))
    assert archivist(*words).code == 0
    written = list(tmp_path.glob("custody-*.premis.xml"))
    assert len(written) == 1
    assert b"transfer" not in written[0].read_bytes()
    for lang in ("zh", "en"):
        assert archivist(*words, lang=lang).code == 1  # it is there already
    assert archivist("custody", "证-2026-009999", "--as", "xu").err.count("[not-found]") == 1
    assert archivist("custody", "证-2026-000001", "--as", "xu", "--out", str(tmp_path / "none")).code == 1


def test_the_bytes_are_gone_over_in_a_persons_name(archivist: Cli, tmp_path: Path) -> None:
    answer = archivist("scrub", "--as", "xu", "--json")
    assert answer.code == 0, answer.err
    assert '"outcome": "intact"' in answer.out
    assert '"items": []' in archivist("scrub", "--as", "xu", "--json").out, "nothing is due any more"
    blob = next(one for one in tmp_path.rglob("blobs/*/*/*") if one.read_bytes() == PNG)
    blob.unlink()
    answer = archivist("scrub", "证-2026-000001", "--as", "xu")
    assert answer.code == 1
    assert "损坏" in answer.out
    assert "损坏 1" in archivist("doctor").out


def test_the_store_report_is_written_and_checked(archivist: Cli, tmp_path: Path) -> None:
    out, trust = tmp_path / "r", tmp_path / "d" / "trust.json"
    assert archivist("report", "--as", "root-admin", "--out", str(out)).code == 0
    check = ("report", "--check", str(out), "--trust", str(trust))
    assert archivist(*check).code == 0
    (out / "digests.txt").write_text("")
    assert archivist(*check).code == 1
    assert archivist("report", "--as", "xu", "--out", str(tmp_path / "s")).code == 1, (
        "an archivist reads no system state"
    )
    assert archivist("report").code == 2


def test_a_paper_is_entered_and_labelled(archivist: Cli, tmp_path: Path) -> None:
    scan, sheet = tmp_path / "合同.pdf", tmp_path / "labels.pdf"
    scan.write_bytes(b"%PDF-1.4 scan")
    words = ("paper", str(scan), "--as", "xu", "--title", "框架合同", "--kind", "contract", "--source", "档案室")
    assert archivist(*words, "--pages", "10000").code == 1
    answer = archivist(*words, "--pages", "12", "--form", "original", "--holder", "档案柜 3", "--json")
    assert '"证-2026-000002"' in answer.out, answer.err
    assert archivist("labels", "证-2026-000002", "--as", "xu", "--out", str(sheet)).code == 0
    assert sheet.read_bytes().startswith(b"%PDF")
    assert archivist("labels", "证-2026-000002", "--as", "xu", "--out", str(sheet)).code == 1


def test_the_archive_by_command(archivist: Cli, tmp_path: Path) -> None:
    rules, where = tmp_path / "规程.pdf", ("--fonds", "F1", "--as", "xu")
    rules.write_bytes(b"%PDF-1.4 rules")
    made = archivist("archive", "procedure", str(rules), "--title", "规程", "--from", "2026-01-01", "--as", "xu")
    assert made.code == 0, made.err
    number = "证-2026-000001"
    assert archivist("archive", "file", number, "--category", "诉讼", "--keep", "forever", *where).code == 1
    kept = ("archive", "file", number, "--category", "诉讼", "--keep", "years_30")
    assert archivist(*kept, "--place", "柜" * 201, *where).code == 1, "too long is refused, never cut"
    assert archivist(*kept, *where).code == 0
    assert archivist("archive", "count", f"{number}=absent", *where).code == 1
    assert archivist("archive", "count", f"{number}=absent:{'页' * 301}", *where).code == 1
    assert "盘-" in archivist("archive", "count", f"{number}=differs:缺页", *where).out
    for name in ("a.pdf", "a.csv"):
        assert archivist("archive", "list", "--as", "xu", "--out", str(tmp_path / name)).code == 0
    assert "30 年" in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert archivist("custody", number, "--form", "archive", "--as", "xu", "--out", str(tmp_path)).code == 0
