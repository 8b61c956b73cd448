"""Time-stamp requests written by hand (RFC 3161 §2.4.1): those no library writes, of SM3 or with a nonce we choose."""

import secrets
from dataclasses import dataclass
from typing import Final

from evidence_store.errors import TokenFormatError
from evidence_store.verifier.der import OID, SEQUENCE, read_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.problem import ProblemError

_OIDS: Final = {
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
    "sm3": bytes.fromhex("06082a811ccf55018311"),
}
_LONG: Final = 0x80
_GRANTED: Final = bytes.fromhex("3003020100")


@dataclass(frozen=True, slots=True)
class TimestampQuery:
    """A request: its DER, the digest it asks about and its nonce."""

    der: bytes
    imprint: bytes
    nonce: int | None


def make_query(data: bytes, name: str = "sha256", *, nonce: int | None = -1) -> TimestampQuery:
    """Return a request for a stamp over `data` that asks for the certificate.

    Args:
        data: What to stamp.
        name: Digest of the imprint.
        nonce: A given nonce, None for none; a fresh one otherwise.

    Raises:
        TokenFormatError: A digest no request is made with.
    """
    if name not in _OIDS:
        raise TokenFormatError(f"no request with {name}")
    chosen = secrets.randbits(63) | 1 if nonce == -1 else nonce
    imprint = digest(name, data)
    parts = _tlv(0x02, b"\x01") + _tlv(0x30, _tlv(0x30, _OIDS[name] + b"\x05\x00") + _tlv(0x04, imprint))
    if chosen is not None:
        parts += _tlv(0x02, chosen.to_bytes(chosen.bit_length() // 8 + 1, "big", signed=True))
    return TimestampQuery(_tlv(0x30, parts + b"\x01\x01\xff"), imprint, chosen)


def as_response(der: bytes) -> bytes:
    """Return a whole TimeStampResp, also for a bare token as portals hand out: the status it was granted with."""
    try:
        first = read_der(der).expect(SEQUENCE).children[:1]
    except ProblemError:
        return der
    return _tlv(0x30, _GRANTED + der) if first and first[0].tag == OID else der


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < _LONG:
        return bytes((tag, size)) + body
    count = (size.bit_length() + 7) // 8
    return bytes((tag, _LONG | count)) + size.to_bytes(count, "big") + body
