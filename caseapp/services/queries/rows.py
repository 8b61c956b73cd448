"""What the pages show: frozen rows, read in few statements, free of the database session."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

REMOVED = ("removed_by_author", "removed_by_platform", "restricted")
WAITING_NOTICES = ("submitted", "acknowledged", "forwarded_to_user", "overdue")
LISTED = 5000
"""Rows a list holds; a query reads one more, so that the list can say that there are more."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list."""

    number: str
    sample: bool
    title: str
    status: str
    stage: str
    severity: str | None
    lead: str | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a case; ``until`` is the end of the membership, if it has one."""

    role: str
    display: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline of a case; ``rule_id`` names its rule, whose words are the title."""

    rule_id: str
    base_event: str
    basis: str
    kind: str
    due_at: datetime
    status: str
    why_zh: str
    why_en: str
    provisional: str | None
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class ClaimHead:
    """A rumor claim of a case: what it says, of whom, and whether a person found it false."""

    id: str
    quote: str
    subject: str | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class CaseHead:
    """The docket of a case: the figures every tab shows above itself."""

    id: str
    number: str
    sample: bool
    title: str
    status: str
    stage: str
    severity: str | None
    confidentiality: str
    legal_hold: bool
    opened_at: datetime | None
    incidents: list[str]
    claims: list[ClaimHead]
    members: list[MemberRow]
    counts: dict[str, int]
    checked_at: datetime | None
    damages: list[DamageRow]
    claimed: Decimal
    costs: Decimal
    due: list[DeadlineRow]
    deadline: DeadlineRow | None
    close_requested: bool = False


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post of a case; its evidence is found by ``id``."""

    id: str
    number: str
    title: str | None
    text: str | None
    url: str
    platform: str | None
    account: str | None
    verdict: str | None
    liveness: str
    checked_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostFact:
    """What an overview concludes from a post: no words of it, for there may be thousands."""

    id: str
    url: str
    platform: str | None
    verdict: str | None
    liveness: str


@dataclass(frozen=True, slots=True)
class EvidenceKey:
    """How an evidence item is cited: its exhibit number in the case if it has one, else its own number."""

    number: str
    sample: bool
    exhibit: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An evidence item in a list."""

    number: str
    sample: bool
    exhibit: str | None
    title: str
    kind: str
    proves: str | None
    seal_state: str
    stamps: int
    test_stamps: int
    status: str
    obtained_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeItemRow:
    """One address of a notice."""

    url: str
    outcome: str
    liveness: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with its addresses."""

    number: str
    platform: str
    status: str
    attempt: int
    submitted_at: datetime | None
    arrived_at: datetime | None
    receipt_no: str | None
    due_at: datetime | None
    items: list[NoticeItemRow]

    @property
    def live(self) -> int:
        """How many of its addresses still stand."""
        return sum(item.liveness not in REMOVED for item in self.items)

    @property
    def settled(self) -> bool:
        """Whether the platform's time no longer runs."""
        return self.status not in WAITING_NOTICES

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """Outcomes of its addresses with their counts, the most frequent first."""
        return Counter(item.outcome for item in self.items).most_common()


@dataclass(frozen=True, slots=True)
class DamageRow:
    """A damage item; the evidence it rests on is found by ``id``."""

    id: str
    title: str
    head: str
    formula: str | None
    confidence: str
    scope: str
    counted: bool
    status: str
    amount: Decimal
    causation: str | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One link of the audit chain."""

    seq: int
    at: datetime
    actor: str | None
    action: str
    object_type: str
    number: str | None
    reason: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """How much of a case still stands on one platform."""

    name: str
    live: int
    total: int


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found by the search box."""

    kind: str
    number: str
    sample: bool
    title: str
    detail: str | None
    case_no: str | None
    case_sample: bool
