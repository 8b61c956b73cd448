"""Every kind of request a page can make, through the real Chromium, recorded with its true status and body."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from capture import Browser, CaptureRequest
from capture.guard import RelayPolicy
from capture.recorder import PageFacts, write_wacz
from capture.relay import Relay
from capture.relay_model import BROWSER_ABORTED, Exchange, Recording
from tests.capture import kinds
from tests.capture.netkit import Authority, Server

pytestmark = pytest.mark.browser

WANTED: list[tuple[str, str, str, int, bytes]] = [
    ("document", "GET", "/", 200, kinds.PAGE.encode()),
    ("icon", "GET", "/icon.png", 200, kinds.png(1)),
    ("image", "GET", "/image.png", 200, kinds.png(2)),
    ("image with ETag", "GET", "/etag.png", 200, kinds.png(5)),
    ("the same revalidated", "GET", "/etag.png", 304, b""),
    ("redirect", "GET", "/redirect.png", 302, b"moved"),
    ("its target", "GET", "/target.png", 200, kinds.png(3)),
    ("gzip script", "GET", "/gzip.js", 200, kinds.ANSWERS["/gzip.js"][2]),
    ("brotli script", "GET", "/brotli.js", 200, kinds.ANSWERS["/brotli.js"][2]),
    ("cross-origin iframe", "GET", "/frame", 200, b"<img src='/inside.png'>"),
    ("image inside it", "GET", "/inside.png", 200, kinds.png(4)),
    ("video range", "GET", "/video.webm", 206, kinds.VIDEO),
    ("preflight", "OPTIONS", "/cors", 204, b""),
    ("PUT", "PUT", "/cors", 200, b"put"),
    ("POST form", "POST", "/form", 200, b"thanks"),
    ("beacon", "POST", "/beacon", 200, b"noted"),
    ("204", "GET", "/none", 204, b""),
    ("keepalive", "GET", "/keepalive", 200, b"kept"),
    ("worker script", "GET", "/worker.js", 200, kinds.WORKER.encode()),
    ("fetch inside the worker", "GET", "/from-worker", 200, b"worked"),
    ("aborted fetch", "GET", "/endless", 200, b"tick"),
    ("streamed body", "GET", "/stream", 200, b"".join(bytes((n % 251,)) * 65536 for n in range(320))),
    ("service-worker script", "GET", "/sw.js", 200, kinds.SERVICE_WORKER.encode()),
    ("fetch of the service worker's install", "GET", "/cached-by-worker", 200, b"cached"),
    ("fetch passing through it", "GET", "/through-worker", 200, b"through"),
]


def body(path: Path | None) -> bytes:
    return path.read_bytes() if path else b""


@pytest.fixture(scope="module")
def seen(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("kinds")
    authority = Authority(folder)
    with Server(kinds.serve, authority.server("a.test", "b.test")) as server:
        policy = RelayPolicy(
            resolve={"a.test": ("127.0.0.1", server.port), "b.test": ("127.0.0.1", server.port)},
            extra_roots=(str(authority.root),),
        )
        with Relay(policy, folder / "spool", leaf_key=browser.leaf_key) as relay:
            browser.run(visit(browser, relay.proxy_server, folder))
            recording = relay.finish()
    write_wacz(
        recording, folder / "kinds.wacz", PageFacts("https://a.test/", "kinds", "", recording.exchanges[0].started)
    )
    return recording


async def visit(browser: Browser, proxy: str, folder: Path) -> None:
    context = await browser.open_context(CaptureRequest(url="https://a.test/", output=folder), proxy)
    page = await context.new_page()
    await page.goto("https://a.test/")
    await page.wait_for_function("document.title !== 'kinds'", timeout=20_000)
    title = await page.title()
    await page.wait_for_timeout(300)
    await context.close()
    assert title == "done"


def found(recording: Recording, method: str, path: str, status: int) -> list[Exchange]:
    return [
        exchange
        for exchange in recording.exchanges
        if (exchange.method, urlsplit(exchange.url).path, exchange.status) == (method, path, status)
    ]


@pytest.mark.parametrize(("name", "method", "path", "status", "content"), WANTED, ids=[row[0] for row in WANTED])
def test_recorded(seen: Recording, name: str, method: str, path: str, status: int, content: bytes) -> None:
    matches = found(seen, method, path, status)
    assert matches, [(e.method, e.url, e.status, e.error) for e in seen.exchanges]
    assert content in [body(exchange.response_body) for exchange in matches]


def test_request_bodies(seen: Recording) -> None:
    assert body(found(seen, "PUT", "/cors", 200)[0].request_body) == b"put-body"
    assert body(found(seen, "POST", "/form", 200)[0].request_body) == b"q=" + quote("辨诬").encode()
    assert body(found(seen, "POST", "/beacon", 200)[0].request_body) == b"beacon-body"


def test_the_aborted_one_is_the_only_one_cut(seen: Recording) -> None:
    cut = [
        (urlsplit(exchange.url).path, exchange.error, exchange.truncated)
        for exchange in seen.exchanges
        if exchange.truncated
    ]
    assert ("/endless", BROWSER_ABORTED, "disconnect") in cut
    # The video is read as far as the player likes; an open WebSocket ends with the page, on a slow machine mid-frame.
    assert {path for path, _, _ in cut} <= {"/endless", "/video.webm", "/ws"}


def test_websocket_frames(seen: Recording) -> None:
    (socket,) = found(seen, "GET", "/ws", 101)
    assert socket.websocket is not None
    assert "你好" in socket.websocket.read_text(encoding="utf-8")
    assert socket.frames >= 2


def test_nothing_else_went_out(seen: Recording) -> None:
    assert {connection.host for connection in seen.connections} <= {"a.test", "b.test"}
    assert {connection.verdict for connection in seen.connections} <= {"trusted-by-extra-root", "unused"}
