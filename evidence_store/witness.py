"""A witness of logs (C2SP tlog-witness): cosigns a checkpoint only when it extends the last one it cosigned.

The last checkpoint of a log is durable before its cosignature leaves, so whatever stops the witness, it never signs
two histories: after a crash it knows at least as much as it has signed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint, GrowthProof
from evidence_store.cosigning import cosign
from evidence_store.digests import sha256_hex
from evidence_store.errors import FormatError
from evidence_store.failures import ObjectMissingError, SignatureError
from evidence_store.merkle import EMPTY_ROOT
from evidence_store.signing import Signer, VerifierKey

MOST_BODY: Final = 64 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"
_ROUNDS: Final = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness says to a request: HTTP status, content type, body."""

    status: int
    body: bytes
    kind: str = _TEXT


class Witness:
    """Cosigns the checkpoints of the logs it was told about.

    Args:
        backend: Where the last checkpoint of each log is kept; belongs to this witness alone.
        signer: The witness's key; its name is no log's.
        logs: Origin → keys that may sign its checkpoints.
        now: The clock.
    """

    def __init__(
        self,
        backend: Backend,
        signer: Signer,
        logs: Mapping[str, Sequence[VerifierKey]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._backend, self._signer, self._logs, self._now = backend, signer, logs, now

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer an add-checkpoint request.

        200 with the cosignature line; 400 malformed; 403 no known key signed; 404 unknown log; 409 another size, or
        another root of the same size: the body is the size known; 422 the growth is not proven.
        """
        try:
            request = GrowthProof.parse(body)
            head, note = request.checkpoint, request.checkpoint.note
        except FormatError as error:
            return Answer(400, f"{error.detail}\n".encode())
        keys = self._logs.get(head.origin)
        if keys is None:
            return Answer(404, b"unknown log\n")
        try:
            note.require(keys)
        except SignatureError:
            return Answer(403, b"no signature of a known key of this log\n")
        if request.old_size > head.size:
            return Answer(400, b"the old size is larger than the checkpoint\n")
        for _ in range(_ROUNDS):
            answer = self._try(request)
            if answer is not None:
                return answer
        return Answer(503, b"busy\n")

    def _try(self, request: GrowthProof) -> Answer | None:
        """One attempt; None when another request for this log was quicker."""
        head = request.checkpoint
        key, known = self._key(head.origin), self._known(head.origin)
        size, root = (known.size, known.root) if known else (0, EMPTY_ROOT)
        if request.old_size != size or (head.size == size and head.root != root):
            return Answer(409, f"{size}\n".encode(), SIZE_TYPE)
        try:
            request.check(root)
        except FormatError:
            return Answer(422, b"the consistency proof does not hold\n")
        if not self._backend.swap(key, known.signed if known else None, head.signed):
            return None
        return Answer(200, cosign(self._signer, head.text, self._now()).line)

    def known(self, origin: str) -> Checkpoint | None:
        """Return the last checkpoint of a log that was cosigned."""
        return self._known(origin)

    def _known(self, origin: str) -> Checkpoint | None:
        try:
            return Checkpoint.parse(self._backend.get(self._key(origin)))
        except ObjectMissingError:
            return None

    @staticmethod
    def _key(origin: str) -> str:
        return f"witnessed/{sha256_hex(origin.encode())}"
