"""The audit trail over all cases: filtered in the database, read in pages, newest first. Facts, never content."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.workflow import WORKFLOWS
from caseapp.models import (
    Approval,
    AuditDetail,
    AuditEvent,
    Base,
    Capture,
    Case,
    Document,
    EvidenceItem,
    Incident,
    Notice,
    Post,
    User,
)
from caseapp.services.work import Work

PAGE: Final = 50
MOST_EXPORTED: Final = 50_000
BATCH: Final = 500
RIGHTS_OF: Final = frozenset({"roles", "active", "role", "scope", "wall", "expires_at", "must_change_password"})
"""Fields whose values the trail shows: they are rights, not content."""
NUMBERED: Final[tuple[Any, ...]] = (Case, EvidenceItem, Notice, Document, Incident, Post, Capture)
VIEWS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "separation": Label("未分离的审批", "approvals without separation"),
        "exports": Label("导出", "exports"),
        "confidential": Label("查看商密案件的证据", "reads in confidential cases"),
        "rights": Label("人员与权限变更", "changes of people and rights"),
        "late": Label("错过的期限", "missed deadlines"),
        "refused": Label("被拒的登录", "refused sign-ins"),
        "erased": Label("依法删除的细节", "lawfully erased details"),
    }
)
"""Ready filters of the console."""
_SECRET: Final = ("secret", "core_secret")


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What part of the trail is asked for; an empty field asks for everything."""

    who: str = ""
    what: str = ""
    case: str = ""
    since: datetime | None = None
    until: datetime | None = None
    view: str = ""


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One deed of the trail.

    Attributes:
        actor: the name now, or what the event wrote down when the actor is no user; ``login`` when it is one.
        number: human number of the object, if it has one (a user's login).
        reason: as written; None when none was given, or it was erased.
        fields: names of the fields that changed; values are told of rights alone.
        erased: the detail was lawfully erased.
    """

    seq: int
    at: datetime
    actor: str
    login: str | None
    kind: str
    action: str
    object_type: str
    number: str | None
    case_no: str | None
    case_sample: bool
    reason: str | None
    fields: tuple[str, ...]
    ip: str | None
    request_id: str | None
    hash: str
    erased: bool


def trail(work: Work, asked: TrailFilter, *, before: int | None = None, limit: int = PAGE) -> list[TrailRow]:
    """Return a page of the trail, newest first, older than ``before``; what is not this person's is not in it."""
    found = _rows(work, asked).limit(limit)
    if before is not None:
        found = found.where(AuditEvent.seq < before)
    return [_row(row) for row in work.session.execute(found)]


def whole_trail(work: Work, asked: TrailFilter) -> Iterator[TrailRow]:
    """Yield all of it in batches, at most ``MOST_EXPORTED`` rows."""
    before: int | None = None
    left = MOST_EXPORTED
    while left > 0:
        rows = trail(work, asked, before=before, limit=min(BATCH, left))
        yield from rows
        if len(rows) < BATCH:
            return
        before, left = rows[-1].seq, left - len(rows)


def trail_count(work: Work, asked: TrailFilter) -> int:
    """Return how many events the filter leaves."""
    found = select(func.count()).select_from(AuditEvent).where(*_rules(asked))
    return work.session.scalar(work.visible(found, AuditEvent)) or 0


def actors(work: Work) -> list[tuple[str, str]]:
    """Return key and name of everyone who stands in the trail."""
    seen = work.visible(select(AuditEvent.actor_id).distinct(), AuditEvent).subquery()
    found = select(seen.c.actor_id, User.display).outerjoin(User, User.id == seen.c.actor_id).order_by(User.display)
    return [(key, name or key) for key, name in work.session.execute(found)]


def actions(work: Work) -> list[str]:
    """Return every sort of deed that stands in the trail."""
    found = work.visible(select(AuditEvent.action).distinct().order_by(AuditEvent.action), AuditEvent)
    return list(work.session.scalars(found))


def _rows(work: Work, asked: TrailFilter) -> Select[*tuple[Any, ...]]:
    numbers = [
        select(model.no).where(model.id == AuditEvent.object_id).correlate(AuditEvent).scalar_subquery()
        for model in NUMBERED
    ]
    person = select(User.login).where(User.id == AuditEvent.object_id).correlate(AuditEvent).scalar_subquery()
    home = select(Case.no).where(Case.id == AuditEvent.case_id).correlate(AuditEvent).scalar_subquery()
    example = select(Case.sample).where(Case.id == AuditEvent.case_id).correlate(AuditEvent).scalar_subquery()
    found = (
        select(AuditEvent, AuditDetail, User.display, User.login, func.coalesce(*numbers, person), home, example)
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .outerjoin(User, AuditEvent.actor_id == User.id)
        .where(*_rules(asked))
        .order_by(AuditEvent.seq.desc())
    )
    return work.visible(found, AuditEvent)


def _rules(asked: TrailFilter) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if asked.who:
        rules.append(AuditEvent.actor_id == asked.who)
    if asked.what:
        rules.append(AuditEvent.action == asked.what)
    if asked.since:
        rules.append(AuditEvent.at >= asked.since)
    if asked.until:
        rules.append(AuditEvent.at < asked.until)
    if asked.case:
        rules.append(AuditEvent.case_id.in_(select(Case.id).where(Case.no == asked.case)))
    if asked.view in VIEWS:
        rules.append(_VIEWS[asked.view]())
    return rules


def _action_in(*names: str) -> ColumnElement[bool]:
    return AuditEvent.action.in_(names)


def _without_separation() -> ColumnElement[bool]:
    """Second steps taken by a first person, looked for again in the rows themselves."""
    models: dict[str, Any] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    found = [
        and_(
            _action_in(Event.APPROVAL_GIVEN),
            exists().where(Approval.version_id == AuditEvent.object_id, Approval.approver_id == Approval.author_id),
        )
    ]
    for name, table in WORKFLOWS.items():
        model = models.get(f"{name}s")
        for step in table.transitions:
            stamp = next((column for column in step.stamps if column.endswith("_by")), None)
            if not step.four_eyes or model is None or stamp is None:
                continue
            same = or_(*(getattr(model, first) == getattr(model, stamp) for first in step.not_by))
            applies = [getattr(model, step.when.column).in_(step.when.values)] if step.when else []
            mine = exists().where(model.id == AuditEvent.object_id, same, *applies)
            found.append(and_(_action_in(table.event(step.action)), mine))
    return or_(*found)


_VIEWS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "separation": _without_separation,
        "exports": lambda: _action_in(Event.EVIDENCE_EXPORTED, Event.LIST_EXPORTED, Event.BUNDLE_BUILT),
        "confidential": lambda: and_(
            _action_in(Event.EVIDENCE_READ, Event.ROW_READ),
            AuditEvent.case_id.in_(select(Case.id).where(Case.confidentiality.in_(_SECRET))),
        ),
        "rights": lambda: _action_in(
            Event.USER_CREATED, Event.USER_CHANGED, Event.USER_PASSWORD_CHANGED, Event.SESSION_REVOKED,
            Event.MEMBERSHIP_GRANTED, Event.MEMBERSHIP_CHANGED, Event.MEMBERSHIP_REVOKED,
        ),
        "late": lambda: _action_in("deadline.miss"),
        "refused": lambda: _action_in(Event.USER_SIGN_IN_REFUSED),
        "erased": lambda: _action_in(Event.AUDIT_DETAIL_ERASED),
    }
)  # fmt: skip


def _row(found: Any) -> TrailRow:
    event, detail, display, login, number, case_no, case_sample = found
    body: dict[str, Any] = json.loads(detail.body) if detail is not None and detail.body else {}
    return TrailRow(
        seq=event.seq,
        at=event.at,
        actor=display or str(body.get("actor") or event.actor_id),
        login=login,
        kind=event.actor_kind,
        action=event.action,
        object_type=event.object_type,
        number=number,
        case_no=case_no,
        case_sample=bool(case_sample),
        reason=body.get("reason") or None,
        fields=tuple(_fields(body.get("before") or {}, body.get("after") or {})),
        ip=body.get("ip"),
        request_id=event.request_id,
        hash=event.hash,
        erased=detail is not None and detail.erased_at is not None,
    )


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name in RIGHTS_OF:
            yield f"{name}: {_told(before.get(name))} → {_told(after.get(name))}"
        else:
            yield name


def _told(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(map(str, value)) or "—"
    return "—" if value is None else str(value)
