"""Sixteen ways a page can try to reach a private machine through the browser; not one packet may arrive."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture import Browser, CaptureRequest, capture
from tests.capture.sites import PAGES, Server, document

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Canary:
    """Listens on a port nobody may reach, TCP and UDP, and counts who comes."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.tcp.getsockname()[1])
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.visits: list[str] = []
        self._threads = [
            threading.Thread(target=self._tcp, daemon=True),
            threading.Thread(target=self._udp, daemon=True),
        ]
        self._over = False
        for listener in (self.tcp, self.udp):
            listener.settimeout(0.1)
        for thread in self._threads:
            thread.start()

    def _tcp(self) -> None:
        while not self._over:
            try:
                link, _ = self.tcp.accept()
            except TimeoutError:
                continue
            link.settimeout(0.5)
            try:
                self.visits.append("tcp " + link.recv(200).decode("latin-1").split("\r\n")[0])
            except OSError:
                self.visits.append("tcp connected")
            link.close()

    def _udp(self) -> None:
        while not self._over:
            try:
                data, _ = self.udp.recvfrom(2048)
            except TimeoutError:
                continue
            self.visits.append(f"udp {len(data)}")

    def close(self) -> None:
        self._over = True
        for thread in self._threads:
            thread.join()
        self.tcp.close()
        self.udp.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


# {c} is the canary's host:port, {n} the same by name, {r} a redirect of our own site to the canary.
VECTORS: dict[str, str] = {
    "img": "<img src='http://{c}/img'>",
    "iframe": "<iframe src='http://{c}/iframe'></iframe>",
    "redirect of img": "<img src='{r}'>",
    "redirect of iframe": "<iframe src='{r}'></iframe>",
    "fetch": "<script>fetch('http://{c}/fetch',{{mode:'no-cors'}}).catch(()=>0)</script>",
    "redirect of fetch": "<script>fetch('{r}',{{mode:'no-cors'}}).catch(()=>0)</script>",
    "beacon": "<script>navigator.sendBeacon('http://{c}/beacon','x')</script>",
    "worker fetch": "<script>new Worker(URL.createObjectURL(new Blob([\"fetch('http://{c}/worker',{{mode:'no-cors'}})"
    '.catch(()=>0)"])))</script>',
    "service-worker fetch": "<script>navigator.serviceWorker.register('/ssrf-sw.js?{c}')</script>",
    "popup": "<script>window.open('http://{c}/popup')</script>",
    "prefetch and preconnect": "<link rel=dns-prefetch href='http://{c}'><link rel=preconnect href='http://{c}'>"
    "<link rel=prefetch href='http://{c}/prefetch'>",
    "WebSocket": "<script>new WebSocket('ws://{c}/ws')</script>",
    "name of a private address": "<img src='http://{n}/name'>",
    "number of a private address": "<img src='http://2130706433:{p}/number'><img src='http://[::ffff:127.0.0.1]:{p}/mapped'>",
    "STUN and TURN": "<script>const pc=new RTCPeerConnection({{iceServers:[{{urls:'stun:{c}'}},"
    "{{urls:['turn:{c}?transport=udp','turn:{c}?transport=tcp'],username:'u',credential:'p'}}]}});"
    "pc.createDataChannel('x');pc.createOffer().then(o=>pc.setLocalDescription(o))</script>",
    "file and data navigation": "<iframe src='file:///etc/hostname'></iframe>"
    "<iframe src=\"data:text/html,<img src='http://{c}/data'>\"></iframe>",
}


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_arrives(vector: str, canary: Canary, site: Server, browser: Browser, tmp_path: Path) -> None:
    target = f"127.0.0.1:{canary.port}"
    names = {"c": target, "n": f"localhost:{canary.port}", "p": str(canary.port), "r": f"/ssrf-redirect?{target}"}
    PAGES["/ssrf"] = lambda _query: document("<p>一页</p>" + VECTORS[vector].format(**names))
    canary.visits.clear()
    request = CaptureRequest(
        url=site.url("/ssrf"), output=tmp_path / "out", allow_hosts=frozenset((site.key,)), ntp_servers=()
    )
    result = capture(request, browser=browser)
    assert canary.visits == []
    assert result.state in ("COMPLETE", "PARTIAL")
    assert (Path("/etc/hostname").read_text(encoding="utf-8").strip() or "-") not in result.files["text.txt"].read_text(
        encoding="utf-8"
    ).replace("一页", "")


def test_the_canary_sings(canary: Canary) -> None:
    canary.visits.clear()
    with socket.create_connection(("127.0.0.1", canary.port)) as link:
        link.sendall(b"GET /here HTTP/1.1\r\n\r\n")
        link.recv(10)
    assert canary.visits == ["tcp GET /here HTTP/1.1"]
