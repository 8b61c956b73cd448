"""Reading signed notes (C2SP signed-note), Ed25519 only: what a witness says about what it saw.

A verifier key is text: `<name>+<8 hex of the key hash>+<base64 of 0x01 and 32 octets>`. A note is text that ends in a
newline, an empty line, and signature lines `— <name> <base64 of key hash and signature>`.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ALGORITHM = b"\x01"
_HASH = 4
_KEY = 32
_SIGNATURE = 64
_DASH = "\u2014 "


@dataclass(frozen=True)
class VerifierKey:
    """A witness's public key with its name."""

    name: str
    raw: bytes

    @property
    def hash(self) -> bytes:
        """The four octets that lead to this key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ALGORITHM + self.raw).digest()[:_HASH]

    def __str__(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ALGORITHM + self.raw).decode('ascii')}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key.

        Raises:
            ValueError: It is none, or its hash is another key's.
        """
        name, first, rest = text.strip().partition("+")
        told, second, body = rest.partition("+")
        raw = base64.b64decode(body, validate=True)
        key = cls(name, raw[1:])
        sound = first and second and name and not any(sign.isspace() for sign in name)
        if not sound or raw[:1] != _ALGORITHM or len(key.raw) != _KEY or key.hash.hex() != told:
            raise ValueError(f"no verifier key: {text[:80]!r}")
        return key


def open_note(note: str, key: VerifierKey) -> str:
    """Return the text of a note that `key` signed.

    Raises:
        ValueError: It is no note, or this key did not sign it.
    """
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap or not signatures.endswith("\n"):
        raise ValueError("no signed note")
    for line in signatures.splitlines():
        name, _, body = line.removeprefix(_DASH).rpartition(" ")
        if not line.startswith(_DASH) or name != key.name:
            continue
        raw = base64.b64decode(body, validate=True)
        if raw[:_HASH] != key.hash or len(raw) != _HASH + _SIGNATURE:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(raw[_HASH:], text.encode())
        except InvalidSignature as error:
            raise ValueError("the signature does not fit") from error
        return text
    raise ValueError("not signed by this key")
