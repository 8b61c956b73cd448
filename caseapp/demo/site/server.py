"""A small HTTPS server for the demo platforms: loopback only, one thread a connection, silent.

It knows nothing of the platforms: a ``Responder`` turns one ``Request`` into one ``Response``.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

logger = logging.getLogger(__name__)

MAX_BODY = 20 * 1024 * 1024
HANDSHAKE_SECONDS = 10.0
IDLE_SECONDS = 30.0
COMPRESS_FROM = 600


@dataclass(frozen=True)
class Request:
    """One request; ``host`` is lower case without a port, header names are lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """One answer; the server adds Date, Content-Length and, where it helps, gzip."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Responder = Callable[[Request], Response]


class HttpsServer:
    """Serve ``respond`` on a free loopback port between ``start`` and ``stop``.

    Args:
        contexts: TLS context by host name; another name is answered with an unrecognized_name alert.
        respond: Called in the connection's thread.
        address: Loopback address.
        port: 0 for any free port.
    """

    def __init__(
        self, contexts: Mapping[str, ssl.SSLContext], respond: Responder, *, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = _Server((address, port), dict(contexts), respond)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="demo-sites")

    @property
    def port(self) -> int:
        """The port the server listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, hang up on everybody and wait for the threads."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], contexts: dict[str, ssl.SSLContext], respond: Responder) -> None:
        self.contexts = contexts
        self.respond = respond
        self.front = next(iter(contexts.values()))
        self.front.sni_callback = self._choose
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        chosen = self.contexts.get((name or "").lower())
        if chosen is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = chosen
        return None

    def remember(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Browsers drop connections all the time; only what is ours to mend belongs in the log.
        logger.debug("a demo connection ended early: %s %s", request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        plain = self.request
        self.server.remember(plain)
        try:
            plain.settimeout(HANDSHAKE_SECONDS)
            self.request = self.server.front.wrap_socket(plain, server_side=True)
        except OSError:
            self.server.forget(plain)
            plain.close()
            raise
        self.server.forget(plain)
        self.server.remember(self.request)
        self.request.settimeout(IDLE_SECONDS)
        super().setup()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.server.forget(self.request)
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)
        self.request.close()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        logger.debug(format, *args)

    def version_string(self) -> str:
        return "demo-platform"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Response(b"", 411 if not length.isdecimal() else 413, "text/plain; charset=utf-8"))
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            host=self.headers.get("Host", "").partition(":")[0].lower(),
            path=parts.path,
            query={key: values[-1] for key, values in parse_qs(parts.query).items()},
            headers={key.lower(): value for key, value in self.headers.items()},
            body=body,
        )
        self._send(self.server.respond(request))

    def _send(self, response: Response) -> None:
        body, extra = response.body, dict(response.headers)
        text = response.content_type.startswith(("text/", "application/j"))
        if text and len(body) >= COMPRESS_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            extra.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        self.send_response(response.status)
        if response.status != http.HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
