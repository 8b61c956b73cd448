"""Time stamps as files of a package: the groups `seal/tsa/NN-name.*` and their table of contents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from evidence_store import layout
from evidence_store.errors import CanonicalJsonError, NameRefusedError, TokenFormatError
from evidence_store.files import storage_errors
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.moments import is_moment, moment
from evidence_store.package import Package
from evidence_store.stamps import Stamp

INDEX_SCHEMA: Final = "bianwu/tsa-index/1"
_SUFFIXES: Final = (".tsq", ".tsr", "-chain.pem", "-roots.pem")
_LISTS: Final = ".crl"
_KEYS: Final = {
    "gen_time",
    "imprint",
    "kind",
    "n",
    "name",
    "nonce",
    "policy",
    "received_at",
    "serial",
    "stamped",
    "test",
}


@dataclass(frozen=True, slots=True)
class StampGroup:
    """The files of one stamp and its line in the table of contents."""

    entry: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def number(self) -> int:
        """The NN of its file names."""
        return int(self.entry["n"])

    @property
    def tsr(self) -> bytes:
        """The response of the authority."""
        return self.files[f"{layout.stamp_stem(self.number, self.name)}.tsr"]

    def renumbered(self, number: int) -> "StampGroup":
        """Return the same stamp as group `number`."""
        new, old = layout.stamp_stem(number, self.name), layout.stamp_stem(self.number, self.name)
        files = {new + path.removeprefix(old): data for path, data in self.files.items()}
        return StampGroup(dict(self.entry) | {"n": number}, files)

    @property
    def name(self) -> str:
        """The authority."""
        return str(self.entry["name"])

    @property
    def test(self) -> bool:
        """Whether the stamp is a 测试时间戳."""
        return bool(self.entry["test"])


def stamp_group(number: int, stamp: Stamp) -> StampGroup:
    """Return the files of a stamp as group `number`."""
    stem = layout.stamp_stem(number, stamp.name)
    contents = (stamp.tsq, stamp.tsr, stamp.chain_pem, stamp.roots_pem)
    entry = {
        "gen_time": moment(stamp.gen_time - timedelta(microseconds=stamp.gen_time.microsecond)),
        "imprint": stamp.imprint,
        "kind": stamp.kind,
        "n": number,
        "name": stamp.name,
        "nonce": "" if stamp.nonce is None else f"{stamp.nonce:x}",
        "policy": stamp.policy,
        "received_at": moment(stamp.received_at),
        "serial": str(stamp.serial),
        "stamped": layout.SEAL_SHA256,
        "test": stamp.test,
    }
    files = {stem + suffix: data for suffix, data in zip(_SUFFIXES, contents, strict=True)}
    return StampGroup(entry, files | ({stem + _LISTS: stamp.crl} if stamp.crl else {}))


def read_groups(package: Package) -> list[StampGroup]:
    """Return the stamps that lie in a package folder, by their table of contents.

    Raises:
        TokenFormatError: The table of contents is malformed.
        StorageError: A file it lists is missing.
    """
    try:
        with_stamps = (package.path / layout.TSA_INDEX).exists()
    except OSError as error:
        raise TokenFormatError(f"{layout.TSA_INDEX}: {error.strerror}") from error
    if not with_stamps:
        return []
    try:
        index = parse_object(package.read(layout.TSA_INDEX))
    except CanonicalJsonError as error:
        raise TokenFormatError(f"{layout.TSA_INDEX}: {error.detail}") from error
    stamps = index.get("stamps")
    if index.get("schema") != INDEX_SCHEMA or not isinstance(stamps, list):
        raise TokenFormatError(f"{layout.TSA_INDEX}: not {INDEX_SCHEMA}")
    entries = [check_entry(entry) for entry in stamps]
    return [StampGroup(entry, read_group_files(package, entry["n"], entry["name"])) for entry in entries]


def read_group_files(package: Package, number: int, name: str) -> dict[str, bytes]:
    """Return the files of a group in a package folder; `StorageError` when one of the four is missing."""
    paths, lists = stamp_paths(number, name), layout.stamp_stem(number, name) + _LISTS
    with storage_errors(lists):
        there = (package.path / lists).is_file()
    return {path: package.read(path) for path in (*paths, *([lists] if there else []))}


def stamp_paths(number: int, name: str) -> tuple[str, ...]:
    """Return the paths of the four files every group has."""
    stem = layout.stamp_stem(number, name)
    return tuple(stem + suffix for suffix in _SUFFIXES)


def group_paths_hold(paths: Sequence[str], number: int, name: str) -> bool:
    """Tell whether paths are those of a group: the four files, and revocation lists or none."""
    four = stamp_paths(number, name)
    return tuple(paths) in (four, (*four, layout.stamp_stem(number, name) + _LISTS))


def check_entry(entry: object) -> Mapping[str, Any]:
    """Return a line of the table of contents, or raise `TokenFormatError`."""
    if not isinstance(entry, dict) or set(entry) != _KEYS or type(entry["n"]) is not int:
        raise TokenFormatError("a stamp's entry has other fields")
    texts = ("imprint", "kind", "name", "nonce", "policy", "serial", "stamped")
    if not all(isinstance(entry[key], str) for key in texts) or not isinstance(entry["test"], bool):
        raise TokenFormatError("a stamp's entry has fields of another type")
    if not is_moment(entry["gen_time"]) or not is_moment(entry["received_at"]):
        raise TokenFormatError("a stamp's entry has no times")
    try:
        layout.stamp_stem(entry["n"], entry["name"])
    except NameRefusedError as error:
        raise TokenFormatError(error.detail) from error
    return entry


def stamp_index(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """Return `seal/tsa/index.json`."""
    ordered = sorted(entries, key=lambda entry: int(entry["n"]))
    return canonical_json({"schema": INDEX_SCHEMA, "stamps": ordered})
