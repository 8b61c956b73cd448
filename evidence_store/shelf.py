"""What is kept: the records of packages and stamps, and the bytes they refer to. Reading only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import sha256_hex
from evidence_store.errors import PackageFormatError
from evidence_store.failures import DigestMismatchError, ObjectMissingError
from evidence_store.manifest import parse_object
from evidence_store.package import PackageFile
from evidence_store.records import PackageRecord, StampRecord, VoucherRecord
from evidence_store.tombstones import require_kept


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """What the store knows of a package.

    Attributes:
        package_id: SHA-256 of seal.sha256.
        seal_id: Its ULID.
        seal: The contents of seal.json.
        files: Sealed files, note and `verify/`, sorted by path.
        stamps: The lines of its stamps' table of contents.
        vouchers: What is said of each receipt attached to it (附着凭证); none of them counts as a stamp.
        listed: Numbers of the stamps that lie beside revocation lists collected when they came.
    """

    package_id: str
    seal_id: str
    seal: Mapping[str, Any]
    files: tuple[PackageFile, ...]
    stamps: tuple[Mapping[str, Any], ...]
    vouchers: tuple[Mapping[str, Any], ...] = ()
    listed: frozenset[int] = frozenset()


class Shelf:
    """Finds packages and their files on a backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def packages(self) -> Iterator[str]:
        """Yield the ids of all packages kept."""
        for key in self.backend.list(layout.PACKAGES):
            if key.endswith("/package.json"):
                yield key.split("/")[-2]

    def find(self, seal_id: str) -> str | None:
        """Return the id of the package with a seal number, or None."""
        if not layout.is_ulid(seal_id):
            return None
        try:
            package_id = self.backend.get(layout.seal_key(seal_id)).decode("ascii", "replace")
        except ObjectMissingError:
            return None
        return package_id if layout.is_hex256(package_id) and self.has(package_id) else None

    def has(self, package_id: str) -> bool:
        """Whether the package was kept."""
        return layout.is_hex256(package_id) and self.backend.exists(layout.package_key(package_id))

    def record(self, package_id: str) -> PackageRecord:
        """Return the record of a package; `ObjectMissingError` when there is none."""
        if not layout.is_hex256(package_id):
            raise ObjectMissingError(f"package {ascii(package_id)[:80]}")
        record = PackageRecord.parse(self.backend.get(layout.package_key(package_id)))
        if record.package_id != package_id:
            raise PackageFormatError(f"the record of {package_id} is about another package")
        return record

    def stamps(self, package_id: str) -> list[StampRecord]:
        """Return the records of a package's time stamps in their order."""
        keys = self.backend.list(layout.stamps_prefix(package_id))
        return [StampRecord.parse(self.backend.get(key)) for key in keys]

    def vouchers(self, package_id: str) -> list[VoucherRecord]:
        """Return the records of what is attached to a package, in their order."""
        keys = self.backend.list(layout.vouchers_prefix(package_id))
        return [VoucherRecord.parse(self.backend.get(key)) for key in keys]

    def open(self, record: PackageRecord, path: str) -> BinaryIO:
        """Return one file of a package as a stream; `ObjectMissingError` without it, also when it was erased."""
        item = record.file(path)
        if item is None:
            raise ObjectMissingError(f"{record.package_id}: {ascii(path)[:120]}")
        if path.startswith(layout.DATA):
            require_kept(self.backend, record.package_id)
        return self.backend.open(layout.blob_key(item.sha256))

    def read(self, record: PackageRecord, path: str) -> bytes:
        """Return one file whole; `DigestMismatchError` when it is not what was recorded."""
        with self.open(record, path) as stream:
            data = stream.read()
        item = record.file(path)
        if item is None or sha256_hex(data) != item.sha256:
            raise DigestMismatchError(f"{record.package_id}: {path}")
        return data

    def package(self, package_id: str) -> StoredPackage:
        """Return what is known of a package; `ObjectMissingError` when there is none."""
        record = self.record(package_id)
        seal = parse_object(self.read(record, layout.SEAL_JSON))
        records = self.stamps(package_id)
        stamps = tuple(stamp.entry for stamp in records)
        listed = frozenset(
            int(stamp.entry["n"]) for stamp in records if any(file.path.endswith(".crl") for file in stamp.files)
        )
        vouchers = tuple(voucher.said for voucher in self.vouchers(package_id))
        return StoredPackage(package_id, record.seal_id, seal, record.files, stamps, vouchers, listed)
