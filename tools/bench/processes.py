"""Memory of a tree of processes while something runs, split into the browser's and the rest. Linux only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

PAUSE = 0.15
MB = 2**20


@dataclass
class Peak:
    """Highest proportional set sizes seen, in MB: of the browser's processes, and of everything beside them."""

    browser: float = 0.0
    beside: float = 0.0
    samples: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def sample(self, root: psutil.Process) -> None:
        """Look once."""
        sizes = {True: 0.0, False: 0.0}
        for process in [root, *root.children(recursive=True)]:
            try:
                sizes["chrom" in process.exe()] += process.memory_full_info().pss / MB
            except psutil.Error:
                continue  # it ended between being listed and being looked at
        self.browser, self.beside = max(self.browser, sizes[True]), max(self.beside, sizes[False])
        self.samples += 1

    def follow(self, root: psutil.Process) -> None:
        """Look again and again until told that it is over."""
        while not self.over.is_set() and root.is_running():
            self.sample(root)
            self.over.wait(PAUSE)


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Watch a process and its children from another thread."""
    peak = Peak()
    thread = threading.Thread(target=peak.follow, args=(psutil.Process(pid),), daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        peak.over.set()
        thread.join()
