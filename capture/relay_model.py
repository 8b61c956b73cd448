"""What the relay writes down: exchanges, connections, limits, redactions. Read by the parent, written by the child.

Both sides share these shapes as JSON lines in `records.jsonl` of the spool, so that even a relay that was killed
leaves a readable record of everything that was finished. Times are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Headers = tuple[tuple[str, str], ...]

# WARC 1.1 §5.13; the only reasons a body may be cut.
CUT_LENGTH = "length"
CUT_TIME = "time"
CUT_DISCONNECT = "disconnect"

# Codes of `Exchange.error` that are no fault of a server or a rule, beside the codes of `capture.errors`.
BROWSER_ABORTED = "relay.browser_aborted"
CAPTURE_ENDED = "relay.capture_ended"

# `Connection.verdict`
TRUSTED = "trusted"
TRUSTED_BY_EXTRA_ROOT = "trusted-by-extra-root"
REFUSED = "refused"
PLAIN = "plain"
UNOPENED = "unopened"
FAILED = "failed"
UNUSED = "unused"

RECORDS_NAME = "records.jsonl"


@dataclass
class Connection:
    """One upstream connection of the capture.

    Attributes:
        id: Number within the capture, from 1.
        host: Host as in the URL (A-labels).
        port: Port as in the URL.
        ip: Address really connected to; empty when none was reached.
        ip_port: Port really connected to (differs from `port` only by a resolver override).
        answers: All addresses the name resolved to, in order.
        override: Whether the resolver table stood in for DNS.
        started: Before the name was looked up.
        connected: TCP established.
        secured: TLS handshake finished.
        closed: When it ended.
        tls_version: "TLSv1.3" …, empty for plain HTTP.
        cipher: OpenSSL name of the cipher.
        alpn: Negotiated protocol.
        chain_der: Certificates the server sent, leaf first, DER.
        chain_source: "this connection", or "second handshake" when the first was refused before Python could
            hand the chain over; nothing was sent on the second.
        trust_anchor_sha256: SHA-256 of the root that the verified chain ends in.
        verdict: trusted, trusted-by-extra-root, refused, plain, unopened (tunnel mode), unused (the
            browser closed it before it sent anything) or failed (no connection).
        detail: OpenSSL's or the system's words when it was refused or failed.
        error: Code of `capture.errors` when it was refused or failed, else None.
        bytes_in: Octets received from the server, above TLS (in tunnel mode: ciphertext).
        bytes_out: Octets sent to the server.
        sha256_in: In tunnel mode the digest of the ciphertext received, else empty.
        sha256_out: In tunnel mode the digest of the ciphertext sent, else empty.
    """

    id: int
    host: str
    port: int
    started: datetime
    ip: str = ""
    ip_port: int = 0
    answers: tuple[str, ...] = ()
    override: bool = False
    connected: datetime | None = None
    secured: datetime | None = None
    closed: datetime | None = None
    tls_version: str = ""
    cipher: str = ""
    alpn: str = ""
    chain_der: tuple[bytes, ...] = ()
    chain_source: str = ""
    trust_anchor_sha256: str = ""
    verdict: str = FAILED
    detail: str = ""
    error: str | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    sha256_in: str = ""
    sha256_out: str = ""


@dataclass
class Exchange:
    """One request and what came back.

    Attributes:
        id: Number within the capture, from 1, in order of arrival.
        started: When the request's head had been read.
        finished: When the last byte was relayed or the exchange was given up.
        method: Request method.
        url: Absolute URL without fragment.
        status: Status code, 0 when no valid response head arrived.
        reason: Reason phrase.
        http_version: Version the server answered with ("HTTP/1.1").
        request_headers: As sent to the server, secrets redacted.
        response_headers: As received, secrets redacted.
        trailers: Trailer fields of a chunked body.
        odd_lines: Lines of the response head that are no fields, as received.
        request_body: File with the body sent, None without one.
        response_body: File with the body as on the wire after de-chunking (still compressed), None without one;
            for an answer that is not HTTP, the first octets received.
        request_sha256: Hex digest of the request body.
        response_sha256: Hex digest of the response body, computed while it arrived.
        response_bytes: Length of the response body kept.
        truncated: WARC-Truncated reason when the body is not whole, else None.
        connection_id: `Connection.id`; 0 when there was none.
        error: Code when it did not end well, else None.
        error_detail: The particular host, limit or words.
        accept_encoding: The browser's own Accept-Encoding when it was narrowed, else empty.
        websocket: File with one JSON line a frame, None without an upgrade.
        frames: Number of WebSocket frames.
    """

    id: int
    started: datetime
    method: str
    url: str
    finished: datetime | None = None
    status: int = 0
    reason: str = ""
    http_version: str = ""
    request_headers: Headers = ()
    response_headers: Headers = ()
    trailers: Headers = ()
    odd_lines: tuple[str, ...] = ()
    request_body: Path | None = None
    response_body: Path | None = None
    request_sha256: str = ""
    response_sha256: str = ""
    response_bytes: int = 0
    truncated: str | None = None
    connection_id: int = 0
    error: str | None = None
    error_detail: str = ""
    accept_encoding: str = ""
    websocket: Path | None = None
    frames: int = 0

    def header(self, name: str) -> str:
        """Return the first response header of that name, or ""."""
        return next((value for key, value in self.response_headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class LimitHit:
    """A limit that was reached, once a limit.

    Attributes:
        name: body_bytes, total_bytes, connections or seconds.
        limit: Its value.
        at: When.
        url: Where, if it was one exchange.
    """

    name: str
    limit: int
    at: datetime
    url: str = ""


@dataclass(frozen=True)
class Redaction:
    """A secret that was replaced before anything was written or hashed.

    Attributes:
        exchange_id: `Exchange.id`.
        header: Name of the header field.
        token: What stands in its place; equal secrets of one capture have equal tokens.
    """

    exchange_id: int
    header: str
    token: str


@dataclass(frozen=True)
class Recording:
    """Everything one relay saw.

    Attributes:
        exchanges: In order of arrival.
        connections: In order of opening.
        limits_hit: Limits that were reached.
        redactions: Secrets that were replaced.
        secrets_in: Ids of exchanges whose bodies repeat a redacted value: the package is restricted (受限).
        secrets_searched: Whether every body could be searched for them; False until the relay has finished.
        policy: The policy it ran under, as JSON.
        trust: Number and source of the trust roots and digests of the extra ones.
        software: Versions of Python, OpenSSL and cryptography, and the digest of the relay's own code.
        started: When the relay was ready.
        finished: When it stopped.
    """

    exchanges: tuple[Exchange, ...]
    connections: tuple[Connection, ...]
    limits_hit: tuple[LimitHit, ...]
    redactions: tuple[Redaction, ...]
    secrets_in: tuple[int, ...] = ()
    secrets_searched: bool = False
    policy: Mapping[str, Any] = field(default_factory=dict)
    trust: Mapping[str, Any] = field(default_factory=dict)
    software: Mapping[str, Any] = field(default_factory=dict)
    started: datetime | None = None
    finished: datetime | None = None

    def connection(self, number: int) -> Connection | None:
        """Return the connection of that id."""
        return next((connection for connection in self.connections if connection.id == number), None)


Record = Connection | Exchange | LimitHit | Redaction
KINDS: Mapping[str, type[Record]] = {
    "connection": Connection,
    "exchange": Exchange,
    "limit": LimitHit,
    "redaction": Redaction,
}
_TIMES = frozenset(("started", "finished", "connected", "secured", "closed", "at"))
_PATHS = frozenset(("request_body", "response_body", "websocket"))
_PAIRS = frozenset(("request_headers", "response_headers", "trailers"))


def now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """Return a moment as RFC 3339 text with microseconds, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_json(record: Record) -> dict[str, Any]:
    """Return one record as JSON data; files as names relative to the spool, certificates as hex DER."""
    data: dict[str, Any] = {}
    for item in fields(record):
        value = getattr(record, item.name)
        if isinstance(value, datetime):
            value = rfc3339(value)
        elif isinstance(value, Path):
            value = value.as_posix()
        elif item.name == "chain_der":
            value = [der.hex() for der in value]
        data[item.name] = value
    return data


def from_json(kind: str, data: Mapping[str, Any], spool: Path) -> Record:
    """Read back what `to_json` wrote; files become absolute under `spool`.

    Raises:
        KeyError, TypeError, ValueError: It is not such a record.
    """
    values: dict[str, Any] = {}
    for name, value in data.items():
        if value is not None and name in _TIMES:
            values[name] = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        elif value is not None and name in _PATHS:
            values[name] = spool / value
        elif name in _PAIRS:
            values[name] = tuple((str(key), str(text)) for key, text in value)
        elif name == "chain_der":
            values[name] = tuple(bytes.fromhex(text) for text in value)
        else:
            values[name] = tuple(value) if name in ("answers", "odd_lines") else value
    return KINDS[kind](**values)
