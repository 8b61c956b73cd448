"""The command line as a process: faults, another user's folder, a machine without programs, a polite end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.caseapp.cli.conftest import PASSWORD
from tests.journey.house import closed_port

pytestmark = pytest.mark.slow
CLI = [sys.executable, "-m", "caseapp.cli"]
INIT = ["init", "--organization", "示例单位", "--login", "root-admin", "--password-stdin"]
SURPRISE = """
import caseapp.cli
caseapp.cli.COMMANDS["doctor"] = ("no_such_module", "doctor", "x", "x", True)
caseapp.cli.entry()
"""


def call(*words: str, code: list[str] | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, "BIANWU_NTP": "none", "BIANWU_RESOLVERS": "none", **env}
    command = code or CLI
    return subprocess.run(
        [*command, *words], env=whole, input=f"{PASSWORD}\n", text=True, capture_output=True, timeout=120, check=False
    )


def test_an_unforeseen_exception_is_one_line_and_a_file(tmp_path: Path) -> None:
    for lang, said in (("zh", "程序出错"), ("en", "The program failed")):
        done = call("doctor", code=[sys.executable, "-c", SURPRISE], BIANWU_DATA=str(tmp_path), BIANWU_LANG=lang)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    story = next((tmp_path / "logs").glob("fault-*.log")).read_text("utf-8")
    assert "ModuleNotFoundError" in story
    shown = call("--debug", "doctor", code=[sys.executable, "-c", SURPRISE], BIANWU_DATA=str(tmp_path))
    assert "ModuleNotFoundError" in shown.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root; test_setup does it as oneself")
def test_another_users_folder(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    loaded = "caseapp.cli.setup, caseapp.keys, caseapp.services.setup, caseapp.services.passwords, sqlalchemy.exc"
    become = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    code = f"import os, {loaded}; from caseapp.cli import entry; {become}; entry()"
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith("pytest"):
            folder.chmod(folder.stat().st_mode | 0o011)
    for lang, said in (("zh", "没有权限"), ("en", "No permission")):
        done = call(*INIT, code=[sys.executable, "-c", code], BIANWU_DATA=str(private / "d"), BIANWU_LANG=lang)
        assert done.returncode == 1, done.stderr
        assert said in done.stderr
        assert "[no-permission]" in done.stderr
        assert "Traceback" not in done.stderr


def test_without_the_queues_program_serve_says_what_to_install(tmp_path: Path) -> None:
    assert call(*INIT, BIANWU_DATA=str(tmp_path / "d")).returncode == 0
    (tmp_path / "bin").mkdir()
    for lang in ("zh", "en"):
        done = call(
            "serve", BIANWU_DATA=str(tmp_path / "d"), PATH=str(tmp_path / "bin"), BIANWU_LANG=lang, BIANWU_PORT="0"
        )
        assert done.returncode == 1
        assert "redis-tools" in done.stderr
        assert "[no-queue]" in done.stderr


def test_a_foreign_address_cannot_be_served_on(tmp_path: Path) -> None:
    assert call(*INIT, BIANWU_DATA=str(tmp_path / "d")).returncode == 0
    for host in ("203.0.113.7", "no-such-host.invalid"):
        done = call("serve", BIANWU_DATA=str(tmp_path / "d"), BIANWU_HOST=host, BIANWU_LANG="en")
        assert done.returncode == 1
        assert "[port-taken]" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_folder_that_was_never_set_up_cannot_be_served(tmp_path: Path) -> None:
    for command in ("serve", "web", "worker", "scheduler"):
        done = call(command, BIANWU_DATA=str(tmp_path / "d"), BIANWU_LANG="en")
        assert done.returncode == 1
        assert "[not-initialised]" in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_worker_without_a_queue_says_so(tmp_path: Path) -> None:
    assert call(*INIT, BIANWU_DATA=str(tmp_path / "d")).returncode == 0
    assert "[no-queue]" in call("worker", BIANWU_DATA=str(tmp_path / "d")).stderr


def test_doctor_on_a_bare_path_names_every_fix(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    none = str(tmp_path / "none")
    for lang, said in (("zh", "BIANWU_CHROMIUM"), ("en", "BIANWU_CHROMIUM")):
        done = call("doctor", BIANWU_DATA=none, PATH=str(tmp_path / "bin"), BIANWU_CHROMIUM=none, BIANWU_LANG=lang)
        assert done.returncode == 1
        assert said in done.stdout
        assert "fonts-noto-cjk" in done.stdout
        assert "redis-tools" in done.stdout
        assert done.stdout.count("→") >= 6
        assert "Traceback" not in done.stderr


@pytest.fixture
def temp() -> Iterator[Path]:
    """A folder for temporary files that the browser's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.browser
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_capture_that_is_stopped_leaves_no_file_and_no_process(tmp_path: Path, temp: Path, number: int) -> None:
    table = f'{{"resolve": {{"slow.test": ["127.0.0.1", {closed_port()}]}}}}'
    env = {**os.environ, "BIANWU_DATA": str(tmp_path / "d"), "BIANWU_OVERRIDES": table, "TMPDIR": str(temp)}
    env |= {"BIANWU_NTP": "none", "BIANWU_RESOLVERS": "none", "BIANWU_LANG": "zh"}
    words = [*CLI, "capture", "http://slow.test/", "-o", str(tmp_path / "out")]
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if "打开浏览器页" in line:
                break
        process.send_signal(number)
        said += process.stderr.read()
        assert process.wait(60) == 130, said
    assert "Traceback" not in said
    assert "[stopped]" in said
    left = [path.name for path in temp.iterdir() if path.name.startswith(("bianwu-", "playwright"))]
    assert not left
    assert not list((tmp_path / "out").glob("*.zip"))
