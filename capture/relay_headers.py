"""Which header fields go on to the other side: everything except what belongs to one hop (RFC 9110 §7.6.1)."""

from dataclasses import dataclass

from capture.guard import DEFAULT_PORTS, Target
from capture.relay_http import Framing, RequestHead, ResponseHead, field_values, has_token
from capture.relay_model import Headers

# Codings every replay tool can read; zstd and shared dictionaries are not asked for.
CODINGS = "gzip, br"
_OFFERS = frozenset(("gzip", "br", "deflate", "zstd", "dcb", "dcz", "*", "x-gzip"))
_HOP = frozenset(("connection", "proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization", "expect"))
_DOWN_HOP = frozenset(("connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"))


@dataclass(frozen=True)
class Sent:
    """What goes to the server.

    Attributes:
        headers: Fields in the browser's order.
        accept_encoding: The browser's own offer when it was narrowed, else "".
        upgrade: Whether it asks for a WebSocket.
    """

    headers: Headers
    accept_encoding: str
    upgrade: bool


def server_headers(head: RequestHead, target: Target, framing: Framing) -> Sent:
    """Return the fields that go up.

    Args:
        head: What the browser sent.
        target: The server, for a missing Host field.
        framing: Where the request's body ends.
    """
    upgrade = has_token(head.headers, "connection", "upgrade") and has_token(head.headers, "upgrade", "websocket")
    listed = {item.strip().lower() for value in field_values(head.headers, "connection") for item in value.split(",")}
    dropped = _HOP | (listed - {"upgrade", "cookie", "host", "content-length", "transfer-encoding"})
    if framing.kind == "chunked":
        dropped |= {"content-length"}
    kept: list[tuple[str, str]] = []
    offered = ""
    for name, value in head.headers:
        key = name.lower()
        if key == "accept-encoding" and (narrowed := narrow(value)) != value:
            offered = value
            kept.append((name, narrowed))
        elif key not in dropped and not (upgrade and key == "sec-websocket-extensions"):
            kept.append((name, value))
    if not field_values(head.headers, "host"):
        kept.insert(0, ("Host", host_field(target)))
    kept += [("Connection", "Upgrade"), ("Upgrade", "websocket")] if upgrade else [("Connection", "keep-alive")]
    return Sent(tuple(kept), offered, upgrade)


def narrow(value: str) -> str:
    """Return the Accept-Encoding to send: gzip and br where the browser offers any compression.

    An offer of "identity" alone stays, as media players send it with byte ranges.
    """
    names = {item.partition(";")[0].strip().lower() for item in value.split(",") if not _refused(item)}
    return CODINGS if names & _OFFERS else value


def _refused(item: str) -> bool:
    weight = item.partition(";")[2].replace(" ", "").lower()
    return weight in ("q=0", "q=0.0", "q=0.00", "q=0.000")


def client_headers(response: ResponseHead, framing: Framing, *, close: bool) -> Headers:
    """Return the fields that go down.

    Args:
        response: What the server sent.
        framing: Where its body ends.
        close: Whether the relay will close the browser's connection after it.
    """
    dropped = _DOWN_HOP | ({"content-length"} if framing.kind in ("chunked", "close") else frozenset())
    kept = [(name, value) for name, value in response.headers if name.lower() not in dropped]
    if framing.kind == "chunked" and not close:
        kept.append(("Transfer-Encoding", "chunked"))
    if close:
        kept.append(("Connection", "close"))
    return tuple(kept)


def upgrade_headers(response: ResponseHead) -> Headers:
    """Return the fields of a 101 answer, which keep Connection and Upgrade."""
    return response.headers


def server_keeps_alive(response: ResponseHead, framing: Framing) -> bool:
    """Tell whether the server connection can carry another request."""
    if framing.kind == "close" or has_token(response.headers, "connection", "close"):
        return False
    if field_values(response.headers, "transfer-encoding") and field_values(response.headers, "content-length"):
        return False  # RFC 9112 §6.3: such a message may be an attempt at smuggling
    return response.version != "HTTP/1.0" or has_token(response.headers, "connection", "keep-alive")


def client_keeps_alive(head: RequestHead) -> bool:
    """Tell whether the browser will send another request on its connection."""
    if has_token(head.headers, "connection", "close") or has_token(head.headers, "proxy-connection", "close"):
        return False
    return head.version == "HTTP/1.1"


def host_field(target: Target) -> str:
    """Return the Host field for a target."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if DEFAULT_PORTS.get(target.scheme) == target.port else f"{host}:{target.port}"
