"""What stays of a lawfully erased package: a tombstone that names what went, and the rule which bytes are gone.

Bytes are kept by digest, so two packages can share them: they go only when no package still kept refers to them.
The tombstone is written before anything is deleted, and never changed; `done` beside it says that the deleting ended.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import PackageFormatError
from evidence_store.failures import IntegrityError, ObjectMissingError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.moments import is_moment
from evidence_store.package import PackageFile
from evidence_store.records import PackageRecord, StampRecord, VoucherRecord

ERASED: Final = "erased/"
_TOMBSTONE: Final = "/tombstone.json"
_DONE: Final = "/done.json"
_FIELDS: Final = {"v", "package_id", "seal_id", "at", "decision", "blobs"}


class PackageErasedError(ObjectMissingError):
    """The package was lawfully erased: only its digests, stamps and place in the log are kept."""

    code = "evidence.package_erased"
    zh = (
        "原件已依法处置并抹除，只保留摘要、签名、时间戳和日志记录：{detail}。查看销毁证明，不能再导出、校验或重新入库。"
    )
    en = (
        "The bytes were lawfully erased; digests, signature, time stamps and log entry remain: {detail}. "
        "See the certificate of disposal; it can no longer be exported, verified or admitted."
    )


class ErasureUnfinishedError(ObjectMissingError):
    """Bytes of this package are being erased for another one at this moment."""

    code = "evidence.erasure_unfinished"
    retryable = True
    zh = "相同的内容正因另一件证据的处置而抹除：{detail}。稍后自动重试；若一直如此，请运行 bianwu dispose run。"
    en = (
        "The same bytes are being erased for another item right now: {detail}. "
        "It is tried again by itself; if it stays so, run bianwu dispose run."
    )


class ErasureIncompleteError(IntegrityError):
    """Bytes that were lawfully erased are there, or a tombstone is not what the log says."""

    code = "evidence.erasure_incomplete"
    zh = "处置与记录不符：{detail}。请运行 bianwu dispose run 重新抹除；仍不符请与日志核对。"
    en = "An erasure is not as recorded: {detail}. Run bianwu dispose run; if it stays so, compare with the log."


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What was erased, when, and by which decision; no word about the contents.

    Attributes:
        package_id: The package.
        seal_id: Its seal number.
        at: When erasing was decided to begin, RFC 3339 UTC.
        decision: SHA-256 of the decision that the case application keeps.
        blobs: SHA-256 of the payload files, sorted.
    """

    package_id: str
    seal_id: str
    at: str
    decision: str
    blobs: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return its canonical JSON, whose digests the log holds."""
        values = {name: getattr(self, name) for name in ("package_id", "seal_id", "at", "decision")}
        return canonical_json({"v": 1, **values, "blobs": list(self.blobs)})

    @classmethod
    def parse(cls, data: bytes) -> "Tombstone":
        """Return a tombstone from its bytes; anything else is an `EvidenceError`."""
        value = parse_object(data)
        if set(value) != _FIELDS or value["v"] != 1 or not isinstance(value["blobs"], list):
            raise PackageFormatError("not a tombstone")
        digests = [value["package_id"], value["decision"], *value["blobs"]]
        if not all(layout.is_hex256(one) for one in digests) or not layout.is_ulid(value["seal_id"]):
            raise PackageFormatError("a tombstone is malformed")
        if not is_moment(value["at"]):
            raise PackageFormatError("a tombstone's time is malformed")
        return cls(value["package_id"], value["seal_id"], value["at"], value["decision"], tuple(value["blobs"]))

    def leaf(self) -> dict[str, Any]:
        """Return its entry in the log: digests and the seal number, nothing else."""
        data = self.to_bytes()
        return {
            "v": 1, "t": "erase", "at": self.at, "ref": self.seal_id, "h256": sha256_hex(data), "hsm3": sm3_hex(data),
        }  # fmt: skip


def tombstone_key(package_id: str) -> str:
    """Return the key of a package's tombstone."""
    return f"{ERASED}{package_id[:2]}/{package_id}{_TOMBSTONE}"


def done_key(package_id: str) -> str:
    """Return the key that says the erasing of a package has ended."""
    return f"{ERASED}{package_id[:2]}/{package_id}{_DONE}"


def is_end(key: str) -> bool:
    """Whether a key says that an erasing has ended: each place has its own, written after its own deleting."""
    return key.startswith(ERASED) and key.endswith(_DONE)


def is_erased(backend: Backend, package_id: str) -> bool:
    """Whether the package was erased, or is being erased."""
    return backend.exists(tombstone_key(package_id))


def require_kept(backend: Backend, package_id: str) -> None:
    """Refuse what needs the bytes of an erased package.

    Raises:
        PackageErasedError.
    """
    if layout.is_hex256(package_id) and is_erased(backend, package_id):
        raise PackageErasedError(package_id)


def tombstone_of(backend: Backend, package_id: str) -> Tombstone | None:
    """Return a package's tombstone; None while it is kept.

    Raises:
        PackageFormatError: it is malformed, or about another package.
    """
    try:
        found = Tombstone.parse(backend.get(tombstone_key(package_id)))
    except ObjectMissingError:
        return None
    if found.package_id != package_id:
        raise PackageFormatError(f"the tombstone of {package_id} is about another package")
    return found


def tombstones(backend: Backend) -> Iterator[Tombstone]:
    """Yield every tombstone of a place."""
    for key in backend.list(ERASED):
        if key.endswith(_TOMBSTONE):
            yield Tombstone.parse(backend.get(key))


def gone(backend: Backend, digests: Collection[str] | None = None) -> set[str]:
    """Return the digests a place has given up for good: erased with a package, and of no package that is kept.

    Args:
        backend: The place whose records decide.
        digests: Ask about these alone; without it about all.
    """
    named = {digest for one in tombstones(backend) for digest in one.blobs}
    if digests is not None:
        named &= set(digests)
    return named - kept_digests(backend) if named else named


def kept_digests(backend: Backend) -> set[str]:
    """Return the digests of every file still kept: all of a kept package, of an erased one what proves it existed."""
    kept: set[str] = set()
    erased = {one.package_id for one in tombstones(backend)}
    for key in backend.list(layout.PACKAGES):
        data = backend.get(key)
        if key.endswith("/package.json"):
            record = PackageRecord.parse(data)
            kept.update(item.sha256 for item in kept_files(record, erased=record.package_id in erased))
        elif "/tsa/" in key:
            kept.update(item.sha256 for item in StampRecord.parse(data).files)
        elif "/vouchers/" in key:
            kept.add(VoucherRecord.parse(data).file.sha256)
    return kept


def kept_files(record: PackageRecord, *, erased: bool) -> list[PackageFile]:
    """Return the files of a package that must be there: without its payload when it was erased."""
    return [item for item in record.files if not (erased and item.path.startswith(layout.DATA))]
