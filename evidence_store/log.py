"""The append-only log: one sequence, one checkpoint a size, however many processes append.

A batch of new entries becomes part of the log at the moment `put_new(batch at size N)` succeeds: only one writer can
win a position, the loser takes the winner's batch first, and whoever comes after a crash finishes what was begun.
Everything after that (bundles, tiles, checkpoint) is a pure function of head and batch, so doing it twice writes the
same bytes. The lock only saves lost races.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from evidence_store import layout, merkle
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint, GrowthProof, InclusionProof
from evidence_store.errors import EvidenceError, KeyFileError
from evidence_store.failures import LogBusyError, LogDamagedError, LogForkError, ObjectConflictError, ObjectMissingError
from evidence_store.leafindex import LeafIndex
from evidence_store.leaves import leaf_bytes
from evidence_store.rotations import earlier_keys, require_current
from evidence_store.signing import Signer, VerifierKey
from evidence_store.tiles import Tiles, pack_entries, stage_growth, unpack_entries

_MAX_BATCH: Final = 16384
_ROUNDS: Final = 64


@dataclass(frozen=True, slots=True)
class LogReceipt:
    """What an append gives back, durable when it does.

    Attributes:
        index: Position of the leaf, the same whenever the same leaf is appended.
        entry: The bytes in the log.
        checkpoint: The first signed head that covers the leaf.
    """

    index: int
    entry: bytes
    checkpoint: Checkpoint


@dataclass(slots=True)
class _Ticket:
    entries: Sequence[bytes]
    receipts: list[LogReceipt] = field(default_factory=list)
    error: EvidenceError | None = None
    leads: bool = False
    woken: threading.Event = field(default_factory=threading.Event)


def _ignore(_: int) -> None:
    """Nobody watches the steps."""


class Log:
    """One log on a backend. Safe to share between threads, and between processes through the backend.

    Args:
        backend: Where tiles and checkpoints lie.
        signer: The log's key; its name is the log's origin. With the public key alone the log can be read, not grown.
        old_keys: Earlier keys of the same origin, accepted on stored checkpoints.
        on_step: Called with 5 when a batch is durable and with 6 when its checkpoint is.
    """

    def __init__(
        self,
        backend: Backend,
        signer: Signer | VerifierKey,
        *,
        old_keys: Sequence[VerifierKey] = (),
        on_step: Callable[[int], None] = _ignore,
    ) -> None:
        self._backend = backend
        self._signer = signer if isinstance(signer, Signer) else None
        self._key = signer.key if isinstance(signer, Signer) else signer
        self._keys = tuple(dict.fromkeys((self._key, *old_keys, *earlier_keys(backend, self._key))))
        self._on_step = on_step
        self.tiles = Tiles(backend)
        self._index = LeafIndex()
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()
        self._led = False
        self._index_lock = threading.RLock()
        self._head: Checkpoint | None = None

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._key.name

    def head(self) -> Checkpoint:
        """Return the current signed head; the first call on a new log signs the empty tree.

        Raises:
            SignatureError: The stored head is not signed by the log's key.
            LogDamagedError: The stored tiles do not lead to the stored head.
        """
        try:
            data = self._backend.get(layout.LOG_HEAD)
        except ObjectMissingError:
            empty = self._signed(0, merkle.EMPTY_ROOT)
            with suppress(ObjectConflictError):
                self._backend.put_new(layout.archived_checkpoint_key(0), empty.signed)
            if self._has_history():
                raise LogDamagedError("the log has entries but no checkpoint") from None
            self._backend.swap(layout.LOG_HEAD, None, empty.signed)
            data = self._backend.get(layout.LOG_HEAD)
        known = self._head
        if known is not None and known.signed == data:
            return known
        head = self.accept(data)
        if self.tiles.tree(head.size).root() != head.root:
            raise LogDamagedError(f"tiles do not lead to the checkpoint of size {head.size}")
        self._head = head
        return head

    def _has_history(self) -> bool:
        return next(self._backend.list("log/tile/"), None) is not None

    def accept(self, data: bytes) -> Checkpoint:
        """Return a stored checkpoint signed by a key of this log.

        Raises:
            CheckpointError, SignatureError, LogForkError: It is not one.
        """
        head = Checkpoint.parse(data)
        head.note.require(self._keys)
        if head.origin != self.origin:
            raise LogForkError(f"the log is {head.origin}, not {self.origin}")
        return head

    def append(self, leaf: Mapping[str, Any]) -> LogReceipt:
        """Append one leaf, together with whatever other threads append meanwhile.

        Raises:
            LeafRefusedError: Not a leaf.
            StorageError: It may or may not be in the log; appending it again tells and gives the same index.
        """
        return self.append_many([leaf])[0]

    def append_many(self, leaves: Sequence[Mapping[str, Any]]) -> list[LogReceipt]:
        """Append leaves in order; returns when all have durable indexes under a signed head."""
        ticket = _Ticket([leaf_bytes(leaf) for leaf in leaves])
        if not ticket.entries:
            return []
        with self._queue_lock:
            self._queue.append(ticket)
            if not self._led:
                self._led = ticket.leads = True
        if not ticket.leads:
            ticket.woken.wait()
        if ticket.leads:
            try:
                self._commit()
            finally:
                self._pass_on()
        if ticket.error is not None:
            raise ticket.error
        return ticket.receipts

    def _commit(self) -> None:
        """Append everything queued; called by the one thread that leads, the others wait to be woken."""
        with self._queue_lock:
            taken, self._queue = self._queue, []
        try:
            found = self._integrate([entry for ticket in taken for entry in ticket.entries])
            for ticket in taken:
                ticket.receipts.extend(found[entry] for entry in ticket.entries)
        except EvidenceError as error:
            for ticket in taken:
                ticket.error = error
        finally:
            for ticket in taken:
                if not ticket.receipts and ticket.error is None:
                    ticket.error = LogBusyError("the append was interrupted")
                ticket.woken.set()

    def _pass_on(self) -> None:
        """Let the first thread that queued meanwhile lead, or nobody."""
        with self._queue_lock:
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.set()

    def _integrate(self, entries: Sequence[bytes]) -> dict[bytes, LogReceipt]:
        fresh: dict[bytes, Checkpoint] = {}
        with self._index_lock, self._backend.exclusive("log"):
            for _ in range(_ROUNDS):
                head = self.head()
                try:
                    self._roll_forward(head, self._backend.get(layout.batch_key(head.size)))
                    continue  # the batch of another writer, or of one that died; ours may be in it
                except ObjectMissingError:
                    missing = self._missing(entries, head)
                if not missing:
                    return {entry: self._receipt(entry, fresh) for entry in entries}
                batch = pack_entries(missing[:_MAX_BATCH])
                try:
                    self._backend.put_new(layout.batch_key(head.size), batch)
                except ObjectConflictError:
                    continue
                self._on_step(5)
                signed = self._roll_forward(head, batch)
                fresh.update(dict.fromkeys(missing[:_MAX_BATCH], signed))
        raise LogBusyError("other writers kept winning")

    def _missing(self, entries: Sequence[bytes], head: Checkpoint) -> list[bytes]:
        read = self.tiles.reader(head.size)
        self._index.grow(head.size, read)
        unique = dict.fromkeys(entries)
        return [entry for entry in unique if self._index.find(merkle.leaf_hash(entry), read) is None]

    def _roll_forward(self, head: Checkpoint, packed: bytes) -> Checkpoint:
        """Write what follows from head and batch, and move the head; safe to do again."""
        entries = unpack_entries(packed)
        if not entries:
            raise LogDamagedError(f"empty batch at {head.size}")
        with self._backend.batch() as batch:
            tree = stage_growth(batch, self.tiles, head.size, entries)
            signed = self._sign(tree.size, tree.root())
            batch.write(layout.archived_checkpoint_key(signed.size), (signed.signed,))
            batch.sync()
            batch.link()
            batch.settle()
        if self._backend.swap(layout.LOG_HEAD, head.signed, signed.signed):
            self._head = signed
        self._on_step(6)
        return signed

    def _signed(self, size: int, root: bytes) -> Checkpoint:
        if self._signer is None:
            raise KeyFileError(f"the log {self.origin} was opened without its private key")
        return Checkpoint.sign(self._signer, size, root)

    def _sign(self, size: int, root: bytes) -> Checkpoint:
        """Return the one checkpoint of a size; refuses to sign a second root for it."""
        try:
            there = self.accept(self._backend.get(layout.archived_checkpoint_key(size)))
        except ObjectMissingError:
            require_current(self._backend, self._key)
            return self._signed(size, root)
        if there.root != root:
            raise LogForkError(f"another root was signed for size {size}")
        return there

    def _receipt(self, entry: bytes, fresh: Mapping[bytes, Checkpoint]) -> LogReceipt:
        index = self._index.find(merkle.leaf_hash(entry), self.tiles.reader(self._index.size))
        if index is None:
            raise LogDamagedError("an appended leaf is not found")
        return LogReceipt(index, entry, fresh.get(entry) or self.covering(index))

    def find(self, entry: bytes) -> int | None:
        """Return the index of an entry, or None when it is not in the log."""
        with self._index_lock:
            head = self.head()
            return None if self._missing([entry], head) else self._receipt(entry, {}).index

    def covering(self, index: int) -> Checkpoint:
        """Return the first checkpoint ever signed that covers a leaf: always the same one.

        Raises:
            ObjectMissingError: No checkpoint covers it.
        """
        head = self.head()
        for group in range((index + 1) // 1000, head.size // 1000 + 1):
            for key in self._backend.list(layout.archived_checkpoints(group)):
                if index < int(key.rpartition("/")[2]) <= head.size:
                    return self.accept(self._backend.get(key))
        raise ObjectMissingError(f"a checkpoint that covers leaf {index}")

    def proof(self, index: int, checkpoint: Checkpoint | None = None) -> InclusionProof:
        """Return the inclusion proof of a leaf, by default under the first checkpoint that covers it."""
        head = self.covering(index) if checkpoint is None else checkpoint
        return InclusionProof(index, tuple(self.tiles.tree(head.size).inclusion_proof(index)), head)

    def growth(self, old_size: int) -> GrowthProof:
        """Return the proof that the current head extends the tree of an earlier size."""
        return self.growth_to(old_size, self.head())

    def growth_to(self, old_size: int, head: Checkpoint) -> GrowthProof:
        """Return the proof that a head of this log extends the tree of an earlier size."""
        return GrowthProof(old_size, tuple(self.tiles.tree(head.size).consistency_proof(old_size)), head)

    def entry(self, index: int) -> bytes:
        """Return the bytes of a leaf; `TileError` when there is none."""
        number, offset = divmod(index, merkle.TILE_WIDTH)
        bundle = self.tiles.bundle(number, self.head().size)
        if offset >= len(bundle):
            raise LogDamagedError(f"no leaf {index}")
        return bundle[offset]

    def entries(self) -> Iterator[bytes]:
        """Yield all leaves of the current head in order."""
        size = self.head().size
        for number in range((size + merkle.TILE_WIDTH - 1) // merkle.TILE_WIDTH):
            yield from self.tiles.bundle(number, size)
