"""Deadlines of a notice: from proven arrival, each with its reason, met with proof, computed once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, SecondPersonRequiredError
from caseapp.models import Case, Deadline, Membership, Notice
from caseapp.services.deadlines import (
    extend_deadline,
    meet_deadlines,
    miss_deadline,
    propose_deadlines,
    request_waiver,
    set_deadline,
)
from caseapp.services.work import Work, open_work
from tests.caseapp.conftest import World


@pytest.fixture
def notice_id(world: World) -> str:
    case_id = world.case((world.person("法务", "counsel"), "counsel"))
    platform_id = world.platform()

    def maker(work: Work) -> str:
        return work.add(Notice(no=work.next_no("notice"), case_id=case_id, platform_id=platform_id)).id

    return str(world.make(maker))


def test_prompts_run_from_arrival_stand_at_once_and_are_computed_once(world: World, notice_id: str) -> None:
    arrived = world.ports.clock.now
    for _ in range(2):
        with open_work(world.ports, world.people["法务"]) as work:
            notice = work.get(Notice, notice_id)
            rows = propose_deadlines(work, "platform_prompts", notice, base_event="到达", base_at=arrived)
            assert [row.due_at - arrived for row in rows] == [timedelta(hours=h) for h in (24, 48, 72)]
            assert {row.status for row in rows} == {"confirmed"}
            assert all(row.explanation_zh and row.explanation_en and "非法定" in row.basis for row in rows)
    with world.ports.sessions() as session:
        assert session.query(Deadline).count() == 3


def test_a_statutory_one_waits_for_a_second_person(world: World, notice_id: str) -> None:
    with open_work(world.ports, world.people["法务"]) as work:
        notice = work.get(Notice, notice_id)
        (row,) = propose_deadlines(work, "answer", notice, base_event="收到副本", base_at=work.now)
        assert row.status == "proposed"


def test_meeting_needs_no_open_one_to_be_safe(world: World, notice_id: str) -> None:
    with open_work(world.ports, world.people["法务"]) as work:
        notice = work.get(Notice, notice_id)
        rows = propose_deadlines(work, "recheck", notice, base_event="核实下架", base_at=work.now)
        assert meet_deadlines(work, "recheck", notice, proof="复查仍未恢复") == len(rows) == 5
        assert meet_deadlines(work, "recheck", notice, proof="再记一次") == 0
        assert {row.proof_note for row in rows} == {"复查仍未恢复"}


def test_an_unknown_rule_is_named(world: World, notice_id: str) -> None:
    with pytest.raises(InvalidInputError), open_work(world.ports, world.people["法务"]) as work:
        propose_deadlines(work, "none", work.get(Notice, notice_id), base_event="x", base_at=work.now)


def in_case(world: World, notice_id: str, login: str, deed: Any) -> Any:
    with open_work(world.ports, world.people[login]) as work:
        return deed(work, work.get(Case, work.get(Notice, notice_id).case_id))


def appeal(work: Work, case: Case) -> str:
    return propose_deadlines(work, "appeal_judgment", case, base_event="收到判决", base_at=work.now)[0].id


def second(world: World, notice_id: str) -> None:
    person = world.person("复核", "counsel")

    def let_in(work: Work) -> None:
        case_id = work.session.get_one(Notice, notice_id).case_id
        work.add(Membership(case_id=case_id, user_id=person.user_id, role="counsel", granted_by="test"))

    world.make(let_in)


def test_a_case_has_deadlines_too_and_a_second_person_confirms(world: World, notice_id: str) -> None:
    second(world, notice_id)
    key = in_case(world, notice_id, "法务", appeal)
    with pytest.raises(SecondPersonRequiredError), open_work(world.ports, world.people["法务"]) as work:
        work.transition(workflow.DEADLINE, work.get(Deadline, key), "confirm")
    with open_work(world.ports, world.people["复核"]) as work:
        work.transition(workflow.DEADLINE, work.get(Deadline, key), "confirm")
    with open_work(world.ports, world.people["法务"]) as work:
        row = work.get(Deadline, key)
        with pytest.raises(InvalidInputError):
            miss_deadline(work, row, reason="x")
        with pytest.raises(InvalidInputError):
            extend_deadline(work, row, until=row.due_at, paper="裁定", reason="x")
    with open_work(world.ports, world.people["法务"]) as work:
        row = work.get(Deadline, key)
        extend_deadline(work, row, until=row.due_at + timedelta(days=5), paper="准予延期通知", reason="疫情")
        assert row.status == "extended"
        assert "准予延期通知" in row.explanation_zh
        assert "extended" in row.explanation_en


def test_giving_one_up_takes_two_people_and_a_reason(world: World, notice_id: str) -> None:
    second(world, notice_id)
    key = in_case(world, notice_id, "法务", appeal)
    with pytest.raises(ReasonRequiredError), open_work(world.ports, world.people["法务"]) as work:
        request_waiver(work, work.get(Deadline, key), reason=" ")
    with open_work(world.ports, world.people["法务"]) as work:
        request_waiver(work, work.get(Deadline, key), reason="不上诉")
    with pytest.raises(SecondPersonRequiredError), open_work(world.ports, world.people["法务"]) as work:
        work.transition(workflow.DEADLINE, work.get(Deadline, key), "waive", reason="不上诉")
    with open_work(world.ports, world.people["复核"]) as work:
        work.transition(workflow.DEADLINE, work.get(Deadline, key), "waive", reason="不上诉")


def test_one_set_by_hand_says_who_set_it(world: World, notice_id: str) -> None:
    base = world.ports.clock.now

    def order(work: Work, case: Case, **more: Any) -> Deadline:
        said = {"kind": "court", "base_event": "补正起诉材料", "basis": "补正通知书", "base_at": base}
        return set_deadline(work, case, **{**said, "due_at": base + timedelta(days=7), **more})

    rows = [in_case(world, notice_id, "法务", order) for _ in range(2)]
    assert [row.ordinal for row in rows] == [1, 2]
    assert rows[0].status == "proposed"
    assert "补正通知书" in rows[0].explanation_zh
    for wrong in ({"kind": "none"}, {"basis": " "}, {"due_at": world.ports.clock.now - timedelta(days=1)}):
        with pytest.raises(InvalidInputError):
            in_case(world, notice_id, "法务", lambda work, case, wrong=wrong: order(work, case, **wrong))
