"""Every state × action of every workflow, four eyes, and the words of all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from caseapp.domain.errors import (
    FaultyRuleError,
    MissingBeforeError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.domain.events import EVENT_LABELS, Event, event_label
from caseapp.domain.flow import State, Transition, Workflow
from caseapp.domain.labels import Label
from caseapp.domain.permissions import PERMISSION_LABELS, ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role
from caseapp.domain.workflow import WORKFLOWS

EVERY = [(table, state, action) for table in WORKFLOWS.values() for state in table.keys for action in table.actions]
STEPS = [(table, step) for table in WORKFLOWS.values() for step in table.transitions]


def row_for(table: Workflow, step: Transition | None, state: str) -> Any:
    """A row in ``state`` with everything ``step`` needs, prepared by anna."""
    values: dict[str, Any] = {table.field: state, "kind": "internal"}
    if step is not None:
        values |= {need.column: "given" for need in step.requires}
        values |= dict.fromkeys(step.not_by, "anna")
        if step.when:
            values[step.when.column] = step.when.values[0]
    return SimpleNamespace(**values)


@pytest.mark.parametrize(("table", "state", "action"), EVERY, ids=lambda x: getattr(x, "name", x))
def test_every_state_and_action(table: Workflow, state: str, action: str) -> None:
    same = [step for step in table.transitions if step.action == action]
    allowed = [step for step in same if state in step.sources]
    row = row_for(table, allowed[0] if allowed else None, state)
    if allowed:
        step = table.check(row, action, person="bo", reason="写明")
        assert step.target in table.keys
        assert state not in {key.key for key in table.states if key.final}
    else:
        with pytest.raises(WorkflowRefusedError) as refused:
            table.check(row, action, person="bo", reason="写明")
        assert table.labels[state].zh in refused.value.message()


@pytest.mark.parametrize(("table", "step"), STEPS, ids=lambda x: getattr(x, "action", getattr(x, "name", x)))
def test_each_promise_of_a_step(table: Workflow, step: Transition) -> None:
    state = step.sources[0]
    if step.reason:
        with pytest.raises(ReasonRequiredError):
            table.check(row_for(table, step, state), step.action, person="bo", reason="  ")
    for need in step.requires:
        bare = row_for(table, step, state)
        setattr(bare, need.column, None)
        with pytest.raises(MissingBeforeError) as missing:
            table.check(bare, step.action, person="bo", reason="r")
        assert need.label.zh in missing.value.message()
    if step.four_eyes:
        for person in ("anna", None):
            with pytest.raises(SecondPersonRequiredError):
                table.check(row_for(table, step, state), step.action, person=person, reason="r")
        nobody = row_for(table, step, state)
        for column in step.not_by:
            setattr(nobody, column, None)
        with pytest.raises(MissingBeforeError):
            table.check(nobody, step.action, person="bo", reason="r")


@pytest.mark.parametrize("table", WORKFLOWS.values(), ids=lambda table: table.name)
def test_tables_are_sound(table: Workflow) -> None:
    reached = {table.initial}
    while True:
        more = {step.target for step in table.transitions if set(step.sources) & reached} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(table.keys), "a state nobody can reach"
    for state in table.states:
        assert state.label.zh
        assert state.label.en
        assert state.final == (not table.open_from(state.key)) or not state.final
    for step in table.transitions:
        assert step.permission in Permission
        assert any(step.permission in granted for granted in ROLE_PERMISSIONS.values())
        assert event_label(table.event(step.action)).zh.endswith(step.label.zh)
        for state in step.sources:
            twins = [other for other in table.transitions if other.action == step.action and state in other.sources]
            assert len(twins) == 1 or all(twin.when for twin in twins)


@pytest.mark.parametrize(
    ("table", "action"),
    [
        ("incident", "decide_action"), ("case", "close"), ("evidence_item", "dispose"), ("document_version", "approve"),
        ("notice", "authorise"), ("deadline", "waive"), ("publication", "retract"), ("damage_item", "review"),
        ("counter_notice", "sue"),
    ],
)  # fmt: skip
def test_second_person_where_the_domain_says_so(table: str, action: str) -> None:
    assert all(step.four_eyes for step in WORKFLOWS[table].transitions if step.action == action)


def test_statutory_deadlines_need_a_second_person_and_internal_ones_do_not() -> None:
    table = WORKFLOWS["deadline"]
    for kind, four_eyes in (("statutory", True), ("court", True), ("internal", False), ("analogy", False)):
        row = SimpleNamespace(status="proposed", kind=kind, created_by="anna")
        assert table.find(row, "confirm").four_eyes is four_eyes


def test_offers_leave_out_what_this_person_cannot_do() -> None:
    notice = WORKFLOWS["notice"]
    row = SimpleNamespace(status="prepared", created_by="anna")
    granted = ROLE_PERMISSIONS[Role.COUNSEL]
    assert "authorise" not in {step.action for step in notice.offers(row, person="anna", granted=granted)}
    assert "authorise" in {step.action for step in notice.offers(row, person="bo", granted=granted)}
    assert not notice.offers(row, person="bo", granted=frozenset())


def test_unknown_action_event_and_state_are_faults_of_the_program() -> None:
    with pytest.raises(FaultyRuleError):
        WORKFLOWS["case"].find(SimpleNamespace(status="open"), "explode")
    for code in ("case.explode", "nothing", "nothing.at_all"):
        with pytest.raises(FaultyRuleError):
            event_label(code)
    here = State("a", Label("甲", "a"))
    with pytest.raises(FaultyRuleError):
        Workflow("x", Label("x", "x"), "status", (here, here), ())
    step = Transition("go", ("a",), "b", Permission.CASE_EDIT, Label("去", "go"))
    with pytest.raises(FaultyRuleError):
        Workflow("x", Label("x", "x"), "status", (here,), (step,))


def test_every_permission_role_and_event_has_words_and_a_holder() -> None:
    assert set(PERMISSION_LABELS) == set(Permission)
    assert set(ROLE_LABELS) == set(Role) == set(ROLE_PERMISSIONS)
    assert set(EVENT_LABELS) == set(Event)
    for label in (*PERMISSION_LABELS.values(), *ROLE_LABELS.values(), *EVENT_LABELS.values()):
        assert label.zh
        assert label.en
    for permission in Permission:
        assert any(permission in granted for granted in ROLE_PERMISSIONS.values()), permission
        assert permission.label.text("en")
