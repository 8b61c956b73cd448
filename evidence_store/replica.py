"""A second place that holds everything: copied, read back on the other side, compared; the first place never changes.

The order keeps the rule of the store on the copy too: nothing refers to bytes that are not there. What is there already
is left alone, so a copy that was cut off goes on where it ended.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import chunks_of, sha256_of
from evidence_store.erasure import erase_copy
from evidence_store.failures import DigestMismatchError, LogForkError, ObjectConflictError, ObjectMissingError
from evidence_store.mending import ASIDE, QUARANTINE
from evidence_store.tombstones import ERASED, is_end
from evidence_store.vault.stream import ENCRYPTION, is_whole

_GROUP: Final = 16
_LATER: Final = (ENCRYPTION, QUARANTINE, ASIDE, ERASED, "seals/", layout.PACKAGES, "log/")
"""After the bytes: what was set aside, the tombstones, the records that refer to bytes, at last the log."""


@dataclass
class Copied:
    """What one run did.

    Attributes:
        objects: Objects of the first place.
        copied: How many were missing, and were copied and read back.
        bytes: Their size.
        damaged: Blobs of the first place whose bytes are not those of their name; they are not copied.
        erased: Objects deleted there, because they were lawfully erased here.
    """

    objects: int = 0
    copied: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    erased: int = 0


@dataclass
class Compared:
    """How two places differ.

    Attributes:
        same: Objects alike on both sides.
        missing: Keys the second place lacks.
        only_there: Keys the first place lacks.
        different: Keys with other bytes on the two sides.
        damaged: Blobs, first or second place, whose bytes are not those of their name.
    """

    same: int = 0
    missing: list[str] = field(default_factory=list)
    only_there: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def alike(self) -> bool:
        """Whether the second place can stand in for the first."""
        return not (self.missing or self.only_there or self.different or self.damaged)


def _ignore(_: Copied) -> None:
    """Nobody watches."""


def changes(key: str) -> bool:
    """Whether a key is one of the few whose object changes: the head of the log and what witnesses answered last."""
    return key == layout.LOG_HEAD or key.startswith(layout.WITNESSES)


def replicate(source: Backend, target: Backend, *, watch: Callable[[Copied], None] = _ignore) -> Copied:
    """Copy what `target` lacks, each object held against its digest on both sides; nothing is deleted anywhere.

    The one exception: what was lawfully erased in the first place goes in the second too, last of all.

    Raises:
        LogForkError: The second place holds the log of another store, or a later one; nothing was copied.
        StorageError: A place failed; doing it again goes on.
        DigestMismatchError: What the second place gives back is not what it was given.
    """
    done, moving = Copied(), _moving(source)  # the head before the lists: they then hold all it needs
    _require_ours(source, target, moving.get(layout.LOG_HEAD))
    later = [[key for key in source.list(part) if not (changes(key) or is_end(key))] for part in reversed(_LATER)]
    parts = [list(source.list(layout.BLOBS)), *reversed(later)]
    for keys, prefix in zip(parts, (layout.BLOBS, *_LATER), strict=True):
        there = set(target.list(prefix))
        done.objects += len(keys)
        lacking = iter([key for key in keys if key not in there])
        while group := list(islice(lacking, _GROUP)):
            _carry(source, target, group, done)
            watch(done)
    for key, data in moving.items():
        _follow(target, key, data)
    done.objects += len(moving)
    done.erased = erase_copy(source, target)
    return done


def _moving(source: Backend) -> dict[str, bytes]:
    found = {layout.LOG_HEAD: source.get(layout.LOG_HEAD)} if source.exists(layout.LOG_HEAD) else {}
    return found | {key: source.get(key) for key in source.list(layout.WITNESSES)}


def _carry(source: Backend, target: Backend, keys: list[str], done: Copied) -> None:
    told: dict[str, bytes] = {}
    for key in keys:
        with source.open(key) as file:
            digest, size = sha256_of(file)
            sound = is_whole(key, file, digest)
        if not sound:
            done.damaged.append(key)
            continue
        told[key] = digest
        done.bytes += size
    with target.batch() as batch:
        for key in told:
            batch.write(key, _pieces(source, key))
        batch.sync()
        batch.link()
        batch.settle()
    for key, digest in told.items():
        with target.open(key) as file:
            if sha256_of(file)[0] != digest:
                raise DigestMismatchError(key)
    done.copied += len(told)


def _pieces(source: Backend, key: str) -> Iterator[bytes]:
    with source.open(key) as file:
        yield from chunks_of(file)


def _follow(target: Backend, key: str, data: bytes) -> None:
    old = target.get(key) if target.exists(key) else None
    if old != data and not target.swap(key, old, data):
        raise ObjectConflictError(key)  # two runs at once: the next one goes on


def _size(head: bytes) -> int:
    return int(head.split(b"\n", 2)[1])


def _require_ours(source: Backend, target: Backend, head: bytes | None) -> None:
    """Refuse a second place whose log is not an earlier state of ours: every size was signed once."""
    try:
        known = target.get(layout.LOG_HEAD)
    except ObjectMissingError:
        return
    size = _size(known)
    if head is None or size > _size(head):
        raise LogForkError(f"the second place is ahead, with {size} entries")
    signed = head if size == _size(head) else source.get(layout.archived_checkpoint_key(size))
    if signed.partition(b"\n\n")[0] != known.partition(b"\n\n")[0]:
        raise LogForkError(f"the second place has {size} entries of another history")


def compare(source: Backend, target: Backend, *, deep: bool = True) -> Compared:
    """Hold two places against each other; `deep` reads every byte of both, else only the names are compared."""
    found, here, there = Compared(), set(source.list("")), set(target.list(""))
    found.missing, found.only_there = sorted(here - there), sorted(there - here)
    for key in sorted(here & there):
        if not deep:
            found.same += 1
            continue
        sides = [_digest(place, key) for place in (source, target)]
        if not all(sides):
            found.damaged.append(key)
        elif sides[0] != sides[1]:
            found.different.append(key)
        else:
            found.same += 1
    return found


def _digest(place: Backend, key: str) -> str:
    """Return what the stored bytes hash to; empty when they are a blob's and damaged."""
    try:
        with place.open(key) as file:
            found = sha256_of(file)[0]
            return found.hex() if is_whole(key, file, found) else ""
    except DigestMismatchError:  # the place itself saw that its bytes changed
        return ""
