"""Upstream connections: resolve once, check, connect to that same address, verify strictly, write down what is seen."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NoReturn

from capture.errors import (
    CaptureError,
    ConnectionFailedError,
    LimitReachedError,
    NameNotResolvedError,
    TlsFailureError,
)
from capture.guard import RelayPolicy, Target, check_answers, check_target
from capture.hosts import IpAddress
from capture.relay_http import MAX_HEAD
from capture.relay_model import (
    PLAIN,
    REFUSED,
    TRUSTED,
    TRUSTED_BY_EXTRA_ROOT,
    Connection,
    now,
)
from capture.relay_spool import Meter, Records
from capture.relay_tls import Verifier, chain_of
from capture.relay_witness import dial_through

CONNECT_SECONDS = 10.0
_MOST_ADDRESSES = 4
LookUp = Callable[[str], Coroutine[Any, Any, tuple[str, ...]]]


class Wire(asyncio.StreamReaderProtocol):
    """A stream protocol that tells at once when the other side has gone, not only at the next read."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self.gone = False
        self.on_gone: Callable[[], None] | None = None

    def eof_received(self) -> bool:
        """The other side will send no more."""
        keep = bool(super().eof_received())
        self._leave()
        return keep

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        super().connection_lost(exc)
        self._leave()

    def _leave(self) -> None:
        self.gone = True
        if self.on_gone is not None:
            self.on_gone()


@dataclass(eq=False)
class Stream:
    """One side of a relayed conversation."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    wire: Wire

    def abort(self) -> None:
        """End it at once; the other side sees an incomplete transfer, which is the truth."""
        self.writer.transport.abort()


@dataclass(eq=False)
class Upstream(Stream):
    """A connection to a server, with what is known about it."""

    facts: Connection
    used: int = 0


async def open_stream(
    sock: socket.socket, tls: ssl.SSLContext | None, *, name: str | None, seconds: float, first: bytes = b""
) -> Stream:
    """Put a stream on a connected socket, which belongs to the stream from then on.

    Args:
        sock: Non-blocking, connected.
        tls: TLS context of a client when `name` is given, else of a server; None for plain.
        name: Server name to verify; None on the accepting side.
        seconds: Longest handshake.
        first: Octets already read from the socket.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_HEAD, loop=loop)
    reader.feed_data(first)
    wire = Wire(reader)
    limit = seconds if tls is not None else None
    if name is None:
        transport, _ = await loop.connect_accepted_socket(lambda: wire, sock, ssl=tls, ssl_handshake_timeout=limit)
    else:
        host = name if tls is not None else None
        transport, _ = await loop.create_connection(
            lambda: wire, sock=sock, ssl=tls, server_hostname=host, ssl_handshake_timeout=limit
        )
    return Stream(reader, asyncio.StreamWriter(transport, wire, reader, loop), wire)


@dataclass
class Network:
    """Opens every upstream connection of one capture.

    Attributes:
        policy: What may be reached.
        meter: Counts connections.
        spool: Where connections are written down.
        verifier: Trust.
        look_up: Asks the system's resolver; called once a name and capture.
        live: Connections that are open now.
    """

    policy: RelayPolicy
    meter: Meter
    spool: Records
    verifier: Verifier
    look_up: LookUp = field(default_factory=lambda: look_up)
    live: set[Upstream] = field(default_factory=set)
    _names: dict[str, asyncio.Task[tuple[str, ...]]] = field(default_factory=dict)
    _count: int = 0

    def begin(self, target: Target) -> Connection:
        """Number a new connection."""
        self._count += 1
        return Connection(self._count, target.host, target.port, now())

    async def reach(self, target: Target, facts: Connection) -> socket.socket:
        """Resolve, check and connect, without TLS.

        Args:
            target: Where to.
            facts: From `begin`; filled in, and written down when it fails.

        Returns:
            A connected non-blocking socket.

        Raises:
            AddressRefusedError: The policy forbids the target or an address it resolves to.
            LimitReachedError: No more connections, or the seconds are over.
            NameNotResolvedError: No address.
            ConnectionFailedError: No address answered.
        """
        try:
            if self.meter.expired:
                raise LimitReachedError(f"{self.policy.limits.seconds} s")
            check_target(target, self.policy)
            if not self.meter.admit_connection(target.origin):
                raise LimitReachedError(f"{self.policy.limits.connections} connections")
            if self.policy.witness and not self.policy.decrypt:
                return await dial_through(self.policy, target, facts)
            addresses = await self._addresses(target, facts)
            return await self._first_answer(addresses, facts)
        except CaptureError as error:
            self._give_up(facts, error)
            raise
        except asyncio.CancelledError:
            self._give_up(facts, LimitReachedError("stopped while connecting"))
            raise

    async def secure(self, sock: socket.socket, facts: Connection) -> Upstream:
        """Finish a connection with strictly verified TLS.

        Raises:
            TlsFailureError: The server is not who it must be; the verdict and its chain are on record.
            ConnectionFailedError: It hung up in the handshake.
        """
        try:
            stream = await open_stream(sock, self.verifier.context, name=facts.host, seconds=self.policy.head_seconds)
        except ssl.SSLCertVerificationError as error:
            await self._keep_refused_chain(facts)
            self._refuse(facts, TlsFailureError(f"{facts.host}:{facts.port}: {error.verify_message}"))
        except ssl.SSLError as error:
            self._refuse(facts, TlsFailureError(f"{facts.host}:{facts.port}: {error.reason or error}"))
        except OSError as error:
            lost = ConnectionFailedError(f"{facts.host}:{facts.port}: TLS handshake: {words_of(error)}")
            self._give_up(facts, lost)
            raise lost from error
        except asyncio.CancelledError:
            self._give_up(facts, LimitReachedError("stopped in the TLS handshake"))
            raise
        facts.secured = now()
        ssl_object = stream.writer.get_extra_info("ssl_object")
        facts.tls_version = ssl_object.version() or ""
        facts.cipher = (ssl_object.cipher() or ("",))[0]
        facts.alpn = ssl_object.selected_alpn_protocol() or ""
        facts.chain_der, facts.chain_source = chain_of(ssl_object), "this connection"
        facts.trust_anchor_sha256, extra = self.verifier.anchor(ssl_object)
        facts.verdict = TRUSTED_BY_EXTRA_ROOT if extra else TRUSTED
        return self._enter(stream, facts)

    async def plain(self, sock: socket.socket, facts: Connection, verdict: str = PLAIN) -> Upstream:
        """Finish a connection without TLS of ours: plain HTTP, or TLS that passes unopened."""
        stream = await open_stream(sock, None, name=facts.host, seconds=CONNECT_SECONDS)
        facts.verdict = verdict
        return self._enter(stream, facts)

    def leave(self, upstream: Upstream) -> None:
        """Close a connection and write down how much went over it."""
        if upstream in self.live:
            self.live.discard(upstream)
            upstream.abort()
            upstream.facts.closed = now()
            self.spool.write(upstream.facts)

    def _enter(self, stream: Stream, facts: Connection) -> Upstream:
        upstream = Upstream(stream.reader, stream.writer, stream.wire, facts)
        self.live.add(upstream)
        self.spool.write(facts)
        return upstream

    async def _addresses(self, target: Target, facts: Connection) -> tuple[IpAddress | str, ...]:
        override = self.policy.resolve.get(target.host)
        if override is not None:
            facts.override = True
            facts.answers, facts.ip_port = (override[0],), override[1]
            return (override[0],)
        facts.ip_port = target.port
        task = self._names.get(target.host)
        if task is None:
            # One look-up a name and capture: every later connection goes to the answer that was checked.
            task = self._names[target.host] = asyncio.create_task(self.look_up(target.host))
        try:
            async with asyncio.timeout(self.policy.head_seconds):
                facts.answers = await asyncio.shield(task)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise NameNotResolvedError(f"{target.host}: {words_of(error)}") from error
        return check_answers(facts.answers, target.host, target.port, self.policy)

    async def _first_answer(self, addresses: tuple[IpAddress | str, ...], facts: Connection) -> socket.socket:
        words = "no address"
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                sock = await _dial(str(address), facts.ip_port, min(CONNECT_SECONDS, self.policy.head_seconds))
            except OSError as error:
                words = f"{address}: {words_of(error)}"
                continue
            facts.ip, facts.connected = str(address), now()
            return sock
        raise ConnectionFailedError(f"{facts.host}:{facts.port}: {words}")

    async def _keep_refused_chain(self, facts: Connection) -> None:
        try:
            sock = await _dial(facts.ip, facts.ip_port, CONNECT_SECONDS)
            stream = await open_stream(sock, self.verifier.bare, name=facts.host, seconds=CONNECT_SECONDS)
        except OSError as error:  # ssl.SSLError and TimeoutError are
            facts.chain_source = f"none: {words_of(error)}"
            return
        ssl_object = stream.writer.get_extra_info("ssl_object")
        facts.chain_der, facts.chain_source = chain_of(ssl_object), "second handshake"
        facts.tls_version = ssl_object.version() or ""
        stream.abort()

    def _refuse(self, facts: Connection, error: TlsFailureError) -> NoReturn:
        facts.verdict = REFUSED
        self._give_up(facts, error)
        raise error

    def _give_up(self, facts: Connection, error: CaptureError) -> None:
        facts.error, facts.detail, facts.closed = error.code, error.detail, now()
        self.spool.write(facts)


async def _dial(ip: str, port: int, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(0)
    with contextlib.ExitStack() as undo:
        undo.callback(sock.close)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, (ip, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        undo.pop_all()
    return sock


async def look_up(host: str) -> tuple[str, ...]:
    """Ask the system's resolver for the addresses of a normalised host, in its order; OSError when there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def words_of(error: BaseException) -> str:
    """Return the system's words for a failure."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
