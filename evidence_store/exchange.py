"""One HTTP exchange with an authority: bounded in time and size, every failure one of ours."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

from evidence_store.errors import FactsRefusedError
from evidence_store.failures import AuthorityRefusedError, AuthorityUnreachableError

TIMEOUT: Final = 15.0
_PATIENCE: Final = 2
"""The whole exchange may take this many times the timeout of one read."""


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be asked.

    Raises:
        FactsRefusedError: Not http:// or https://, without a host, or with a password in it.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise FactsRefusedError(f"{url}: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise FactsRefusedError(f"{url}: an authority's address is http:// or https://")
    return parts


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def exchange(
    url: str, body: bytes | None, headers: Mapping[str, str], *, most: int, timeout: float = TIMEOUT, name: str = ""
) -> bytes:
    """POST a body (GET without one) and return the answer, cut one byte after `most`.

    Args:
        url: Where, as `check_url` allows it.
        body: What to post; None gets.
        headers: To send.
        most: Longest answer that is of use.
        timeout: Seconds to wait for connecting and for each read; the whole exchange may take twice as long.
        name: Who is asked, for messages.

    Raises:
        AuthorityUnreachableError: No answer, or 5xx.
        AuthorityRefusedError: Any other answer than 200.
    """
    parts, asked = check_url(url), name or url
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = maker(str(parts.hostname), parts.port, timeout=timeout)
    limit = Timer(_PATIENCE * timeout, _hang_up, [connection])  # a server may drip for ever
    limit.daemon = True
    limit.start()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET" if body is None else "POST", target, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        data = answer.read(most + 1)
    except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
        raise AuthorityUnreachableError(f"{asked}: {error}") from error
    finally:
        limit.cancel()
        connection.close()
    if answer.status >= http.client.INTERNAL_SERVER_ERROR:
        raise AuthorityUnreachableError(f"{asked}: HTTP {answer.status}")
    if answer.status != http.client.OK:
        raise AuthorityRefusedError(f"{asked}: HTTP {answer.status}")
    return data
