"""What a capture says about a post: is it still there, and is its absence proven?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
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
"""Outcome → the step that a second, later check of the same outcome proves."""

COUNTS: Final = ("views", "likes", "comments", "reposts")
COUNT: Final = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*([万亿]?)")
UNITS: Final = {"": 1, "万": 10_000, "亿": 100_000_000}


def record_check(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> str:
    """Write what a capture saw into the post; returns the post's liveness afterwards.

    Absence is proven by two checks of the same outcome in different captures, at least `recheck_seconds` apart;
    a log-in wall or an error proves nothing.
    """
    if post.first_captured_at is None and capture.outcome == "live":
        post.first_captured_at = capture.finished_at
    if capture.outcome in {"live", "changed"}:
        _seen(work, post, capture, item)
    elif capture.outcome in GONE:
        _missed(work, post, capture, item)
    elif post.liveness in {"live", "changed", "gone_pending", "restricted"} and capture.purpose == "verify_takedown":
        work.transition(workflow.POST, post, "lose_sight", reason=capture.outcome or "error")
    work.record(Event.POST_CAPTURED, post, after={"capture": capture.no, "outcome": capture.outcome})
    return post.liveness


def _seen(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> None:
    gone = post.liveness in {"removed_by_author", "removed_by_platform", "restricted"}
    work.transition(workflow.POST, post, "relapse" if gone else "see")
    record_metrics(work, post, capture, item)


def _missed(work: Work, post: Post, capture: Capture, item: EvidenceItem | None) -> None:
    post.platform_words = capture.outcome_words or post.platform_words
    if post.liveness in {"removed_by_author", "removed_by_platform"}:
        return
    first = _first_miss(work, post, capture)
    if post.liveness != "gone_pending":
        work.transition(workflow.POST, post, "miss")
    if first is None or item is None or capture.started_at is None:
        return
    if capture.started_at - first >= timedelta(seconds=work.app.recheck_seconds):
        post.proof_evidence_id = item.id
        work.transition(workflow.POST, post, GONE[str(capture.outcome)])


def _first_miss(work: Work, post: Post, capture: Capture) -> datetime | None:
    """When the run of equal outcomes that this capture ends began; None when this is the first."""
    earlier = work.session.scalars(
        select(Capture)
        .where(Capture.post_id == post.id, Capture.id != capture.id, Capture.status == "done")
        .order_by(Capture.finished_at.desc())
    )
    began = None
    for row in earlier:
        if row.outcome != capture.outcome:
            break
        began = row.finished_at
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
    work.session.flush()
    return row


def parse_count(text: str) -> int | None:
    """Return the number a platform shows: 1.2万 → 12000, 4,871 → 4871; None when there is none."""
    found = COUNT.search(text)
    if found is None:
        return None
    return round(float(found[1].replace(",", "")) * UNITS[found[2]])
