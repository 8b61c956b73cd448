"""The pictures a page shows, kept as files of their own from the bytes it loaded; nothing is asked for again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urldefrag, urljoin

from capture.relay_model import Exchange
from capture.run import Run

SIDE_LEAST: Final = 120  # CSS pixels: smaller ones are faces and signs
IMAGES_MOST: Final = 60
BYTES_MOST: Final = 60 * 1024 * 1024  # of all pictures together
_OK: Final = 200
_REDIRECTS: Final = 5
_MAGIC: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (0, b"GIF8", "image/gif", "gif"),
    (8, b"WEBP", "image/webp", "webp"),
    (4, b"ftypavif", "image/avif", "avif"),
)


@dataclass(frozen=True)
class Picture:
    """One picture the page shows.

    Attributes:
        url: Address the page shows it from.
        name: Payload name; "" when its bytes were not seen on the wire, are no picture by content, or are too much.
        mime: By its content.
        bytes: Length.
        sha256: Digest of the file kept, as on the wire.
        alt: The page's own words for it.
        box: Where it is shown, CSS pixels: x, y, width, height.
        size: Its own width and height.
        exchange: Number of the exchange it came in; 0 unknown.
    """

    url: str
    name: str
    mime: str
    bytes: int
    sha256: str
    alt: str
    box: tuple[int, ...]
    size: tuple[int, ...]
    exchange: int


async def look(run: Run) -> str:
    """List what the page shows; the bytes are kept once the recording has ended."""
    run.notes["images"] = await run.world.call("images", {"least": SIDE_LEAST, "most": IMAGES_MOST})
    return f"{len(run.notes['images'])} pictures"


def gather(shown: Sequence[Mapping[str, Any]], exchanges: Iterable[Exchange], folder: Path) -> list[Picture]:
    """Keep the file of each picture once, however often it is shown.

    Args:
        shown: What `scripts/images.js` listed.
        exchanges: What the page loaded.
        folder: Where the files go; made when there is one.
    """
    seen = {one.url: one for one in exchanges if one.method == "GET" and one.status}
    kept: dict[str, Picture] = {}
    room = BYTES_MOST
    for one in shown:
        url = str(one["url"])
        if url in kept:
            continue
        exchange = _followed(url, seen)
        mime, ending = kind_of(exchange) if exchange is not None else ("", "")
        name = ""
        if exchange is not None and exchange.response_body is not None and mime and exchange.response_bytes <= room:
            name, room = f"images/{len(kept) + 1:03}.{ending}", room - exchange.response_bytes
            _link(exchange.response_body, folder, name.partition("/")[2])
        found = exchange if name else None
        kept[url] = Picture(
            url, name, mime,
            found.response_bytes if found else 0, found.response_sha256 if found else "",
            str(one["alt"]), tuple(map(int, one["box"])), tuple(map(int, one["size"])), exchange.id if exchange else 0,
        )  # fmt: skip
    return list(kept.values())


def _followed(url: str, seen: Mapping[str, Exchange]) -> Exchange | None:
    """Return the exchange whose body the browser showed for an address, redirects followed."""
    for _ in range(_REDIRECTS):
        one = seen.get(url)
        if one is None or not one.header("location"):
            return one
        url = urldefrag(urljoin(url, one.header("location"))).url
    return None


def kind_of(one: Exchange) -> tuple[str, str]:
    """Return type and ending of a whole, uncompressed picture by its first octets; ("", "") for anything else."""
    if one.status != _OK or one.truncated or one.response_body is None or one.header("content-encoding"):
        return "", ""
    with one.response_body.open("rb") as stream:
        head = stream.read(16)
    return next(((mime, end) for at, magic, mime, end in _MAGIC if head[at : at + len(magic)] == magic), ("", ""))


def _link(source: Path, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, folder / name)  # the recording's own file: not a byte is written twice
    except OSError:
        shutil.copyfile(source, folder / name)
