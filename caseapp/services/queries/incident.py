"""Incidents: the list, and one incident with its claims, posts, accounts and what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.permissions import Permission, permissions_of
from caseapp.domain.workflow import INCIDENT
from caseapp.models import Case, CaseIncident, Incident, Post, PostIncident, RumorClaim, User
from caseapp.services.queries import incident_parts as parts
from caseapp.services.queries.case import named
from caseapp.services.queries.inbox import content
from caseapp.services.queries.inbox_counts import SETTLED
from caseapp.services.queries.rows import LISTED, REMOVED
from caseapp.services.queries.rows_incident import CaseKey, IncidentLine, IncidentPage
from caseapp.services.queries.sums import tally
from caseapp.services.work import Work

REFUTED = ("false", "misleading")


def incident_row(work: Work, key: str) -> Incident:
    """Return the visible incident of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    wanted = named(select(Incident).where(Incident.voided_at.is_(None)).order_by(Incident.sample), Incident, key)
    row = work.session.scalar(work.visible(wanted, Incident).limit(1))
    if row is None:
        raise NotFoundError(kind=INCIDENT.label)
    if Permission.CASE_READ not in work.permissions(row):
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    return row


def _itself() -> Select[Any]:
    own = aliased(Incident)
    return select(own.id).where(own.id == Incident.id).correlate(Incident)


def incidents(work: Work, *, sample: bool, keys: Sequence[str] | None = None) -> list[IncidentLine]:
    """Return the incidents this person reads, open ones first; four statements."""
    found = (
        select(Incident)
        .where(Incident.voided_at.is_(None))
        .order_by(Incident.status.in_(SETTLED), Incident.sample, Incident.no.desc())
        .limit(LISTED + 1)
    )
    if not sample:
        found = found.where(Incident.sample.is_(False))
    if keys is not None:
        found = found.where(Incident.id.in_(keys))
    rows = work.session.scalars(content(work, found, Incident, _itself())).all()
    ids = [row.id for row in rows]
    cases, posts, claims = _cases(work, ids), _posts(work, ids), _claims(work, ids)
    return [
        IncidentLine(
            id=row.id,
            number=row.no,
            sample=row.sample,
            title=row.title,
            status=row.status,
            severity=row.severity,
            six_type=row.six_type,
            detected_at=row.detected_at,
            response_due_at=row.response_due_at,
            first_responded_at=row.first_responded_at,
            cases=tuple(cases.get(row.id, ())),
            **posts.get(row.id, {}),
            **claims.get(row.id, {}),
        )
        for row in rows
    ]


def _cases(work: Work, ids: Sequence[str]) -> dict[str, list[CaseKey]]:
    link = aliased(CaseIncident)  # the visibility rule looks at the table itself
    found = (
        select(link.incident_id, Case.no, Case.sample, Case.title)
        .join(Case, Case.id == link.case_id)
        .where(link.incident_id.in_(ids), link.voided_at.is_(None))
        .order_by(Case.no)
    )
    grouped: dict[str, list[CaseKey]] = defaultdict(list)
    for incident, number, sample, title in work.session.execute(work.visible(found, Case)):
        grouped[incident].append((number, sample, title))
    return grouped


def _posts(work: Work, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many visible posts are confirmed, suggested, and still stand."""
    link = aliased(PostIncident)
    found = (
        select(
            link.incident_id,
            tally(link.state == "confirmed"),
            tally(link.state == "suggested"),
            tally((link.state == "confirmed") & Post.liveness.not_in(REMOVED)),
        )
        .select_from(Post)
        .join(link, link.post_id == Post.id)
        .where(link.incident_id.in_(ids), Post.voided_at.is_(None))
        .group_by(link.incident_id)
    )
    rows = work.session.execute(work.visible(found, Post))
    return {key: {"confirmed": one, "suggested": two, "live": three} for key, one, two, three in rows}


def _claims(work: Work, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    found = (
        select(RumorClaim.incident_id, func.count(), tally(RumorClaim.verdict.in_(REFUTED)))
        .where(RumorClaim.incident_id.in_(ids), RumorClaim.voided_at.is_(None))
        .group_by(RumorClaim.incident_id)
    )
    rows = work.session.execute(work.visible(found, RumorClaim))
    return {key: {"claims": every, "refuted": refuted} for key, every, refuted in rows}


def incident_page(work: Work, row: Incident) -> IncidentPage:
    """Return everything the page of an incident says; about thirteen statements."""
    (line,) = incidents(work, sample=True, keys=[row.id])
    people = {row.created_by, row.triaged_by, row.decided_by} - {None}
    listed = work.session.execute(select(User.id, User.display).where(User.id.in_(people)))
    named_by = {key: name for key, name in listed}  # noqa: C416 - rows are no pairs to the type checker
    posts = parts.posts(work, row)
    return IncidentPage(
        line=line,
        summary=row.summary,
        version=row.version,
        evaluation=row.evaluation,
        created_at=row.created_at,
        created_by=named_by.get(row.created_by),
        triaged_at=row.triaged_at,
        triaged_by=named_by.get(row.triaged_by or ""),
        decided_at=row.decided_at,
        decided_by=named_by.get(row.decided_by or ""),
        closed_at=row.closed_at,
        claims=tuple(parts.claims(work, row)),
        posts=tuple(posts),
        captures=tuple(parts.captured(work, posts)),
        happenings=tuple(parts.happenings(work, row, [post.id for post in posts if post.confirmed])),
    )


def joinable_cases(work: Work, row: Incident) -> list[Case]:
    """Return the open cases this person edits and the incident does not belong to yet."""
    mine = [
        grant.case_id
        for grant in work.viewer.grants
        if not grant.wall and Permission.CASE_EDIT in permissions_of([grant.role])
    ]
    link = aliased(CaseIncident)
    joined = select(link.case_id).where(link.incident_id == row.id, link.voided_at.is_(None))
    found = select(Case).where(
        Case.id.in_(mine),
        Case.id.not_in(joined),
        Case.status.in_(("draft", "open", "suspended")),
        Case.sample == row.sample,
        Case.voided_at.is_(None),
    )
    return list(work.session.scalars(work.visible(found, Case).order_by(Case.no.desc()).limit(200)))
