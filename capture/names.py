"""Asking several resolvers for the page's name, beside the system's own: a mismatch is flagged, never hidden.

Large sites answer differently by place, so answers that have nothing in common are no proof of a hijacked name; they
are listed, and the server's certificate decides.
"""

import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

DNS_PORT = 53
WAIT_SECONDS = 3.0
State = Literal["agreed", "differs", "unreachable", "skipped", "not_applicable"]


@dataclass(frozen=True)
class NameAnswer:
    """What one resolver said: its addresses, or why there are none."""

    resolver: str
    addresses: tuple[str, ...] = ()
    error: str = ""


def ask(resolver: str, host: str, seconds: float = WAIT_SECONDS) -> NameAnswer:
    """Ask one resolver for the IPv4 and IPv6 addresses of a name (RFC 1035, over UDP, TCP when cut short).

    Args:
        resolver: IP address, or "address:port" (IPv6 in brackets).
        host: Name as sent in a query.
        seconds: Longest wait for each answer.
    """
    try:
        parts = urlsplit(f"//{resolver}")
        address, port = parts.hostname or "", parts.port or DNS_PORT
        found: list[str] = []
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            query = dns.message.make_query(host, kind)
            answer, _ = dns.query.udp_with_fallback(query, address, timeout=seconds, port=port)
            found += [item.address for rrset in answer.answer for item in rrset if item.rdtype == kind]
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return NameAnswer(resolver, error=f"{type(error).__name__}: {error}"[:200])
    return NameAnswer(resolver, tuple(sorted(set(found))))


def ask_all(resolvers: Sequence[str], url: str) -> dict[str, Any]:
    """Ask every resolver at once and compare.

    Returns:
        `state`, `host`, `system` (the system resolver's addresses) and `answers`, one for each resolver.
    """
    host = urlsplit(url).hostname or ""
    if _is_address(host) or not host:
        return {"state": "not_applicable", "host": host, "system": [], "answers": []}
    if not resolvers:
        return {"state": "skipped", "host": host, "system": [], "answers": []}
    with ThreadPoolExecutor(len(resolvers)) as pool:
        answers = list(pool.map(lambda resolver: ask(resolver, host), resolvers))
    system = _system(host)
    return {"state": state_of(answers, system), "host": host, "system": system, "answers": [asdict(a) for a in answers]}


def state_of(answers: Sequence[NameAnswer], system: Sequence[str]) -> State:
    """Say whether the answers have an address in common with what this machine was told."""
    heard = [set(answer.addresses) for answer in answers if answer.addresses]
    if not heard:
        return "unreachable"
    return "agreed" if all(addresses & set(system) for addresses in heard) else "differs"


def _system(host: str) -> list[str]:
    try:
        return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
