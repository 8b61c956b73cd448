"""How one blob is encrypted: AES-256-GCM in 64 KiB chunks, each bound to its place. docs/encryption.md has every byte.

The construction is STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015): the nonce is a random prefix, the
chunk's number and whether it is the last one, so that chunks cannot be swapped, dropped or cut off.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence_store import layout
from evidence_store.digests import sha256_of
from evidence_store.failures import DigestMismatchError
from evidence_store.vault.errors import BlobDamagedError

CHUNK: Final = 64 * 1024
"""Plain bytes of every chunk but the last."""
KEY_BYTES: Final = 32
ENCRYPTION: Final = "encryption/"
"""What a store notes about its own encryption lies there."""
MAGIC: Final = b"\x89BWEV\n"
VERSION: Final = 1
AES_256_GCM_64K: Final = 1
HEADER_BYTES: Final = 32
TRAILER_BYTES: Final = 64
_TAG: Final = 16
_SEALED: Final = CHUNK + _TAG
_MOST_CHUNKS: Final = 1 << 32
_GROUP: Final = 16  # chunks handed on together: 1 MiB
_ID, _PREFIX, _DIGEST = 16, 7, 32


class _Updated(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Header:
    """The first 32 bytes of an encrypted blob.

    Attributes:
        blob_id: 16 random bytes that say which key is its.
        prefix: 7 random bytes every nonce begins with.
    """

    blob_id: bytes
    prefix: bytes

    @classmethod
    def new(cls) -> "Header":
        """Return a fresh header."""
        return cls(os.urandom(_ID), os.urandom(_PREFIX))

    def to_bytes(self) -> bytes:
        """Return the 32 bytes."""
        return MAGIC + bytes((VERSION, AES_256_GCM_64K)) + self.blob_id + self.prefix + b"\0"

    @classmethod
    def parse(cls, data: bytes) -> "Header":
        """Read the 32 bytes; `BlobDamagedError` when they are none."""
        if len(data) != HEADER_BYTES or data[:8] != MAGIC + bytes((VERSION, AES_256_GCM_64K)) or data[-1]:
            raise BlobDamagedError("not the header of an encrypted blob")
        return cls(data[8:24], data[24:31])

    def nonce(self, number: int, *, last: bool) -> bytes:
        """Return the 12 bytes for a chunk: prefix, number in big endian, 1 for the last chunk."""
        if number >= _MOST_CHUNKS:
            raise BlobDamagedError("more than 2^32 chunks")
        return self.prefix + number.to_bytes(4, "big") + bytes((last,))


def encrypt(chunks: Iterable[bytes], key: bytes, header: Header, digest: bytes) -> Iterator[bytes]:
    """Yield the encrypted blob of some bytes, in one pass and flat memory.

    Args:
        chunks: The plain bytes, in pieces of any size.
        key: 32 bytes used for this blob alone.
        header: A fresh header.
        digest: SHA-256 the plain bytes must have.

    Raises:
        DigestMismatchError: They have another; what was yielded is no blob.
    """
    cipher, aad, plain = AESGCM(key), header.to_bytes(), hashlib.sha256()
    outer = hashlib.sha256(aad)
    yield aad
    number, held = 0, b""
    for piece in chunks:
        plain.update(piece)
        data = held + piece if held else piece
        whole = max(0, len(data) - 1) // CHUNK
        view = memoryview(data)
        for start in range(0, whole, _GROUP):
            some = range(start, min(start + _GROUP, whole))
            sealed = b"".join(
                cipher.encrypt(header.nonce(number + at, last=False), view[at * CHUNK : (at + 1) * CHUNK], aad)
                for at in some
            )
            yield _hashed(outer, sealed)
        number += whole
        held = bytes(view[whole * CHUNK :])
    if plain.digest() != digest:
        raise DigestMismatchError(digest.hex())
    yield _hashed(outer, cipher.encrypt(header.nonce(number, last=True), held, aad + digest))
    yield _hashed(outer, digest)
    yield outer.digest()


def _hashed(hasher: _Updated, data: bytes) -> bytes:
    hasher.update(data)
    return data


def looks_encrypted(file: BinaryIO, name: str) -> Header | None:
    """Return the header of a blob kept encrypted under a name (64 hex digits); None for plain bytes. Goes back to 0.

    Plain bytes cannot pass for encrypted ones: they would have to contain their own SHA-256 at a given place.
    """
    file.seek(0)
    head, size = file.read(HEADER_BYTES), file.seek(0, io.SEEK_END)
    if head[: len(MAGIC)] != MAGIC or size < HEADER_BYTES + _TAG + TRAILER_BYTES:
        file.seek(0)
        return None
    file.seek(size - TRAILER_BYTES)
    told = file.read(_DIGEST)
    file.seek(0)
    return Header.parse(head) if told.hex() == name else None


def is_sound(file: BinaryIO, name: str) -> bool:
    """Whether the stored bytes of a blob are whole: without a key, for copying, comparing and mending.

    Encrypted ones are held against the SHA-256 they end in, plain ones against their name. This finds damage, not a
    forger: only reading with the key does.
    """
    try:
        encrypted = looks_encrypted(file, name)
    except BlobDamagedError:
        return False
    if encrypted is None:
        return sha256_of(file)[0].hex() == name
    left = file.seek(0, io.SEEK_END) - _DIGEST
    file.seek(0)
    hasher = hashlib.sha256()
    while left and (piece := file.read(min(left, _GROUP * CHUNK))):
        hasher.update(piece)
        left -= len(piece)
    return not left and file.read(_DIGEST + 1) == hasher.digest()


def is_whole(key: str, file: BinaryIO, digest: bytes) -> bool:
    """Whether stored bytes with this SHA-256 may lie under a key: a blob must be sound, plain or encrypted."""
    name = key.rpartition("/")[2]
    return not key.startswith(layout.BLOBS) or name == digest.hex() or is_sound(file, name)


class BlobReader(io.RawIOBase):
    """The plain bytes of an encrypted blob as a stream that can seek; every byte is authenticated before it is given.

    The last chunk is opened first: it proves length and name. Read from beginning to end, the whole is held against
    its SHA-256 as well.

    Raises:
        BlobDamagedError: When made or read: not this blob's bytes, or not this key.
    """

    def __init__(self, file: BinaryIO, name: str, key: bytes) -> None:
        super().__init__()
        self._file, self._name, self._cipher = file, name, AESGCM(key)
        file.seek(0)
        self._header = Header.parse(file.read(HEADER_BYTES))
        self._aad = self._header.to_bytes()
        body = file.seek(0, io.SEEK_END) - HEADER_BYTES - TRAILER_BYTES
        self._count = max(1, -(-body // _SEALED))
        self._size = body - self._count * _TAG
        if body < _TAG or self._size < (self._count - 1) * CHUNK:
            raise BlobDamagedError(name)
        self._at, self._hashed, self._hasher = 0, 0, hashlib.sha256()
        self._last = self._open_chunk(self._count - 1)
        file.seek(-TRAILER_BYTES, io.SEEK_END)
        if file.read(_DIGEST).hex() != name:
            raise BlobDamagedError(name)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the plain bytes."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(offset)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Fill the buffer as far as there are bytes, up to 1 MiB at a time."""
        view, done = memoryview(buffer).cast("B"), 0
        for _ in range(_GROUP):
            if done == len(view) or self._at >= self._size:
                break
            number, skip = divmod(self._at, CHUNK)
            plain = self._last if number == self._count - 1 else self._open_chunk(number)
            some = plain[skip : skip + len(view) - done]
            view[done : done + len(some)] = some
            self._account(some)
            self._at += len(some)
            done += len(some)
        if self._at == self._size == self._hashed and self._hasher.hexdigest() != self._name:
            raise BlobDamagedError(self._name)
        return done

    def close(self) -> None:
        """Close the file below too."""
        if not self.closed:
            self._file.close()
        super().close()

    def _account(self, some: bytes) -> None:
        if self._at == 0:
            self._hashed, self._hasher = 0, hashlib.sha256()
        if self._at == self._hashed:
            self._hasher.update(some)
            self._hashed += len(some)

    def _open_chunk(self, number: int) -> bytes:
        last = number == self._count - 1
        self._file.seek(HEADER_BYTES + number * _SEALED)
        sealed = self._file.read(self._size - number * CHUNK + _TAG if last else _SEALED)
        aad = self._aad + bytes.fromhex(self._name) if last else self._aad
        try:
            return self._cipher.decrypt(self._header.nonce(number, last=last), sealed, aad)
        except InvalidTag as error:
            raise BlobDamagedError(self._name) from error


def open_blob(file: BinaryIO, name: str, key: bytes) -> BinaryIO:
    """Return the plain bytes of an encrypted blob as a buffered stream; closing it closes `file`."""
    return io.BufferedReader(BlobReader(file, name, key), CHUNK)
