"""The audit chain in the database: what a deed is, appending deeds, and walking and checking the whole."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from caseapp.domain import chain
from caseapp.models import AuditDetail, AuditEvent, Base, new_id, rfc3339
from caseapp.services.actors import Actor

_SECRET: Final = frozenset({"password_hash", "token_digest", "salt"})
_UNTOLD: Final = frozenset({"version", "updated_at", "updated_by"})
_LOCK: Final = 0x42_57_41_55
"""Key of the PostgreSQL lock that lets one transaction at a time extend the chain ("BWAU")."""
_SALT_BYTES: Final = 32
_BATCH: Final = 1000
UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, SQLAlchemyError)
"""What reading a row raises when someone wrote into it what its columns cannot hold."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An audit event waiting for the commit of its transaction."""

    action: str
    object_type: str
    object_id: str
    case_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking the chain found.

    Attributes:
        events: how many there are.
        head: hash of the last one.
        erased: how many have had their detail erased.
        faults: everything wrong, in order; empty means intact.
    """

    events: int
    head: str
    erased: int
    faults: tuple[chain.Fault, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; NUL and lone surrogates, which no database keeps, become visible signs."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return str(value).replace("\x00", "\u2400").encode("utf-8", "replace").decode()


def changed_values(row: Base) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the unsaved changes of a row as (before, after); secrets are masked."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in inspect(row).attrs:
        history = attribute.history
        if attribute.key in _UNTOLD or not history.has_changes():
            continue
        hidden = attribute.key in _SECRET
        before[attribute.key] = "***" if hidden else plain(next(iter(history.deleted or ()), None))
        after[attribute.key] = "***" if hidden else plain(next(iter(history.added or ()), None))
    return before, after


def append_deeds(session: Session, deeds: Iterable[Deed], *, actor: Actor, now: datetime) -> None:
    """Append deeds to the chain; holds the chain's lock until the transaction ends."""
    waiting = list(deeds)
    if not waiting:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    head = session.execute(select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)).first()
    seq, prev_hash = (head.seq, head.hash) if head else (0, chain.GENESIS)
    for seq, deed in enumerate(waiting, start=seq + 1):  # noqa: B020 - counting on from the head
        prev_hash = _append(session, deed, actor=actor, now=now, seq=seq, prev_hash=prev_hash)
    session.flush()


def _append(session: Session, deed: Deed, *, actor: Actor, now: datetime, seq: int, prev_hash: str) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    link = chain.Link(
        seq=seq,
        at=rfc3339(now),
        actor_id=actor.user_id,
        actor_kind=actor.kind,
        action=deed.action,
        object_type=deed.object_type,
        object_id=deed.object_id,
        case_id=deed.case_id,
        request_id=actor.request_id,
        detail_digest=chain.digest_detail(salt, deed.detail),
    )
    found = chain.link_hash(link, prev_hash)
    facts = {name: getattr(link, name) for name in chain.Link.__slots__ if name != "at"}
    row = AuditEvent(id=new_id(), at=now, prev_hash=prev_hash, hash=found, **facts)
    session.add(row)
    session.flush()
    session.add(AuditDetail(event_id=row.id, salt=salt, body=chain.canonical(deed.detail).decode()))
    return found


def stored_events(session: Session, *, after: int = 0) -> Iterator[chain.Stored]:
    """Walk the chain in order from ``after``, in batches, memory flat."""
    while True:
        places = session.scalars(
            select(AuditEvent.seq).where(AuditEvent.seq > after).order_by(AuditEvent.seq).limit(_BATCH)
        ).all()
        if not places:
            return
        yield from _batch(session, places)
        after = places[-1]
        session.expunge_all()


def _batch(session: Session, places: Sequence[int]) -> Iterator[chain.Stored]:
    """Yield some events; where one cannot be read at all, an event that no check accepts stands in its place."""
    query = (
        select(AuditEvent, AuditDetail)
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(AuditEvent.seq.in_(places))
        .order_by(AuditEvent.seq)
    )
    try:
        rows = session.execute(query).all()
    except UNREADABLE:
        if len(places) == 1:
            yield _unreadable(places[0])
            return
        for place in places:
            yield from _batch(session, [place])
        return
    for event, detail in rows:
        yield _stored(event, detail)


def _unreadable(seq: int) -> chain.Stored:
    link = chain.Link(seq, "", "", "", "", "", "", None, None, "")
    return chain.Stored(link, "", "", None, None, erased=False)


def _stored(event: AuditEvent, detail: AuditDetail | None) -> chain.Stored:
    facts = {name: getattr(event, name) for name in chain.Link.__slots__ if name != "at"}
    link = chain.Link(at=rfc3339(event.at), **facts)
    body = _read(detail.body) if detail is not None and detail.body is not None else None
    salt = detail.salt if detail is not None else None
    return chain.Stored(
        link, event.prev_hash, event.hash, body, salt, detail is not None and detail.erased_at is not None
    )


def _read(body: str) -> dict[str, Any]:
    """Return a detail; one that is no JSON object is returned as what no digest was made of."""
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"": body}


def verify_chain(session: Session, hear: Callable[[chain.Stored], None] | None = None) -> ChainReport:
    """Check the whole chain without changing anything.

    Args:
        session: open for reading.
        hear: told of every event on the way.
    """
    count, erased, head = 0, 0, chain.GENESIS

    def walk() -> Iterator[chain.Stored]:
        nonlocal count, erased, head
        for stored in stored_events(session):
            count, head = count + 1, stored.hash
            erased += stored.erased
            if hear is not None:
                hear(stored)
            yield stored

    faults = chain.check(walk())
    return ChainReport(count, head, erased, tuple(faults))
