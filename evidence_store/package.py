"""A package on disk and the facts of its seal. docs/package-format.md fixes every byte."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evidence_store import layout
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import FactsRefusedError, PackageFormatError
from evidence_store.failures import DigestMismatchError
from evidence_store.files import read_file, storage_errors
from evidence_store.manifest import digest_list, parse_digest_list, parse_object

SCHEMA: Final = "bianwu/seal/1"
MAX_TAG_FILE: Final = 128 << 20
"""Bytes of the largest manifest, note or record read into memory."""

_MAX_CASE_REF: Final = 200


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: its path, size in bytes and both digests in hex."""

    path: str
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True)
class SealFacts:
    """What a seal records beside the files. Everything must fit canonical JSON: no floats.

    Attributes:
        seal_id: ULID chosen before sealing (`new_ulid`).
        case_ref: Opaque reference of the case, no personal data, at most 200 characters.
        sealed_at: Aware time of the sealing computer's clock.
        capture: How the files came about: url, started, finished, actor, tool …
        host: The computer: os, python, chromium, clean_check …
        clock: How the clock was checked.
        tsa_policy: `{"k": int, "n": int, "names": [...]}`: how many of which authorities shall stamp.
        supersedes: package_id this one replaces.
        prev: package_id of the capture before this one.
        log_origin: Name of the log it will enter.
    """

    seal_id: str
    case_ref: str
    sealed_at: datetime
    capture: Mapping[str, Any]
    host: Mapping[str, Any]
    clock: Mapping[str, Any]
    tsa_policy: Mapping[str, Any] = field(default_factory=lambda: {"k": 0, "n": 0, "names": []})
    supersedes: str | None = None
    prev: str | None = None
    log_origin: str | None = None


@dataclass(frozen=True)
class Package:
    """A package in a folder.

    Attributes:
        path: The folder.
        seal_id: Its ULID.
        package_id: SHA-256 of seal.sha256.
        files: Its payload, `data/…`, sorted.
        seal: The contents of seal.json.
    """

    path: Path
    seal_id: str
    package_id: str
    files: tuple[PackageFile, ...]
    seal: Mapping[str, Any] = field(repr=False)

    def read(self, path: str) -> bytes:
        """Return a tag file; `StorageError` when it cannot be read."""
        return read_file(self.path / layout.check_path(path), MAX_TAG_FILE)

    @classmethod
    def open(cls, path: Path) -> "Package":
        """Open a package folder: tag files are checked against the seal, payload only for presence.

        `verify()` is the full check; `EvidenceStore.admit()` reads every byte as well.

        Raises:
            PackageFormatError: Not a package folder.
            DigestMismatchError: A sealed tag file differs from seal.sha256 or seal.sm3.
            StorageError: A file is missing or cannot be read.
        """
        texts = {name: read_file(path / name, MAX_TAG_FILE) for name in layout.SEALED}
        stamped = {name: read_file(path / name, MAX_TAG_FILE) for name in (layout.SEAL_SHA256, layout.SEAL_SM3)}
        for name, hasher in ((layout.SEAL_SHA256, sha256_hex), (layout.SEAL_SM3, sm3_hex)):
            if digest_list((path, hasher(text)) for path, text in texts.items()) != stamped[name]:
                raise DigestMismatchError(name)
        seal = parse_object(texts[layout.SEAL_JSON])
        if seal.get("schema") != SCHEMA or not layout.is_ulid(seal.get("seal_id")):
            raise PackageFormatError(f"{layout.SEAL_JSON}: not {SCHEMA}")
        first = parse_digest_list(texts[layout.MANIFEST_SHA256])
        second = parse_digest_list(texts[layout.MANIFEST_SM3])
        if list(first) != list(second) or not first or not all(name.startswith(layout.DATA) for name in first):
            raise PackageFormatError("the two manifests list different files")
        files = tuple(PackageFile(name, _size(path / name), first[name], second[name]) for name in first)
        return cls(path, seal["seal_id"], sha256_hex(stamped[layout.SEAL_SHA256]), files, seal)


def _size(path: Path) -> int:
    with storage_errors(path):
        found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise PackageFormatError(f"{path.name}: not a regular file")
    return found.st_size


def check_facts(facts: SealFacts) -> SealFacts:
    """Return the facts, or raise `FactsRefusedError` for the first that cannot enter a seal."""
    if not layout.is_ulid(facts.seal_id):
        raise FactsRefusedError("seal_id is not a ULID")
    if len(facts.case_ref) > _MAX_CASE_REF:
        raise FactsRefusedError(f"case_ref is text of at most {_MAX_CASE_REF} characters")
    for name in ("capture", "host", "clock", "tsa_policy"):
        if not isinstance(getattr(facts, name), Mapping):
            raise FactsRefusedError(f"{name} is not an object")
    for name in ("supersedes", "prev"):
        value = getattr(facts, name)
        if value is not None and not layout.is_hex256(value):
            raise FactsRefusedError(f"{name} is not a package id")
    policy = facts.tsa_policy
    k, n, names = policy.get("k"), policy.get("n"), policy.get("names")
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise FactsRefusedError("tsa_policy.names is a list of names")
    if set(policy) != {"k", "n", "names"} or type(k) is not int or type(n) is not int:
        raise FactsRefusedError("tsa_policy is {k, n, names}")
    if not 0 <= k <= n == len(names):
        raise FactsRefusedError("tsa_policy needs 0 ≤ k ≤ n = number of names")
    return facts
