"""What robots.txt says of an address at the time of the visit: asked once, put on record, obeyed as to its pace.

One page that a person names is no crawl (RFC 9309 §1), so the file forbids nothing here; a court may still ask whether
the visit was considerate, and the record answers. The file goes over the same strict road as the page: resolved once,
checked, TLS verified.
"""

import asyncio
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from capture.errors import CaptureError
from capture.guard import RelayPolicy, Target, check_url
from capture.hosts import shorten
from capture.relay_http import field_values, parse_response, read_body, read_head, response_framing, serialise
from capture.relay_net import Network, Upstream
from capture.relay_spool import Meter
from capture.relay_tls import Verifier

SECONDS = 5.0
MOST_BYTES = 512 * 1024  # RFC 9309 §2.5: at least 500 KiB
MOST_REDIRECTS = 5  # RFC 9309 §2.3.1.2
AGENT = "*"
OK, REDIRECT, CLIENT_ERROR, SERVER_ERROR = 200, 300, 400, 500


@dataclass(frozen=True)
class Robots:
    """An answer to the question for robots.txt.

    Attributes:
        facts: For the record: url, at, status, verdict, crawl_delay, sha256, bytes, ip, error. The verdict is
            allowed, disallowed, none (there is no such file) or unreachable.
        body: The file as it came, at most 512 KiB; empty when there is none.
    """

    facts: Mapping[str, Any]
    body: bytes = b""


class _NoRecord:
    def write(self, _facts: object) -> None:
        """The answer's facts are the record."""


def ask_robots(url: str, policy: RelayPolicy, *, extra_roots: str = "", seconds: float = SECONDS) -> Robots:
    """Ask the host of an address for its robots.txt; never fails, the answer says what was in the way.

    Args:
        url: The page to be visited.
        policy: What may be reached.
        extra_roots: PEM certificates trusted beside the system's.
        seconds: Longest time for all of it.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    facts: dict[str, Any] = {"url": urljoin(url, "/robots.txt"), "at": at, "agent": AGENT, "verdict": "unreachable"}
    try:
        body = asyncio.run(_within(seconds, _fetch(facts, policy, extra_roots)))
    except TimeoutError:
        return Robots({**facts, "error": f"{seconds:g} s"})
    except (CaptureError, OSError, EOFError, ValueError) as error:
        said = error.code if isinstance(error, CaptureError) else type(error).__name__
        return Robots({**facts, "error": shorten(said)})
    return Robots({**facts, **judge(url, int(facts["status"]), body)}, body)


def judge(url: str, status: int, body: bytes) -> dict[str, Any]:
    """Return verdict and delay for an address: RFC 9309 §2.3.1 (4xx: no rules; 5xx: unreachable)."""
    if CLIENT_ERROR <= status < SERVER_ERROR:
        return {"verdict": "none"}
    if status != OK:
        return {"verdict": "unreachable"}
    kept = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    rules = RobotFileParser(url)
    rules.parse(body.decode("utf-8-sig", "replace").splitlines())
    try:
        asked = float(rules.crawl_delay(AGENT) or 0)
    except ValueError:
        asked = 0.0
    delay = {"crawl_delay": math.ceil(min(asked, 3600.0))} if asked > 0 else {}  # a seal holds no fractions
    return {"verdict": "allowed" if rules.can_fetch(AGENT, url) else "disallowed", **kept, **delay}


async def _within(seconds: float, work: Any) -> bytes:
    async with asyncio.timeout(seconds):
        return bytes(await work)


async def _fetch(facts: dict[str, Any], policy: RelayPolicy, extra_roots: str) -> bytes:
    network = Network(policy, Meter(policy.limits, lambda _hit: None), _NoRecord(), Verifier(extra_roots))
    address = str(facts["url"])
    for _turn in range(MOST_REDIRECTS + 1):
        target = check_url(address, policy)
        upstream = await _reach(network, target)
        try:
            facts["ip"] = upstream.facts.ip
            status, headers, body = await _ask(upstream, address, target)
        finally:
            network.leave(upstream)
        facts["status"] = status
        onward = field_values(headers, "location")
        if not (REDIRECT <= status < CLIENT_ERROR and onward):
            return body
        address = facts["final_url"] = urljoin(address, onward[0])[:2048]
    return b""


async def _reach(network: Network, target: Target) -> Upstream:
    facts = network.begin(target)
    sock = await network.reach(target, facts)
    return await network.secure(sock, facts) if target.scheme == "https" else await network.plain(sock, facts)


async def _ask(upstream: Upstream, address: str, target: Target) -> tuple[int, Any, bytes]:
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = [("Host", target.origin.partition("//")[2]), ("Accept", "text/plain, */*;q=0.1"), ("Connection", "close")]
    upstream.writer.write(serialise(f"GET {path} HTTP/1.1", fields))
    await upstream.writer.drain()
    head = parse_response(await read_head(upstream.reader) or b"")
    body = bytearray()
    async for block in read_body(upstream.reader, response_framing("GET", head), []):
        body += block
        if len(body) > MOST_BYTES:
            del body[MOST_BYTES:]
            break
    return head.status, head.headers, bytes(body)
