"""One evidence item as its page shows it: everything about it, its custody, and where it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """One link of an item's custody chain."""

    seq: int
    type: str
    at: datetime
    actor: str | None
    reason: str | None
    outcome: str
    hash: str


@dataclass(frozen=True, slots=True)
class UsedRow:
    """One place an item is used in.

    Attributes:
        kind: exhibit, claim, damage, document or notice.
        number: number of the case, incident, document or notice it leads to.
        sample: belongs to the example.
        label: 证1-3, a claim's sentence, a damage item's or document's title, a platform.
        about: title or number of the case or incident.
    """

    kind: str
    number: str
    sample: bool
    label: str
    about: str


@dataclass(frozen=True, slots=True)
class EvidenceDetail:
    """One evidence item with everything its page says.

    Attributes:
        files: payload name to {"sha256", "bytes"}.
        facts: the ``capture`` block of seal.json.
        exhibits: (case number, case sample flag, exhibit number).
    """

    id: str
    number: str
    sample: bool
    title: str
    kind: str
    proves: str | None
    obtained_at: datetime
    package_id: str | None
    seal_id: str | None
    sha256: str | None
    size: int | None
    files: dict[str, Any]
    facts: dict[str, Any]
    seal_state: str
    log_index: int | None
    logged_at: datetime | None
    stamps: int
    test_stamps: int
    stamped_at: datetime | None
    verified_at: datetime | None
    grade: str | None
    status: str
    privileged: bool
    hold: bool
    hold_reason: str | None
    version: int
    source: str | None
    original_or_copy: str | None
    disposal_requested_by: str | None
    url: str | None
    capture_no: str | None
    capture_result: str | None
    outcome: str | None
    outcome_words: str | None
    missing: list[str]
    error_zh: str | None
    error_en: str | None
    started_at: datetime | None
    steps: list[Any]
    text: str | None
    account_identity: str | None
    exhibits: list[tuple[str, bool, str]] = field(default_factory=list)
    custody: list[CustodyRow] = field(default_factory=list)
