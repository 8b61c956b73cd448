"""What a template sees of the facts: values that know their own path, print safely, and show when they are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from caseapp.documents.format import date_text, moment_text, money_text

STEP_LIMIT: Final = 400_000


class TemplateStopError(Exception):
    """A template asked for something it may not have; the message says what. Turned into TemplateFaultError."""


@dataclass
class Budget:
    """Counts what a template does, so that a hostile one ends."""

    lang: str
    steps: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    def spend(self) -> None:
        """Count one step.

        Raises:
            TemplateStopError: the template ran too long.
        """
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise TemplateStopError("the template repeats without end")


class Fact:
    """A value of the facts under its path.

    Templates read children as attributes, loop over lists, test presence with `if`, compare with `==`, and print. They
    reach nothing else: the class has no public attribute.
    """

    __slots__ = ("_budget", "_path", "_text", "_value")
    __hash__ = None  # type: ignore[assignment]  # compares by value, so it has no hash; typeshed cannot say that

    def __init__(self, value: object, path: str, budget: Budget, text: str | None = None) -> None:
        self._value = value
        self._path = path
        self._budget = budget
        self._text = text

    def __getattr__(self, name: str) -> Fact:
        if name.startswith("_"):
            raise AttributeError(name)
        self._budget.spend()
        path = f"{self._path}.{name}" if self._path else name
        if self._value is None:
            return Fact(None, path, self._budget)
        if not isinstance(self._value, Mapping) or name not in self._value:
            raise TemplateStopError(f"no field {path}")
        return Fact(self._value[name], path, self._budget)

    def __iter__(self) -> Iterator[Fact]:
        if self._value is not None and not isinstance(self._value, list | tuple):
            raise TemplateStopError(f"{self._path} is no list")
        for index, value in enumerate(self._value or ()):
            self._budget.spend()
            yield Fact(value, f"{self._path}.{index}", self._budget)

    def __len__(self) -> int:
        return len(self._value) if isinstance(self._value, list | tuple) else int(self._value is not None)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return bool(self._value == (other._value if isinstance(other, Fact) else other))

    def __str__(self) -> str:
        return printed(self)

    def __html__(self) -> Markup:
        self._budget.spend()
        if self._value is None:
            label = label_for(self._path, self._budget.labels)
            mark = f"〔缺：{label}〕" if self._budget.lang == "zh" else f"[missing: {label}]"
            return Markup('<data value="{}" data-missing="1">{}</data>').format(self._path, mark)
        return Markup('<data value="{}">{}</data>').format(self._path, printed(self))


def raw(fact: Fact) -> Any:
    """The value behind a fact; for filters, never for templates."""
    return object.__getattribute__(fact, "_value")


def path_of(fact: Fact) -> str:
    """The dotted path of a fact."""
    return str(object.__getattribute__(fact, "_path"))


def budget_of(fact: Fact) -> Budget:
    """The budget a fact spends from."""
    found = object.__getattribute__(fact, "_budget")
    if not isinstance(found, Budget):
        raise TemplateStopError("a fact without a budget")
    return found


def with_text(fact: Fact, text: str) -> Fact:
    """The same fact, printed in other words."""
    return Fact(raw(fact), path_of(fact), budget_of(fact), text)


def printed(fact: Fact) -> str:
    """The words a fact prints: dates, times and money in the form legal papers use.

    Raises:
        TemplateStopError: a list, a group or a truth value, which have no words of their own.
    """
    text = object.__getattribute__(fact, "_text")
    if text is not None:
        return str(text)
    value, lang = raw(fact), budget_of(fact).lang
    if isinstance(value, bool | Mapping | list | tuple):
        raise TemplateStopError(f"{path_of(fact)} cannot be printed as it is")
    if isinstance(value, dt.datetime):
        return moment_text(value, lang)
    if isinstance(value, dt.date):
        return date_text(value, lang)
    if isinstance(value, Decimal):
        return money_text(value)
    return "" if value is None else str(value)


def label_for(path: str, labels: Mapping[str, str]) -> str:
    """The name people use for a path: `posts.0.url` is looked up as `posts[].url`; the path itself otherwise."""
    parts: list[str] = []
    for part in path.split("."):
        if part.isdigit() and parts:
            parts[-1] += "[]"
        else:
            parts.append(part)
    return labels.get(".".join(parts), path)
