"""What stands beside the posts of the inbox: captures, incidents, evidence and figures, each in a statement or two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from caseapp.domain.labels import Label
from caseapp.models import Capture, EvidenceItem, Incident, Job, MetricSnapshot, PostIncident, RumorClaim
from caseapp.services.queries.rows import EvidenceKey
from caseapp.services.queries.rows_inbox import OPEN_CAPTURES, CaptureLine, PairLine
from caseapp.services.work import Work

SHOTS = "shots/"
FIGURES = ("views", "likes", "comments", "reposts")


class Sealed(NamedTuple):
    """The newest sealed page of a post: its number and how far its seal is; ``picture`` is the first with a screenshot.

    The newest visit of a removed post shows a notice of removal; the first one shows what was said.
    """

    evidence: EvidenceKey | None = None
    seal_state: str | None = None
    picture: EvidenceKey | None = None
    user_side: bool = False


def captures(work: Work, ids: Sequence[str]) -> dict[str, list[CaptureLine]]:
    """Return the captures of posts, newest first, with what their jobs are at; two statements."""
    found = (
        select(Capture)
        .where(Capture.post_id.in_(ids), Capture.voided_at.is_(None))
        .order_by(Capture.requested_at.desc(), Capture.id.desc())
    )
    rows = work.session.scalars(work.visible(found, Capture)).all()
    waiting = [row.id for row in rows if row.status in OPEN_CAPTURES]
    jobs: dict[str, tuple[Job, int]] = {}
    if waiting:
        ahead = aliased(Job)
        before = (
            select(func.count())
            .where(ahead.status == "queued", ahead.kind == Job.kind, ahead.id <= Job.id)
            .scalar_subquery()
        )
        listed = select(Job, before).where(Job.kind == "capture", Job.object_id.in_(waiting)).order_by(Job.id)
        jobs = {job.object_id: (job, place) for job, place in work.session.execute(work.visible(listed, Job))}
    grouped: dict[str, list[CaptureLine]] = defaultdict(list)
    for row in rows:
        grouped[str(row.post_id)].append(capture_line(row, *jobs.get(row.id, (None, 0))))
    return grouped


def capture_line(row: Capture, job: Job | None, place: int) -> CaptureLine:
    """Return a capture as it is shown, with what its job is at and its place in the queue."""
    said = Label(row.error_zh, row.error_en or row.error_zh) if row.error_zh else None
    return CaptureLine(
        key=row.id,
        number=row.no,
        status=row.status,
        result=row.result,
        outcome=row.outcome,
        words=row.outcome_words,
        problem=said,
        missing=tuple(row.missing),
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        place=place if row.status == "queued" else 0,
        step=job.step if job else None,
        done=job.step_done if job else 0,
        total=job.step_total if job else 0,
        paused=row.paused_at is not None,
    )


def pairs(work: Work, ids: Sequence[str]) -> dict[str, list[PairLine]]:
    """Return what posts belong, or may belong, to; the likeliest first; two statements."""
    other, link = aliased(PostIncident), aliased(PostIncident)
    known = select(func.count()).where(other.incident_id == Incident.id, other.state == "confirmed").scalar_subquery()
    found = (
        select(link, Incident, known)
        .join(link, link.incident_id == Incident.id)
        .where(link.post_id.in_(ids), Incident.voided_at.is_(None))
        .order_by(link.state != "confirmed", link.score.desc().nulls_last(), Incident.no)
    )
    rows = work.session.execute(work.visible(found, Incident)).all()
    said = _quotes(work, {row[1].id for row in rows})
    grouped: dict[str, list[PairLine]] = defaultdict(list)
    for pair, incident, confirmed in rows:
        grouped[pair.post_id].append(
            PairLine(
                incident.no,
                incident.sample,
                incident.title,
                incident.status,
                pair.state,
                pair.score,
                tuple(Label(str(one.get("zh", "")), str(one.get("en", ""))) for one in pair.reasons),
                confirmed,
                tuple(said.get(incident.id, ())),
            )
        )
    return grouped


def _quotes(work: Work, incidents: Iterable[str]) -> Mapping[str, list[str]]:
    found = select(RumorClaim.incident_id, RumorClaim.quote).where(
        RumorClaim.incident_id.in_(list(incidents)), RumorClaim.voided_at.is_(None)
    )
    grouped: dict[str, list[str]] = defaultdict(list)
    for incident, quote in work.session.execute(work.visible(found, RumorClaim)):
        grouped[incident].append(quote)
    return grouped


def evidence(work: Work, ids: Sequence[str]) -> dict[str, Sealed]:
    """Return the newest evidence item of each post; a visit of ours before what a person took themselves."""
    ours = EvidenceItem.capture_id.is_not(None)
    shown = (EvidenceItem.no, EvidenceItem.sample, EvidenceItem.seal_state, EvidenceItem.files)
    found = (
        select(EvidenceItem.post_id, *shown, ours)
        .where(EvidenceItem.post_id.in_(ids), EvidenceItem.voided_at.is_(None))
        .order_by(ours, EvidenceItem.id)
    )
    newest: dict[str, Sealed] = {}
    visited_first: dict[str, bool] = {}
    for post, number, sample, state, files, visited in work.session.execute(work.visible(found, EvidenceItem)):
        key, before = EvidenceKey(number, sample), newest.get(str(post), Sealed())
        picture = before.picture
        if any(one.startswith(SHOTS) for one in files) and (picture is None or visited > visited_first[str(post)]):
            picture, visited_first[str(post)] = key, bool(visited)
        newest[str(post)] = Sealed(key, state, picture, not visited)
    return newest


def figures(work: Work, ids: Sequence[str]) -> dict[str, tuple[tuple[str, int | None], ...]]:
    """Return the last figures each page showed."""
    found = select(MetricSnapshot).where(MetricSnapshot.post_id.in_(ids)).order_by(MetricSnapshot.at)
    rows = work.session.scalars(work.visible(found, MetricSnapshot))
    return {
        row.post_id: tuple((name, getattr(row, name)) for name in FIGURES if getattr(row, name) is not None)
        for row in rows
    }
