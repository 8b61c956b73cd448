"""HTTP reading: round trips, framing rules and hostile octets."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import BadExchangeError
from capture.relay_http import (
    MAX_HEAD,
    BadHeadError,
    Framing,
    RequestHead,
    ResponseHead,
    has_token,
    parse_request,
    parse_response,
    read_body,
    read_head,
    request_framing,
    response_framing,
    serialise,
)

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.!~", min_size=1, max_size=20)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), max_size=60)


def feed(*blocks: bytes, limit: int = MAX_HEAD) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=limit)
    for block in blocks:
        reader.feed_data(block)
    reader.feed_eof()
    return reader


async def whole(reader: asyncio.StreamReader, framing: Framing) -> tuple[bytes, list[tuple[str, str]]]:
    trailers: list[tuple[str, str]] = []
    data = b"".join([block async for block in read_body(reader, framing, trailers)])
    return data, trailers


def body_of(raw: bytes, framing: Framing) -> bytes:
    async def run() -> bytes:
        return (await whole(feed(raw), framing))[0]

    return asyncio.run(run())


@given(st.lists(st.tuples(TOKEN, VALUE), max_size=20))
def test_a_head_comes_back_as_it_went(headers: list[tuple[str, str]]) -> None:
    raw = serialise("HTTP/1.1 200 Fine", headers)

    async def run() -> bytes | None:
        return await read_head(feed(raw))

    read = asyncio.run(run())
    assert read is not None
    assert parse_response(read) == ResponseHead("HTTP/1.1", 200, "Fine", tuple(headers))


@given(st.lists(st.binary(max_size=300), max_size=12), st.booleans())
def test_chunks_in_any_portions_give_the_body(blocks: list[bytes], trailer: bool) -> None:
    raw = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(block), block) for block in blocks if block)
    raw += b"0\r\n" + (b"X-Sum: 1\r\n" if trailer else b"") + b"\r\nNEXT"

    async def run() -> None:
        reader = feed(raw)
        data, trailers = await whole(reader, Framing("chunked"))
        assert data == b"".join(blocks)
        assert trailers == ([("X-Sum", "1")] if trailer else [])
        assert await reader.read() == b"NEXT"

    asyncio.run(run())


@given(st.binary(max_size=400))
def test_no_octets_raise_anything_but_a_bad_exchange(raw: bytes) -> None:
    for parse in (parse_request, parse_response):
        with contextlib.suppress(BadExchangeError):
            parse(raw)

    async def run() -> None:
        with contextlib.suppress(BadExchangeError):
            await read_head(feed(raw))
        with contextlib.suppress(BadExchangeError, EOFError):
            await whole(feed(raw), Framing("chunked"))

    asyncio.run(run())


@given(st.binary(max_size=200))
def test_no_status_line_with_any_tail_raises_anything_but_a_bad_exchange(raw: bytes) -> None:
    with contextlib.suppress(BadExchangeError):
        response_framing("GET", parse_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"SSH-2.0-OpenSSH_9.2",
        b"HTTP/2 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 OK",
        b"ICY 200 OK",
        b"HTTP/1.1 200 OK\r\n folded: first",
        b"HTTP/1.1 200 OK\r\nA: b\0c",
        b"HTTP/1.1 200 OK\r\nA: b\rX: c",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1001,
    ],
)
def test_what_is_no_response_head_is_refused(raw: bytes) -> None:
    with pytest.raises(BadExchangeError):
        parse_response(raw)


def test_lenient_where_it_cannot_hurt() -> None:
    head = parse_response(b"HTTP/1.1 200\nA:  b \nC: d\n\te\n")
    assert head == ResponseHead("HTTP/1.1", 200, "", (("A", "b"), ("C", "d e")))
    odd = parse_response(b"HTTP/1.1 200 OK\r\nServer : x\r\nno colon\r\nA B: c\r\n: d")
    assert (odd.headers, odd.odd) == ((("Server", "x"),), ("no colon", "A B: c", ": d"))
    assert response_framing("GET", response(200, ("Transfer-Encoding", "identity"))) == Framing("close")
    with pytest.raises(BadExchangeError):
        parse_request(b"GET / HTTP/1.1\r\nno colon")
    assert parse_response(b"HTTP/1.0 404 \xce\xde").reason == "\xce\xde"


@pytest.mark.parametrize(
    "line", [b"GET /", b"GET  / HTTP/1.1", b"GET / HTTP/2.0", b"G\x00T / HTTP/1.1", b"GET / x HTTP/1.1"]
)
def test_what_is_no_request_line_is_refused(line: bytes) -> None:
    with pytest.raises(BadExchangeError):
        parse_request(line)


def response(status: int, *headers: tuple[str, str], version: str = "HTTP/1.1") -> ResponseHead:
    return ResponseHead(version, status, "", headers)


@pytest.mark.parametrize(
    ("method", "head", "framing"),
    [
        ("GET", response(200, ("Content-Length", "5")), Framing("length", 5)),
        ("GET", response(200, ("Content-Length", "5"), ("Content-Length", "5")), Framing("length", 5)),
        ("GET", response(200, ("Content-Length", "5, 5")), Framing("length", 5)),
        ("GET", response(200), Framing("close")),
        ("GET", response(200, ("Transfer-Encoding", "Chunked")), Framing("chunked")),
        ("GET", response(200, ("Transfer-Encoding", "chunked"), ("Content-Length", "5")), Framing("chunked")),
        ("GET", response(200, ("Transfer-Encoding", "chunked"), version="HTTP/1.0"), Framing("close")),
        ("HEAD", response(200, ("Content-Length", "5")), Framing("none")),
        ("GET", response(204), Framing("none")),
        ("GET", response(304, ("Content-Length", "5")), Framing("none")),
        ("GET", response(206, ("Content-Length", "3")), Framing("length", 3)),
    ],
)
def test_where_a_response_ends(method: str, head: ResponseHead, framing: Framing) -> None:
    assert response_framing(method, head) == framing


@pytest.mark.parametrize(
    "headers",
    [
        (("Content-Length", "5"), ("Content-Length", "6")),
        (("Content-Length", "5, 6"),),
        (("Content-Length", "-1"),),
        (("Content-Length", "+5"),),
        (("Content-Length", "٥"),),
        (("Content-Length", ""),),
        (("Content-Length", "9" * 30),),
        (("Transfer-Encoding", "gzip, chunked"),),
        (("Transfer-Encoding", "chunked, chunked"),),
        (("Transfer-Encoding", "xchunked"),),
    ],
)
def test_lengths_two_readers_could_read_differently_are_refused(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadExchangeError):
        response_framing("GET", response(200, *headers))
    with pytest.raises(BadExchangeError):
        request_framing(RequestHead("POST", "/", "HTTP/1.1", headers))


@pytest.mark.parametrize(
    "raw",
    [b"5\r\nhel", b"", b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n"],
)
def test_a_body_that_ends_early_is_an_end_of_file(raw: bytes) -> None:
    with pytest.raises(EOFError):
        body_of(raw, Framing("chunked"))
    with pytest.raises(EOFError):
        body_of(raw, Framing("length", 100))


@pytest.mark.parametrize(
    "raw", [b"x\r\n", b"-1\r\n", b"0x5\r\nhello", b"5\r\nhelloo\r\n0\r\n\r\n", b"1" * 20 + b"\r\n"]
)
def test_broken_chunk_framing_is_refused(raw: bytes) -> None:
    with pytest.raises(BadExchangeError):
        body_of(raw, Framing("chunked"))


def test_heads_have_an_end() -> None:
    async def run() -> None:
        with pytest.raises(BadHeadError) as caught:
            await read_head(feed(b"GARBAGE\r\nX: 1"))
        assert caught.value.partial == b"GARBAGE\r\nX: 1"
        with pytest.raises(BadHeadError):
            await read_head(feed(b"A: " + b"x" * (MAX_HEAD * 3)))
        with pytest.raises(BadHeadError):
            await read_head(feed(b"A: b\r\n" * MAX_HEAD))
        assert await read_head(feed(b"")) is None
        assert await read_head(feed(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n")) == b"GET / HTTP/1.1\r\n"

    asyncio.run(run())


def test_tokens() -> None:
    headers = (("Connection", "Keep-Alive, Upgrade"), ("connection", "x"))
    assert has_token(headers, "connection", "upgrade")
    assert has_token(headers, "connection", "x")
    assert not has_token(headers, "connection", "close")
