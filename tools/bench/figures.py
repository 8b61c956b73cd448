"""A figure, how to take it beside its reference, and the goals."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PAIRS = 5


@dataclass(frozen=True)
class Figure:
    """One measured ratio or count.

    Attributes:
        value: the figure, or None with the reason in `how`.
        how: one line.
        runs: the single ratios.
    """

    value: float | None
    how: str
    runs: list[float] = field(default_factory=list)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], reference: Callable[[], object], how: str, pairs: int = PAIRS) -> Figure:
    """Median over interleaved pairs of time(ours) ÷ time(reference)."""
    runs = []
    for _ in range(pairs):
        floor = seconds(reference)
        runs.append(round(seconds(ours) / floor, 4))
    return Figure(round(statistics.median(runs), 4), how, runs)


GOALS: dict[str, tuple[str, float]] = {
    "capture.full_over_floor": ("<=", 2.5),
    "capture.full_over_single_file": ("<=", 0.8),
    "capture.request_kinds": ("=", 24),
    "capture.tall_wrong_bands": ("=", 0),
    "capture.tall_peak_mb": ("<=", 1300),
    "capture.ssrf_leaks": ("=", 0),
    "capture.peak_over_browser": ("<=", 1.7),
    "capture.engine_mb": ("<=", 250),
    "capture.two_workers": (">=", 1.6),
    "evidence.ingest_over_copy": (">=", 0.7),
    "evidence.verify_over_hashing": (">=", 0.8),
    "evidence.proof_over_ed25519": ("<=", 12),
    "evidence.audit_over_hashing": ("<=", 4),
    "evidence.appends_over_fsync": (">=", 10),
    "evidence.verifier_over_python": ("<=", 6),
    "evidence.attacks_missed": ("=", 0),
    "evidence.mutations_passed": ("=", 0),
    "matching.dev_f1": (">=", 0.95),
    "matching.dev_r5": (">=", 0.99),
    "matching.dev_suggest_precision": (">=", 0.97),
    "matching.dev_b3": (">=", 0.93),
    "matching.posts_per_s": (">=", 500),
    "search.recall": ("=", 1.0),
    "search.p95_over_pk": ("<=", 15),
    "documents.render_over_weasyprint": ("<=", 1.5),
    "documents.bundle_over_weasyprint": ("<=", 2.0),
    "web.today_over_empty": ("<=", 10),
    "web.case_over_empty": ("<=", 10),
    "web.queries_today": ("<=", 12),
    "web.queries_case": ("<=", 12),
    "start.first_page_over_flask": ("<=", 12),
    "memory.idle_mb": ("<=", 600),
}
