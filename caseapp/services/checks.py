"""What a capture says about a post: is it still there, and is its absence proven?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.events import Event
from caseapp.models import Capture, EvidenceItem, MetricSnapshot, Post
from caseapp.services.work import Work

GONE: Final = {
    "removed_by_author": "confirm_author_removal",
    "removed_by_platform": "confirm_platform_removal",
    "removed": "confirm_platform_removal",
    "restricted": "confirm_restriction",
}
"""Outcome → the step that a second, later check of the same kind proves."""

SEEN: Final = frozenset({"live", "changed"})
REMOVED: Final = frozenset({"removed_by_author", "removed_by_platform"})
LOST_FROM: Final = frozenset({"live", "changed", "gone_pending", "restricted"})
COUNTS: Final = ("views", "likes", "comments", "reposts")
COUNT: Final = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*([万亿]?)")
UNITS: Final = {"": 1, "万": 10_000, "亿": 100_000_000}
MOST: Final = 10**15
"""A larger figure is a mistake or an attack, and would not fit a column."""


def record_check(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> str:
    """Write what a capture saw into the post; returns the post's liveness afterwards.

    Absence is proven by two sealed checks of the same kind in different captures, at least `recheck_seconds` apart;
    a log-in wall or an error proves nothing.
    """
    outcome = str(capture.outcome)
    if post.first_captured_at is None and outcome == "live":
        post.first_captured_at = capture.finished_at
    if outcome in SEEN:
        _seen(work, post, capture, item)
    elif outcome in GONE:
        _missed(work, post, capture, item)
    elif post.liveness in LOST_FROM and capture.purpose == "verify_takedown":
        work.transition(workflow.POST, post, "lose_sight", reason=outcome)
    words = {"capture": capture.no, "outcome": outcome, "words": post.platform_words}
    work.record(Event.POST_CAPTURED, post, after=words)
    work.session.flush()
    return post.liveness


def _seen(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> None:
    if post.liveness in REMOVED or post.liveness == "restricted":
        step = "relapse"
    else:
        step = "change" if capture.outcome == "changed" and post.liveness in SEEN else "see"
    work.transition(workflow.POST, post, step)
    record_metrics(work, post, capture, item)


def _missed(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> None:
    post.platform_words = capture.outcome_words or post.platform_words
    if post.liveness in REMOVED or post.liveness == capture.outcome:
        post.last_checked_at = work.now  # proven before; the first proof stands
        return
    first = _first_miss(work, post, capture)
    if post.liveness != "gone_pending":
        work.transition(workflow.POST, post, "miss")
    post.last_checked_at = work.now
    if first is None or item is None or capture.started_at is None:
        return
    if capture.started_at - first >= timedelta(seconds=work.app.recheck_seconds):
        post.proof_evidence_id = item.id
        work.transition(workflow.POST, post, GONE[str(capture.outcome)])


def _first_miss(work: Work, post: Post, capture: Capture) -> datetime | None:
    """When the run of sealed checks of one kind that this capture ends began; None when this is the first.

    Log-in walls and errors in between prove nothing and do not end the run; seeing the post does, and so does an
    absence of another kind. A capture that was still running when this one began is not an earlier check.
    """
    earlier = work.session.execute(
        select(Capture.outcome, Capture.finished_at, Capture.package_id)
        .where(
            Capture.post_id == post.id,
            Capture.id != capture.id,
            Capture.status == "done",
            Capture.finished_at <= capture.started_at,
        )
        .order_by(Capture.finished_at.desc())
    )
    began = None
    for outcome, finished_at, package_id in earlier:
        if outcome in SEEN:
            break
        if outcome not in GONE:
            continue
        if GONE[str(outcome)] != GONE[str(capture.outcome)]:
            break
        began = finished_at if package_id else began
    return began


def record_metrics(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> MetricSnapshot | None:
    """Keep the figures the page showed, as shown and parsed; None when it showed none."""
    shown: dict[str, Any] = {}
    for field in capture.facts.get("fields", ()):
        if isinstance(field, dict) and field.get("name") in COUNTS:
            shown.setdefault(str(field["name"]), str(field.get("raw") or field.get("value") or ""))
    if not shown:
        return None
    row = work.add(
        MetricSnapshot(
            post_id=post.id,
            at=capture.finished_at or work.now,
            evidence_id=item.id if item else None,
            raw=shown,
            **{name: parse_count(shown.get(name, "")) for name in COUNTS},
        )
    )
    work.record(Event.METRIC_RECORDED, row, after=shown)
    return row


def parse_count(text: str) -> int | None:
    """Return the number a platform shows: 1.2万 → 12000, 4,871 → 4871; None when there is none."""
    found = COUNT.search(text[:64])
    if found is None:
        return None
    number = round(Decimal(found[1].replace(",", "")) * UNITS[found[2]])
    return number if number <= MOST else None
