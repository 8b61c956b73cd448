"""What a refusal of the database means, as an error of ours."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from caseapp.domain.errors import (
    AlreadyExistsError,
    AppendOnlyError,
    CaseError,
    ConflictError,
    InvalidInputError,
    MissingBeforeError,
    NoticeBarredError,
    SecondPersonRequiredError,
)
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label

_BARRED: Final = Label("真实投诉或正当监督", "genuine complaint or fair comment")
_STEP: Final = Label("这一步", "this step")
_DAMAGE_STEP: Final = Label("提交凭证", "attach evidence")
_DAMAGE_NEED: Final = Label("至少一件证据", "at least one evidence item")
_DATA: Final = Label("数据", "data")
_MISFIT: Final = Label(
    "内容过长或格式不符，请缩短后重填。", "it is too long or of the wrong form; shorten or correct it."
)
_BUSY: Final = re.compile(r"database is locked|deadlock detected|could not serialize", re.IGNORECASE)
_UNIQUE_SQLITE: Final = re.compile(r"UNIQUE constraint failed: (\w+)\.")
_UNIQUE_INDEX: Final = re.compile(r"UNIQUE constraint failed: index '(?:uq|ix)_(\w+)'")
_UNIQUE_POSTGRES: Final = re.compile(r'duplicate key value violates unique constraint "(?:uq|pk|ix)_(\w+)"')
_CHECK: Final = re.compile(r"(?:CHECK constraint failed: |violates check constraint \")(ck_\w+)")


def explain(problem: DBAPIError) -> CaseError | None:
    """Return our error for a refused statement; None when it is a fault, to be raised as it is."""
    words = str(problem.orig)
    if isinstance(problem, OperationalError):
        return ConflictError() if _BUSY.search(words) else None
    if isinstance(problem, DataError):
        return InvalidInputError(field=_DATA, problem=_MISFIT)
    if not isinstance(problem, IntegrityError):
        return None
    if "notice-barred" in words:
        return NoticeBarredError(verdict=_BARRED)
    if "append-only" in words:
        return AppendOnlyError()
    if "damage-needs-evidence" in words:
        return MissingBeforeError(action=_DAMAGE_STEP, field=_DAMAGE_NEED)
    return _constraint(words)


def _constraint(words: str) -> CaseError | None:
    unique = _UNIQUE_SQLITE.search(words) or _UNIQUE_INDEX.search(words) or _UNIQUE_POSTGRES.search(words)
    if unique:
        name = unique.group(1)
        table = next((t for t in _tables_first(name)), name)
        return AlreadyExistsError(kind=kind_label(table))
    check = _CHECK.search(words)
    if check is None:
        return None
    name = check.group(1)
    if "_not_" in name:
        return SecondPersonRequiredError(action=_STEP)
    problem = Label(
        f"数据库不接受该值（{name}），请核对后重填。", f"the database refuses it ({name}); check and correct it."
    )
    return InvalidInputError(field=_DATA, problem=problem)


def _tables_first(name: str) -> list[str]:
    """Return the possible table names at the start of a constraint's name, longest first."""
    parts = name.split("_")
    whole = ["_".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [table for table in whole if kind_label(table).en != "record"]
