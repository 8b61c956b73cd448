"""Letters: what came and went in a case, checked before it is kept, with what came along, and voided with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, PermissionDeniedError
from caseapp.models import Case, Correspondence, CorrespondenceEvidence, EvidenceItem, Exhibit
from caseapp.services.correspondence import add_letter, void_letter
from caseapp.services.work import Work, open_work
from tests.caseapp.conftest import LocalPorts, World

LETTER: dict[str, Any] = {"direction": "received", "channel": "email", "party": "微汛", "subject": "请补材料"}


def opened(world: World) -> str:
    lin, su, wai = world.person("lin", "counsel"), world.person("su"), world.person("wai")
    return world.case((lin, "lead"), (su, "viewer"), (wai, "pr"))


def kept(world: World, ports: LocalPorts, case_id: str, **more: Any) -> str:
    with open_work(ports, world.person("lin")) as work:
        return add_letter(work, work.get(Case, case_id), at=work.now, **LETTER | more).id


@pytest.mark.parametrize(
    "wrong",
    [{"direction": "x"}, {"channel": "x"}, {"party": " "}, {"subject": "长" * 301}, {"body": "长" * 20_001}],
)
def test_what_is_no_letter_is_refused_and_nothing_stays(world: World, ports: LocalPorts, wrong: dict[str, Any]) -> None:
    case_id = opened(world)
    with pytest.raises(InvalidInputError):
        kept(world, ports, case_id, **wrong)
    with ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Correspondence)) == 0


def test_a_letter_of_tomorrow_is_none(world: World, ports: LocalPorts) -> None:
    case_id = opened(world)
    with pytest.raises(InvalidInputError), open_work(ports, world.person("lin")) as work:
        add_letter(work, work.get(Case, case_id), at=work.now + timedelta(days=1), **LETTER)


def _with_another_cases_item(work: Work, case_id: str, evidence: str) -> None:
    other = work.session.get_one(EvidenceItem, evidence)
    add_letter(work, work.get(Case, case_id), at=work.now, evidence=(other,), **LETTER)


def test_what_came_along_is_linked_once_and_other_peoples_items_do_not_exist(world: World, ports: LocalPorts) -> None:
    case_id, foreign = opened(world), world.case((world.person("zhou", "counsel"), "lead"))

    def item(work: Work, home: str) -> str:
        row = work.add(EvidenceItem(no=work.next_no("evidence"), title="附件", obtained_at=work.now))
        work.add(Exhibit(case_id=home, evidence_id=row.id, exhibit_no="证1-1"))
        return row.id

    mine = world.make(lambda work: item(work, case_id))
    theirs = world.make(lambda work: item(work, foreign))
    with open_work(ports, world.person("lin")) as work:
        found = work.get(EvidenceItem, mine)
        add_letter(work, work.get(Case, case_id), at=work.now, evidence=(found, found), **LETTER)
    with pytest.raises(NotFoundError), open_work(ports, world.person("lin")) as work:
        _with_another_cases_item(work, case_id, theirs)
    with ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CorrespondenceEvidence)) == 1
        assert session.scalar(select(func.count()).select_from(Correspondence)) == 1


def test_the_wrong_person_keeps_and_voids_nothing(world: World, ports: LocalPorts) -> None:
    case_id = opened(world)
    key = kept(world, ports, case_id)
    su, wei = world.person("su"), world.person("wei", "counsel")
    for person, refusal in ((su, PermissionDeniedError), (wei, NotFoundError)):
        with pytest.raises(refusal), open_work(ports, person) as work:
            add_letter(work, work.session.get_one(Case, case_id), at=work.now, **LETTER)
        with pytest.raises(refusal), open_work(ports, person) as work:
            void_letter(work, work.session.get_one(Correspondence, key), reason="x")
    with pytest.raises(CaseError), open_work(ports, world.person("lin")) as work:
        void_letter(work, work.get(Correspondence, key), reason=" ")
    with open_work(ports, world.person("lin")) as work:
        void_letter(work, work.get(Correspondence, key), reason="登记错")
        assert work.get(Correspondence, key).void_reason == "登记错"
