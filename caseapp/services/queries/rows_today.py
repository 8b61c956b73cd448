"""What the first page shows: frozen rows, free of the database session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DueRow:
    """Something due: a deadline or a task.

    Attributes:
        kind: deadline kind (statutory, court, analogy, platform, internal) or "task".
        title: what is due: a task's title, or the base event of a deadline.
        rule_id: the deadline's rule; None for a task.
        ordinal: which of a series (the re-check after 1, 3, 7 days: 1, 3, 7).
        why_zh, why_en: base event, rule and result.
        number: human number of the object it hangs on, if that object has one.
    """

    kind: str
    title: str
    why_zh: str
    why_en: str
    due_at: datetime | None
    status: str
    case_no: str | None
    case_sample: bool = False
    rule_id: str | None = None
    ordinal: int = 1
    number: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """A document version that waits for a second person."""

    number: str
    title: str
    kind: str
    n: int
    author: str | None
    submitted_at: datetime | None
    case_no: str
    case_sample: bool


@dataclass(frozen=True, slots=True)
class NoticeEventRow:
    """Something a platform did, or we recorded, on a notice."""

    number: str
    platform: str
    event: str
    text: str | None
    at: datetime
    case_no: str
    case_sample: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Captures by what became of them; ``total`` is their sum. ``unstamped`` seals wait too long for a time stamp."""

    total: int = 0
    queued: int = 0
    running: int = 0
    complete: int = 0
    partial: int = 0
    failed: int = 0
    unstamped: int = 0

    @property
    def done(self) -> int:
        """How many came to an end."""
        return self.complete + self.partial + self.failed


@dataclass(frozen=True, slots=True)
class IncidentClockRow:
    """The response clock of an incident."""

    number: str
    title: str
    severity: str | None
    detected_at: datetime
    response_due_at: datetime | None
    first_responded_at: datetime | None
    case_no: str | None
    case_sample: bool


@dataclass(frozen=True, slots=True)
class RelapseRow:
    """A notice with addresses that came back; ``at`` is when the last of them was found."""

    number: str
    platform: str
    count: int
    at: datetime
    case_no: str
    case_sample: bool


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Something a second person decides.

    Attributes:
        kind: deadline, waiver, close or counter.
        number: human number of the object, if it has one.
        title: what it is about; for a deadline its base event, with ``rule_id`` and ``ordinal``.
        who: who proposed it.
        key: of the row, for objects that have no number.
    """

    kind: str
    number: str | None
    title: str
    who: str | None
    at: datetime | None
    case_no: str | None
    sample: bool
    key: str
    rule_id: str | None = None
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class TodayRows:
    """Everything of the first page."""

    due: list[DueRow] = field(default_factory=list)
    approvals: list[ApprovalRow] = field(default_factory=list)
    events: list[NoticeEventRow] = field(default_factory=list)
    queue: QueueRow = field(default_factory=QueueRow)
    incidents: list[IncidentClockRow] = field(default_factory=list)
    waiting: list[WaitRow] = field(default_factory=list)
    relapses: list[RelapseRow] = field(default_factory=list)
