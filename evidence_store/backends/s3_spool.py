"""Bytes on their way to or from a bucket: on this machine's disk when large, checked before anybody gets them."""

import tempfile
from base64 import b64encode
from typing import BinaryIO, Final

from evidence_store.digests import sha256_of
from evidence_store.failures import DigestMismatchError

SPOOL: Final = 1 << 20
"""Bytes kept in memory of one object; the rest of a larger one is on disk."""


def base64(digest: bytes) -> str:
    """Return a digest as the service writes it."""
    return b64encode(digest).decode()


def spooled() -> BinaryIO:
    """Return a file of its own: in memory while small, then on disk without a name."""
    return tempfile.SpooledTemporaryFile(max_size=SPOOL)  # type: ignore[return-value]  # a file in all but name


def require_digest(file: BinaryIO, told: str | None, key: str) -> None:
    """Hold what came against the digest it was written with, and go back to its beginning."""
    file.seek(0)
    if told is not None and sha256_of(file)[0].hex() != told:
        raise DigestMismatchError(key)
    file.seek(0)
