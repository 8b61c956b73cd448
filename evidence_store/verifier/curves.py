"""ECDSA on P-256 and P-384 and SM2 signatures, verification only, in pure Python (FIPS 186-5, GB/T 32918-2016).

Points are in Jacobian coordinates; u*G + v*Q runs both scalars through one chain of doublings with signed windows.
Nothing here is secret, so nothing needs to run in constant time.
"""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.der import SEQUENCE, read_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.problem import ProblemError

_INFINITY = (0, 1, 0)


class Curve:
    """A short Weierstrass curve y^2 = x^3 - 3x + b over a prime field with cofactor 1.

    Attributes:
        p: Field prime.
        b: Coefficient.
        n: Group order.
        g: Base point (x, y).
        size: Bytes of a coordinate.
        table: Odd multiples of the base point, filled on first use.
    """

    __slots__ = ("b", "g", "n", "p", "size", "table")

    def __init__(self, p: int, b: int, n: int, g: tuple[int, int]) -> None:
        self.p, self.b, self.n, self.g = p, b, n, g
        self.size = (p.bit_length() + 7) // 8
        self.table: list[tuple[int, int]] = []


P256 = Curve(
    0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)
P384 = Curve(
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    (
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
)
SM2 = Curve(
    0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF,
    0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
    (
        0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
        0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
    ),
)


def _double_point(point: tuple[int, int, int], p: int, times: int) -> tuple[int, int, int]:
    """Double a point ``times`` times. None here has order two, so y is never zero but at infinity."""
    x, y, z = point
    for _ in range(times):
        delta, gamma = z * z % p, y * y % p
        beta = 4 * x * gamma % p
        alpha = 3 * (x - delta) * (x + delta) % p
        z = 2 * y * z % p
        x = (alpha * alpha - 2 * beta) % p
        y = (alpha * (beta - x) - 8 * gamma * gamma) % p
    return x, y, z


def _add_points(left: tuple[int, int, int], right: tuple[int, int], p: int) -> tuple[int, int, int]:
    """Add an affine point to a Jacobian one."""
    x1, y1, z1 = left
    x2, y2 = right
    if not z1:
        return x2, y2, 1
    z1z1 = z1 * z1 % p
    h, r = (x2 * z1z1 - x1) % p, (y2 * z1 * z1z1 - y1) % p
    if not h:
        return _INFINITY if r else _double_point(left, p, 1)
    hh = h * h % p
    hhh, v = h * hh % p, x1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - y1 * hhh) % p, h * z1 % p


def _naf(scalar: int, width: int) -> list[int]:
    """Signed odd digits of ``scalar``, least significant first (width-w non-adjacent form)."""
    digits: list[int] = []
    full, half = 1 << width, 1 << (width - 1)
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (full - 1)
            if digit >= half:
                digit -= full
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def _affine(points: list[tuple[int, int, int]], p: int) -> list[tuple[int, int]]:
    """Bring points, none at infinity, to affine form with one inversion for all of them."""
    running, before = 1, []
    for _, _, z in points:
        before.append(running)
        running = running * z % p
    inverse, found = pow(running, -1, p), []
    for (x, y, z), product in zip(reversed(points), reversed(before)):  # noqa: B905 - the two are of one length
        one = inverse * product % p
        inverse = inverse * z % p
        square = one * one % p
        found.append((x * square % p, y * square * one % p))
    return found[::-1]


def _odd_multiples(point: tuple[int, int], width: int, p: int) -> list[tuple[int, int]]:
    """The multiples 1, 3, 5 … of a point."""
    twice = _affine([_double_point((point[0], point[1], 1), p, 1)], p)[0]
    table = [(point[0], point[1], 1)]
    for _ in range((1 << (width - 2)) - 1):
        table.append(_add_points(table[-1], twice, p))
    return _affine(table, p)


def combine(curve: Curve, u: int, v: int, q: tuple[int, int]) -> tuple[int, int] | None:
    """Return the affine point u*G + v*Q, or None for the point at infinity."""
    p, width = curve.p, 5
    if not curve.table:
        curve.table = _odd_multiples(curve.g, width, p)
    steps: dict[int, list[tuple[int, int]]] = {}
    for scalar, table in ((u, curve.table), (v, _odd_multiples(q, width, p))):
        for at, digit in enumerate(_naf(scalar, width)):
            if digit:
                x, y = table[abs(digit) >> 1]
                steps.setdefault(at, []).append((x, y if digit > 0 else p - y))
    total, above = _INFINITY, 0
    for at in sorted(steps, reverse=True):
        total = _double_point(total, p, above - at) if above else total
        for one in steps[at]:
            total = _add_points(total, one, p)
        above = at
    total = _double_point(total, p, above)
    return _affine([total], p)[0] if total[2] else None


def read_point(curve: Curve, encoded: bytes) -> tuple[int, int]:
    """Read an uncompressed point and check that it lies on the curve."""
    x, y = int.from_bytes(encoded[1 : 1 + curve.size], "big"), int.from_bytes(encoded[1 + curve.size :], "big")
    right = len(encoded) == 1 + 2 * curve.size and encoded[0] == 4 and x < curve.p and y < curve.p
    if not right or (y * y - (x * x * x - 3 * x + curve.b)) % curve.p:
        raise ProblemError("公钥不是曲线上的点", "public key is not a point of its curve")
    return x, y


def _read_pair(curve: Curve, signature: bytes) -> tuple[int, int]:
    first, second = read_der(signature).items(SEQUENCE, 2, 2)
    r, s = first.integer(), second.integer()
    if not (0 < r < curve.n and 0 < s < curve.n):
        raise ProblemError("签名数值越界", "signature value out of range")
    return r, s


def verify_ecdsa(curve: Curve, public: bytes, signature: bytes, hashed: bytes) -> bool:
    """Check a DER ECDSA signature over a digest."""
    q = read_point(curve, public)
    r, s = _read_pair(curve, signature)
    excess = max(0, 8 * len(hashed) - curve.n.bit_length())
    e = int.from_bytes(hashed, "big") >> excess
    w = pow(s, -1, curve.n)
    found = combine(curve, e * w % curve.n, r * w % curve.n, q)
    return found is not None and found[0] % curve.n == r


def verify_sm2(public: bytes, signature: bytes, message: bytes, user_id: bytes = b"1234567812345678") -> bool:
    """Check a DER SM2 signature with SM3 over a message, under the usual default identity."""
    curve = SM2
    q = read_point(curve, public)
    r, s = _read_pair(curve, signature)
    numbers = (curve.p - 3, curve.b, *curve.g, *q)
    identity = (8 * len(user_id)).to_bytes(2, "big") + user_id
    identity += b"".join(number.to_bytes(32, "big") for number in numbers)
    e = int.from_bytes(digest("sm3", digest("sm3", identity) + message), "big")
    t = (r + s) % curve.n
    found = combine(curve, s, t, q) if t else None
    return found is not None and (e + found[0]) % curve.n == r
