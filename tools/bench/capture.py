"""capture.*: a full capture beside a plain visit, on the same real pages and one running browser each."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser as PlainBrowser
from playwright.sync_api import sync_playwright

from capture import Browser, CaptureRequest, CaptureResult, capture
from tools.bench.figures import PAIRS, Figure

APART = frozenset(
    (
        "probes",
        "fonts",
        "clock",
        "environment",
        "settle",
        "scroll",
        "expand",
        "second",
        "report",
        "calibration",
        "reading",
    )
)
"""Probes, waits for content and the derived view: timed apart (CAPTURE.md §7), never shortened, and published."""

LAZY_IMAGES = 60
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
LAZY = (
    "<!doctype html><meta charset=utf-8><title>lazy</title><style>img{display:block;width:600px;height:400px}</style>"
    + "".join(f'<p>{n}<img loading=lazy src="/ext/i/{n}.png">' for n in range(LAZY_IMAGES))
)
KINDS = {".css": ("text/css", b""), ".js": ("text/javascript", b""), ".html": ("text/html", b"<!doctype html>")}


class Pages(BaseHTTPRequestHandler):
    """Answers the saved pages, and stubs for everything they ask."""

    protocol_version = "HTTP/1.1"
    folder: Path
    latency = 0.0

    def do_GET(self) -> None:
        """One page or one stub."""
        name = self.path.partition("?")[0].strip("/")
        if name.endswith(".html"):
            time.sleep(self.latency)
        if name == "lazy.html":
            self._answer("text/html; charset=utf-8", LAZY.encode())
        elif not name.startswith("ext/") and (self.folder / name).is_file():
            self._answer("text/html; charset=utf-8", (self.folder / name).read_bytes())
        else:
            kind, body = KINDS.get(Path(name).suffix, ("image/png", PIXEL))
            self._answer(kind, body)

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, latency: float = 0.0) -> Iterator[tuple[str, list[str]]]:
    """The pages on loopback, each answered after `latency` seconds: "host:port" and their addresses."""
    bound = type("Bound", (Pages,), {"folder": folder, "latency": latency})
    server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    try:
        yield (
            host,
            [f"http://{host}/{path.name}" for path in sorted(folder.glob("*.html"))] + [f"http://{host}/lazy.html"],
        )
    finally:
        server.shutdown()
        server.server_close()


def floor(browser: PlainBrowser, url: str) -> float:
    """Seconds of navigation and a viewport screenshot in a fresh context."""
    start = time.perf_counter()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.screenshot()
    context.close()
    return time.perf_counter() - start


def full(browser: Browser, url: str, host: str) -> tuple[float, CaptureResult]:
    """Seconds of a full capture, less the steps that are timed apart."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as folder:
        request = CaptureRequest(url, Path(folder) / "a", allow_hosts=frozenset({host}), ntp_servers=())
        start = time.perf_counter()
        result = capture(request, browser=browser)
        spent = time.perf_counter() - start
        return spent - sum(step.seconds for step in result.steps if step.name in APART), result


@dataclass(frozen=True)
class Rounds:
    """What the rounds over all pages gave: why they are void, the ratios, and seconds by step over all captures."""

    void: str = ""
    pages: int = 0
    runs: tuple[float, ...] = ()
    by_step: Mapping[str, float] = field(default_factory=dict)


def full_over_floor() -> Figure:
    """Full capture ÷ navigation + viewport screenshot; 12 real pages and the lazy page; 60/60 images or void."""
    found = rounds()
    if found.void:
        return Figure(None, found.void)
    return Figure(statistics.median(found.runs), f"{found.pages} pages, {PAIRS} rounds", list(found.runs))


def seconds_by_step() -> Figure:
    """Seconds of each step in a capture, on average over the same pages; what is timed apart is marked."""
    found = rounds()
    if found.void:
        return Figure(None, found.void)
    count = found.pages * (PAIRS + 1)
    each = sorted(((name, spent / count) for name, spent in found.by_step.items()), key=lambda pair: -pair[1])
    words = ", ".join(f"{name}{'*' if name in APART else ''} {spent:.2f}" for name, spent in each)
    return Figure(round(sum(spent for _, spent in each), 3), f"a page, * timed apart: {words}")


@cache
def rounds() -> Rounds:
    """Visit every page plainly and fully, in turn."""
    data = os.environ.get("BIANWU_BENCH_DATA")
    if not data:
        return Rounds("BIANWU_BENCH_DATA is not set")
    runs = []
    by_step: dict[str, float] = {}
    with served(Path(data) / "pages") as (host, urls), Browser() as ours:
        for round_number in range(PAIRS + 1):
            # The plain browser lives in its own event loop for the time of its turn: two loops cannot nest.
            floors = plain_round(str(ours.executable), urls)
            fulls = 0.0
            for url in urls:
                spent, result = full(ours, url, host)
                fulls += spent
                if url.endswith("lazy.html") and not shows_all(result):
                    return Rounds("void: the lazy page did not show 60/60 images")
                for step in result.steps:
                    by_step[step.name] = by_step.get(step.name, 0.0) + step.seconds
            if round_number:  # the first round warms both browsers
                runs.append(round(fulls / floors, 3))
    return Rounds("", len(urls), tuple(runs), by_step)


def plain_round(executable: str, urls: list[str]) -> float:
    """Seconds of one plain visit of every page in a browser that already runs."""
    asyncio.set_event_loop(None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        floor(browser, urls[0])
        total = sum(floor(browser, url) for url in urls)
        browser.close()
    return total


def shows_all(result: CaptureResult) -> bool:
    """Whether the scroll step saw every lazy image."""
    return any(step.name == "scroll" and f"{LAZY_IMAGES}/{LAZY_IMAGES}" in step.detail for step in result.steps)


FIGURES = {"capture.full_over_floor": full_over_floor, "capture.seconds_by_step": seconds_by_step}
