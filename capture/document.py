"""Which of the recorded exchanges was the page itself: pure rules over a recording."""

from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from capture.errors import BadUrlError
from capture.hosts import normalise_host
from capture.relay_model import Connection, Exchange, Recording

REDIRECTS_MOST = 20  # Chromium gives up after as many
_REDIRECTS = range(300, 400)  # RFC 9110 §15.4


def document_chain(recording: Recording, url: str) -> list[Exchange]:
    """Return the exchanges of the address asked for: each redirect and at last what it led to.

    A fresh context asks for the page before anything else, so the first exchange begins the chain even when its
    address is spelled otherwise than a person did.
    """
    start = next((exchange for exchange in recording.exchanges if same_address(exchange.url, url)), None)
    chain = [start] if start is not None else list(recording.exchanges[:1])
    for exchange in recording.exchanges:
        if not chain or exchange.id <= chain[-1].id:
            continue
        location = chain[-1].header("location")
        if chain[-1].status not in _REDIRECTS or not location or len(chain) > REDIRECTS_MOST:
            break
        if same_address(exchange.url, urljoin(chain[-1].url, _as_text(location))):
            chain.append(exchange)
    return chain


def document(recording: Recording, url: str, url_final: str) -> Exchange | None:
    """Return the exchange that brought what was shown in the end.

    Args:
        recording: What the relay saw.
        url: Address asked for.
        url_final: Address shown; a page that moved on by script is found by it, one that only rewrote its address
            is the end of the redirect chain.
    """
    chain = document_chain(recording, url)
    if url_final and not (chain and same_address(chain[-1].url, url_final)):
        moved = [e for e in recording.exchanges if e.method == "GET" and e.status and same_address(e.url, url_final)]
        pages = [e for e in moved if e.header("content-type").lower().startswith(("text/html", "application/xhtml"))]
        if pages:
            return pages[-1]
    return chain[-1] if chain else None


def document_connection(recording: Recording, url: str, url_final: str = "") -> Connection | None:
    """Return the connection that carried the page, or the one that failed to."""
    exchange = document(recording, url, url_final)
    if exchange is not None and exchange.connection_id:
        return recording.connection(exchange.connection_id)
    host = host_of(exchange.url if exchange is not None else url)
    return next((c for c in reversed(recording.connections) if c.host == host), None)


def same_address(one: str, other: str) -> bool:
    """Whether two spellings name the same address: escapes, letter case of the host, default port, fragment."""
    return _plain(one) == _plain(other)


def _plain(url: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(urldefrag(url).url)
        port = {("http", 80): "", ("https", 443): ""}.get(
            (parts.scheme.lower(), parts.port or 0), str(parts.port or "")
        )
    except ValueError:
        return "", url, "", ""
    return parts.scheme.lower(), f"{host_of(url)}:{port}", unquote(parts.path or "/"), unquote(parts.query)


def host_of(url: str) -> str:
    """Return the host of a URL as browsers send it, or "" when it has none."""
    try:
        host = urlsplit(url).hostname or ""
        return normalise_host(f"[{host}]" if ":" in host else host).strip("[]")
    except (ValueError, BadUrlError):
        return ""


def _as_text(location: str) -> str:
    """Return a Location field as text: header octets are read as Latin-1, but servers send UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
