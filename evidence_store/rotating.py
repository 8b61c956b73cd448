"""Change the key of a log, step by step; killed at any step, doing it again with the same statement ends it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint
from evidence_store.errors import NoteError
from evidence_store.failures import LogBusyError, ObjectMissingError
from evidence_store.log import Log
from evidence_store.rotations import Rotation, read_statement, rotation_leaf, rotations
from evidence_store.signing import Signer, assemble_note, parse_note

_ROUNDS: Final = 16


def _ignore(_: int) -> None:
    """Nobody watches the steps."""


def rotate(
    backend: Backend, old: Signer, new: Signer, statement: bytes, *, on_step: Callable[[int], None] = _ignore
) -> Rotation:
    """Let the new key take over from the old one.

    1 the statement becomes a leaf under the old key → 2 the record, with the last checkpoint signed by both: from here
    on the old key signs nothing → 3 the head carries both signatures.

    Args:
        backend: Where the log lies.
        old: The key that signs now, or signed until a rotation that was killed.
        new: The key that is to sign.
        statement: `write_statement(old, new, …)`, kept by the caller until it is done.
        on_step: Called with 1 to 3 when a step is done.

    Raises:
        FormatError, SignatureError: The statement is not one of these keys.
        LogKeyRetiredError: Another key took over already.
        StorageError: It may be half done; doing it again ends it.
    """
    if read_statement(statement)[:2] != (old.key, new.key):
        raise NoteError("the statement names other keys")
    log = Log(backend, old)
    for _ in range(_ROUNDS):
        done = next((one for one in rotations(backend) if one.statement == statement), None)
        if done is None:
            log.append(rotation_leaf(statement))
            on_step(1)
        with backend.exclusive("log"):
            done = done or _record(backend, log, new, statement)
            if done is None:
                continue  # a writer died between batch and head: the next append takes its batch in
            on_step(2)
            head = Checkpoint.parse(done.checkpoint)
            signed = backend.get(layout.LOG_HEAD)
            if Checkpoint.parse(signed).text == head.text:
                backend.swap(layout.LOG_HEAD, signed, head.signed)
            on_step(3)
            return done
    raise LogBusyError("other writers kept winning")


def _record(backend: Backend, log: Log, new: Signer, statement: bytes) -> Rotation | None:
    """Write the record under the lock of the log; None when an append is half done."""
    head = log.head()
    with suppress(ObjectMissingError):
        backend.get(layout.batch_key(head.size))
        return None
    note = parse_note(head.signed)
    both = assemble_note(note.text, [*note.signatures, (new.name, new.key.key_id + new.sign(note.text))])
    found = Rotation.of(statement, both)
    backend.put_new(layout.rotation_key(1 + sum(1 for _ in rotations(backend))), found.to_bytes())
    return found
