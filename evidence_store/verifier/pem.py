"""Certificates in PEM files (RFC 7468), read and written."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.x509 import Certificate

_PEM_BEGIN, _PEM_END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
_MOST_PEM = 32


def read_certificates(pem: bytes) -> list[Certificate]:
    """Read every certificate of a PEM file; text between the blocks is ignored.

    Raises:
        ProblemError: On a damaged block or more than 32 certificates.
    """
    found: list[Certificate] = []
    pieces = pem.replace(b"\r\n", b"\n").split(_PEM_BEGIN)[1:]
    if len(pieces) > _MOST_PEM:
        raise ProblemError("证书过多", "too many certificates")
    for piece in pieces:
        body, mark, _ = piece.partition(_PEM_END.rstrip())
        try:
            found.append(Certificate(a2b_base64(b"".join(body.split())) if mark else b""))
        except Error:
            raise ProblemError("PEM 证书损坏", "damaged PEM certificate") from None
    return found


def write_certificates(certificates: list[Certificate]) -> bytes:
    """Write certificates as PEM: base64 in lines of 64, nothing between the blocks."""
    out = []
    for certificate in certificates:
        text = b2a_base64(certificate.raw, newline=False)
        lines = [text[at : at + 64] + b"\n" for at in range(0, len(text), 64)]
        out.append(_PEM_BEGIN + b"".join(lines) + _PEM_END)
    return b"".join(out)
