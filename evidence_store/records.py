"""What the store writes down about a package: its files and its time stamps. Canonical JSON, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence_store import layout
from evidence_store.digests import digest_bytes
from evidence_store.errors import PackageFormatError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.package import PackageFile
from evidence_store.stampfiles import StampGroup, check_entry, group_paths_hold


def file_of(path: str, data: bytes) -> PackageFile:
    """Return the record of a file given by its bytes."""
    digests = digest_bytes(data)
    return PackageFile(path, digests.size, digests.sha256, digests.sm3)


def _file_json(item: PackageFile) -> dict[str, Any]:
    return {"path": item.path, "sha256": item.sha256, "size": item.size, "sm3": item.sm3}


def _parse_file(value: object) -> PackageFile:
    if not isinstance(value, dict) or set(value) != {"path", "sha256", "size", "sm3"}:
        raise PackageFormatError("a file's record has other fields")
    sized = type(value["size"]) is int and value["size"] >= 0
    if not sized or not layout.is_hex256(value["sha256"]) or not layout.is_hex256(value["sm3"]):
        raise PackageFormatError("a file's record is malformed")
    if not isinstance(value["path"], str):
        raise PackageFormatError("a file's path is not text")
    return PackageFile(layout.check_path(value["path"]), value["size"], value["sha256"], value["sm3"])


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """The files a package had when it was admitted: the sealed ones, its note, its `verify/` folder."""

    package_id: str
    seal_id: str
    files: tuple[PackageFile, ...]

    def to_bytes(self) -> bytes:
        """Return the record's canonical JSON."""
        return canonical_json(
            {
                "v": 1,
                "package_id": self.package_id,
                "seal_id": self.seal_id,
                "files": [_file_json(item) for item in self.files],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "PackageRecord":
        """Return a record from its bytes; anything else is an `EvidenceError`."""
        value = parse_object(data)
        if set(value) != {"v", "package_id", "seal_id", "files"} or value["v"] != 1:
            raise PackageFormatError("not a package record")
        if not layout.is_hex256(value["package_id"]) or not layout.is_ulid(value["seal_id"]):
            raise PackageFormatError("a package record names no package")
        if not isinstance(value["files"], list):
            raise PackageFormatError("a package record has no files")
        return cls(value["package_id"], value["seal_id"], tuple(_parse_file(item) for item in value["files"]))

    def file(self, path: str) -> PackageFile | None:
        """Return the record of one file, or None."""
        return next((item for item in self.files if item.path == path), None)


@dataclass(frozen=True, slots=True)
class StampRecord:
    """One time stamp of a package: its line in the table of contents and its files."""

    entry: Mapping[str, Any]
    files: tuple[PackageFile, ...]

    @classmethod
    def of(cls, group: StampGroup) -> "StampRecord":
        """Return the record of a group of files."""
        return cls(group.entry, tuple(file_of(path, data) for path, data in group.files.items()))

    def to_bytes(self) -> bytes:
        """Return the record's canonical JSON."""
        return canonical_json({"v": 1, "entry": self.entry, "files": [_file_json(item) for item in self.files]})

    @classmethod
    def parse(cls, data: bytes) -> "StampRecord":
        """Return a record from its bytes; anything else is an `EvidenceError`."""
        value = parse_object(data)
        if set(value) != {"v", "entry", "files"} or value["v"] != 1 or not isinstance(value["files"], list):
            raise PackageFormatError("not a stamp record")
        entry = check_entry(value["entry"])
        files = tuple(_parse_file(item) for item in value["files"])
        if not group_paths_hold([item.path for item in files], entry["n"], entry["name"]):
            raise PackageFormatError("a stamp record lists other files")
        return cls(entry, files)


@dataclass(frozen=True, slots=True)
class VoucherRecord:
    """A receipt attached to a package (附着凭证): what is said of it, and its file. It counts as nothing."""

    number: int
    said: Mapping[str, Any]
    file: PackageFile

    @property
    def stem(self) -> str:
        """The path of its two files without their ends."""
        return layout.voucher_stem(self.number, str(self.said["name"]))

    def to_bytes(self) -> bytes:
        """Return the record's canonical JSON."""
        return canonical_json({"v": 1, "n": self.number, "said": self.said, "file": _file_json(self.file)})

    @classmethod
    def parse(cls, data: bytes) -> "VoucherRecord":
        """Return a record from its bytes; anything else is an `EvidenceError`."""
        value = parse_object(data)
        if set(value) != {"v", "n", "said", "file"} or value["v"] != 1 or type(value["n"]) is not int:
            raise PackageFormatError("not a voucher record")
        said, file = value["said"], _parse_file(value["file"])
        if not isinstance(said, dict) or set(said) != VOUCHER_KEYS or not isinstance(said["name"], str):
            raise PackageFormatError("a voucher's record has other fields")
        found = cls(value["n"], said, file)
        if file.path != f"{found.stem}.bin" or said["sha256"] != file.sha256:
            raise PackageFormatError("a voucher's record lists another file")
        return found


VOUCHER_KEYS = {"schema", "name", "number", "sha256", "attached_at", "names_digest", "counts_as_stamp"}


def tagmanifest(digests: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return path → SHA-256 of the files that belong into tagmanifest-sha256.txt."""
    return {
        path: digest
        for path, digest in dict(digests).items()
        if not path.startswith(layout.DATA) and path != layout.TAGMANIFEST
    }
