"""Pages that want to trap a visitor: each ends in a recorded outcome, without a hang and with nothing left running."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from capture import Browser, CaptureRequest, CaptureResult, Limits, capture
from capture.page import LISTED_MOST
from tests.capture.netkit import Server, ok

pytestmark = pytest.mark.browser

MOST_SECONDS = 60
BRIEF = Limits(navigation_ms=4_000, idle_ms=1_000, scroll_ms=2_000, seconds=25, body_bytes=2_000_000)
HTML = "Content-Type: text/html"
TRAPS = """<script>
document.title = navigator.webdriver ? "自动化" : "真人";
addEventListener("beforeunload", (event) => { event.preventDefault(); event.returnValue = "别走"; });
for (let n = 0; n < 5; n += 1) alert("第" + n + "次");
for (let n = 0; n < 5; n += 1) window.open("/popup?" + n);
</script>"""
NODES = """<p>石蜡三公斤</p><script>
document.body.insertAdjacentHTML("beforeend", "<i></i>".repeat(1e6));</script>"""


def page(body: str, charset: str = "utf-8") -> bytes:
    return f"<!doctype html><meta charset={charset}><title>頁面</title>{body}".encode(charset)


def serve(link: socket.socket, head: bytes) -> None:
    """Answer with one of the traps."""
    path = head.split(b" ", 2)[1].decode()
    name, _, query = path.partition("?")
    if name == "/loop":
        link.sendall(b"HTTP/1.1 302 Found\r\nLocation: /loop?%d\r\nContent-Length: 0\r\n\r\n" % (len(query) % 7))
    elif name == "/refresh":
        number = int(query or 0) + 1
        link.sendall(ok(page(f"<meta http-equiv=refresh content='0;url=/refresh?{number}'><p>第{number}页</p>"), HTML))
    elif name == "/bomb":
        link.sendall(ok(BOMB, HTML, "Content-Encoding: gzip"))
    else:
        bodies = {"/alerts": page("<p>石蜡三公斤</p><script>for (;;) alert('还有');</script>")}
        bodies |= {"/traps": page(f"<p>石蜡三公斤</p>{TRAPS}"), "/popup": page("<p>弹窗</p>"), "/nodes": page(NODES)}
        bodies |= {f"/{charset}": page("<p>石蠟三公斤，謠言</p>", charset) for charset in ("gbk", "big5")}
        link.sendall(ok(bodies.get(name, b""), HTML))


BOMB = gzip.compress(page("<p>石蜡三公斤</p>") + b" " * 200_000_000, 9)


@pytest.fixture(scope="module")
def traps() -> Iterator[Server]:
    with Server(serve) as server:
        yield server


def take(traps: Server, browser: Browser, folder: Path, path: str, limits: Limits = BRIEF) -> CaptureResult:
    request = CaptureRequest(
        f"http://{traps.key}{path}", folder / "out", allow_hosts=frozenset((traps.key,)), ntp_servers=(), limits=limits
    )
    return capture(request, browser=browser)


def record(result: CaptureResult) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(result.files["capture.json"].read_text(encoding="utf-8"))
    return data


def test_dialogs_popups_and_a_refusal_to_be_left_are_on_record(traps: Server, browser: Browser, tmp_path: Path) -> None:
    result = take(traps, browser, tmp_path, "/traps")
    assert result.state == "COMPLETE"
    assert result.title == "自动化", "automation is not denied: nothing is spoofed"
    assert "石蜡三公斤" in result.text
    found = record(result)
    assert len(found["dialogs"]) >= 5
    assert len(found["popups"]) >= 5
    assert {act["act"] for act in found["actions"]} >= {"dialog", "popup"}


@pytest.mark.full
def test_dialogs_without_end_do_not_fill_the_record(traps: Server, browser: Browser, tmp_path: Path) -> None:
    started = time.monotonic()
    result = take(traps, browser, tmp_path, "/alerts", replace(BRIEF, seconds=10))
    assert time.monotonic() - started < MOST_SECONDS
    assert result.state == "PARTIAL"
    assert "dialogs" in result.missing
    assert len(record(result)["dialogs"]) == LISTED_MOST


def test_a_redirect_loop_is_failed_and_the_chain_is_kept(traps: Server, browser: Browser, tmp_path: Path) -> None:
    result = take(traps, browser, tmp_path, "/loop")
    assert (result.state, result.outcome.kind) == ("FAILED", "error")
    chain = json.loads(result.files["network.json"].read_text(encoding="utf-8"))["redirects"]
    assert {hop["status"] for hop in chain} == {302}
    assert len(chain) >= 1


@pytest.mark.full
def test_a_chain_of_refreshes_ends_and_is_named(traps: Server, browser: Browser, tmp_path: Path) -> None:
    started = time.monotonic()
    result = take(traps, browser, tmp_path, "/refresh", replace(BRIEF, seconds=8))
    assert time.monotonic() - started < MOST_SECONDS
    assert (result.state, result.outcome.kind) == ("PARTIAL", "error")
    assert "the page keeps moving on" in next(step.detail for step in result.steps if step.name == "read")
    assert {"capture.wacz", "capture.json"} <= set(result.files)
    assert len(json.loads(result.files["network.json"].read_text(encoding="utf-8"))["exchanges"]) > 3


@pytest.mark.parametrize("charset", ["gbk", pytest.param("big5", marks=pytest.mark.full)])
def test_other_encodings_are_read_and_their_bytes_kept(
    charset: str, traps: Server, browser: Browser, tmp_path: Path
) -> None:
    result = take(traps, browser, tmp_path, f"/{charset}")
    assert result.state == "COMPLETE"
    assert "石蠟三公斤，謠言" in result.text
    assert result.title == "頁面"


@pytest.mark.full
def test_a_bomb_is_shown_as_far_as_it_came_and_called_partial(traps: Server, browser: Browser, tmp_path: Path) -> None:
    started = time.monotonic()
    result = take(traps, browser, tmp_path, "/bomb")
    assert time.monotonic() - started < MOST_SECONDS
    assert result.state == "PARTIAL"
    assert "石蜡三公斤" in result.text
    assert result.files["capture.wacz"].stat().st_size < BRIEF.body_bytes, "kept as it came: packed"


@pytest.mark.full
def test_a_million_nodes_are_captured_whole(traps: Server, browser: Browser, tmp_path: Path) -> None:
    result = take(traps, browser, tmp_path, "/nodes", Limits(seconds=100))
    assert result.state == "COMPLETE"
    assert "石蜡三公斤" in result.text
