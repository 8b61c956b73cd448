"""Tasks: who does what until when; a mandatory one keeps its case open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caseapp.domain.errors import (
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    WorkflowRefusedError,
)
from caseapp.models import Case, Task
from caseapp.services import tasks
from caseapp.services.work import open_work
from tests.caseapp.conftest import World


@pytest.fixture
def case_id(world: World) -> str:
    lead, other, watcher = (world.person(name, "counsel") for name in ("主办", "法务", "旁人"))
    del watcher
    return world.case((lead, "lead"), (other, "lead"), (world.person("审计", "auditor"), "auditor"))


def add(world: World, case_id: str, login: str = "主办", **more: Any) -> str:
    with open_work(world.ports, world.people[login]) as work:
        said: dict[str, Any] = {"title": "补取消函原件", **more}
        return tasks.add_task(work, work.get(Case, case_id), **said).id


def step(world: World, key: str, action: str, reason: str = "", login: str = "主办") -> Task:
    with open_work(world.ports, world.people[login]) as work:
        row = work.get(Task, key)
        tasks.take_task_step(work, row, action, reason=reason)
        return row


def test_a_task_is_begun_done_and_done_again(world: World, case_id: str) -> None:
    due = world.ports.clock.now + timedelta(days=2)
    key = add(world, case_id, assignee_id=world.people["法务"].user_id, due_at=due)
    assert step(world, key, "start").status == "doing"
    done = step(world, key, "finish", "原件已封存", "法务")
    assert (done.status, done.result, done.done_by) == ("done", "原件已封存", world.people["法务"].user_id)
    with pytest.raises(WorkflowRefusedError):
        step(world, key, "finish")
    with pytest.raises(ReasonRequiredError):
        step(world, key, "redo")
    assert step(world, key, "redo", "缺骑缝章").status == "doing"
    assert step(world, key, "cancel", "改由公证").status == "cancelled"


def test_a_mandatory_one_keeps_the_case_open(world: World, case_id: str) -> None:
    key = add(world, case_id, mandatory=True)
    add(world, case_id, title="可有可无")
    with pytest.raises(tasks.MandatoryTasksOpenError) as refused, open_work(world.ports, world.people["主办"]) as work:
        tasks.request_close(work, work.get(Case, case_id), reason="判决履行完毕")
    assert "补取消函原件" in refused.value.message("zh")
    step(world, key, "finish")
    with pytest.raises(InvalidInputError), open_work(world.ports, world.people["主办"]) as work:
        tasks.request_close(work, work.get(Case, case_id), reason=" ")
    with open_work(world.ports, world.people["主办"]) as work:
        tasks.request_close(work, work.get(Case, case_id), reason="判决履行完毕")
    with pytest.raises(SecondPersonRequiredError), open_work(world.ports, world.people["主办"]) as work:
        tasks.close_case(work, work.get(Case, case_id))
    again = add(world, case_id, mandatory=True)
    with pytest.raises(tasks.MandatoryTasksOpenError), open_work(world.ports, world.people["法务"]) as work:
        tasks.close_case(work, work.get(Case, case_id))
    step(world, again, "cancel", "不再需要")
    with open_work(world.ports, world.people["法务"]) as work:
        case = work.get(Case, case_id)
        tasks.close_case(work, case)
        assert case.status == "closed"


@pytest.mark.parametrize("more", [{"title": " "}, {"title": "长" * 301}, {"assignee_id": "nobody"}])
def test_what_no_task_can_be_is_refused(world: World, case_id: str, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        add(world, case_id, **more)
    with pytest.raises(InvalidInputError):
        add(world, case_id, assignee_id=world.people["旁人"].user_id)


def test_strangers_and_auditors_add_none(world: World, case_id: str) -> None:
    with pytest.raises(NotFoundError):
        add(world, case_id, "旁人")
    with pytest.raises((PermissionDeniedError, NotFoundError)):
        add(world, case_id, "审计")
