"""Where a package is read from: a folder or a ZIP, seen as the same flat set of named files."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

import os
import stat

from evidence_store.verifier.paths import MOST_FILES, bad_name, check_paths
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.zips import Entry, Window, bad_zip, check_plain_form, read_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


_PIECE = 2 << 20


class UnusableError(ProblemError):
    """There is nothing to judge: no such file, not readable, or a wrong call."""

    code = "verify.unusable"


class Source:
    """A package opened for reading; close it when done.

    Attributes:
        sizes: Path inside the package -> bytes.
        folder: Name of the top folder of a ZIP, "" for a folder (its own name may change on the way).
        crcs: Path -> CRC-32 the ZIP declares; empty for a folder.
    """

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.folder = ""
        self.crcs: dict[str, int] = {}

    def open(self, path: str) -> BinaryIO:
        """Open one file; reading starts at its first byte."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what is open."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of one file; after the last one its size and ZIP checksum have been checked.

        Raises:
            ProblemError: When either differs.
        """
        size, crc, declared = 0, 0, self.crcs.get(path)
        if declared is not None:
            from zlib import crc32  # noqa: PLC0415 - only ZIP packages need it
        with self.open(path) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if declared is not None:
                    crc = crc32(piece, crc)
                yield piece
        if size != self.sizes[path]:
            raise ProblemError(f"读取时大小变化：{path}", f"size changed while reading: {path}")
        if declared is not None and crc != declared:
            raise bad_zip(f"校验和不符 {path}", f"checksum differs: {path}")

    def read(self, path: str, limit: int) -> bytes:
        """Read one whole file of at most ``limit`` bytes.

        Raises:
            ProblemError: When it is missing or larger, or as `pieces`.
        """
        if path not in self.sizes:
            raise ProblemError(f"缺少文件 {path}", f"file missing: {path}")
        if self.sizes[path] > limit:
            raise ProblemError(f"文件过大：{path}", f"file too large: {path}")
        return b"".join(self.pieces(path))


class Folder(Source):
    """A package as a directory tree. Links and special files are refused, never followed."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root
        pending = [""]
        while pending:
            inside = pending.pop()
            with os.scandir(os.path.join(root, inside)) as found:  # noqa: PTH118 - pathlib costs start-up time
                for one in found:
                    pending += self._take(one, inside + one.name)
        check_paths(list(self.sizes))

    def _take(self, one: os.DirEntry[str], path: str) -> list[str]:
        """Note one file; return the folders to look into next."""
        facts = one.stat(follow_symlinks=False)
        if stat.S_ISDIR(facts.st_mode):
            if path.count("/") > 64:
                raise bad_name(path, "目录过深", "folders nested too deeply")
            return [path + "/"]
        if not stat.S_ISREG(facts.st_mode):
            raise bad_name(path, "是链接或特殊文件", "a link or special file")
        self.sizes[path] = facts.st_size
        if len(self.sizes) > MOST_FILES:
            raise ProblemError("文件超过十万个", "more than 100,000 files")
        return []

    def open(self, path: str) -> BinaryIO:
        """Open one file without following a link put there meanwhile."""
        handle = os.open(os.path.join(self._root, *path.split("/")), os.O_RDONLY | _NO_FOLLOW)  # noqa: PTH118
        return os.fdopen(handle, "rb", buffering=0)


class Archive(Source):
    """A package as a ZIP in the form of the format."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115, PTH123 - closed by close()
        self._entries: dict[str, Entry] = {}
        try:
            entries, directory = read_entries(self._file)
            check_plain_form(entries, directory)
            self._entries = self._index(entries)
        finally:
            if not self._entries:
                self._file.close()

    def _index(self, entries: list[Entry]) -> dict[str, Entry]:
        tops = {entry.name.partition("/")[0] for entry in entries}
        if len(tops) != 1 or any("/" not in entry.name for entry in entries):
            raise bad_zip("应恰有一个顶层文件夹", "exactly one top folder is allowed")
        check_paths([entry.name for entry in entries])
        self.folder = tops.pop()
        found = {entry.name[len(self.folder) + 1 :]: entry for entry in entries}
        self.sizes = {path: entry.size for path, entry in found.items()}
        self.crcs = {path: entry.crc for path, entry in found.items()}
        return found

    def open(self, path: str) -> BinaryIO:
        """Open one file of the archive."""
        entry = self._entries[path]
        return Window(self._file, entry.start, entry.size)  # type: ignore[return-value]  # the part of BinaryIO we use

    def close(self) -> None:
        """Close the archive."""
        self._file.close()


def open_source(path: str) -> Source:
    """Open a package given as a folder or a ZIP file.

    Raises:
        UnusableError: When there is no such file or it cannot be read.
        ProblemError: When it is not an acceptable package container.
    """
    try:
        facts = os.stat(path)  # noqa: PTH116
        if stat.S_ISDIR(facts.st_mode):
            return Folder(path)
        if stat.S_ISREG(facts.st_mode):
            return Archive(path)
    except OSError as error:
        shown = ascii(path[-200:])
        raise UnusableError(
            f"无法读取 {shown}：{error.strerror}。请检查路径与权限",
            f"cannot read {shown}: {error.strerror}. Check the path and permissions",
        ) from None
    raise UnusableError("既不是文件夹也不是文件", "neither a folder nor a file")
