"""What a person took of a page at their own side: which format it is, and which address it says it shows.

Screenshots (PNG, JPEG), screen recordings (MP4, WebM), saved pages (MHTML, SingleFile HTML) and web archives (WACZ).
All of it is a stranger's bytes: a few kilobytes at fixed places are looked at, nothing is rendered, run, unpacked to
disk or believed. The address is the file's word; the person's own word may differ, and both go on record.
"""

import email
import email.policy
import html
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

HEAD: Final = 64 * 1024
MAX_URL: Final = 8192
MOST_MEMBER: Final = 1024 * 1024
MOST_ENTRIES: Final = 20_000
DIRECTORY_MOST: Final = 8 * 1024 * 1024
SINGLEFILE: Final = re.compile(r"<!--\s*Page saved with SingleFile\s*\n(.{0,20000}?)-->", re.DOTALL)
SINGLEFILE_URL: Final = re.compile(r"^[ \t]*url:[ \t]*(\S{1,8192})[ \t]*$", re.MULTILINE)
HTML_START: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--.{0,4096}?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
MHTML_HEADERS: Final = ("snapshot-content-location", "content-location")
END_RECORD: Final = b"PK\x05\x06"

KINDS: Final = {
    "png": ("screenshot", "image/png"), "jpeg": ("screenshot", "image/jpeg"), "mp4": ("video", "video/mp4"),
    "webm": ("video", "video/webm"), "mhtml": ("web_page", "multipart/related"),
    "wacz": ("web_page", "application/zip"), "singlefile": ("web_page", "text/html"),
}  # fmt: skip
"""Format → kind of evidence and media type."""


class UnknownFormatError(ValueError):
    """None of the formats that are taken."""


@dataclass(frozen=True)
class HandedIn:
    """What the file says of itself.

    Attributes:
        format: A key of `KINDS`.
        url: The address it says it shows; "" when it says none.
        where: Where in the file the address stands; "" without one.
    """

    format: str
    url: str = ""
    where: str = ""

    @property
    def kind(self) -> str:
        """The kind of evidence it is."""
        return KINDS[self.format][0]

    @property
    def media_type(self) -> str:
        """What to call it among files."""
        return KINDS[self.format][1]


def look_at(path: Path) -> HandedIn:
    """Tell what a file is by its bytes, never by its name.

    Raises:
        UnknownFormatError: None of the formats that are taken, or broken at the places that are looked at.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        for known, reader in READERS:
            if known(head):
                found = reader(head, file)
                return found if _is_address(found.url) else HandedIn(found.format)
    raise UnknownFormatError("format")


def _is_address(url: str) -> bool:
    # What a browser writes into a file it saves is the serialised address: ASCII without blanks.
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _plain(name: str) -> Callable[[bytes, BinaryIO], HandedIn]:
    return lambda _head, _file: HandedIn(name)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and int.from_bytes(head[:4], "big") in range(8, 4096)


def _is_webm(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:128]


def _is_mhtml(head: bytes) -> bool:
    start = head[:8192].lower()
    return b"\x00" not in start and b"mime-version:" in start and b"multipart/related" in start


def _mhtml(head: bytes, _file: BinaryIO) -> HandedIn:
    # Only the header block and the first part's are parsed: the parts themselves are the page's own bytes.
    text = head.replace(b"\r\n", b"\n")
    top, _, rest = text.partition(b"\n\n")
    _, _, part = rest.partition(b"\n--") if not rest.startswith(b"--") else (b"", b"", rest)
    for block in (top, part.partition(b"\n")[2].partition(b"\n\n")[0]):
        said = email.message_from_bytes(block, policy=email.policy.compat32)
        for name in MHTML_HEADERS:
            value = str(said.get(name) or "").strip()
            if _is_address(value):
                return HandedIn("mhtml", value, name)
    return HandedIn("mhtml")


def _is_singlefile(head: bytes) -> bool:
    return HTML_START.match(head) is not None and b"Page saved with SingleFile" in head


def _singlefile(head: bytes, _file: BinaryIO) -> HandedIn:
    note = SINGLEFILE.search(head.decode("utf-8", "replace"))
    said = SINGLEFILE_URL.search(note[1]) if note else None
    return HandedIn("singlefile", html.unescape(said[1]), "comment") if said else HandedIn("singlefile")


def _is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def _wacz(_head: bytes, file: BinaryIO) -> HandedIn:
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if len(names) > MOST_ENTRIES or not {"datapackage.json", "pages/pages.jsonl"} <= names:
                raise UnknownFormatError("zip")
            package = _json(_member(archive, "datapackage.json"))
            lines = _member(archive, "pages/pages.jsonl").splitlines()[:20]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise UnknownFormatError("zip") from error
    if not str(package.get("wacz_version", "")):
        raise UnknownFormatError("zip")
    main = str(package.get("mainPageUrl") or package.get("mainPageURL") or "")
    if _is_address(main):
        return HandedIn("wacz", main, "datapackage.json")
    pages = (str(_json(line).get("url", "")) for line in lines)
    url = next((page for page in pages if _is_address(page)), "")
    return HandedIn("wacz", url, "pages/pages.jsonl" if url else "")


def _check_directory(file: BinaryIO) -> None:
    """Refuse a directory too large to read into memory; Zip64 is not needed below 4 GB."""
    size = file.seek(0, 2)
    file.seek(max(0, size - HEAD - 22))
    tail = file.read()
    at = tail.rfind(END_RECORD)
    if at < 0 or int.from_bytes(tail[at + 12 : at + 16], "little") > DIRECTORY_MOST:
        raise UnknownFormatError("zip")
    if int.from_bytes(tail[at + 10 : at + 12], "little") > MOST_ENTRIES:
        raise UnknownFormatError("zip")
    file.seek(0)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:  # read(n) unpacks no more than n octets, whatever the header promises
        return member.read(MOST_MEMBER)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


READERS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes, BinaryIO], HandedIn]], ...]] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _plain("png")),
    (lambda head: head.startswith(b"\xff\xd8\xff"), _plain("jpeg")),
    (_is_mp4, _plain("mp4")),
    (_is_webm, _plain("webm")),
    (_is_zip, _wacz),
    (_is_mhtml, _mhtml),
    (_is_singlefile, _singlefile),
)
"""Whether the first octets are of a format, and what reads it; the first that fits decides."""
