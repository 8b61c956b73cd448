"""A case's way: edited side by side, closed by two once nothing stops it, archived for reading."""

from __future__ import annotations

from typing import Any

import pytest

from caseapp.domain.errors import (
    InvalidInputError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    StaleVersionError,
)
from caseapp.models import Case, Deadline, Task
from caseapp.services.archiving import CaseArchivedError
from caseapp.services.case_state import (
    OpenMattersError,
    ask_to_close,
    blocks,
    check_writable,
    edit_case,
    step_case,
    take_back_request,
)
from caseapp.services.work import Work, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World


def opened(world: World) -> str:
    lin, han, su = world.person("lin", "counsel"), world.person("han"), world.person("su")
    return world.case((lin, "lead"), (han, "approver"), (su, "viewer"), legal_hold=True)


def put(work: Work, case_id: str, kind: str) -> None:
    work.add(
        Deadline(
            case_id=case_id, object_type="cases", object_id=case_id, rule_id="x", kind=kind, basis="x",
            base_event="送达", base_at=work.now, unit="day", due_at=work.now, explanation_zh="x", explanation_en="x",
        )
    )  # fmt: skip


def test_what_is_open_stops_closing_and_what_is_known_does_not(world: World, ports: LocalPorts) -> None:
    case_id, lin, han = opened(world), world.person("lin"), world.person("han")
    world.make(lambda work: put(work, case_id, "internal"))
    task = world.make(lambda work: work.add(Task(case_id=case_id, title="补原件", mandatory=True)).id)
    with read_work(ports, lin) as work:
        assert [(one.kind, one.stops) for one in blocks(work, work.get(Case, case_id))] == [
            ("task", True),
            ("deadline", False),
        ]
    with pytest.raises(OpenMattersError), open_work(ports, lin) as work:
        ask_to_close(work, work.get(Case, case_id), reason="履行完毕", rest_known=True)
    world.make(lambda work: work.change(work.get(Task, task), status="done"))
    with pytest.raises(OpenMattersError), open_work(ports, lin) as work:
        ask_to_close(work, work.get(Case, case_id), reason="履行完毕", rest_known=False)
    with open_work(ports, lin) as work:
        ask_to_close(work, work.get(Case, case_id), reason="履行完毕", rest_known=True)
    with pytest.raises((SecondPersonRequiredError, PermissionDeniedError)), open_work(ports, lin) as work:
        step_case(work, work.get(Case, case_id), "close")
    world.make(lambda work: put(work, case_id, "court"))
    with pytest.raises(OpenMattersError), open_work(ports, han) as work:
        step_case(work, work.get(Case, case_id), "close")


def test_closed_by_two_then_archived_and_only_read(world: World, ports: LocalPorts) -> None:
    case_id, lin, han = opened(world), world.person("lin"), world.person("han")
    with open_work(ports, lin) as work:
        ask_to_close(work, work.get(Case, case_id), reason="履行完毕", rest_known=True)
        take_back_request(work, work.get(Case, case_id))
        ask_to_close(work, work.get(Case, case_id), reason="再次申请", rest_known=True)
    with open_work(ports, han) as work:
        step_case(work, work.get(Case, case_id), "close")
    with open_work(ports, lin) as work:
        step_case(work, work.get(Case, case_id), "archive")
    with read_work(ports, lin) as work, pytest.raises(CaseArchivedError):
        check_writable(work.get(Case, case_id))
    with pytest.raises(CaseArchivedError), open_work(ports, lin) as work:
        edit_case(work, work.get(Case, case_id), seen_version=1, title="改名")


def test_an_edit_is_refused_when_stale_empty_long_or_without_its_reason(world: World, ports: LocalPorts) -> None:
    case_id, lin = opened(world), world.person("lin")
    stranger = world.person("stranger", "counsel").user_id
    for values, refusal in (
        ({"seen_version": 99, "title": "x"}, StaleVersionError),
        ({"title": " "}, InvalidInputError),
        ({"title": "长" * 301}, InvalidInputError),
        ({"severity": "IX"}, InvalidInputError),
        ({"lead_id": stranger}, InvalidInputError),
        ({"legal_hold": False}, ReasonRequiredError),
    ):
        said: dict[str, Any] = {"seen_version": 1, **values}
        with pytest.raises(refusal), open_work(ports, lin) as work:
            edit_case(work, work.get(Case, case_id), **said)
    with open_work(ports, lin) as work:
        case = work.get(Case, case_id)
        edit_case(work, case, seen_version=case.version, title="  新名 ", reason="判决生效", legal_hold=False)
        assert (case.title, case.legal_hold) == ("新名", False)
    with pytest.raises(PermissionDeniedError), open_work(ports, world.person("su")) as work:
        edit_case(work, work.get(Case, case_id), seen_version=1, title="x")
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        step_case(work, work.get(Case, case_id), "suspend", reason="长" * 2001)
