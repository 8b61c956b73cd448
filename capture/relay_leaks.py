"""Finding secrets of the visit inside recorded bodies.

Header values are redacted before they are written; bodies are evidence and never altered. A body that repeats a
cookie or token of the visit is therefore reported, so that the package can be marked restricted (受限).
Runs in the relay's process at the end: the secrets live nowhere else.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types

from capture.relay_model import Exchange

SHORTEST = 8  # shorter values ("1", "zh_CN") are in every page and no secrets
MOST_DECODED = 512 * 1024 * 1024  # compression bombs are searched this far, all bodies of a capture together
UNPACK_ERRORS = (zlib.error, brotli.error)
_BLOCK = 256 * 1024


@dataclass
class LeakSearch:
    """Searches the bodies of one capture for the values redacted from its headers.

    Attributes:
        spool: The relay's folder.
        left: Octets that may still be decoded.
        whole: Whether everything has been searched so far.
    """

    spool: Path
    left: int = MOST_DECODED
    whole: bool = True

    def find(self, exchanges: Iterable[Exchange], secrets: Iterable[str]) -> list[int]:
        """Return the ids of the exchanges whose bodies or frames hold one of the secrets.

        Args:
            exchanges: Finished exchanges, their files named relative to the spool.
            secrets: Values that were redacted.
        """
        needles = sorted({secret.encode("latin-1") for secret in secrets if len(secret) >= SHORTEST})
        return [exchange.id for exchange in exchanges if needles and self._leaks(exchange, needles)]

    def _leaks(self, exchange: Exchange, needles: list[bytes]) -> bool:
        files = (
            (exchange.response_body, exchange.header("content-encoding").strip().lower()),
            (exchange.request_body, ""),
            (exchange.websocket, ""),
        )
        return any(path is not None and self._holds(self.spool / path, coding, needles) for path, coding in files)

    def _holds(self, path: Path, coding: str, needles: list[bytes]) -> bool:
        overlap = max(len(needle) for needle in needles)
        tail = b""
        for block in self._decoded(path, coding):
            window = tail + block
            if any(needle in window for needle in needles):
                return True
            tail = window[-overlap:]
        return False

    def _decoded(self, path: Path, coding: str) -> Iterator[bytes]:
        try:
            for block in unpacked(path, coding):
                self.left -= len(block)
                if self.left < 0:
                    self.whole = False
                    return
                yield block
        except UNPACK_ERRORS:
            self.whole = False  # not what its header says


def unpacked(path: Path, coding: str) -> Iterator[bytes]:
    """Yield a recorded body block by block, its Content-Encoding undone; an unknown one is left as it is.

    Raises:
        zlib.error, brotli.error: It is not what its header says (`UNPACK_ERRORS`).
    """
    with path.open("rb") as stream:
        yield from _UNPACKERS.get(coding, _as_it_is)(iter(lambda: stream.read(_BLOCK), b""))


def _as_it_is(blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield from blocks


def _gunzip(blocks: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its first octets
    for block in blocks:
        yield unpack.decompress(block, _BLOCK)
        while unpack.unconsumed_tail:
            yield unpack.decompress(unpack.unconsumed_tail, _BLOCK)


def _unbrotli(blocks: Iterator[bytes]) -> Iterator[bytes]:
    unpack = brotli.Decompressor()
    for block in blocks:
        yield unpack.process(block, output_buffer_limit=_BLOCK)
        while not unpack.can_accept_more_data():
            yield unpack.process(b"", output_buffer_limit=_BLOCK)


_UNPACKERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _gunzip,
    "br": _unbrotli,
}
