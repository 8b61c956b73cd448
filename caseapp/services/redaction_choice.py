"""Which redacted copy stands in for an exhibit when the court, a platform or a stranger is not to have the original."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.models import Case, EvidenceItem, Exhibit
from caseapp.services.work import Work


def standing_in(work: Work, case: Case) -> dict[str, tuple[Exhibit, EvidenceItem]]:
    """Return the newest redacted copy of each exhibit's item that this person sees, by the exhibit's key.

    A copy may be seen where the original may not; a copy that is an exhibit itself stands in for nothing.
    """
    listed = select(Exhibit.evidence_id).where(Exhibit.case_id == case.id, Exhibit.voided_at.is_(None))
    found = (
        select(Exhibit, EvidenceItem)
        .join(EvidenceItem, EvidenceItem.derived_from_id == Exhibit.evidence_id)
        .where(
            Exhibit.case_id == case.id,
            Exhibit.voided_at.is_(None),
            EvidenceItem.package_id.is_not(None),
            EvidenceItem.voided_at.is_(None),
            EvidenceItem.withheld.is_(False),
            EvidenceItem.status != "disposed",
            EvidenceItem.id.not_in(listed),
        )
        .order_by(EvidenceItem.created_at, EvidenceItem.no)
    )
    return {exhibit.id: (exhibit, copy) for exhibit, copy in work.session.execute(work.visible(found, EvidenceItem))}
