"""Rows → the typed facts a document is drafted from. Every number, name and digest comes from a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from caseapp.models import (
    Account,
    Appearance,
    Capture,
    Case,
    CaseIncident,
    ClaimEvidence,
    EvidenceItem,
    Exhibit,
    Notice,
    NoticeItem,
    Organization,
    Platform,
    Post,
    RumorClaim,
    User,
)
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work


def case_facts(work: Work, case: Case) -> dict[str, Any]:
    """Principal, contact and exhibits of a case; the actor is the agent."""
    principal = work.session.get(Organization, case.principal_id) if case.principal_id else None
    facts: dict[str, Any] = {"sample": case.sample, "exhibits": exhibit_facts(work, case)}
    if principal is not None:
        facts["principal"] = principal_facts(principal, facts["exhibits"])
        facts["contact"] = {
            "department": principal.contact,
            "phone": principal.phone,
            "email": principal.email,
            "address": principal.address,
        }
    agent = work.session.get(User, work.actor.user_id)
    if agent is not None:
        facts["agent"] = {"name": agent.display, "title": agent.title}
    return facts


def principal_facts(row: Organization, exhibits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The organisation whose right it is; exhibits of group 1 prove who it is."""
    return {
        "kind": "legal_person",
        "name": row.name,
        "uscc": row.uscc,
        "address": row.address,
        "legal_rep": row.legal_rep,
        "legal_rep_title": row.legal_rep_title,
        "identity": [exhibit["evidence"] for exhibit in exhibits if exhibit["label"] in {"证1-1", "证1-2"}],
        "products": list(row.products),
    }


def exhibit_facts(work: Work, case: Case) -> list[dict[str, Any]]:
    """The case's exhibits in order."""
    rows = work.session.execute(
        work.visible(
            select(Exhibit, EvidenceItem)
            .join(EvidenceItem, EvidenceItem.id == Exhibit.evidence_id)
            .where(Exhibit.case_id == case.id, Exhibit.voided_at.is_(None))
            .order_by(Exhibit.group_no, Exhibit.order_no),
            EvidenceItem,
        )
    )
    return [
        {"evidence": item.no, "label": exhibit.exhibit_no, "title": item.title, "sha256": item.package_id}
        for exhibit, item in rows
    ]


def notice_facts(work: Work, case: Case, notice: Notice) -> dict[str, Any]:
    """Everything a notice under Civil Code art. 1195 says, from the notice's items."""
    platform = work.session.get_one(Platform, notice.platform_id)
    operator = work.session.get(Organization, platform.operator_id) if platform.operator_id else None
    channel = platform.channels[0] if platform.channels else None
    items = work.session.scalars(select(NoticeItem).where(NoticeItem.notice_id == notice.id).order_by(NoticeItem.id))
    return case_facts(work, case) | {
        "number": notice.no,
        "platform": {"name": platform.name, "operator": operator.name if operator else None, "channel": channel},
        "posts": [post_facts(work, item) for item in items],
        "measures": ["delete", "block", "unlink"],
    }


def post_facts(work: Work, item: NoticeItem) -> dict[str, Any]:
    """One address of a notice: as captured, with each sentence objected to and why it is false."""
    post = work.session.get_one(Post, item.post_id)
    account = work.session.get(Account, post.account_id) if post.account_id else None
    evidence = work.session.get(EvidenceItem, item.evidence_id) if item.evidence_id else None
    return {
        "no": post.no,
        "account": account.handle if account else None,
        "uid": account.uid if account else None,
        "url": post.canonical_url,
        "content_id": post.platform_post_id,
        "published_at": _text(post.published_at),
        "captured_at": _text(evidence.obtained_at if evidence else None),
        "evidence": evidence.no if evidence else None,
        "package_sha256": evidence.package_id if evidence else None,
        "timestamp": _timestamp(evidence),
        "statements": statement_facts(work, post, item, evidence),
        "outside_scope": item.demand,
    }


def _timestamp(evidence: EvidenceItem | None) -> dict[str, Any] | None:
    if evidence is None or not evidence.stamps:
        return None
    only_tests = evidence.stamps == evidence.test_stamps
    names = "、".join(evidence.facts.get("stamped_by", ())) or None
    return {"authority": names, "at": _text(evidence.stamped_at), "is_test": only_tests}


def statement_facts(work: Work, post: Post, item: NoticeItem, evidence: EvidenceItem | None) -> list[dict[str, Any]]:
    """The confirmed appearances of rumor claims in a post, with the counter-evidence of each claim."""
    rows = work.session.execute(
        select(Appearance, RumorClaim)
        .join(RumorClaim, RumorClaim.id == Appearance.claim_id)
        .where(Appearance.post_id == post.id, Appearance.state == "confirmed")
        .order_by(RumorClaim.no)
    )
    identified = {"text": item.ground, "exhibits": [evidence.no] if evidence else []}
    return [
        {
            "quote": appearance.quoted or claim.quote,
            "kind": claim.kind,
            "verdict": claim.verdict,
            "identification": identified,
            "reasons": reasons_of(work, claim),
            "verified_by": _display(work, claim.verified_by),
            "verified_at": _text(claim.verified_at),
        }
        for appearance, claim in rows
    ]


def reasons_of(work: Work, claim: RumorClaim) -> list[dict[str, Any]]:
    """Why a claim is not true: one sentence a counter-evidence, with its exhibit."""
    rows = work.session.execute(
        select(ClaimEvidence, EvidenceItem)
        .join(EvidenceItem, EvidenceItem.id == ClaimEvidence.evidence_id)
        .where(ClaimEvidence.claim_id == claim.id, ClaimEvidence.supports.is_(False), ClaimEvidence.voided_at.is_(None))
        .order_by(EvidenceItem.no)
    )
    return [{"text": link.proves or item.title, "exhibits": [item.no]} for link, item in rows]


def claim_facts(work: Work, case: Case) -> list[dict[str, Any]]:
    """The verified false claims of a case's incidents, as a public statement answers them."""
    rows = work.session.scalars(
        select(RumorClaim)
        .join(CaseIncident, CaseIncident.incident_id == RumorClaim.incident_id)
        .where(CaseIncident.case_id == case.id, RumorClaim.verdict.in_(("false", "misleading")))
        .order_by(RumorClaim.no)
    )
    return [
        {
            "topic": claim.subject or claim.neutral,
            "neutral": claim.neutral.rstrip("。."),
            "verdict": claim.verdict,
            "facts": reasons_of(work, claim),
        }
        for claim in rows
    ]


def merge(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Lay hand-written facts over those from rows: maps merge, anything else replaces."""
    merged = dict(base)
    for key, value in extra.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def latest_capture_evidence(work: Work, posts: Iterable[str]) -> dict[str, EvidenceItem]:
    """Post id → its earliest sound evidence of a live capture: the one that shows the words complained of."""
    rows = work.session.scalars(
        work.visible(
            select(EvidenceItem)
            .join(Capture, Capture.id == EvidenceItem.capture_id)
            .where(
                EvidenceItem.post_id.in_(list(posts)),
                EvidenceItem.package_id.is_not(None),
                EvidenceItem.voided_at.is_(None),
                EvidenceItem.seal_state != "mismatch",
                EvidenceItem.status != "disposed",
                Capture.outcome.in_(("live", "changed")),
            )
            .order_by(EvidenceItem.obtained_at.desc()),
            EvidenceItem,
        )
    )
    return {str(row.post_id): row for row in rows}


def _display(work: Work, user_id: str | None) -> str | None:
    user = work.session.get(User, user_id) if user_id else None
    return (user.title or user.display) if user else None


def _text(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds") if at else None
