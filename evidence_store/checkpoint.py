"""Checkpoints and proof files of a log: C2SP tlog-checkpoint, tlog-proof@v1, the body of a witness request."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evidence_store import merkle
from evidence_store.errors import CheckpointError, NoteError, ProofError
from evidence_store.signing import Note, Signer, parse_note

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_LINES: Final = 3
_MAX_HASHES: Final = 63
_DECIMAL: Final = re.compile("0|[1-9][0-9]{0,17}")


def _hash_line(line: str) -> bytes:
    try:
        data = base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ProofError("a hash is not base64") from error
    if len(data) != merkle.HASH_SIZE or base64.b64encode(data).decode() != line:
        raise ProofError("a hash is not 32 bytes of canonical base64")
    return data


def _decimal(text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise ProofError(f"not a number: {ascii(text)[:40]}")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head.

    Attributes:
        origin: The log's name.
        size: Number of leaves.
        root: 32-byte RFC 6962 root.
        signed: The bytes of the whole note.
    """

    origin: str
    size: int
    root: bytes
    signed: bytes

    @classmethod
    def sign(cls, signer: Signer, size: int, root: bytes) -> "Checkpoint":
        """Return the head of a log whose origin is the signer's name."""
        return cls(signer.name, size, root, signer.sign_note(checkpoint_text(signer.name, size, root)))

    @classmethod
    def parse(cls, data: bytes) -> "Checkpoint":
        """Return the head in a note; its signatures are not checked here.

        Raises:
            CheckpointError: Not a note, or its text is not exactly origin, size and root.
        """
        try:
            lines = parse_note(data).text.decode().split("\n")[:-1]
            if len(lines) != _LINES or not lines[0]:
                raise CheckpointError("the text is not origin, size and root")
            return cls(lines[0], _decimal(lines[1]), _hash_line(lines[2]), data)
        except (NoteError, ProofError) as error:
            raise CheckpointError(error.detail) from error

    @property
    def note(self) -> Note:
        """The parsed note, to check signatures."""
        return parse_note(self.signed)

    @property
    def text(self) -> bytes:
        """The signed text."""
        return checkpoint_text(self.origin, self.size, self.root)


def checkpoint_text(origin: str, size: int, root: bytes) -> bytes:
    """Return the three lines a log signs."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A tlog-proof: where a leaf is in a log, with everything needed to check it offline.

    Attributes:
        index: Position of the leaf.
        hashes: RFC 6962 audit path, leaf upwards.
        checkpoint: The head it leads to.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    def to_bytes(self) -> bytes:
        """Return the proof file."""
        lines = [_HEADER, f"index {self.index}", *_encoded(self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.signed

    @classmethod
    def parse(cls, data: bytes) -> "InclusionProof":
        """Return a proof from its file; nothing is checked but the form.

        Raises:
            ProofError: Not a tlog-proof@v1 without extra data, or its checkpoint is malformed.
        """
        lines, rest = _split(data)
        if len(lines) < 2 or lines[0] != _HEADER or not lines[1].startswith("index "):  # noqa: PLR2004
            raise ProofError("not a tlog-proof@v1 with an index")
        index = _decimal(lines[1].removeprefix("index "))
        return cls(index, _hashes(lines[2:]), _checkpoint(rest))

    def check(self, entry: bytes) -> None:
        """Raise `ProofError` unless the entry is in the tree of the checkpoint (signatures aside)."""
        head = self.checkpoint
        merkle.verify_inclusion(merkle.leaf_hash(entry), self.index, head.size, self.hashes, head.root)


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """That a newer head extends an older size; the body of a tlog-witness add-checkpoint request.

    Attributes:
        old_size: Size of the older tree.
        hashes: RFC 6962 consistency proof.
        checkpoint: The newer head.
    """

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    def to_bytes(self) -> bytes:
        """Return the request body."""
        return "\n".join([f"old {self.old_size}", *_encoded(self.hashes), "", ""]).encode() + self.checkpoint.signed

    @classmethod
    def parse(cls, data: bytes) -> "GrowthProof":
        """Return a growth proof from its bytes; a malformed one is a `ProofError`."""
        lines, rest = _split(data)
        if not lines or not lines[0].startswith("old "):
            raise ProofError("the first line is not `old <size>`")
        return cls(_decimal(lines[0].removeprefix("old ")), _hashes(lines[1:]), _checkpoint(rest))

    def check(self, old_root: bytes) -> None:
        """Raise `ProofError` unless the newer head extends the older tree with this root."""
        head = self.checkpoint
        merkle.verify_consistency(self.old_size, head.size, self.hashes, old_root, head.root)


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(item).decode() for item in hashes]


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > _MAX_HASHES:
        raise ProofError("too many hashes")
    return tuple(_hash_line(line) for line in lines)


def _split(data: bytes) -> tuple[list[str], bytes]:
    head, found, rest = data.partition(b"\n\n")
    if not found:
        raise ProofError("no empty line before the checkpoint")
    try:
        return head.decode("ascii").split("\n"), rest
    except UnicodeDecodeError as error:
        raise ProofError("not ASCII") from error


def _checkpoint(data: bytes) -> Checkpoint:
    try:
        return Checkpoint.parse(data)
    except CheckpointError as error:
        raise ProofError(error.detail) from error
