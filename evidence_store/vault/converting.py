"""A plain store made an encrypted one, blob by blob: cut off anywhere it goes on, and every byte stays readable.

Encrypted bytes are staged under a name of their own with their key, read back and decrypted, and only then the plain
bytes go; the staged ones answer for them until they have the blob's name. Nobody else may write meanwhile.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from evidence_store import layout
from evidence_store.backends import Backend
from evidence_store.digests import chunks_of, sha256_of
from evidence_store.failures import DigestMismatchError, ObjectMissingError
from evidence_store.vault.backend import EncryptedBackend, blob_name, mark, staged_key
from evidence_store.vault.errors import BlobKeyMissingError
from evidence_store.vault.stream import KEY_BYTES, Header, encrypt, is_sound, looks_encrypted, open_blob


@dataclass
class Converted:
    """What one run did.

    Attributes:
        blobs: Blobs of the store.
        encrypted: How many this run encrypted.
        damaged: Keys whose plain bytes are not those of their name: left as they are, for fsck and mending.
    """

    blobs: int = 0
    encrypted: int = 0
    damaged: list[str] = field(default_factory=list)


def _ignore(_: Converted) -> None:
    """Nobody watches."""


def convert(place: EncryptedBackend, *, watch: Callable[[Converted], None] = _ignore) -> Converted:
    """Encrypt every blob that is still plain.

    Raises:
        StorageError: A place or the keys failed; doing it again goes on.
        DigestMismatchError: What was read back is not what was written; the plain bytes are still there.
    """
    place.keys.check()
    mark(place.inner)
    done = Converted()
    for key in _keys(place.inner):
        name = blob_name(key)
        if name is None:
            continue
        done.blobs += 1
        if _is_plain(place.inner, key, name):
            if not _stage(place, key, name):
                done.damaged.append(key)
                continue
            place.inner.delete(key)
            done.encrypted += 1
        _publish(place, key, name)
        watch(done)
    return done


def _keys(place: Backend) -> list[str]:
    waiting = (layout.blob_key(key.rpartition("/")[2]) for key in place.list(staged_key("")))
    return sorted({*place.list(layout.BLOBS), *waiting})


def _is_plain(place: Backend, key: str, name: str) -> bool:
    try:
        with place.open(key) as file:
            return looks_encrypted(file, name) is None
    except ObjectMissingError:
        return False
    except DigestMismatchError:  # no header we know: told as damaged
        return True


def _stage(place: EncryptedBackend, key: str, name: str) -> bool:
    """Stage the encrypted bytes, durable, and read them back; False when the plain ones are damaged."""
    if place.inner.exists(staged_key(name)):
        with suppress(DigestMismatchError, BlobKeyMissingError):
            _read_back(place, name)
            return True
        place.inner.delete(staged_key(name))  # a run that was cut off; the plain bytes are still here
    with place.inner.open(key) as file:
        if not is_sound(file, name):
            return False
    header, secret = Header.new(), os.urandom(KEY_BYTES)
    _copy(place.inner, staged_key(name), encrypt(_pieces(place.inner, key), secret, header, bytes.fromhex(name)))
    place.keys.keep({(name, header.blob_id): secret})
    _read_back(place, name)
    return True


def _read_back(place: EncryptedBackend, name: str) -> None:
    file = place.inner.open(staged_key(name))
    try:
        header = looks_encrypted(file, name)
        if header is None:
            raise DigestMismatchError(staged_key(name))
        with open_blob(file, name, place.keys.find(name, header.blob_id)) as plain:
            if sha256_of(plain)[0].hex() != name:
                raise DigestMismatchError(staged_key(name))
    finally:
        file.close()


def _publish(place: EncryptedBackend, key: str, name: str) -> None:
    if not place.inner.exists(staged_key(name)):
        return
    if not place.inner.exists(key):
        _copy(place.inner, key, _pieces(place.inner, staged_key(name)))
    place.inner.delete(staged_key(name))


def _copy(place: Backend, key: str, chunks: Iterator[bytes]) -> None:
    with place.batch() as batch:
        batch.write(key, chunks)
        batch.sync()
        batch.link()
        batch.settle()


def _pieces(place: Backend, key: str) -> Iterator[bytes]:
    with place.open(key) as file:
        yield from chunks_of(file)
