"""What a workflow is: states, transitions and the one check every change of state passes.

The tables themselves are in ``flow_matter``, ``flow_evidence`` and ``flow_papers``; import them from
``caseapp.domain.workflow``. Buttons, API, services, CHECK constraints, diagrams and tests read the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from caseapp.domain.errors import (
    FaultyRuleError,
    MissingBeforeError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission

FIRST_PERSON: Final = Label("经办人", "the person who prepared it")


@dataclass(frozen=True, slots=True)
class State:
    """One state. ``final`` says that no transition leaves it."""

    key: str
    label: Label
    final: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """A column that must be filled before a step."""

    column: str
    label: Label


@dataclass(frozen=True, slots=True)
class When:
    """The row of the table applies only when ``column`` holds one of ``values``."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a workflow table.

    Attributes:
        action: the verb, unique per source state (and ``when``).
        sources: states it starts from.
        target: state it ends in.
        permission: what the actor needs.
        label: words on the button.
        not_by: columns naming the first persons; the actor must be none of them (four eyes).
        reason: a written reason is required.
        requires: columns that must be filled first.
        when: the row applies only to some rows of the table.
        stamps: columns filled on success: ``*_by`` with the actor, ``*_at`` with the time.
    """

    action: str
    sources: tuple[str, ...]
    target: str
    permission: Permission
    label: Label
    not_by: tuple[str, ...] = ()
    reason: bool = False
    requires: tuple[Need, ...] = ()
    when: When | None = None
    stamps: tuple[str, ...] = ()

    @property
    def four_eyes(self) -> bool:
        """Whether a second person is needed."""
        return bool(self.not_by)

    def applies_to(self, row: object) -> bool:
        """Whether the row's ``when`` column allows this transition."""
        return self.when is None or getattr(row, self.when.column, None) in self.when.values


@dataclass(frozen=True, slots=True)
class Workflow:
    """A named table of states and transitions over one column of a row.

    Attributes:
        name: also the first half of its audit events (``<name>.<action>``).
        label: what kind of thing moves.
        field: the column that holds the state.
        states: all states, the first being the initial one.
        transitions: the table.
    """

    name: str
    label: Label
    field: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        known = set(self.keys)
        if len(known) != len(self.states):
            raise FaultyRuleError(detail=f"{self.name}: a state twice")
        for step in self.transitions:
            if not {*step.sources, step.target} <= known:
                raise FaultyRuleError(detail=f"{self.name}.{step.action}: unknown state")

    @property
    def initial(self) -> str:
        """The state a new row starts in."""
        return self.states[0].key

    @property
    def keys(self) -> tuple[str, ...]:
        """All state keys in table order."""
        return tuple(state.key for state in self.states)

    @property
    def labels(self) -> Mapping[str, Label]:
        """State key to words."""
        return MappingProxyType({state.key: state.label for state in self.states})

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action once, in table order."""
        return tuple(dict.fromkeys(step.action for step in self.transitions))

    def event(self, action: str) -> str:
        """Return the audit event of ``action``."""
        return f"{self.name}.{action}"

    def open_from(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that start from ``state``."""
        return tuple(step for step in self.transitions if state in step.sources)

    def find(self, row: object, action: str) -> Transition:
        """Return the transition ``action`` starts from the row's present state.

        Raises:
            FaultyRuleError: no such action in this table.
            WorkflowRefusedError: not from this state.
        """
        state = str(getattr(row, self.field))
        same = [step for step in self.transitions if step.action == action]
        if not same:
            raise FaultyRuleError(detail=f"{self.name} has no action {action}")
        for step in same:
            if state in step.sources and step.applies_to(row):
                return step
        raise WorkflowRefusedError(workflow=self.label, action=same[0].label, state=self.labels[state])

    def check(self, row: object, action: str, *, person: str | None, reason: str | None = None) -> Transition:
        """Return the transition if the row may take it now; permissions are checked elsewhere.

        Args:
            row: anything with the columns the table names.
            action: the verb.
            person: id of the acting person, None for a machine.
            reason: the written reason, if any.

        Raises:
            WorkflowRefusedError: wrong state, missing value, missing reason, or the same person again.
        """
        step = self.find(row, action)
        if step.reason and not (reason or "").strip():
            raise ReasonRequiredError(action=step.label)
        for need in step.requires:
            if getattr(row, need.column, None) in (None, ""):
                raise MissingBeforeError(action=step.label, field=need.label)
        if step.four_eyes:
            _check_second_person(row, step, person)
        return step

    def offers(self, row: object, *, person: str | None, granted: frozenset[Permission]) -> tuple[Transition, ...]:
        """Return the transitions this person could take now, for the buttons of a page.

        Steps that only lack a value or reason are offered (the form asks for it); four eyes and permission filter.
        """
        return tuple(
            step
            for step in self.open_from(str(getattr(row, self.field)))
            if step.permission in granted and step.applies_to(row) and _second_person_ok(row, step, person)
        )


def _first_persons(row: object, step: Transition) -> set[str]:
    values = (getattr(row, column, None) for column in step.not_by)
    return {str(value) for value in values if value}


def _second_person_ok(row: object, step: Transition, person: str | None) -> bool:
    return not step.four_eyes or (person is not None and person not in _first_persons(row, step))


def _check_second_person(row: object, step: Transition, person: str | None) -> None:
    if not _first_persons(row, step):
        raise MissingBeforeError(action=step.label, field=FIRST_PERSON)
    if not _second_person_ok(row, step, person):
        raise SecondPersonRequiredError(action=step.label)
