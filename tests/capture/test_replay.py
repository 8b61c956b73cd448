"""A capture's WACZ replayed by ReplayWeb.page in the real Chromium, with the original server gone."""

import re
import socket
from pathlib import Path

import pytest

from capture import Browser, CaptureRequest
from capture.guard import RelayPolicy
from capture.recorder import PageFacts, write_wacz
from capture.relay import Relay
from tests.capture.kinds import png
from tests.capture.netkit import Authority, Server, content_length, ok, read_exactly

# Fetched with the other front-end assets at set-up; AGPL, so it is never part of the product itself.
ASSETS = Path(__file__).parents[2] / "tools" / "assets" / "node_modules" / "replaywebpage"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ASSETS / "ui.js").exists(), reason="replaywebpage is not among the fetched assets"),
]

PAGE = """<!doctype html><meta charset="utf-8"><title>一条微博</title><h1>苜禾脆穗燕麦圈</h1><img id="i" src="/p.png">
<p id="o"></p><script>fetch("/api", {method: "POST", headers: {"Content-Type": "application/json"},
body: JSON.stringify({q: "你好", n: [1, 2]})}).then((r) => r.text()).then((t) => { o.textContent = t; });</script>"""
VIEWER = """<!doctype html><meta charset="utf-8"><script src="/ui.js"></script>
<replay-web-page source="/capture.wacz" url="https://weixun.test/" replayBase="/replay/" embed="replayonly">
</replay-web-page>"""


def live(sock: socket.socket, head: bytes) -> None:
    path = head.split(b" ")[1]
    if path == b"/api":
        sock.sendall(ok(b"echo " + read_exactly(sock, content_length(head)), "Content-Type: text/plain; charset=utf-8"))
    elif path == b"/p.png":
        sock.sendall(ok(png(9), "Content-Type: image/png"))
    else:
        sock.sendall(ok(PAGE.encode(), "Content-Type: text/html"))


async def visit(browser: Browser, proxy: str, folder: Path) -> None:
    context = await browser.open_context(CaptureRequest(url="https://weixun.test/", output=folder), proxy)
    page = await context.new_page()
    await page.goto("https://weixun.test/")
    await page.wait_for_function("o.textContent !== ''")
    await context.close()


def viewer(wacz: Path) -> Server:
    """A static server that knows byte ranges, without which there is no replay."""
    files = {
        b"/": (VIEWER.encode(), "text/html"),
        b"/ui.js": ((ASSETS / "ui.js").read_bytes(), "text/javascript"),
        b"/replay/ui.js": ((ASSETS / "ui.js").read_bytes(), "text/javascript"),
        b"/replay/sw.js": ((ASSETS / "sw.js").read_bytes(), "text/javascript"),
        b"/capture.wacz": (wacz.read_bytes(), "application/wacz"),
    }

    def serve(sock: socket.socket, head: bytes) -> None:
        data, kind = files.get(head.split(b" ")[1].split(b"?")[0], (b"", "text/plain"))
        size, status, extra = len(data), "200 OK" if data else "404 Not Found", ""
        match = re.search(rb"(?i)range: bytes=(\d*)-(\d*)", head)
        if match and data:
            first = int(match[1]) if match[1] else max(0, size - int(match[2]))
            last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
            data, status, extra = data[first : last + 1], "206 Partial Content", f"bytes {first}-{last}/{size}"
        fields = f"Content-Type: {kind}\r\nAccept-Ranges: bytes\r\nContent-Length: {len(data)}\r\n"
        fields += f"Content-Range: {extra}\r\n" if extra else ""
        sock.sendall(f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + (b"" if head.startswith(b"HEAD") else data))

    return Server(serve)


async def replay(browser: Browser, proxy: str, folder: Path, url: str) -> tuple[str, str, int]:
    context = await browser.open_context(CaptureRequest(url=url, output=folder), proxy)
    page = await context.new_page()
    await page.goto(url)
    for _ in range(100):
        await page.wait_for_timeout(200)
        for frame in page.frames:
            if "mp_/https://weixun.test/" in frame.url and await frame.evaluate("window.o && o.textContent !== ''"):
                heading = await frame.inner_text("h1")
                echo = await frame.inner_text("#o")
                width = int(await frame.evaluate("i.naturalWidth"))
                await context.close()
                return heading, echo, width
    await context.close()
    return "", "", 0


def test_the_page_its_image_and_its_post_come_back_from_the_file(browser: Browser, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Server(live, authority.server("weixun.test")) as server:
        policy = RelayPolicy(resolve={"weixun.test": ("127.0.0.1", server.port)}, extra_roots=(str(authority.root),))
        with Relay(policy, tmp_path / "spool", leaf_key=browser.leaf_key) as relay:
            browser.run(visit(browser, relay.proxy_server, tmp_path))
            recording = relay.finish()
    started = recording.exchanges[0].started
    facts = write_wacz(recording, tmp_path / "capture.wacz", PageFacts("https://weixun.test/", "一条微博", "", started))
    with viewer(facts.path) as static:
        policy = RelayPolicy(allow_hosts=frozenset((static.key,)))
        with Relay(policy, tmp_path / "replay", leaf_key=browser.leaf_key) as relay:
            seen = browser.run(replay(browser, relay.proxy_server, tmp_path, f"http://{static.key}/"))
            went_out = {connection.host for connection in relay.finish().connections}
    assert seen == ("苜禾脆穗燕麦圈", 'echo {"q":"你好","n":[1,2]}', 8)
    assert "weixun.test" not in went_out
