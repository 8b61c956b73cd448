"""One browser connection: the exchanges on it, one after the other, and to whom a failure is put down."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from capture.errors import BadExchangeError, CaptureError, ConnectionFailedError, LimitReachedError
from capture.guard import Target, check_url
from capture.hosts import shorten
from capture.relay_headers import client_keeps_alive, server_headers, server_keeps_alive
from capture.relay_http import (
    Framing,
    RequestHead,
    ResponseHead,
    parse_request,
    read_head,
    request_framing,
    response_framing,
    serialise,
)
from capture.relay_model import BROWSER_ABORTED, CAPTURE_ENDED, CUT_DISCONNECT, CUT_TIME, Exchange
from capture.relay_net import Stream, Upstream, words_of
from capture.relay_turn import SWITCHING, Core, CutError, NoAnswerError, Turn


@dataclass
class Lane:
    """One browser connection: a tunnel to one server, or the proxy port itself for plain HTTP.

    Attributes:
        core: Shared state of the relay.
        client: The browser's side.
        origin: The tunnel's server; None when requests carry absolute URLs.
        upstream: The server connection in use.
        last: The exchange finished last.
    """

    core: Core
    client: Stream
    origin: Target | None = None
    upstream: Upstream | None = None
    last: Exchange | None = None
    _upstream_for: Target | None = None

    async def serve(self) -> None:
        """Relay exchanges until either side ends."""
        if self.upstream is not None:
            self._upstream_for = self.origin
        clean = False
        try:
            while await self._serve_one():
                pass
            clean = True
        except (BadExchangeError, OSError):
            pass  # what the browser itself sent broke off or was no HTTP; nothing was asked of a server
        finally:
            self._drop()
            if clean:
                self.client.writer.close()
            else:
                self.client.abort()

    async def _serve_one(self) -> bool:
        raw = await read_head(self.client.reader)
        if raw is None:
            return False
        head = parse_request(raw)
        exchange = self.core.begin(head.method, self._url(head))
        exchange.request_headers = head.headers
        turn = Turn(self.core, self.client, exchange)
        try:
            return await self._relay(turn, head)
        except CaptureError as error:
            self._fail(exchange, error)
        except (OSError, EOFError) as error:
            self._fail(exchange, ConnectionFailedError(words_of(error)))
        except asyncio.CancelledError:
            self._stop(exchange)
            raise
        finally:
            self.client.wire.on_gone = None
            turn.close()
            self.last = exchange
        raise ConnectionAbortedError

    async def _relay(self, turn: Turn, head: RequestHead) -> bool:
        exchange, meter = turn.exchange, self.core.meter
        target = self.origin or check_url(exchange.url, self.core.policy)
        if meter.total >= meter.limits.total_bytes:
            meter.hit("total_bytes", exchange.url)
            raise LimitReachedError(f"{meter.limits.total_bytes} B")
        framing = request_framing(head)
        sent = server_headers(head, target, framing)
        exchange.request_headers, exchange.accept_encoding = sent.headers, sent.accept_encoding
        first = serialise(f"{head.method} {self._path(head)} HTTP/1.1", sent.headers)
        upstream, response = await self._ask(turn, target, first, framing)
        if response.status == SWITCHING:
            self.client.wire.on_gone = None
            if not sent.upgrade:
                raise BadExchangeError("101 without a request to switch")
            await turn.switch(upstream, response)
            return False
        answer = response_framing(head.method, response)
        close = answer.kind == "close" or not client_keeps_alive(head)
        await turn.pass_down(upstream, head, response, answer, close=close)
        if not server_keeps_alive(response, answer):
            self._drop()
        return not close

    async def _ask(self, turn: Turn, target: Target, first: bytes, framing: Framing) -> tuple[Upstream, ResponseHead]:
        while True:
            upstream = await self._connected(target, turn.exchange)
            self.client.wire.on_gone = upstream.abort
            if self.client.wire.gone:
                raise ConnectionAbortedError
            try:
                return upstream, await turn.ask(upstream, first, framing)
            except (NoAnswerError, OSError):
                # A kept-alive connection the server closed meanwhile says nothing about this request: ask once more.
                stale = upstream.used > 1 and framing.kind == "none" and not self.client.wire.gone
                self._drop()
                if not stale:
                    raise

    async def _connected(self, target: Target, exchange: Exchange) -> Upstream:
        if self.upstream is not None and self._upstream_for == target and not self.upstream.wire.gone:
            exchange.connection_id = self.upstream.facts.id
            return self.upstream
        self._drop()
        network = self.core.network
        facts = network.begin(target)
        exchange.connection_id = facts.id
        sock = await network.reach(target, facts)
        self.upstream = await (network.secure if target.scheme == "https" else network.plain)(sock, facts)
        self._upstream_for = target
        return self.upstream

    def _drop(self) -> None:
        if self.upstream is not None:
            self.core.network.leave(self.upstream)
            self.upstream = None

    def _url(self, head: RequestHead) -> str:
        return head.target.partition("#")[0] if self.origin is None else self.origin.origin + self._path(head)

    def _path(self, head: RequestHead) -> str:
        if self.origin is not None:
            if head.target.startswith("/") or head.target == "*":
                return head.target
            raise BadExchangeError(shorten(head.target))
        parts = urlsplit(head.target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _fail(self, exchange: Exchange, error: CaptureError) -> None:
        if self.client.wire.gone and not isinstance(error, LimitReachedError):
            exchange.error, cut = BROWSER_ABORTED, CUT_DISCONNECT
        else:
            exchange.error, exchange.error_detail = error.code, error.detail
            cut = error.cut if isinstance(error, CutError) else CUT_DISCONNECT
        if exchange.status:
            exchange.truncated = "unspecified" if isinstance(error, BadExchangeError) else cut

    def _stop(self, exchange: Exchange) -> None:
        if self.core.ending:
            exchange.error = CAPTURE_ENDED
        else:
            exchange.error, exchange.error_detail = LimitReachedError.code, f"{self.core.policy.limits.seconds} s"
        if exchange.status:
            exchange.truncated = CUT_TIME
