"""Totals of the damages ledger: pure ``Decimal`` sums, exact to the fen, recomputed each time.

Rules (LAW.md §4): direct loss, lost sales or profit (D1-D3) and the court's discretion (D4) are alternatives for the
same loss; lost sales are an explanation and stay out of the total unless said otherwise; moral damages are for natural
persons only; reasonable costs (D5) are shown with and without; no amount is ever paid for a deletion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label

FEN: Final = Decimal("0.01")
DISCRETION_CAP: Final = Decimal("500000.00")
"""法释〔2014〕11号 art. 12(2) as amended: the court may set up to 500,000 yuan."""
CRIMINAL_DIRECT_LOSS: Final = Decimal("500000.00")
"""Direct loss at which damaging business reputation is prosecuted; a prompt, never a statement."""
PRIMARY: Final = ("D1", "D2", "D3")
ALTERNATIVE: Final = "D4"
COSTS: Final = "D5"
AFTER_JUDGMENT: Final = ("D8", "D9")
OPEN: Final = frozenset({"draft", "evidenced", "reviewed", "claimed", "awarded"})


@dataclass(frozen=True, slots=True)
class Line:
    """One damage item as the sums see it. ``amount`` in yuan."""

    key: str
    head: str
    amount: Decimal
    scope: str = "suit"
    counted: bool = True
    status: str = "draft"
    evidenced: bool = True
    recovered: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the ledger must say: ``block`` stops a claim, otherwise it is printed beside the total."""

    code: str
    keys: tuple[str, ...]
    text: Label
    block: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The ledger's figures in yuan.

    Attributes:
        by_head: counted sums of the suit by head.
        without_costs: the suit without reasonable costs (primary heads, repair and the rest).
        with_costs: the suit with them: the amount claimed.
        alternative: what the court's discretion replaces the primary heads by; None without a D4 line.
        alternative_with_costs: the same with reasonable costs.
        settled: received in settlements.
        ledger_total: suit plus settlement, everything ever put down and counted.
        criminal_direct_loss: direct loss alone, the figure compared with the criminal threshold.
        left_out: shown but not counted.
        findings: what must be said.
    """

    by_head: Mapping[str, Decimal]
    without_costs: Decimal
    with_costs: Decimal
    alternative: Decimal | None
    alternative_with_costs: Decimal | None
    settled: Decimal
    ledger_total: Decimal
    criminal_direct_loss: Decimal
    left_out: Decimal
    findings: tuple[Finding, ...] = field(default=())


def to_fen(amount: Decimal) -> Decimal:
    """Round half up to the fen, as statements of claim do."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def net(gross: Decimal, avoided: Decimal) -> Decimal:
    """Return contract amount less cost avoided.

    Raises:
        InvalidInputError: more was avoided than was lost, or an amount is below zero.
    """
    if gross < 0 or avoided < 0 or avoided > gross:
        raise InvalidInputError(
            field=Label("已避免成本", "avoided cost"),
            problem=Label("不能为负，也不能大于合同金额。", "it must be between zero and the contract amount."),
        )
    return to_fen(gross - avoided)


def assess(lines: Iterable[Line], *, natural_person: bool = False) -> Assessment:
    """Sum a ledger.

    Args:
        lines: every damage item that is not voided.
        natural_person: the plaintiff is one, so moral damages may be counted.
    """
    known = list(lines)
    counted = [line for line in known if line.counted and (line.head != "D7" or natural_person)]
    suit = [line for line in counted if line.scope == "suit" and line.head != ALTERNATIVE]
    heads = sorted({line.head for line in suit})
    by_head = {head: _sum(line for line in suit if line.head == head) for head in heads}
    costs = by_head.get(COSTS, Decimal(0))
    total = _sum(line for line in suit if line.head not in AFTER_JUDGMENT)
    discretion = [line for line in counted if line.head == ALTERNATIVE and line.scope == "suit"]
    alternative = _sum(discretion) if discretion else None
    settled = _sum(line for line in counted if line.scope == "settlement")
    return Assessment(
        by_head=MappingProxyType(by_head),
        without_costs=to_fen(total - costs),
        with_costs=to_fen(total),
        alternative=alternative,
        alternative_with_costs=None if alternative is None else to_fen(alternative + costs),
        settled=settled,
        ledger_total=to_fen(total + settled),
        criminal_direct_loss=_sum(line for line in suit if line.head == "D1"),
        left_out=_sum(line for line in known if line not in counted),
        findings=tuple(_findings(known, natural_person=natural_person)),
    )


def _sum(lines: Iterable[Line]) -> Decimal:
    return to_fen(sum((line.amount for line in lines), Decimal(0)))


def _findings(lines: list[Line], *, natural_person: bool) -> Iterable[Finding]:
    bare = tuple(line.key for line in lines if line.scope == "suit" and line.counted and not line.evidenced)
    if bare:
        yield Finding(
            "no-evidence", bare, Label("没有凭证，不能列入请求。", "no evidence: cannot be claimed."), block=True
        )
    counted_d2 = tuple(line.key for line in lines if line.head == "D2" and line.counted)
    if counted_d2:
        text = Label(
            "销量下降系推算，须有专家签字的归因系数。", "lost sales are an estimate: an expert must sign the factor."
        )
        yield Finding("lost-sales-counted", counted_d2, text)
    repair = tuple(line.key for line in lines if line.head == "D6" and line.counted)
    if counted_d2 and repair:
        text = Label(
            "消除影响费用与销量下降不得重复。", "cost of repair and lost sales must not count the same loss twice."
        )
        yield Finding("repair-and-sales", counted_d2 + repair, text)
    moral = tuple(line.key for line in lines if line.head == "D7")
    if moral and not natural_person:
        text = Label("法人不得请求精神损害赔偿。", "a legal person has no moral damages.")
        yield Finding("moral-of-legal-person", moral, text, block=True)
    discretion = tuple(line.key for line in lines if line.head == ALTERNATIVE and line.counted)
    if discretion and _sum(line for line in lines if line.key in discretion) > DISCRETION_CAP:
        text = Label("酌定赔偿以 50 万元为限。", "the court's discretion ends at 500,000 yuan.")
        yield Finding("discretion-cap", discretion, text, block=True)
    primary = tuple(line.key for line in lines if line.head in PRIMARY and line.counted and line.scope == "suit")
    if discretion and primary:
        text = Label(
            "实际损失、获利与酌定择一：酌定只作备位。", "actual loss and discretion are alternatives: only one counts."
        )
        yield Finding("alternatives", primary + discretion, text)
