"""An item of the ledger is corrected as a draft, proven, and every later step has its person and its sum."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from caseapp.domain.errors import (
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    StaleVersionError,
    WorkflowRefusedError,
)
from caseapp.models import Case, DamageItem, EvidenceItem, Exhibit
from caseapp.services.damage_steps import (
    checked,
    count_damage,
    detach_evidence,
    edit_damage,
    link_of,
    step_damage,
    void_damage,
)  # fmt: skip
from caseapp.services.damages import add_damage, attach_evidence
from caseapp.services.work import Work, open_work
from tests.caseapp.conftest import LocalPorts, World


def proven(world: World, ports: LocalPorts) -> tuple[str, str]:
    """A draft of counsel lin with one exhibit; keys of both."""
    lin, zhou, su = world.person("lin", "counsel"), world.person("zhou", "counsel"), world.person("su")
    case_id = world.case((lin, "lead"), (zhou, "lead"), (su, "viewer"))

    def exhibit(work: Work) -> str:
        item = work.add(EvidenceItem(no=work.next_no("evidence"), title="取消函", obtained_at=work.now))
        work.add(Exhibit(case_id=case_id, evidence_id=item.id, exhibit_no="证5-1"))
        return item.id

    evidence = world.make(exhibit)
    with open_work(ports, lin) as work:
        row = add_damage(work, work.get(Case, case_id), head="D1", title="取消订单", amount=Decimal("100.00"))
        attach_evidence(work, row, work.get(EvidenceItem, evidence))
        return row.id, evidence


@pytest.mark.parametrize(
    "values",
    [
        {"amount_fen": Decimal(-1)}, {"amount_fen": Decimal("1.001")}, {"title": ""}, {"title": "长" * 301},
        {"causation": "长" * 2001}, {"head": "BRIBE"}, {"scope": "x"}, {"confidence": "x"},
        {"period_from": dt.date(2026, 9, 1), "period_to": dt.date(2026, 8, 1)},
        {"amount_fen": Decimal(5), "gross_fen": Decimal(9), "avoided_fen": Decimal(1)},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_before_it_is_written(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        checked(values)


def test_every_step_has_its_person_and_its_sum(world: World, ports: LocalPorts) -> None:
    key, _evidence = proven(world, ports)
    lin, zhou = world.person("lin"), world.person("zhou")

    def step(person: Any, action: str, **more: Any) -> None:
        with open_work(ports, person) as work:
            step_damage(work, work.get(DamageItem, key), action, **more)

    step(lin, "attach_evidence")
    with pytest.raises(SecondPersonRequiredError):
        step(lin, "review")
    with pytest.raises(PermissionDeniedError):
        step(world.person("su"), "review")
    step(zhou, "send_back", reason="算式不清")
    step(lin, "attach_evidence")
    step(zhou, "review")
    step(lin, "claim")
    for wrong in (Decimal(-1), Decimal("100.01"), Decimal("1.001")):
        with pytest.raises(InvalidInputError):
            step(lin, "award", amount=wrong)
    step(lin, "award", amount=Decimal("60.00"))
    with pytest.raises(InvalidInputError):
        step(lin, "recover", amount=Decimal("60.01"))
    step(lin, "recover", amount=Decimal("60.00"))
    with pytest.raises(WorkflowRefusedError), open_work(ports, lin) as work:
        void_damage(work, work.get(DamageItem, key), reason="x")


def test_only_a_draft_is_corrected_and_loses_its_proof(world: World, ports: LocalPorts) -> None:
    key, evidence = proven(world, ports)
    lin = world.person("lin")
    with pytest.raises(StaleVersionError), open_work(ports, lin) as work:
        edit_damage(work, work.get(DamageItem, key), seen_version=99, title="x")
    with open_work(ports, lin) as work:
        row = work.get(DamageItem, key)
        edit_damage(work, row, seen_version=row.version, title=" 新 ", amount_fen=Decimal("120.00"))
        link = link_of(work, row, evidence)
        assert (row.title, row.amount_fen) == ("新", Decimal("120.00"))
        assert link is not None
        with pytest.raises(ReasonRequiredError):
            detach_evidence(work, link, reason=" ")
        step_damage(work, row, "attach_evidence")
        with pytest.raises(WorkflowRefusedError):
            detach_evidence(work, link, reason="附错")
        with pytest.raises(WorkflowRefusedError):
            edit_damage(work, row, seen_version=row.version, title="再改")


def test_leaving_out_and_voiding_say_why_and_outsiders_find_nothing(world: World, ports: LocalPorts) -> None:
    key, _evidence = proven(world, ports)
    lin = world.person("lin")
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        count_damage(work, work.get(DamageItem, key), counted=False, reason="")
    with open_work(ports, lin) as work:
        count_damage(work, work.get(DamageItem, key), counted=False, reason="重复")
        assert not work.get(DamageItem, key).counted
    for person, refusal in (
        (world.person("su"), PermissionDeniedError),
        (world.person("wei", "counsel"), NotFoundError),
    ):
        with pytest.raises(refusal), open_work(ports, person) as work:
            void_damage(work, work.session.get_one(DamageItem, key), reason="x")
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        void_damage(work, work.get(DamageItem, key), reason=" ")
    with open_work(ports, lin) as work:
        void_damage(work, work.get(DamageItem, key), reason="登记错")
        assert work.get(DamageItem, key).void_reason == "登记错"
