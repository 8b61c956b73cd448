"""Documents as the pages show them: frozen rows, free of the database session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

EDITABLE = ("draft", "in_review", "changes_requested", "approved", "signed", "returned", "superseded")
"""States of the latest version from which a new one may be drafted: it has not left the house."""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """The latest version of a document.

    Attributes:
        number: of the document; a notice's paper bears the notice's.
        n, status: of its latest version.
        changed_at: when that version was drafted.
        blocks: findings that keep it from review.
        waits: the step of the route that is open: ``{"role", "label"}``; None unless it is in review.
        mine: this person may decide that step now.
        digest: of the frozen PDF; None before approval.
    """

    id: str
    number: str
    sample: bool
    title: str
    kind: str
    n: int
    status: str
    author: str | None
    changed_at: datetime
    submitted_at: datetime | None
    approver: str | None
    approved_at: datetime | None
    digest: str | None
    blocks: int
    waits: dict[str, str] | None
    mine: bool
    case_no: str
    case_sample: bool
    case_title: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on a version: which step, who, what, when, and what was said."""

    step: int
    who: str
    decision: str
    comment: str | None
    at: datetime
    digest: str | None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a document.

    Attributes:
        note: what its author said was changed.
        text_digest: of the text; ``digest`` that of the frozen PDF.
        evidence: number of the frozen PDF in the evidence store.
        evidence_sample: whether that number is of the example.
        route: the steps of its approval as copied when it was submitted.
        decisions: oldest first.
    """

    id: str
    n: int
    status: str
    author_id: str
    author: str | None
    at: datetime
    note: str | None
    text_digest: str
    digest: str | None
    submitted_by: str | None
    submitter: str | None
    submitted_at: datetime | None
    approved_at: datetime | None
    signer: str | None
    signed_at: datetime | None
    evidence: str | None
    evidence_sample: bool
    route: Sequence[dict[str, object]]
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class CitedLine:
    """An exhibit a document cites.

    Attributes:
        label: as printed (证1-3).
        times: how often it is cited; ``printed`` of these.
        number: the evidence number; the rest is None where the item is not for this person.
    """

    label: str
    times: int
    printed: int
    number: str
    sample: bool
    title: str | None
    seal_state: str | None
    stamps: int


@dataclass(frozen=True, slots=True)
class DispatchLine:
    """One sending of an approved document.

    Attributes:
        error: why it was not sent, in both languages.
        proof: number of the evidence of its arrival.
    """

    id: str
    version: int
    n: int
    channel: str
    recipient: str
    address: str | None
    status: str
    queued_at: datetime
    sent_at: datetime | None
    tracking: str | None
    delivered_at: datetime | None
    arrival_note: str | None
    error: str | None
    proof: str | None
    proof_sample: bool


@dataclass(frozen=True, slots=True)
class PublicationLine:
    """One publication of a document.

    Attributes:
        version: of the row, for the optimistic lock; ``n`` the version of the document.
        proof: number of our own capture of it.
        mine: this person published it, so another one retracts it.
    """

    id: str
    version: int
    n: int
    channel: str
    account: str | None
    status: str
    scheduled_at: datetime | None
    url: str | None
    published_at: datetime | None
    publisher: str | None
    proof: str | None
    proof_sample: bool
    actions: frozenset[str]
