"""Ed25519 keys and C2SP signed notes (https://c2sp.org/signed-note).

Key files hold one line, Go's note format `PRIVATE+KEY+<name>+<key id>+<base64 of 0x01 ‖ seed>`, mode 0600.
"""

import base64
import binascii
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from evidence_store.digests import sha256_hex
from evidence_store.errors import KeyFileError, NoteError
from evidence_store.failures import SignatureError
from evidence_store.files import OS_PORT, FilePort, write_new

_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_ID_BYTES: Final = 4
_MAX_SIGNATURES: Final = 100
_MAX_NOTE: Final = 1 << 20
_MAX_KEY_FILE: Final = 4096
_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_KEY_FIELDS: Final = 3


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NoteError(f"key name {ascii(name)[:80]}: 1-128 characters, no white space, no +")
    return name


def _unbase64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise NoteError(f"{what}: not base64") from error
    if base64.b64encode(data).decode() != text:
        raise NoteError(f"{what}: not canonical base64")
    return data


def _key_id(name: str, public: bytes) -> bytes:
    return bytes.fromhex(sha256_hex(name.encode() + b"\n" + _ED25519 + public))[:_ID_BYTES]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name.

    Attributes:
        name: Key name; for a log also its origin.
        public: 32 bytes of Ed25519 public key.
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key of a vkey line `<name>+<8 hex>+<base64>`.

        Raises:
            NoteError: Malformed, of another algorithm, or the key id does not belong to the key.
        """
        fields = text.split("+", 2)
        if len(fields) != _KEY_FIELDS:
            raise NoteError("a verifier key is name+id+key")
        name, key_id, encoded = fields
        data = _unbase64(encoded, "verifier key")
        if data[:1] != _ED25519 or len(data) != 1 + _KEY_BYTES:
            raise NoteError("not an Ed25519 verifier key")
        key = cls(_check_name(name), data[1:])
        if key_id != key.key_id.hex():
            raise NoteError(f"key id {ascii(key_id)[:20]} does not belong to the key")
        return key

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ key)."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def check(self, text: bytes, signature: bytes) -> None:
        """Raise `SignatureError` unless the 64-byte signature is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError) as error:
            raise SignatureError(self.name) from error


class Signer:
    """A private Ed25519 key with a name; its representation never shows the key."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = _check_name(name)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = VerifierKey(name, public)

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    @classmethod
    def generate(cls, name: str) -> "Signer":
        """Return a new random key; `name` as C2SP signed-note allows it."""
        return cls(name, os.urandom(_KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> "Signer":
        """Read a key file.

        Raises:
            KeyFileError: Missing, not a regular file, readable by group or others, or not a key.
        """
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                if not stat.S_ISREG(mode) or mode & 0o077:
                    raise KeyFileError(f"{path}: must be a regular file of mode 0600")
                line = file.read(_MAX_KEY_FILE + 1)
        except OSError as error:
            raise KeyFileError(f"{path}: {error.strerror}") from error
        return cls._parse(line, path)

    @classmethod
    def _parse(cls, line: bytes, path: Path) -> "Signer":
        try:
            head, tail = line.decode().removesuffix("\n").split("+KEY+", 1)
            name, key_id, encoded = tail.split("+", 2)
            data = _unbase64(encoded, "private key")
        except (ValueError, NoteError) as error:
            raise KeyFileError(f"{path}: not a private key file") from error
        if head != "PRIVATE" or data[:1] != _ED25519 or len(data) != 1 + _KEY_BYTES or not _NAME.fullmatch(name):
            raise KeyFileError(f"{path}: not an Ed25519 private key file")
        signer = cls(name, data[1:])
        if key_id != signer.key.key_id.hex():
            raise KeyFileError(f"{path}: the key id does not belong to the key")
        return signer

    def save(self, path: Path, *, port: FilePort = OS_PORT) -> None:
        """Write the key file with mode 0600, durably.

        Raises:
            KeyFileError: The file exists: a key is never overwritten.
            StorageError: It cannot be written.
        """
        seed = self._private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        encoded = base64.b64encode(_ED25519 + seed).decode()
        line = f"PRIVATE+KEY+{self.name}+{self.key.key_id.hex()}+{encoded}\n"
        if not write_new(path, line.encode(), port=port, mode=0o600):
            raise KeyFileError(f"{path}: exists and is not overwritten")

    @property
    def verifier_key(self) -> str:
        """The public key as a C2SP vkey line."""
        return str(self.key)

    def sign(self, text: bytes) -> bytes:
        """Return the 64-byte signature over `text`."""
        return self._private.sign(text)

    def sign_note(self, text: bytes) -> bytes:
        """Return the signed note of a text that ends in a line feed."""
        return assemble_note(text, [(self.name, self.key.key_id + self.sign(text))])


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note, its signatures not yet checked.

    Attributes:
        text: The signed bytes, last line feed included.
        signatures: (key name, key id ‖ signature) in order.
    """

    text: bytes
    signatures: tuple[tuple[str, bytes], ...]

    def verified_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return the given keys that signed; unknown signatures are ignored.

        Raises:
            SignatureError: A given key's signature is wrong.
        """
        found = []
        for key in keys:
            for name, value in self.signatures:
                if name == key.name and value[:_ID_BYTES] == key.key_id:
                    key.check(self.text, value[_ID_BYTES:])
                    found.append(key)
                    break
        return tuple(found)

    def require(self, keys: Iterable[VerifierKey]) -> None:
        """Raise `SignatureError` unless at least one of the keys signed and none signed wrongly."""
        if not self.verified_by(keys):
            raise SignatureError("no signature of a known key")


def assemble_note(text: bytes, signatures: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the bytes of a note from its text and (key name, key id ‖ signature) pairs."""
    _check_text(text)
    lines = [f"— {_check_name(name)} {base64.b64encode(value).decode()}\n" for name, value in signatures]
    return text + b"\n" + "".join(lines).encode()


def _check_text(text: bytes) -> None:
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("not UTF-8") from error
    if not decoded.endswith("\n") or _CONTROL.search(decoded):
        raise NoteError("a text ends in a line feed and holds no control characters")


def parse_note(data: bytes) -> Note:
    """Return the text and signatures of a note.

    Raises:
        NoteError: Not a signed note, more than 1 MiB or more than 100 signatures.
    """
    if len(data) > _MAX_NOTE:
        raise NoteError("larger than 1 MiB")
    split = data.rfind(b"\n\n")
    if split < 0:
        raise NoteError("no empty line before the signatures")
    text, block = data[: split + 1], data[split + 2 :]
    _check_text(text)
    if not block.endswith(b"\n"):
        raise NoteError("the last signature line does not end")
    try:
        lines = block.decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise NoteError("not UTF-8") from error
    if len(lines) > _MAX_SIGNATURES:
        raise NoteError(f"more than {_MAX_SIGNATURES} signatures")
    return Note(text, tuple(_parse_signature(line) for line in lines))


def _parse_signature(line: str) -> tuple[str, bytes]:
    fields = line.split(" ")
    if len(fields) != _KEY_FIELDS or fields[0] != "—":
        raise NoteError("not a signature line")
    value = _unbase64(fields[2], "signature")
    if len(value) <= _ID_BYTES:
        raise NoteError("a signature is too short")
    return _check_name(fields[1]), value
