"""Tunnels through a witness relay on another machine, and the receipt it gives for them."""

import asyncio
import contextlib
import ipaddress
import socket

from capture.errors import BadExchangeError, BadUrlError, ConnectionFailedError
from capture.guard import RelayPolicy, Target
from capture.hosts import split_authority
from capture.relay_http import MAX_HEAD, field_values, parse_response
from capture.relay_model import Connection, now

CONNECT_SECONDS = 20.0
RECEIPT_MOST = 4 * 1024 * 1024
_OK = 200
_PORT = 8439


async def dial_through(policy: RelayPolicy, target: Target, facts: Connection) -> socket.socket:
    """Open a tunnel to `target` through the policy's witness; fills in where it says it connected to.

    Raises:
        ConnectionFailedError: The witness does not answer, or refuses.
    """
    host = f"[{target.host}]" if ":" in target.host else target.host
    head = f"CONNECT {host}:{target.port} HTTP/1.1\r\nHost: {host}:{target.port}\r\n"
    head += f"Proxy-Authorization: Bearer {policy.witness_token}\r\nBianwu-Session: {policy.witness_session}\r\n\r\n"
    sock = await _dial(policy.witness)
    with contextlib.ExitStack() as undo:
        undo.callback(sock.close)
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, policy.head_seconds)):
                await asyncio.get_running_loop().sock_sendall(sock, head.encode("ascii"))
                answer, rest = await _read(sock)
            _note_connected(answer, rest, facts)
        except (OSError, ValueError, BadExchangeError) as error:  # TimeoutError is an OSError
            raise ConnectionFailedError(f"{policy.witness}: {error}") from error
        undo.pop_all()
    return sock


def _note_connected(answer: bytes, rest: bytes, facts: Connection) -> None:
    response = parse_response(answer)
    told = next(iter(field_values(response.headers, "bianwu-connected")), "")
    ip, _, port = told.partition(" ")
    if response.status != _OK or rest or not port.isdecimal():
        raise BadExchangeError(f"{response.status} {rest[:200].decode(errors='replace')}")
    facts.ip, facts.ip_port, facts.connected = str(ipaddress.ip_address(ip)), int(port), now()


async def fetch_receipt(policy: RelayPolicy) -> str:
    """Ask the witness for its receipt, which ends the session.

    Raises:
        ConnectionFailedError: It gives none.
    """
    head = f"GET /receipt/{policy.witness_session} HTTP/1.1\r\nAuthorization: Bearer {policy.witness_token}\r\n\r\n"
    sock = await _dial(policy.witness)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.sock_sendall(sock, head.encode("ascii"))
            answer, body = await _read(sock)
            while block := await loop.sock_recv(sock, MAX_HEAD):
                body = (body + block)[: RECEIPT_MOST + 1]
        return _receipt_in(answer, body)
    except (OSError, ValueError, BadExchangeError) as error:
        raise ConnectionFailedError(f"{policy.witness}: {error}") from error
    finally:
        sock.close()


def _receipt_in(answer: bytes, body: bytes) -> str:
    status = parse_response(answer).status
    if status != _OK or len(body) > RECEIPT_MOST:
        raise BadExchangeError(f"{status} {body[:200].decode(errors='replace')}")
    return body.decode("utf-8")


async def _dial(address: str) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = None
    try:
        host, port = split_authority(address, _PORT)
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            sock = socket.socket(found[0][0], socket.SOCK_STREAM)
            sock.settimeout(0)
            await loop.sock_connect(sock, found[0][4])
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, BadUrlError) as error:
        if sock is not None:
            sock.close()
        raise ConnectionFailedError(f"{address}: {error}") from error
    return sock


async def _read(sock: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an answer and what came after it."""
    raw, loop = b"", asyncio.get_running_loop()
    while b"\r\n\r\n" not in raw:
        block = await loop.sock_recv(sock, 4096)
        if not block or len(raw) > MAX_HEAD:
            raise BadExchangeError("no answer")
        raw += block
    head, _, rest = raw.partition(b"\r\n\r\n")
    return head, rest
