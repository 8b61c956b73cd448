"""`bianwu serve` as one person runs it: first page, sign-in, a child that dies, a clean end, no second server."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.journey.house import PASSWORD, closed_port

pytestmark = [pytest.mark.slow]
CLI = [sys.executable, "-m", "caseapp.cli"]


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@dataclass
class Served:
    """A served installation."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    log: Path

    @property
    def url(self) -> str:
        """Where the pages are, as told to the person."""
        found = re.search(r"→ (http://\S+/)", self.log.read_text("utf-8"))
        return found[1] if found else ""

    def family(self) -> dict[str, psutil.Process]:
        """The children by their command."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        parts = ("web", "worker", "scheduler", "redis")
        return {part: child for child in children for part in parts if f" {part}" in f" {command(child)}"}

    def page(self) -> int:
        """Status of the sign-in page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}signin", timeout=10) as answer:
                return int(answer.status)
        except (OSError, ValueError):
            return 0


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[:5])
    except psutil.Error:
        return ""


def gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation that `bianwu init` has set up."""
    folder = tmp_path_factory.mktemp("serve") / "d"
    env = dict(os.environ) | {"BIANWU_DATA": str(folder), "BIANWU_PORT": str(closed_port()), "BIANWU_LANG": "zh"}
    words = [*CLI, "init", "--organization", "示例单位", "--login", "lin", "--password-stdin"]
    done = subprocess.run(words, env=env, input=f"{PASSWORD}\n".encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return env


@pytest.fixture
def served(env: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    log = tmp_path / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen([*CLI, "serve"], env=env, stdout=file, stderr=file)
    made = Served(process, env, log)
    try:
        until(lambda: made.url and made.page() == 200)
        until(lambda: {"web", "worker", "scheduler", "redis"} <= made.family().keys())
        yield made
    finally:
        process.terminate()
        process.wait(60)


def test_first_page_sign_in_and_a_clean_end(served: Served) -> None:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{served.url}signin", timeout=10).read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = urllib.parse.urlencode({"csrf_token": token[1], "login": "lin", "password": PASSWORD})
    request = urllib.request.Request(
        f"{served.url}signin", data=form.encode(), headers={"Referer": f"{served.url}signin"}
    )
    with browser.open(request, timeout=20) as answer:
        assert answer.status == 200
        assert "signin" not in answer.url
        assert "今日" in answer.read().decode()
    family = list(served.family().values())
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(40) == 0
    until(lambda: all(gone(process) for process in family), 5)
    said = served.log.read_text("utf-8")
    assert "Traceback" not in said
    assert not list((Path(served.env["BIANWU_DATA"]) / "logs").glob("fault-*"))


def test_a_giant_body_is_refused_by_its_head_alone(served: Served) -> None:
    host = urllib.parse.urlsplit(served.url)
    with socket.create_connection((host.hostname, host.port), 10) as link:
        link.sendall(b"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 500000000\r\n\r\n")
        assert link.recv(12) == b"HTTP/1.1 413"


def test_a_web_child_killed_comes_back_on_the_same_address(served: Served) -> None:
    before = served.family()
    before["web"].kill()
    until(lambda: (child := served.family().get("web")) is not None and child.pid != before["web"].pid, 20)
    until(lambda: served.page() == 200)
    assert served.family()["worker"].pid == before["worker"].pid
    assert "web" in served.log.read_text("utf-8")


def test_a_second_serve_on_the_same_folder_is_refused_and_the_first_goes_on(served: Served) -> None:
    for language, said in (("zh", "已由进程"), ("en", "already uses this data folder")):
        done = subprocess.run(
            [*CLI, "serve"], env=served.env | {"BIANWU_LANG": language}, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 1
        assert said in done.stderr.decode()
        assert str(served.process.pid) in done.stderr.decode()
        assert "Traceback" not in done.stderr.decode()
    assert served.page() == 200


def test_a_killed_supervisor_leaves_nobody_behind_for_long_and_the_next_one_serves(
    env: dict[str, str], tmp_path: Path
) -> None:
    family: list[psutil.Process] = []
    for run in ("first", "second"):
        log = tmp_path / f"{run}.log"
        with log.open("wb") as file:
            process = subprocess.Popen([*CLI, "serve"], env=env, stdout=file, stderr=file)
        made = Served(process, env, log)
        try:
            until(lambda made=made: made.url and made.page() == 200)
            until(lambda made=made: {"web", "worker", "scheduler", "redis"} <= made.family().keys())
            if run == "first":
                family = list(made.family().values())
                os.kill(process.pid, signal.SIGKILL)
                process.wait(10)
                python = [child for child in family if "redis" not in command(child)]
                until(lambda python=python: all(map(gone, python)), 20)
            else:
                # Two servers never write one folder: the one left over was ended first.
                assert all(gone(child) for child in family)
        finally:
            process.terminate()
            process.wait(60)


def test_a_taken_port_is_said(env: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        for language, said in (("zh", "无法在"), ("en", "Cannot serve pages")):
            words = [*CLI, "serve", "--port", port]
            done = subprocess.run(
                words, env=env | {"BIANWU_LANG": language}, capture_output=True, timeout=60, check=False
            )
            assert done.returncode == 1
            assert said in done.stderr.decode()
            assert port in done.stderr.decode()


def test_the_default_port_taken_moves_to_a_free_one(env: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        log = tmp_path / "serve.log"
        with log.open("wb") as file:
            process = subprocess.Popen([*CLI, "serve"], env=env | {"BIANWU_PORT": str(port)}, stdout=file, stderr=file)
        made = Served(process, env, log)
        try:
            until(lambda: made.url and made.page() == 200)
            assert f":{port}/" not in made.url
            assert str(port) in log.read_text("utf-8")
        finally:
            process.terminate()
            assert process.wait(60) == 0
