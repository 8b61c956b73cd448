"""What the inbox shows: frozen rows, free of the database session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from caseapp.domain.labels import Label
from caseapp.domain.vocabulary import BARRED_VERDICTS
from caseapp.services.queries.rows import EvidenceKey

OPEN_CAPTURES = ("queued", "running")


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """The last capture of a post: how far it is, or what came of it.

    Attributes:
        key: row key, for retry and cancel.
        place: place in the queue from 1, 0 when it does not wait.
        step, done, total: what the worker is at.
        words: the platform's own words that decided the outcome.
        problem: what kept the page away and what to do.
    """

    key: str
    number: str | None
    status: str
    result: str | None
    outcome: str | None
    words: str | None
    problem: Label | None
    missing: tuple[str, ...]
    requested_at: datetime
    finished_at: datetime | None
    place: int = 0
    step: str | None = None
    done: int = 0
    total: int = 0
    paused: bool = False

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.status in OPEN_CAPTURES

    @property
    def failed(self) -> bool:
        """Whether it is over and brought nothing that could be sealed as the post."""
        return self.status == "cancelled" or (self.status == "done" and self.result == "FAILED") or self.walled

    @property
    def walled(self) -> bool:
        """Whether the platform asked for something instead of showing the post."""
        return self.outcome in {"login_wall", "captcha", "rate_limited", "geo_blocked"}

    @property
    def state(self) -> str:
        """One word for filters: queued, paused, running, complete, partial, failed or cancelled."""
        if self.paused and self.status == "queued":
            return "paused"
        if self.status != "done":
            return self.status
        return (
            "failed" if self.failed else {"COMPLETE": "complete", "PARTIAL": "partial"}.get(self.result or "", "failed")
        )


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One paste of several addresses: how far its captures are. What was tried again counts once.

    Attributes:
        failed: brought nothing that could be sealed as the post.
        waiting: wait for a worker or for their host.
        paused: wait for a person.
    """

    key: str
    at: datetime
    total: int
    sealed: int
    failed: int
    cancelled: int
    running: int
    waiting: int
    paused: int

    @property
    def over(self) -> int:
        """How many are done, whatever came of them."""
        return self.total - self.running - self.waiting - self.paused

    @property
    def open(self) -> bool:
        """Whether something of it moves by itself."""
        return bool(self.running or self.waiting)


@dataclass(frozen=True, slots=True)
class PairLine:
    """A post and an incident: suggested, confirmed or rejected, with the reasons."""

    number: str
    sample: bool
    title: str
    status: str
    state: str
    score: float | None
    reasons: tuple[Label, ...]
    confirmed: int = 0
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A post in the inbox."""

    id: str
    number: str
    sample: bool
    title: str | None
    words: str | None
    url: str
    platform: str | None
    account: str | None
    kind: str
    verdict: str | None
    verdict_reason: str | None
    judged_at: datetime | None
    judged_by: str | None
    liveness: str
    published_at: datetime | None
    added_at: datetime
    captured_at: datetime | None
    figures: tuple[tuple[str, int | None], ...] = ()
    capture: CaptureLine | None = None
    evidence: EvidenceKey | None = None
    seal_state: str | None = None
    picture: EvidenceKey | None = None
    user_side: bool = False
    pairs: tuple[PairLine, ...] = ()

    @property
    def barred(self) -> bool:
        """Whether it can never stand in a notice."""
        return self.verdict in BARRED_VERDICTS

    @property
    def suggested(self) -> tuple[PairLine, ...]:
        """Incidents that wait for a person's decision."""
        return tuple(pair for pair in self.pairs if pair.state == "suggested")

    @property
    def linked(self) -> tuple[PairLine, ...]:
        """Incidents it belongs to."""
        return tuple(pair for pair in self.pairs if pair.state == "confirmed")


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One post with all its words and what can be cited for a change of judgement."""

    line: LeadLine
    text: str | None
    page_text: str | None
    captures: tuple[CaptureLine, ...]
    same: tuple[LeadLine, ...] = ()
    fresh: tuple[tuple[str, str, str], ...] = field(default=())
