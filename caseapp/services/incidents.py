"""Incidents, rumor claims and the triage gate: what is a rumor, what is fair criticism, and who said so.

Linking posts to incidents is in ``services.links``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from caseapp.domain.deadlines import RULES, Calendar, compute
from caseapp.domain.errors import InvalidInputError, MissingBeforeError, ReasonRequiredError, SecondPersonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.flow import FIRST_PERSON
from caseapp.domain.labels import Label
from caseapp.domain.permissions import SYSTEM_ROLES, Permission
from caseapp.domain.vocabulary import BARRED_VERDICTS, CLAIM_KIND, CLAIM_VERDICT, POST_VERDICT, SEVERITY, SIX_TYPE
from caseapp.models import Case, CaseIncident, ClaimEvidence, EvidenceItem, Incident, Post, RumorClaim
from caseapp.services import visibility
from caseapp.services.work import Work

_TITLE: Final = Label("事件名称", "title")
_QUOTE: Final = Label("谣言原句", "quoted words")
_EMPTY: Final = Label("不能为空。", "must not be empty.")
_LONGEST_QUOTE: Final = 4000
_VERDICT_STEP: Final = Label("认定谣言主张", "give a verdict on the claim")
_COUNTER_EVIDENCE: Final = Label("至少一件反驳证据", "at least one counter-evidence")
_RETRIAGE: Final = Label("重新定性", "re-judge the post")
_TRIAGE: Final = Label("内容定性", "judge the post")
_NEW_EVIDENCE: Final = Label("定性之后登记的新证据", "evidence registered after the judgement")
REFUTED: Final = frozenset({"false", "misleading"})


def create_incident(
    work: Work,
    *,
    title: str,
    summary: str | None = None,
    severity: str | None = None,
    six_type: str | None = None,
    detected_at: datetime | None = None,
    case_id: str | None = None,
) -> Incident:
    """Record an incident; the 24-hour response clock runs from its detection.

    Args:
        work: the unit of work.
        title: the one field that must be filled.
        summary: what it is about, in a few sentences.
        severity: I to IV.
        six_type: the type of report on enterprises.
        detected_at: aware; now, unless it was seen earlier.
        case_id: the case it belongs to at once, if any.

    Raises:
        PermissionDeniedError, InvalidInputError, NotFoundError.
    """
    case = work.get(Case, case_id) if case_id else None
    work.require(Permission.INCIDENT_CREATE, case)
    if not title.strip():
        raise InvalidInputError(field=_TITLE, problem=_EMPTY)
    seen = detected_at or work.now
    if seen > work.now:
        problem = Label("不能晚于现在。", "it cannot lie in the future.")
        raise InvalidInputError(field=Label("发现时间", "time of detection"), problem=problem)
    due = compute(RULES["first_response_24h"], seen, Calendar()).due_at
    incident = work.add(
        Incident(
            no=work.next_no("incident"),
            title=title.strip(),
            summary=summary,
            severity=SEVERITY.require(severity) if severity else None,
            six_type=SIX_TYPE.require(six_type) if six_type else None,
            detected_at=seen,
            response_due_at=due,
        )
    )
    if case is not None:
        link = work.add(CaseIncident(case_id=case.id, incident_id=incident.id, desk_id=case.desk_id))
        work.record(Event.CASE_INCIDENT_LINKED, link, case=case.id, after={"incident": incident.no})
    work.record(Event.INCIDENT_CREATED, incident, after={"no": incident.no, "title": incident.title})
    return incident


def record_first_response(work: Work, incident: Incident, at: datetime | None = None) -> None:
    """Stop the 24-hour clock; only the first response counts."""
    work.require(Permission.INCIDENT_RESPOND, incident)
    if incident.first_responded_at is None:
        work.change(incident, first_responded_at=at or work.now)


def add_rumor_claim(
    work: Work, incident: Incident, *, quote: str, neutral: str, kind: str = "fact", subject: str | None = None
) -> RumorClaim:
    """Record the exact words of a rumor beside a neutral restatement; the same words again return the same claim.

    Raises:
        PermissionDeniedError, InvalidInputError.
    """
    work.require(Permission.CLAIM_EDIT, incident)
    words = quote.strip()
    if not words or not neutral.strip():
        raise InvalidInputError(field=_QUOTE, problem=_EMPTY)
    if len(words) > _LONGEST_QUOTE:
        problem = Label(f"最多 {_LONGEST_QUOTE} 字，请只引要害一句。", f"at most {_LONGEST_QUOTE} characters.")
        raise InvalidInputError(field=_QUOTE, problem=problem)
    known = select(RumorClaim).where(RumorClaim.incident_id == incident.id, RumorClaim.quote == words)
    claim = work.session.scalar(known)
    if claim is not None:
        return claim
    claim = work.add(
        RumorClaim(
            incident_id=incident.id,
            desk_id=incident.desk_id,
            no=work.next_no("rumor_claim"),
            quote=words,
            neutral=neutral.strip(),
            kind=CLAIM_KIND.require(kind),
            subject=subject,
            first_seen_at=work.now,
        )
    )
    work.record(Event.CLAIM_ADDED, claim, after={"no": claim.no, "quote": words, "kind": kind})
    return claim


def add_counter_evidence(
    work: Work, claim: RumorClaim, evidence: EvidenceItem, *, proves: str | None = None, supports: bool = False
) -> ClaimEvidence:
    """Put an evidence item against a claim (or for it, with ``supports``); the same pair again is the same row."""
    work.require(Permission.CLAIM_EDIT, claim)
    work.require(Permission.EVIDENCE_READ, evidence)
    pair = (ClaimEvidence.claim_id == claim.id, ClaimEvidence.evidence_id == evidence.id)
    link = work.session.scalar(select(ClaimEvidence).where(*pair))
    if link is None:
        link = work.add(
            ClaimEvidence(
                claim_id=claim.id, evidence_id=evidence.id, desk_id=claim.desk_id, proves=proves, supports=supports
            )
        )
        work.record(Event.CLAIM_EVIDENCE_ADDED, link, after={"claim": claim.no, "evidence": evidence.no})
    return link


def set_claim_verdict(
    work: Work, claim: RumorClaim, verdict: str, *, rationale: str, evidence: Sequence[EvidenceItem] = ()
) -> None:
    """Say whether a claim is true, under one's own name and with the reason.

    Calling a statement of fact false or misleading needs counter-evidence: falsity is proven, sentence by sentence.

    Raises:
        PermissionDeniedError, InvalidInputError, ReasonRequiredError.
        SecondPersonRequiredError: a machine cannot give a verdict.
        MissingBeforeError: no counter-evidence.
    """
    work.require(Permission.CLAIM_VERIFY, claim)
    CLAIM_VERDICT.require(verdict)
    if work.actor.person is None:
        raise SecondPersonRequiredError(action=_VERDICT_STEP)
    if not rationale.strip():
        raise ReasonRequiredError(action=_VERDICT_STEP)
    for item in evidence:
        add_counter_evidence(work, claim, item)
    against = select(func.count()).where(
        ClaimEvidence.claim_id == claim.id, ClaimEvidence.supports.is_(False), ClaimEvidence.voided_at.is_(None)
    )
    if claim.kind == "fact" and verdict in REFUTED and not work.session.scalar(against):
        raise MissingBeforeError(action=_VERDICT_STEP, field=_COUNTER_EVIDENCE)
    work.change(
        claim,
        Event.CLAIM_VERDICT_SET,
        reason=rationale,
        verdict=verdict,
        verified_by=work.actor.user_id,
        verified_at=work.now,
        rationale=rationale.strip(),
    )


def triage_post(
    work: Work,
    post: Post,
    verdict: str,
    *,
    reason: str,
    six_type: str | None = None,
    evidence: EvidenceItem | None = None,
) -> None:
    """Judge a post, with a written reason: the gate before any notice.

    Leaving 真实投诉 or 正当监督 needs new evidence, a reason, and a second person in another role.

    Raises:
        PermissionDeniedError, InvalidInputError, ReasonRequiredError.
        SecondPersonRequiredError, MissingBeforeError: when a barred verdict is to be left.
    """
    POST_VERDICT.require(verdict)
    if six_type:
        SIX_TYPE.require(six_type)
    leaving = post.verdict in BARRED_VERDICTS and verdict not in BARRED_VERDICTS
    work.require(Permission.POST_RETRIAGE if leaving else Permission.POST_TRIAGE, post)
    if not reason.strip():
        raise ReasonRequiredError(action=_RETRIAGE if leaving else _TRIAGE)
    roles = roles_for(work, post)
    if leaving:
        _check_leaving(work, post, roles, evidence)
    work.change(
        post,
        Event.POST_RETRIAGED if post.verdict else Event.POST_TRIAGED,
        reason=reason,
        verdict=verdict,
        verdict_reason=reason.strip(),
        triaged_by=work.actor.user_id,
        triaged_role=roles[0] if roles else None,
        triaged_at=work.now,
        six_type=six_type or post.six_type,
    )


def roles_for(work: Work, post: Post) -> list[str]:
    """Return the roles this actor acts in for a post: those in its cases, or the desk roles while it has none."""
    cases = visibility.case_ids(work.session, post)
    held = {grant.role for grant in work.viewer.grants if grant.case_id in cases and not grant.wall}
    return sorted(held or work.actor.roles - {role.value for role in SYSTEM_ROLES})


def _check_leaving(work: Work, post: Post, roles: Sequence[str], evidence: EvidenceItem | None) -> None:
    if post.triaged_by is None or post.triaged_at is None:
        raise MissingBeforeError(action=_RETRIAGE, field=FIRST_PERSON)
    other_role = bool(set(roles) - {post.triaged_role})
    if work.actor.person in {None, post.triaged_by} or not other_role:
        raise SecondPersonRequiredError(action=_RETRIAGE)
    if evidence is None or not work.sees(evidence) or evidence.created_at <= post.triaged_at:
        raise MissingBeforeError(action=_RETRIAGE, field=_NEW_EVIDENCE)
