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
# Extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
_NEUTRAL = (0, 1, 1, 0)


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


def _double_edwards(point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    c = 2 * z * z
    h = a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _add_edwards(left: tuple[int, int, int, int], right: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


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
    twice, table = _double_edwards(point), [point]
    for _ in range((1 << (_WIDTH - 2)) - 1):
        table.append(_add_edwards(table[-1], twice))
    return table


def verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Check an Ed25519 signature: 32-byte public key, 64-byte signature."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, s = _decode(public), int.from_bytes(signature[32:], "little")
    if a is None or s >= _L or _double_edwards(_double_edwards(_double_edwards(a)))[0] == 0:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    base_x = _recover_x(_BASE_Y, 0) or 0
    minus_a = (_P - a[0], a[1], 1, _P - a[3])
    rows = [
        (_edwards_digits(s), _edwards_multiples((base_x, _BASE_Y, 1, base_x * _BASE_Y % _P))),
        (_edwards_digits(h), _edwards_multiples(minus_a)),
    ]
    total = _NEUTRAL
    for at in range(max(len(digits) for digits, _ in rows) - 1, -1, -1):
        total = _double_edwards(total)
        for digits, table in rows:
            digit = digits[at] if at < len(digits) else 0
            if digit > 0:
                total = _add_edwards(total, table[digit >> 1])
            elif digit < 0:
                x, y, z, t = table[-digit >> 1]
                total = _add_edwards(total, (_P - x, y, z, _P - t))
    inverse = pow(total[2], -1, _P)
    x, y = total[0] * inverse % _P, total[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]
