"""Recompute everything a store claims from its bytes: leaves → tiles → root → checkpoints → packages → stamps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from evidence_store import layout, merkle
from evidence_store.digests import Digests, chunks_of, digest_chunks, sha256_hex, sm3_hex
from evidence_store.errors import EvidenceError, PackageFormatError, TokenFormatError
from evidence_store.failures import (
    DigestMismatchError,
    ObjectMissingError,
    TokenMismatchError,
)
from evidence_store.leaves import leaf_bytes
from evidence_store.log import Log
from evidence_store.logcheck import check_log
from evidence_store.manifest import digest_list, parse_digest_list
from evidence_store.outgoing import leaf_of
from evidence_store.package import PackageFile
from evidence_store.records import PackageRecord, StampRecord
from evidence_store.shelf import Shelf
from evidence_store.tokencheck import imprint_holds
from evidence_store.tombstones import ErasureIncompleteError, done_key, is_erased, kept_files, tombstone_of
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import Token


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that should not be: the key or package, and the error it raised."""

    where: str
    error: EvidenceError


@dataclass(slots=True)
class FsckReport:
    """What a check of a whole store found.

    Attributes:
        packages: Packages checked.
        leaves: Log entries recomputed.
        blobs: Objects hashed.
        problems: Contradictions; evidence is damaged or missing.
        orphans: Leftovers of crashes: harmless, nothing refers to them.
        erased: Packages lawfully erased, whose proof of existence was checked all the same.
    """

    packages: int = 0
    leaves: int = 0
    blobs: int = 0
    problems: list[Problem] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    erased: int = 0

    @property
    def ok(self) -> bool:
        """Whether there is no problem; orphans are none."""
        return not self.problems


def check_store(shelf: Shelf, log: Log) -> FsckReport:
    """Check a whole store; see `FsckReport`. Damaged evidence is reported, never raised."""
    return _Check(shelf, log).run()


def check_one(shelf: Shelf, log: Log, package_id: str) -> FsckReport:
    """Check one package alone: every byte kept of it, its seal, its stamps and its place in the log."""
    return _Check(shelf, log).one(package_id)


class _Check:
    """One run over a store."""

    def __init__(self, shelf: Shelf, log: Log) -> None:
        self._shelf, self._log, self._backend = shelf, log, shelf.backend
        self._report = FsckReport()
        self._sealed: dict[bytes, str] = {}  # leaf hash of a seal → its reference
        self._blobs: dict[str, Digests] = {}
        self._used: set[str] = set()
        self._gone: set[str] = set()
        self._erased: dict[bytes, str] = {}  # leaf hash of an erasure → the seal number

    def run(self) -> FsckReport:
        report = self._report
        found = check_log(self._log, self._backend)
        report.leaves = found.leaves
        report.problems += [Problem(where, error) for where, error in found.problems]
        report.orphans += found.orphans
        self._sealed, self._erased = found.sealed, found.erased
        self._attempt("blobs", self._check_blobs)
        for package_id in self._walk("packages", self._shelf.packages):
            report.packages += 1
            self._attempt(f"package {package_id}", partial(self._check_package, package_id))
            self._attempt(f"seal of package {package_id}", partial(self._check_reserved, package_id))
        unused = set(self._blobs) - self._used
        report.problems += [
            Problem(layout.blob_key(name), ErasureIncompleteError(layout.blob_key(name)))
            for name in sorted(unused & self._gone)
        ]
        report.orphans += [f"blob {name}: no package refers to it" for name in sorted(unused - self._gone)]
        report.orphans += [f"leaf of seal {ref}: no such package" for ref in sorted(self._sealed.values())]
        report.problems += [  # stopped before it was marked, or somebody took the mark away
            Problem(f"leaf of erasure {ref}", ErasureIncompleteError(f"the log tells of an erasure of {ref}"))
            for ref in sorted(self._erased.values())
        ]
        for key in self._walk("seals", partial(self._backend.list, layout.SEALS)):
            self._attempt(key, partial(self._check_seal, key))
        report.orphans += [f"{name}: unfinished write" for name in self._walk("tmp", self._backend.leftovers)]
        return report

    def one(self, package_id: str) -> FsckReport:
        self._report.packages = 1
        self._attempt(f"package {package_id}", partial(self._check_alone, package_id))
        self._attempt(f"seal of package {package_id}", partial(self._check_reserved, package_id))
        return self._report

    def _check_alone(self, package_id: str) -> None:
        record, shelf = self._shelf.record(package_id), self._shelf
        kept = kept_files(record, erased=is_erased(self._backend, package_id))
        lots = (kept, *(stamp.files for stamp in shelf.stamps(package_id)))
        files = [*(item for lot in lots for item in lot), *(one.file for one in shelf.vouchers(package_id))]
        for name in sorted({item.sha256 for item in files}):
            self._attempt(layout.blob_key(name), partial(self._check_blob, layout.blob_key(name)))
        if not self._report.ok:
            return
        entry = leaf_of(partial(shelf.read, record))
        index = self._log.find(entry)
        if index is not None:
            self._log.proof(index).check(entry)
            self._sealed[merkle.leaf_hash(entry)] = package_id
        self._check_package(package_id)

    def _attempt(self, where: str, check: Callable[[], object]) -> None:
        try:
            check()
        except EvidenceError as error:
            self._report.problems.append(Problem(where, error))

    def _walk(self, where: str, names: Callable[[], Iterator[str]]) -> list[str]:
        found: list[str] = []
        self._attempt(where, lambda: found.extend(names()))
        return found

    # --- packages -----------------------------------------------------------------------------------------------------
    def _check_blobs(self) -> None:
        for key in self._backend.list(layout.BLOBS):
            self._attempt(key, partial(self._check_blob, key))

    def _check_blob(self, key: str) -> None:
        self._report.blobs += 1
        with self._backend.open(key) as stream:
            found = digest_chunks(chunks_of(stream))
        self._blobs[key.rpartition("/")[2]] = found
        if key != layout.blob_key(found.sha256):
            raise DigestMismatchError(key)

    def _check_package(self, package_id: str) -> None:
        record = self._shelf.record(package_id)
        stamps = self._shelf.stamps(package_id)
        kept = kept_files(record, erased=is_erased(self._backend, package_id))
        self._used.update(item.sha256 for item in (*kept, *(item for stamp in stamps for item in stamp.files)))
        attached = [voucher.file for voucher in self._shelf.vouchers(package_id)]
        self._used.update(item.sha256 for item in attached)
        self._check_tombstone(record)
        for item in (*kept, *attached):
            self._check_file(item)
        self._check_digests(record)
        if self._sealed.pop(merkle.leaf_hash(leaf_of(partial(self._shelf.read, record))), None) is None:
            self._report.orphans.append(f"package {package_id}: kept but not in the log; admit it again")
        for stamp in stamps:
            self._check_stamp(stamp, self._shelf.read(record, layout.SEAL_SHA256))

    def _check_tombstone(self, record: PackageRecord) -> None:
        """A tombstone is about the package's own payload, and the log tells of it; anybody could write one without."""
        stone = tombstone_of(self._backend, record.package_id)
        if stone is None:
            return
        self._report.erased += 1
        payload = {item.sha256 for item in record.files if item.path.startswith(layout.DATA)}
        if set(stone.blobs) != payload or stone.seal_id != record.seal_id:
            raise ErasureIncompleteError(f"the tombstone of {record.package_id} is about other bytes")
        entry = leaf_bytes(stone.leaf())
        self._erased.pop(merkle.leaf_hash(entry), None)
        if self._log.find(entry) is None:
            raise ErasureIncompleteError(f"the log tells of no erasure of {record.package_id}")
        if self._backend.exists(done_key(record.package_id)):
            self._gone |= set(stone.blobs)
        else:
            self._report.orphans.append(f"package {record.package_id}: its erasure has not ended")

    def _check_file(self, item: PackageFile) -> None:
        found = self._blobs.get(item.sha256)
        if found is None:
            raise ObjectMissingError(f"{item.path}: {layout.blob_key(item.sha256)}")
        if found != Digests(item.sha256, item.sm3, item.size):
            raise DigestMismatchError(item.path)

    def _check_digests(self, record: PackageRecord) -> None:
        """The record's files lead, through manifests and seal, to the package id."""
        texts = {path: self._shelf.read(record, path) for path in (*layout.SEALED, layout.SEAL_SHA256, layout.SEAL_SM3)}
        for name, hasher in ((layout.SEAL_SHA256, sha256_hex), (layout.SEAL_SM3, sm3_hex)):
            if texts[name] != digest_list((path, hasher(texts[path])) for path in layout.SEALED):
                raise DigestMismatchError(name)
        if sha256_hex(texts[layout.SEAL_SHA256]) != record.package_id:
            raise DigestMismatchError(layout.SEAL_SHA256)
        payload = [item for item in record.files if item.path.startswith(layout.DATA)]
        listed = parse_digest_list(texts[layout.MANIFEST_SHA256]), parse_digest_list(texts[layout.MANIFEST_SM3])
        if listed != ({item.path: item.sha256 for item in payload}, {item.path: item.sm3 for item in payload}):
            raise DigestMismatchError("the record lists other files than the manifests")

    def _check_stamp(self, stamp: StampRecord, stamped: bytes) -> None:
        for item in stamp.files:
            self._check_file(item)
        tsr = next(item for item in stamp.files if item.path.endswith(".tsr"))
        try:
            imprint = Token(self._backend.get(layout.blob_key(tsr.sha256))).imprint
        except ProblemError as error:
            raise TokenFormatError(f"{tsr.path}: {error}") from error
        if not imprint_holds(imprint, stamped):
            raise TokenMismatchError(tsr.path)

    def _check_reserved(self, package_id: str) -> None:
        """A kept package has its seal number reserved: that was written before the package was."""
        key = layout.seal_key(self._shelf.record(package_id).seal_id)
        if self._backend.get(key) != package_id.encode():
            raise PackageFormatError(f"{key}: does not name package {package_id}")

    def _check_seal(self, key: str) -> None:
        package_id = self._backend.get(key).decode("ascii", "replace")
        if not layout.is_hex256(package_id):
            raise PackageFormatError(f"{key}: names no package")
        if not self._shelf.has(package_id):
            self._report.orphans.append(f"{key}: reserved, never admitted")
        elif layout.seal_key(self._shelf.record(package_id).seal_id) != key:
            raise PackageFormatError(f"{key}: names a package with another seal number")
