"""归档: procedures by version, items filed by fonds, category and term, inventories counted by people.

What 民事证据规定 94(1) asks of archival keeping (待核: whether a house's own archive meets it is for counsel to check)
is written down as it happens: which procedure was in force, who filed what where, who counted it when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.custody import FILED
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import INVENTORY_FOUND, RETENTION
from caseapp.models import EvidenceItem, Filing, Inventory, Procedure
from caseapp.services.custody import append_custody
from caseapp.services.evidence import register_files
from caseapp.services.sealing import Sealed
from caseapp.services.storable import storable
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

NAME_LENGTH: Final = 100
PLACE_LENGTH: Final = 200
NOTE_LENGTH: Final = 300
MOST: Final = 2000
_BEGINS: Final = Label("起始日", "in force from")


@dataclass(frozen=True)
class Place:
    """Where items are filed: 全宗, 类别, 保管期限, and the box or cabinet of the paper."""

    fonds: str
    category: str
    retention: str
    place: str = ""


@dataclass(frozen=True)
class Filed:
    """A filed item with where it is filed."""

    item: EvidenceItem
    filing: Filing


def adopt_procedure(work: Work, sealed: Sealed, *, title: str, begins: date) -> Procedure:
    """Put a version of the operating procedure in force; the one before ends that day.

    Raises:
        PermissionDeniedError: the actor may not register evidence.
        InvalidInputError: no title, or it begins no later than the version before.
    """
    last = check_begins(work, begins)
    name = _text(title, Label("名称", "title"), NAME_LENGTH)
    item = register_files(work, sealed, title=name, kind="documentary", source="操作规程", original_or_copy="original")
    if last is not None:
        work.change(last, in_force_to=begins)
    row = work.add(Procedure(n=last.n + 1 if last else 1, title=name, in_force_from=begins, evidence_id=item.id))
    known = {"n": row.n, "title": row.title, "from": f"{begins}", "evidence": item.no}
    work.record(Event.PROCEDURE_ADOPTED, row, after=known)
    return row


def check_begins(work: Work, begins: date) -> Procedure | None:
    """Return the version before one that begins on a day; asked before its text is sealed, too.

    Raises:
        PermissionDeniedError: the actor may not register evidence.
        InvalidInputError: it begins no later than the version before.
    """
    work.require(Permission.EVIDENCE_REGISTER)
    last = work.session.scalars(select(Procedure).order_by(Procedure.n.desc()).limit(1)).first()
    if last is not None and begins <= last.in_force_from:
        problem = Label(f"须晚于上一版的 {last.in_force_from}。", f"it must be after {last.in_force_from}.")
        raise InvalidInputError(field=_BEGINS, problem=problem)
    return last


def procedures(work: Work) -> list[tuple[Procedure, EvidenceItem]]:
    """Return the versions, newest first, each with its sealed text."""
    rows = work.session.execute(
        select(Procedure, EvidenceItem)
        .join(EvidenceItem, EvidenceItem.id == Procedure.evidence_id)
        .order_by(Procedure.n.desc())
    )
    return [(procedure, item) for procedure, item in rows]


def file_items(work: Work, items: Sequence[EvidenceItem], where: Place) -> int:
    """File items, or file them elsewhere; returns how many changed.

    Raises:
        PermissionDeniedError: the actor may not hand over one of them.
        InvalidInputError: a name is missing or too long, the term is none, or an item was never sealed.
    """
    RETENTION.require(where.retention)
    values: dict[str, Any] = {
        "fonds": _text(where.fonds, Label("全宗", "fonds"), NAME_LENGTH),
        "category": _text(where.category, Label("类别", "category"), NAME_LENGTH),
        "retention": where.retention,
        "place": _text(where.place, Label("存放位置", "place"), PLACE_LENGTH, least=0) or None,
    }
    if not 0 < len(items) <= MOST:
        problem = Label(f"1 至 {MOST} 件。", f"1 to {MOST} items.")
        raise InvalidInputError(field=Label("证据编号", "evidence numbers"), problem=problem)
    return sum(_file(work, item, values) for item in items)


def _file(work: Work, item: EvidenceItem, values: dict[str, Any]) -> bool:
    # In an archived case nothing is handed over any more, and yet what was not filed must be: without a period it
    # could never be disposed of. The right to hold stands in there; whoever may hand over has it.
    work.require(Permission.EVIDENCE_HOLD if work.archived(item) else Permission.EVIDENCE_TRANSFER, item)
    if item.package_id is None:
        problem = Label(f"{item.no} 未封存。", f"{item.no} is not sealed.")
        raise InvalidInputError(field=Label("证据编号", "evidence numbers"), problem=problem)
    row = work.session.scalar(select(Filing).where(Filing.evidence_id == item.id))
    if row is not None and all(getattr(row, name) == value for name, value in values.items()):
        return False
    today = work.now.astimezone(SHANGHAI).date()
    held = work.session.scalars(
        select(Procedure).where(Procedure.in_force_from <= today).order_by(Procedure.n.desc()).limit(1)
    ).first()
    more: dict[str, Any] = {"filed_at": work.now, "procedure_id": held.id if held else None}
    if row is None:
        row = work.add(Filing(evidence_id=item.id, desk_id=item.desk_id, **values, **more))
    else:
        work.change(row, **values, **more)
    term = RETENTION[row.retention].zh
    said = "、".join(part for part in (row.fonds, row.category, term, row.place) if part)
    append_custody(work, item, "transfer_in", reason=said, outcome=FILED)
    work.record(Event.EVIDENCE_FILED, row, after={"evidence": item.no, **values})
    return True


def filed(work: Work, fonds: str = "") -> list[Filed]:
    """Return the filed items this person may see, of one fonds or of all, in the order of a list of transfer."""
    asked = select(Filing, EvidenceItem).join(EvidenceItem, EvidenceItem.id == Filing.evidence_id)
    if fonds:
        asked = asked.where(Filing.fonds == fonds)
    rows = work.session.execute(
        work.visible(asked, EvidenceItem).order_by(Filing.fonds, Filing.category, EvidenceItem.no)
    )
    return [Filed(item, filing) for filing, item in rows]


def filing_of(work: Work, item: EvidenceItem) -> tuple[Filing, Procedure | None] | None:
    """Return where an item is filed, with the procedure of that day; None when it is not."""
    row = work.session.scalar(select(Filing).where(Filing.evidence_id == item.id))
    if row is None:
        return None
    return row, work.session.get(Procedure, row.procedure_id) if row.procedure_id else None


def count_items(work: Work, fonds: str, found: Mapping[str, tuple[str, str]]) -> Inventory:
    """Write down a count of a fonds: for every filed item what was found, and what is different.

    Args:
        work: the unit of work of who counted.
        fonds: what was counted.
        found: item key to (``present``, ``differs`` or ``absent``, note).

    Raises:
        PermissionDeniedError: the actor may not hand over one of the items.
        InvalidInputError: an item of the fonds was not counted, or a difference is not explained.
    """
    lines: dict[str, dict[str, str]] = {}
    for one in filed(work, fonds):
        work.require(Permission.EVIDENCE_TRANSFER, one.item)
        state, note = found.get(one.item.id, ("", ""))
        if state not in INVENTORY_FOUND or (state != "present" and not note.strip()):
            problem = Label(
                f"{one.item.no}：须选结果，有差异的须说明。", f"{one.item.no}: choose one; explain what differs."
            )
            raise InvalidInputError(field=Label("盘点", "inventory"), problem=problem)
        lines[one.item.id] = {"no": one.item.no, "found": state, "note": _note(note)}
    if not lines:
        problem = Label("这个全宗没有归档的证据。", "nothing is filed in this fonds.")
        raise InvalidInputError(field=Label("全宗", "fonds"), problem=problem)
    row = work.add(
        Inventory(
            no=work.next_no("inventory"), scope=fonds, counted_at=work.now, counted_by=work.actor.display, lines=lines,
            differences=sum(1 for line in lines.values() if line["found"] != "present"),
        )
    )  # fmt: skip
    for key, line in lines.items():
        item = work.session.get_one(EvidenceItem, key)
        append_custody(work, item, "verify", reason=f"盘点 {row.no} {line['note']}".strip(), outcome=line["found"])
    work.record(Event.INVENTORY_COUNTED, row, after={"no": row.no, "items": len(lines), "differs": row.differences})
    return row


def inventories(work: Work) -> list[Inventory]:
    """Return the counts, newest first."""
    return list(work.session.scalars(work.visible(select(Inventory), Inventory).order_by(Inventory.counted_at.desc())))


def _note(typed: str) -> str:
    return _text(typed, Label("说明", "note"), NOTE_LENGTH, least=0)


def _text(typed: str, field: Label, most: int, *, least: int = 1) -> str:
    value: str = storable(typed.strip())
    if not least <= len(value) <= most:
        zh, en = ("必填，", "needed; ") if least else ("", "")
        raise InvalidInputError(field=field, problem=Label(f"{zh}最多 {most} 个字。", f"{en}at most {most} letters."))
    return value
