"""One package gone over: every byte kept of it against manifest, seal, stamps and log; mended where that can be.

`fsck` checks a whole store and the log in one run. This is the small piece of it that a machine can do every day: a few
packages, so that each comes round within the period (§6 of the design: every blob each 30 days).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evidence_store import layout
from evidence_store.digests import sha256_hex
from evidence_store.errors import FormatError
from evidence_store.failures import IntegrityError, ObjectMissingError, StampError, StorageError
from evidence_store.fsck import Problem, check_one
from evidence_store.records import StampRecord
from evidence_store.shelf import Shelf
from evidence_store.store import EvidenceStore
from evidence_store.verifier.pem import read_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import Token

Mend = Callable[[str], bool]
"""Puts the object under a key right from a replica whose digest matches; False when it has none."""
_DAMAGE: Final = (IntegrityError, FormatError, ObjectMissingError, StampError)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What a look over one package found.

    Attributes:
        package_id: The package.
        objects: Files gone over.
        mended: Keys of objects that were put right.
        problems: What is still wrong.
        stamps_end: Until when a time stamp of it rests on valid certificates; None without a readable one.
    """

    package_id: str
    objects: int
    mended: tuple[str, ...]
    problems: tuple[Problem, ...]
    stamps_end: datetime | None = None

    @property
    def outcome(self) -> str:
        """`intact`, `mended` or `damaged`."""
        return "damaged" if self.problems else "mended" if self.mended else "intact"

    @property
    def words(self) -> str:
        """What was wrong, in one line; empty when nothing was."""
        left = [f"{one.where}: {one.error.code}" for one in self.problems]
        return "; ".join([*(f"{key}: mended" for key in self.mended), *left])


def scrub_package(store: EvidenceStore, package_id: str, *, mend: Mend | None = None) -> Scrubbed:
    """Go over one package; nothing is changed but what `mend` puts right.

    Args:
        store: The store.
        package_id: The package.
        mend: Puts a damaged object right; without it damage is only told.

    Raises:
        StorageError: The place cannot be read now, or the whole log is gone from it (a disk that is not there):
            nothing is concluded about any package.
    """
    if store.head().size == 0:
        raise ObjectMissingError(layout.LOG_HEAD)
    shelf = Shelf(store.backend)
    found = check_one(shelf, store.log, package_id)
    mended = []
    if mend is not None:
        mended = [one.where for one in found.problems if one.where.startswith(layout.BLOBS) and mend(one.where)]
    if mended:
        found = check_one(shelf, store.log, package_id)
    for one in found.problems:
        if isinstance(one.error, StorageError) and not isinstance(one.error, _DAMAGE):
            raise one.error
    problems = [*found.problems]
    problems += [Problem(f"package {package_id}", ObjectMissingError(left)) for left in found.orphans]
    ends = None if problems else stamps_end(shelf, package_id)
    return Scrubbed(package_id, found.blobs, tuple(mended), tuple(problems), ends)


def stamps_end(shelf: Shelf, package_id: str) -> datetime | None:
    """Return until when at least one time stamp of a package rests on valid certificates: a proof is renewed before.

    A stamp lasts as long as the first certificate of its own chain to end, the authority's root among them.
    """
    ends = [_chain_end(shelf, stamp) for stamp in shelf.stamps(package_id)]
    known = [one for one in ends if one is not None]
    return datetime.fromtimestamp(max(known) // 1_000_000, UTC) if known else None


def _chain_end(shelf: Shelf, stamp: StampRecord) -> int | None:
    def read(suffix: str) -> bytes:
        found = [item for item in stamp.files if item.path.endswith(suffix)]
        return shelf.backend.get(layout.blob_key(found[0].sha256)) if found else b""

    try:
        roots = read_certificates(read("-roots.pem"))
        extra = [*read_certificates(read("-chain.pem")), *roots] if read("-chain.pem") else roots
        chain = Token(read(".tsr")).chain(extra, {sha256_hex(root.raw) for root in roots})
    except ProblemError:
        return None
    return min(one.not_after for one in chain) if chain else None
