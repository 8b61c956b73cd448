"""X.509 certificates and chains, as far as timestamp authorities need them (RFC 5280, RFC 3161 section 2.3)."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.der import INTEGER, SEQUENCE, Node, bad_der, read_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.instants import asn1_time, show_time
from evidence_store.verifier.keys import PublicKey, signature_holds
from evidence_store.verifier.problem import ProblemError

_KEY_USAGE, _BASIC, _EKU = "2.5.29.15", "2.5.29.19", "2.5.29.37"
# Extensions whose critical form needs no processing to check a timestamp: certificate policies carry no restriction
# when the relying party accepts any policy.
_HARMLESS = ("2.5.29.32",)
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_SIGN_BITS = 1 << 0 | 1 << 1
_CERT_SIGN = 1 << 5
_MOST_LINKS = 8
_NAME_LABELS = {"2.5.4.3": "CN", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C"}


class Certificate:
    """One certificate, strictly parsed; signatures are checked by the chain functions.

    Attributes:
        raw: The DER.
        sha256: Hex SHA-256 of the DER, the fingerprint people compare.
        subject: DER of the subject name; ``issuer`` likewise.
        serial: Serial number.
        not_before: Validity start, microseconds; ``not_after`` its end.
        critical: OIDs of critical extensions.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.sha256 = digest("sha256", raw).hex()
        tbs, self.algorithm, signature = read_der(raw).items(SEQUENCE, 3, 3)
        self.tbs, self.signature = tbs.raw, signature.bits()
        fields = list(tbs.items(SEQUENCE, 6, 10))
        self.version = fields.pop(0).items(0xA0, 1, 1)[0].integer() + 1 if fields[0].tag == 0xA0 else 1
        if len(fields) < 6:
            raise bad_der("certificate is incomplete")
        self.serial = fields[0].expect(INTEGER).integer()
        if fields[1].raw != self.algorithm.raw:
            raise ProblemError("证书内外签名算法不一致", "the two signature algorithms of a certificate differ")
        self.issuer, self.subject = fields[2].expect(SEQUENCE).raw, fields[4].expect(SEQUENCE).raw
        start, end = fields[3].items(SEQUENCE, 2, 2)
        self.not_before, self.not_after = asn1_time(start), asn1_time(end)
        self.key_info = fields[5]
        self.critical: set[str] = set()
        self.extensions: dict[str, bytes] = {}
        for extra in fields[6:]:
            if extra.tag == 0xA3:
                self._read_extensions(extra.items(0xA3, 1, 1)[0])

    def _read_extensions(self, node: Node) -> None:
        for extension in node.items(SEQUENCE, 1, 64):
            parts = extension.items(SEQUENCE, 2, 3)
            oid = parts[0].oid()
            if oid in self.extensions:
                raise bad_der("extension given twice")
            if len(parts) == 3 and parts[1].boolean():
                self.critical.add(oid)
            self.extensions[oid] = parts[-1].octets()

    @property
    def key_usage(self) -> int | None:
        """Named bits of keyUsage, or None without the extension."""
        raw = self.extensions.get(_KEY_USAGE)
        return None if raw is None else read_der(raw).named_bits()

    @property
    def purposes(self) -> list[str]:
        """OIDs of extendedKeyUsage."""
        raw = self.extensions.get(_EKU)
        return [] if raw is None else [node.oid() for node in read_der(raw).items(SEQUENCE, 1, 32)]

    @property
    def basic(self) -> tuple[bool, int | None]:
        """(is a certificate authority, longest path below it or None)."""
        raw = self.extensions.get(_BASIC)
        parts = [] if raw is None else read_der(raw).items(SEQUENCE, 0, 2)
        authority = bool(parts) and parts[0].boolean()
        return authority, parts[1].integer() if len(parts) == 2 else None

    @property
    def name(self) -> str:
        """The subject for people, e.g. ``CN=…, O=…``; control characters are replaced."""
        shown = []
        for part in read_der(self.subject).children:
            for pair in part.children:
                oid, value = pair.items(SEQUENCE, 2, 2)
                text = value.body.decode("utf-16-be" if value.tag == 0x1E else "utf-8", "replace")
                label = _NAME_LABELS.get(oid.oid())
                if label:
                    shown.append(label + "=" + "".join(c if c.isprintable() else "?" for c in text[:128]))
        return ", ".join(shown) or "?"

    def alive(self, at: int) -> bool:
        """Tell whether the validity period covers the time ``at`` (microseconds)."""
        return self.not_before <= at < self.not_after + 1_000_000

    def signed_by(self, issuer: Certificate) -> bool:
        """Tell whether ``issuer``'s key made this certificate's signature."""
        key = PublicKey(issuer.key_info)
        return signature_holds(key, self.algorithm, self.signature, self.tbs, None)


def _check_critical(certificate: Certificate) -> None:
    unknown = certificate.critical - {_KEY_USAGE, _BASIC, _EKU, *_HARMLESS}
    if unknown:
        listed = ", ".join(sorted(unknown))
        raise ProblemError(
            f"证书含不认识的关键扩展 {listed}", f"certificate has an unknown critical extension {listed}"
        )


def check_tsa_certificate(leaf: Certificate, at: int) -> None:
    """Refuse a signer certificate that RFC 3161 does not allow to stamp at the time ``at``."""
    if not leaf.alive(at):
        start, end = show_time(leaf.not_before), show_time(leaf.not_after)
        raise ProblemError(
            f"签发时证书不在有效期内（{start} 至 {end}）", f"certificate not valid at that time ({start} to {end})"
        )
    if leaf.purposes != [TIME_STAMPING] or _EKU not in leaf.critical:
        raise ProblemError(
            "签名证书没有专用的时间戳用途（扩展密钥用途须为关键且仅为 timeStamping）",
            "signer certificate is not dedicated to timestamping (critical extendedKeyUsage, timeStamping only)",
        )
    usage = leaf.key_usage
    if usage is not None and (not usage & _SIGN_BITS or usage & ~_SIGN_BITS):
        raise ProblemError("签名证书的密钥用途不符", "signer certificate has the wrong key usage")
    _check_critical(leaf)


def _may_sign(issuer: Certificate, below: int, at: int) -> bool:
    """Tell whether ``issuer`` may have ``below`` authorities under it at that time."""
    authority, longest = issuer.basic
    usage = issuer.key_usage
    # A version 1 root carries no extensions; being pinned by fingerprint says what basicConstraints would.
    allowed = authority or (issuer.version < 3 and issuer.subject == issuer.issuer)
    return (
        allowed
        and issuer.alive(at)
        and (longest is None or below <= longest)
        and (usage is None or bool(usage & _CERT_SIGN))
    )


class _ChainSearch:
    """Depth-first search for a chain, within a budget of signature checks that a hostile pool cannot exceed."""

    def __init__(self, pool: list[Certificate], anchors: set[str], at: int) -> None:
        self.pool, self.anchors, self.at, self.budget = pool, anchors, at, 64
        self.refused: list[ProblemError] = []

    def climb(self, chain: list[Certificate]) -> list[Certificate] | None:
        """Return the chain continued to a trusted root."""
        if chain[-1].sha256 in self.anchors:
            return chain
        if len(chain) > _MOST_LINKS:
            return None
        for issuer in self.pool:
            found = self.climb([*chain, issuer]) if self.may_follow(chain, issuer) else None
            if found:
                return found
        return None

    def may_follow(self, chain: list[Certificate], issuer: Certificate) -> bool:
        """Tell whether ``issuer`` signed the last certificate and was allowed to."""
        if issuer.subject != chain[-1].issuer or issuer in chain or self.budget <= 0:
            return False
        try:
            if not _may_sign(issuer, len(chain) - 1, self.at):
                return False
            _check_critical(issuer)
            self.budget -= 1
            return chain[-1].signed_by(issuer)
        except ProblemError as problem:  # another certificate of the same name may do
            self.refused.append(problem)
            return False


def find_chain(leaf: Certificate, pool: list[Certificate], anchors: set[str], at: int) -> list[Certificate] | None:
    """Find a valid chain from ``leaf`` to a certificate whose SHA-256 is in ``anchors``.

    Args:
        leaf: The signer, already checked for its purpose.
        pool: Candidates for every other link, the root included; from anywhere, trusted or not.
        anchors: Hex SHA-256 of the trusted roots.
        at: Time for which every certificate must be valid, microseconds.

    Returns:
        The chain, leaf first and trusted root last, or None when there is none.

    Raises:
        ProblemError: When there is none because a candidate uses something unsafe or unknown.
    """
    search = _ChainSearch(pool, anchors, at)
    found = search.climb([leaf])
    if found is None and search.refused:
        raise search.refused[0]
    return found
