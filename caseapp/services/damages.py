"""Hop 10: every sum claimed has an exhibit, a formula and a second person who checked it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from caseapp.domain import workflow
from caseapp.domain.damages import Assessment, Line, assess, net, to_fen
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DAMAGE_HEAD, DAMAGE_SCOPE
from caseapp.models import Case, DamageEvidence, DamageItem, EvidenceItem, User
from caseapp.services.work import Work


def add_damage(
    work: Work,
    case: Case,
    *,
    head: str,
    title: str,
    amount: Decimal,
    scope: str = "suit",
    gross: Decimal | None = None,
    avoided: Decimal | None = None,
    evidence: Sequence[EvidenceItem] = (),
    **more: Any,
) -> DamageItem:
    """Add a damage item as a draft. Where gross and avoided are given, amount = gross - avoided (yuan).

    Raises:
        NotFoundError, PermissionDeniedError: the case or an item is not for this person.
        InvalidInputError: an unknown head or scope, a sum that is negative or finer than a fen, or sums that disagree.
    """
    work.require(Permission.DAMAGE_EDIT, case)
    DAMAGE_HEAD.require(head)
    DAMAGE_SCOPE.require(scope)
    check_amount(amount, gross, avoided)
    row = work.add(
        DamageItem(
            case_id=case.id,
            desk_id=case.desk_id,
            head=head,
            title=title,
            amount_fen=amount,
            gross_fen=gross,
            avoided_fen=avoided,
            scope=scope,
            **more,
        )
    )
    work.record(Event.DAMAGE_ADDED, row, after={"head": head, "title": title, "amount": str(amount)})
    for item in evidence:
        attach_evidence(work, row, item)
    return row


def check_amount(amount: Decimal, gross: Decimal | None, avoided: Decimal | None) -> None:
    """Refuse a sum that is negative or finer than a fen, or that is not gross less avoided.

    Raises:
        InvalidInputError.
    """
    if not amount.is_finite() or amount != to_fen(amount):
        raise InvalidInputError(
            field=Label("金额", "amount"), problem=Label("须精确到分。", "it must be exact to the fen.")
        )
    if amount < 0 or (gross is not None and avoided is not None and net(gross, avoided) != amount):
        raise InvalidInputError(
            field=Label("金额", "amount"),
            problem=Label("须为总额减去节省的成本，且不为负。", "it must be gross less avoided cost, not negative."),
        )


def attach_evidence(work: Work, row: DamageItem, item: EvidenceItem, *, note: str | None = None) -> DamageEvidence:
    """Let a damage item rest on an evidence item; the same pair again is the same link.

    Raises:
        NotFoundError, PermissionDeniedError: the ledger's row or the evidence is not for this person.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    work.require(Permission.EVIDENCE_READ, item)
    known = work.session.scalar(
        select(DamageEvidence).where(DamageEvidence.damage_id == row.id, DamageEvidence.evidence_id == item.id)
    )
    if known is not None:
        if known.voided_at is not None:
            work.change(known, voided_at=None, voided_by=None, void_reason=None)
        return known
    link = work.add(DamageEvidence(damage_id=row.id, evidence_id=item.id, note=note, desk_id=row.desk_id))
    work.record(Event.ROW_CREATED, link, case=row.case_id, after={"damage": row.title, "evidence": item.no})
    return link


def evidence_damage(work: Work, row: DamageItem) -> None:
    """Draft → evidenced: at least one evidence item carries it.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
        InvalidInputError: none does.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    count = work.session.scalar(
        select(func.count())
        .select_from(DamageEvidence)
        .where(DamageEvidence.damage_id == row.id, DamageEvidence.voided_at.is_(None))
    )
    if not count:
        raise InvalidInputError(
            field=Label("凭证", "evidence"), problem=Label("至少附一件证据。", "attach at least one evidence item.")
        )
    work.transition(workflow.DAMAGE_ITEM, row, "attach_evidence")


def items_of(work: Work, case: Case) -> list[DamageItem]:
    """The case's ledger in order of heads."""
    statement = select(DamageItem).where(DamageItem.case_id == case.id, DamageItem.voided_at.is_(None))
    return list(work.session.scalars(work.visible(statement, DamageItem).order_by(DamageItem.head, DamageItem.id)))


def assess_damages(work: Work, case: Case) -> Assessment:
    """Hop 10: sum the ledger; recomputed each time, nothing stored."""
    work.require(Permission.CASE_READ, case)
    proven = set(_exhibits(work, case))
    result = assess(
        Line(
            key=row.title,
            head=row.head,
            amount=row.amount_fen,
            scope=row.scope,
            counted=row.counted,
            status=row.status,
            evidenced=row.id in proven,
            recovered=row.recovered_fen,
        )
        for row in items_of(work, case)
    )
    work.record(Event.DAMAGES_ASSESSED, case, after={"claimed": str(result.with_costs)})
    return result


def ledger_facts(work: Work, case: Case, totals: Assessment) -> dict[str, Any]:
    """The ledger as facts of a damages schedule."""
    exhibits = _exhibits(work, case)
    groups: dict[str, list[dict[str, Any]]] = {head: [] for head in totals.by_head}
    for row in items_of(work, case):
        if row.head in groups and row.scope == "suit" and row.counted:
            groups[row.head].append(_line(row, exhibits))
    return {
        "case_no": case.no,
        "heads": [
            {"head": head, "title": DAMAGE_HEAD[head].zh, "items": lines, "subtotal": str(totals.by_head[head])}
            for head, lines in groups.items()
        ],
        "without_costs": str(totals.without_costs),
        "total": str(totals.with_costs),
        "prepared_by": _names(work, {row.created_by for row in items_of(work, case)}),
        "checked_by": _names(work, {row.reviewed_by for row in items_of(work, case) if row.reviewed_by}),
    }


def _names(work: Work, ids: AbstractSet[str]) -> str | None:
    """Who did it, by name, in order; None when nobody did."""
    rows = work.session.scalars(select(User.display).where(User.id.in_(ids)).order_by(User.display))
    return "、".join(rows) or None


def _line(row: DamageItem, exhibits: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "head": row.head,
        "title": row.title,
        "formula": row.formula,
        "amount": str(row.amount_fen),
        "gross": str(row.gross_fen) if row.gross_fen is not None else None,
        "avoided": str(row.avoided_fen) if row.avoided_fen is not None else None,
        "cause": row.causation,
        "exhibits": exhibits.get(row.id, []),
    }


def _exhibits(work: Work, case: Case) -> dict[str, list[str]]:
    rows = work.session.execute(
        select(DamageEvidence.damage_id, EvidenceItem.no)
        .join(EvidenceItem, EvidenceItem.id == DamageEvidence.evidence_id)
        .join(DamageItem, DamageItem.id == DamageEvidence.damage_id)
        .where(DamageItem.case_id == case.id, DamageEvidence.voided_at.is_(None))
        .order_by(EvidenceItem.no)
    )
    found: dict[str, list[str]] = {}
    for damage_id, no in rows:
        found.setdefault(damage_id, []).append(no)
    return found
