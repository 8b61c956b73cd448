"""Private temporary folders that do not outlive the process they belong to, even one that was killed."""

import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "bianwu-"


def new_folder(kind: str) -> Path:
    """Make a folder of mode 0700 whose name carries this process's id and start time.

    Args:
        kind: One word for what it holds.
    """
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}-{os.getpid()}-{_started(os.getpid())}-"))


def sweep() -> int:
    """Remove the folders of processes that are gone; returns how many.

    The start time in the name tells a process from a later one that got the same id.
    """
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*-*-*"):
        parts = path.name.removeprefix(PREFIX).split("-")
        if not (parts[1].isdigit() and parts[2].isdigit()) or not _own(path):
            continue
        if _started(int(parts[1])) != int(parts[2]):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _own(path: Path) -> bool:
    """Whether a folder is this user's; one that another process sweeps away meanwhile is nobody's."""
    try:
        return not path.is_symlink() and path.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        return False


def _started(pid: int) -> int:
    """Return when a process started, in clock ticks since the machine's; -1 when there is none.

    Field 22 of proc(5) stat: unlike a time of day it does not move when the clock is set.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    return int(stat.rpartition(")")[2].split()[19])
