"""The verifier's own cryptography: published vectors, and random agreement with `cryptography`."""

import contextlib
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence_store.verifier.curves import P256, P384, SM2, Curve, combine, verify_ecdsa, verify_sm2
from evidence_store.verifier.digests import PureSm3, digest, new_hash
from evidence_store.verifier.edwards import verify_ed25519
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.rsa import verify_pkcs1, verify_pss
from tests.evidence_store.authorities import Sm2Key

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "crypto.json").read_text(encoding="utf-8"))
few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
RSA_KEY = rsa.generate_private_key(65537, 2048)
RSA_PUBLIC = RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("vector", VECTORS["sm3"])
def test_sm3_published(vector: dict[str, str]) -> None:
    pure = PureSm3()
    pure.update(bytes.fromhex(vector["message"]))
    assert pure.hexdigest() == vector["digest"] == digest("sm3", bytes.fromhex(vector["message"])).hex()


@given(pieces=st.lists(st.binary(max_size=150), max_size=5))
@settings(max_examples=25, deadline=None)
def test_pure_sm3_is_openssl_sm3(pieces: list[bytes]) -> None:
    pure, openssl = PureSm3(), hashlib.new("sm3")
    for piece in pieces:
        pure.update(piece)
        openssl.update(piece)
        assert pure.digest() == openssl.digest()


def test_sm3_falls_back_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    monkeypatch.setattr(hashlib, "new", refuse)
    assert isinstance(new_hash("sm3"), PureSm3)
    with pytest.raises(ProblemError):
        new_hash("md5")


@pytest.mark.parametrize("vector", VECTORS["sm2"])
def test_sm2_published(vector: dict[str, str]) -> None:
    """GB/T 32918.5-2017, annex A: key, message, identity, nonce and signature as printed there."""
    key = Sm2Key(int(vector["private"], 16))
    assert key.public.hex() == "04" + vector["x"] + vector["y"]
    message, identity = vector["message"].encode(), vector["identity"].encode()
    assert f"{key.hashed(message, identity):064x}" == vector["e"]
    signature = key.sign(message, int(vector["nonce"], 16), identity)
    assert vector["r"] in signature.hex()
    assert vector["s"] in signature.hex()
    assert verify_sm2(key.public, signature, message, identity)
    assert not verify_sm2(key.public, signature, message + b"!", identity)
    assert not verify_sm2(key.public, signature, message, b"someone else")


@given(message=st.binary(max_size=100), bit=st.integers(0, 10**6))
@few
def test_sm2_round(message: bytes, bit: int) -> None:
    key = Sm2Key()
    signature = key.sign(message)
    assert verify_sm2(key.public, signature, message)
    assert not verify_sm2(key.public, signature, message + b"x")
    assert not verify_sm2(Sm2Key().public, signature, message)


@pytest.mark.parametrize("vector", VECTORS["ed25519"])
def test_ed25519_published(vector: dict[str, str]) -> None:
    """RFC 8032 section 7.1."""
    public, signature, message = (bytes.fromhex(vector[name]) for name in ("public", "signature", "message"))
    assert verify_ed25519(public, signature, message)
    assert not verify_ed25519(public, signature, message + b"\x00")


@given(message=st.binary(max_size=200), bit=st.integers(0, 511))
@few
def test_ed25519_agrees(message: bytes, bit: int) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(message)
    assert verify_ed25519(public, signature, message)
    assert not verify_ed25519(public, flip(signature, bit), message)
    assert not verify_ed25519(flip(public, bit % 256), signature, message)


def test_ed25519_refuses_malleable_and_small() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(b"m")
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not verify_ed25519(public, signature[:32] + larger, b"m")
    for small in (b"\x01" + bytes(31), bytes(32), (2**255 - 20).to_bytes(32, "little")):
        assert not verify_ed25519(small, small + bytes(32), b"m")
    assert not verify_ed25519(public[:31], signature, b"m")
    assert not verify_ed25519(public, signature + b"\x00", b"m")


@pytest.mark.parametrize(
    ("curve", "ours", "name", "hashed"),
    [
        (ec.SECP256R1(), P256, "sha256", hashes.SHA256()),
        (ec.SECP256R1(), P256, "sha512", hashes.SHA512()),
        (ec.SECP384R1(), P384, "sha384", hashes.SHA384()),
        (ec.SECP384R1(), P384, "sha256", hashes.SHA256()),
    ],
)
def test_ecdsa_agrees(curve: ec.EllipticCurve, ours: Curve, name: str, hashed: hashes.HashAlgorithm) -> None:
    @given(message=st.binary(max_size=100), bit=st.integers(0, 10**4))
    @few
    def check(message: bytes, bit: int) -> None:
        key = ec.generate_private_key(curve)
        signature = key.sign(message, ec.ECDSA(hashed))
        assert verify_ecdsa(ours, point(key), signature, digest(name, message))
        assert not verify_ecdsa(ours, point(key), signature, digest(name, message + b"x"))
        with contextlib.suppress(ProblemError):  # refused as DER or as a number out of range: just as good
            assert not verify_ecdsa(ours, point(key), flip(signature, bit), digest(name, message))
        with pytest.raises(ProblemError):
            verify_ecdsa(ours, flip(point(key), bit), signature, digest(name, message))

    check()


@pytest.mark.parametrize("curve", [P256, P384, SM2], ids=["p256", "p384", "sm2"])
def test_curve_constants(curve: Curve) -> None:
    """The base point lies on the curve and has the stated order; the sum works at its edges."""
    x, y = curve.g
    assert (y * y - (x**3 - 3 * x + curve.b)) % curve.p == 0
    assert combine(curve, curve.n, 0, curve.g) is None
    assert combine(curve, curve.n - 1, 0, curve.g) == (x, curve.p - y)
    assert combine(curve, 3, 5, curve.g) == combine(curve, 8, 0, curve.g)
    assert combine(curve, 1, curve.n - 1, curve.g) is None


@given(message=st.binary(max_size=100), bit=st.integers(0, 2047))
@few
def test_rsa_agrees(message: bytes, bit: int) -> None:
    for name, hashed in (("sha256", hashes.SHA256()), ("sha384", hashes.SHA384()), ("sha512", hashes.SHA512())):
        value = digest(name, message)
        signature = RSA_KEY.sign(message, padding.PKCS1v15(), hashed)
        assert verify_pkcs1(RSA_PUBLIC, signature, value, name)
        assert not verify_pkcs1(RSA_PUBLIC, flip(signature, bit), value, name)
        assert not verify_pkcs1(RSA_PUBLIC, signature, flip(value, bit), name)
        for salt in (0, 20, hashed.digest_size):
            signature = RSA_KEY.sign(message, padding.PSS(padding.MGF1(hashed), salt), hashed)
            assert verify_pss(RSA_PUBLIC, signature, value, name, salt)
            assert not verify_pss(RSA_PUBLIC, signature, value, name, salt + 1)
            assert not verify_pss(RSA_PUBLIC, flip(signature, bit), value, name, salt)
            assert not verify_pss(RSA_PUBLIC, signature, flip(value, bit), name, salt)


def test_rsa_refuses_weak_keys_and_odd_shapes() -> None:
    from asn1crypto import keys

    short = keys.RSAPublicKey({"modulus": (1 << 1023) + 1, "public_exponent": 65537}).dump()
    even = keys.RSAPublicKey({"modulus": (1 << 2047) + 1, "public_exponent": 4}).dump()
    for weak in (short, even):
        with pytest.raises(ProblemError):
            verify_pkcs1(weak, bytes(256), bytes(32), "sha256")
    assert not verify_pkcs1(RSA_PUBLIC, bytes(255), bytes(32), "sha256")
    assert not verify_pkcs1(RSA_PUBLIC, b"\xff" * 256, bytes(32), "sha256")
    assert not verify_pkcs1(RSA_PUBLIC, bytes(256), bytes(32), "sha1")


def test_bleichenbacher_forgery_is_refused() -> None:
    """A signature whose padding is short and followed by garbage, as e=3 implementations once accepted."""
    value = digest("sha256", b"m")
    block = b"\x00\x01" + b"\xff" * 8 + b"\x00" + bytes.fromhex("3031300d060960864801650304020105000420") + value
    block += bytes(256 - len(block))
    numbers = RSA_KEY.private_numbers()
    signature = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")
    assert not verify_pkcs1(RSA_PUBLIC, signature, value, "sha256")
