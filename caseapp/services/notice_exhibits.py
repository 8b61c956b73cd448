"""What a notice cites stands in the case's list of evidence: captures and counter-evidence get the next free number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from caseapp.models import Appearance, Case, ClaimEvidence, EvidenceItem, Exhibit, Post
from caseapp.services.evidence import add_exhibit
from caseapp.services.facts import latest_capture_evidence
from caseapp.services.work import Work

PAGES, AGAINST = "涉案内容", "反驳证据"


def list_cited(work: Work, case: Case, posts: Sequence[Post]) -> list[Exhibit]:
    """Make exhibits of what a notice about ``posts`` cites and is none yet; returns the new ones.

    A capture joins the group the captures of this case stand in, counter-evidence the group of its like; where there
    is none, the next free group is opened.

    Raises:
        NotFoundError, PermissionDeniedError: the actor may not make exhibits, or not see an item.
    """
    keys = [post.id for post in posts]
    pages = list(latest_capture_evidence(work, keys).values())
    against = work.session.scalars(
        work.visible(
            select(EvidenceItem)
            .join(ClaimEvidence, ClaimEvidence.evidence_id == EvidenceItem.id)
            .join(Appearance, Appearance.claim_id == ClaimEvidence.claim_id)
            .where(
                Appearance.post_id.in_(keys),
                Appearance.state == "confirmed",
                ClaimEvidence.supports.is_(False),
                ClaimEvidence.voided_at.is_(None),
            )
            .order_by(EvidenceItem.no)
            .distinct(),
            EvidenceItem,
        )
    )
    added = _list(work, case, sorted(pages, key=lambda item: item.no), PAGES)
    return added + _list(work, case, list(against), AGAINST)


def _list(work: Work, case: Case, items: Iterable[EvidenceItem], name: str) -> list[Exhibit]:
    added = []
    for item in items:
        rows = _exhibits(work, case)
        if any(row.evidence_id == item.id and row.voided_at is None for row, _kind in rows):
            continue
        group = _group(rows, name)
        order = max((row.order_no for row, _kind in rows if row.group_no == group), default=0) + 1
        proves = item.proves or name
        added.append(add_exhibit(work, case, item, f"证{group}-{order}", group=name, proves=proves))
    return added


def _exhibits(work: Work, case: Case) -> list[tuple[Exhibit, str]]:
    rows = work.session.execute(
        select(Exhibit, EvidenceItem.kind)
        .join(EvidenceItem, EvidenceItem.id == Exhibit.evidence_id)
        .where(Exhibit.case_id == case.id)
        .order_by(Exhibit.group_no, Exhibit.order_no)
    )
    return [(row, kind) for row, kind in rows]


def _group(rows: Sequence[tuple[Exhibit, str]], name: str) -> int:
    """Return the group of this name, or of captures for captures; else the next free one (group 1 is who we are)."""
    same = next((row.group_no for row, _kind in rows if row.group_name == name), None)
    if same is None and name == PAGES:
        same = next((row.group_no for row, kind in rows if kind == "web_page"), None)
    return same or max((row.group_no for row, _kind in rows), default=1) + 1
