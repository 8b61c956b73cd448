"""capture.two_workers: how much more two worker processes capture than one; and a full capture beside SingleFile."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from capture import Browser, CaptureRequest, capture, chromium
from tools.bench.capture import APART, served
from tools.bench.figures import PAIRS, Figure

LATENCY = 2.0
BATCH = 8
SINGLE_FILE = "single-file-cli"
TRIES = 12


def _throughput(urls: list[str], host: str, workers: int) -> float:
    """Pages per second of so many processes, each with a browser that runs already; who is free takes the next page."""
    command = [sys.executable, "-m", "tools.bench.capture_workers", host]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        for _ in range(workers)
    ]
    waiting: SimpleQueue[str] = SimpleQueue()
    for url in urls:
        waiting.put(url)
    for process in started:
        _line(process)
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as feeders:
        list(feeders.map(partial(_feed, waiting), started))
    spent = time.perf_counter() - start
    for process in started:
        process.communicate()
    return len(urls) / spent


def _feed(waiting: SimpleQueue[str], process: subprocess.Popen[str]) -> None:
    """Hand a process one page after another until none is left."""
    with suppress(Empty):
        while process.stdin is not None:
            process.stdin.write(waiting.get_nowait() + "\n")
            _line(process)


def _line(process: subprocess.Popen[str]) -> None:
    if process.stdout is not None:
        process.stdout.readline()


def _two_workers(latency: float) -> Figure:
    data = os.environ.get("BIANWU_BENCH_DATA")
    if not data:
        return Figure(None, "BIANWU_BENCH_DATA is not set")
    runs = []
    with served(Path(data) / "pages", latency) as (host, urls):
        batch = (urls * BATCH)[:BATCH]
        for _ in range(PAIRS):
            one = _throughput(batch, host, 1)
            runs.append(round(_throughput(batch, host, 2) / one, 3))
    return Figure(statistics.median(runs), f"{BATCH} pages, {latency:g} s of server latency each", runs)


def full_over_single_file() -> Figure:
    """Full capture ÷ single-file-cli making one HTML, both with a fresh browser, same pages."""
    data = os.environ.get("BIANWU_BENCH_DATA")
    if not data:
        return Figure(None, "BIANWU_BENCH_DATA is not set")
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        npm = [str(Path(sys.executable).with_name("npm")), "install", "--silent", "--prefix", name, SINGLE_FILE]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        if subprocess.run(npm, env={**os.environ, "PATH": path}, check=False).returncode:
            return Figure(None, f"{SINGLE_FILE} could not be installed")
        runs = []
        with served(Path(data) / "pages") as (host, urls):
            for url in urls[:-1]:
                theirs = statistics.median(_single_file(Path(name), path, url) for _ in range(3))
                runs.append(round(statistics.median(_ours(host, url) for _ in range(3)) / theirs, 3))
    return Figure(statistics.median(runs), f"{len(runs)} pages, fresh browser each, median of 3 runs a side", runs)


def _single_file(folder: Path, path: str, url: str) -> float:
    """Seconds of a run that wrote its file; with Chromium 156 it often loses its own script's world and writes none."""
    out = folder / "out.html"
    out.unlink(missing_ok=True)
    browser = [f"--browser-executable-path={chromium.find_browser()}", '--browser-args=["--no-sandbox"]']
    waits = ["--browser-wait-until=load", "--browser-wait-until-delay=0"]  # as ours: no wait is timed
    command = [str(folder / "node_modules/.bin/single-file"), url, str(out), *waits, *browser]
    for _ in range(TRIES):
        start = time.perf_counter()
        subprocess.run(command, env={**os.environ, "PATH": path}, check=True, capture_output=True)
        spent = time.perf_counter() - start
        if out.exists():
            return spent
    raise RuntimeError(f"{SINGLE_FILE} wrote nothing for {url}")


def _ours(host: str, url: str) -> float:
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        more = ["--allow-host", host, "--ntp", "none", "--once", "--no-video", "--json"]
        command = [sys.executable, "-m", "capture", url, "-o", f"{name}/a", *more]
        start = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        spent = time.perf_counter() - start
    steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return spent - sum(float(step["seconds"]) for step in steps if step["name"] in APART)


FIGURES: dict[str, Callable[[], Figure]] = {
    "capture.two_workers": partial(_two_workers, LATENCY),
    "capture.two_workers_cpu": partial(_two_workers, 0.0),
    "capture.full_over_single_file": full_over_single_file,
}


def main(host: str) -> None:
    """One worker: say when the browser runs, then capture every page that is asked for, and say when it is done."""
    with Browser() as browser, tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        browser.run(browser.ready())
        print("ready", flush=True)
        for number, line in enumerate(sys.stdin):
            out = Path(name) / str(number)
            capture(CaptureRequest(line.strip(), out, allow_hosts=frozenset({host}), ntp_servers=()), browser=browser)
            print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
