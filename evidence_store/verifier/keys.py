"""Public keys and signature algorithms of X.509 and CMS: which OIDs mean what, and one check for all of them."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.curves import P256, P384, verify_ecdsa, verify_sm2
from evidence_store.verifier.der import SEQUENCE, Node, bad_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.edwards import verify_ed25519
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.rsa import verify_pkcs1, verify_pss

DIGEST_OIDS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.156.10197.1.401": "sm3",
    "1.2.156.10197.1.401.1": "sm3",
}
# OID -> (kind of signature, digest fixed by the OID or None when it is named elsewhere)
SIGNATURE_OIDS: dict[str, tuple[str, str | None]] = {
    "1.2.840.113549.1.1.1": ("pkcs1", None),
    "1.2.840.113549.1.1.5": ("pkcs1", "sha1"),
    "1.2.840.113549.1.1.11": ("pkcs1", "sha256"),
    "1.2.840.113549.1.1.12": ("pkcs1", "sha384"),
    "1.2.840.113549.1.1.13": ("pkcs1", "sha512"),
    "1.2.840.113549.1.1.10": ("pss", None),
    "1.2.840.10045.2.1": ("ecdsa", None),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "1.2.156.10197.1.501": ("sm2", "sm3"),
    "1.2.156.10197.1.301.1": ("sm2", "sm3"),
    "1.2.156.10197.1.301": ("sm2", "sm3"),
    "1.3.101.112": ("ed25519", "sha512"),
}
CURVE_OIDS = {"1.2.840.10045.3.1.7": "p256", "1.3.132.0.34": "p384", "1.2.156.10197.1.301": "sm2"}
_MGF1 = "1.2.840.113549.1.1.8"


def digest_name(algorithm: Node) -> str:
    """Return the digest an AlgorithmIdentifier names; its parameters must be absent or NULL."""
    parts = algorithm.items(SEQUENCE, 1, 2)
    name = DIGEST_OIDS.get(parts[0].oid())
    if name is None:
        raise ProblemError(
            f"不支持的摘要算法 {parts[0].oid()}（支持 SHA-256/384/512 与 SM3）",
            f"unsupported digest algorithm {parts[0].oid()} (SHA-256/384/512 and SM3 are supported)",
        )
    if len(parts) == 2 and parts[1].raw != b"\x05\x00":
        raise bad_der("digest algorithm with parameters")
    return name


def strong_digest(algorithm: Node) -> str:
    """Return the digest an AlgorithmIdentifier names, refusing SHA-1."""
    name = digest_name(algorithm)
    if name == "sha1":
        raise weak_digest()
    return name


def weak_digest() -> ProblemError:
    """Return the error for a signature or imprint that rests on SHA-1."""
    return ProblemError("使用了已不安全的 SHA-1 算法", "relies on SHA-1, which is no longer safe")


class PublicKey:
    """A key from a SubjectPublicKeyInfo.

    Attributes:
        kind: rsa, p256, p384, sm2 or ed25519.
        data: The bytes of the subjectPublicKey.
    """

    __slots__ = ("data", "kind")

    def __init__(self, info: Node) -> None:
        algorithm, bits = info.items(SEQUENCE, 2, 2)
        parts = algorithm.items(SEQUENCE, 1, 2)
        oid = parts[0].oid()
        kind: str | None = None
        if oid == "1.2.840.113549.1.1.1":
            kind = "rsa"
        elif oid == "1.2.840.10045.2.1" and len(parts) == 2:
            kind = CURVE_OIDS.get(parts[1].oid())
        elif oid == "1.3.101.112":
            kind = "ed25519"
        if kind is None:
            raise ProblemError(f"不支持的公钥类型 {oid}", f"unsupported kind of public key {oid}")
        self.kind, self.data = kind, bits.bits()


def _pss_parameters(node: Node) -> tuple[str, int]:
    """Return (digest, salt length) of RSASSA-PSS-params; SHA-1 defaults and a differing mask digest are refused."""
    fields = {field.tag: field.items(field.tag, 1, 1)[0] for field in node.items(SEQUENCE, 2, 4)}
    if 0xA0 not in fields or 0xA1 not in fields or not set(fields) <= {0xA0, 0xA1, 0xA2, 0xA3}:
        raise weak_digest()
    name = strong_digest(fields[0xA0])
    mgf, inner = fields[0xA1].items(SEQUENCE, 2, 2)
    trailer = fields[0xA3].integer() if 0xA3 in fields else 1
    salt = fields[0xA2].integer() if 0xA2 in fields else 20
    if mgf.oid() != _MGF1 or digest_name(inner) != name or trailer != 1 or not 0 <= salt <= 512:
        raise ProblemError("不支持的 PSS 参数", "unsupported PSS parameters")
    return name, salt


def signature_holds(key: PublicKey, algorithm: Node, signature: bytes, message: bytes, hashed_by: str | None) -> bool:
    """Check a signature of any supported kind over ``message``.

    Args:
        key: The signer's public key.
        algorithm: signatureAlgorithm as found in the certificate or SignerInfo.
        signature: Its bytes.
        message: The signed bytes.
        hashed_by: In CMS the digest algorithm of the SignerInfo (it must agree with the signature algorithm);
            None in a certificate.
    """
    parts = algorithm.items(SEQUENCE, 1, 2)
    oid = parts[0].oid()
    if oid not in SIGNATURE_OIDS:
        raise ProblemError(f"不支持的签名算法 {oid}", f"unsupported signature algorithm {oid}")
    kind, fixed = SIGNATURE_OIDS[oid]
    salt = 0
    if kind == "pss":
        if len(parts) != 2:
            raise weak_digest()
        fixed, salt = _pss_parameters(parts[1])
    elif len(parts) == 2 and parts[1].raw != b"\x05\x00":
        raise bad_der("signature algorithm with parameters")
    name = fixed or hashed_by
    if name is None or (hashed_by is not None and name != hashed_by):
        raise ProblemError("签名算法与摘要算法不一致", "signature and digest algorithm disagree")
    if name == "sha1":
        raise weak_digest()
    return _dispatch(key, (kind, name, salt), signature, message)


def _dispatch(key: PublicKey, scheme: tuple[str, str, int], signature: bytes, message: bytes) -> bool:
    kind, name, salt = scheme
    if key.kind == "rsa" and kind == "pkcs1":
        return verify_pkcs1(key.data, signature, digest(name, message), name)
    if key.kind == "rsa" and kind == "pss":
        return verify_pss(key.data, signature, digest(name, message), name, salt)
    if key.kind in ("p256", "p384") and kind == "ecdsa":
        return verify_ecdsa(P256 if key.kind == "p256" else P384, key.data, signature, digest(name, message))
    # Some authorities name SM2 signatures with the plain elliptic-curve OID and SM3 as the digest.
    if key.kind == "sm2" and name == "sm3" and kind in ("sm2", "ecdsa"):
        return verify_sm2(key.data, signature, message)
    if key.kind == "ed25519" and kind == "ed25519":
        return verify_ed25519(key.data, signature, message)
    raise ProblemError("签名算法与公钥类型不一致", "signature algorithm does not fit the key")
