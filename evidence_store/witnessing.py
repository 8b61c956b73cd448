"""The log's side of its witnesses: ask them to cosign the head, keep what they say, know when one is silent or objects.

A witness's last answer is one small object, replaced by compare-and-swap; its cosignatures are write-once. Any process
may ask: the same head asked twice is cosigned twice, and the first cosignature is the one kept.
"""

import contextlib
import http.client
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.checkpoint import Checkpoint, InclusionProof
from evidence_store.cosigning import Cosignature, WitnessKey, cosigned, read_cosignature
from evidence_store.errors import EvidenceError, FormatError
from evidence_store.exchange import check_url
from evidence_store.failures import ObjectConflictError, ObjectMissingError
from evidence_store.log import Log
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.moments import moment

TIMEOUT: Final = 10.0
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_ANSWER: Final = 16 * 1024
_LOOKED_AT: Final = 200
_OK, _CONFLICT, _SERVER = 200, 409, 500


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """A witness and where it is asked."""

    key: WitnessKey
    url: str


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How a witness answered last.

    Attributes:
        size: Size of the last checkpoint it cosigned; -1 before the first.
        cosigned_at: When that was, RFC 3339; empty before the first.
        asked_at: When it was asked last.
        trouble: `silent`, `refused` (it does not serve this log), `fork` (it knows another history), or empty.
        said: Its words, or those of the connection.
        tries: Attempts since it last cosigned.
    """

    size: int = -1
    cosigned_at: str = ""
    asked_at: str = ""
    trouble: str = ""
    said: str = ""
    tries: int = 0


Post = Callable[[str, bytes], tuple[int, bytes]]


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """POST an add-checkpoint request; returns status and body. An `OSError` or HTTP error means no answer."""
    parts = check_url(url)
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = maker(str(parts.hostname), parts.port, timeout=TIMEOUT)
    try:
        path = urlsplit(url).path.rstrip("/") + "/add-checkpoint"
        connection.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_ANSWER)
    finally:
        connection.close()


def witness_state(backend: Backend, key: WitnessKey) -> WitnessState:
    """Return how a witness answered last."""
    return _read_state(backend, key)[0]


def _read_state(backend: Backend, key: WitnessKey) -> tuple[WitnessState, bytes | None]:
    try:
        data = backend.get(layout.witness_key(key.key_id.hex()))
    except ObjectMissingError:
        return WitnessState(), None
    value: Mapping[str, Any] = parse_object(data)
    return WitnessState(**{name: value[name] for name in WitnessState.__slots__ if name in value}), data


def due(state: WitnessState, now: datetime) -> bool:
    """Whether a witness that did not answer is asked again: after 30 s, doubling up to an hour."""
    if not state.tries or not state.asked_at:
        return True
    wait: timedelta = min(FIRST_WAIT * (1 << min(state.tries - 1, 12)), LONGEST_WAIT)
    return datetime.fromisoformat(state.asked_at) + wait <= now


def ask_witnesses(
    log: Log, backend: Backend, witnesses: Sequence[WitnessAt], *, now: datetime, ask: Post = post, force: bool = False
) -> dict[str, WitnessState]:
    """Ask every witness that lacks the head and whose pause is over; returns name → how it stands now.

    Raises:
        StorageError, IntegrityError: The log itself cannot be read; what witnesses do is never raised.
    """
    head, found = log.head(), {}
    for witness in witnesses:
        state, before = _read_state(backend, witness.key)
        if (state.size != head.size or state.trouble) and (force or due(state, now)):
            asked = replace(_ask(log, backend, witness, head, state, ask), asked_at=moment(now))
            with contextlib.suppress(ObjectConflictError):
                backend.swap(layout.witness_key(witness.key.key_id.hex()), before, canonical_json(asdict(asked)))
            state = asked
        found[witness.key.name] = state
    return found


def _ask(
    log: Log, backend: Backend, witness: WitnessAt, head: Checkpoint, state: WitnessState, ask: Post
) -> WitnessState:
    """Ask one witness; it names its own size when it knows another."""
    old = max(state.size, 0)
    for _ in range(2):
        if old > head.size:
            words = f"the witness has seen {old} entries, this log has {head.size}"
            return replace(state, trouble="fork", said=words, tries=state.tries + 1)
        try:
            status, answer = ask(witness.url, log.growth_to(old, head).to_bytes())
        except (OSError, http.client.HTTPException, ssl.SSLError, ValueError, EvidenceError) as error:
            return replace(state, trouble="silent", said=str(error)[:200], tries=state.tries + 1)
        if status == _OK:
            return _keep(backend, witness, head, state, answer)
        known = answer.strip()
        if status == _CONFLICT and known.isdigit() and len(known) < 16 and int(known) != old:  # noqa: PLR2004
            old = int(known)
            continue
        break
    return replace(state, trouble=_trouble(status), said=_words(status, answer), tries=state.tries + 1)


def _trouble(status: int) -> str:
    if status in (_CONFLICT, 422):  # of the size it knows: another root, or no growth from it
        return "fork"
    return "silent" if status >= _SERVER else "refused"


def _words(status: int, answer: bytes) -> str:
    return f"HTTP {status} {answer[:120].decode('ascii', 'replace').strip()}"


def _keep(backend: Backend, witness: WitnessAt, head: Checkpoint, state: WitnessState, answer: bytes) -> WitnessState:
    try:
        line = read_cosignature(witness.key, head.text, answer)
    except EvidenceError as error:
        return replace(state, trouble="refused", said=error.detail[:200], tries=state.tries + 1)
    key = layout.cosignature_key(head.size, witness.key.key_id.hex())
    with contextlib.suppress(ObjectConflictError):  # another process asked too: the first one stays
        backend.put_new(key, f"{witness.key}\n".encode() + line.line)
    return WitnessState(size=head.size, cosigned_at=moment(line.at))


def parse_kept(data: bytes, text: bytes) -> Cosignature:
    """Return a kept cosignature, checked against its checkpoint's text.

    Raises:
        FormatError, SignatureError: It is not one.
    """
    vkey, _, line = data.partition(b"\n")
    return read_cosignature(WitnessKey.parse(vkey.decode("utf-8", "replace")), text, line)


def cosignatures(backend: Backend, head: Checkpoint) -> list[Cosignature]:
    """Return the cosignatures kept for a checkpoint; a damaged one is left out, `fsck` reports it."""
    found = []
    for key in backend.list(f"{layout.cosignatures_prefix(head.size // 1000)}{head.size:012d}/"):
        with contextlib.suppress(FormatError, EvidenceError):
            found.append(parse_kept(backend.get(key), head.text))
    return found


def witnessed_head(log: Log, backend: Backend, index: int) -> Checkpoint:
    """Return the checkpoint a proof of a leaf should rest on, cosignatures added.

    That is the first one after the leaf with as many cosignatures as witnesses were ever asked; else, among the first
    ones cosigned at all, the one with most; else the first checkpoint that covers the leaf.
    """
    wanted = sum(1 for _ in backend.list(layout.WITNESSES))
    best, most = log.covering(index), 0
    for size in _cosigned_sizes(backend, index, log.head().size)[:_LOOKED_AT]:
        head = log.accept(backend.get(layout.archived_checkpoint_key(size)))
        lines = cosignatures(backend, head)
        if len(lines) > most:
            best, most = cosigned(head, lines), len(lines)
        if most >= wanted:
            break
    return best


def _cosigned_sizes(backend: Backend, index: int, size: int) -> list[int]:
    """Return some tree sizes after a leaf that a witness cosigned, ascending."""
    found: dict[int, None] = {}
    for group in range((index + 1) // 1000, size // 1000 + 1):
        for key in backend.list(layout.cosignatures_prefix(group)):
            at = int(key.split("/")[-2])
            if index < at <= size:
                found[at] = None
        if len(found) >= _LOOKED_AT:
            break
    return list(found)


def witnessed_proof(log: Log, backend: Backend, index: int) -> InclusionProof:
    """Return the inclusion proof of a leaf that most witnesses stand behind; see `witnessed_head`."""
    return log.proof(index, witnessed_head(log, backend, index))


def read_witnesses(data: bytes) -> tuple[int, tuple[WitnessAt, ...]]:
    """Return quorum and witnesses of a `{"quorum", "witnesses": [{"vkey", "url"}]}` file.

    Raises:
        FormatError, FactsRefusedError: It is not one.
    """
    try:
        value = json.loads(data)
        rows = tuple(WitnessAt(WitnessKey.parse(row["vkey"]), row["url"]) for row in value["witnesses"])
        quorum = int(value["quorum"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"not a list of witnesses: {error}") from error
    for row in rows:
        check_url(row.url)
    if not 0 <= quorum <= len(rows) or len({row.key.public for row in rows}) != len(rows):
        raise FormatError("the quorum is larger than the number of different witnesses")
    return quorum, rows
