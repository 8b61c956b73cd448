"""The head of the audit trail, written into the evidence log: rows cut off after it are missed.

A chain shows what was changed or taken from its middle, never that its end is gone. So every few minutes an audit
event names the newest custody event of every item touched since, and the log keeps that event's hash as an ``anchor``
leaf. Who cuts either tail leaves an anchor that leads nowhere; who rewrites the trail must rewrite the signed,
witnessed log as well. What happened after the last anchor can still be cut unseen.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from caseapp.domain.events import Event
from caseapp.models import AuditEvent, CustodyEvent, Desk
from caseapp.services.ports import Ports
from caseapp.services.work import open_work, system_actor
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.manifest import canonical_json


def anchor_leaf(event_id: str, seq: int, digest: str, at: str) -> dict[str, Any]:
    """Return the log entry of an audit event: its key and the digest of its place and hash, no personal data.

    Args:
        event_id: ULID of the audit event.
        seq: its number in the trail.
        digest: its hash, 64 hex digits.
        at: its time, RFC 3339 UTC to the second.
    """
    data = canonical_json({"v": 1, "seq": seq, "hash": digest})
    return {"v": 1, "t": "anchor", "at": at, "ref": event_id, "h256": sha256_hex(data), "hsm3": sm3_hex(data)}


def anchor_trail(app: Ports) -> int | None:
    """Anchor the trail when something happened since the last anchor; returns the number of the anchoring event.

    Raises:
        EvidenceError: the log cannot be written; the next call anchors again.
    """
    with open_work(app, system_actor("scheduler")) as work:
        newest = work.session.execute(
            select(AuditEvent.id, AuditEvent.seq, AuditEvent.action, AuditEvent.hash, AuditEvent.at)
            .order_by(AuditEvent.seq.desc())
            .limit(1)
        ).first()
        desk = work.session.scalars(select(Desk).order_by(Desk.id).limit(1)).first()
        if newest is None or desk is None:
            return None
        later = work.session.scalar(select(func.max(CustodyEvent.at)))
        if newest.action != Event.AUDIT_ANCHORED or (later is not None and later > newest.at):
            work.record(Event.AUDIT_ANCHORED, desk, after={"custody": _heads(work.session)})
    return _log(app)


def _log(app: Ports) -> int | None:
    """Write the newest anchoring event into the log; the same leaf twice is one entry."""
    with app.sessions() as session:
        last = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.action == Event.AUDIT_ANCHORED.value)
            .order_by(AuditEvent.seq.desc())
            .limit(1)
        ).first()
    if last is None:
        return None
    app.store.append(anchor_leaf(last.id, last.seq, last.hash, last.at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return int(last.seq)


def _heads(session: Session) -> list[list[Any]]:
    """Return (item, seq, hash) of the newest custody event of every item touched since the last anchor."""
    touched = select(CustodyEvent.evidence_id, func.max(CustodyEvent.seq).label("seq"))
    newest = touched.where(*_since(session)).group_by(CustodyEvent.evidence_id).subquery()
    found = select(CustodyEvent.evidence_id, CustodyEvent.seq, CustodyEvent.hash).join(
        newest, (CustodyEvent.evidence_id == newest.c.evidence_id) & (CustodyEvent.seq == newest.c.seq)
    )
    return [[item, seq, digest] for item, seq, digest in session.execute(found.order_by(CustodyEvent.evidence_id))]


def _since(session: Session) -> tuple[ColumnElement[bool], ...]:
    last = session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.action == Event.AUDIT_ANCHORED.value))
    return () if last is None else (CustodyEvent.at >= last,)
