"""The door of the relay: tells CONNECT from plain requests, TLS from plain tunnels, and runs the lanes."""

import asyncio
import hashlib
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capture.errors import BadExchangeError, BadUrlError, CaptureError, LimitReachedError, TlsFailureError
from capture.guard import Target, check_url
from capture.hosts import split_authority
from capture.relay_headers import host_field
from capture.relay_http import MAX_HEAD, parse_request, serialise
from capture.relay_lane import Lane
from capture.relay_model import CAPTURE_ENDED, FAILED, UNOPENED, UNUSED, Connection, Exchange, now
from capture.relay_net import open_stream
from capture.relay_tls import Minter
from capture.relay_turn import Core
from capture.relay_ws import pump_both

_HANDSHAKE = b"\x16"  # first octet of a TLS ClientHello record, RFC 8446 §5.1
# Fatal internal_error in place of a ServerHello: the browser shows a TLS error and no page.
_ALERT = b"\x15\x03\x03\x00\x02\x02\x50"
# proc_pid_net(5), /proc/net/tcp
_LOCAL, _STATE, _UID, _OPEN = 1, 3, 7, "01"
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Loose:
    """A socket no stream has taken yet; closed at the end unless one did."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._taken = False

    def peek(self) -> socket.socket:
        """Return the socket for use in between."""
        return self._sock

    def take(self) -> socket.socket:
        """Return the socket for a stream, which closes it from now on."""
        self._taken = True
        return self._sock

    def close(self) -> None:
        """Close it if nobody took it."""
        if not self._taken:
            self._sock.close()


@dataclass
class Doorman:
    """Takes accepted sockets and serves them."""

    core: Core
    minter: Minter

    async def admit(self, accepted: socket.socket, came_from: tuple[str, int]) -> None:
        """Serve one accepted socket until it ends.

        Args:
            accepted: The browser's connection.
            came_from: Its other end, as accept() said it: a connection reset since has no name any more.
        """
        accepted.settimeout(0)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock = Loose(accepted)
        try:
            allowed = self.core.policy.client_uids
            if allowed and peer_uid(*came_from) not in allowed:
                return  # another user of this machine must not be able to write into the evidence
            head = await self._first_head(accepted)
            if head.startswith(b"CONNECT "):
                await self._tunnel(sock, head)
            elif head:
                client = await open_stream(sock.take(), None, name=None, seconds=0, first=head)
                await Lane(self.core, client).serve()
        except (ConnectionError, ssl.SSLError, BadExchangeError, BadUrlError):
            pass  # the browser broke off or sent what is no request: nothing went to any server
        finally:
            sock.close()

    async def _first_head(self, sock: socket.socket) -> bytes:
        head = b""
        loop = asyncio.get_running_loop()
        while b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
            block = await loop.sock_recv(sock, MAX_HEAD)
            if not block:
                return b""
            head += block
        return head

    async def _tunnel(self, sock: Loose, raw: bytes) -> None:
        head, end, rest = raw.partition(b"\r\n\r\n")
        if rest or not end:
            raise BadExchangeError("octets before the tunnel was open")
        target = Target("https", *split_authority(parse_request(head).target, 443))
        facts = self.core.network.begin(target)
        answered = False
        try:
            up = Loose(await self.core.network.reach(target, facts))
            await asyncio.get_running_loop().sock_sendall(sock.peek(), _ESTABLISHED)
            answered = True
            try:
                await self._through(sock, up, facts)
            finally:
                up.close()
        except CaptureError as error:
            self._failed(target, facts, error.code, error.detail)
            await asyncio.get_running_loop().sock_sendall(sock.peek(), _ALERT if answered else _REFUSED)
        except asyncio.CancelledError:
            if facts.verdict == FAILED:
                self._failed(target, facts, CAPTURE_ENDED if self.core.ending else LimitReachedError.code, "")
            raise

    def _failed(self, target: Target, facts: Connection, code: str, detail: str) -> None:
        # No request was seen, but the page wanted something from this server: that it got nothing is on record.
        exchange = self.core.begin("CONNECT", target.origin + "/")
        exchange.started, exchange.connection_id = facts.started, facts.id
        exchange.error, exchange.error_detail = code, detail
        self.core.finish(exchange)

    async def _through(self, sock: Loose, up: Loose, facts: Connection) -> None:
        network = self.core.network
        if not self.core.policy.decrypt:
            await self._pass_unopened(sock, up, facts)
            return
        first = await _peek(sock.peek())
        if first == _HANDSHAKE:
            upstream = await network.secure(up.take(), facts)
            tls, scheme = self.minter.context_for(facts.host), "https"
        elif first:
            upstream = await network.plain(up.take(), facts)
            tls, scheme = None, "http"
        else:
            facts.verdict, facts.closed = UNUSED, now()
            self.core.spool.write(facts)
            return
        try:
            client = await open_stream(sock.take(), tls, name=None, seconds=self.core.policy.head_seconds)
        except OSError:  # the browser gave up in the handshake; ssl.SSLError is one
            network.leave(upstream)
            return
        await Lane(self.core, client, Target(scheme, facts.host, facts.port), upstream).serve()

    async def _pass_unopened(self, sock: Loose, up: Loose, facts: Connection) -> None:
        upstream = await self.core.network.plain(up.take(), facts, UNOPENED)
        client = await open_stream(sock.take(), None, name=None, seconds=0)
        out, back = hashlib.sha256(), hashlib.sha256()
        meter = self.core.meter

        def take(block: bytes) -> None:
            if meter.take(len(block), 0, facts.host) < len(block):
                raise LimitReachedError(f"{meter.total} B")

        def from_client(block: bytes) -> None:
            out.update(block)
            facts.bytes_out += len(block)
            take(block)

        def from_server(block: bytes) -> None:
            back.update(block)
            facts.bytes_in += len(block)
            take(block)

        try:
            await pump_both(client, upstream, from_client, from_server)
        except LimitReachedError as error:
            facts.error, facts.detail = error.code, error.detail
        finally:
            facts.sha256_out, facts.sha256_in = out.hexdigest(), back.hexdigest()
            client.abort()
            self.core.network.leave(upstream)


def peer_uid(ip: str, port: int) -> int:
    """Return the user id of the local process that holds the other end of a loopback connection, -1 if unknown.

    Args:
        ip: IPv4 address of the other end.
        port: Its port.
    """
    wanted = f"{int.from_bytes(socket.inet_aton(ip), sys.byteorder):08X}:{port:04X}"
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        columns = line.split()
        if columns[_LOCAL] == wanted and columns[_STATE] == _OPEN:
            return int(columns[_UID])
    return -1


async def fetch(core: Core, url: str, headers: Mapping[str, str]) -> Exchange:
    """Download one URL as if the browser had asked for it: same policy, same record.

    Args:
        core: Shared state of the relay.
        url: Checked absolute URL.
        headers: Request fields beside Host.

    Returns:
        The recorded exchange.

    Raises:
        CaptureError: It could not be reached.
    """
    target = check_url(url, core.policy)
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    ours.settimeout(0)
    client = await open_stream(theirs, None, name=None, seconds=0)
    lane = Lane(core, client, target)
    path = "/" + url.partition("://")[2].partition("#")[0].partition("/")[2]
    fields = {"Host": host_field(target), **headers, "Connection": "close"}
    drain = asyncio.create_task(_drain(ours, serialise(f"GET {path} HTTP/1.1", fields.items())))
    try:
        await lane.serve()
    finally:
        drain.cancel()
        ours.close()
    if lane.last is None:
        raise TlsFailureError(url)
    return lane.last


async def _drain(sock: socket.socket, request: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, request)
    while await loop.sock_recv(sock, MAX_HEAD):
        pass


async def _peek(sock: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sock, _wake, ready)
    try:
        await ready
        return sock.recv(1, socket.MSG_PEEK)
    finally:
        loop.remove_reader(sock)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
