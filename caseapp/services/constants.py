"""Values of a prepared statement that never change, written into its text.

Binding hundreds of them anew each time costs more than the statement itself.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from sqlalchemy import BindParameter, ClauseList, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.operators import comma_op
from sqlalchemy.sql.visitors import InternalTraversal, replacement_traverse
from sqlalchemy.types import Boolean, Enum, Integer, String, TypeEngine

S = TypeVar("S")
_WRITTEN: Final = (String, Integer, Boolean)


class Constant(ColumnElement[Any]):
    """A value rendered by the dialect's own literal processor of its type (quotes are doubled there)."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as the base class has it
        ("value", InternalTraversal.dp_plain_obj),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(self, value: str | int, of: TypeEngine[Any]) -> None:
        self.value, self.type = value, of


@compiles(Constant)
def _render(element: Constant, compiler: SQLCompiler, **_: object) -> str:
    return compiler.render_literal_value(element.value, element.type)


def inlined(statement: S) -> S:
    """Return the statement with texts, numbers and lists of them as constants; named places stay as they are."""
    return cast("S", replacement_traverse(statement, {}, _replaced))  # type: ignore[call-overload]


def _replaced(element: object, **_: object) -> ColumnElement[Any] | None:
    if not isinstance(element, BindParameter) or element.required or not isinstance(element.type, _WRITTEN):
        return None
    if not element.expanding:
        return _constant(element.value, element.type)
    made = [_constant(value, element.type) for value in element.value or ()]
    if not made or any(one is None for one in made):
        return None
    return Grouping(ClauseList(*[one for one in made if one is not None], operator=comma_op))


def _constant(value: object, of: TypeEngine[Any]) -> Constant | None:
    if isinstance(of, Enum) or not isinstance(value, str | int):
        return None
    return Constant(value, of)
