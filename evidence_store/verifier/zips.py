"""ZIP archives read from the central directory, with every inconsistency refused.

The package itself must be in the one form the format allows (stored, fixed times, no gaps); the WACZ inside may be
deflated and is read with limits.
"""

from __future__ import annotations

from io import SEEK_END
from struct import Struct, error

from evidence_store.verifier.problem import ProblemError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_END = Struct("<4s4H2LH")
_END64_LOCATOR = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_FULL = 0xFFFFFFFF
_MOST_ENTRIES = 100_001
_MOST_DIRECTORY = 64 << 20
_MOST_RATIO = 200
_UTF8, _DESCRIPTOR, _LEVEL = 0x800, 0x008, 0x006
_FIRST_DAY = 0x21  # 1980-01-01
_FILE_MODE = 0o100644


def bad_zip(zh: str, en: str) -> ProblemError:
    """Return the error for an archive that breaks a rule."""
    return ProblemError("ZIP 不合规：" + zh, "ZIP refused: " + en)


class Entry:
    """One file of an archive.

    Attributes:
        name: Full name.
        size: Bytes when unpacked; ``packed`` as stored.
        start: Offset of its first data byte, set when its local header has been read.
        offset: Offset of its local header.
        central: The numbers of its central header, in order; ``local`` those of its local header.
        extras: (central, local) extra fields.
    """

    __slots__ = ("central", "extras", "local", "name", "offset", "packed", "size", "start")

    def __init__(self, central: tuple[int, ...], name: str, extra: bytes) -> None:
        self.central, self.name = central, name
        self.packed, self.size, self.offset, self.start = central[7], central[8], central[15], 0
        self.local: tuple[int, ...] = ()
        self.extras = (extra, b"")
        for field, body in _wide_fields(self, extra):
            setattr(self, field, int.from_bytes(body, "little"))

    @property
    def method(self) -> int:
        """0 stored, 8 deflated."""
        return self.central[3]

    @property
    def crc(self) -> int:
        """CRC-32 of the unpacked bytes."""
        return self.central[6]


def _wide_fields(entry: Entry, extra: bytes) -> list[tuple[str, bytes]]:
    """Return (attribute, 8 bytes) for every full field that the ZIP64 extra field replaces."""
    at, found = 0, []
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        body = extra[at + 4 : at + 4 + length]
        at += 4 + length
        full = [field for field in ("size", "packed", "offset") if getattr(entry, field) == _FULL] if kind == 1 else []
        if len(body) < 8 * len(full):
            raise bad_zip("ZIP64 字段不完整", "ZIP64 field incomplete")
        found += [(field, body[8 * nth : 8 * nth + 8]) for nth, field in enumerate(full)]
    if at != len(extra):
        raise bad_zip("附加字段损坏", "damaged extra field")
    return found


def _exactly(file: BinaryIO, at: int, size: int) -> bytes:
    try:
        file.seek(at)
    except (OSError, ValueError, OverflowError):  # a declared place no file can have
        at = -1
    data = file.read(size) if at >= 0 else b""
    if len(data) != size:
        raise bad_zip("文件不完整", "truncated")
    return data


def _find_directory(file: BinaryIO) -> tuple[int, int, int]:
    """Return (entries, directory size, directory offset)."""
    total = file.seek(0, SEEK_END)
    if total < _END.size:
        raise bad_zip("文件过短", "too short")
    at = total - _END.size
    mark, disk, start_disk, here, count, size, offset, comment = _END.unpack(_exactly(file, at, _END.size))
    if mark != b"PK\x05\x06" or disk or start_disk or here != count or comment:
        raise bad_zip("结尾记录不合规（可能被截断或附加了内容）", "bad end record (cut off, or something appended)")
    if at >= _END64_LOCATOR.size:
        locator = _END64_LOCATOR.unpack(_exactly(file, at - _END64_LOCATOR.size, _END64_LOCATOR.size))
        if locator[0] == b"PK\x06\x07":
            wide = _END64.unpack(_exactly(file, locator[2], _END64.size))
            at -= _END64_LOCATOR.size + _END64.size
            plain = (b"PK\x06\x06", 44, 45, 45, 0, 0, wide[7]) == wide[:7] and (locator[1], locator[3]) == (0, 1)
            if not plain or locator[2] != at:
                raise bad_zip("ZIP64 结尾记录不合规", "bad ZIP64 end record")
            for narrow, big, full in ((count, wide[7], 0xFFFF), (size, wide[8], _FULL), (offset, wide[9], _FULL)):
                if narrow not in {big, full}:
                    raise bad_zip("两个结尾记录不一致", "the two end records differ")
            count, size, offset = wide[7], wide[8], wide[9]
    if offset + size != at or count > _MOST_ENTRIES or size > _MOST_DIRECTORY:
        raise bad_zip("目录位置、大小或文件数不合规", "bad place, size or count in the directory")
    return count, size, offset


def _read_name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        raise bad_zip("文件名编码不是 UTF-8", "a name is not UTF-8") from None


def _read_central(directory: bytes, count: int) -> list[Entry]:
    at, found = 0, []
    for _ in range(count):
        mark, *fields = _CENTRAL.unpack_from(directory, at)
        at += _CENTRAL.size
        name, extra = directory[at : at + fields[9]], directory[at + fields[9] : at + fields[9] + fields[10]]
        at += fields[9] + fields[10]
        if mark != b"PK\x01\x02" or fields[11] or fields[12] or at > len(directory):
            raise bad_zip("目录条目损坏", "damaged directory entry")
        found.append(Entry(tuple(fields), _read_name(name, fields[2]), extra))
    if at != len(directory):
        raise bad_zip("目录之后有多余内容", "something after the directory")
    return found


def _check_local(file: BinaryIO, entry: Entry) -> None:
    """Read an entry's local header; it must say what the directory says."""
    mark, *fields = _LOCAL.unpack(_exactly(file, entry.offset, _LOCAL.size))
    behind = _exactly(file, entry.offset + _LOCAL.size, fields[8] + fields[9])
    name, extra = behind[: fields[8]], behind[fields[8] :]
    entry.local, entry.extras = tuple(fields), (entry.extras[0], extra)
    entry.start = entry.offset + _LOCAL.size + fields[8] + fields[9]
    if mark != b"PK\x03\x04" or _read_name(name, fields[1]) != entry.name or fields[1:5] != list(entry.central[2:6]):
        raise bad_zip("文件头与目录不一致", "a file header differs from the directory")
    described = bool(fields[1] & _DESCRIPTOR)
    if fields[1] & ~(_DESCRIPTOR | _UTF8 | _LEVEL) or entry.method not in (0, 8):
        raise bad_zip("使用了加密或不支持的压缩", "encryption or an unsupported compression")
    sizes = fields[5:8]
    if not (described and sizes in ([0, 0, 0], [0, _FULL, _FULL])):
        wide = [entry.crc] + [_FULL if value == _FULL else true for value, true in _sizes_beside(sizes[1:], entry)]
        if sizes != wide:
            raise bad_zip("文件头大小与目录不一致", "sizes in a file header differ from the directory")
    if (entry.method == 0 and entry.size != entry.packed) or entry.size > _MOST_RATIO * entry.packed + 1024:
        raise bad_zip("压缩比异常（疑似压缩炸弹）", "implausible compression ratio (bomb)")


def _sizes_beside(sizes: list[int], entry: Entry) -> list[tuple[int, int]]:
    return [(sizes[0], entry.packed), (sizes[1], entry.size)]


def read_entries(file: BinaryIO) -> tuple[list[Entry], int]:
    """Read the central directory and every local header; refuse any disagreement, overlap or compression bomb.

    Returns:
        The entries in directory order, and the offset where the directory begins.

    Raises:
        ProblemError: Saying what is wrong.
    """
    count, size, offset = _find_directory(file)
    try:
        found = _read_central(_exactly(file, offset, size), count)
        for entry in found:
            _check_local(file, entry)
    except error:
        raise bad_zip("目录不完整", "directory incomplete") from None
    at = 0
    for entry in sorted(found, key=lambda one: one.offset):
        if entry.offset < at:
            raise bad_zip("文件区域重叠", "files overlap")
        at = entry.start + entry.packed
    if at > offset:
        raise bad_zip("文件区域与目录重叠", "a file overlaps the directory")
    return found, offset


def _expected_extras(entry: Entry) -> tuple[bytes, bytes]:
    """Return the ZIP64 fields that an entry's own headers call for: (in the directory, before the file)."""
    central = [value for field, value in _replaceable(entry) if field == _FULL]
    local = [entry.size, entry.packed] if entry.local[6] == _FULL else []
    joined = [b"".join(value.to_bytes(8, "little") for value in values) for values in (central, local)]
    first, second = (b"\x01\x00" + len(body).to_bytes(2, "little") + body if body else b"" for body in joined)
    return first, second


def _replaceable(entry: Entry) -> tuple[tuple[int, int], ...]:
    """(what the directory says, true value) of the fields ZIP64 may replace, in its order."""
    return (entry.central[8], entry.size), (entry.central[7], entry.packed), (entry.central[15], entry.offset)


def check_plain_form(entries: list[Entry], directory: int) -> None:
    """Refuse a package archive that is not in the one form of the format: stored, sorted, fixed times, no gaps."""
    names, at = [entry.name.encode() for entry in entries], 0
    if names != sorted(names):
        raise bad_zip("条目未按名称排序", "entries are not sorted by name")
    for entry in entries:
        if entry.method != 0:
            raise bad_zip(
                "证据包不得压缩；请解压后验证文件夹", "a package is not compressed; unpack it, check the folder"
            )
        flags = 0 if entry.name.isascii() else _UTF8
        # An entry needs ZIP64 for its size in both headers, for its place behind 4 GiB only in the directory.
        version, beside = (45 if extra else 20 for extra in (any(entry.extras), entry.extras[1]))
        expected = (flags, 0, 0, _FIRST_DAY)
        sound = entry.central[:6] == (3 << 8 | version, version, *expected) and entry.local[:5] == (beside, *expected)
        sound = sound and entry.extras == _expected_extras(entry)
        if not sound or entry.central[13] or entry.central[14] != _FILE_MODE << 16 or entry.offset != at:
            raise bad_zip(
                "不是规定的打包形式（可能经其他软件重新打包；请解压后验证文件夹）",
                "not in the form of the format (repacked by other software? unpack it and check the folder)",
            )
        at = entry.start + entry.size
    if at != directory:
        raise bad_zip("文件与目录之间有多余内容", "bytes between the files and the directory")


class Window:
    """Reads a stretch of a larger file as if it were a file of its own; leaving it keeps the larger file open."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def __enter__(self) -> BinaryIO:
        return self  # type: ignore[return-value]  # the part of BinaryIO that is used here

    def __exit__(self, *_: object) -> None:
        pass

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io.IOBase.seek`` does, from the start or the end."""
        self._at = offset + (self._size if whence == SEEK_END else 0)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        left = max(0, self._size - self._at)
        self._file.seek(self._start + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data


def unpacked(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """Yield the contents of an entry in pieces, never more than its declared size.

    Raises:
        ProblemError: When the compressed data are damaged or longer than declared.
    """
    window, left = Window(file, entry.start, entry.packed), entry.size
    if entry.method == 0:
        while piece := window.read(1 << 20):
            yield piece
        return
    import zlib  # noqa: PLC0415 - only compressed entries need it

    inflater = zlib.decompressobj(-15)
    try:
        while not inflater.eof:
            packed = inflater.unconsumed_tail or window.read(1 << 18)
            piece = inflater.decompress(packed, 1 << 20)
            left -= len(piece)
            if left < 0 or (not packed and not piece):
                break
            yield piece
    except zlib.error:
        left = -1
    if left or not inflater.eof or inflater.unused_data or window.read(1):
        raise bad_zip("压缩数据损坏或大小不符", "compressed data damaged or of another size")
