"""The command line of verify.py: what it accepts, what it says, and its exit codes."""

import json
from pathlib import Path

import pytest

from evidence_store.verifier.command import main
from tests.evidence_store.forge import Forge


def run(capture: pytest.CaptureFixture[bytes], *arguments: str | Path) -> tuple[int, str]:
    code = main([str(one) for one in arguments])
    return code, capture.readouterr().out.decode("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [[], ["--json"], ["a", "b"], ["a", "--trust"], ["a", "--unknown"], ["a", "--json", "--json"], ["--against", "x"]],
)
def test_wrong_calls_show_the_usage(arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code, text = run(capsysbinary, *arguments)
    assert code == 2
    assert "verify.py PACKAGE" in text


def test_verdicts_and_codes(
    forge: Forge, original: Forge, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    trust, head = tmp_path / "trust.json", tmp_path / "head"
    trust.write_text(json.dumps(original.trust()), encoding="utf-8")
    head.write_bytes(original.get("seal/log/checkpoint"))
    code, text = run(capsysbinary, "--trust", trust, original.root, "--against", head, "--json")
    assert (code, json.loads(text)["verdict"]) == (0, "PASS")
    code, text = run(capsysbinary, original.root)
    assert (code, "UNTRUSTED-KEYS：内容完整，来源未核实" in text) == (2, True)
    forge.put("data/text.txt", b"other")
    code, text = run(capsysbinary, forge.root, "--trust", trust)
    assert (code, "FAIL: see the checks" in text) == (1, True)


def test_nothing_to_judge(original: Forge, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    bad = tmp_path / "trust.json"
    bad.write_bytes(original.get("verify/trust.example.json"))
    large = tmp_path / "large"
    large.write_bytes(bytes((1 << 20) + 1))
    for arguments in (
        [tmp_path / "none"],
        [original.root, "--trust", bad],
        [original.root, "--trust", tmp_path / "none"],
        [original.root, "--against", large],
    ):
        code, text = run(capsysbinary, *arguments)
        assert (code, "无法验证" in text, "cannot verify" in text) == (2, True, True)
        code, text = run(capsysbinary, *arguments, "--json")
        assert (code, json.loads(text)["verdict"]) == (2, "UNUSABLE")
