"""`bianwu batch` and `bianwu upload`: through the use cases, in a person's name, every refusal in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.caseapp.cli.conftest import Cli

BOX = "https://weixun.test/1\nhttps://zhiye.test/2\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
OTHER = "another honest passphrase"


@pytest.fixture
def pr(installed: Cli) -> Cli:
    answer = installed("user", "add", "gao", "--name", "高澄", "--role", "pr", "--password-stdin", input=f"{OTHER}\n")
    assert answer.code == 0, answer.err
    return installed


def batch_of(pr: Cli) -> str:
    answer = pr("batch", "add", "-", "--as", "gao", "--json", input=BOX)
    assert answer.code == 0, answer.err
    facts = json.loads(answer.out)
    assert (facts["added"], facts["ordered"], facts["left"]) == (2, 2, [])
    return str(facts["batch"])


def test_a_batch_from_paste_to_end(pr: Cli) -> None:
    key = batch_of(pr)

    def shown() -> dict[str, int]:
        row: dict[str, int] = json.loads(pr("batch", "show", key, "--as", "gao", "--json").out)
        return row

    assert (shown()["total"], shown()["waiting"]) == (2, 2)
    assert "2" in pr("batch", "act", "pause", key, "--as", "gao").out
    assert shown()["paused"] == 2
    assert "已暂停 2" in pr("batch", "show", "--as", "gao").out
    assert "paused 2" in pr("batch", "show", "--as", "gao", lang="en").out
    assert pr("batch", "act", "resume", key, "--as", "gao").code == 0
    assert pr("batch", "act", "retry", key, "--as", "gao").code == 0
    assert pr("batch", "act", "cancel", key, "--as", "gao", "--reason", "粘错了").code == 0
    assert (shown()["cancelled"], shown()["over"]) == (2, 2)


def test_bad_lines_are_told_and_the_good_are_taken(pr: Cli) -> None:
    answer = pr(
        "batch", "add", "-", "--as", "gao", "--json", input="https://weixun.test/1\nftp://x\nhttp://127.0.0.1/\n"
    )
    assert answer.code == 1
    facts = json.loads(answer.out)
    assert (facts["added"], [one["line"] for one in facts["left"]]) == (1, [2, 3])
    assert all(one["problem"] for one in facts["left"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["batch", "show", "01NONE", "--as", "gao"], "not-found"),
        (["batch", "act", "pause", "01NONE", "--as", "gao"], "not-found"),
        (["batch", "act", "cancel", "01NONE", "--as", "gao"], "reason-required"),
        (["batch", "show", "--as", "nobody"], "no-such-login"),
        (["batch", "add", "-", "--as", "gao"], "invalid-input"),
    ],
)
def test_refusals(pr: Cli, words: list[str], code: str) -> None:
    for lang in ("zh", "en"):
        answer = pr(*words, input="", lang=lang)
        assert answer.code == 1, answer.out
        assert f"[{code}]" in answer.err


def test_an_upload(pr: Cli, tmp_path: Path) -> None:
    file = tmp_path / "截图.png"
    file.write_bytes(PNG)
    answer = pr("upload", str(file), "--as", "gao", "--url", "https://weixun.test/1", "--device", "phone", "--json")
    assert answer.code == 0, answer.err
    facts = json.loads(answer.out)
    assert (facts["grade"], facts["url"]) == ("self_made", "https://weixun.test/1")
    assert facts["evidence"].startswith("证-")
    for words in ([], ["--url", "http://10.0.0.1/"], ["--url", "file:///etc/passwd"]):
        refused = pr("upload", str(file), "--as", "gao", *words, lang="en")
        assert refused.code == 1
        assert "[invalid-input]" in refused.err
    (tmp_path / "x.png").write_bytes(b"MZ")
    assert "[invalid-input]" in pr("upload", str(tmp_path / "x.png"), "--as", "gao", "--url", "https://a.test/").err
