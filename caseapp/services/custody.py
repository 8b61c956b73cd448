"""The custody chain of an evidence item: one hash-linked line an event, free text kept apart."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.chain import canonical, digest_detail
from caseapp.domain.errors import NotFoundError, ReasonRequiredError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.models import CustodyDetail, CustodyEvent, EvidenceItem
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.custody import custody_event, event_bytes

INSTRUMENT: Final = {"tool": "bianwu", "version": version("bianwu"), "host": platform.node()}
SALT_BYTES: Final = 32
VIEW_BATCH: Final = timedelta(hours=1)
"""One person's looking at one item within this time is one event."""


def append_custody(
    work: Work, item: EvidenceItem, kind: str, *, reason: str = "", outcome: str = "done"
) -> CustodyEvent:
    """Add one event to the item's chain, in this transaction.

    The hashed line names the actor by key and the reason by salted digest; names and words lie in
    `CustodyDetail`, so lawful erasure leaves the chain whole.

    Args:
        work: the unit of work.
        item: what was touched.
        kind: a type of docs/package-format.md (capture, seal, view, export …).
        reason: why, or what, in words.
        outcome: how it ended.
    """
    # Two people touching one item at once take turns, or both would write the same number (PostgreSQL).
    work.session.execute(select(EvidenceItem.id).where(EvidenceItem.id == item.id).with_for_update())
    last = work.session.scalar(
        select(CustodyEvent).where(CustodyEvent.evidence_id == item.id).order_by(CustodyEvent.seq.desc()).limit(1)
    )
    detail = {"actor": work.actor.display, "reason": reason}
    salt = secrets.token_bytes(SALT_BYTES)
    digest = digest_detail(salt, detail)
    leaf = custody_event(
        None if last is None else last.leaf,
        event_id=new_ulid(),
        item=str(item.seal_id),
        kind=kind,
        at=work.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        agent={"id": work.actor.user_id, "role": work.actor.kind, "auth": ""},
        instrument=INSTRUMENT,
        objects=[{"path": "seal.sha256", "sha256": str(item.package_id)}],
        reason=f"sha256:{digest}",
        outcome=outcome,
        salt=secrets.token_hex(16),
    )
    row = _row(work, item, leaf, digest)
    work.session.add(CustodyDetail(event_id=row.id, salt=salt, body=canonical(detail).decode()))
    work.session.flush()
    return row


def note_view(work: Work, item: EvidenceItem, reason: str = "") -> CustodyEvent | None:
    """Add one ``view`` event for an hour of looking by one person; None when that hour has one already."""
    last = work.session.scalar(
        select(CustodyEvent.at)
        .where(
            CustodyEvent.evidence_id == item.id,
            CustodyEvent.type == "view",
            CustodyEvent.actor_id == work.actor.user_id,
        )
        .order_by(CustodyEvent.seq.desc())
        .limit(1)
    )
    if last is not None and last > work.now - VIEW_BATCH:
        return None
    return append_custody(work, item, "view", reason=reason)


def erase_custody_detail(work: Work, event_id: str, *, basis: str) -> None:
    """Erase the names and words of one custody event lawfully; the erasure itself joins the chain, which stays whole.

    Raises:
        NotFoundError: no such event for this person, or no detail left to erase.
        PermissionDeniedError, ReasonRequiredError: the actor may not; no legal basis given.
    """
    event = work.get(CustodyEvent, event_id)
    work.require(Permission.AUDIT_ERASE, event)
    if not basis.strip():
        raise ReasonRequiredError(action=Permission.AUDIT_ERASE.label)
    detail = work.session.get(CustodyDetail, event_id)
    if detail is None or detail.erased_at is not None:
        raise NotFoundError(kind=kind_label("custody_events"))
    detail.salt = detail.body = None
    detail.erased_at, detail.erased_by, detail.erase_basis = work.now, work.actor.user_id, basis
    work.session.flush()
    append_custody(work, work.session.get_one(EvidenceItem, event.evidence_id), "erase", reason=f"{event.seq}: {basis}")
    work.record(Event.AUDIT_DETAIL_ERASED, event, after={"seq": event.seq}, reason=basis)


def _row(work: Work, item: EvidenceItem, leaf: dict[str, Any], digest: str) -> CustodyEvent:
    row = CustodyEvent(
        id=leaf["event_id"],
        evidence_id=item.id,
        seq=leaf["seq"],
        type=leaf["type"],
        at=work.now,
        actor_id=work.actor.user_id,
        leaf=leaf,
        detail_digest=digest,
        prev_hash=leaf["prev"],
        hash=hashlib.sha256(event_bytes(leaf)).hexdigest(),
    )
    work.session.add(row)
    work.session.flush()
    return row


def custody_lines(work: Work, item: EvidenceItem) -> list[dict[str, Any]]:
    """Return the item's events in order, as they go into a package's custody/events.jsonl."""
    rows = work.session.scalars(
        select(CustodyEvent).where(CustodyEvent.evidence_id == item.id).order_by(CustodyEvent.seq)
    )
    return [dict(row.leaf) for row in rows]


def custody_words(work: Work, item: EvidenceItem) -> list[tuple[CustodyEvent, str, str]]:
    """Return each event with its actor's name and reason, or empty words where these were erased."""
    rows = work.session.execute(
        select(CustodyEvent, CustodyDetail)
        .join(CustodyDetail, CustodyDetail.event_id == CustodyEvent.id)
        .where(CustodyEvent.evidence_id == item.id)
        .order_by(CustodyEvent.seq)
    )
    found = []
    for event, detail in rows:
        words = json.loads(detail.body) if detail.body else {}
        found.append((event, str(words.get("actor", "")), str(words.get("reason", ""))))
    return found
