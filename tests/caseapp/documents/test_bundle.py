from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

import pypdf
import pytest

from caseapp.documents import BadBundleError, BundleCase, BundleFacts, BundleItem, draft, load, to_pdf, write_bundle
from caseapp.documents.catalog import TEMPLATES

CASE = BundleCase(
    "案-2026-0001", "苜禾脆穗燕麦圈不实信息维权案", "澜江苜禾食品有限公司", dt.date(2026, 9, 16), sample=True
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "bianwu-01K2DEMO000000000000000001"
    (folder / "data" / "shots").mkdir(parents=True)
    (folder / "data" / "shots" / "页面.png").write_bytes(b"\x89PNG" * 100)
    (folder / "data" / "empty").write_bytes(b"")
    (folder / "manifest-sha256.txt").write_text("x\n")
    (folder / "seal.sha256").write_text("seal\n")
    return folder


def items(package: Path) -> list[BundleItem]:
    return [
        BundleItem("document", "001-notice.pdf", "侵权通知书", b"%PDF-notice"),
        BundleItem(
            "package",
            package.name,
            "帖-01 取证包",
            package,
            label="证2-1",
            evidence="证-2026-000004",
            package_id=hashlib.sha256(b"seal\n").hexdigest(),
        ),
        BundleItem("exhibit", "002-licence.pdf", "营业执照", b"%PDF-licence", label="证1-1"),
        BundleItem("damages", "003-schedule.pdf", "索赔计算表", b"%PDF-schedule"),
        BundleItem("verifier", "verify.py", "校验程序", b"print()"),
    ]


def written(pieces: list[BundleItem], case: BundleCase = CASE) -> tuple[bytes, BundleFacts]:
    buffer = io.BytesIO()
    facts = write_bundle(case, pieces, buffer)
    return buffer.getvalue(), facts


def test_the_bundle_holds_every_piece_and_says_so(package: Path) -> None:
    content, facts = written(items(package))
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.size == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        assert set(bundle.namelist()) == {entry.path for entry in facts.entries}
        for entry in facts.entries:
            assert hashlib.sha256(bundle.read(entry.path)).hexdigest() == entry.sha256
        inside = f"03-packages/{package.name}/data/shots/页面.png"
        assert bundle.read(inside) == b"\x89PNG" * 100
        index = json.loads(bundle.read("00-index.json"))
    assert [piece["label"] for piece in index["pieces"]] == [None, "证2-1", "证1-1", None, None]
    assert index["pieces"][1]["sha256"] == index["pieces"][1]["package_id"]
    assert index["pieces"][1]["files"] == 4


@pytest.mark.slow
def test_equal_pieces_give_equal_bytes(package: Path) -> None:
    first, _ = written(items(package))
    for path in package.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o755)
    second, _ = written(items(package))
    assert first == second


@pytest.mark.slow
def test_the_index_can_be_read_by_people(package: Path) -> None:
    content, _ = written(items(package))
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        reader = pypdf.PdfReader(io.BytesIO(bundle.read("00-index.pdf")))
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    for words in ("案-2026-0001", "侵权通知书", "证2-1", "索赔计算表", hashlib.sha256(b"seal\n").hexdigest(), "示例"):
        assert words in text


def test_stock_tools_check_it(package: Path, tmp_path: Path) -> None:
    content, _ = written(items(package))
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        bundle.extractall(folder)
    done = subprocess.run(["/usr/bin/sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    (folder / "01-documents" / "001-notice.pdf").write_bytes(b"%PDF-other")
    done = subprocess.run(["/usr/bin/sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert done.returncode != 0


@pytest.mark.slow
def test_an_english_index(package: Path) -> None:
    case = BundleCase("案-2026-0001", "Oat rings", "Muhe", dt.date(2026, 9, 16), lang="en")
    content, _ = written(items(package), case)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.read("00-index.pdf").startswith(b"%PDF")


@pytest.mark.parametrize("name", ["../x.pdf", "a/b.pdf", "证据.pdf", "", ".x", "x" * 200, "/etc/passwd"])
def test_a_name_outside_is_refused(name: str) -> None:
    with pytest.raises(BadBundleError):
        written([BundleItem("document", name, "甲", b"x")])


def test_two_pieces_of_one_name_are_refused() -> None:
    with pytest.raises(BadBundleError, match="twice"):
        written([BundleItem("document", "a.pdf", "甲", b"x"), BundleItem("document", "A.PDF", "乙", b"y")])


def test_a_link_is_refused(package: Path, tmp_path: Path) -> None:
    (package / "data" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(BadBundleError, match="link"):
        written(items(package))
    alias = tmp_path / "alias"
    alias.symlink_to(package)
    with pytest.raises(BadBundleError, match="link"):
        written([BundleItem("package", "p", "甲", alias)])


def test_a_missing_or_empty_piece_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBundleError, match="missing"):
        written([BundleItem("exhibit", "a.pdf", "甲", tmp_path / "none.pdf")])
    (tmp_path / "hollow").mkdir()
    with pytest.raises(BadBundleError, match="empty"):
        written([BundleItem("package", "hollow", "甲", tmp_path / "hollow")])


def test_a_hostile_name_inside_a_package_is_refused(package: Path) -> None:
    (package / "data" / "a\u202eb.txt").write_text("x")
    with pytest.raises(BadBundleError):
        written(items(package))


def test_nothing_is_written_when_a_piece_is_refused() -> None:
    buffer = io.BytesIO()
    with pytest.raises(BadBundleError):
        write_bundle(CASE, [BundleItem("document", "../x", "甲", b"")], buffer)
    assert buffer.getvalue() == b""


@pytest.mark.slow
def test_the_damages_schedule_goes_inside(package: Path) -> None:
    kind = load("damages_schedule")
    schedule = to_pdf(draft(kind, kind.sample()))
    content, facts = written([*items(package)[:2], BundleItem("damages", "schedule.pdf", "索赔计算表", schedule)])
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.read("04-damages/schedule.pdf") == schedule
    assert any(entry.sha256 == hashlib.sha256(schedule).hexdigest() for entry in facts.entries)


def test_the_bundle_needs_its_index_kind() -> None:
    assert (TEMPLATES / "cn" / "bundle_index" / "metadata.yaml").is_file()
