"""RSA signatures, PKCS#1 v1.5 and PSS, verification only (RFC 8017), by building or checking every byte."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.der import SEQUENCE, read_der
from evidence_store.verifier.digests import digest, new_hash
from evidence_store.verifier.problem import ProblemError

# DigestInfo prefixes of RFC 8017 section 9.2 note 1.
_PREFIXES = {
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}
_LEAST_BITS, _MOST_BITS = 2048, 8192


def read_rsa_key(encoded: bytes) -> tuple[int, int]:
    """Read an RSAPublicKey; return (modulus, exponent) if both are of a sound size."""
    first, second = read_der(encoded).items(SEQUENCE, 2, 2)
    n, e = first.integer(), second.integer()
    if not (_LEAST_BITS <= n.bit_length() <= _MOST_BITS and n & 1 and 3 <= e < 1 << 32 and e & 1):
        raise ProblemError("RSA 公钥长度或指数不可接受", "RSA key size or exponent is not acceptable")
    return n, e


def _opened(key: bytes, signature: bytes) -> tuple[bytes, int] | None:
    """Return the encoded message inside a signature and the modulus bits, or None when it cannot be one."""
    n, e = read_rsa_key(key)
    value = int.from_bytes(signature, "big")
    size = (n.bit_length() + 7) // 8
    if len(signature) != size or value >= n:
        return None
    return pow(value, e, n).to_bytes(size, "big"), n.bit_length()


def verify_pkcs1(key: bytes, signature: bytes, hashed: bytes, name: str) -> bool:
    """Check an RSASSA-PKCS1-v1_5 signature over a digest made by algorithm ``name``."""
    opened = _opened(key, signature)
    if opened is None or name not in _PREFIXES:
        return False
    tail = b"\x00" + bytes.fromhex(_PREFIXES[name]) + hashed
    return opened[0] == b"\x00\x01" + b"\xff" * (len(opened[0]) - 2 - len(tail)) + tail


def _mask(seed: bytes, length: int, name: str) -> bytes:
    """MGF1."""
    out, counter = b"", 0
    while len(out) < length:
        out += digest(name, seed + counter.to_bytes(4, "big"))
        counter += 1
    return out[:length]


def verify_pss(key: bytes, signature: bytes, hashed: bytes, name: str, salt_length: int) -> bool:
    """Check an RSASSA-PSS signature whose digest and mask both use ``name``, with the declared salt length."""
    opened = _opened(key, signature)
    if opened is None:
        return False
    bits = opened[1] - 1
    size = (bits + 7) // 8
    encoded, whole = opened[0][-size:], opened[0]
    width = len(hashed)
    if any(whole[:-size]) or size < width + salt_length + 2 or encoded[-1] != 0xBC:
        return False
    masked, check = encoded[: size - width - 1], encoded[size - width - 1 : -1]
    spare = 8 * size - bits
    if spare and masked[0] >> (8 - spare):
        return False
    mask = _mask(check, len(masked), name)
    plain = bytearray(masked[at] ^ mask[at] for at in range(len(masked)))
    plain[0] &= 0xFF >> spare
    padding = len(plain) - salt_length - 1
    if any(plain[:padding]) or plain[padding] != 1:
        return False
    running = new_hash(name)
    running.update(bytes(8) + hashed + bytes(plain[padding + 1 :]))
    return running.digest() == check
