"""Every path of a package and every key of the store. Pure.

docs/package-format.md is the description in words; nothing else in the library spells a path.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from evidence_store.errors import NameRefusedError, TileError

# --- inside a package -------------------------------------------------------------------------------------------------
DATA: Final = "data/"
BAGIT: Final = "bagit.txt"
BAG_INFO: Final = "bag-info.txt"
MANIFEST_SHA256: Final = "manifest-sha256.txt"
MANIFEST_SM3: Final = "manifest-sm3.txt"
TAGMANIFEST: Final = "tagmanifest-sha256.txt"
SEAL_SHA256: Final = "seal.sha256"
SEAL_SM3: Final = "seal.sm3"
SEAL_JSON: Final = "seal/seal.json"
SEAL_NOTE: Final = "seal/seal.note"
TSA: Final = "seal/tsa/"
TSA_INDEX: Final = "seal/tsa/index.json"
LEAF: Final = "seal/log/leaf.json"
PROOF: Final = "seal/log/seal.tlog-proof"
CHECKPOINT: Final = "seal/log/checkpoint"
EVENTS: Final = "custody/events.jsonl"
VERIFY: Final = "verify/"
WACZ: Final = "data/capture.wacz"

SEALED: Final = (BAG_INFO, BAGIT, MANIFEST_SHA256, MANIFEST_SM3, SEAL_JSON)
"""The files whose digests `seal.sha256` and `seal.sm3` list, in that order."""

_FORBIDDEN: Final = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069%\\\\:*?"<>|\ud800-\udfff]')
_ULID: Final = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
_HEX: Final = re.compile("[0-9a-f]{64}")
_STAMP_NAME: Final = re.compile("[a-z0-9][a-z0-9-]{0,31}")
_TILE_KEY: Final = re.compile(r"log/tile/([0-9]|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_BATCH_KEY: Final = re.compile(r"log/batch/((?:x[0-9]{3}/)*[0-9]{3})")
_MAX_PATH: Final = 1024
_MAX_PART: Final = 255
_MAX_STAMPS: Final = 99


def check_path(path: str) -> str:
    """Return a relative path that `sha256sum`, BagIt and every file system read alike.

    Raises:
        NameRefusedError: Anything the path rule of docs/package-format.md §0 forbids.
    """
    shown = ascii(path)[:120]
    if _FORBIDDEN.search(path):
        raise NameRefusedError(f"{shown}: forbidden character")
    if unicodedata.normalize("NFC", path) != path:
        raise NameRefusedError(f"{shown}: not in Unicode form NFC")
    if not 0 < len(path.encode()) <= _MAX_PATH:
        raise NameRefusedError(f"{shown}: empty or longer than {_MAX_PATH} bytes")
    for part in path.split("/"):
        if not 0 < len(part.encode()) <= _MAX_PART:
            raise NameRefusedError(f"{shown}: a part is empty or longer than {_MAX_PART} bytes")
        if part[-1] in ". " or part[0] == " ":
            raise NameRefusedError(f"{shown}: a part starts or ends with a space, or ends with a dot")
    return path


def check_paths(paths: Iterable[str]) -> list[str]:
    """Return the paths sorted by bytes; refuse case twins and a file that is also a folder."""
    ordered = sorted((check_path(path) for path in paths), key=str.encode)
    seen: dict[str, str] = {}
    for path in ordered:
        twin = seen.setdefault(path.casefold(), path)
        if twin is not path:
            raise NameRefusedError(f"{path}: differs from {twin} only in case")
    for path in ordered:
        parts = path.casefold().split("/")
        for depth in range(1, len(parts)):
            if (above := "/".join(parts[:depth])) in seen:
                raise NameRefusedError(f"{path}: {seen[above]} is a file")
    return ordered


def is_ulid(text: object) -> bool:
    """Whether `text` is a ULID in its canonical upper-case spelling."""
    return isinstance(text, str) and _ULID.fullmatch(text) is not None


def is_hex256(text: object) -> bool:
    """Whether `text` is 64 lower-case hex digits."""
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def folder_name(seal_id: str) -> str:
    """Return the name of a package's folder, which is also the top folder of its ZIP form."""
    return f"bianwu-{seal_id}"


def stamp_stem(number: int, name: str) -> str:
    """Return `seal/tsa/NN-name`, to which `.tsq`, `.tsr`, `-chain.pem`, `-roots.pem` or `.crl` is added."""
    if not 1 <= number <= _MAX_STAMPS or not _STAMP_NAME.fullmatch(name):
        raise NameRefusedError(f"time stamp {number} {ascii(name)[:60]}: a name is [a-z0-9-], at most 32 characters")
    return f"{TSA}{number:02d}-{name}"


def custody_proof(seq: int, event_id: str) -> str:
    """Return the path of the log proof of one custody event."""
    return f"custody/proofs/{seq:06d}-{event_id}.tlog-proof"


# --- inside a store ---------------------------------------------------------------------------------------------------
LOG_HEAD: Final = "log/checkpoint"
PACKAGES: Final = "packages/"
BLOBS: Final = "blobs/"
SEALS: Final = "seals/"


def blob_key(sha256: str) -> str:
    """Return the key of the bytes with this SHA-256."""
    return f"{BLOBS}{sha256[:2]}/{sha256[2:4]}/{sha256}"


def package_key(package_id: str) -> str:
    """Return the key of a package's record: its files and their digests."""
    return f"{PACKAGES}{package_id[:2]}/{package_id}/package.json"


def stamps_prefix(package_id: str) -> str:
    """Return the prefix under which a package's time stamps are recorded."""
    return f"{PACKAGES}{package_id[:2]}/{package_id}/tsa/"


def stamp_key(package_id: str, number: int) -> str:
    """Return the key of the record of a package's time stamp `number`."""
    return f"{stamps_prefix(package_id)}{number:02d}.json"


def vouchers_prefix(package_id: str) -> str:
    """Return the prefix under which what is attached to a package is recorded."""
    return f"{PACKAGES}{package_id[:2]}/{package_id}/vouchers/"


def voucher_key(package_id: str, number: int) -> str:
    """Return the key of the record of what was attached as `number`."""
    return f"{vouchers_prefix(package_id)}{number:02d}.json"


def voucher_stem(number: int, name: str) -> str:
    """Return `seal/receipts/NN-name`, to which `.json` or `.bin` is added."""
    return f"seal/receipts/{stamp_stem(number, name).removeprefix(TSA)}"


def seal_key(seal_id: str) -> str:
    """Return the key that reserves a seal number for one package."""
    return f"{SEALS}{seal_id[:4]}/{seal_id}"


def numbered(number: int) -> str:
    """Return a number as C2SP tlog-tiles spells it: groups of three digits, all but the last marked with x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def tile_key(level: int, index: int, width: int) -> str:
    """Return the key of a tile of hashes; a width below 256 is a partial tile."""
    return f"log/tile/{level}/{numbered(index)}" + ("" if width == 256 else f".p/{width}")  # noqa: PLR2004


def bundle_key(index: int, width: int) -> str:
    """Return the key of a bundle of log entries; a width below 256 is a partial bundle."""
    return f"log/tile/entries/{numbered(index)}" + ("" if width == 256 else f".p/{width}")  # noqa: PLR2004


def _parse_number(spelled: str) -> int:
    return int(spelled.replace("/x", "").replace("/", "").lstrip("x"))


def parse_tile_key(key: str) -> tuple[str, int, int]:
    """Return (level or "entries", number, width) of a key below `log/tile/`.

    Raises:
        TileError: It is not spelled as this module spells keys.
    """
    match = _TILE_KEY.fullmatch(key)
    if match is None:
        raise TileError(key)
    kind, spelled, width = match.groups()
    return kind, _parse_number(spelled), 256 if width is None else int(width)


def parse_batch_key(key: str) -> int:
    """Return the log index at which a batch begins; `TileError` for a key spelled otherwise."""
    match = _BATCH_KEY.fullmatch(key)
    if match is None:
        raise TileError(key)
    return _parse_number(match.group(1))


def batch_key(start: int) -> str:
    """Return the key of the batch of entries that begins at log index `start`."""
    return f"log/batch/{numbered(start)}"


def archived_checkpoints(group: int) -> str:
    """Return the prefix of the checkpoints kept for the tree sizes 1000·group … 1000·group + 999."""
    return f"log/checkpoints/{group:09d}/"


def archived_checkpoint_key(size: int) -> str:
    """Return the key under which the one checkpoint ever signed for a tree size is kept."""
    return f"{archived_checkpoints(size // 1000)}{size:012d}"


COSIGNATURES: Final = "log/cosignatures/"
WITNESSES: Final = "log/witnesses/"
ROTATIONS: Final = "log/rotations/"
HEARTBEATS: Final = "log/heartbeats/"


def cosignatures_prefix(group: int) -> str:
    """Return the prefix of the cosignatures of checkpoints of the tree sizes 1000·group … 1000·group + 999."""
    return f"{COSIGNATURES}{group:09d}/"


def cosignature_key(size: int, key_id: str) -> str:
    """Return the key of one witness's cosignature of the checkpoint of a size."""
    return f"{cosignatures_prefix(size // 1000)}{size:012d}/{key_id}"


def witness_key(key_id: str) -> str:
    """Return the key under which is kept how a witness answered last."""
    return f"{WITNESSES}{key_id}"


def rotation_key(number: int) -> str:
    """Return the key of the record of the log's change of key `number`."""
    return f"{ROTATIONS}{number:04d}"
