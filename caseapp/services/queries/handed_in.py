"""An upload of a person's own and the server's visit that is to bear it out: each names the other."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from caseapp.models import Capture, EvidenceItem
from caseapp.services.queries.inbox_parts import capture_line
from caseapp.services.queries.rows import EvidenceKey
from caseapp.services.queries.rows_inbox import CaptureLine
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class Companion:
    """The other half.

    Attributes:
        evidence: its item, once there is one.
        capture: the visit, how far it is or what came of it; None when the other half is the upload.
        grade: of its item.
    """

    evidence: EvidenceKey | None
    capture: CaptureLine | None
    grade: str | None = None

    @property
    def upload(self) -> bool:
        """Whether the other half is the upload."""
        return self.capture is None


def companions(work: Work, item_id: str) -> list[Companion]:
    """Return what stands beside an item: its upload, or the visits of its address; only what the person sees."""
    item = work.session.get_one(EvidenceItem, item_id)
    found: list[Companion] = []
    visits = (
        select(Capture).where(Capture.upload_id == item_id, Capture.voided_at.is_(None)).order_by(Capture.id.desc())
    )
    for row in work.session.scalars(work.visible(visits, Capture)):
        seen = select(EvidenceItem).where(EvidenceItem.capture_id == row.id)
        kept = work.session.scalar(work.visible(seen, EvidenceItem))
        key = EvidenceKey(kept.no, kept.sample) if kept is not None else None
        found.append(Companion(key, capture_line(row, None, 0), kept.grade if kept is not None else None))
    own = work.session.get(Capture, item.capture_id) if item.capture_id else None
    if own is not None and own.upload_id:
        upload = work.session.scalar(
            work.visible(select(EvidenceItem).where(EvidenceItem.id == own.upload_id), EvidenceItem)
        )
        if upload is not None:
            found.append(Companion(EvidenceKey(upload.no, upload.sample), None, upload.grade))
    return found
