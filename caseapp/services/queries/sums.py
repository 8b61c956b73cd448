"""Sums over several tables in one statement: each table is one row behind the visibility rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Subquery, case, func, select, true

from caseapp.services.work import Work


def tally(condition: Any) -> Any:
    """Return the column that counts the rows for which ``condition`` holds."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def side(work: Work, model: Any, *rules: Any, **columns: Any) -> Subquery:
    """Return one row of sums over the visible, unvoided rows of ``model`` that satisfy ``rules``."""
    rows = select(*(column.label(name) for name, column in columns.items())).select_from(model)
    return work.visible(rows.where(*rules, model.voided_at.is_(None)), model).subquery()


def beside(*sides: Subquery) -> Select[Any]:
    """Return the statement of one row with the columns of all ``sides``."""
    joined: Any = sides[0]
    for other in sides[1:]:
        joined = joined.join(other, true())
    columns = (column for part in sides for column in part.c)
    return select(*columns).select_from(joined)


def one_row(work: Work, *sides: Subquery) -> dict[str, Any]:
    """Return the columns of all ``sides`` by name; one statement."""
    return dict(work.session.execute(beside(*sides)).mappings().one())
