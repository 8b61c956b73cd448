"""Hop 10: sums to the fen, each resting on evidence and checked by a second person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import (
    InvalidInputError,
    MissingBeforeError,
    NotFoundError,
    PermissionDeniedError,
    SecondPersonRequiredError,
)
from caseapp.models import AuditEvent, Case, DamageEvidence, DamageItem, EvidenceItem
from caseapp.services import damages
from caseapp.services.work import Actor, open_work
from tests.caseapp.services.house import House, claimed, stranger


def assess(house: House, login: str = "lin") -> Any:
    with house.work(login) as work:
        return damages.assess_damages(work, work.get(Case, house.case_id))


def test_the_ledger_of_the_case_to_the_fen(house: House) -> None:
    proof = house.paper("证5-1", "取消函")
    rows: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("14508.00", "D1", {"gross": Decimal("46800.00"), "avoided": Decimal("32292.00")}),
        ("8593.20", "D1", {"gross": Decimal("27720.00"), "avoided": Decimal("19126.80")}),
        ("5520.00", "D1", {"gross": Decimal("18400.00"), "avoided": Decimal("12880.00")}),
        ("9800.00", "D6", {}), ("1372.30", "D6", {}), ("3760.00", "D6", {}),
        ("3200.01", "D5", {}), ("0.01", "D5", {}),
        ("120000.00", "D2", {"counted": False}), ("5000.00", "D1", {"scope": "settlement"}),
    )  # fmt: skip
    for amount, head, more in rows:
        key = house.damage(amount, head=head, item=proof, **more)
        with house.work("lin") as work:
            damages.evidence_damage(work, work.get(DamageItem, key))
    first, again = assess(house), assess(house)
    assert (first.by_head["D1"], first.by_head["D6"], first.by_head["D5"]) == (
        Decimal("28621.20"), Decimal("14932.30"), Decimal("3200.02"),
    )  # fmt: skip
    assert (first.without_costs, first.with_costs) == (Decimal("43553.50"), Decimal("46753.52"))
    assert (first.settled, first.left_out) == (Decimal("5000.00"), Decimal("120000.00"))
    assert first.by_head == again.by_head
    with house.work("lin") as work:
        facts = damages.ledger_facts(work, work.get(Case, house.case_id), first)
    assert facts["total"] == "46753.52"
    assert sum(Decimal(line["amount"]) for head in facts["heads"] for line in head["items"]) == Decimal("46753.52")
    with house.work("lin") as work:
        number = work.get(EvidenceItem, proof).no
    assert all(line["exhibits"] == [number] for head in facts["heads"] for line in head["items"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Decimal(-1)}, {"amount": Decimal("1.001")}, {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")}, {"head": "D99"}, {"head": "paid_deletion"}, {"scope": "other"},
        {"amount": Decimal(5), "gross": Decimal(10), "avoided": Decimal(4)},
        {"amount": Decimal(-1), "gross": Decimal(1), "avoided": Decimal(2)},
    ],
)  # fmt: skip
def test_sums_that_are_none_are_refused(house: House, wrong: dict[str, Any]) -> None:
    values: dict[str, Any] = {"head": "D1", "title": "x", "amount": Decimal(1), **wrong}
    with pytest.raises(InvalidInputError) as refused, house.work("lin") as work:
        damages.add_damage(work, work.get(Case, house.case_id), **values)
    assert refused.value.message("zh")
    assert refused.value.message("en")


def test_evidence_then_a_second_person_then_the_claim(house: House) -> None:
    key = house.damage("100.00")
    with pytest.raises(InvalidInputError), house.work("lin") as work:
        damages.evidence_damage(work, work.get(DamageItem, key))
    with pytest.raises(MissingBeforeError), house.work("lin") as work:
        work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "attach_evidence")
    proof = house.paper("证5-1", "取消函")
    with house.work("lin") as work:
        row, item = work.get(DamageItem, key), work.get(EvidenceItem, proof)
        first = damages.attach_evidence(work, row, item, note="原件")
        assert damages.attach_evidence(work, row, item).id == first.id
        damages.evidence_damage(work, row)
    with pytest.raises(SecondPersonRequiredError), house.work("lin") as work:
        work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "review")
    with house.work("han") as work:
        work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "review")
    with house.work("lin") as work:
        work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "claim")
    assert claimed(house, key) == "claimed"
    with house.ports.sessions() as session:
        trail = set(session.scalars(select(AuditEvent.action)))
        tables = set(session.scalars(select(AuditEvent.object_type)))
    assert {"damage_item.added", "damage_item.attach_evidence", "damage_item.review", "damage_item.claim"} <= trail
    assert "damage_evidence" in tables


def test_a_link_taken_back_carries_nothing(house: House) -> None:
    proof = house.paper("证5-1", "取消函")
    key = house.damage("100.00", item=proof)
    with house.work("lin") as work:
        work.void(work.session.scalars(select(DamageEvidence)).one(), "附错了")
    with pytest.raises(InvalidInputError), house.work("lin") as work:
        damages.evidence_damage(work, work.get(DamageItem, key))
    assert [finding.code for finding in assess(house).findings if finding.keys]


def refused_all(house: House, actor: Actor, key: str, proof: str) -> None:
    with open_work(house.ports, actor) as work:
        case, row = work.session.get_one(Case, house.case_id), work.session.get_one(DamageItem, key)
        item = work.session.get_one(EvidenceItem, proof)
        for deed in (
            lambda: damages.add_damage(work, case, head="D1", title="x", amount=Decimal(1)),
            lambda: damages.attach_evidence(work, row, item),
            lambda: damages.evidence_damage(work, row),
            lambda: damages.assess_damages(work, case),
        ):
            with pytest.raises(NotFoundError):
                deed()
        assert damages.items_of(work, case) == []


def test_people_outside_the_case_find_nothing(house: House) -> None:
    proof = house.paper("证5-1", "取消函")
    key = house.damage("100.00", item=proof)
    refused_all(house, house["outside"], key, proof)
    refused_all(house, stranger(house), key, proof)
    with pytest.raises(PermissionDeniedError), house.work("gao") as work:
        damages.evidence_damage(work, work.get(DamageItem, key))
