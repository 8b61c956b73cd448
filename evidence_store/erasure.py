"""Lawful erasure: the payload of one package goes, everything that proves it existed stays.

The order makes it safe to stop anywhere and begin again: log entry → tombstone → each blob → what was set aside of it →
done; then the second place in the same order. The decision itself, by two people, is the caller's and comes before.
Deleting goes through `Backend.delete` alone: what lies under a key is the backend's business.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint
from evidence_store.failures import ObjectConflictError, ObjectMissingError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.mending import set_aside
from evidence_store.records import PackageRecord
from evidence_store.store import EvidenceStore
from evidence_store.tombstones import (
    ERASED,
    Tombstone,
    done_key,
    gone,
    is_erased,
    kept_digests,
    tombstone_key,
    tombstone_of,
    tombstones,
)

STEPS: Final = ("logged", "marked", "deleted", "done")
"""What `on_step` is told, in this order; `deleted` once for every object."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """How an erasure ended.

    Attributes:
        package_id: The package.
        seal_id: Its seal number.
        at: When it began, RFC 3339 UTC.
        log_index: The `erase` entry in the log.
        checkpoint: A signed head that covers it.
        tombstone: SHA-256 of the tombstone, as the entry says.
        blobs: Objects of the payload that are gone.
        shared: Objects that stay, for a package that is kept refers to them.
    """

    package_id: str
    seal_id: str
    at: str
    log_index: int
    checkpoint: Checkpoint
    tombstone: str
    blobs: int
    shared: int


def _ignore(_: str) -> None:
    """Nobody watches the steps."""


def erase(
    store: EvidenceStore,
    package_id: str,
    *,
    at: datetime,
    decision: str,
    on_step: Callable[[str], None] = _ignore,
) -> Erasure:
    """Erase the payload of a package; again after a crash it goes on, and gives the same answer.

    Args:
        store: The store, with its log's key.
        package_id: The package.
        at: When it was decided to begin: the same at every attempt.
        decision: SHA-256 of the decision as the caller keeps it: the same at every attempt.
        on_step: Told each step when it is durable.

    Raises:
        ObjectMissingError: No such package.
        StorageError: The place failed; do it again.
        ObjectRetainedError: The place may not delete an object yet.
    """
    record = PackageRecord.parse(store.backend.get(layout.package_key(package_id)))
    stone = tombstone_of(store.backend, package_id) or _stone(record, at, decision)
    receipt = store.append(stone.leaf())
    on_step("logged")
    store.backend.put_new(tombstone_key(package_id), stone.to_bytes())
    on_step("marked")
    if not store.backend.exists(done_key(package_id)):
        _delete_all(store.backend, store.backend, stone, on_step)
        # Counted from what is left, not from what this run deleted: the run before may have been cut off.
        shared = sum(store.backend.exists(layout.blob_key(digest)) for digest in stone.blobs)
        ended = canonical_json({"v": 1, "blobs": len(stone.blobs) - shared, "shared": shared})
        with suppress(ObjectConflictError):  # two runs at once, and something shared came or went between them
            store.backend.put_new(done_key(package_id), ended)
    on_step("done")
    told = parse_object(store.backend.get(done_key(package_id)))
    proof = store.log.proof(receipt.index)
    return Erasure(
        package_id, stone.seal_id, stone.at, receipt.index, proof.checkpoint, str(stone.leaf()["h256"]),
        int(told["blobs"]), int(told["shared"]),
    )  # fmt: skip


def _stone(record: PackageRecord, at: datetime, decision: str) -> Tombstone:
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    blobs = {item.sha256 for item in record.files if item.path.startswith(layout.DATA)}
    return Tombstone(record.package_id, record.seal_id, moment, decision, tuple(sorted(blobs)))


def _delete_all(records: Backend, place: Backend, stone: Tombstone, on_step: Callable[[str], None]) -> None:
    """Delete from a place what the tombstone names and no kept package of `records` refers to."""
    kept = kept_digests(records)
    for digest in stone.blobs:
        if digest in kept:
            continue
        for key in (layout.blob_key(digest), *set_aside(place, digest)):
            with suppress(ObjectMissingError):
                place.delete(key)
        on_step("deleted")


def is_done(backend: Backend, package_id: str) -> bool:
    """Whether the payload of a package is gone from a place: what was to be deleted is deleted."""
    return is_erased(backend, package_id) and backend.exists(done_key(package_id))


def erase_copy(source: Backend, target: Backend) -> int:
    """Carry the erasures of the first place over to the second; returns how many objects were deleted there.

    Tombstones first, then the bytes. Only erasures that ended on the first place are carried; again is harmless.

    Raises:
        StorageError: A place failed; do it again.
    """
    there, deleted = set(target.list(ERASED)), 0
    ended = [stone for stone in tombstones(source) if source.exists(done_key(stone.package_id))]
    for stone in ended:
        if (key := tombstone_key(stone.package_id)) not in there:
            target.put_new(key, stone.to_bytes())
    left = [stone for stone in ended if done_key(stone.package_id) not in there]
    asked = {digest for stone in left for digest in stone.blobs}
    # Also what an older run of the copy brought back after its erasure had been carried over.
    asked |= {digest for stone in ended for digest in stone.blobs if target.exists(layout.blob_key(digest))}
    for digest in sorted(gone(source, asked)) if asked else ():
        for key in (layout.blob_key(digest), *set_aside(target, digest)):
            with suppress(ObjectMissingError):
                target.delete(key)
                deleted += 1
    for stone in left:
        with suppress(ObjectConflictError):
            target.put_new(done_key(stone.package_id), source.get(done_key(stone.package_id)))
    return deleted
