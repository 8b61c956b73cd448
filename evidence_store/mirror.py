"""Copies of a log for others: static files in C2SP's layout, brought up to date, audited without any database."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend, LocalBackend
from evidence_store.checkpoint import Checkpoint
from evidence_store.cosigning import cosigned
from evidence_store.errors import ProofError
from evidence_store.failures import LogForkError, ObjectMissingError
from evidence_store.files import read_file
from evidence_store.log import Log
from evidence_store.logcheck import LogFindings, check_log
from evidence_store.rotations import later_keys
from evidence_store.signing import VerifierKey
from evidence_store.witnessing import cosignatures

_LOG: Final = "log/"
_OWN: Final = ("log/batch/", layout.WITNESSES)
_BY_SIZE: Final = {"log/checkpoints/": -1, layout.COSIGNATURES: -2}
_GROUP: Final = 256
_MOST_CHECKPOINT: Final = 1 << 20


def export_log(log: Log, backend: Backend, folder: Path) -> Checkpoint:
    """Write tiles, entries, checkpoints, cosignatures, heartbeats and changes of key to `folder/log/`: what is new.

    `folder/log` served as static files is a C2SP tlog-tiles log; its `checkpoint` carries the cosignatures.

    Raises:
        LogForkError: The mirror holds another history.
        StorageError: It cannot be written; doing it again goes on.
    """
    target, head = LocalBackend(folder), log.head()
    before = _known(log, target, head)
    group: list[str] = []
    for key in _keys(backend, head.size):
        if target.exists(key):
            continue
        group.append(key)
        if len(group) == _GROUP:
            _copy(backend, target, group)
            group = []
    _copy(backend, target, group)
    told = cosigned(head, cosignatures(backend, head))
    target.swap(layout.LOG_HEAD, before, told.signed)
    return told


def _known(log: Log, target: Backend, head: Checkpoint) -> bytes | None:
    """Return the mirror's head; a mirror of another history is refused, never overwritten."""
    try:
        data = target.get(layout.LOG_HEAD)
    except ObjectMissingError:
        return None
    known = log.accept(data)
    if not _extends(log, head, known):
        raise LogForkError(f"the mirror has {known.size} entries of another history")
    return data


def _extends(log: Log, head: Checkpoint, known: Checkpoint) -> bool:
    try:
        log.growth_to(known.size, head).check(known.root)
    except ProofError:
        return False
    return True


def _keys(backend: Backend, size: int) -> Iterable[str]:
    """Yield what a mirror of that size holds."""
    for key in backend.list(_LOG):
        if key == layout.LOG_HEAD or key.startswith(_OWN):
            continue
        part = next((at for prefix, at in _BY_SIZE.items() if key.startswith(prefix)), None)
        if part is None or int(key.split("/")[part]) <= size:
            yield key


def _copy(backend: Backend, target: Backend, keys: list[str]) -> None:
    if not keys:
        return
    with target.batch() as batch:
        for key in keys:
            batch.write(key, (backend.get(key),))
        batch.sync()
        batch.link()
        batch.settle()


def audit_log(folder: Path, key: VerifierKey, *, against: Path | None = None) -> tuple[Checkpoint, LogFindings]:
    """Recompute a mirror from its entries: tiles, root, every checkpoint, cosignature, heartbeat and change of key.

    Args:
        folder: What `export_log` wrote, or a store.
        key: A key of the log got by another way; later keys are believed when each was vouched for by the one before.
        against: A checkpoint somebody kept: the mirror must extend it.

    Raises:
        ObjectMissingError: There is no log.
        FormatError, IntegrityError: Its head is not of this log.
    """
    if not (folder / layout.LOG_HEAD).is_file():
        raise ObjectMissingError(f"{folder / layout.LOG_HEAD}")
    backend = LocalBackend(folder)
    log = Log(backend, key, old_keys=later_keys(backend, key))
    head, found = log.head(), check_log(log, backend)
    if against is not None:
        kept = log.accept(read_file(against, _MOST_CHECKPOINT))
        if not _extends(log, head, kept):
            found.problems.append((str(against), LogForkError(f"the mirror does not extend its {kept.size} entries")))
    return head, found
