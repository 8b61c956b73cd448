"""Turn JSON records into frozen dataclasses, refusing what does not fit.

The demo's data is ours, so a mistake in it is a defect of the program: every mismatch raises
``DemoDataError`` naming the place.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from caseapp.demo.errors import DemoDataError

T = TypeVar("T")


def decode(cls: type[T], raw: Any, where: str) -> T:
    """Read one JSON value as ``cls``.

    Args:
        cls: A dataclass of ``case_types`` (or another frozen dataclass of plain fields).
        raw: The JSON object.
        where: A path for the error message, e.g. ``posts.json/posts[3]``.

    Raises:
        DemoDataError: An unknown or missing key, or a value of another type.
    """
    if not isinstance(raw, Mapping) or not dataclasses.is_dataclass(cls):
        raise DemoDataError(where, "an object is needed")
    hints = typing.get_type_hints(cls)
    unknown = set(raw) - set(hints)
    if unknown:
        raise DemoDataError(where, f"unknown keys {sorted(unknown)}")
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if field.name in raw:
            values[field.name] = _value(hints[field.name], raw[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise DemoDataError(where, f"key {field.name} is missing")
    return typing.cast("T", cls(**values))


def decode_all(cls: type[T], raw: Any, where: str) -> tuple[T, ...]:
    """Read a JSON array of objects as a tuple of ``cls``."""
    if not isinstance(raw, list):
        raise DemoDataError(where, "an array is needed")
    return tuple(decode(cls, item, f"{where}[{number}]") for number, item in enumerate(raw))


def _value(hint: Any, raw: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if raw is None:
            return None
        return _value(next(a for a in arguments if a is not type(None)), raw, where)
    if origin is tuple:
        if not isinstance(raw, list):
            raise DemoDataError(where, "an array is needed")
        return tuple(_value(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(raw))
    if origin is Mapping:
        return types.MappingProxyType(_mapping(arguments[1], raw, where))
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast("type[Any]", hint), raw, where)
    return _scalar(hint, raw, where)


def _mapping(item: Any, raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise DemoDataError(where, "an object is needed")
    return {str(key): _value(item, value, f"{where}.{key}") for key, value in raw.items()}


def _scalar(hint: Any, raw: Any, where: str) -> Any:
    if hint in (datetime, date, Decimal):
        if not isinstance(raw, str):
            raise DemoDataError(where, f"a string that holds a {hint.__name__} is needed")
        try:
            return Decimal(raw) if hint is Decimal else hint.fromisoformat(raw)
        except (ValueError, ArithmeticError) as error:
            raise DemoDataError(where, f"{raw!r} is not a {hint.__name__}") from error
    if type(raw) is not hint:
        raise DemoDataError(where, f"{hint.__name__} is needed, not {type(raw).__name__}")
    return raw
