"""memory.*: a one-machine installation at rest."""

from __future__ import annotations

import time

import psutil

from tools.bench.figures import Figure
from tools.bench.installation import initialised, served

REST_SECONDS = 20


def idle_mb() -> Figure:
    """Proportional set size of every process of `bianwu serve` at rest, no browser."""
    with initialised() as env, served(env) as process:
        time.sleep(REST_SECONDS)
        root = psutil.Process(process.pid)
        sizes = [member.memory_full_info().pss / 2**20 for member in [root, *root.children(recursive=True)]]
    return Figure(round(sum(sizes), 1), f"PSS of {len(sizes)} processes, {REST_SECONDS} s after start", sizes)


FIGURES = {"memory.idle_mb": idle_mb}
