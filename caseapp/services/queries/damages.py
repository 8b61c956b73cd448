"""The ledgers of the cases a person reads: every item with its figures, what it rests on and what can be done now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from caseapp.domain import workflow
from caseapp.domain.damages import Assessment, Line, assess
from caseapp.domain.permissions import Permission
from caseapp.models import Case, DamageEvidence, DamageItem, EvidenceItem, Exhibit, User
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class Proof:
    """An evidence item a damage item rests on; ``exhibit`` is its number in the case's list, if it is there."""

    id: str
    number: str
    sample: bool
    exhibit: str | None
    title: str


@dataclass(frozen=True, slots=True)
class DamageLine:
    """A damage item.

    Attributes:
        label: D1-01: its head and its place under it, in the order things were put down.
        by, evidenced_by, reviewed_by: names.
        actions: what the table offers this person now.
        may: what this person may do in the case.
        sales: the series of a lost-sales item, see ``domain.event_study``.
    """

    id: str
    version: int
    label: str
    head: str
    title: str
    amount: Decimal
    gross: Decimal | None
    avoided: Decimal | None
    period_from: date | None
    period_to: date | None
    payer: str | None
    payee: str | None
    formula: str | None
    confidence: str
    causation: str | None
    basis: str | None
    papers: str | None
    scope: str
    counted: bool
    status: str
    awarded: Decimal | None
    recovered: Decimal | None
    by: str | None
    evidenced_by: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    case_id: str
    case_no: str
    case_title: str
    case_sample: bool
    proofs: tuple[Proof, ...]
    actions: frozenset[str]
    may: frozenset[Permission]
    sales: Mapping[str, Any] | None = None

    @property
    def bare(self) -> bool:
        """Whether nothing proves it."""
        return not self.proofs

    @property
    def summed(self) -> bool:
        """Whether it is part of the amount claimed: of the suit, counted, not the court's discretion, not rejected."""
        return self.counted and self.scope == "suit" and self.head not in {"D4", "D7", "D8", "D9"}


def damage_lines(work: Work, *, case_id: str | None = None, sample: bool = True) -> list[DamageLine]:
    """Return the damage items this person reads, by case and head; two statements.

    Args:
        work: the unit of work.
        case_id: those of one case.
        sample: include the example's rows.
    """
    wrote, proved, checked = aliased(User), aliased(User), aliased(User)
    found = (
        select(DamageItem, Case.no, Case.title, Case.sample, wrote.display, proved.display, checked.display)
        .join(Case, DamageItem.case_id == Case.id)
        .outerjoin(wrote, DamageItem.created_by == wrote.id)
        .outerjoin(proved, DamageItem.evidenced_by == proved.id)
        .outerjoin(checked, DamageItem.reviewed_by == checked.id)
        .where(DamageItem.voided_at.is_(None), Case.voided_at.is_(None))
        .order_by(Case.no.desc(), Case.sample, DamageItem.head, DamageItem.created_at, DamageItem.id)
    )
    if case_id is not None:
        found = found.where(DamageItem.case_id == case_id)
    if not sample:
        found = found.where(DamageItem.sample.is_(False))
    rows = work.session.execute(work.visible(found, DamageItem)).all()
    granted: dict[str, frozenset[Permission]] = {}
    proofs = _proofs(work, [row.id for row, *_more in rows])
    places: dict[tuple[str, str], int] = defaultdict(int)
    lines = []
    for row, number, title, example, by, evidenced, reviewed in rows:
        if row.case_id not in granted:
            granted[row.case_id] = granted_in(work, row.case_id)
        may = granted[row.case_id]
        if Permission.CASE_READ not in may and work.actor.kind == "user":
            continue
        places[row.case_id, row.head] += 1
        steps = workflow.DAMAGE_ITEM.offers(row, person=work.actor.person, granted=may)
        lines.append(
            DamageLine(
                row.id, row.version, f"{row.head}-{places[row.case_id, row.head]:02}", row.head, row.title,
                row.amount_fen, row.gross_fen, row.avoided_fen, row.period_from, row.period_to, row.payer, row.payee,
                row.formula, row.confidence, row.causation, row.basis, row.papers, row.scope, row.counted, row.status,
                row.awarded_fen, row.recovered_fen, by, evidenced, reviewed, row.reviewed_at, row.case_id, number,
                title, example, proofs.get(row.id, ()), frozenset(step.action for step in steps), may,
                row.sales,
            )
        )  # fmt: skip
    return lines


def _proofs(work: Work, keys: Iterable[str]) -> dict[str, tuple[Proof, ...]]:
    shown, owner = aliased(Exhibit), aliased(DamageItem)
    link = aliased(DamageEvidence)  # the visibility rule looks at the table itself
    found = (
        select(link.damage_id, EvidenceItem, shown.exhibit_no)
        .join(EvidenceItem, EvidenceItem.id == link.evidence_id)
        .join(owner, owner.id == link.damage_id)
        .outerjoin(
            shown,
            (shown.evidence_id == EvidenceItem.id) & (shown.case_id == owner.case_id) & shown.voided_at.is_(None),
        )
        .where(link.damage_id.in_(list(keys)), link.voided_at.is_(None), EvidenceItem.voided_at.is_(None))
        .order_by(shown.group_no.nulls_last(), shown.order_no, EvidenceItem.no)
    )
    grouped: dict[str, tuple[Proof, ...]] = {}
    for key, item, exhibit in work.session.execute(work.visible(found, EvidenceItem)):
        grouped[key] = (*grouped.get(key, ()), Proof(item.id, item.no, item.sample, exhibit, item.title))
    return grouped


def assessed(lines: Iterable[DamageLine]) -> Assessment:
    """Return the figures of a ledger by the rules of the domain; no statement. Findings name the items' keys."""
    return assess(
        Line(
            line.id, line.head, line.amount, scope=line.scope, counted=line.counted, status=line.status,
            evidenced=not line.bare, recovered=line.recovered,
        )
        for line in lines
    )  # fmt: skip
