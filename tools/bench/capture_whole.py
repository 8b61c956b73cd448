"""capture.*: what gets into the record, what gets out, how much memory and how many workers; on loopback sites."""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

from capture import Browser, CaptureRequest, CaptureResult, Limits, capture
from capture.guard import RelayPolicy
from capture.relay import Relay
from capture.relay_model import Recording
from tests.capture import kinds, netkit, sites
from tests.capture.test_engine import wrong_bands
from tests.capture.test_request_kinds import WANTED, body, found, visit
from tests.capture.test_ssrf import VECTORS, Canary
from tools.bench.capture import floor, served
from tools.bench.figures import PAIRS, Figure
from tools.bench.processes import watched

TARGETS = {"its target": "redirect"}
"""A redirect and what it leads to are one kind of request."""
TALL = ((1300, 1), (600, 2))


Taken = tuple[CaptureResult, tempfile.TemporaryDirectory[str]]


def _taken(browser: Browser, url: str, host: str, **more: object) -> Taken:
    folder = tempfile.TemporaryDirectory(prefix="bianwu-bench-")
    values: dict[str, object] = {"allow_hosts": frozenset({host}), "ntp_servers": (), **more}
    return capture(CaptureRequest(url, Path(folder.name) / "a", **values), browser=browser), folder  # type: ignore[arg-type]


def request_kinds() -> Figure:
    """Kinds of requests recorded with their true status and body, of the 24."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name, Browser() as browser:
        folder = Path(name)
        authority = netkit.Authority(folder)
        with netkit.Server(kinds.serve, authority.server("a.test", "b.test")) as server:
            table = dict.fromkeys(("a.test", "b.test"), ("127.0.0.1", server.port))
            policy = RelayPolicy(resolve=table, extra_roots=(str(authority.root),))
            with Relay(policy, folder / "spool", leaf_key=browser.leaf_key) as relay:
                browser.run(visit(browser, relay.proxy_server, folder))
                seen = relay.finish()
        missed = {TARGETS.get(row[0], row[0]) for row in WANTED if not _recorded(seen, row)}
    all_kinds = {TARGETS.get(row[0], row[0]) for row in WANTED}
    return Figure(len(all_kinds - missed), f"of {len(all_kinds)}; missed: {', '.join(sorted(missed)) or 'none'}")


def _recorded(seen: Recording, row: tuple[str, str, str, int, bytes]) -> bool:
    _, method, path, status, content = row
    return content in [body(one.response_body) for one in found(seen, method, path, status)]


@cache
def _tall() -> tuple[int, float]:
    wrong = 0
    with sites.serve() as site, Browser() as browser, watched(os.getpid()) as peak:
        for bands, scale in TALL:
            limits = Limits(scroll_ms=60_000, seconds=240)
            result, folder = _taken(browser, site.url(f"/tall?bands={bands}"), site.key, scale=scale, limits=limits)
            wrong += len(wrong_bands(result, bands, scale))
            folder.cleanup()
    return wrong, peak.browser


def tall_wrong_bands() -> Figure:
    """Wrong bands in the pictures of a page of 130,000 px at DPR 1 and one of 60,000 px at DPR 2."""
    return Figure(_tall()[0], "every band's colour in PNG and JPEG, 130,000 px at DPR 1 and 60,000 px at DPR 2")


def tall_peak_mb() -> Figure:
    """Memory of the browser's processes meanwhile."""
    return Figure(round(_tall()[1], 1), "peak PSS of the browser's processes meanwhile")


def ssrf_leaks() -> Figure:
    """Ways, of sixteen, by which a page reached a private machine."""
    canary, leaking = Canary(), []
    with sites.serve() as site, Browser() as browser:
        for name, page in VECTORS.items():
            target = f"127.0.0.1:{canary.port}"
            names = {
                "c": target,
                "n": f"localhost:{canary.port}",
                "p": str(canary.port),
                "r": f"/ssrf-redirect?{target}",
            }
            words = page.format(**names)
            sites.PAGES["/ssrf"] = lambda _query, words=words: sites.document(words)  # type: ignore[misc]
            canary.visits.clear()
            _taken(browser, site.url("/ssrf"), site.key)[1].cleanup()
            leaking += [name] if canary.visits else []
        canary.visits.clear()
        with socket.create_connection(("127.0.0.1", canary.port)) as link:
            link.sendall(b"GET / HTTP/1.1\r\n\r\n")
            link.recv(10)
        deaf = not canary.visits
    canary.close()
    if deaf:
        return Figure(None, "void: the canary did not hear a visit of our own")
    return Figure(len(leaking), f"of {len(VECTORS)} vectors; leaking: {', '.join(leaking) or 'none'}")


def peak_over_browser() -> Figure:
    """Peak of the browser's processes in a full capture ÷ while it shows the page; the real pages."""
    data = os.environ.get("BIANWU_BENCH_DATA")
    if not data:
        return Figure(None, "BIANWU_BENCH_DATA is not set")
    runs = []
    with served(Path(data) / "pages") as (host, urls):
        for url in urls:
            asyncio.set_event_loop(None)
            with Browser() as ours:
                executable = str(ours.executable)
                with watched(os.getpid()) as full:
                    _taken(ours, url, host)[1].cleanup()
            runs.append(round(full.browser / _plain_peak(executable, url), 3))
    return Figure(statistics.median(runs), f"{len(runs)} pages, each in a fresh browser, PSS", runs)


def _plain_peak(executable: str, url: str) -> float:
    asyncio.set_event_loop(None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        with watched(os.getpid()) as plain:
            floor(browser, url)
        browser.close()
    return plain.browser


def _command(url: str, folder: Path, host: str) -> list[str]:
    more = ["--allow-host", host, "--ntp", "none", "--once", "--no-video", "--json"]
    return [sys.executable, "-m", "capture", url, "-o", str(folder), *more]


def engine_mb() -> Figure:
    """Driver, relay and Python beside the browser, at their peak in one capture."""
    runs = []
    with sites.serve() as site:
        for _ in range(PAIRS):
            with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
                command = _command(site.url("/lazy"), Path(name) / "a", site.key)
                with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process, watched(process.pid) as peak:
                    process.wait()
            runs.append(round(peak.beside, 1))
    return Figure(statistics.median(runs), "peak PSS beside the browser, page with 60 lazy pictures", runs)


FIGURES: dict[str, Callable[[], Figure]] = {
    "capture.request_kinds": request_kinds,
    "capture.tall_wrong_bands": tall_wrong_bands,
    "capture.tall_peak_mb": tall_peak_mb,
    "capture.ssrf_leaks": ssrf_leaks,
    "capture.peak_over_browser": peak_over_browser,
    "capture.engine_mb": engine_mb,
}
