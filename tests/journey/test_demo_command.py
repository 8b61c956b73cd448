"""`bianwu demo`: headless with one JSON object; served, stopped in the middle, and nothing left."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CLI = [sys.executable, "-m", "caseapp.cli"]


@pytest.fixture
def temp() -> Iterator[Path]:
    """A folder for temporary files that the browser's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(("bianwu", "playwright", "demo"))]


@pytest.mark.full  # tests/caseapp/demo/test_play.py plays the same case without the command
def test_headless_gives_one_json_object_and_keeps_the_results(temp: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    env = {**os.environ, "TMPDIR": str(temp), "BIANWU_LANG": "en", "BIANWU_DATA": str(tmp_path / "untouched")}
    words = [*CLI, "demo", "--no-serve", "--json", "--out", str(out)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.strip().splitlines()) == 1
    result = json.loads(done.stdout)
    assert result["ok"] is True
    assert [hop["n"] for hop in result["hops"]] == list(range(1, 11))
    for hop in result["hops"]:
        assert hop["ok"]
        assert isinstance(hop["name"], str)
        assert hop["seconds"] >= 0
        assert isinstance(hop["ids"], list)
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hop["sha256"])
    for path in (result["bundle"], result["trust"], *result["packages"]):
        assert Path(path).is_absolute()
        assert Path(path).is_relative_to(out)
        assert Path(path).exists()
    package, trust = result["packages"][0], result["trust"]
    checked = subprocess.run([*CLI, "verify", package, "--trust", trust], capture_output=True, check=False)
    assert checked.returncode == 0
    assert left_in(temp) == []
    assert not (tmp_path / "untouched").exists()
    assert "Traceback" not in done.stderr
    again = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 1
    assert "[output-taken]" in again.stderr


@pytest.mark.parametrize("mode", [pytest.param("--no-serve", marks=pytest.mark.full), ""])
def test_stopped_in_the_middle_it_leaves_nothing(temp: Path, mode: str) -> None:
    env = {**os.environ, "TMPDIR": str(temp), "BIANWU_PORT": "0", "BIANWU_LANG": "zh"}
    log = temp / "log.txt"
    with log.open("wb") as file:
        words = [*CLI, "demo", *([mode] if mode else [])]
        process = subprocess.Popen(words, env=env, stdout=file, stderr=file)
    said = until(log, r"\[2/10\] 1/", process)
    family = psutil.Process(process.pid).children(recursive=True)
    if not mode:
        url = re.search(r"→ (http://\S+/)", said)
        assert url
        with urllib.request.urlopen(f"{url[1]}signin", timeout=20) as answer:
            assert answer.status == 200
        assert re.search(r"admin +[a-z0-9]{4}(-[a-z0-9]{4}){3}", said)
        watch = re.search(r"→ (http://\S+/demo/\?key=\S+)", said)
        assert watch
        with urllib.request.urlopen(watch[1], timeout=20) as answer:
            page = answer.read().decode()
        assert "第 2 步，共 10 步" in page
        assert "zhou.yiwei" in page
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 130, log.read_text("utf-8")[-1500:]
    assert "Traceback" not in log.read_text("utf-8")
    end = time.monotonic() + 10
    while any(alive(child) for child in family):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert left_in(temp) == []


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    """What was said when the pattern came."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        said = log.read_text("utf-8")
        if re.search(pattern, said):
            return said
        assert process.poll() is None, said
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))
