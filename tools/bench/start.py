"""start.*: from `bianwu serve` to the first page."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tools.bench.figures import PAIRS, Figure, seconds
from tools.bench.installation import initialised, served


def first_page_over_flask() -> Figure:
    """Start to first page ÷ `python -c "import flask"`."""

    def import_flask() -> None:
        subprocess.run([sys.executable, "-c", "import flask"], check=True)

    runs = []
    with initialised() as env:
        for _ in range(PAIRS):
            floor = seconds(import_flask)
            start = time.perf_counter()
            with served(env):
                runs.append(round((time.perf_counter() - start) / floor, 3))
    return Figure(statistics.median(runs), "bianwu serve until the sign-in page answers ÷ import flask", runs)


FIGURES = {"start.first_page_over_flask": first_page_over_flask}
