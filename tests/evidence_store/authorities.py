"""Timestamp authorities for tests: honest ones of every supported kind, and ones with a chosen flaw.

Written against the standards with asn1crypto, sharing no code with the verifier but the SM2 curve arithmetic.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence_store.verifier.curves import SM2, combine
from evidence_store.verifier.digests import digest

TEST_POLICY = "1.3.6.1.4.1.32473.3161.1"
REAL_POLICY = "1.3.6.1.4.1.4146.2.3"
_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
_SM3, _SM2_SIGN, _SM2_CURVE = "1.2.156.10197.1.401", "1.2.156.10197.1.501", "1.2.156.10197.1.301"
_ESS_V2 = "1.2.840.113549.1.9.16.2.47"
BORN, DEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class Sm2Key:
    """An SM2 private key that signs with SM3 and the usual identity."""

    def __init__(self, secret: int | None = None) -> None:
        self.secret = secret or secrets.randbelow(SM2.n - 2) + 1
        self.point = combine(SM2, self.secret, 0, SM2.g)
        assert self.point is not None

    @property
    def public(self) -> bytes:
        assert self.point is not None
        return b"\x04" + self.point[0].to_bytes(32, "big") + self.point[1].to_bytes(32, "big")

    def hashed(self, message: bytes, user_id: bytes = b"1234567812345678") -> int:
        assert self.point is not None
        numbers = (SM2.p - 3, SM2.b, *SM2.g, *self.point)
        z = digest(
            "sm3", (8 * len(user_id)).to_bytes(2, "big") + user_id + b"".join(n.to_bytes(32, "big") for n in numbers)
        )
        return int.from_bytes(digest("sm3", z + message), "big")

    def sign(self, message: bytes, nonce: int | None = None, user_id: bytes = b"1234567812345678") -> bytes:
        e, k = self.hashed(message, user_id), nonce or secrets.randbelow(SM2.n - 2) + 1
        point = combine(SM2, k, 0, SM2.g)
        assert point is not None
        r = (e + point[0]) % SM2.n
        s = pow(1 + self.secret, -1, SM2.n) * (k - r * self.secret) % SM2.n
        return core.SequenceOf([r, s], spec=core.Integer).dump()

    def spki(self) -> bytes:
        algorithm = _sequence(
            core.ObjectIdentifier("1.2.840.10045.2.1").dump(), core.ObjectIdentifier(_SM2_CURVE).dump()
        )
        return _sequence(algorithm, core.BitString(_bits(self.public)).dump())


def _bits(data: bytes) -> tuple[int, ...]:
    return tuple(int(bit) for byte in data for bit in f"{byte:08b}")


def _sequence(*parts: bytes) -> bytes:
    body = b"".join(parts)
    length = len(body)
    if length < 128:
        return b"\x30" + bytes([length]) + body
    size = (length.bit_length() + 7) // 8
    return b"\x30" + bytes([0x80 | size]) + length.to_bytes(size, "big") + body


@dataclass
class Authority:
    """A root and one signing certificate below it.

    Attributes:
        name: Common name, also the file name of its stamps.
        kind: rsa, pss, p256, p384 or sm2.
        hashed_by: Digest of the SignerInfo.
        policy: Policy OID in its tokens.
        purposes: extendedKeyUsage of the signer.
        critical: Whether that extension is critical.
        born, dead: Validity of the signer.
        embed_root: Put the root into the token too.
        stray: Certificates of others to put into it, which no signature covers.
    """

    name: str
    kind: str = "p256"
    hashed_by: str = "sha256"
    policy: str = REAL_POLICY
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    born: datetime = BORN
    dead: datetime = DEAD
    embed_root: bool = True
    stray: tuple[bytes, ...] = ()
    root_key: Any = None
    leaf_key: Any = None
    root: bytes = field(init=False, default=b"")
    leaf: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        self.root_key, self.leaf_key = self.root_key or self._key(), self.leaf_key or self._key()
        if self.kind == "sm2":
            self._make_sm2_certificates()
            return
        root_name, leaf_name = self._name(f"{self.name} Root"), self._name(self.name)
        root = (
            x509.CertificateBuilder().subject_name(root_name).issuer_name(root_name).serial_number(x509.random_serial_number())
            .public_key(self.root_key.public_key()).not_valid_before(BORN).not_valid_after(DEAD)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .sign(self.root_key, hashes.SHA256())
        )  # fmt: skip
        leaf = (
            x509.CertificateBuilder().subject_name(leaf_name).issuer_name(root_name).serial_number(x509.random_serial_number())
            .public_key(self.leaf_key.public_key()).not_valid_before(self.born).not_valid_after(self.dead)
            .add_extension(x509.ExtendedKeyUsage(self.purposes), critical=self.critical)
            .sign(self.root_key, hashes.SHA256())
        )  # fmt: skip
        self.root, self.leaf = (one.public_bytes(serialization.Encoding.DER) for one in (root, leaf))

    def _key(self) -> Any:
        if self.kind in {"rsa", "pss"}:
            return rsa.generate_private_key(65537, 2048)
        if self.kind == "sm2":
            return Sm2Key()
        return ec.generate_private_key(ec.SECP256R1() if self.kind == "p256" else ec.SECP384R1())

    @staticmethod
    def _name(text: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "测试"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
        )

    def _make_sm2_certificates(self) -> None:
        twin = Authority(self.name, purposes=self.purposes, critical=self.critical)
        self.root = self._as_sm2(twin.root, self.root_key)
        self.leaf = self._as_sm2(twin.leaf, self.leaf_key)

    def _as_sm2(self, der: bytes, subject: Sm2Key) -> bytes:
        """The same certificate with an SM2 key and an SM2 signature."""
        algorithm = _sequence(core.ObjectIdentifier(_SM2_SIGN).dump())
        tbs = asn1_x509.Certificate.load(der)["tbs_certificate"]
        names = ("version", "serial_number", "signature", "issuer", "validity", "subject", "subject_public_key_info")
        parts = [tbs[name].dump() for name in (*names, "extensions")]
        parts[2], parts[6] = algorithm, subject.spki()
        body = _sequence(*parts)
        return _sequence(body, algorithm, core.BitString(_bits(self.root_key.sign(body))).dump())

    @property
    def root_sha256(self) -> str:
        return hashlib.sha256(self.root).hexdigest()

    @property
    def certificates(self) -> list[bytes]:
        found = [self.leaf, *([self.root] if self.embed_root else []), *self.stray]
        return sorted(found, key=lambda der: (len(der), der))  # DER order of a SET OF, near enough for two lengths

    def _algorithm(self) -> bytes:
        if self.kind == "sm2":
            return _sequence(core.ObjectIdentifier(_SM2_SIGN).dump())
        if self.kind == "pss":
            inner = algos.DigestAlgorithm({"algorithm": self.hashed_by})
            parameters = algos.RSASSAPSSParams({
                "hash_algorithm": inner,
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": inner},
                "salt_length": _HASHES[self.hashed_by]().digest_size,
            })  # fmt: skip
            return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters}).dump()
        suffix = "rsa" if self.kind == "rsa" else "ecdsa"
        return algos.SignedDigestAlgorithm({"algorithm": f"{self.hashed_by}_{suffix}"}).dump()

    def _sign(self, message: bytes) -> bytes:
        if self.kind == "sm2":
            return self.leaf_key.sign(message)
        hashed = _HASHES[self.hashed_by]()
        if self.kind == "rsa":
            return self.leaf_key.sign(message, padding.PKCS1v15(), hashed)
        if self.kind == "pss":
            return self.leaf_key.sign(message, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
        return self.leaf_key.sign(message, ec.ECDSA(hashed))

    def request(self, data: bytes, *, nonce: int, imprint: str = "sha256") -> bytes:
        """DER TimeStampReq for ``data``."""
        body = {"version": "v1", "message_imprint": _imprint(imprint, data), "nonce": nonce, "cert_req": True}
        return tsp.TimeStampReq(body).dump()

    def stamp(
        self, data: bytes, when: datetime, *, nonce: int | None = None, imprint: str = "sha256", status: int = 0
    ) -> bytes:
        """DER TimeStampResp over ``data``."""
        info = tsp.TSTInfo({
            "version": "v1", "policy": self.policy, "message_imprint": _imprint(imprint, data),
            "serial_number": secrets.randbits(60) | 1, "gen_time": when, "nonce": nonce,
        }) if nonce is not None else tsp.TSTInfo({
            "version": "v1", "policy": self.policy, "message_imprint": _imprint(imprint, data),
            "serial_number": secrets.randbits(60) | 1, "gen_time": when,
        })  # fmt: skip
        return self.wrap(info.dump(), status=status)

    def wrap(self, info: bytes, *, status: int = 0) -> bytes:
        """Sign a DER TSTInfo into a TimeStampResp."""
        binding = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(self.leaf).digest()}]})
        attributes = cms.CMSAttributes([
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [digest(self.hashed_by, info)]},
            {"type": _ESS_V2, "values": [binding]},
        ])  # fmt: skip
        signed = attributes.dump(force=True)
        leaf = asn1_x509.Certificate.load(self.leaf)
        hashed_by = _digest_algorithm(self.hashed_by)
        sid = _sequence(leaf.issuer.dump(), core.Integer(leaf.serial_number).dump())
        signer = _sequence(
            core.Integer(1).dump(), sid, hashed_by, b"\xa0" + signed[1:], self._algorithm(),
            core.OctetString(self._sign(signed)).dump(),
        )  # fmt: skip
        content = _sequence(
            core.ObjectIdentifier("1.2.840.113549.1.9.16.1.4").dump(),
            _tagged(0xA0, core.OctetString(info).dump()),
        )
        body = _sequence(
            core.Integer(3).dump(), _tagged(0x31, hashed_by), content,
            _tagged(0xA0, b"".join(self.certificates)), _tagged(0x31, signer),
        )  # fmt: skip
        token = _sequence(core.ObjectIdentifier("1.2.840.113549.1.7.2").dump(), _tagged(0xA0, body))
        return _sequence(_sequence(core.Integer(status).dump()), token)


def _tagged(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + _sequence(body)[1:]


def _digest_algorithm(name: str) -> bytes:
    if name == "sm3":
        return _sequence(core.ObjectIdentifier(_SM3).dump(), core.Null().dump())
    return algos.DigestAlgorithm({"algorithm": name}).dump()


def _imprint(name: str, data: bytes) -> Any:
    algorithm: Any = {"algorithm": _SM3 if name == "sm3" else name}
    return tsp.MessageImprint({"hash_algorithm": algorithm, "hashed_message": digest(name, data)})


def later(moment: datetime, **shift: float) -> datetime:
    """A moment shifted by the arguments of timedelta."""
    return moment + timedelta(**shift)
