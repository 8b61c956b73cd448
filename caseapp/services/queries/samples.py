"""What the example (示例) consists of: the objects a watcher of the play can open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select

from caseapp.models import Case, DamageItem, Document, EvidenceItem, Incident, Notice, Platform, RumorClaim
from caseapp.services.work import Work

PICTURES = 12


@dataclass(frozen=True, slots=True)
class SampleObject:
    """One object of the example: kind, number, title; ``pictured`` when a capture's package holds its screenshot."""

    kind: str
    number: str
    title: str
    case_no: str | None = None
    pictured: bool = False


def sample_objects(work: Work) -> list[SampleObject]:
    """Return the example's objects, oldest first; the actor must be the system, for this looks past memberships."""
    case_no = select(Case.no).where(Case.sample, Case.voided_at.is_(None)).order_by(Case.created_at).limit(1)
    home = work.session.scalar(work.visible(case_no, Case))
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        ("evidence", EvidenceItem, EvidenceItem.title, EvidenceItem.capture_id.is_not(None)),
        ("case", Case, Case.title, literal(value=False)),
        ("incident", Incident, Incident.title, literal(value=False)),
        ("claim", RumorClaim, RumorClaim.quote, literal(value=False)),
        ("document", Document, Document.title, literal(value=False)),
    )
    found = []
    for kind, model, title, pictured in kinds:
        rows = select(model.no, title, pictured).where(model.sample, model.voided_at.is_(None)).order_by(model.no)
        found += [
            SampleObject(kind, number, said, home, bool(shown))
            for number, said, shown in work.session.execute(work.visible(rows, model))
        ]
    notices = (
        select(Notice.no, Platform.name)
        .join(Platform, Platform.id == Notice.platform_id)
        .where(Notice.sample, Notice.voided_at.is_(None))
        .order_by(Notice.no)
    )
    sent = work.session.execute(work.visible(notices, Notice)).all()
    found += [SampleObject("notice", number, platform, home) for number, platform in sent]
    damages = select(func.count()).select_from(DamageItem).where(DamageItem.sample, DamageItem.voided_at.is_(None))
    count = work.session.scalar(work.visible(damages, DamageItem)) or 0
    return [*found, *([SampleObject("damages", str(count), "", home)] if count else [])]


def sample_picture(work: Work, number: str) -> EvidenceItem | None:
    """Return the example's evidence of this number; None when it is none of the example's."""
    rows = select(EvidenceItem).where(EvidenceItem.no == number, EvidenceItem.sample)
    return work.session.scalars(work.visible(rows, EvidenceItem)).first()
