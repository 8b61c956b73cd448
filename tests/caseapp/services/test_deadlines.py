"""Deadlines of a notice: from proven arrival, each with its reason, met with proof, computed once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseapp.domain.errors import InvalidInputError
from caseapp.models import Deadline, Notice
from caseapp.services.deadlines import meet_deadlines, propose_deadlines
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
