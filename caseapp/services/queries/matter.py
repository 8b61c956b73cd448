"""A case's people, parties, reliefs, letters and list of evidence, as its pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from caseapp.models import (
    CaseStage,
    Correspondence,
    CorrespondenceEvidence,
    EvidenceItem,
    Exhibit,
    Job,
    Membership,
    Party,
    Relief,
    User,
)
from caseapp.services.queries.case import evidence_of
from caseapp.services.queries.inbox_parts import SHOTS
from caseapp.services.queries.rows import LISTED, EvidenceKey
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A membership; ``ended`` is why it no longer counts: voided, expired, or empty."""

    id: str
    display: str
    role: str
    scope: str
    wall: bool
    until: datetime | None
    granted_at: datetime
    granted_by: str | None
    note: str | None
    ended: str
    mine: bool


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party."""

    id: str
    role: str
    name: str
    identity_level: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ReliefLine:
    """What a court is asked for."""

    id: str
    kind: str
    text: str
    basis: str | None
    scope: str | None
    order_no: int


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter with what came along."""

    id: str
    direction: str
    channel: str
    party: str
    at: datetime
    subject: str
    body: str | None
    privileged: bool
    by: str | None
    recorded_at: datetime
    attached: tuple[EvidenceKey, ...]


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """An evidence item of a case with its place in the list of evidence, if it has one.

    Attributes:
        key: id of the item.
        exhibit_id, version: of its place in the list.
        pictured: it holds a screenshot.
    """

    key: str
    number: str
    sample: bool
    title: str
    kind: str
    proves: str | None
    seal_state: str
    stamps: int
    status: str
    obtained_at: datetime
    exhibit_id: str | None
    exhibit: str | None
    group_no: int | None
    order_no: int | None
    group_name: str | None
    version: int | None
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class BundleLine:
    """A bundle that was asked for."""

    id: str
    status: str
    step: str | None
    done: int
    total: int
    reason: str
    sha256: str | None
    size: int | None
    made_at: datetime | None
    asked_at: datetime
    asked_by: str | None
    mine: bool
    expires_at: datetime | None
    error_zh: str | None
    error_en: str | None


def members_of(work: Work, case_id: str) -> list[MemberLine]:
    """Return every membership there was, those in force first; one statement."""
    granter, member = aliased(User), aliased(Membership)  # the visibility rule looks at the table itself
    found = (
        select(member, User.display, granter.display)
        .join(User, member.user_id == User.id)
        .outerjoin(granter, member.granted_by == granter.id)
        .where(member.case_id == case_id)
        .order_by(member.voided_at.is_not(None), member.wall, member.created_at, member.id)
        .limit(LISTED + 1)
    )
    return [
        MemberLine(
            row.id, display, row.role, row.scope, row.wall, row.expires_at, row.created_at, by,
            row.void_reason or row.note, _ended(row, work.now), row.user_id == work.actor.user_id,
        )
        for row, display, by in work.session.execute(work.visible(found, member))
    ]  # fmt: skip


def _ended(row: Membership, now: datetime) -> str:
    if row.voided_at is not None:
        return "voided"
    return "expired" if row.expires_at is not None and row.expires_at <= now else ""


def people_to_add(work: Work, *, sample: bool) -> list[tuple[str, str]]:
    """Return the active people of the desk who can be let into a case: login and name."""
    found = (
        select(User.login, User.display, User.dept)
        .where(User.active.is_(True), User.voided_at.is_(None), or_(User.sample.is_(False), User.sample == sample))
        .order_by(User.display)
        .limit(LISTED + 1)
    )
    return [
        (login, f"{display} · {dept}" if dept else display)
        for login, display, dept in work.session.execute(work.visible(found, User))
    ]


def parties_of(work: Work, case_id: str) -> list[PartyLine]:
    """Return the parties of a case; one statement."""
    mine = select(Party).where(Party.case_id == case_id, Party.voided_at.is_(None))
    found = mine.order_by(Party.created_at).limit(LISTED + 1)
    return [
        PartyLine(row.id, row.role, row.name, row.identity_level, row.note)
        for row in work.session.scalars(work.visible(found, Party))
    ]


def reliefs_of(work: Work, case_id: str) -> list[ReliefLine]:
    """Return what a court is asked for in a case, in order; one statement."""
    found = (
        select(Relief)
        .where(Relief.case_id == case_id, Relief.voided_at.is_(None))
        .order_by(Relief.order_no, Relief.created_at)
        .limit(LISTED + 1)
    )
    return [
        ReliefLine(row.id, row.kind, row.text, row.basis, row.scope, row.order_no)
        for row in work.session.scalars(work.visible(found, Relief))
    ]


def stages_of(work: Work, case_id: str) -> list[tuple[str, datetime, str | None, str | None]]:
    """Return the stages a case went through, newest first: stage, when, who, note."""
    found = (
        select(CaseStage.stage, CaseStage.at, User.display, CaseStage.note)
        .outerjoin(User, CaseStage.actor_id == User.id)
        .where(CaseStage.case_id == case_id)
        .order_by(CaseStage.at.desc(), CaseStage.id.desc())
        .limit(LISTED + 1)
    )
    return [(stage, at, who, note) for stage, at, who, note in work.session.execute(work.visible(found, CaseStage))]


def letters_of(work: Work, case_id: str) -> list[LetterLine]:
    """Return the letters of a case, newest first; two statements."""
    found = (
        select(Correspondence, User.display)
        .outerjoin(User, Correspondence.created_by == User.id)
        .where(Correspondence.case_id == case_id, Correspondence.voided_at.is_(None))
        .order_by(Correspondence.at.desc(), Correspondence.id.desc())
        .limit(LISTED + 1)
    )
    rows = work.session.execute(work.visible(found, Correspondence)).all()
    attached = _attached(work, case_id, [row.id for row, _by in rows])
    return [
        LetterLine(
            row.id, row.direction, row.channel, row.party, row.at, row.subject, row.body, row.privileged, by,
            row.created_at, tuple(attached.get(row.id, ())),
        )
        for row, by in rows
    ]  # fmt: skip


def _attached(work: Work, case_id: str, keys: Iterable[str]) -> dict[str, list[EvidenceKey]]:
    link, shown = aliased(CorrespondenceEvidence), aliased(Exhibit)
    found = (
        select(link.correspondence_id, EvidenceItem.no, EvidenceItem.sample, shown.exhibit_no)
        .join(EvidenceItem, EvidenceItem.id == link.evidence_id)
        .outerjoin(
            shown, (shown.evidence_id == EvidenceItem.id) & (shown.case_id == case_id) & shown.voided_at.is_(None)
        )
        .where(link.correspondence_id.in_(list(keys)), link.voided_at.is_(None), EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.no)
    )
    grouped: dict[str, list[EvidenceKey]] = defaultdict(list)
    for key, number, sample, exhibit in work.session.execute(work.visible(found, EvidenceItem)):
        grouped[key].append(EvidenceKey(number, sample, exhibit))
    return grouped


def exhibits_of(work: Work, case_id: str) -> list[ExhibitLine]:
    """Return the evidence of a case: its list of evidence in order, then what is not in it; one statement."""
    shown = aliased(Exhibit)
    here = (shown.evidence_id == EvidenceItem.id) & (shown.case_id == case_id) & shown.voided_at.is_(None)
    found = (
        select(EvidenceItem, shown)
        .outerjoin(shown, here)
        .where(evidence_of(case_id), EvidenceItem.voided_at.is_(None))
        .order_by(shown.group_no.nulls_last(), shown.order_no, EvidenceItem.no)
        .limit(LISTED + 1)
    )
    return [_exhibit(item, place) for item, place in work.session.execute(work.visible(found, EvidenceItem))]


def _exhibit(item: EvidenceItem, place: Exhibit | None) -> ExhibitLine:
    held: tuple[Any, Any, Any, Any, Any, Any] = (None, None, None, None, None, None)
    if place is not None:
        held = (place.id, place.exhibit_no, place.group_no, place.order_no, place.group_name, place.version)
    proves = (place.proves if place is not None else None) or item.proves
    return ExhibitLine(
        item.id, item.no, item.sample, item.title, item.kind, proves, item.seal_state, item.stamps, item.status,
        item.obtained_at, *held, pictured=any(name.startswith(SHOTS) for name in item.files),
    )  # fmt: skip


def bundles_of(work: Work, case_id: str) -> list[BundleLine]:
    """Return the newest bundles asked for of a case; one statement."""
    found = (
        select(Job, User.display)
        .outerjoin(User, Job.created_by == User.id)
        .where(Job.kind == "bundle", Job.object_id == case_id)
        .order_by(Job.id.desc())
        .limit(20)
    )
    lines = []
    for row, by in work.session.execute(work.visible(found, Job)):
        told = row.payload
        made = told.get("made_at")
        until = told.get("expires_at")
        lines.append(
            BundleLine(
                row.id, row.status, row.step, row.step_done, row.step_total, str(told.get("reason", "")),
                told.get("sha256"), told.get("size"), datetime.fromisoformat(made) if made else None, row.created_at,
                by, row.created_by == work.actor.user_id, datetime.fromisoformat(until) if until else None,
                row.error_zh, row.error_en,
            )
        )  # fmt: skip
    return lines
