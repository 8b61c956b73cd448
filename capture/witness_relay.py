"""The witness: a tunnel on another machine that logs where ciphertext went, when, how much and its digests, and signs.

It sees no content: TLS passes through it unopened, and plain HTTP is refused. One visit is one session, named by 32
random hex digits; asking for the receipt ends the session, and every receipt is kept in a file that only grows.

    CONNECT www.example.com:443            Proxy-Authorization: Bearer …    Bianwu-Session: <32 hex>
    200  Bianwu-Connected: 203.0.113.7 443
    GET /receipt/<32 hex>                  Authorization: Bearer …
    200  a signed note (capture.signed_note)
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from capture.errors import BadExchangeError, CaptureError, RequestRefusedError
from capture.guard import RelayPolicy, Target
from capture.hosts import split_authority
from capture.relay_accept import Loose
from capture.relay_http import MAX_HEAD, RequestHead, field_values, parse_request
from capture.relay_model import UNOPENED, Connection, now, rfc3339
from capture.relay_net import Network, Stream, Upstream, open_stream
from capture.relay_spool import Meter
from capture.relay_tls import Verifier
from capture.relay_ws import pump_both
from capture.witness import HEADER

SESSIONS_MOST = 200
HEAD_SECONDS = 15
CLOSE_SECONDS = 3  # for tunnels whose caller has just hung up
_WORD = re.compile(r"[!-~]{16,512}")
_SESSION = re.compile(r"[0-9a-f]{32}")
_TLS_PORT = 443
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    502: "Bad Gateway",
}


@dataclass
class Session:
    """One visit: its network with its own limits, and what passed."""

    network: Network
    connections: list[Connection] = field(default_factory=list)
    tunnels: set["asyncio.Task[None] | None"] = field(default_factory=set)


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """What is answered instead: an HTTP status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class NoteSigner(Protocol):
    """Whoever signs: it makes a C2SP signed note of a text that ends in a line feed."""

    def sign_note(self, text: bytes) -> bytes:
        """Return the signed note."""


class WitnessRelay:
    """Serves sessions until it is closed."""

    def __init__(self, signer: NoteSigner, token: str, receipts: Path, policy: RelayPolicy) -> None:
        """Set up.

        Args:
            signer: Signs the receipts.
            token: What callers must show: at least 16 printable ASCII characters without spaces.
            receipts: File that keeps every receipt, one JSON line each.
            policy: Where a tunnel may lead: public addresses, unless the operator allows more.

        Raises:
            RequestRefusedError: The token is none.
        """
        if not _WORD.fullmatch(token):
            raise RequestRefusedError("口令须为至少 16 个可见 ASCII 字符 the token must be 16 or more ASCII characters")
        self._signer, self._token, self._receipts, self._policy = signer, token, receipts, policy
        self._sessions: dict[str, Session] = {}

    async def serve(self, listener: socket.socket) -> None:
        """Accept callers until cancelled."""
        listener.settimeout(0)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as callers:
            while True:
                sock, _ = await loop.sock_accept(listener)
                callers.create_task(self._one(sock))

    async def _one(self, sock: socket.socket) -> None:
        caller = Loose(sock)
        try:
            sock.settimeout(0)
            async with asyncio.timeout(HEAD_SECONDS):
                head = parse_request(await _head(sock))
            if head.method == "CONNECT":
                await self._tunnel(head, caller)
            else:
                await _answer(sock, 200, await self._receipt(head))
        except Refused as refusal:
            await _answer(sock, refusal.status, f"{refusal.words}\n")
        except BadExchangeError:
            await _answer(sock, 400, "no request\n")
        except OSError:  # TimeoutError is one: the caller gave up
            pass
        finally:
            caller.close()

    def _admit(self, head: RequestHead, field_name: str) -> None:
        shown = next(iter(field_values(head.headers, field_name)), "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode()):
            raise Refused(403, "wrong token")

    async def _tunnel(self, head: RequestHead, caller: Loose) -> None:
        self._admit(head, "proxy-authorization")
        target = Target("https", *split_authority(head.target, _TLS_PORT))
        session = self._session(next(iter(field_values(head.headers, "bianwu-session")), ""))
        facts = session.network.begin(target)
        session.connections.append(facts)
        try:
            upstream = await session.network.plain(await session.network.reach(target, facts), facts, UNOPENED)
        except CaptureError as error:
            raise Refused(502, f"{error.code} {error.detail}") from error
        told = f"HTTP/1.1 200 OK\r\nBianwu-Connected: {facts.ip} {facts.ip_port}\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(caller.peek(), told.encode("ascii"))
        client = await open_stream(caller.take(), None, name=None, seconds=0)
        session.tunnels.add(asyncio.current_task())
        try:
            await _pass(client, upstream, facts)
        finally:
            session.tunnels.discard(asyncio.current_task())
            session.network.leave(upstream)

    def _session(self, name: str) -> Session:
        if not _SESSION.fullmatch(name):
            raise Refused(400, "no session")
        found = self._sessions.get(name)
        if found is None:
            if len(self._sessions) >= SESSIONS_MOST:
                raise Refused(429, "too many sessions")
            meter = Meter(self._policy.limits, lambda _hit: None)
            found = self._sessions[name] = Session(Network(self._policy, meter, _NoRecord(), Verifier("")))
        return found

    async def _receipt(self, head: RequestHead) -> str:
        self._admit(head, "authorization")
        name = head.target.removeprefix("/receipt/")
        session = self._sessions.pop(name, None) if head.method == "GET" else None
        if session is None:
            raise Refused(404, "no such session, or its receipt was given already")
        open_yet = [tunnel for tunnel in session.tunnels if tunnel is not None]
        if open_yet:
            _, late = await asyncio.wait(open_yet, timeout=CLOSE_SECONDS)
            for tunnel in late:
                tunnel.cancel()
            await asyncio.wait(open_yet)
        content = {
            "session": name,
            "issued": rfc3339(now()),
            "connections": [_plain(connection) for connection in session.connections],
        }
        body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        note = self._signer.sign_note(f"{HEADER}\n{body}\n".encode()).decode()
        with self._receipts.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"note": note}, ensure_ascii=False) + "\n")
        return note


async def _pass(client: Stream, upstream: Upstream, facts: Connection) -> None:
    out, back = hashlib.sha256(), hashlib.sha256()

    def count(digest: "hashlib._Hash", name: str) -> Callable[[bytes], None]:
        def take(block: bytes) -> None:
            digest.update(block)
            setattr(facts, name, getattr(facts, name) + len(block))

        return take

    try:
        await pump_both(client, upstream, count(out, "bytes_out"), count(back, "bytes_in"))
    finally:
        facts.sha256_out, facts.sha256_in = out.hexdigest(), back.hexdigest()
        client.abort()


async def _head(sock: socket.socket) -> bytes:
    head, loop = b"", asyncio.get_running_loop()
    while not head.endswith(b"\r\n\r\n"):
        block = await loop.sock_recv(sock, MAX_HEAD)
        head += block
        if not block or len(head) > MAX_HEAD:
            raise BadExchangeError("no head")
    return head.removesuffix(b"\r\n\r\n")


async def _answer(sock: socket.socket, status: int, body: str) -> None:
    raw = body.encode()
    head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Length: {len(raw)}\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().sock_sendall(sock, head.encode("ascii") + raw)


class _NoRecord:
    """The network's record of connections: the session keeps them itself."""

    def write(self, _facts: object) -> None:
        """Nothing to write."""


def _plain(connection: Connection) -> dict[str, Any]:
    times = {name: getattr(connection, name) for name in ("started", "connected", "closed")}
    return {
        **{name: rfc3339(moment) if moment else None for name, moment in times.items()},
        **{name: getattr(connection, name) for name in ("host", "port", "ip", "ip_port", "error")},
        **{name: getattr(connection, name) for name in ("bytes_in", "bytes_out", "sha256_in", "sha256_out")},
        "answers": list(connection.answers),
    }
