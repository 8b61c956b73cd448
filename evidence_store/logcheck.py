"""Recompute a log from its entries: leaves → tiles → root → every checkpoint ever signed."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from evidence_store import layout, merkle
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint
from evidence_store.errors import EvidenceError, TokenFormatError
from evidence_store.failures import LogDamagedError, LogForkError, ObjectMissingError, TokenMismatchError
from evidence_store.leaves import leaf_bytes
from evidence_store.log import Log
from evidence_store.manifest import parse_object
from evidence_store.rotations import rotation_leaf, rotations
from evidence_store.signing import parse_note
from evidence_store.tiles import Tiles, unpack_entries
from evidence_store.tokencheck import imprint_holds
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.tokens import Token
from evidence_store.witnessing import parse_kept


@dataclass(slots=True)
class LogFindings:
    """What a check of a log found.

    Attributes:
        leaves: Entries recomputed.
        sealed: Leaf hash → reference of the entries of type "seal".
        erased: The same of those of type "erase".
        problems: (where, error).
        orphans: Parts of an append that did not finish.
    """

    leaves: int = 0
    sealed: dict[bytes, str] = field(default_factory=dict)
    erased: dict[bytes, str] = field(default_factory=dict)
    problems: list[tuple[str, EvidenceError]] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)


def check_log(log: Log, backend: Backend) -> LogFindings:
    """Check a whole log; contradictions are reported, never raised."""
    return _LogCheck(log, backend).run()


def audit(tiles: Tiles, head: Checkpoint, see: Callable[[bytes, bytes], None] | None = None) -> int:
    """Recompute every leaf hash and every interior node of a log and compare them with tiles and head.

    Args:
        tiles: The stored parts.
        head: The head they must lead to; its signature is the caller's to check.
        see: Called with leaf hash and entry of every entry of type "seal" or "erase".

    Returns:
        Number of leaves.

    Raises:
        LogDamagedError, LogForkError, TileError, StorageError: The first contradiction.
    """
    read, leaves = tiles.reader(head.size), 0
    for number in range(-(-head.size // merkle.TILE_WIDTH)):
        entries = tiles.bundle(number, head.size)
        hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
        leaves += len(entries)
        if b"".join(hashes) != read(0, number):
            raise LogDamagedError(f"tile 0/{number} is not the hashes of its entries")
        if see is not None:
            for leaf, entry in zip(hashes, entries, strict=True):
                if b'"t":"seal"' in entry or b'"t":"erase"' in entry:
                    see(leaf, entry)
    level, nodes = 0, head.size
    while nodes >= merkle.TILE_WIDTH:
        for number in range(nodes // merkle.TILE_WIDTH):
            above, at = divmod(number, merkle.TILE_WIDTH)
            stated = read(level + 1, above)[at * merkle.HASH_SIZE : (at + 1) * merkle.HASH_SIZE]
            if merkle.perfect_root(read(level, number)) != stated:
                raise LogDamagedError(f"tile {level + 1}/{above} does not follow from tile {level}/{number}")
        level, nodes = level + 1, nodes // merkle.TILE_WIDTH
    if merkle.Tree(head.size, read).root() != head.root:
        raise LogForkError(f"the tiles do not lead to the checkpoint of size {head.size}")
    return leaves


def _token(data: bytes, where: str) -> Token:
    try:
        return Token(data)
    except ProblemError as error:
        raise TokenFormatError(f"{where}: {error}") from error


class _LogCheck:
    """One run over a log; reads with a cache of its own, so nothing remembered hides a change."""

    def __init__(self, log: Log, backend: Backend) -> None:
        self._log, self._backend = log, backend
        self._tiles = Tiles(backend)
        self._found = LogFindings()

    def run(self) -> LogFindings:
        self._attempt("log", self._check)
        return self._found

    def _attempt(self, where: str, check: Callable[[], object]) -> None:
        try:
            check()
        except EvidenceError as error:
            self._found.problems.append((where, error))

    def _check(self) -> None:
        head = self._log.head()
        self._found.leaves = audit(self._tiles, head, self._see)
        read = self._tiles.reader(head.size)
        for key in self._backend.list("log/tile/"):
            self._attempt(key, partial(self._check_part, key, head.size, read))
        for key in self._backend.list("log/batch/"):
            self._attempt(key, partial(self._check_batch, key, head.size))
        for group in range(head.size // 1000 + 1):
            for key in self._backend.list(layout.archived_checkpoints(group)):
                self._attempt(key, partial(self._check_checkpoint, key, head))
        for size in sorted(self._signed_sizes(head.size)):
            self._attempt(layout.archived_checkpoint_key(size), partial(self._check_kept, size))
        for key in self._backend.list(layout.COSIGNATURES):
            self._attempt(key, partial(self._check_cosignature, key))
        self._attempt(layout.ROTATIONS, self._check_rotations)
        for key in self._backend.list(layout.HEARTBEATS):
            self._attempt(key, partial(self._check_heartbeat, key))
        if self._backend.exists(layout.batch_key(head.size)):
            self._found.orphans.append(f"{layout.batch_key(head.size)}: begun, finished by the next append")

    def _signed_sizes(self, size: int) -> set[int]:
        """Sizes whose checkpoint was kept: the head's, and each at which a batch began."""
        found = {size} if size else set()
        for key in self._backend.list("log/batch/"):
            with suppress(EvidenceError):  # a strange name was reported
                found.add(layout.parse_batch_key(key))
        return {one for one in found if one <= size}

    def _check_kept(self, size: int) -> None:
        if not self._backend.exists(layout.archived_checkpoint_key(size)):
            raise ObjectMissingError(layout.archived_checkpoint_key(size))

    def _see(self, leaf: bytes, entry: bytes) -> None:
        told = parse_object(entry)
        kind = self._found.sealed if told.get("t") == "seal" else self._found.erased
        kind[leaf] = str(told.get("ref"))

    def _check_part(self, key: str, size: int, read: merkle.ReadTile) -> None:
        """A stored tile or bundle of an earlier size is the beginning of what is there now."""
        kind, number, width = layout.parse_tile_key(key)
        level = 0 if kind == "entries" else int(kind)
        if number * merkle.TILE_WIDTH + width > size >> (merkle.TILE_HEIGHT * level):
            self._found.orphans.append(f"{key}: written for an append that did not finish")
        elif width == merkle.TILE_WIDTH:
            return  # recomputed above
        elif kind == "entries":
            if unpack_entries(self._backend.get(key)) != self._tiles.bundle(number, size)[:width]:
                raise LogDamagedError(key)
        elif self._backend.get(key) != read(level, number)[: width * merkle.HASH_SIZE]:
            raise LogDamagedError(key)

    def _check_batch(self, key: str, size: int) -> None:
        """A batch holds the entries that begin at its index."""
        start, entries = layout.parse_batch_key(key), unpack_entries(self._backend.get(key))
        if start < size and entries != list(self._slice(start, start + len(entries), size)):
            raise LogDamagedError(key)

    def _slice(self, begin: int, end: int, size: int) -> Iterator[bytes]:
        for number in range(begin // merkle.TILE_WIDTH, -(-min(end, size) // merkle.TILE_WIDTH)):
            first = number * merkle.TILE_WIDTH
            yield from self._tiles.bundle(number, size)[max(begin - first, 0) : end - first]

    def _check_checkpoint(self, key: str, head: Checkpoint) -> None:
        archived = self._log.accept(self._backend.get(key))
        if key != layout.archived_checkpoint_key(archived.size):
            raise LogDamagedError(f"{key} holds the checkpoint of size {archived.size}")
        if archived.size > head.size:
            if not self._backend.exists(layout.batch_key(head.size)):
                raise LogForkError(f"a checkpoint of size {archived.size} was signed, the head has {head.size}")
        elif self._tiles.tree(archived.size).root() != archived.root:
            raise LogForkError(f"the checkpoint of size {archived.size} has another root")

    def _check_cosignature(self, key: str) -> None:
        archived = self._backend.get(layout.archived_checkpoint_key(int(key.split("/")[-2])))
        parse_kept(self._backend.get(key), self._log.accept(archived).text)

    def _check_heartbeat(self, key: str) -> None:
        """A day's head is one of this log, and its stamps are about it."""
        signed = self._backend.get(f"{key.rpartition('/')[0]}/checkpoint")
        if key.endswith("/checkpoint"):
            kept = self._log.accept(signed)
            if self._tiles.tree(kept.size).root() != kept.root:
                raise LogForkError(f"the head kept in {key} has another root")
        elif key.endswith(".tsr") and not imprint_holds(_token(self._backend.get(key), key).imprint, signed):
            raise TokenMismatchError(key)

    def _check_rotations(self) -> None:
        """Each change of key is in the log, and no checkpoint after it is signed by the old key alone."""
        for one in rotations(self._backend):
            if self._log.find(leaf_bytes(rotation_leaf(one.statement))) is None:
                raise LogForkError(f"a change of key is not in the log: {one.new.key_id.hex()}")
            for group in range(one.size // 1000, self._log.head().size // 1000 + 1):
                for key in self._backend.list(layout.archived_checkpoints(group)):
                    note = parse_note(self._backend.get(key))
                    if int(key.rpartition("/")[2]) > one.size and note.verified_by([one.old]):
                        raise LogForkError(f"{key}: signed by a key that was retired at {one.size}")
