"""The log's key changing hands, and the witnesses it asks: files of the keys folder, told to others in trust.json."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from caseapp.config import LOG_KEY, Settings
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from evidence_store import Signer
from evidence_store.backends import Backend, open_backend
from evidence_store.failures import ObjectMissingError
from evidence_store.files import replace_file, storage_errors
from evidence_store.rotating import rotate
from evidence_store.rotations import Rotation, read_statement, rotations, write_statement
from evidence_store.trust import RetiredLogKey
from evidence_store.witnessing import WitnessAt, read_witnesses

NEXT_KEY: Final = "log-next.key"
STATEMENT: Final = "log-next.note"
WITNESSES: Final = "log-witnesses.json"


def witnesses_of(settings: Settings) -> tuple[int, tuple[WitnessAt, ...]]:
    """Return how many witnesses must cosign, and the witnesses.

    Raises:
        EvidenceError: the file is no list of witnesses.
    """
    path = settings.keys_dir / WITNESSES
    if not path.is_file():
        return 0, ()
    with storage_errors(path):
        return read_witnesses(path.read_bytes())


def set_witnesses(settings: Settings, quorum: int, rows: Sequence[WitnessAt]) -> None:
    """Write the list of witnesses; trust.json is the caller's next step.

    Raises:
        EvidenceError: a witness twice, an address nobody can ask, or a quorum nobody can reach.
    """
    value = {"quorum": quorum, "witnesses": [{"vkey": str(row.key), "url": row.url} for row in rows]}
    data = (json.dumps(value, indent=2) + "\n").encode()
    read_witnesses(data)
    replace_file(settings.keys_dir / WITNESSES, data)


def log_trust(settings: Settings) -> dict[str, Any]:
    """Return what trust.json says about the log: its key, those it had before with their ends, witnesses, quorum."""
    quorum, witnesses = witnesses_of(settings)
    return {
        "log": Signer.load(settings.keys_dir / LOG_KEY).verifier_key,
        "retired_log_keys": tuple(RetiredLogKey(str(one.old), one.size, one.at) for one in _rotations(settings)),
        "witnesses": tuple(str(row.key) for row in witnesses),
        "quorum": quorum,
    }


def _rotations(settings: Settings) -> list[Rotation]:
    if settings.nothing_logged():
        return []
    return list(rotations(open_backend(settings.evidence_url)))


def unfinished(settings: Settings) -> bool:
    """Whether a change of key was begun and not ended."""
    return any((settings.keys_dir / name).exists() for name in (NEXT_KEY, STATEMENT))


def _ignore(_: int) -> None:
    """Nobody watches the steps."""


def rotate_log_key(
    settings: Settings, *, at: str, renew: Callable[[], object], on_step: Callable[[int], None] = _ignore
) -> Rotation:
    """Give the log a new key; one that was begun and killed is ended instead of beginning another.

    11 the new key is kept → 12 the statement, signed by both → 1 to 3 in the log (`evidence_store.rotating`) → 13 the
    old key is put aside → 14 the new one takes its name → 15 trust.json → the statement goes.

    Args:
        settings: the installation.
        at: when, RFC 3339 UTC.
        renew: writes trust.json.
        on_step: called with the number of each step when it is done.

    Raises:
        InvalidInputError: there is no log yet.
        EvidenceError: a key or the log cannot be read or written; doing it again goes on.
    """
    if settings.nothing_logged():
        raise InvalidInputError(field=Label("存证日志", "log"), problem=Label("还没有条目", "it has no entries yet"))
    backend = open_backend(settings.evidence_url)
    with backend.exclusive("rotate"):
        done = _ended(settings, backend) or _take_over(settings, backend, at, on_step)
        renew()
        on_step(15)
        (settings.keys_dir / STATEMENT).unlink(missing_ok=True)
        return done


def _ended(settings: Settings, backend: Backend) -> Rotation | None:
    """Return the change that only lacks its last step: its key is the log's already."""
    note = settings.keys_dir / STATEMENT
    if not note.is_file() or (settings.keys_dir / NEXT_KEY).exists():
        return None
    statement = note.read_bytes()
    for one in rotations(backend):
        if one.statement == statement and one.new == Signer.load(settings.keys_dir / LOG_KEY).key:
            return one
    raise ObjectMissingError(f"{note}: {NEXT_KEY}")


def _take_over(settings: Settings, backend: Backend, at: str, on_step: Callable[[int], None]) -> Rotation:
    folder = settings.keys_dir
    old, path, note = Signer.load(folder / LOG_KEY), folder / NEXT_KEY, folder / STATEMENT
    if not path.exists():
        Signer.generate(old.name).save(path)
    new = Signer.load(path)
    on_step(11)
    if not note.exists() or read_statement(note.read_bytes())[:2] != (old.key, new.key):
        replace_file(note, write_statement(old, new, at))
    on_step(12)
    done = rotate(backend, old, new, note.read_bytes(), on_step=on_step)
    aside = folder / f"log-retired-{old.key.key_id.hex()}.key"
    if not aside.exists():
        old.save(aside)
    on_step(13)
    _take_name(path, folder / LOG_KEY)
    on_step(14)
    return done


def _take_name(path: Path, target: Path) -> None:
    """Rename durably: the name holds the old key or the new one, always a whole one."""
    with storage_errors(target):
        path.replace(target)
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
