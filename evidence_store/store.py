"""The evidence store: the one place that orders write → sync → link → folder sync → log → checkpoint → receipt.

Everything lies on one backend: `blobs/` by digest, `packages/` and `seals/` as small records, `log/`. A crash at any
step leaves orphans (bytes nobody refers to, or a leaf without a caller's row), never a reference without bytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from evidence_store import layout
from evidence_store.attaching import attach_voucher, keep_blobs
from evidence_store.backends import Backend, open_backend
from evidence_store.checkpoint import Checkpoint, InclusionProof
from evidence_store.custody import CustodyEvent
from evidence_store.digests import sha256_hex
from evidence_store.errors import TokenFormatError
from evidence_store.export import write_folder, write_zip
from evidence_store.failures import (
    DigestMismatchError,
    ObjectConflictError,
    TokenMismatchError,
)
from evidence_store.files import OS_PORT, FilePort
from evidence_store.fsck import FsckReport, check_store
from evidence_store.keeping import check_free, keep_package, outlast_erasures
from evidence_store.log import Log, LogReceipt
from evidence_store.outgoing import leaf_of, package_entries
from evidence_store.package import Package, PackageFile
from evidence_store.receipts import Voucher
from evidence_store.records import StampRecord
from evidence_store.seals import SealState, check_note, seal_leaf, seal_state
from evidence_store.shelf import Shelf, StoredPackage
from evidence_store.signing import Signer, VerifierKey
from evidence_store.stampfiles import StampGroup, read_groups, stamp_group
from evidence_store.stamps import Stamp, StampReport
from evidence_store.tokencheck import imprint_holds
from evidence_store.tombstones import require_kept
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import Token

_MAX_STAMPS: Final = 99


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a package is kept and logged, the same whenever the same package is admitted.

    Attributes:
        package_id: SHA-256 of seal.sha256.
        seal_id: Its ULID.
        log_index: Durable position in the log.
        proof: The proof file `seal.tlog-proof`.
        checkpoint: The signed head it leads to.
    """

    package_id: str
    seal_id: str
    log_index: int
    proof: InclusionProof
    checkpoint: Checkpoint


def _ignore(_: int) -> None:
    """Nobody watches the steps."""


def _check_stamp(group: StampGroup, stamped: bytes) -> None:
    """Check that a stamp is signed and about this package; whom to trust is the reader's trust.json."""
    try:
        token = Token(group.tsr)
        token.check_signature()
    except ProblemError as error:
        raise TokenFormatError(f"{group.name}: {error}") from error
    if not imprint_holds(token.imprint, stamped):
        raise TokenMismatchError(f"{group.name}: the stamp is about other bytes")


class EvidenceStore:
    """Keeps packages and their log. Safe to share between threads; several processes may use the same place.

    Args:
        address: Folder, `file:///folder` or `memory:`, or a backend.
        log_signer: The log's key; its name is the log's origin. The public key alone is enough for reading.
        old_log_keys: Earlier keys of the log.
        on_step: Called with the number of each step of the crash order (1-7) when it is done.
        port: File operations for exports; tests pass one that fails.

    Raises:
        StorageError: The place cannot be opened.
    """

    def __init__(
        self,
        address: str | Path | Backend,
        *,
        log_signer: Signer | VerifierKey,
        old_log_keys: Sequence[VerifierKey] = (),
        on_step: Callable[[int], None] = _ignore,
        port: FilePort = OS_PORT,
    ) -> None:
        self.backend = open_backend(address) if isinstance(address, str | Path) else address
        self.log = Log(self.backend, log_signer, old_keys=old_log_keys, on_step=on_step)
        self._shelf = Shelf(self.backend)
        self._on_step = on_step
        self._port = port

    # --- taking in ----------------------------------------------------------------------------------------------------
    def admit(self, package: Package) -> Receipt:
        """Take a package in, every byte checked against its seal; the receipt is durable.

        Admitting it again, also after a crash or by another process, gives the same receipt. Stamps lying in the folder
        are taken in as well; `seal/log`, `custody` and files the format does not know are not.

        Raises:
            DigestMismatchError, SignatureError, FormatError: The folder is not the package it claims to be.
            DuplicateSealError: Its seal number belongs to another package.
            PackageErasedError: It was lawfully erased. ErasureUnfinishedError: Admit it again.
            StorageError, LogForkError, LogDamagedError: It could not be kept; nothing refers to what was written.
        """
        opened = Package.open(package.path)
        if opened.package_id != package.package_id:
            raise DigestMismatchError(f"{package.path}: another package than the one sealed")
        check_note(opened)
        groups = read_groups(opened)
        for group in groups:
            _check_stamp(group, opened.read(layout.SEAL_SHA256))
        check_free(self.backend, opened)
        if not self._shelf.has(opened.package_id):
            keep_package(self.backend, opened, self._on_step)
        outlast_erasures(self.backend, opened)
        leaf = seal_leaf(opened.seal, opened.read(layout.SEAL_SHA256), opened.read(layout.SEAL_SM3))
        index = self.log.append(leaf).index
        self._add_groups(opened.package_id, groups)
        proof = self.log.proof(index)
        self._on_step(7)
        return Receipt(opened.package_id, opened.seal_id, index, proof, proof.checkpoint)

    def add_stamps(self, package_id: str, stamps: StampReport | Sequence[Stamp]) -> SealState:
        """Keep time stamps of a package; one that is already kept is not kept twice.

        Raises:
            ObjectMissingError: No such package.
            TokenMismatchError: A stamp is about other bytes.
        """
        given = stamps.stamps if isinstance(stamps, StampReport) else stamps
        groups = [stamp_group(1, stamp) for stamp in given]
        stamped = self.read_file(package_id, layout.SEAL_SHA256)
        for group in groups:
            _check_stamp(group, stamped)
        self._add_groups(package_id, groups)
        return self.state(package_id)

    def _add_groups(self, package_id: str, groups: Sequence[StampGroup]) -> None:
        self._shelf.record(package_id)
        for group in groups:
            for _ in range(_MAX_STAMPS):
                known = self._shelf.stamps(package_id)
                if any(item.sha256 == sha256_hex(group.tsr) for record in known for item in record.files):
                    break
                mine = group.renumbered(1 + max((int(record.entry["n"]) for record in known), default=0))
                self._keep_group(mine)
                with suppress(ObjectConflictError):  # another process took the number: try the next
                    self.backend.put_new(layout.stamp_key(package_id, mine.number), StampRecord.of(mine).to_bytes())
                    break

    def _keep_group(self, group: StampGroup) -> None:
        keep_blobs(self.backend, group.files.values())

    def attach(self, package_id: str, voucher: Voucher) -> None:
        """Attach a receipt to a package (附着凭证); the same one is not attached twice.

        Raises:
            ObjectMissingError: No such package.
            NameRefusedError: It has ninety-nine already.
        """
        attach_voucher(self._shelf, package_id, voucher)

    # --- the log ------------------------------------------------------------------------------------------------------
    def append(self, leaf: Mapping[str, Any]) -> LogReceipt:
        """Append one leaf `{v, t, at, ref, h256, hsm3}` to the log; see `Log.append`."""
        return self.log.append(leaf)

    def head(self) -> Checkpoint:
        """Return the log's current signed head."""
        return self.log.head()

    def consistency(self, old_size: int) -> bytes:
        """Return the proof that the head extends an earlier size, for `verify --against`."""
        return self.log.growth(old_size).to_bytes()

    # --- looking ------------------------------------------------------------------------------------------------------
    def packages(self) -> Iterator[str]:
        """Yield the ids of all packages kept."""
        return self._shelf.packages()

    def find(self, seal_id: str) -> str | None:
        """Return the id of the package with a seal number, or None."""
        return self._shelf.find(seal_id)

    def get(self, package_id: str) -> StoredPackage:
        """Return what is known of a package; `ObjectMissingError` when there is none."""
        return self._shelf.package(package_id)

    def files(self, package_id: str) -> tuple[PackageFile, ...]:
        """Return the files of a package as admitted; `ObjectMissingError` when there is no such package."""
        return self._shelf.record(package_id).files

    def open_file(self, package_id: str, name: str) -> BinaryIO:
        """Return one file of a package, `data/…` or a tag file, as a stream; `ObjectMissingError` without it."""
        return self._shelf.open(self._shelf.record(package_id), name)

    def read_file(self, package_id: str, name: str) -> bytes:
        """Return one file of a package whole, checked against its recorded digest."""
        return self._shelf.read(self._shelf.record(package_id), name)

    def state(self, package_id: str) -> SealState:
        """Return how far a package has come; `ObjectMissingError` when there is none."""
        record = self._shelf.record(package_id)
        package = self._shelf.package(package_id)
        index = self.log.find(leaf_of(lambda path: self._shelf.read(record, path)))
        return seal_state(package.seal, package.stamps, index)

    # --- giving out ---------------------------------------------------------------------------------------------------
    def export(
        self,
        package_id: str,
        destination: Path,
        *,
        as_zip: bool = False,
        custody_events: Sequence[CustodyEvent] = (),
    ) -> Path:
        """Write a package to `destination/bianwu-<seal_id>` or `….zip`; the same state and events give the same bytes.

        Args:
            package_id: The package.
            destination: A folder, created when missing.
            as_zip: One ZIP file instead of a folder.
            custody_events: The item's events up to and including this export; proofs are added for logged ones.

        Raises:
            ObjectMissingError: No such package, or it is not logged yet.
            PackageErasedError: It was lawfully erased; only proof of its existence is left.
            PackageExistsError: The name is taken.
            DigestMismatchError: Stored bytes are damaged; nothing is left behind.
            CustodyError: The events are not one unbroken chain about this package.
        """
        require_kept(self.backend, package_id)
        entries = package_entries(self._shelf, self.log, package_id, custody_events)
        name = layout.folder_name(self._shelf.record(package_id).seal_id)
        if as_zip:
            return write_zip(entries, destination / f"{name}.zip", name, self._port)
        return write_folder(entries, destination / name, self._port)

    def fsck(self) -> FsckReport:
        """Recompute everything from the stored bytes; list every contradiction and every orphan."""
        return check_store(self._shelf, self.log)
