"""Which fields go on to the other side."""

import pytest

from capture.guard import Target
from capture.relay_headers import (
    client_headers,
    client_keeps_alive,
    host_field,
    narrow,
    server_headers,
    server_keeps_alive,
)
from capture.relay_http import Framing, RequestHead, ResponseHead

TARGET = Target("http", "a.com", 8080)


@pytest.mark.parametrize(
    ("offer", "sent"),
    [
        ("gzip, deflate, br, zstd", "gzip, br"),
        ("gzip", "gzip, br"),
        ("*", "gzip, br"),
        ("identity", "identity"),
        ("identity;q=1, *;q=0", "identity;q=1, *;q=0"),
        ("gzip;q=0", "gzip;q=0"),
        ("", ""),
    ],
)
def test_compressions_a_replay_can_read_are_asked_for(offer: str, sent: str) -> None:
    assert narrow(offer) == sent


def test_fields_of_one_hop_stay_behind() -> None:
    head = RequestHead(
        "GET",
        "/",
        "HTTP/1.1",
        (
            ("Host", "a.com:8080"),
            ("Proxy-Connection", "keep-alive"),
            ("Connection", "close, X-Secret"),
            ("X-Secret", "1"),
            ("Proxy-Authorization", "Basic eA=="),
            ("TE", "trailers"),
            ("Accept-Encoding", "zstd"),
            ("Cookie", "a=b"),
        ),
    )
    sent = server_headers(head, TARGET, Framing("none"))
    assert sent.headers == (
        ("Host", "a.com:8080"),
        ("Accept-Encoding", "gzip, br"),
        ("Cookie", "a=b"),
        ("Connection", "keep-alive"),
    )
    assert sent.accept_encoding == "zstd"
    assert not sent.upgrade


def test_a_websocket_is_asked_for_without_extensions() -> None:
    head = RequestHead(
        "GET",
        "/",
        "HTTP/1.1",
        (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Extensions", "permessage-deflate")),
    )
    sent = server_headers(head, TARGET, Framing("none"))
    assert sent.upgrade
    assert sent.headers == (("Host", "a.com:8080"), ("Connection", "Upgrade"), ("Upgrade", "websocket"))


def test_a_connection_field_cannot_remove_what_frames_the_message() -> None:
    head = RequestHead(
        "POST",
        "/",
        "HTTP/1.1",
        (("Connection", "content-length, host, cookie"), ("Content-Length", "3"), ("Host", "x")),
    )
    assert ("Content-Length", "3") in server_headers(head, TARGET, Framing("length", 3)).headers


def test_the_framing_that_goes_down_is_the_relays_own() -> None:
    head = ResponseHead("HTTP/1.1", 200, "OK", (("Transfer-Encoding", "chunked"), ("Content-Length", "1"), ("A", "b")))
    assert client_headers(head, Framing("chunked"), close=False) == (("A", "b"), ("Transfer-Encoding", "chunked"))
    assert client_headers(head, Framing("chunked"), close=True) == (("A", "b"), ("Connection", "close"))
    assert not server_keeps_alive(head, Framing("chunked"))


def test_keep_alive() -> None:
    assert server_keeps_alive(ResponseHead("HTTP/1.1", 200, "", ()), Framing("length", 1))
    assert not server_keeps_alive(ResponseHead("HTTP/1.0", 200, "", ()), Framing("length", 1))
    assert server_keeps_alive(ResponseHead("HTTP/1.0", 200, "", (("Connection", "keep-alive"),)), Framing("length", 1))
    assert not server_keeps_alive(ResponseHead("HTTP/1.1", 200, "", (("Connection", "close"),)), Framing("length", 1))
    assert not server_keeps_alive(ResponseHead("HTTP/1.1", 200, "", ()), Framing("close"))
    assert client_keeps_alive(RequestHead("GET", "/", "HTTP/1.1", ()))
    assert not client_keeps_alive(RequestHead("GET", "/", "HTTP/1.0", ()))
    assert not client_keeps_alive(RequestHead("GET", "/", "HTTP/1.1", (("Proxy-Connection", "close"),)))


def test_host_fields() -> None:
    assert host_field(Target("https", "a.com", 443)) == "a.com"
    assert host_field(Target("http", "2606::1", 81)) == "[2606::1]:81"
