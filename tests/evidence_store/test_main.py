"""The command line: seal, verify, fsck; exit codes, JSON, and messages in both languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from caseapp.demo.authority import TestAuthority
from evidence_store.__main__ import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "页面 50%.html").write_text("<p>")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_seal_then_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "seal", tmp_path / "in", "-o", tmp_path / "out", "--json", "--trust-out", tmp_path / "t.json"
    )
    assert code == 0
    facts: dict[str, Any] = json.loads(out)
    assert (facts["ok"], facts["time"], facts["test"]) == (True, "self-timed", False)
    assert "新密钥" in err
    key = tmp_path / "home/.config/bianwu/sealer.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert run(capsys, "verify", facts["package"])[0] == 2
    code, out, _ = run(capsys, "verify", facts["package"], "--trust", tmp_path / "t.json", "--json")
    assert json.loads(out)["verdict"] in ("PASS", "FAIL")
    file = Path(facts["package"]) / "data" / "页面 50_.html"
    file.write_text("<q>")
    assert run(capsys, "verify", facts["package"])[0] == 1


def test_stamped_and_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with TestAuthority() as tsa:
        (tmp_path / "roots.pem").write_bytes(tsa.roots_pem)
        words = [
            "--tsa",
            f"x={tsa.url}",
            "--roots",
            tmp_path / "roots.pem",
            "--store",
            tmp_path / "s",
            "--trust-out",
            tmp_path / "t",
        ]
        code, out, _ = run(capsys, "seal", tmp_path / "in", "-o", tmp_path / "out", *words)
    assert code == 0
    assert "测试时间戳" in out
    assert "TEST" in out
    package = next((tmp_path / "out").iterdir())
    code, out, _ = run(capsys, "verify", package, "--trust", tmp_path / "t", "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "PASS")
    code, out, _ = run(capsys, "fsck", tmp_path / "s", "--trust", tmp_path / "t", "--json")
    assert (code, json.loads(out)["ok"], json.loads(out)["packages"]) == (0, True, 1)
    code, out, _ = run(capsys, "fsck", tmp_path / "s")
    assert code == 0
    next((tmp_path / "s" / "blobs").rglob("*/*/*")).write_bytes(b"x")
    code, out, _ = run(capsys, "fsck", tmp_path / "s")
    assert code == 1
    assert "问题 problem" in out


def test_a_missing_stamp_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "roots.pem").write_bytes(TestAuthority().roots_pem)
    code, out, err = run(
        capsys,
        "seal",
        tmp_path / "in",
        "-o",
        tmp_path / "out",
        "--tsa",
        "http://127.0.0.1:9/",
        "--roots",
        tmp_path / "roots.pem",
    )
    assert code == 3
    assert "仅自述时间" in out
    assert "没有应答" in err
    assert "does not answer" in err


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "junk").write_text("junk")
    out = ("-o", tmp_path / "out")
    cases: list[tuple[int, tuple[str | Path, ...]]] = [
        (4, ("seal", tmp_path / "none", *out)),
        (4, ("seal", tmp_path / "in", *out, "--key", tmp_path / "junk")),
        (4, ("seal", tmp_path / "in", *out, "--tsa", "http://127.0.0.1:9/")),
        (4, ("seal", tmp_path / "in", *out, "--tsa", "gopher://x", "--roots", tmp_path / "junk")),
        (4, ("seal", tmp_path / "in", *out, "--tsa", "http://x", "--roots", tmp_path / "junk")),
        (4, ("seal", tmp_path / "in", "-o", tmp_path / "junk" / "below")),
        (4, ("fsck", tmp_path / "none")),
        (4, ("fsck", tmp_path)),
        (2, ("verify", tmp_path / "none")),
        (2, ("verify", tmp_path / "in", "--trust", tmp_path / "junk")),
    ]
    for expected, words in cases:
        code, said, err = run(capsys, *words)
        assert code == expected, words
        assert "Traceback" not in err
        assert said == ""
        assert len(err.strip().splitlines()) >= 2, words
    assert not (tmp_path / "none").exists()
