"""The custody chain of an evidence item: one hash-linked line an event, free text kept apart."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.chain import canonical, digest_detail
from caseapp.models import CustodyDetail, CustodyEvent, EvidenceItem
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.custody import custody_event, event_bytes

INSTRUMENT: Final = {"tool": "bianwu", "version": "1", "host": ""}
SALT_BYTES: Final = 32


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
