"""The series of sales behind a lost-sales item: kept on the item, never turned into its amount by itself."""

from __future__ import annotations

from datetime import date
from typing import Final

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.event_study import Study, parse, stored, study
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, DamageItem
from caseapp.services.case_state import check_writable
from caseapp.services.work import Work

HEAD: Final = "D2"
FIGURES: Final = ("margin", "sales")
"""What the values are: gross margin, of which a loss is made, or takings, of which none is yet."""
_SERIES: Final = Label("登记销售序列", "enter the sales series")
_HEAD: Final = Label("类别", "head of damage")
_FIGURE: Final = Label("数值是什么", "what the values are")


def set_sales(
    work: Work, row: DamageItem, text: str, event: date, *, figure: str, seen_version: int | None = None
) -> Study:
    """Keep a pasted series on a draft of lost sales, in place of an earlier one; the amount stays what it is.

    Args:
        work: the unit of work.
        row: the item.
        text: the table, see ``event_study.parse``.
        event: the first day, or month, that is compared with what came before.
        figure: one of ``FIGURES``.
        seen_version: the version the editor saw.

    Returns:
        What the series says.

    Raises:
        NotFoundError, PermissionDeniedError, StaleVersionError.
        WorkflowRefusedError: it is no draft any more, or the case is archived.
        InvalidInputError: another head of damage, an unknown figure, a series that cannot be read or says nothing.
    """
    work.require(Permission.DAMAGE_EDIT, row)
    check_writable(work.get(Case, row.case_id))
    if seen_version is not None and seen_version != row.version:
        raise StaleVersionError
    if row.status != workflow.DAMAGE_ITEM.initial:
        table = workflow.DAMAGE_ITEM
        raise WorkflowRefusedError(workflow=table.label, action=_SERIES, state=table.labels[row.status])
    if row.head != HEAD:
        raise InvalidInputError(field=_HEAD, problem=Label("只用于销量下降。", "it is for lost sales only."))
    if figure not in FIGURES:
        raise InvalidInputError(field=_FIGURE, problem=Label("毛利或销售额。", "gross margin or takings."))
    points, monthly = parse(text)
    found = study(points, event.replace(day=1) if monthly else event, monthly=monthly)
    work.change(row, sales=stored(points, found.event, figure, monthly=monthly))
    return found
