"""A damaged or missing blob put right from a second place; the damaged bytes are set aside first, never lost.

Only blobs: their name is their digest, so what comes back is the sealed bytes or nothing. What was lawfully erased does
not come back.
"""

from collections.abc import Iterator
from typing import Final

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import chunks_of, digest_chunks
from evidence_store.errors import EvidenceError
from evidence_store.scrub import Mend
from evidence_store.tombstones import gone
from evidence_store.vault.backend import stored
from evidence_store.vault.stream import is_sound

QUARANTINE: Final = "quarantine/"
"""Where damaged bytes are set aside, by their own digest; nothing refers to them."""
ASIDE: Final = "aside/"
"""Which blob each of them was: without it, erasing the blob could not find them."""


def mender(place: Backend, replica: Backend) -> Mend:
    """Return what puts a blob of `place` right from `replica`; it answers False when it cannot, and changed nothing."""
    place, replica = stored(place), stored(replica)

    def mend(key: str) -> bool:
        try:
            if not key.startswith(layout.BLOBS) or gone(place, [key.rpartition("/")[2]]) or not _holds(replica, key):
                return False
            if place.exists(key):
                found = _digest(place, key)
                _put(place, f"{QUARANTINE}{found}", place, key)
                place.put_new(f"{ASIDE}{key.rpartition('/')[2]}/{found}", b"")
                place.delete(key)
            _put(place, key, replica, key)
        except EvidenceError:  # the replica is away, the place takes no change: the damage stays told
            return False
        return True

    return mend


def set_aside(place: Backend, digest: str) -> list[str]:
    """Return the keys of what was set aside of a blob, the notes about it included: erasing the blob takes them too."""
    notes = list(place.list(f"{ASIDE}{digest}/"))
    return [*(f"{QUARANTINE}{note.rpartition('/')[2]}" for note in notes), *notes]


def _holds(replica: Backend, key: str) -> bool:
    if not replica.exists(key):
        return False
    with replica.open(key) as stream:
        return is_sound(stream, key.rpartition("/")[2])


def _digest(place: Backend, key: str) -> str:
    with place.open(key) as stream:
        return digest_chunks(chunks_of(stream)).sha256


def _put(place: Backend, key: str, source: Backend, wanted: str) -> None:
    with place.batch() as batch:
        batch.write(key, _pieces(source, wanted))
        batch.sync()
        batch.link()
        batch.settle()


def _pieces(source: Backend, key: str) -> Iterator[bytes]:
    with source.open(key) as stream:
        yield from chunks_of(stream)
