"""A fresh one-machine installation in a temporary folder, served for as long as a figure needs."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60.0


@contextmanager
def initialised() -> Iterator[dict[str, str]]:
    """Environment of an installation that `bianwu init` has just set up."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as folder:
        env = dict(os.environ) | {"BIANWU_DATA": folder, "BIANWU_PORT": str(unused_port())}
        command = [*bianwu("init"), "--organization", "示例单位", "--login", "admin", "--password-stdin"]
        subprocess.run(command, env=env, input=b"bench-only-passphrase\n", check=True, stdout=subprocess.DEVNULL)
        yield env


@contextmanager
def served(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The installation while `bianwu serve` runs and its first page has answered."""
    with (Path(env["BIANWU_DATA"]) / "serve.log").open("wb") as log:
        process = subprocess.Popen(bianwu("serve"), env=env, stderr=log, stdout=log)
        try:
            wait_for_page(int(env["BIANWU_PORT"]))
            yield process
        finally:
            process.terminate()
            process.wait()


def bianwu(*words: str) -> list[str]:
    """The command line of this interpreter's bianwu."""
    return [sys.executable, "-m", "caseapp.cli", *words]


def unused_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_page(port: int) -> None:
    """Until the sign-in page answers 200.

    Raises:
        TimeoutError: it does not.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/signin")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise TimeoutError(f"no page on port {port} after {START_SECONDS:.0f} s")
