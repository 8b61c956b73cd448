"""Revocation lists, fetched when a token arrives: years later their addresses may be gone."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Final

from evidence_store.errors import FactsRefusedError
from evidence_store.exchange import exchange
from evidence_store.failures import StampError
from evidence_store.verifier.der import SEQUENCE, read_der
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.revocation import RevocationList
from evidence_store.verifier.x509 import Certificate

Fetch = Callable[[str], bytes]
"""Port: address → DER of the list. Raises `StampError` without an answer."""

_POINTS: Final = "2.5.29.31"
_FULL_NAME, _URI = 0xA0, 0x86
_MOST_LIST: Final = 2 << 20
_MOST_TRIED: Final = 2
_TIMEOUT: Final = 4.0
"""Shorter than that of a stamp: a seal waits for the stamp, a list that is late is only missed."""


def fetch_list(url: str, *, timeout: float = _TIMEOUT) -> bytes:
    """Get a revocation list by HTTP.

    Raises:
        StampError: No answer, or another one than a list.
        FactsRefusedError: Not an address that may be asked.
    """
    return exchange(url, None, {}, most=_MOST_LIST, timeout=timeout)


def list_addresses(certificate: Certificate) -> list[str]:
    """Return the HTTP addresses a certificate names for the list it would be on; none when it names none."""
    raw = certificate.extensions.get(_POINTS)
    found = []
    try:
        for point in [] if raw is None else read_der(raw).items(SEQUENCE, 1, 16):
            for name in [part for part in point.children if part.tag == _FULL_NAME]:
                full = name.items(_FULL_NAME, 1, 1)[0]
                found += [one.body.decode("ascii") for one in full.children if one.tag == _URI]
    except (ProblemError, UnicodeDecodeError):
        return []
    return [url for url in found if url.startswith(("http://", "https://"))][:_MOST_TRIED]


def collect_lists(chain: Sequence[Certificate], fetch: Fetch) -> bytes:
    """Return the current lists for a chain as PEM, in its order; what cannot be fetched or read is left out.

    Args:
        chain: Signer first, root last; the addresses are those of certificates that lead to a trusted root.
        fetch: The port to the network.
    """
    blocks: list[bytes] = []
    for certificate in chain[:-1]:
        for url in list_addresses(certificate):
            try:
                raw = fetch(url)
                if RevocationList(raw).issuer != certificate.issuer:
                    continue
            except (StampError, FactsRefusedError, ProblemError):
                continue
            block = _pem(raw)
            if block not in blocks:
                blocks.append(block)
            break
    return b"".join(blocks)


def _pem(raw: bytes) -> bytes:
    text = b64encode(raw)
    lines = [text[at : at + 64] + b"\n" for at in range(0, len(text), 64)]
    return b"-----BEGIN X509 CRL-----\n" + b"".join(lines) + b"-----END X509 CRL-----\n"
