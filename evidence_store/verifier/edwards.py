"""Ed25519 verification in pure Python (RFC 8032 section 5.1.7), as strict as it can be.

Non-canonical encodings, scalars not below the group order and public keys of small order are refused. The equation is
the cofactorless one that OpenSSL checks: the encoding of s*B - h*A must equal R.
"""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_BASE_Y = 4 * pow(5, -1, _P) % _P
_WIDTH = 5
# Points are in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z; points to be added are kept as
# (Y - X, Y + X, 2*d*T, 2*Z).
_BASE: list[tuple[int, int, int, int]] = []


def _recover_x(y: int, odd: int) -> int | None:
    """Return x of the point with this y and parity, or None when there is none."""
    top, bottom = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = top * pow(bottom, 3, _P) * pow(top * pow(bottom, 7, _P), (_P - 5) // 8, _P) % _P
    if (bottom * x * x - top) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (bottom * x * x - top) % _P or (x == 0 and odd):
        return None
    return x if x & 1 == odd else _P - x


def _decode(encoded: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(encoded, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    x = _recover_x(y, odd) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _add_edwards(left: tuple[int, int, int, int], right: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Add a point in adding form to a point."""
    x, y, z, t = left
    minus, plus, td2, z2 = right
    a, b, c, d = (y - x) * minus % _P, (y + x) * plus % _P, t * td2 % _P, z * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _adding_form(point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x, y, z, t = point
    return y - x, y + x, 2 * _D * t % _P, 2 * z


def _edwards_digits(scalar: int) -> list[int]:
    """Signed odd digits of ``scalar``, least significant first."""
    digits: list[int] = []
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (1 << _WIDTH) - 1
            if digit >> (_WIDTH - 1):
                digit -= 1 << _WIDTH
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def _edwards_multiples(point: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """The odd multiples 1, 3, 5 … of a point, in adding form."""
    twice, table = _adding_form(_double_edwards(point, 1)), [_adding_form(point)]
    for _ in range((1 << (_WIDTH - 2)) - 1):
        point = _add_edwards(point, twice)
        table.append(_adding_form(point))
    return table


def _double_edwards(point: tuple[int, int, int, int], times: int) -> tuple[int, int, int, int]:
    """Double a point ``times`` times; T is worked out only once, at the end."""
    p, (x, y, z, t) = _P, point
    for left in range(times, 0, -1):
        a, b = x * x % p, y * y % p
        h, g = a + b, a - b
        e, f = h - (x + y) * (x + y) % p, 2 * z * z % p + g
        x, y, z = e * f % p, g * h % p, f * g % p
        if left == 1:
            t = e * h % p
    return x, y, z, t


def _sum_edwards(s: int, h: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return s*B + h*point."""
    if not _BASE:
        base_x = _recover_x(_BASE_Y, 0) or 0
        _BASE.extend(_edwards_multiples((base_x, _BASE_Y, 1, base_x * _BASE_Y % _P)))
    steps: dict[int, list[tuple[int, int, int, int]]] = {}
    for scalar, table in ((s, _BASE), (h, _edwards_multiples(point))):
        for at, digit in enumerate(_edwards_digits(scalar)):
            if digit > 0:
                steps.setdefault(at, []).append(table[digit >> 1])
            elif digit < 0:
                minus, plus, td2, z2 = table[-digit >> 1]
                steps.setdefault(at, []).append((plus, minus, -td2, z2))
    total, above = (0, 1, 1, 0), 0
    for at in sorted(steps, reverse=True):
        total = _double_edwards(total, above - at) if above else total
        for one in steps[at]:
            total = _add_edwards(total, one)
        above = at
    return _double_edwards(total, above)


def verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Check an Ed25519 signature: 32-byte public key, 64-byte signature."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, s = _decode(public), int.from_bytes(signature[32:], "little")
    if a is None or s >= _L or _double_edwards(a, 3)[0] == 0:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    x, y, z, _ = _sum_edwards(s, h, (_P - a[0], a[1], 1, _P - a[3]))
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]
