"""The item a later capture of the same address was compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from caseapp.models import Capture, EvidenceItem
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class EarlierItem:
    """An earlier item: its address, when its page was taken, and its words."""

    number: str
    sample: bool
    at: datetime | None
    text: str


def earlier_item(work: Work, seal_id: str) -> EarlierItem | None:
    """Return the item of a seal; None when there is none for this person."""
    found = (
        select(EvidenceItem.no, EvidenceItem.sample, Capture.started_at, Capture.text)
        .join(Capture, EvidenceItem.capture_id == Capture.id)
        .where(EvidenceItem.seal_id == seal_id)
    )
    row = work.session.execute(work.visible(found, EvidenceItem)).first() if seal_id else None
    return EarlierItem(row[0], row[1], row[2], row[3] or "") if row is not None else None
