"""One exchange in motion: octets up, octets down, every one recorded before it is passed on.

The browser never receives an octet that was not recorded first, and never one the server did not send: where the
relay has to stop, the connection breaks off and the browser reports an incomplete transfer, which is the truth.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from capture.errors import BadExchangeError, ConnectionFailedError, LimitReachedError
from capture.guard import RelayPolicy
from capture.relay_headers import client_headers
from capture.relay_http import (
    BadHeadError,
    Framing,
    RequestHead,
    ResponseHead,
    parse_response,
    read_body,
    read_head,
    serialise,
)
from capture.relay_model import CUT_LENGTH, CUT_TIME, Exchange, now
from capture.relay_net import Network, Stream, Upstream
from capture.relay_spool import Body, Meter, Spool
from capture.relay_ws import FrameLog, FrameParser, pump_both

SWITCHING = 101
_OK = 200


class CutError(LimitReachedError):
    """A limit cut a body or an answer; `cut` is the WARC-Truncated reason."""

    def __init__(self, detail: str, cut: str) -> None:
        self.cut = cut
        super().__init__(detail)


class NoAnswerError(ConnectionFailedError):
    """The server closed the connection before the first octet of an answer."""


@dataclass
class Core:
    """What all connections of one relay share.

    Attributes:
        policy: What may be reached.
        spool: Where everything is written.
        meter: What has been used of the limits.
        network: Opens connections.
        ending: True once the capture itself stops the relay.
    """

    policy: RelayPolicy
    spool: Spool
    meter: Meter
    network: Network
    ending: bool = False
    _count: int = 0

    def begin(self, method: str, url: str) -> Exchange:
        """Number a new exchange."""
        self._count += 1
        return Exchange(self._count, now(), method, url)

    def finish(self, exchange: Exchange) -> None:
        """Write an exchange down."""
        exchange.finished = now()
        self.spool.write_exchange(exchange)


@dataclass
class Turn:
    """One exchange between the browser and a server.

    Attributes:
        core: Shared state of the relay.
        client: The browser's side.
        exchange: What will be written about it.
    """

    core: Core
    client: Stream
    exchange: Exchange
    _body: Body = field(init=False)

    def __post_init__(self) -> None:
        self._body = Body(self.core.spool, f"{self.exchange.id}.response")

    def close(self) -> None:
        """Close the body and write the exchange down."""
        self.exchange.response_body, self.exchange.response_sha256 = self._body.close()
        self.exchange.response_bytes = self._body.size
        self.core.finish(self.exchange)

    async def ask(self, upstream: Upstream, head: bytes, framing: Framing) -> ResponseHead:
        """Send the request and read the answer's head.

        Raises:
            NoAnswerError: The server closed first.
            BadExchangeError: The answer is no HTTP, or the browser's body is broken.
            CutError: A limit.
            OSError, EOFError: One side broke off.
        """
        upstream.used += 1
        _up(upstream, head)
        if framing.kind != "none":
            await self._pass_up(upstream, framing)
        await upstream.writer.drain()
        return await self._read_answer(upstream)

    async def _pass_up(self, upstream: Upstream, framing: Framing) -> None:
        body = Body(self.core.spool, f"{self.exchange.id}.request")
        try:
            async for block in read_body(self.client.reader, framing, []):
                kept = self.core.meter.take(len(block), body.size, self.exchange.url)
                body.write(block[:kept])
                if kept < len(block):
                    raise CutError(f"request body, {body.size} B", CUT_LENGTH)
                _up(upstream, _chunk(block) if framing.kind == "chunked" else block)
                await upstream.writer.drain()
            if framing.kind == "chunked":
                _up(upstream, b"0\r\n\r\n")
        finally:
            self.exchange.request_body, self.exchange.request_sha256 = body.close()

    async def _read_answer(self, upstream: Upstream) -> ResponseHead:
        exchange = self.exchange
        while True:
            head = await self._read_head(upstream)
            if head.status >= _OK or head.status == SWITCHING:
                exchange.status, exchange.reason, exchange.http_version = head.status, head.reason, head.version
                exchange.response_headers, exchange.odd_lines = head.headers, head.odd
                return head
            # Interim answers (100, 103) end here: the browser asked for none through this hop.

    async def _read_head(self, upstream: Upstream) -> ResponseHead:
        seconds = self.core.policy.idle_seconds
        raw: bytes | None = b""
        try:
            async with asyncio.timeout(seconds):
                raw = await read_head(upstream.reader)
            if raw is None:
                raise NoAnswerError(f"{upstream.facts.host}: closed without an answer")
            upstream.facts.bytes_in += len(raw)
            return parse_response(raw)
        except TimeoutError as error:
            raise CutError(f"no answer in {seconds:g} s", CUT_TIME) from error
        except BadExchangeError as error:
            self._body.write(error.partial if isinstance(error, BadHeadError) else raw or b"")
            raise

    async def pass_down(
        self, upstream: Upstream, request: RequestHead, response: ResponseHead, framing: Framing, *, close: bool
    ) -> None:
        """Pass the answer to the browser.

        Args:
            upstream: The server's side.
            request: What was asked.
            response: The answer's head.
            framing: Where its body ends.
            close: Whether the browser's connection ends with it.

        Raises:
            BadExchangeError, CutError, OSError, EOFError: As `ask`.
        """
        writer = self.client.writer
        chunks = framing.kind == "chunked" and not close
        down = client_headers(response, framing, close=close)
        writer.write(serialise(f"HTTP/1.1 {response.status} {response.reason}", down))
        trailers: list[tuple[str, str]] = []
        async for block in self._timed(read_body(upstream.reader, framing, trailers)):
            upstream.facts.bytes_in += len(block)
            kept = self.core.meter.take(len(block), self._body.size, self.exchange.url)
            self._body.write(block[:kept])
            if kept < len(block):
                raise CutError(f"{self._body.size} B", CUT_LENGTH)
            writer.write(_chunk(block) if chunks else block)
            await writer.drain()
        self.exchange.trailers = tuple(trailers)
        if self.client.wire.gone and framing.kind == "close" and request.method != "HEAD":
            raise ConnectionAbortedError  # the abort after the browser left looks like the end of such a body
        if chunks:
            writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _timed(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        seconds = self.core.policy.idle_seconds
        while True:
            try:
                async with asyncio.timeout(seconds):
                    block = await anext(blocks, None)
            except TimeoutError as error:
                raise CutError(f"silent for {seconds:g} s", CUT_TIME) from error
            if block is None:
                return
            yield block

    async def switch(self, upstream: Upstream, response: ResponseHead) -> None:
        """Turn both connections into a WebSocket and log its frames until it ends."""
        path = Path("bodies") / f"{self.exchange.id}.frames.jsonl"
        log = FrameLog(self.core.spool, path)
        self.exchange.websocket = path
        self.client.writer.write(serialise(f"HTTP/1.1 101 {response.reason}", response.headers))
        try:
            await pump_both(
                self.client,
                upstream,
                self._log_frames(log, "client", upstream),
                self._log_frames(log, "server", upstream),
            )
        finally:
            self.exchange.frames = log.count
            log.close()

    def _log_frames(self, log: FrameLog, sender: str, upstream: Upstream) -> "FrameTap":
        return FrameTap(self, log, sender, upstream)


@dataclass
class FrameTap:
    """Logs the frames of one direction of a WebSocket."""

    turn: Turn
    log: FrameLog
    sender: str
    upstream: Upstream
    parser: FrameParser = field(default_factory=FrameParser)

    def __call__(self, block: bytes) -> None:
        """Log the frames a block completes.

        Raises:
            CutError: The capture's octets are used up.
        """
        facts = self.upstream.facts
        if self.sender == "server":
            facts.bytes_in += len(block)
        else:
            facts.bytes_out += len(block)
        meter = self.turn.core.meter
        if meter.take(len(block), 0, self.turn.exchange.url) < len(block):
            raise CutError(f"WebSocket, {meter.total} B", CUT_LENGTH)
        for frame in self.parser.feed(block):
            self.log.write(self.sender, frame)


def _up(upstream: Upstream, data: bytes) -> None:
    upstream.facts.bytes_out += len(data)
    upstream.writer.write(data)


def _chunk(block: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(block), block)
