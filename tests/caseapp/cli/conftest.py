"""The command line in this process, with its answer taken apart."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from caseapp.cli import run

PASSWORD = "三月桃花流水鳜鱼肥 42"
HAN = re.compile(r"[\u4e00-\u9fff]")
Cli = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a command said.

    Attributes:
        code: exit code.
        out: standard output.
        err: standard error.
    """

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything."""
        return self.out + self.err


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli("init", …, input="…", lang="en", DATABASE_URL="…")` → Answer; the data folder is a fresh one."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, input: str = "", lang: str = "zh", **env: str | None) -> Answer:  # noqa: A002
        whole: dict[str, str | None] = {
            "BIANWU_DATA": str(tmp_path / "d"),
            "BIANWU_LANG": lang,
            "BIANWU_NTP": "none",
            "BIANWU_RESOLVERS": "none",
            "DATABASE_URL": None,
            "REDIS_URL": None,
            **env,
        }
        with CliRunner().isolation(input=input, env=whole) as (out, err, *_):
            code = run(list(words))
            answer = Answer(code, out.getvalue().decode(), err.getvalue().decode())
        assert "Traceback" not in answer.said
        return answer

    return call


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `bianwu init` has set up, once for all tests."""
    folder = tmp_path_factory.mktemp("installed") / "d"
    words = ["init", "--organization", "示例单位", "--login", "root-admin", "--password-stdin"]
    env = {"BIANWU_DATA": str(folder), "BIANWU_LANG": "zh", "DATABASE_URL": None}
    with CliRunner().isolation(input=f"{PASSWORD}\n", env=env):
        assert run(words) == 0
    return folder


@pytest.fixture
def installed(cli: Cli, template: Path, tmp_path: Path) -> Cli:
    """The command line of an installation of its own."""
    shutil.copytree(template, tmp_path / "d")
    return cli
