"""Real loopback servers, a real certificate authority and a plain client through the relay."""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from capture.guard import RelayPolicy
from capture.models import Limits
from capture.relay import Relay

Serve = Callable[[socket.socket, bytes], None]


class Authority:
    """A certificate authority that also makes the bad certificates."""

    def __init__(self, folder: Path, name: str = "Netkit test authority") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, self.name, self.key, ca=True)
        self.root = folder / "root.pem"
        self.root.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server(
        self, *hosts: str, expired: bool = False, self_signed: bool = False, with_root: bool = False
    ) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        issuer, signer = (subject, key) if self_signed else (self.name, self.key)
        certificate = self._sign(subject, key, issuer, signer, hosts=hosts, expired=expired)
        path = self.folder / f"{abs(hash((hosts, expired, self_signed, with_root)))}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
            + (self.certificate.public_bytes(serialization.Encoding.PEM) if with_root else b"")
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Name,
        signer: ec.EllipticCurvePrivateKey,
        *,
        hosts: tuple[str, ...] = (),
        expired: bool = False,
        ca: bool = False,
    ) -> x509.Certificate:
        start = datetime.now(UTC) - timedelta(days=30)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=10 if expired else 60))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if hosts:
            names: list[x509.GeneralName] = []
            for host in hosts:
                try:
                    names.append(x509.IPAddress(ipaddress.ip_address(host)))
                except ValueError:
                    names.append(x509.DNSName(host))
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())


class Server:
    """A TCP or TLS server on loopback; `serve` gets each connection and the request head it read."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listener.getsockname()[1])
        self.heads: list[bytes] = []
        self.connections = 0

    @property
    def key(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(sock,), daemon=True).start()

    def _one(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(20)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                while head := read_until(sock, b"\r\n\r\n"):
                    self.heads.append(head)
                    self._serve(sock, head)


def read_until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        octet = sock.recv(1)
        if not octet:
            return b""
        data += octet
    return data


def read_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (block := sock.recv(size - len(data))):
        data += block
    return data


def answer(raw: bytes) -> Serve:
    """Serve the same octets for every request."""

    def serve(sock: socket.socket, _head: bytes) -> None:
        sock.sendall(raw)

    return serve


def ok(body: bytes = b"hello", *fields: str) -> bytes:
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields, "", "")
    return "\r\n".join(lines).encode("latin-1") + body


def content_length(head: bytes) -> int:
    match = re.search(rb"(?i)content-length: *(\d+)", head)
    return int(match[1]) if match else 0


@dataclass
class Reply:
    """What the client got."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Client:
    """A plain HTTP client that speaks through a relay and trusts the relay's root."""

    relay: Relay
    context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self.context = ssl.create_default_context(cadata=self.relay.root_pem)

    def open(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(url)
        proxy = urlsplit(self.relay.proxy_server)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme == "https":
            secure = http.client.HTTPSConnection(str(proxy.hostname), proxy.port, timeout=20, context=self.context)
            secure.set_tunnel(str(parts.hostname), parts.port or 443)
            return secure, path
        return http.client.HTTPConnection(str(proxy.hostname), proxy.port, timeout=20), url

    def request(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        connection, target = self.open(url)
        try:
            connection.request(method, target, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def fails(self, url: str) -> bool:
        """Tell whether the client sees a network error, not an answer."""
        try:
            self.request(url)
        except (OSError, http.client.HTTPException):
            return True
        return False


@contextlib.contextmanager
def relay(folder: Path, *allow: str, **policy: object) -> Iterator[Relay]:
    """Start a relay that may reach the given "host:port" targets."""
    limits = policy.pop("limits", Limits())
    made = RelayPolicy(allow_hosts=frozenset(allow), limits=limits, **policy)  # type: ignore[arg-type]  test shorthand
    with Relay(made, folder / "spool") as started:
        yield started
