"""What the register says of the evidence log and of the store, and the guards of the tables: all of it still there.

A log that was cut short or rebuilt is whole in itself; only what remembers its entries from outside can tell. The
register does: each logged item and custody event names its place, and the entry there must be its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from caseapp.domain.labels import Label
from caseapp.models import EvidenceItem
from caseapp.models.triggers import triggers
from caseapp.services.ports import Ports
from evidence_store import EvidenceError

LACKS: Final = Label(
    "登记的日志位置上不是它的条目：存证日志被截短或重写过",
    "the log's entry at the registered place is not its own: the log was cut short or rewritten",
)
UNGUARDED: Final = Label("防改动的触发器缺失", "a trigger that guards this table is missing")
_NAMES: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}

Entries = Sequence[dict[str, Any]]


def log_entries(app: Ports) -> Entries | None:
    """Return every entry of the log in order; None when it cannot be read, which the store's own check reports."""
    try:
        return [json.loads(entry) for entry in app.store.log.entries()]
    except EvidenceError:
        return None


def in_its_place(entries: Entries | None, index: int | None, kind: str, digest: str) -> bool:
    """Whether the log holds at ``index`` the entry of this kind with this SHA-256; True when no place is claimed."""
    if index is None or entries is None:
        return True
    if not 0 <= index < len(entries):
        return False
    return entries[index].get("t") == kind and entries[index].get("h256") == digest


def unregistered(app: Ports, session: Session) -> list[str]:
    """Return the packages of the store that no item of the register names: unfinished work, or rows removed."""
    known = set(session.scalars(select(EvidenceItem.package_id).where(EvidenceItem.package_id.is_not(None))))
    try:
        return sorted(set(app.store.packages()) - known)
    except EvidenceError:
        return []


def unguarded(session: Session) -> Iterator[str]:
    """Yield the names of the triggers that should stand in the database and do not."""
    dialect = session.get_bind().dialect.name
    there = set(session.scalars(text(_NAMES[dialect])))
    yield from (trigger.name for trigger in triggers() if trigger.name not in there)
