"""Video, sound and pictures of the page, kept as files of their own from the bytes the page itself loaded.

Players ask for byte ranges; ranges that together are the whole file are put together. What is not whole is listed as
partial, with the ranges that are missing; its octets are in the WACZ. Nothing is asked for a second time.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from capture import images
from capture.relay_model import Exchange
from capture.run import Run

OK, PARTIAL = 200, 206
FILES_MOST = 50
BYTES_MOST = 300 * 1024 * 1024  # of all files together
_BLOCK = 1024 * 1024
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.IGNORECASE)
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm", "webm"),
    (0, b"OggS", "application/ogg", "ogg"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"FLV", "video/x-flv", "flv"),
    (0, b"\xff\xfb", "audio/mpeg", "mp3"),
    (0, b"\xff\xf1", "audio/aac", "aac"),
    (8, b"WAVE", "audio/wav", "wav"),
)


@dataclass(frozen=True)
class Piece:
    """Octets of a file: from `start` up to, not including, `end`; `total` is the whole file's length."""

    start: int
    end: int
    total: int
    path: Path
    exchange: int


@dataclass(frozen=True)
class Medium:
    """One file the page loaded, whole or not.

    Attributes:
        url: Where from.
        name: Payload name; "" when it is not whole, or too much.
        mime: By its content, not by what the server said.
        said: What the server said.
        bytes: Length of the whole file.
        sha256: Digest of the file kept.
        missing: Ranges not loaded, as [start, end) pairs.
        exchanges: Numbers of the exchanges it came in.
    """

    url: str
    name: str
    mime: str
    said: str
    bytes: int
    sha256: str
    missing: tuple[tuple[int, int], ...]
    exchanges: tuple[int, ...]


async def keep(run: Run) -> str:
    """Put the media together and list them in media.json."""
    if run.recording is None:
        return "0"
    exchanges, shown = run.recording.exchanges, run.notes.get("images", [])
    found = await asyncio.to_thread(gather, exchanges, run.out / "media")
    pictures = await asyncio.to_thread(images.gather, shown, exchanges, run.out / "images")
    if not found and not pictures:
        return "0"
    names = [one.name for one in found] + [one.name for one in pictures]
    run.files |= {name: run.out / name for name in names if name}
    listed = {"media": [asdict(one) for one in found], "images": [asdict(one) for one in pictures]}
    run.keep("media.json", json.dumps({"schema": "bianwu/media/1", **listed}, ensure_ascii=False, indent=1))
    kept = sum(bool(one.name) for one in pictures)
    return f"{sum(bool(one.name) for one in found)} of {len(found)} whole, {kept} of {len(pictures)} pictures"


def gather(exchanges: Iterable[Exchange], folder: Path) -> list[Medium]:
    """Write every whole medium into the folder.

    Args:
        exchanges: What the page loaded.
        folder: Where the files go; made when there is one.
    """
    by_url: dict[str, list[tuple[Exchange, Piece]]] = {}
    for one in exchanges:
        piece = piece_of(one)
        if piece is not None:
            by_url.setdefault(one.url, []).append((one, piece))
    media: list[Medium] = []
    room = BYTES_MOST
    for url, seen in list(by_url.items())[:FILES_MOST]:
        said = seen[0][0].header("content-type").partition(";")[0].strip().lower()
        total = seen[0][1].total
        pieces = sorted((piece for _, piece in seen if piece.total == total), key=lambda piece: piece.start)
        mime, ending = kind_of(pieces[0]) if pieces[0].start == 0 else ("", "")
        if not mime and not said.startswith(("video/", "audio/")):
            continue
        missing = missing_of(pieces, total)
        numbers = tuple(piece.exchange for piece in pieces)
        name, digest = "", ""
        if not missing and total <= room:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{len(media) + 1:03}.{ending or 'bin'}"
            digest, room, name = join(pieces, path), room - total, f"media/{path.name}"
        media.append(Medium(url, name, mime or said, said, total, digest, missing, numbers))
    return media


def piece_of(one: Exchange) -> Piece | None:
    """Return the octets an answer holds of a file; None for what is no plain answer to a GET."""
    path = one.response_body
    if one.method != "GET" or path is None or one.header("content-encoding") not in ("", "identity"):
        return None
    size = path.stat().st_size
    if one.status == OK and not one.truncated and size:
        return Piece(0, size, size, path, one.id)
    found = _RANGE.fullmatch(one.header("content-range").strip())
    if one.status != PARTIAL or found is None or not size:
        return None
    start, last, total = (int(number) for number in found.groups())
    if not start <= last < total or size > last + 1 - start:
        return None  # it says one thing and holds another
    return Piece(start, start + size, total, path, one.id)  # an aborted answer holds less than it said


def kind_of(piece: Piece) -> tuple[str, str]:
    """Return type and ending by the first octets; ("", "") for what is no video or sound."""
    with piece.path.open("rb") as stream:
        head = stream.read(16)
    return next(((mime, end) for at, magic, mime, end in _MAGIC if head[at : at + len(magic)] == magic), ("", ""))


def missing_of(pieces: Sequence[Piece], total: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges no piece holds; the pieces in order of their start."""
    gaps, have = [], 0
    for piece in pieces:
        if piece.start > have:
            gaps.append((have, piece.start))
        have = max(have, piece.end)
    return tuple([*gaps, (have, total)] if have < total else gaps)


def join(pieces: Sequence[Piece], path: Path) -> str:
    """Write the pieces, overlaps once, as one file; returns its SHA-256."""
    digest, have = hashlib.sha256(), 0
    with path.open("xb") as file:
        for piece in pieces:
            if piece.end > have:
                with piece.path.open("rb") as stream:
                    stream.seek(have - piece.start)
                    _copy(stream, file, digest.update)
                have = piece.end
    return digest.hexdigest()


def _copy(stream: BinaryIO, file: BinaryIO, count: Callable[[bytes], None]) -> None:
    while data := stream.read(_BLOCK):
        file.write(data)
        count(data)
