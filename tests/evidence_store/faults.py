"""File operations that fail, or stop the process, at a chosen one; counted in the order they happen."""

import errno
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evidence_store.files import FilePort


class FaultyPort(FilePort):
    """Counts operations; at number `at` it fails with `error`, or kills the process when `error` is None.

    Syncs are counted but not done: a test cannot cut the power, and it is quicker without. With `once=False` it fails
    at `at` and ever after, as a full disk does.
    """

    def __init__(self, at: int = 0, error: int | None = errno.EIO, *, once: bool = True) -> None:
        self.count, self.at, self.error, self.once = 0, at, error, once
        self.names: list[str] = []

    def _do(self, name: str, run: Callable[[], Any]) -> Any:
        self.count += 1
        self.names.append(name)
        due = self.count == self.at if self.once else self.at and self.count >= self.at
        if due and name != "remove":  # a full disk still lets names go
            if self.error is None:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(self.error, os.strerror(self.error or 0))
        return run()

    def create(self, path: Path, mode: int) -> int:
        return int(self._do("create", lambda: super(FaultyPort, self).create(path, mode)))

    def write(self, descriptor: int, data: bytes) -> None:
        self._do("write", lambda: super(FaultyPort, self).write(descriptor, data))

    def sync_file(self, descriptor: int) -> None:
        self._do("sync_file", lambda: None)

    def sync_group(self, paths: Sequence[Path]) -> None:
        self._do("sync_group", lambda: None)

    def link(self, source: Path, target: Path) -> None:
        self._do("link", lambda: super(FaultyPort, self).link(source, target))

    def replace(self, source: Path, target: Path) -> None:
        self._do("replace", lambda: super(FaultyPort, self).replace(source, target))

    def rename_folder(self, source: Path, target: Path) -> None:
        self._do("rename_folder", lambda: super(FaultyPort, self).rename_folder(source, target))

    def sync_folders(self, folders: Sequence[Path]) -> None:
        self._do("sync_folders", lambda: None)

    def sync_folder(self, folder: Path) -> None:
        self._do("sync_folder", lambda: None)

    def make_folders(self, folder: Path, mode: int = 0o700) -> set[Path]:
        return set(self._do("make_folders", lambda: super(FaultyPort, self).make_folders(folder, mode)))

    def remove(self, path: Path) -> None:
        self._do("remove", lambda: super(FaultyPort, self).remove(path))
