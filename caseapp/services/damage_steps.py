"""What people do with a damage item once it is down: correct, prove, review, claim, record what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.damages import to_fen
from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DAMAGE_CONFIDENCE, DAMAGE_HEAD, DAMAGE_SCOPE
from caseapp.models import Case, DamageEvidence, DamageItem
from caseapp.services.case_state import check_writable
from caseapp.services.damages import check_amount, evidence_damage
from caseapp.services.storable import storable
from caseapp.services.typed import REASON, typed
from caseapp.services.work import Work

LINE: Final = 300
TEXT: Final = 2000
TEXTS: Final = ("payer", "payee", "formula", "causation", "papers", "basis")
STEPS: Final = ("review", "send_back", "claim", "reject")
_EDIT: Final = Label("修改", "edit")
_DETACH: Final = Label("撤下凭证", "take off evidence")


def edit_damage(work: Work, row: DamageItem, *, seen_version: int, **values: Any) -> None:
    """Correct a draft; what was reviewed is sent back first.

    Args:
        work: the unit of work.
        row: which.
        seen_version: the version the editor saw.
        values: columns; ``amount_fen``, ``gross_fen`` and ``avoided_fen`` in yuan.

    Raises:
        NotFoundError, PermissionDeniedError, StaleVersionError.
        WorkflowRefusedError: it is no draft any more, or the case is archived.
        InvalidInputError: an unknown word, a text that lacks or is too long, sums that disagree, a period backwards.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    check_writable(work.get(Case, row.case_id))
    if seen_version != row.version:
        raise StaleVersionError
    _check_draft(row, _EDIT)
    work.change(row, seen_version=seen_version, **checked(values, row))


def checked(values: dict[str, Any], row: DamageItem | None = None) -> dict[str, Any]:
    """Return the columns of a damage item, in order to be written.

    Raises:
        InvalidInputError: see ``edit_damage``.
    """
    for name, words in (("head", DAMAGE_HEAD), ("confidence", DAMAGE_CONFIDENCE), ("scope", DAMAGE_SCOPE)):
        if name in values:
            words.require(values[name])
    for name, limit in (("title", LINE), *((text, TEXT) for text in TEXTS)):
        if name in values:
            values[name] = _text(values[name], limit, required=name == "title")

    def now(name: str) -> Any:
        return values[name] if name in values else getattr(row, name, None)

    if now("amount_fen") is not None:
        check_amount(now("amount_fen"), now("gross_fen"), now("avoided_fen"))
    first, last = now("period_from"), now("period_to")
    if first and last and last < first:
        problem = Label("止期早于起期。", "it ends before it begins.")
        raise InvalidInputError(field=Label("期间", "period"), problem=problem)
    return values


def _text(value: str | None, limit: int, *, required: bool) -> str | None:
    said: str = storable((value or "").strip())
    if (required and not said) or len(said) > limit:
        problem = Label(f"须填写，最多 {limit} 字。", f"fill it in, with at most {limit} characters.")
        raise InvalidInputError(field=Label("文字", "text"), problem=problem)
    return said or None


def _check_draft(row: DamageItem, action: Label) -> None:
    if row.status != workflow.DAMAGE_ITEM.initial:
        table = workflow.DAMAGE_ITEM
        raise WorkflowRefusedError(workflow=table.label, action=action, state=table.labels[row.status])


def detach_evidence(work: Work, link: DamageEvidence, *, reason: str) -> None:
    """Take an evidence item off a draft; the link stays in the trail, voided.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError.
        WorkflowRefusedError: the item is no draft any more.
    """
    row = work.get(DamageItem, link.damage_id)
    work.require(Permission.DAMAGE_EDIT, row)
    _check_draft(row, _DETACH)
    work.void(link, typed(reason, REASON, TEXT))


def void_damage(work: Work, row: DamageItem, *, reason: str) -> None:
    """Void an item put down by mistake; one that was claimed stays.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    check_writable(work.get(Case, row.case_id))
    if not reason.strip():
        raise ReasonRequiredError(action=Label("作废", "void"))
    if row.status in {"claimed", "awarded", "recovered"}:
        table = workflow.DAMAGE_ITEM
        raise WorkflowRefusedError(workflow=table.label, action=Label("作废", "void"), state=table.labels[row.status])
    work.void(row, typed(reason, REASON, TEXT))


def count_damage(work: Work, row: DamageItem, *, counted: bool, reason: str) -> None:
    """Count an item in the totals, or leave it out and say why.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError: the case is archived.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    check_writable(work.get(Case, row.case_id))
    if not reason.strip():
        raise ReasonRequiredError(action=Label("计入或不计入", "count or leave out"))
    if row.counted != counted:
        work.change(row, reason=typed(reason, REASON, TEXT), counted=counted)


def step_damage(work: Work, row: DamageItem, action: str, *, reason: str = "", amount: Decimal | None = None) -> None:
    """Take one step of the table.

    Args:
        work: the unit of work.
        row: which.
        action: the verb; attaching evidence checks that there is some.
        reason: where the table asks for one.
        amount: what was awarded or recovered, in yuan.

    Raises:
        InvalidInputError: an amount that is negative, finer than a fen, or higher than what was claimed or awarded.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds).
    """
    check_writable(work.get(Case, row.case_id))
    if action == "attach_evidence":
        evidence_damage(work, row)
        return
    step = workflow.DAMAGE_ITEM.find(row, action)
    work.require(step.permission, row)
    if action in {"award", "recover"}:
        column = "awarded_fen" if action == "award" else "recovered_fen"
        most = row.amount_fen if action == "award" or row.awarded_fen is None else row.awarded_fen
        setattr(row, column, _sum(amount, most))
    work.transition(workflow.DAMAGE_ITEM, row, action, reason=typed(reason, REASON, TEXT))


def _sum(amount: Decimal | None, most: Decimal) -> Decimal | None:
    if amount is None:
        return None
    if amount < 0 or amount != to_fen(amount) or amount > most:
        problem = Label(f"须在 0 与 {most:,} 元之间，精确到分。", f"between 0 and {most:,} yuan, exact to the fen.")
        raise InvalidInputError(field=Label("金额", "amount"), problem=problem)
    return amount


def link_of(work: Work, row: DamageItem, evidence_id: str) -> DamageEvidence | None:
    """Return the link of an item with one of its evidence items."""
    return work.session.scalar(
        select(DamageEvidence).where(
            DamageEvidence.damage_id == row.id,
            DamageEvidence.evidence_id == evidence_id,
            DamageEvidence.voided_at.is_(None),
        )
    )
