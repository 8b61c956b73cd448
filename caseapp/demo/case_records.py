"""What the case made of the posts: evidence, documents, notices, deadlines, money, timeline.

Continues ``case_types`` under the same conventions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class DemoEvidence:
    """证据 with its place in the exhibit list (``exhibit_no`` 证2-1, pages)."""

    id: str
    no: str
    title: str
    kind: str
    source: str
    proves: str
    original_or_copy: str
    obtained_at: datetime
    related: tuple[str, ...]
    publishable: bool
    grade: str
    status: str
    exhibit_no: str
    group: str
    group_name: str
    pages: int
    page_from: int
    page_to: int


@dataclass(frozen=True)
class DemoApproval:
    """One step of a document's approval."""

    step: int
    approver: str
    decision: str
    at: datetime


@dataclass(frozen=True)
class DemoDocument:
    """文书."""

    id: str
    no: str
    kind: str
    title: str
    version: int
    author: str
    approvals: tuple[DemoApproval, ...]
    status: str
    dispatched_at: datetime | None
    ref: str


@dataclass(frozen=True)
class NoticeItem:
    """One URL of a notice and what became of it."""

    post: str
    outcome: str


@dataclass(frozen=True)
class NoticeEvent:
    """One append-only entry of a notice's history."""

    at: datetime
    event: str
    text: str


@dataclass(frozen=True)
class DemoNotice:
    """侵权通知; ``principal`` is the company or, for an insult, the person herself."""

    id: str
    no: str
    platform: str
    principal: str
    items: tuple[NoticeItem, ...]
    attempt: int
    prev: str | None
    receipt: str
    events: tuple[NoticeEvent, ...]


@dataclass(frozen=True)
class DemoLetter:
    """来往函件 that is not a notice."""

    id: str
    no: str
    kind: str
    to: str
    about: str
    dispatched_at: datetime
    delivered_at: datetime


@dataclass(frozen=True)
class DemoCounterNotice:
    """不侵权声明."""

    id: str
    notice: str
    post: str
    received_at: datetime
    claimant: str
    grounds: str
    decision: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True)
class DemoDeadline:
    """期限 with the reason for its day."""

    id: str
    rule: str
    object: str
    base_event: str
    base_at: datetime
    length: int | None
    unit: str
    kind: str
    basis: str
    raw_due: str | None
    due_at: str
    rolled: bool
    why: str
    status: str
    met_at: datetime | None
    confirmed_by: str | None
    provisional: str | None


@dataclass(frozen=True)
class DemoDamage:
    """损失项: ``amount`` is what is asked; ``gross - avoided = amount`` where both are given."""

    id: str
    head: str
    title: str
    amount: Decimal
    evidence: tuple[str, ...]
    doc: str
    cause: str
    status: str
    scope: str
    gross: Decimal | None = None
    avoided: Decimal | None = None


@dataclass(frozen=True)
class DamageTotals:
    """The figures the ledger must reach to the fen."""

    d1: Decimal
    d5: Decimal
    d6: Decimal
    without_reasonable_costs: Decimal
    with_reasonable_costs: Decimal
    alternative_d4: Decimal
    alternative_with_reasonable_costs: Decimal
    settlement_received: Decimal
    ledger_total: Decimal
    filed_2026_08_24: Decimal
    criminal_direct_loss: Decimal
    criminal_threshold: Decimal


@dataclass(frozen=True)
class DemoTask:
    """任务."""

    id: str
    title: str
    assignee: str
    due: date
    status: str
    done_at: datetime | None
    mandatory: bool
    result: str


@dataclass(frozen=True)
class DemoPublication:
    """发布: where a statement was published."""

    id: str
    kind: str
    doc: str
    channel: str
    url: str
    published_at: datetime
    captured_at: datetime


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the case's timeline; ``lane`` is 事实 or 处置."""

    at: datetime
    lane: str
    kind: str
    text: str
    ref: str
