"""Notices as the pages show them: frozen rows, free of the database session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from caseapp.domain.permissions import Permission
from caseapp.services.queries.rows import REMOVED, WAITING_NOTICES, EvidenceKey

UNSENT = ("prepared", "authorised", "invalid", "withdrawn", "moot")
SETTLED = ("resolved", "withdrawn", "moot", "relapsed", "sued", "complained", "lapsed", "restored", "verified_label")
"""States in which nobody waits for anything any more."""


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One address of a notice with its own outcome.

    Attributes:
        evidence: the sealed capture the notice rests on.
        proof: the capture that shows it gone.
        took: from arrival to its removal; None while it stands or where a time is not known.
        sent: the notice has left the house.
    """

    id: str
    post_no: str
    title: str | None
    url: str
    outcome: str
    liveness: str
    words: str | None
    checked_at: datetime | None
    evidence: EvidenceKey | None
    proof: EvidenceKey | None
    took: timedelta | None
    sent: bool
    notice_no: str
    sample: bool
    platform: str
    case_no: str
    case_sample: bool

    @property
    def live(self) -> bool:
        """Whether it still stands."""
        return self.liveness not in REMOVED


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a line of a list.

    Attributes:
        paper: state of its document's version.
        blocks: findings that keep the paper from review.
        period_due_at: end of the reasonable period after an undecided counter-notice.
        actions: what the workflow offers this person now.
        may: permissions this person has on it.
    """

    id: str
    number: str
    sample: bool
    version: int
    platform: str
    status: str
    attempt: int
    channel: str
    basis: tuple[str, ...]
    case_no: str
    case_sample: bool
    case_title: str
    created_at: datetime
    submitted_at: datetime | None
    arrived_at: datetime | None
    receipt_no: str | None
    receipt: EvidenceKey | None
    due_at: datetime | None
    due_rule: str | None
    period_due_at: datetime | None
    monitor_until: datetime | None
    escalation: str | None
    paper: str | None
    blocks: int
    actions: frozenset[str]
    may: frozenset[Permission]
    links: list[LinkLine] = field(default_factory=list)

    @property
    def live(self) -> int:
        """How many of its addresses still stand."""
        return sum(link.live for link in self.links)

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """Outcomes of its addresses with their counts, the most frequent first."""
        return Counter(link.outcome for link in self.links).most_common()

    @property
    def took(self) -> timedelta | None:
        """Median time to removal of its addresses."""
        return middle(self.links)

    @property
    def waiting(self) -> bool:
        """Whether the platform's time runs."""
        return self.status in WAITING_NOTICES

    @property
    def closed(self) -> bool:
        """Whether nobody waits for anything any more."""
        return self.status in SETTLED


def middle(links: Sequence[LinkLine]) -> timedelta | None:
    """Return the median time to removal; None when none was removed."""
    known = [link.took for link in links if link.took is not None]
    return timedelta(seconds=median(span.total_seconds() for span in known)) if known else None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of a notice's history; ``url`` is the address it is about, if it is about one."""

    seq: int
    at: datetime
    event: str
    text: str | None
    url: str | None
    who: str | None
    evidence: EvidenceKey | None
    way: str | None
