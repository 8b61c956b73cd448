"""`bianwu redact`: proposed, made and checked from the command line, every refusal in both languages."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.caseapp.cli.conftest import Cli

OTHER = "another honest passphrase"


@pytest.fixture
def keeper(installed: Cli) -> Cli:
    answer = installed(
        "user", "add", "xu", "--name", "徐", "--role", "archivist", "--password-stdin", input=f"{OTHER}\n"
    )
    assert answer.code == 0, answer.err
    return installed


def entered(keeper: Cli, folder: Path) -> str:
    picture = io.BytesIO()
    Image.effect_noise((90, 70), 60).save(picture, "PNG")
    (folder / "a.png").write_bytes(picture.getvalue())
    (folder / "b.txt").write_text("打 13800138000，或找“小葵”。", "utf-8")
    answer = keeper(
        "paper", str(folder / "a.png"), str(folder / "b.txt"), "--as", "xu", "--title", "聊天", "--kind", "chat",
        "--source", "徐", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    return str(json.loads(answer.out)["evidence"])


def test_a_copy_from_proposal_to_proof(keeper: Cli, tmp_path: Path) -> None:
    number = entered(keeper, tmp_path)
    told = json.loads(keeper("redact", "propose", number, "--as", "xu", "--name", "小葵", "--json").out)
    assert told["size"] == [90, 70]
    assert [(one["kind"], one["text"]) for one in told["finds"]] == [("mobile", "13800138000"), ("name", "小葵")]
    assert "手机号" in keeper("redact", "propose", number, "--as", "xu").out
    assert "mobile number" in keeper("redact", "propose", number, "--as", "xu", lang="en").out
    made = keeper(
        "redact", "make", number, "--as", "xu", "--reason", "提交法院", "--find", "1", "--box", "3,4,20,10,portrait",
        "--span", "b.txt:17-19:name",
    )  # fmt: skip
    assert made.code == 0, made.err
    copy = re.findall(r"证-[0-9]{4}-[0-9]{6}", made.out)[0]
    assert "1 + 2" in made.out
    again = keeper("redact", "make", copy, "--as", "xu", "--reason", "再遮", "--find", "all")
    assert (again.code, "redacted-already" in again.err) == (1, True)


BAD = (
    ("--find", "9"), ("--find", "x"), ("--box", "1,2,3"), ("--box", "a,b,c,d"), ("--box", "-1,0,5,5"),
    ("--box", "0,0,91,5"), ("--span", "7"), ("--span", "5-2"), ("--span", "c.txt:0-1"), ("--span", "0-999"), (),
    ("--box", "0,0,5,5", "--no-picture"),
)  # fmt: skip


def test_masks_that_are_none_are_refused(keeper: Cli, tmp_path: Path) -> None:
    number = entered(keeper, tmp_path)
    for words in BAD:
        answer = keeper("redact", "make", number, "--as", "xu", "--reason", "提交法院", *words)
        assert (answer.code, "invalid-input" in answer.err) == (1, True), answer.said


def test_what_is_no_copy_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    for path in ("x.zip", "."):
        zh, en = (cli("redact", "verify", path, lang=lang) for lang in ("zh", "en"))
        assert zh.code == en.code == 1
        assert zh.err != en.err
