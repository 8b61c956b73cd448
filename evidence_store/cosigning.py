"""Cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1): that a log only grew, seen by somebody else.

A witness signs `cosignature/v1`, a time and the checkpoint's text; the line is added to the checkpoint's note, and the
log's own signature stays what it was.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from evidence_store.checkpoint import Checkpoint
from evidence_store.digests import sha256_hex
from evidence_store.errors import NoteError
from evidence_store.failures import SignatureError
from evidence_store.signing import Signer, VerifierKey, assemble_note, parse_note

_KIND = b"\x04"
_VALUE = 4 + 8 + 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness.

    Attributes:
        name: Its name; not that of any log.
        public: 32 bytes of Ed25519 public key.
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "WitnessKey":
        """Read a verifier key of type 0x04; anything else is a `NoteError`."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NoteError("witness key: not base64") from error
        if data[:1] != _KIND or len(data) != 33 or base64.b64encode(data).decode() != encoded:  # noqa: PLR2004
            raise NoteError("not the key of a witness (type 0x04)")
        VerifierKey(name, data[1:])
        assemble_note(b"\n", [(name, b"00000")])  # the rules of names are those of notes
        key = cls(name, data[1:])
        if key_id != key.key_id.hex():
            raise NoteError("witness key: the key id does not belong to the key")
        return key

    @classmethod
    def of(cls, signer: Signer) -> "WitnessKey":
        """Return the key under which a signer cosigns."""
        return cls(signer.name, signer.key.public)

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ LF ‖ 0x04 ‖ key)."""
        return bytes.fromhex(sha256_hex(self.name.encode() + b"\n" + _KIND + self.public))[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_KIND + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One witness's line under one checkpoint.

    Attributes:
        key: Who cosigned.
        value: key id ‖ 8 bytes of time ‖ signature.
    """

    key: WitnessKey
    value: bytes

    @property
    def at(self) -> datetime:
        """When the witness says it signed."""
        return datetime.fromtimestamp(int.from_bytes(self.value[4:12], "big"), UTC)

    @property
    def line(self) -> bytes:
        """The signature line, as a witness answers it."""
        return f"— {self.key.name} {base64.b64encode(self.value).decode()}\n".encode()


def _message(text: bytes, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % seconds + text


def cosign(signer: Signer, text: bytes, at: datetime) -> Cosignature:
    """Return a witness's cosignature over a checkpoint's text."""
    seconds, key = int(at.timestamp()), WitnessKey.of(signer)
    return Cosignature(key, key.key_id + seconds.to_bytes(8, "big") + signer.sign(_message(text, seconds)))


def read_cosignature(key: WitnessKey, text: bytes, answer: bytes) -> Cosignature:
    """Return the cosignature a witness's answer holds, checked.

    Raises:
        NoteError: The answer is no block of signature lines.
        SignatureError: None of the lines is this witness's, or its signature is wrong.
    """
    for name, value in parse_note(text + b"\n" + answer).signatures:
        if name != key.name or value[:4] != key.key_id:
            continue
        if len(value) != _VALUE:
            raise NoteError("a cosignature has another length")
        found = Cosignature(key, value)
        VerifierKey(key.name, key.public).check(_message(text, int.from_bytes(value[4:12], "big")), value[12:])
        if found.value[4:5] != b"\x00":
            raise NoteError("a cosignature's time is out of range")
        return found
    raise SignatureError(f"no cosignature of {key.name}")


def cosigned(head: Checkpoint, lines: Iterable[Cosignature]) -> Checkpoint:
    """Return a checkpoint with cosignatures added, sorted by witness; the text is the same."""
    note = parse_note(head.signed)
    there = {(name, value[:4]) for name, value in note.signatures}
    added = sorted((one.key.name, one.value) for one in lines if (one.key.name, one.key.key_id) not in there)
    return Checkpoint(head.origin, head.size, head.root, assemble_note(note.text, [*note.signatures, *added]))
