"""Parties are named after a conflict check; reliefs are put down in order; both are voided, never deleted."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NotFoundError, PermissionDeniedError, ReasonRequiredError
from caseapp.models import AuditEvent, Case, Party, Relief
from caseapp.services.parties import (
    ConflictOfInterestError,
    add_relief,
    conflicts,
    fold,
    name_party,
    void_party,
    void_relief,
)
from caseapp.services.work import open_work, read_work
from tests.caseapp.conftest import LocalPorts, World


def test_names_are_compared_without_width_case_blanks_and_brackets() -> None:
    assert fold("山石知野（澜江）科技 ＡＢＣ") == fold("山石知野(澜江)科技abc")
    assert fold("\u200b \u202e") == ""


def test_a_clash_with_another_case_is_named_and_cleared_with_a_reason(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    first, second = world.case((lin, "lead")), world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        name_party(work, work.get(Case, first), role="plaintiff", name="苜禾（澜江）")
    with pytest.raises(ConflictOfInterestError), open_work(ports, lin) as work:
        name_party(work, work.get(Case, second), role="defendant", name="苜禾(澜江)")
    with open_work(ports, lin) as work:
        case = work.get(Case, second)
        name_party(work, case, role="defendant", name="苜禾(澜江)", cleared="同名的另一家，统一代码不同")
    with ports.sessions() as session:
        found = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("%conflict%"))).all()
        assert len(found) == 1


def test_a_clash_in_a_case_one_may_not_see_is_not_told(world: World, ports: LocalPorts) -> None:
    lin, zhou = world.person("lin", "counsel"), world.person("zhou", "counsel")
    mine, theirs = world.case((lin, "lead")), world.case((zhou, "lead"))
    with open_work(ports, zhou) as work:
        name_party(work, work.get(Case, theirs), role="plaintiff", name="苜禾")
    with read_work(ports, lin) as work:
        assert conflicts(work, "苜禾", "defendant", case_id=mine) == []


@pytest.mark.parametrize("name", ["", "  ", "长" * 301])
def test_names_that_are_none_are_refused(world: World, ports: LocalPorts, name: str) -> None:
    lin = world.person("lin", "counsel")
    case_id = world.case((lin, "lead"))
    with pytest.raises(InvalidInputError), open_work(ports, lin) as work:
        name_party(work, work.get(Case, case_id), role="target", name=name)


def test_reliefs_follow_each_other_and_are_voided_with_a_reason(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    case_id = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        case = work.get(Case, case_id)
        rows = [add_relief(work, case, kind="apology", text=text) for text in ("公开道歉", "消除影响")]
        assert [row.order_no for row in rows] == [1, 2]
        with pytest.raises(InvalidInputError):
            add_relief(work, case, kind="revenge", text="x")
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        void_relief(work, work.get(Relief, rows[0].id), reason=" ")
    with open_work(ports, lin) as work:
        void_relief(work, work.get(Relief, rows[1].id), reason="并入第一项")
        assert add_relief(work, work.get(Case, case_id), kind="apology", text="再来").order_no == 2


def test_the_viewer_and_the_colleague_outside_name_nobody(world: World, ports: LocalPorts) -> None:
    lin, su, wei = world.person("lin", "counsel"), world.person("su"), world.person("wei", "counsel")
    case_id = world.case((lin, "lead"), (su, "viewer"))
    with open_work(ports, lin) as work:
        key = name_party(work, work.get(Case, case_id), role="target", name="某").id
    for person, refusal in ((su, PermissionDeniedError), (wei, NotFoundError)):
        with pytest.raises(refusal), open_work(ports, person) as work:
            name_party(work, work.session.get_one(Case, case_id), role="target", name="x")
        with pytest.raises(refusal), open_work(ports, person) as work:
            void_party(work, work.session.get_one(Party, key), reason="x")
