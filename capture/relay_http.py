"""HTTP/1.1 as the relay reads it: heads, body framing, chunks. Hostile input on both sides.

Lenient where browsers are lenient and it cannot change the meaning (bare LF, obsolete line folding), strict where
leniency lets two readers disagree about where a body ends (RFC 9112 §6.3): that is an error, recorded as such.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Literal

from capture.errors import BadExchangeError
from capture.hosts import shorten
from capture.relay_model import Headers

MAX_HEAD = 256 * 1024  # Chromium's own limit on a response head
MAX_FIELDS = 1000
BLOCK = 64 * 1024

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_STATUS_LINE = re.compile(r"(HTTP/1\.[0-9]) ([1-9][0-9]{2})(?: (.*))?", re.ASCII | re.DOTALL)
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S+) (HTTP/1\.[01])", re.ASCII)
_NO_CONTENT = 204
_NOT_MODIFIED = 304
_OK = 200

Kind = Literal["none", "length", "chunked", "close"]


@dataclass(frozen=True)
class RequestHead:
    """Request line and fields."""

    method: str
    target: str
    version: str
    headers: Headers


@dataclass(frozen=True)
class ResponseHead:
    """Status line and fields; `odd` are lines that are no fields, which browsers ignore and nobody is passed."""

    version: str
    status: int
    reason: str
    headers: Headers
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framing:
    """Where a body ends: no body, after `length` octets, after the last chunk, or at the end of the connection."""

    kind: Kind
    length: int = 0


def field_values(headers: Headers, name: str) -> list[str]:
    """Return the values of a field, in order; `name` in lower case."""
    return [value for key, value in headers if key.lower() == name]


def has_token(headers: Headers, name: str, token: str) -> bool:
    """Tell whether a comma-separated field lists a token; both in lower case."""
    return any(token == item.strip().lower() for value in field_values(headers, name) for item in value.split(","))


def parse_request(raw: bytes) -> RequestHead:
    """Parse a request head as read by `read_head`.

    Raises:
        BadExchangeError: It is not one.
    """
    first, headers, odd = _parse_head(raw)
    if odd:
        raise BadExchangeError(shorten(odd[0]))
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise BadExchangeError(shorten(first))
    return RequestHead(match[1], match[2], match[3], headers)


def parse_response(raw: bytes) -> ResponseHead:
    """Parse a response head as read by `read_head`.

    Raises:
        BadExchangeError: It is not one.
    """
    first, headers, odd = _parse_head(raw)
    match = _STATUS_LINE.fullmatch(first)
    if match is None:
        raise BadExchangeError(shorten(first))
    return ResponseHead(match[1], int(match[2]), match[3] or "", headers, odd)


def _parse_head(raw: bytes) -> tuple[str, Headers, tuple[str, ...]]:
    # latin-1 keeps every octet; the header text in the record can be turned back into the bytes of the wire.
    lines = [line.removesuffix("\r") for line in raw.decode("latin-1").split("\n")]
    first, rest = lines[0], lines[1:]
    found: list[tuple[str, str]] = []
    odd: list[str] = []
    for line in rest:
        if not line:
            continue
        if line[0] in " \t":  # obs-fold, RFC 9112 §5.2
            if not found:
                raise BadExchangeError(shorten(line))
            name, value = found.pop()
            found.append((name, f"{value} {line.strip()}".strip()))
            continue
        name, colon, value = line.partition(":")
        if "\0" in line or "\r" in line:
            raise BadExchangeError(shorten(line))
        if colon and _TOKEN.fullmatch(name.rstrip(" \t")):
            found.append((name.rstrip(" \t"), value.strip(" \t")))
        else:
            odd.append(line)
    if len(found) > MAX_FIELDS:
        raise BadExchangeError(f"{len(found)} header fields")
    return first, tuple(found), tuple(odd)


def request_framing(head: RequestHead) -> Framing:
    """Return where a request's body ends (RFC 9112 §6.3).

    Raises:
        BadExchangeError: Contradictory or impossible lengths.
    """
    if field_values(head.headers, "transfer-encoding"):
        return _transfer_framing(head.headers)
    length = _content_length(head.headers)
    return Framing("length", length) if length else Framing("none")


def response_framing(method: str, head: ResponseHead) -> Framing:
    """Return where a response's body ends (RFC 9112 §6.3).

    Raises:
        BadExchangeError: Contradictory or impossible lengths.
    """
    bodiless = head.status < _OK or head.status in (_NO_CONTENT, _NOT_MODIFIED)
    if method == "HEAD" or bodiless:
        return Framing("none")
    codings = field_values(head.headers, "transfer-encoding")
    if head.version != "HTTP/1.0" and any(coding.strip().lower() not in ("", "identity") for coding in codings):
        return _transfer_framing(head.headers)
    length = _content_length(head.headers)
    return Framing("close") if length is None else Framing("length", length)


def _transfer_framing(headers: Headers) -> Framing:
    codings = [
        item.strip().lower() for value in field_values(headers, "transfer-encoding") for item in value.split(",")
    ]
    if [coding for coding in codings if coding] != ["chunked"]:
        raise BadExchangeError(shorten(f"Transfer-Encoding: {', '.join(codings)}"))
    return Framing("chunked")


def _content_length(headers: Headers) -> int | None:
    values = {item.strip() for value in field_values(headers, "content-length") for item in value.split(",")}
    if not values:
        return None
    if len(values) > 1 or _DIGITS.fullmatch(next(iter(values))) is None:
        raise BadExchangeError(shorten(f"Content-Length: {', '.join(sorted(values))}"))
    return int(next(iter(values)))


async def read_head(reader: asyncio.StreamReader) -> bytes | None:
    """Read up to and without the empty line that ends a head.

    Returns:
        The octets, or None when the connection ended before the first one.

    Raises:
        BadExchangeError: Too long, or ended in the middle; `partial` holds what arrived.
    """
    lines: list[bytes] = []
    size = 0
    while True:
        try:
            line = await reader.readline()
        except ValueError as error:  # longer than the reader's limit
            raise BadHeadError("head too long", b"".join(lines)) from error
        size += len(line)
        if not line.endswith(b"\n"):
            if not lines and not line:
                return None
            raise BadHeadError("connection ended inside the head", b"".join(lines) + line)
        if size > MAX_HEAD:
            raise BadHeadError("head too long", b"".join(lines))
        if line.strip(b"\r\n"):
            lines.append(line)
        elif lines:
            return b"".join(lines)


class BadHeadError(BadExchangeError):
    """A head that cannot be read; `partial` holds the octets that arrived."""

    def __init__(self, detail: str, partial: bytes) -> None:
        self.partial = partial
        super().__init__(detail)


async def read_body(
    reader: asyncio.StreamReader, framing: Framing, trailers: list[tuple[str, str]]
) -> AsyncIterator[bytes]:
    """Yield a body block by block, without its framing; trailer fields are added to `trailers`.

    Raises:
        BadExchangeError: The chunk framing is broken.
        EOFError: The connection ended before the body did (`asyncio.IncompleteReadError` is one).
    """
    if framing.kind == "length":
        async for block in _read_exactly(reader, framing.length):
            yield block
    elif framing.kind == "chunked":
        async for block in _read_chunked(reader, trailers):
            yield block
    elif framing.kind == "close":
        while block := await reader.read(BLOCK):
            yield block


async def _read_exactly(reader: asyncio.StreamReader, length: int) -> AsyncIterator[bytes]:
    left = length
    while left:
        block = await reader.read(min(BLOCK, left))
        if not block:
            raise EOFError(f"{left} octets missing")
        left -= len(block)
        yield block


async def _read_chunked(reader: asyncio.StreamReader, trailers: list[tuple[str, str]]) -> AsyncIterator[bytes]:
    while True:
        line = await _read_line(reader)
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise BadExchangeError(shorten(f"chunk size {line[:80]!r}"))
        size = int(match[1], 16)
        if not size:
            break
        async for block in _read_exactly(reader, size):
            yield block
        if (await _read_line(reader)).strip(b"\r\n"):
            raise BadExchangeError("chunk longer than its size")
    raw = b"x\n"
    while (line := await _read_line(reader)).strip(b"\r\n"):
        raw += line
        if len(raw) > MAX_HEAD:
            raise BadExchangeError("trailers too long")
    trailers.extend(_parse_head(raw)[1])


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readline()
    except ValueError as error:
        raise BadExchangeError("line too long") from error
    if not line.endswith(b"\n"):
        raise EOFError("the connection ended inside a chunked body")
    return line


def serialise(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a head as octets, empty line included."""
    return "".join((first, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n")).encode("latin-1")
