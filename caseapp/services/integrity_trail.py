"""What the audit trail says must be there, against the rows that are: states, approvals, erasures, both tails.

The trail tells of every step of a workflow, every change of a row, every registration and approval. Here the last it
told of a column is compared with the column, and what it told of is looked for. Its own end and the ends of the
custody chains are kept by anchors in the evidence log (``anchoring``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from caseapp.domain.chain import Stored
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.models import (
    Approval,
    AuditDetail,
    AuditEvent,
    Base,
    Case,
    CounterNotice,
    CustodyDetail,
    CustodyEvent,
    DamageItem,
    Deadline,
    Dispatch,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Handover,
    Notice,
    NoticeItem,
    Publication,
)
from caseapp.services.anchoring import anchor_leaf
from caseapp.services.audit_chain import UNREADABLE, plain
from caseapp.services.evidence import facts_digest
from caseapp.services.integrity_log import Entries

_STATE: Final = ("status", "voided_at")
WATCHED: Final[Mapping[type[Base], tuple[str, ...]]] = MappingProxyType(
    {
        EvidenceItem: (
            *_STATE, "no", "seal_state", "hold", "hold_reason", "withheld", "privileged", "publishable", "kind",
            "title", "source", "proves", "grade", "log_index", "facts", "disposal_requested_by", "disposed_by",
            "disposed_at", "status_before",
        ),
        DocumentVersion: ("status", "submitted_by", "submitted_at", "approved_by", "approved_at", "signed_by"),
        Exhibit: ("voided_at",),
        NoticeItem: ("outcome", "voided_at"),
        **dict.fromkeys(
            (Case, CounterNotice, DamageItem, Deadline, Dispatch, Handover, Notice, Publication), _STATE
        ),
    }
)  # fmt: skip
"""Columns whose last value in the trail must be the value in the row; every program writes them on record."""
_TABLES: Final = {str(model.__tablename__): model for model in WATCHED}
_CHUNK: Final = 400

ALTERED: Final = Label("与操作日志最后记下的不符：{what}", "differs from what the trail told last: {what}")
GONE: Final = Label("操作日志记有这一行，数据库中却没有", "the trail tells of this row and it is not there")
UNTOLD: Final = Label("没有登记或审批的操作日志", "the trail tells of no registration or approval")
APPROVER: Final = Label("审批人与操作日志不符", "its approver is not the one the trail names")
NOT_ERASED: Final = Label(
    "标为依法删除，却没有删除的操作日志", "marked as lawfully erased, and the trail tells of no erasure"
)
CUT: Final = Label(
    "存证日志记住的记录不在了：末尾被删去", "the evidence log remembers a record that is gone: the end was cut off"
)
REWRITTEN: Final = Label("与存证日志记住的摘要不符", "differs from the digest the evidence log remembers")
UNREADABLE_ROW: Final = Label("有一列的内容无法读取", "a column holds what it cannot hold")

Fault = tuple[str, str, Label]
"""Where, code, what."""


@dataclass(slots=True)
class Told:
    """What one walk over the trail collects.

    Attributes:
        last: (table, key) to the last value told of each watched column.
        registered: keys of items the trail saw registered.
        approvals: key of an approval to who gave it.
        erased: keys of events whose detail the trail saw erased, by table.
        heads: item to (seq, hash) of its newest anchored custody event.
    """

    last: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    approvals: dict[str, str] = field(default_factory=dict)
    erased: set[tuple[str, str]] = field(default_factory=set)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    def hear(self, event: Stored) -> None:
        """Take in one event."""
        link = event.link
        if link.action == Event.EVIDENCE_REGISTERED:
            self.registered.add(link.object_id)
        elif link.action == Event.APPROVAL_GIVEN:
            self.approvals[link.object_id] = link.actor_id
        elif link.action == Event.AUDIT_DETAIL_ERASED:
            self.erased.add((link.object_type, link.object_id))
        after = event.detail.get("after") if event.detail else None
        if not isinstance(after, Mapping):
            return
        if link.action == Event.AUDIT_ANCHORED:
            self._anchored(after.get("custody"))
        elif link.object_type in _TABLES:
            columns = WATCHED[_TABLES[link.object_type]]
            told = {name: after[name] for name in columns if name in after}
            if told:
                self.last.setdefault((link.object_type, link.object_id), {}).update(told)

    def _anchored(self, heads: Any) -> None:
        for head in heads if isinstance(heads, list) else ():
            if isinstance(head, list) and [type(part) for part in head] == [str, int, str]:
                item, seq, digest = head
                self.heads[item] = (seq, digest)


def compare(session: Session, told: Told) -> Iterator[Fault]:
    """Yield everything the trail told that the rows contradict."""
    for table, model in _TABLES.items():
        keys = [key for name, key in told.last if name == table]
        for start in range(0, len(keys), _CHUNK):
            yield from _rows(session, model, keys[start : start + _CHUNK], told)
    yield from _approvals(session, told)
    yield from _erasures(session, told)
    yield from _heads(session, told)


def _rows(session: Session, model: type[Base], keys: list[str], told: Told) -> Iterator[Fault]:
    entity: Any = model
    table = str(model.__tablename__)
    try:
        found = {row.id: row for row in session.scalars(select(entity).where(entity.id.in_(keys)))}
    except UNREADABLE:
        if len(keys) == 1:
            yield f"{table} {keys[0]}", "unreadable", UNREADABLE_ROW
            return
        for key in keys:
            yield from _rows(session, model, [key], told)
        return
    for key in keys:
        row = found.get(key)
        where = f"{table} {getattr(row, 'no', None) or key}"
        if row is None:
            yield where, "row-gone", GONE
            continue
        other = [name for name, value in told.last[table, key].items() if not _same(value, plain(getattr(row, name)))]
        if other:
            words = ", ".join(other)
            yield where, "row-altered", Label(ALTERED.zh.format(what=words), ALTERED.en.format(what=words))


def _same(told: Any, kept: Any) -> bool:
    if isinstance(kept, Mapping) and isinstance(told, str):
        return told == facts_digest(kept)
    return bool(told == kept)


def _approvals(session: Session, told: Told) -> Iterator[Fault]:
    rows = {row.id: row.approver_id for row in session.execute(select(Approval.id, Approval.approver_id))}
    for key, actor in told.approvals.items():
        if key not in rows:
            yield f"approvals {key}", "row-gone", GONE
        elif rows[key] != actor:
            yield f"approvals {key}", "approval-altered", APPROVER
    for key in sorted(rows.keys() - told.approvals.keys()):
        yield f"approvals {key}", "untold", UNTOLD


def _erasures(session: Session, told: Told) -> Iterator[Fault]:
    for table, model in (("audit_events", AuditDetail), ("custody_events", CustodyDetail)):
        entity: Any = model
        for key in session.scalars(select(entity.event_id).where(entity.erased_at.is_not(None))):
            if (table, key) not in told.erased:
                yield f"{table} {key}", "not-erased", NOT_ERASED


def _heads(session: Session, told: Told) -> Iterator[Fault]:
    for item, (seq, digest) in told.heads.items():
        found = session.scalar(
            select(CustodyEvent.hash).where(CustodyEvent.evidence_id == item, CustodyEvent.seq == seq)
        )
        if found != digest:
            where = session.scalar(select(EvidenceItem.no).where(EvidenceItem.id == item)) or item
            yield f"{where} custody {seq}", "custody-cut", CUT if found is None else REWRITTEN


def anchors(session: Session, entries: Entries | None) -> Iterator[Fault]:
    """Yield the anchors of the log that lead to no event of the trail, or to another one."""
    for leaf in entries or ():
        if leaf.get("t") != "anchor":
            continue
        row = session.execute(
            select(AuditEvent.id, AuditEvent.seq, AuditEvent.hash).where(AuditEvent.id == str(leaf["ref"]))
        ).first()
        if row is None:
            yield f"anchor {leaf['ref']}", "trail-cut", CUT
        elif anchor_leaf(row.id, row.seq, row.hash, str(leaf["at"])) != leaf:
            yield f"anchor {leaf['ref']}", "trail-rewritten", REWRITTEN


def untold(items: Iterable[EvidenceItem], told: Told) -> Iterator[Fault]:
    """Yield the sealed items whose registration the trail does not tell of."""
    for item in items:
        if item.id not in told.registered:
            yield str(item.no), "untold", UNTOLD
