"""Certificate revocation lists (RFC 5280 section 5) and what they mean for a timestamp (RFC 3161 section 4)."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from binascii import Error, a2b_base64

from evidence_store.verifier.der import BOOLEAN, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME, Node, bad_der, read_der
from evidence_store.verifier.instants import asn1_time, show_time
from evidence_store.verifier.keys import PublicKey, signature_holds
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.x509 import Certificate

MAX_LISTS = 4 << 20
_MOST_LISTS = 8
_MOST_REVOKED = 100_000
_CRL_SIGN = 1 << 6
_REASON, _SCOPE = "2.5.29.21", "2.5.29.28"
_ENUMERATED = 0x0A
_LIST_BEGIN, _LIST_END = b"-----BEGIN X509 CRL-----\n", b"-----END X509 CRL-----"
# Revoked for one of these, what was signed before stays valid: unspecified, affiliation changed, superseded, ceased.
_HARMLESS_REASONS = (0, 3, 4, 5)
_REMOVED = 8


class RevocationList:
    """One list, strictly parsed; its signature is checked by `check_revocation`.

    Attributes:
        raw: The DER.
        issuer: DER of the issuer's name.
        this_update: When it was made, microseconds; ``next_update`` when the next one comes, or None.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        tbs, self.algorithm, signature = read_der(raw).items(SEQUENCE, 3, 3)
        self.tbs, self.signature = tbs.raw, signature.bits()
        fields = list(tbs.items(SEQUENCE, 3, 7))
        if fields[0].tag == INTEGER and fields.pop(0).integer() != 1:
            raise bad_der("unknown version of a revocation list")
        if fields.pop(0).raw != self.algorithm.raw:
            raise bad_der("the two signature algorithms of a revocation list differ")
        self.issuer, self.this_update = fields.pop(0).expect(SEQUENCE).raw, asn1_time(fields.pop(0))
        self.next_update: int | None = None
        if fields and fields[0].tag in (UTC_TIME, GENERALIZED_TIME):
            self.next_update = asn1_time(fields.pop(0))
        self._entries: list[Node] = []
        if fields and fields[0].tag == SEQUENCE:
            self._entries = fields.pop(0).items(SEQUENCE, 0, _MOST_REVOKED)
        self._extensions: dict[str, tuple[bool, bytes]] = {}
        if fields:
            self._extensions = _extensions(fields.pop(0).items(0xA0, 1, 1)[0])
        if fields:
            raise bad_der("unknown field in a revocation list")

    def covers(self, certificate: Certificate) -> bool:
        """Tell whether the list speaks about certificates like this one, whole and by itself."""
        unknown = {oid for oid, (critical, _) in self._extensions.items() if critical} - {_SCOPE}
        if unknown:  # a delta, or something newer than this verifier
            return False
        if _SCOPE not in self._extensions:
            return True
        parts = {part.tag: part.body for part in read_der(self._extensions[_SCOPE][1]).items(SEQUENCE, 0, 6)}
        authority = certificate.basic[0]
        if parts.get(0x81) == b"\xff" and authority:
            return False
        if parts.get(0x82) == b"\xff" and not authority:
            return False
        return set(parts) <= {0xA0, 0x81, 0x82}  # neither for some reasons alone nor of other issuers

    def find(self, serial: int) -> tuple[int, int | None] | None:
        """Return (when, reason or None) the certificate with that number was revoked, or None."""
        for entry in self._entries:
            parts = entry.items(SEQUENCE, 2, 3)
            if parts[0].integer() != serial:
                continue
            found = _extensions(parts[2]) if len(parts) == 3 else {}
            if any(critical for oid, (critical, _) in found.items() if oid != _REASON):
                raise bad_der("a revocation with an unknown critical extension")
            reason = (
                int.from_bytes(read_der(found[_REASON][1]).expect(_ENUMERATED).body, "big")
                if _REASON in found
                else None
            )
            return asn1_time(parts[1]), reason
        return None


def _extensions(node: Node) -> dict[str, tuple[bool, bytes]]:
    found: dict[str, tuple[bool, bytes]] = {}
    for extension in node.items(SEQUENCE, 1, 64):
        parts = extension.items(SEQUENCE, 2, 3)
        oid = parts[0].oid()
        if oid in found:
            raise bad_der("extension given twice")
        found[oid] = (len(parts) == 3 and parts[1].expect(BOOLEAN).boolean(), parts[-1].octets())
    return found


def read_lists(pem: bytes) -> list[RevocationList]:
    """Read every revocation list of a PEM file; text between the blocks is ignored.

    Raises:
        ProblemError: On a damaged block, a malformed list or more than eight of them.
    """
    pieces = pem.replace(b"\r\n", b"\n").split(_LIST_BEGIN)[1:]
    if not 0 < len(pieces) <= _MOST_LISTS:
        raise ProblemError("没有吊销清单，或过多", "no revocation list, or too many")
    found = []
    for piece in pieces:
        body, mark, _ = piece.partition(_LIST_END)
        try:
            found.append(RevocationList(a2b_base64(b"".join(body.split())) if mark else b""))
        except Error:
            raise ProblemError("PEM 吊销清单损坏", "damaged PEM revocation list") from None
    return found


def _check_revoked(certificate: Certificate, found: tuple[int, int | None], at: int) -> None:
    when, reason = found
    if reason == _REMOVED or (when > at and reason in _HARMLESS_REASONS):
        return
    shown, why = show_time(when), "–" if reason is None else str(reason)
    raise ProblemError(
        f"签发时证书已吊销，或因密钥失密被吊销：{certificate.name}，{shown}，原因 {why}",
        f"certificate revoked at that time, or its key compromised: {certificate.name}, {shown}, reason {why}",
    )


def _may_list(issuer: Certificate) -> bool:
    usage = issuer.key_usage
    return usage is None or bool(usage & _CRL_SIGN)


def check_revocation(chain: list[Certificate], lists: list[RevocationList], at: int) -> list[str]:
    """Check every certificate of a chain below its root against the lists of its issuer.

    Args:
        chain: Signer first, trusted root last.
        lists: Lists found beside the token.
        at: The asserted time, microseconds.

    Returns:
        Names of the certificates no current list speaks about.

    Raises:
        ProblemError: When one was revoked, or a list is not signed by the issuer it names.
    """
    missing = []
    for link, certificate in enumerate(chain[:-1]):
        issuer, current = chain[link + 1], False
        for one in lists:
            if one.issuer != certificate.issuer:
                continue
            key = PublicKey(issuer.key_info)
            if not _may_list(issuer) or not signature_holds(key, one.algorithm, one.signature, one.tbs, None):
                raise ProblemError(
                    "吊销清单不是该签发者签名的", "a revocation list is not signed by the issuer it names"
                )
            found = one.find(certificate.serial)
            if found is not None:
                _check_revoked(certificate, found, at)
            current = current or (one.covers(certificate) and (one.next_update is None or one.next_update >= at))
        if not current:
            missing.append(certificate.name)
    return missing
