"""What people do with an incident beyond its claims: correct its words, take a step, answer in time, look for posts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, StaleVersionError
from caseapp.domain.flow import Transition
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import SEVERITY, SIX_TYPE
from caseapp.models import Incident, Post, PostIncident
from caseapp.services.incidents import record_first_response
from caseapp.services.links import refresh_suggestions
from caseapp.services.work import Work

SEARCHED: Final = 200
"""How many of the newest posts a new claim is compared with; a capture compares its own post."""
_TITLE: Final = Label("事件名称", "title")
_AT: Final = Label("首次响应时间", "time of the first response")


def check_seen(row: Incident, version: int | None) -> None:
    """Refuse to act on what a stale tab shows.

    Raises:
        StaleVersionError: the incident changed since.
    """
    if version is not None and version != row.version:
        raise StaleVersionError


def edit_incident(
    work: Work,
    incident: Incident,
    *,
    title: str,
    summary: str | None,
    severity: str | None,
    six_type: str | None,
    seen_version: int | None = None,
) -> None:
    """Correct what an incident is called and how it is classed.

    Raises:
        PermissionDeniedError, InvalidInputError, StaleVersionError.
    """
    work.require(Permission.INCIDENT_TRIAGE, incident)
    if not title.strip():
        raise InvalidInputError(field=_TITLE, problem=Label("不能为空。", "must not be empty."))
    work.change(
        incident,
        seen_version=seen_version,
        title=title.strip(),
        summary=(summary or "").strip() or None,
        severity=SEVERITY.require(severity) if severity else None,
        six_type=SIX_TYPE.require(six_type) if six_type else None,
    )


def take_step(
    work: Work, incident: Incident, action: str, *, reason: str | None = None, evaluation: str | None = None
) -> Transition:
    """Take one step of an incident's workflow; what it leaves behind (its evaluation) is written first.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds).
    """
    step = workflow.INCIDENT.find(incident, action)
    work.require(step.permission, incident)
    if evaluation and any(need.column == "evaluation" for need in step.requires):
        work.change(incident, evaluation=evaluation.strip())
    return work.transition(workflow.INCIDENT, incident, action, reason=reason)


def respond_at(work: Work, incident: Incident, at: datetime | None = None) -> None:
    """Record when the first public answer was given; only the first counts.

    Raises:
        PermissionDeniedError.
        InvalidInputError: before the incident was detected, or in the future.
    """
    if at is not None and not incident.detected_at <= at <= work.now:
        problem = Label("须在发现之后、现在之前。", "it must lie between detection and now.")
        raise InvalidInputError(field=_AT, problem=problem)
    record_first_response(work, incident, at)


def look_for_posts(work: Work, incident: Incident) -> int:
    """Compare the newest posts that nobody joined to an incident with this one; returns how many are suggested."""
    if Permission.POST_LINK not in work.permissions(incident):
        return 0
    joined = select(PostIncident.id).where(PostIncident.post_id == Post.id, PostIncident.state == "confirmed")
    found = (
        select(Post)
        .where(
            Post.voided_at.is_(None),
            Post.desk_id == incident.desk_id,
            Post.sample == incident.sample,
            or_(Post.text.is_not(None), Post.title.is_not(None)),
            ~joined.exists(),
        )
        .order_by(Post.created_at.desc())
        .limit(SEARCHED)
    )
    posts = work.session.scalars(work.visible(found, Post)).all()
    return sum(any(pair.incident_id == incident.id for pair in refresh_suggestions(work, post)) for post in posts)
