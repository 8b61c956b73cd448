"""A loopback site over TLS that makes a browser send every kind of request (CAPTURE: the request kinds)."""

import base64
import gzip
import hashlib
import re
import socket
import struct
import zlib

import brotli

from tests.capture.netkit import content_length, read_exactly

STREAM_BYTES = 20 * 1024 * 1024


def png(red: int) -> bytes:
    row = b"\0" + bytes((red, 0, 0)) * 8
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 8)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


PAGE = """<!doctype html><meta charset="utf-8"><title>kinds</title><link rel="icon" href="/icon.png">
<img src="/image.png"><img src="/redirect.png"><iframe src="https://b.test/frame"></iframe><iframe name="t"></iframe>
<script src="/gzip.js"></script><script src="/brotli.js"></script><video src="/video.webm" preload="auto"></video>
<form id="f" method="post" action="/form" target="t"><input name="q" value="辨诬"></form>
<script>
const text = (url, options) => fetch(url, options).then((r) => r.text());
async function all() {
  await text("/etag.png"); await text("/etag.png", {cache: "no-cache"});
  await text("https://b.test/cors", {method: "PUT", body: "put-body", headers: {"X-Own": "1"}});
  document.getElementById("f").submit();
  navigator.sendBeacon("/beacon", "beacon-body");
  await fetch("/none");
  await text("/keepalive", {keepalive: true});
  await new Promise((done) => { const w = new Worker("/worker.js"); w.onmessage = done; });
  const stop = new AbortController();
  const slow = await fetch("/endless", {signal: stop.signal});
  await slow.body.getReader().read(); stop.abort();
  const body = await (await fetch("/stream")).arrayBuffer();
  if (body.byteLength !== 20971520) throw new Error("stream " + body.byteLength);
  await new Promise((done) => {
    const ws = new WebSocket("wss://a.test/ws");
    ws.onopen = () => ws.send("你好"); ws.onmessage = () => { ws.close(); done(); };
  });
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  await new Promise((done) => {
    if (navigator.serviceWorker.controller) done(); else navigator.serviceWorker.oncontrollerchange = done;
  });
  await text("/through-worker"); await text("/cached-by-worker");
}
all().then(() => { document.title = "done"; }, (error) => { document.title = "failed " + error; });
</script>"""
SERVICE_WORKER = """
self.oninstall = (e) => e.waitUntil(caches.open("c").then((c) => c.add("/cached-by-worker")).then(() => skipWaiting()));
self.onactivate = (e) => e.waitUntil(clients.claim());
self.onfetch = (e) => e.respondWith(caches.match(e.request).then((hit) => hit || fetch(e.request)));
"""
WORKER = 'fetch("/from-worker").then((r) => r.text()).then(() => postMessage(1));'

Answer = tuple[str, str, bytes]
ANSWERS: dict[str, Answer] = {
    "/": ("200 OK", "Content-Type: text/html", PAGE.encode()),
    "/icon.png": ("200 OK", "Content-Type: image/png", png(1)),
    "/image.png": ("200 OK", "Content-Type: image/png", png(2)),
    "/redirect.png": ("302 Found", "Location: /target.png", b"moved"),
    "/target.png": ("200 OK", "Content-Type: image/png", png(3)),
    "/gzip.js": (
        "200 OK",
        "Content-Type: text/javascript\r\nContent-Encoding: gzip",
        gzip.compress(b"window.g=1;" * 99, mtime=0),
    ),
    "/brotli.js": (
        "200 OK",
        "Content-Type: text/javascript\r\nContent-Encoding: br",
        brotli.compress(b"window.b=1;" * 99),
    ),
    "/frame": ("200 OK", "Content-Type: text/html", b"<img src='/inside.png'>"),
    "/inside.png": ("200 OK", "Content-Type: image/png", png(4)),
    "/form": ("200 OK", "Content-Type: text/html", b"thanks"),
    "/beacon": ("200 OK", "Content-Type: text/plain", b"noted"),
    "/none": ("204 No Content", "X-None: 1", b""),
    "/keepalive": ("200 OK", "Content-Type: text/plain", b"kept"),
    "/worker.js": ("200 OK", "Content-Type: text/javascript", WORKER.encode()),
    "/from-worker": ("200 OK", "Content-Type: text/plain", b"worked"),
    "/sw.js": ("200 OK", "Content-Type: text/javascript", SERVICE_WORKER.encode()),
    "/cached-by-worker": ("200 OK", "Content-Type: text/plain", b"cached"),
    "/through-worker": ("200 OK", "Content-Type: text/plain", b"through"),
}
VIDEO = b"\x1a\x45\xdf\xa3" + b"v" * 5000
CORS = (
    "Access-Control-Allow-Origin: https://a.test\r\nAccess-Control-Allow-Methods: PUT\r\n"
    "Access-Control-Allow-Headers: x-own"
)


def serve(sock: socket.socket, head: bytes) -> None:
    """Answer one request."""
    method, path, _ = head.decode("latin-1").split(" ", 2)
    read_exactly(sock, content_length(head))
    if path == "/ws":
        _websocket(sock, head)
    elif path == "/endless":
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntick\r\n")
        while sock.recv(1):
            pass
    elif path == "/stream":
        sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {STREAM_BYTES}\r\n\r\n".encode())
        for number in range(STREAM_BYTES // 65536):
            sock.sendall(bytes((number % 251,)) * 65536)
    else:
        status, fields, body = _answer(method, path, head)
        bare = status.startswith(("204", "304"))
        length = "" if bare else f"Content-Length: {len(body)}\r\n"
        sock.sendall(f"HTTP/1.1 {status}\r\n{fields}\r\n{length}\r\n".encode() + (b"" if bare else body))


def _answer(method: str, path: str, head: bytes) -> Answer:
    if path == "/etag.png":
        fresh = b'if-none-match: "e1"' in head.lower()
        fields = 'ETag: "e1"\r\nCache-Control: max-age=0\r\nContent-Type: image/png'
        return ("304 Not Modified" if fresh else "200 OK", fields, png(5))
    if path == "/cors":
        return ("204 No Content" if method == "OPTIONS" else "200 OK", CORS, b"put")
    if path == "/video.webm":
        size = len(VIDEO)
        return ("206 Partial Content", f"Content-Type: video/webm\r\nContent-Range: bytes 0-{size - 1}/{size}", VIDEO)
    return ANSWERS.get(path, ("404 Not Found", "X-Missing: 1", b"missing"))


def _websocket(sock: socket.socket, head: bytes) -> None:
    match = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    key = match[1] if match else b""
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()  # noqa: S324  RFC 6455 §1.3
    sock.sendall(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    sock.recv(100)
    sock.sendall(b"\x81\x04echo")
    sock.recv(100)
