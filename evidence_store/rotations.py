"""Changes of a log's key: records that both keys signed, and what follows from them.

A record holds a statement (origin, old key, new key, time) and the last checkpoint of the old key, both as notes with
the signatures of both keys. From its record on the old key signs nothing, so one of the two keys alone changes nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import EvidenceError, FormatError, NoteError
from evidence_store.failures import LogKeyRetiredError, ObjectMissingError, SignatureError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.moments import is_moment
from evidence_store.signing import Signer, VerifierKey, assemble_note, parse_note

_HEADER: Final = "bianwu/log-rotation/1"
_LINES: Final = 6
_MOST: Final = 9999


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change of key, checked.

    Attributes:
        old: The key that signed until then; its last checkpoint has `size` leaves.
        new: The key that signs after it.
        at: When, RFC 3339.
        size: Leaves of the last checkpoint of the old key.
        statement: The note both signed.
        checkpoint: The last checkpoint, signed by both.
    """

    old: VerifierKey
    new: VerifierKey
    at: str
    size: int
    statement: bytes
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """Return the record."""
        notes = {"statement": self.statement.decode(), "checkpoint": self.checkpoint.decode()}
        return canonical_json({"v": 1, **notes})

    @classmethod
    def parse(cls, data: bytes) -> "Rotation":
        """Return a record, every signature checked.

        Raises:
            FormatError, SignatureError: It is not one, or one of the keys did not sign one of the notes.
        """
        value = parse_object(data)
        if set(value) != {"v", "statement", "checkpoint"} or value["v"] != 1:
            raise NoteError("not a record of a change of key")
        return cls.of(str(value["statement"]).encode(), str(value["checkpoint"]).encode())

    @classmethod
    def of(cls, statement: bytes, checkpoint: bytes) -> "Rotation":
        """Return the change two notes tell of; errors as `parse`."""
        old, new, at = read_statement(statement)
        head = Checkpoint.parse(checkpoint)
        if head.origin != old.name:
            raise NoteError("the checkpoint is of another log")
        _require_both(checkpoint, old, new)
        return cls(old, new, at, head.size, statement, checkpoint)


def write_statement(old: Signer, new: Signer, at: str) -> bytes:
    """Return the statement of a change of key, signed by both."""
    text = f"{_HEADER}\n{old.name}\n{old.verifier_key}\n{new.verifier_key}\n{at}\n".encode()
    return assemble_note(text, [(one.name, one.key.key_id + one.sign(text)) for one in (old, new)])


def read_statement(statement: bytes) -> tuple[VerifierKey, VerifierKey, str]:
    """Return old key, new key and time of a statement.

    Raises:
        FormatError, SignatureError: It is not one, or not signed by both.
    """
    lines = parse_note(statement).text.decode().split("\n")
    if len(lines) != _LINES or lines[0] != _HEADER or not is_moment(lines[4]):
        raise NoteError("not a statement of a change of key")
    old, new = VerifierKey.parse(lines[2]), VerifierKey.parse(lines[3])
    if not lines[1] == old.name == new.name or old.public == new.public:
        raise NoteError("the keys are not two keys of this log")
    _require_both(statement, old, new)
    return old, new, lines[4]


def _require_both(note: bytes, *keys: VerifierKey) -> None:
    if len(parse_note(note).verified_by(keys)) != len(keys):
        raise SignatureError("a change of key is signed by both keys, or it is none")


def rotation_leaf(statement: bytes) -> dict[str, object]:
    """Return the log entry of a change of key."""
    _, new, at = read_statement(statement)
    digests = {"h256": sha256_hex(statement), "hsm3": sm3_hex(statement)}
    return {"v": 1, "t": "key", "at": at, "ref": new.key_id.hex(), **digests}


def rotations(backend: Backend) -> Iterator[Rotation]:
    """Yield the changes of key of a log in order.

    Raises:
        FormatError, SignatureError: A record is damaged or forged.
    """
    for number in range(1, _MOST):
        try:
            data = backend.get(layout.rotation_key(number))
        except ObjectMissingError:
            return
        yield Rotation.parse(data)


def earlier_keys(backend: Backend, key: VerifierKey) -> tuple[VerifierKey, ...]:
    """Return the keys that led to this one, the last first; a forged record leads nowhere."""
    found: list[VerifierKey] = []
    with suppress(FormatError, EvidenceError):
        for one in reversed(list(rotations(backend))):
            if one.new == (found[-1] if found else key):
                found.append(one.old)
    return tuple(found)


def later_keys(backend: Backend, key: VerifierKey) -> tuple[VerifierKey, ...]:
    """Return the keys that followed this one, each vouched for by the one before.

    Raises:
        FormatError, SignatureError: A record is damaged or forged.
    """
    found = [key]
    for one in rotations(backend):
        if one.old == found[-1]:
            found.append(one.new)
    return tuple(found[1:])


def require_current(backend: Backend, key: VerifierKey) -> None:
    """Raise `LogKeyRetiredError` when a later key took over from this one."""
    with suppress(FormatError, SignatureError):
        for one in rotations(backend):
            if one.old == key:
                raise LogKeyRetiredError(f"{key.name} {key.key_id.hex()}, {one.at}")
