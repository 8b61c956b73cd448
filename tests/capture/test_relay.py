"""The relay against real servers: what it records, what it refuses, how it ends."""

import gzip
import hashlib
import http.client
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import brotli
import psutil
import pytest

from capture.errors import (
    AddressRefusedError,
    BadUrlError,
    DiskFullError,
    RelayStoppedError,
    RequestRefusedError,
    SchemeRefusedError,
)
from capture.guard import RelayPolicy
from capture.models import Limits
from capture.relay import Relay
from capture.relay_model import BROWSER_ABORTED, CAPTURE_ENDED, Exchange, Recording
from capture.relay_tls import new_leaf_key
from tests.capture.netkit import Authority, Client, Server, answer, content_length, ok, read_exactly, relay
from tests.capture.test_relay_ws import encode

pytestmark = pytest.mark.slow


def body(exchange: Exchange) -> bytes:
    return exchange.response_body.read_bytes() if exchange.response_body else b""


def only(recording: Recording) -> Exchange:
    (exchange,) = recording.exchanges
    return exchange


def test_a_plain_exchange_is_recorded_with_its_connection(tmp_path: Path) -> None:
    with Server(answer(ok(b"hello", "X-Name: \xe9"))) as server, relay(tmp_path, server.key) as running:
        reply = Client(running).request(f"http://{server.key}/a?b=c#frag")
        recording = running.finish()
    assert (reply.status, reply.body, reply.headers["x-name"]) == (200, b"hello", "\xe9")
    exchange = only(recording)
    assert (exchange.method, exchange.url) == ("GET", f"http://{server.key}/a?b=c")
    assert (exchange.status, exchange.reason, exchange.http_version) == (200, "OK", "HTTP/1.1")
    assert body(exchange) == b"hello"
    assert exchange.response_sha256 == hashlib.sha256(b"hello").hexdigest()
    assert exchange.header("x-name") == "\xe9"
    assert exchange.error is exchange.truncated is None
    (connection,) = recording.connections
    assert (connection.ip, connection.ip_port, connection.verdict) == ("127.0.0.1", server.port, "plain")
    assert connection.connected is not None
    assert connection.closed is not None
    assert connection.started <= connection.connected <= connection.closed
    assert server.heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_connections_are_kept_and_a_stale_one_is_replaced_without_a_word(tmp_path: Path) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(ok())
        if len(server.heads) == 2:
            sock.shutdown(socket.SHUT_RDWR)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        connection, _ = Client(running).open(f"http://{server.key}/")
        for number in range(4):
            connection.request("GET", f"http://{server.key}/{number}")
            assert connection.getresponse().read() == b"hello"
        connection.close()
        recording = running.finish()
    assert [exchange.error for exchange in recording.exchanges] == [None] * 4
    assert server.connections == 2
    assert len(recording.connections) == 2


@pytest.mark.parametrize(
    ("raw", "status", "kept"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304, b""),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\nllo", 206, b"llo"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
            200,
            b"abcde",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + ok(b"x"), 200, b"x"),
        (b"HTTP/1.1 404 Not Found\nContent-Length: 1\n\nx", 404, b"x"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n", 302, b""),
    ],
)
def test_every_kind_of_answer(tmp_path: Path, raw: bytes, status: int, kept: bytes) -> None:
    with Server(answer(raw)) as server, relay(tmp_path, server.key) as running:
        client = Client(running)
        replies = [client.request(f"http://{server.key}/{number}") for number in range(2)]
        recording = running.finish()
    for reply, exchange in zip(replies, recording.exchanges, strict=True):
        assert (reply.status, reply.body) == (status, kept)
        assert (exchange.status, body(exchange), exchange.error, exchange.truncated) == (status, kept, None, None)


def test_a_body_that_ends_with_the_connection(tmp_path: Path) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(b"HTTP/1.0 200 OK\r\n\r\nuntil the end")
        sock.shutdown(socket.SHUT_RDWR)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        reply = Client(running).request(f"http://{server.key}/")
        recording = running.finish()
    assert reply.body == b"until the end" == body(only(recording))
    assert only(recording).truncated is None


def test_head_and_compressed_bodies_stay_as_on_the_wire(tmp_path: Path) -> None:
    packed = gzip.compress(b"page" * 1000)

    def serve(sock: socket.socket, head: bytes) -> None:
        raw = ok(packed, "Content-Encoding: gzip")
        sock.sendall(raw if head.startswith(b"GET") else raw[: -len(packed)])

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        client = Client(running)
        offer = {"Accept-Encoding": "gzip, deflate, br, zstd"}
        assert client.request(f"http://{server.key}/", headers=offer).body == packed
        assert client.request(f"http://{server.key}/", method="HEAD").body == b""
        recording = running.finish()
    assert [body(exchange) for exchange in recording.exchanges] == [packed, b""]
    assert recording.exchanges[0].accept_encoding == "gzip, deflate, br, zstd"
    assert b"Accept-Encoding: gzip, br\r\n" in server.heads[0]


def test_request_bodies_of_both_framings(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def serve(sock: socket.socket, head: bytes) -> None:
        if b"chunked" in head:
            seen.append(read_exactly(sock, len(b"3\r\nabc\r\n0\r\n\r\n")))
        else:
            seen.append(read_exactly(sock, content_length(head)))
        sock.sendall(ok())

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        client = Client(running)
        client.request(f"http://{server.key}/form", method="POST", body=b"a=1&b=2")
        connection, _ = client.open(f"http://{server.key}/")
        connection.request("PUT", f"http://{server.key}/put", body=iter([b"abc"]), encode_chunked=True)
        connection.getresponse().read()
        connection.close()
        recording = running.finish()
    assert seen == [b"a=1&b=2", b"3\r\nabc\r\n0\r\n\r\n"]
    paths = [exchange.request_body for exchange in recording.exchanges]
    assert [path.read_bytes() for path in paths if path] == [b"a=1&b=2", b"abc"]


def test_secrets_reach_the_server_and_never_the_disk(tmp_path: Path) -> None:
    raw = ok(b"x", "Set-Cookie: sid=PLANTED-3; Path=/")
    with Server(answer(raw)) as server, relay(tmp_path, server.key) as running:
        secrets = {"Cookie": "a=PLANTED-1", "Authorization": "Bearer PLANTED-2"}
        reply = Client(running).request(f"http://{server.key}/", headers=secrets)
        recording = running.finish()
    assert b"PLANTED-1" in server.heads[0]
    assert b"PLANTED-2" in server.heads[0]
    assert "PLANTED-3" in reply.headers["set-cookie"]
    assert {redaction.header.lower() for redaction in recording.redactions} == {"cookie", "authorization", "set-cookie"}
    for path in (tmp_path / "spool").rglob("*"):
        assert path.is_dir() or b"PLANTED" not in path.read_bytes()


def test_tls_is_verified_and_written_down(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server("weixun.test")
    with Server(answer(ok()), context) as server:
        policy = {"resolve": {"weixun.test": ("127.0.0.1", server.port)}, "extra_roots": (str(authority.root),)}
        with relay(tmp_path, **policy) as running:
            client = Client(running)
            assert client.request("https://weixun.test/post/1").body == b"hello"
            assert running.fetch("https://weixun.test/file.bin").status == 200
            recording = running.finish()
    assert [exchange.url for exchange in recording.exchanges] == [
        "https://weixun.test/post/1",
        "https://weixun.test/file.bin",
    ]
    first = recording.connections[0]
    assert (first.verdict, first.override, first.ip, first.ip_port) == (
        "trusted-by-extra-root",
        True,
        "127.0.0.1",
        server.port,
    )
    assert first.tls_version == "TLSv1.3"
    assert first.cipher
    assert first.chain_source == "this connection"
    assert len(first.chain_der) == 1
    assert first.trust_anchor_sha256 in recording.trust["extra_roots_sha256"]
    assert recording.trust["system_roots"] > 0
    assert recording.policy["resolve"] == {"weixun.test": ["127.0.0.1", server.port]}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda authority: authority.server("weixun.test", expired=True), "expired"),
        (lambda authority: authority.server("other.test"), "not valid for 'weixun.test'"),
        (lambda authority: authority.server("weixun.test", self_signed=True), "self-signed"),
    ],
    ids=["expired", "wrong host", "self-signed"],
)
def test_bad_certificates_are_refused_with_their_chain_on_record(tmp_path: Path, make: object, words: str) -> None:
    authority = Authority(tmp_path)
    assert callable(make)
    with Server(answer(ok()), make(authority)) as server:
        policy = {"resolve": {"weixun.test": ("127.0.0.1", server.port)}, "extra_roots": (str(authority.root),)}
        with relay(tmp_path, **policy) as running:
            with pytest.raises(ssl.SSLError):
                Client(running).request("https://weixun.test/")
            recording = running.finish()
    assert server.heads == []
    (connection,) = recording.connections
    assert (connection.verdict, connection.error) == ("refused", "capture.tls_failure")
    assert words in connection.detail
    assert connection.chain_source == "second handshake"
    assert len(connection.chain_der) == 1
    exchange = only(recording)
    assert (exchange.method, exchange.error, exchange.connection_id) == ("CONNECT", "capture.tls_failure", 1)


def test_an_unknown_authority_needs_the_policy(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        Server(answer(ok()), authority.server("127.0.0.1")) as server,
        relay(tmp_path, server.key) as running,
    ):
        assert Client(running).fails(f"https://{server.key}/")
        recording = running.finish()
    assert recording.connections[0].verdict == "refused"


def test_a_server_that_speaks_no_tls(tmp_path: Path) -> None:
    with Server(answer(ok())) as server, relay(tmp_path, server.key, head_seconds=0.5) as running:
        assert Client(running).fails(f"https://{server.key}/")
        recording = running.finish()
    assert recording.connections[0].error in ("capture.tls_failure", "capture.connection_failed")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9999/",
        "http://localhost:9999/",
        "http://2130706433:9999/",
        "http://[::ffff:127.0.0.1]:9999/",
        "http://[::1]:9999/",
        "http://0x7f.1:9999/",
        "http://169.254.169.254/",
        "https://127.0.0.1:9999/",
        "https://localhost:9999/",
        "https://10.0.0.1/",
    ],
)
def test_private_targets_are_refused_and_recorded(tmp_path: Path, url: str) -> None:
    with relay(tmp_path, "127.0.0.1:1") as running:
        assert Client(running).fails(url)
        recording = running.finish()
    assert only(recording).error == "capture.address_refused"
    assert all(not connection.ip for connection in recording.connections)


def test_a_name_that_resolves_to_a_private_address_is_refused(tmp_path: Path) -> None:
    name = socket.gethostname()
    with Server(answer(ok())) as server, relay(tmp_path) as running:
        assert Client(running).fails(f"http://{name}:{server.port}/")
        assert Client(running).fails(f"https://{name}:{server.port}/")
        recording = running.finish()
    assert server.connections == 0
    assert {exchange.error for exchange in recording.exchanges} <= {
        "capture.address_refused",
        "capture.name_not_resolved",
    }


def test_a_redirect_to_a_private_address_is_refused_when_it_is_followed(tmp_path: Path) -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/secret\r\nContent-Length: 0\r\n\r\n"
    with Server(answer(ok(b"secret"))) as inner, Server(answer(raw % inner.port)) as outer:
        with relay(tmp_path, outer.key) as running:
            client = Client(running)
            location = client.request(f"http://{outer.key}/").headers["location"]
            assert client.fails(location)
            recording = running.finish()
        assert inner.connections == 0
    assert [exchange.error for exchange in recording.exchanges] == [None, "capture.address_refused"]


def test_a_dead_host_and_a_dead_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        key = f"127.0.0.1:{taken.getsockname()[1]}"
    with relay(tmp_path, key, "nowhere.invalid:80") as running:
        client = Client(running)
        assert client.fails(f"http://{key}/")
        assert client.fails("http://nowhere.invalid/")
        recording = running.finish()
    assert [exchange.error for exchange in recording.exchanges] == [
        "capture.connection_failed",
        "capture.name_not_resolved",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
)
def test_an_answer_that_is_no_http_is_recorded_as_received(tmp_path: Path, raw: bytes) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(raw)
        sock.shutdown(socket.SHUT_RDWR)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        assert Client(running).fails(f"http://{server.key}/")
        recording = running.finish()
    exchange = only(recording)
    assert exchange.error == "capture.bad_exchange"
    if not exchange.status:
        assert raw.startswith(body(exchange).rstrip(b"\r\n"))
        assert body(exchange)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
    ],
)
def test_a_server_that_breaks_off_leaves_what_it_sent(tmp_path: Path, raw: bytes) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(raw)
        sock.shutdown(socket.SHUT_RDWR)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        assert Client(running).fails(f"http://{server.key}/")
        recording = running.finish()
    exchange = only(recording)
    assert (exchange.status, body(exchange)) == (200, b"half")
    assert (exchange.truncated, exchange.error) == ("disconnect", "capture.connection_failed")


def test_a_browser_that_aborts_is_named_as_the_one_who_did(tmp_path: Path) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
        time.sleep(3)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        connection, _ = Client(running).open(f"http://{server.key}/")
        connection.request("GET", f"http://{server.key}/")
        response = connection.getresponse()
        assert len(response.read(1000)) == 1000
        response.close()
        connection.close()
        until(lambda: running.read().exchanges)
        recording = running.finish()
    exchange = only(recording)
    assert (exchange.error, exchange.truncated) == (BROWSER_ABORTED, "disconnect")
    assert body(exchange) == b"x" * 1000


def until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def test_a_body_over_the_limit_is_cut_and_the_rest_goes_on(tmp_path: Path) -> None:
    def serve(sock: socket.socket, head: bytes) -> None:
        if b"/big" not in head:
            sock.sendall(ok())
            return
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
        for _ in range(3200):
            sock.sendall(b"z" * 65536)

    limits = Limits(body_bytes=1_000_000, total_bytes=1_500_000)
    with Server(serve) as server, relay(tmp_path, server.key, limits=limits) as running:
        client = Client(running)
        assert client.fails(f"http://{server.key}/big")
        assert client.request(f"http://{server.key}/small").body == b"hello"
        assert client.fails(f"http://{server.key}/big2")
        assert client.fails(f"http://{server.key}/after")
        recording = running.finish()
    first, small, second, after = recording.exchanges
    assert (first.truncated, first.response_bytes, first.error) == ("length", 1_000_000, "capture.limit_reached")
    assert (small.error, small.truncated) == (None, None)
    assert second.truncated == "length"
    assert (after.error, after.status) == ("capture.limit_reached", 0)
    assert sum(exchange.response_bytes for exchange in recording.exchanges) == 1_500_000
    assert [hit.name for hit in recording.limits_hit] == ["body_bytes", "total_bytes"]
    assert recording.limits_hit[0].url.endswith("/big")


def test_a_page_that_never_ends_is_ended_by_the_clock(tmp_path: Path) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"5\r\ntick\n\r\n")
            time.sleep(0.02)

    started = time.monotonic()
    with Server(serve) as server, relay(tmp_path, server.key, limits=Limits(seconds=1)) as running:
        assert Client(running).fails(f"http://{server.key}/")
        assert time.monotonic() - started < 3
        assert Client(running).fails(f"http://{server.key}/late")
        recording = running.finish()
    endless, late = recording.exchanges
    assert (endless.truncated, endless.error) == ("time", "capture.limit_reached")
    assert body(endless).startswith(b"tick\ntick\n")
    assert late.error == "capture.limit_reached"
    assert [hit.name for hit in recording.limits_hit] == ["seconds"]


def test_a_capture_that_ends_cuts_what_is_still_open(tmp_path: Path) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nso far")
        time.sleep(3)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        connection, _ = Client(running).open(f"http://{server.key}/")
        connection.request("GET", f"http://{server.key}/")
        connection.getresponse().read(6)
        started = time.monotonic()
        recording = running.finish()
        assert time.monotonic() - started < 2
        connection.close()
    exchange = only(recording)
    assert (exchange.error, exchange.truncated, body(exchange)) == (CAPTURE_ENDED, "time", b"so far")


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nA: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
def test_a_slow_server_does_not_hold_the_capture(tmp_path: Path, drip: bytes) -> None:
    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(drip)
        time.sleep(3)

    with Server(serve) as server, relay(tmp_path, server.key, idle_seconds=0.3) as running:
        assert Client(running).fails(f"http://{server.key}/")
        recording = running.finish()
    exchange = only(recording)
    assert exchange.error == "capture.limit_reached"
    assert exchange.truncated == ("time" if exchange.status else None)


def test_the_number_of_connections_is_limited(tmp_path: Path) -> None:
    with Server(answer(ok())) as server, relay(tmp_path, server.key, limits=Limits(connections=2)) as running:
        client = Client(running)
        results = [client.fails(f"http://{server.key}/{number}") for number in range(4)]
        recording = running.finish()
    assert results == [False, False, True, True]
    assert server.connections == 2
    assert [hit.name for hit in recording.limits_hit] == ["connections"]


def test_websocket_frames_pass_and_are_logged(tmp_path: Path) -> None:
    def serve(sock: socket.socket, head: bytes) -> None:
        assert b"permessage-deflate" not in head
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        got = read_exactly(sock, len(encode(1, "你好".encode(), b"mask")))
        sock.sendall(encode(1, b"echo") + encode(8, b""))
        assert got
        sock.shutdown(socket.SHUT_RDWR)

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        host, port = running.proxy_server.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(f"CONNECT {server.key} HTTP/1.1\r\nHost: {server.key}\r\n\r\n".encode())
            assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
            sock.sendall(
                b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
            )
            assert sock.recv(1000).startswith(b"HTTP/1.1 101 ")
            sock.sendall(encode(1, "你好".encode(), b"mask"))
            rest = b""
            while block := sock.recv(1000):
                rest += block
        assert rest == encode(1, b"echo") + encode(8, b"")
        recording = running.finish()
    exchange = only(recording)
    assert (exchange.url, exchange.status, exchange.frames) == (f"http://{server.key}/chat", 101, 3)
    assert exchange.websocket is not None
    frames = [json.loads(line) for line in exchange.websocket.read_text(encoding="utf-8").splitlines()]
    assert [(frame["from"], frame["opcode"], frame.get("text")) for frame in frames] == [
        ("client", 1, "你好"),
        ("server", 1, "echo"),
        ("server", 8, None),
    ]


def test_tunnel_mode_opens_nothing_and_proves_what_passed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        Server(answer(ok(b"s" * 5000)), authority.server("127.0.0.1")) as server,
        relay(tmp_path, server.key, decrypt=False) as running,
    ):
        client = Client(running)
        client.context = ssl.create_default_context(cafile=str(authority.root))
        assert client.request(f"https://{server.key}/").body == b"s" * 5000
        recording = running.finish()
    assert recording.exchanges == ()
    (connection,) = recording.connections
    assert connection.verdict == "unopened"
    assert connection.bytes_in > 5000
    assert len(connection.sha256_in) == len(connection.sha256_out) == 64
    assert connection.chain_der == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x00\x05hello",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://a.com/ HTTP/1.1\r\n\r\n",
        b"CONNECT :0 HTTP/1.1\r\n\r\n",
        b"CONNECT a.com HTTP/1.1\r\n\r\nGET /",
        b"CONNECT [::1 HTTP/1.1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET http://user:pw@a.com/ HTTP/1.1\r\n\r\n",
        b"\x00" * 300,
    ],
)
def test_nonsense_on_the_proxy_port_harms_nothing(tmp_path: Path, raw: bytes) -> None:
    with Server(answer(ok())) as server, relay(tmp_path, server.key) as running:
        host, port = running.proxy_server.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(raw)
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(5)
            assert not sock.recv(1000).startswith(b"HTTP/1.1 200")
        assert Client(running).request(f"http://{server.key}/").status == 200
        running.finish()


def test_fetch_refuses_like_a_visit(tmp_path: Path) -> None:
    with Server(answer(ok(b"x" * 100))) as server, relay(tmp_path, server.key) as running:
        exchange = running.fetch(f"http://{server.key}/a.pdf?x=1")
        assert (exchange.status, body(exchange)) == (200, b"x" * 100)
        assert b"GET /a.pdf?x=1 HTTP/1.1" in server.heads[0]
        assert b"Accept-Encoding: identity" in server.heads[0]
        with pytest.raises(AddressRefusedError):
            running.fetch("http://127.0.0.1:1/")
        with pytest.raises(SchemeRefusedError):
            running.fetch("file:///etc/passwd")
        with pytest.raises(BadUrlError):
            running.fetch("nonsense")
        assert running.fetch("http://nowhere.invalid/").error == "capture.name_not_resolved"
        running.finish()


def test_the_leaf_key_can_be_shared_and_its_pin_is_what_the_browser_sees(tmp_path: Path) -> None:
    key = new_leaf_key()
    authority = Authority(tmp_path)
    with Server(answer(ok()), authority.server("127.0.0.1")) as server:
        policy = RelayPolicy(allow_hosts=frozenset({server.key}), extra_roots=(str(authority.root),))
        with Relay(policy, tmp_path / "spool", leaf_key=key) as running:
            assert running.spki_pin == key.spki_pin
            client = Client(running)
            connection, _ = client.open(f"https://{server.key}/")
            connection.connect()
            assert isinstance(connection, http.client.HTTPSConnection)
            sock = connection.sock
            assert isinstance(sock, ssl.SSLSocket)
            der = sock.getpeercert(binary_form=True)
            connection.close()
            running.finish()
    assert der is not None
    shown = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"], input=der, capture_output=True, check=True
    ).stdout
    public = b"".join(line for line in shown.splitlines() if not line.startswith(b"-"))
    raw = subprocess.run(["base64", "-d"], input=public, capture_output=True, check=True).stdout
    pin = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=raw, capture_output=True, check=True).stdout
    assert (
        subprocess.run(["base64"], input=pin, capture_output=True, check=True).stdout.decode().strip() == key.spki_pin
    )


def test_the_relays_process_is_small_and_knows_nothing(tmp_path: Path) -> None:
    with relay(tmp_path) as running:
        environment = Path(f"/proc/{running.pid}/environ").read_bytes()
        maps = Path(f"/proc/{running.pid}/maps").read_text(encoding="utf-8")
        memory = psutil.Process(running.pid).memory_info().rss
        mode = (tmp_path / "spool").stat().st_mode & 0o777
        running.finish()
    assert environment == b""
    assert "greenlet" not in maps
    assert memory < 60 * 1024 * 1024
    assert mode == 0o700


def test_the_relay_dies_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from capture.guard import RelayPolicy; "
        "from capture.relay import Relay; running = Relay(RelayPolicy(), Path(sys.argv[1])).__enter__(); "
        "print(running.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "spool")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.send_signal(signal.SIGKILL)
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_only_the_named_users_may_use_the_port(tmp_path: Path) -> None:
    with Server(answer(ok())) as server:
        for number, (uids, refused) in enumerate([({os.getuid()}, False), ({os.getuid() + 12345}, True)]):
            folder = tmp_path / str(number)
            with relay(folder, server.key, client_uids=frozenset(uids)) as running:
                assert Client(running).fails(f"http://{server.key}/") is refused
                assert len(running.finish().exchanges) == (0 if refused else 1)


def test_a_body_that_repeats_a_secret_is_reported(tmp_path: Path) -> None:
    secret = b"PLANTED-SECRET"
    pages = {
        b"/login": ok(b"x", f"Set-Cookie: sid={secret.decode()}"),
        b"/plain": ok(b"." * 300_000 + secret),
        b"/gzip": ok(gzip.compress(b"..." + secret), "Content-Encoding: gzip"),
        b"/br": ok(brotli.compress(b"..." + secret), "Content-Encoding: br"),
        b"/clean": ok(b"nothing here"),
        b"/bomb": ok(gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip"),
    }

    def serve(sock: socket.socket, head: bytes) -> None:
        sock.sendall(pages[head.split(b" ")[1]])

    with Server(serve) as server, relay(tmp_path, server.key) as running:
        for path in pages:
            Client(running).request(f"http://{server.key}{path.decode()}")
        recording = running.finish()
    urls = [exchange.url for exchange in recording.exchanges if exchange.id in recording.secrets_in]
    assert [url.rpartition("/")[2] for url in urls] == ["plain", "gzip", "br"]
    assert recording.secrets_searched


def test_a_killed_relay_is_an_error_and_leaves_its_record(tmp_path: Path) -> None:
    with Server(answer(ok())) as server, relay(tmp_path, server.key) as running:
        Client(running).request(f"http://{server.key}/")
        until(lambda: running.read().exchanges)
        os.kill(running.pid, signal.SIGKILL)
        with pytest.raises(RelayStoppedError):
            running.finish()
        assert only(running.read()).status == 200
        with pytest.raises(RelayStoppedError):
            running.fetch(f"http://{server.key}/")


@pytest.mark.parametrize("size", [200_000, 0])
def test_a_full_disk_ends_the_relay_and_says_so(tmp_path: Path, size: int) -> None:
    with Server(answer(ok(b"x" * 1_000_000))) as server, relay(tmp_path, server.key) as running:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, size))
        assert Client(running).fails(f"http://{server.key}/")
        with pytest.raises(DiskFullError) as caught:
            running.finish()
        running.read()
    assert "磁盘" in caught.value.message("zh")


def test_a_spool_serves_one_relay_only(tmp_path: Path) -> None:
    with relay(tmp_path) as running:
        running.finish()
    with pytest.raises(Exception, match=r"records\.jsonl"), relay(tmp_path):
        pass


def test_trust_roots_that_cannot_be_read_are_refused_before_the_start(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense", encoding="ascii")
    for name in (str(bad), str(tmp_path / "missing.pem")):
        with pytest.raises(RequestRefusedError), relay(tmp_path, extra_roots=(name,)):
            pass
    assert not (tmp_path / "spool").exists()


def test_a_spool_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"")
    with pytest.raises(DiskFullError), relay(tmp_path):
        pass
