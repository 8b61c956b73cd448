from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain.damages import Line, assess, net
from caseapp.domain.errors import InvalidInputError

# The example case: three cancelled orders, repair, reasonable costs, one settlement.
EXAMPLE = (
    Line("1", "D1", net(Decimal("46800.00"), Decimal("32292.00"))),
    Line("2", "D1", net(Decimal("27720.00"), Decimal("19126.80"))),
    Line("3", "D1", net(Decimal("18400.00"), Decimal("12880.00"))),
    Line("4", "D6", Decimal("9800.00")),
    Line("5", "D6", Decimal("1372.30")),
    Line("6", "D6", Decimal("3760.00")),
    Line("7", "D5", Decimal("30000.00")),
    Line("8", "D5", Decimal("12846.50")),
    Line("9", "D5", Decimal("4100.00"), scope="settlement", status="recovered"),
    Line("10", "D6", Decimal("4500.00"), scope="settlement", status="recovered"),
)


def test_example_ledger_to_the_fen() -> None:
    found = assess(EXAMPLE)
    assert found.by_head == {"D1": Decimal("28621.20"), "D5": Decimal("42846.50"), "D6": Decimal("14932.30")}
    assert (found.without_costs, found.with_costs) == (Decimal("43553.50"), Decimal("86400.00"))
    assert (found.settled, found.ledger_total) == (Decimal("8600.00"), Decimal("95000.00"))
    assert found.criminal_direct_loss == Decimal("28621.20")
    assert found.alternative is None
    assert not found.findings


def test_discretion_is_an_alternative_and_capped() -> None:
    found = assess((*EXAMPLE, Line("d4", "D4", Decimal("40000.00"))))
    assert found.with_costs == Decimal("86400.00")
    assert found.alternative_with_costs == Decimal("82846.50")
    assert [finding.code for finding in found.findings] == ["alternatives"]
    over = assess([Line("d4", "D4", Decimal("500000.01"))])
    assert [(finding.code, finding.block) for finding in over.findings] == [("discretion-cap", True)]


def test_lost_sales_stay_out_unless_counted_and_moral_damages_need_a_person() -> None:
    sales = Line("d2", "D2", Decimal("23732.21"), counted=False)
    assert assess((*EXAMPLE, sales)).with_costs == Decimal("86400.00")
    assert assess((*EXAMPLE, sales)).left_out == Decimal("23732.21")
    counted = assess([Line("d2", "D2", Decimal("1.00")), Line("d6", "D6", Decimal("1.00"))])
    assert {finding.code for finding in counted.findings} == {"lost-sales-counted", "repair-and-sales"}
    moral = Line("d7", "D7", Decimal("5000.00"))
    assert assess([moral]).with_costs == Decimal("0.00")
    assert assess([moral]).findings[0].block
    assert assess([moral], natural_person=True).with_costs == Decimal("5000.00")


def test_a_claim_without_evidence_is_blocked() -> None:
    found = assess([Line("1", "D5", Decimal("1.00"), evidenced=False)])
    assert [(finding.code, finding.keys, finding.block) for finding in found.findings] == [
        ("no-evidence", ("1",), True)
    ]


@pytest.mark.parametrize(("gross", "avoided"), [("1", "2"), ("-1", "0"), ("1", "-1")])
def test_net_refuses_nonsense(gross: str, avoided: str) -> None:
    with pytest.raises(InvalidInputError):
        net(Decimal(gross), Decimal(avoided))


fen = st.integers(min_value=0, max_value=10**12).map(lambda whole: Decimal(whole) / 100)
lines = st.lists(
    st.builds(
        Line,
        key=st.uuids().map(str),
        head=st.sampled_from(["D1", "D2", "D3", "D5", "D6", "U1"]),
        amount=fen,
        scope=st.sampled_from(["suit", "settlement"]),
        counted=st.booleans(),
    ),
    max_size=40,
)


@given(lines)
def test_sums_are_exact_in_fen(found: list[Line]) -> None:
    assessment = assess(found)
    suit = sum(int(line.amount * 100) for line in found if line.counted and line.scope == "suit")
    everything = sum(int(line.amount * 100) for line in found)
    assert int(assessment.with_costs * 100) == suit
    assert int((assessment.ledger_total + assessment.left_out) * 100) == everything
    assert assessment.without_costs + assessment.by_head.get("D5", Decimal(0)) == assessment.with_costs
    assert sum(assessment.by_head.values(), Decimal(0)) == assessment.with_costs
