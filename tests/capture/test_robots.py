"""robots.txt asked over the strict road: what it says is on record, and no server can hold a capture up with it."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import pytest

from capture.guard import RelayPolicy
from capture.robots import MOST_BYTES, Robots, ask_robots, judge
from tests.capture.netkit import Server, answer, ok

PAGE = "http://rumor.example/a/b?c=1"


def ask(server: Server, *, seconds: float = 5.0, page: str = PAGE) -> Robots:
    """Ask a server of the test that stands in for the host."""
    policy = RelayPolicy(resolve={"rumor.example": ("127.0.0.1", server.port)})
    return ask_robots(page, policy, seconds=seconds)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("User-agent: *\nDisallow: /a/\nCrawl-delay: 7\n", {"verdict": "disallowed", "crawl_delay": 7}),
        ("User-agent: *\nDisallow: /private/\n", {"verdict": "allowed"}),
        ("User-agent: baiduspider\nDisallow: /\n", {"verdict": "allowed"}),
        ("\ufeffUser-agent: *\nDisallow: /\n", {"verdict": "disallowed"}),
        ("", {"verdict": "allowed"}),
        ("\x00\xff<html>谁家的首页</html>", {"verdict": "allowed"}),
        ("User-agent: *\nCrawl-delay: 1e400\nCrawl-delay: -3\nDisallow:\n", {"verdict": "allowed"}),
    ],
)
def test_rules_are_read(text: str, facts: Mapping[str, Any]) -> None:
    body = text.encode()
    known = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    assert judge(PAGE, 200, body) == {**facts, **known}


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, "none"), (403, "none"), (503, "unreachable"), (304, "unreachable")]
)
def test_no_file_and_a_broken_server_differ(status: int, verdict: str) -> None:
    assert judge(PAGE, status, b"User-agent: *\nDisallow: /") == {"verdict": verdict}


def test_it_is_fetched_from_the_hosts_root_and_its_bytes_are_kept() -> None:
    with Server(answer(ok(b"User-agent: *\nDisallow: /a\n", "Connection: close"))) as server:
        found = ask(server)
        assert server.heads[0].startswith(b"GET /robots.txt HTTP/1.1\r\nHost: rumor.example\r\n")
    assert found.facts["verdict"] == "disallowed"
    assert found.facts["ip"] == "127.0.0.1"
    assert found.facts["url"] == "http://rumor.example/robots.txt"
    assert found.body == b"User-agent: *\nDisallow: /a\n"


HOSTILE = {
    "silence": b"",
    "no head": b"\x00\x01\x02\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a lie about the length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nUser",
    "a redirect to a private address": b"HTTP/1.1 302 F\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    "a redirect to a file": b"HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_unreachable_soon(raw: bytes) -> None:
    started = time.monotonic()
    with Server(answer(raw)) as server:
        found = ask(server, seconds=0.3)
    assert (found.facts["verdict"], found.body) == ("unreachable", b"")
    assert found.facts["error"]
    assert time.monotonic() - started < 2.0


def test_a_redirect_loop_ends() -> None:
    loop = b"HTTP/1.1 301 M\r\nLocation: /robots.txt?again\r\nContent-Length: 0\r\n\r\n"
    with Server(answer(loop)) as server:
        found = ask(server)
        assert server.connections == 6
    assert found.facts["verdict"] == "unreachable"


def test_a_huge_file_is_cut() -> None:
    with Server(answer(ok(b"#" * (MOST_BYTES + 70_000), "Connection: close"))) as server:
        found = ask(server)
    assert len(found.body) == found.facts["bytes"] == MOST_BYTES


def test_a_private_host_is_not_asked() -> None:
    found = ask_robots("http://127.0.0.1:9/", RelayPolicy())
    assert (found.facts["verdict"], found.facts["error"]) == ("unreachable", "capture.address_refused")
