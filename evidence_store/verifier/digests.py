"""Digests by name: SHA-2 from hashlib, SM3 from OpenSSL where it has it, else in pure Python (GB/T 32905-2016)."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

import hashlib

from evidence_store.verifier.problem import ProblemError

_MASK = 0xFFFFFFFF
_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def _rotated_constants() -> tuple[int, ...]:
    table = []
    for step in range(64):
        constant, by = (0x79CC4519 if step < 16 else 0x7A879D8A), step % 32
        table.append((constant << by | constant >> (32 - by)) & _MASK if by else constant)
    return tuple(table)


def _expand(block: bytes) -> list[int]:
    """Message expansion: 68 words of 32 bits from one 64-byte block."""
    words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        third = words[j - 3]
        x = words[j - 16] ^ words[j - 9] ^ ((third << 15 | third >> 17) & _MASK)
        x ^= ((x << 15 | x >> 17) & _MASK) ^ ((x << 23 | x >> 9) & _MASK)
        back = words[j - 13]
        words.append(x ^ ((back << 7 | back >> 25) & _MASK) ^ words[j - 6])
    return words


def _compress(state: tuple[int, ...], block: bytes, constants: tuple[int, ...]) -> tuple[int, ...]:
    """One SM3 compression of a 64-byte block into an eight-word state."""
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        turned = (a << 12 | a >> 20) & _MASK
        ss1 = (turned + e + constants[j]) & _MASK
        ss1 = (ss1 << 7 | ss1 >> 25) & _MASK
        if j < 16:
            first, second = a ^ b ^ c, e ^ f ^ g
        else:
            first, second = (a & b) | (a & c) | (b & c), (e & f) | (~e & g)
        tt1 = (first + d + (ss1 ^ turned) + (words[j] ^ words[j + 4])) & _MASK
        tt2 = (second + h + ss1 + words[j]) & _MASK
        d, c, b, a = c, (b << 9 | b >> 23) & _MASK, a, tt1
        h, g, f = g, (f << 19 | f >> 13) & _MASK, e
        e = tt2 ^ ((tt2 << 9 | tt2 >> 23) & _MASK) ^ ((tt2 << 17 | tt2 >> 15) & _MASK)
    return (
        a ^ state[0],
        b ^ state[1],
        c ^ state[2],
        d ^ state[3],
        e ^ state[4],
        f ^ state[5],
        g ^ state[6],
        h ^ state[7],
    )


class PureSm3:
    """SM3 with the small part of hashlib's interface the verifier uses; about a thousand times slower than OpenSSL."""

    def __init__(self) -> None:
        self._state: tuple[int, ...] = _IV
        self._rest = b""
        self._length = 0
        self._constants = _rotated_constants()

    def update(self, data: bytes) -> None:
        """Add bytes to the message."""
        self._length += len(data)
        data = self._rest + data
        full = len(data) - len(data) % 64
        for at in range(0, full, 64):
            self._state = _compress(self._state, data[at : at + 64], self._constants)
        self._rest = data[full:]

    def digest(self) -> bytes:
        """Return the 32-byte digest of the bytes so far."""
        tail = self._rest + b"\x80"
        tail += bytes(-(len(tail) + 8) % 64) + (8 * self._length).to_bytes(8, "big")
        state = self._state
        for at in range(0, len(tail), 64):
            state = _compress(state, tail[at : at + 64], self._constants)
        return b"".join(word.to_bytes(4, "big") for word in state)

    def hexdigest(self) -> str:
        """Return the digest as lower-case hex."""
        return self.digest().hex()


def new_hash(name: str) -> hashlib._Hash | PureSm3:
    """Return a running digest: sha1, sha256, sha384, sha512 or sm3.

    Raises:
        ProblemError: For any other name.
    """
    if name == "sm3":
        try:
            return hashlib.new("sm3")
        except ValueError:  # an OpenSSL without SM3, e.g. a hardened build
            return PureSm3()
    if name not in ("sha1", "sha256", "sha384", "sha512"):
        raise ProblemError(f"不支持的摘要算法 {name}", f"unsupported digest algorithm {name}")
    return hashlib.new(name)


def digest(name: str, data: bytes) -> bytes:
    """Return the digest of ``data`` under the algorithm ``name``."""
    running = new_hash(name)
    running.update(data)
    return running.digest()
