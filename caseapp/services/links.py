"""Linking posts to incidents and claims: suggested with reasons, decided by a person, a rejection remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.matching import Match, best, compare, find_span
from caseapp.domain.permissions import Permission
from caseapp.models import Appearance, Incident, Post, PostIncident, RumorClaim
from caseapp.services.work import Work

MAX_SUGGESTIONS: Final = 5
_MOST_SEEDS: Final = 200
UNDO_WITHIN: Final = timedelta(minutes=10)
_UNDO: Final = Label("撤销", "undo")
_DONE: Final = frozenset({"closed", "handed_off"})
_QUOTED: Final = Label("引用的原句", "quoted words")
_NOT_THERE: Final = Label("与内容原文不一致，请从原文复制。", "these are not the post's own words; copy them from it.")


def suggest_incidents(work: Work, post: Post, *, limit: int = MAX_SUGGESTIONS) -> list[PostIncident]:
    """Hop 6: suggest incidents for a post, best first, each with its score and reasons; nothing is decided.

    A pair already confirmed or rejected is left as it is and not suggested again. Running it again refreshes scores.
    """
    work.require(Permission.POST_LINK, post)
    return refresh_suggestions(work, post, limit=limit)


def refresh_suggestions(work: Work, post: Post, *, limit: int = MAX_SUGGESTIONS) -> list[PostIncident]:
    """Do the same without a person: the capture that brought a post's words suggests, within the post's desk."""
    text = "\n".join(filter(None, (post.title, post.text)))
    known = {row.incident_id: row for row in _pairs(work, post)}
    decided = {key for key, row in known.items() if row.state != "suggested"}
    same = (Incident.voided_at.is_(None), Incident.desk_id == post.desk_id, Incident.sample == post.sample)
    listed = work.visible(select(Incident), Incident).where(*same)
    found: list[tuple[Match, Incident]] = []
    for incident in work.session.scalars(listed):
        if incident.id not in decided and incident.status not in _DONE:
            match = best(text, _seeds(work, incident, post))
            if match.suggested:
                found.append((match, incident))
    found.sort(key=lambda pair: -pair[0].score)
    return [_suggest(work, post, incident, match, known.get(incident.id)) for match, incident in found[:limit]]


def _pairs(work: Work, post: Post) -> Sequence[PostIncident]:
    return work.session.scalars(select(PostIncident).where(PostIncident.post_id == post.id)).all()


def _seeds(work: Work, incident: Incident, post: Post) -> list[str]:
    """The incident's claims and the texts of its confirmed posts: every confirmed link teaches."""
    claims = select(RumorClaim.quote).where(RumorClaim.incident_id == incident.id, RumorClaim.voided_at.is_(None))
    posts = (
        select(Post.text)
        .join(PostIncident, PostIncident.post_id == Post.id)
        .where(PostIncident.incident_id == incident.id, PostIncident.state == "confirmed", Post.id != post.id)
        .limit(_MOST_SEEDS)
    )
    return [text for text in (*work.session.scalars(claims), *work.session.scalars(posts)) if text]


def _suggest(work: Work, post: Post, incident: Incident, match: Match, row: PostIncident | None) -> PostIncident:
    reasons = [{"zh": reason.zh, "en": reason.en} for reason in match.reasons]
    if row is None:
        own = {"post_id": post.id, "incident_id": incident.id, "desk_id": incident.desk_id}
        return work.add(PostIncident(**own, score=match.score, reasons=reasons))
    if row.score != match.score:
        row.score, row.reasons = match.score, reasons
        work.session.flush()
    return row


def link_post(work: Work, post: Post, incident: Incident, *, reason: str | None = None) -> PostIncident:
    """Confirm that a post belongs to an incident; the pair again is the same link.

    A pair rejected before needs a reason.

    Raises:
        PermissionDeniedError, NotFoundError, ReasonRequiredError.
    """
    row = _pair(work, post, incident)
    if row.state != "confirmed":
        action = "reconsider" if row.state == "rejected" else "confirm"
        work.transition(workflow.SUGGESTION, row, action, reason=reason)
        _note_earliest(work, incident)
    return row


def reject_suggestion(work: Work, post: Post, incident: Incident, *, reason: str | None = None) -> PostIncident:
    """Say that a post does not belong to an incident; remembered, so the pair is never suggested again.

    Taking back a confirmed link needs a reason.
    """
    row = _pair(work, post, incident)
    if row.state != "rejected":
        action = "unlink" if row.state == "confirmed" else "reject"
        work.transition(workflow.SUGGESTION, row, action, reason=reason)
        _note_earliest(work, incident)
    return row


def undo_decision(work: Work, post: Post, incident: Incident) -> PostIncident:
    """Take back one's own decision on a pair within a few minutes: it is a suggestion again, with its audit lines.

    Raises:
        PermissionDeniedError, NotFoundError.
        WorkflowRefusedError: another person decided, or it is too long ago; then a reason is needed.
    """
    row = _pair(work, post, incident)
    mine = row.decided_by == work.actor.user_id and row.decided_at is not None
    if not mine or row.decided_at is None or work.now - row.decided_at > UNDO_WITHIN:
        label, state = workflow.SUGGESTION.label, workflow.SUGGESTION.labels[row.state]
        raise WorkflowRefusedError(workflow=label, action=_UNDO, state=state)
    work.transition(workflow.SUGGESTION, row, "undo")
    _note_earliest(work, incident)
    return row


def _pair(work: Work, post: Post, incident: Incident) -> PostIncident:
    work.require(Permission.POST_LINK, post)
    work.require(Permission.POST_LINK, incident)
    pair = (PostIncident.post_id == post.id, PostIncident.incident_id == incident.id)
    row = work.session.scalar(select(PostIncident).where(*pair))
    if row is None:
        row = work.add(PostIncident(post_id=post.id, incident_id=incident.id, desk_id=incident.desk_id))
    return row


def _note_earliest(work: Work, incident: Incident) -> None:
    """Keep the earliest captured of the confirmed posts: 已知最早, never the source."""
    earliest = (
        select(Post.id)
        .join(PostIncident, PostIncident.post_id == Post.id)
        .where(
            PostIncident.incident_id == incident.id,
            PostIncident.state == "confirmed",
            Post.first_captured_at.is_not(None),
            Post.voided_at.is_(None),
        )
        .order_by(Post.first_captured_at, Post.no)
        .limit(1)
    )
    found = work.session.scalar(earliest)
    if found != incident.earliest_captured_post_id:
        work.change(incident, earliest_captured_post_id=found)


def suggest_claims(work: Work, post: Post, incident: Incident) -> list[Appearance]:
    """Suggest where an incident's claims appear in a post, with the exact span where the words are the same."""
    work.require(Permission.POST_LINK, post)
    work.require(Permission.POST_LINK, incident)
    listed = select(RumorClaim).where(RumorClaim.incident_id == incident.id, RumorClaim.voided_at.is_(None))
    text = post.text or ""
    found: list[Appearance] = []
    for claim in work.session.scalars(listed).all():
        match = compare(text, claim.quote)
        row = _appearance(work, post, claim)
        if row is None and match.suggested:
            span = find_span(text, claim.quote)
            row = work.add(
                Appearance(
                    post_id=post.id,
                    claim_id=claim.id,
                    desk_id=claim.desk_id,
                    score=match.score,
                    reasons=[{"zh": reason.zh, "en": reason.en} for reason in match.reasons],
                    span_start=span[0] if span else None,
                    span_end=span[1] if span else None,
                    quoted=claim.quote if span else None,
                )
            )
        if row is not None and row.state == "suggested":
            found.append(row)
    return sorted(found, key=lambda row: -(row.score or 0))


def record_appearance(work: Work, post: Post, claim: RumorClaim, *, quoted: str | None = None) -> Appearance:
    """Confirm that a claim appears in a post, in these very words; the pair again is the same row.

    Args:
        work: the unit of work.
        post: the post.
        claim: the claim.
        quoted: words of the post; must stand in its text. Without them (a picture, say) no span is kept.

    Raises:
        InvalidInputError: the words are not the post's own.
    """
    work.require(Permission.POST_LINK, post)
    work.require(Permission.POST_LINK, claim)
    span = find_span(post.text or "", quoted) if quoted else None
    if quoted and span is None:
        raise InvalidInputError(field=_QUOTED, problem=_NOT_THERE)
    row = _appearance(work, post, claim)
    if row is None:
        row = work.add(Appearance(post_id=post.id, claim_id=claim.id, desk_id=claim.desk_id))
    if span is not None:
        work.change(row, Event.APPEARANCE_RECORDED, quoted=quoted, span_start=span[0], span_end=span[1])
    if row.state == "suggested":
        work.transition(workflow.SUGGESTION, row, "confirm")
    return row


def _appearance(work: Work, post: Post, claim: RumorClaim) -> Appearance | None:
    return work.session.scalar(select(Appearance).where(Appearance.post_id == post.id, Appearance.claim_id == claim.id))
