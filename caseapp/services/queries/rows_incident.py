"""What the pages of incidents show: frozen rows, free of the database session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from caseapp.domain.labels import Label
from caseapp.services.queries.rows import REMOVED, EvidenceKey

CaseKey = tuple[str, bool, str]
"""Number, sample flag and title of a case."""


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident in a list."""

    id: str
    number: str
    sample: bool
    title: str
    status: str
    severity: str | None
    six_type: str | None
    detected_at: datetime
    response_due_at: datetime | None
    first_responded_at: datetime | None
    cases: tuple[CaseKey, ...] = ()
    confirmed: int = 0
    suggested: int = 0
    live: int = 0
    claims: int = 0
    refuted: int = 0


@dataclass(frozen=True, slots=True)
class CounterLine:
    """An evidence item against a claim, or for it."""

    evidence: EvidenceKey
    title: str
    proves: str | None
    supports: bool


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A rumor claim with what speaks against it and who judged it."""

    id: str
    number: str
    quote: str
    neutral: str
    kind: str
    subject: str | None
    verdict: str | None
    rationale: str | None
    verified_at: datetime | None
    verified_by: str | None
    added_by: str | None
    added_at: datetime
    version: int
    appears: int = 0
    evidence: tuple[CounterLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SpreadPost:
    """A post of an incident, confirmed or only suggested.

    Attributes:
        at: when it was published as far as the page said, else when it was first captured.
        basis: published, captured, or empty when neither is known.
        repost_of: key of the post its page names as the original.
        same: what posts with the same text have in common.
    """

    id: str
    number: str
    sample: bool
    title: str | None
    url: str
    platform: str | None
    account_id: str | None
    account: str | None
    followers: int | None
    verdict: str | None
    liveness: str
    stance: str | None
    state: str
    score: float | None
    reasons: tuple[Label, ...]
    decided_by: str | None
    at: datetime | None
    basis: str
    published_at: datetime | None
    captured_at: datetime | None
    checked_at: datetime | None
    relapsed_at: datetime | None
    repost_of: str | None
    same: str | None
    earliest: bool = False
    views: int | None = None
    reposts: int | None = None
    evidence: EvidenceKey | None = None
    picture: EvidenceKey | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a person said that it belongs here."""
        return self.state == "confirmed"

    @property
    def live(self) -> bool:
        """Whether it still stands, as far as is known."""
        return self.liveness not in REMOVED


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on the timeline that comes from another object: an event of a notice, a statement published."""

    at: datetime
    kind: str
    event: str
    text: str | None
    number: str | None
    sample: bool


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Everything the page of one incident says."""

    line: IncidentLine
    summary: str | None
    version: int
    evaluation: str | None
    created_at: datetime
    created_by: str | None
    triaged_at: datetime | None
    triaged_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    closed_at: datetime | None
    claims: tuple[ClaimLine, ...]
    posts: tuple[SpreadPost, ...]
    happenings: tuple[Happening, ...] = field(default=())
    captures: tuple[datetime, ...] = field(default=())

    @property
    def confirmed(self) -> list[SpreadPost]:
        """The posts that belong to it."""
        return [post for post in self.posts if post.confirmed]

    @property
    def waiting(self) -> list[SpreadPost]:
        """The posts a person has to decide on."""
        return [post for post in self.posts if post.state == "suggested"]
