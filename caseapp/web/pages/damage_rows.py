"""The ledger as the tab of a case and as a page of its own: figures, rows by head, findings, the chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import url_for

from caseapp.domain.damages import DISCRETION_CAP, Assessment, Finding
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DAMAGE_HEAD
from caseapp.services.queries import CaseHead
from caseapp.services.queries.damages import DamageLine, assessed, damage_lines
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.filters import calendar_day, money
from caseapp.web.i18n import N_, _, many
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import NextStep, say
from caseapp.web.pages.damage_study import Picture, picture, when
from caseapp.web.unit import key_of

TONES: Final = {"D1": "f1", "D2": "f1", "D3": "f1", "D6": "f2", "D5": "f3"}
ROW: Final = 30
BARS: Final = 12
"""Bars of the chart; the rest is one bar."""
BAR_X, WIDEST = 150, 340


@dataclass(frozen=True, slots=True)
class Total:
    """One figure above the table."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Head:
    """The items under one head of damage with their sum; ``note`` is what the law says of the whole head."""

    key: str
    title: str
    lines: Sequence[DamageLine]
    total: Decimal
    note: str

    @property
    def counted(self) -> bool:
        """Whether any of it is part of the amount claimed."""
        return any(counts(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, in its own pixels."""

    label: str
    title: str
    amount: Decimal
    y: int
    width: int
    tone: str

    @property
    def end(self) -> int:
        """Where its figure begins."""
        return BAR_X + self.width + 8


@dataclass(frozen=True, slots=True)
class Chart:
    """What the amount claimed consists of."""

    bars: Sequence[Bar]
    height: int
    finding: str


def period(line: DamageLine) -> str:
    """Return from when to when, as far as it is known."""
    if line.period_from is None and line.period_to is None:
        return _("未填")
    if line.period_to is None and line.period_from is not None:
        return _("%(day)s 起", day=calendar_day(line.period_from))
    if line.period_from is None and line.period_to is not None:
        return _("至 %(day)s", day=calendar_day(line.period_to))
    first, last = calendar_day(line.period_from or line.period_to), calendar_day(line.period_to or line.period_from)  # type: ignore[arg-type]  # one of the two is there
    return first if first == last else _("%(a)s 至 %(b)s", a=first, b=last)


def left_out(line: DamageLine) -> str:
    """Return why an item is no part of the amount claimed; empty when it is."""
    if line.head == "D7":
        return _("法人不主张精神损害")
    if line.head == "D4":
        return _("备位方案，与实际损失不能相加")
    if line.head in {"D8", "D9"}:
        return _("判决后另计")
    if line.scope != "suit":
        return wording.word("damage_scope", line.scope)
    if not line.counted:
        return _("需专家签字，默认不计入") if line.head == "D2" else _("已注明不计入")
    return ""


def counts(line: DamageLine) -> bool:
    """Whether an item is part of the amount claimed."""
    return not left_out(line)


def totals(lines: Sequence[DamageLine], figures: Assessment) -> list[Total]:
    """Return the two totals and how much is left out, and why."""
    inside = [line for line in lines if counts(line)]
    outside = [line for line in lines if not counts(line)]
    bare = sum(line.bare for line in inside)
    checked = sum(line.status not in {"draft", "evidenced"} for line in inside)
    costs = figures.by_head.get("D5", Decimal(0))
    proven = many("%(num)d 项缺凭证", bare) if bare else _("全部有凭证")
    first = many("%(num)d 项，%(done)d 项已复核，%(proven)s", len(inside), done=checked, proven=proven)
    if not inside:
        first = _("还没有计入的项目")
    spent = _("合理开支 %(sum)s（民法典 1182；法释〔2014〕11号第 12 条）", sum=money(costs))
    reasons = dict.fromkeys(left_out(line) for line in outside)
    why = _("；").join(reasons) if outside else _("没有")
    return [
        Total(_("请求合计（含合理开支）"), money(figures.with_costs, bare=True), _("元"), first),
        Total(_("不含合理开支"), money(figures.without_costs, bare=True), _("元"), spent),
        Total(_("未计入"), str(len(outside)), _("项"), _("%(why)s。不输出预测判赔额", why=why)),
    ]


def outcome(lines: Sequence[DamageLine]) -> tuple[Decimal, Decimal] | None:
    """Return what was awarded and what was recovered; None before anything was."""
    awarded = [line.awarded for line in lines if line.awarded is not None]
    recovered = [line.recovered for line in lines if line.recovered is not None]
    return (sum(awarded, Decimal(0)), sum(recovered, Decimal(0))) if awarded or recovered else None


def heads(lines: Sequence[DamageLine]) -> list[Head]:
    """Return the items by head in the order of the heads; one that is shown in part sums what is shown."""
    notes = {
        "D2": _("与 D4 互斥；归因系数由专家签字"),
        "D4": _("以 %(sum)s 为限，与实际损失择一", sum=money(DISCRETION_CAP)),
        "D7": _("法人不主张"),
    }
    found = []
    for key in DAMAGE_HEAD:
        mine = [line for line in lines if line.head == key]
        if mine:
            total = sum((line.amount for line in mine if counts(line)), Decimal(0))
            found.append(Head(key, say(DAMAGE_HEAD[key]), mine, total, notes.get(key, "")))
    return found


def findings(figures: Assessment, lines: Sequence[DamageLine]) -> list[tuple[Finding, str]]:
    """Return what the ledger must say, each with the labels of the items it speaks of."""
    labels = {line.id: line.label for line in lines}
    return [(found, " ".join(labels[key] for key in found.keys if key in labels)) for found in figures.findings]


def chart(lines: Sequence[DamageLine]) -> Chart | None:
    """Return what the amount claimed consists of, the largest first; None when nothing counts."""
    counted = sorted((line for line in lines if counts(line)), key=lambda line: -line.amount)
    if not counted or counted[0].amount == 0:
        return None
    shown, rest = counted[:BARS], counted[BARS:]
    rows = [(line.label, line.title, line.amount, TONES.get(line.head, "f3")) for line in shown]
    if rest:
        more = many("其余 %(num)d 项", len(rest))
        rows.append(("", more, sum((line.amount for line in rest), Decimal(0)), "f3"))
    most = max(amount for _label, _title, amount, _tone in rows)
    bars = [
        Bar(label, title, amount, 8 + ROW * at, max(2, int(WIDEST * amount / most)), tone)
        for at, (label, title, amount, tone) in enumerate(rows)
    ]
    first = bars[0]
    said = many("最大一项 %(label)s，%(sum)s；共 %(num)d 项", len(counted), label=first.label, sum=money(first.amount))
    return Chart(bars, 16 + ROW * len(bars), said)


def _confidence(key: str) -> str:
    return wording.word("damage_confidence", key)


def _head(key: str) -> str:
    return wording.word("damage_head", key)


def _state(key: str) -> str:
    return wording.state_word("damage_item", key)


def _counted(key: str) -> str:
    return _("计入") if key == "yes" else _("未计入")


def _proof(key: str) -> str:
    return _("有凭证") if key == "yes" else _("缺凭证")


COLUMNS: tuple[Column[DamageLine], ...] = (
    Column("label", N_("编号"), lambda row: row.label),
    Column("title", N_("项目"), lambda row: row.title),
    Column("head", N_("类别"), lambda row: _head(row.head)),
    Column("formula", N_("算式"), lambda row: row.formula),
    Column("period", N_("期间"), lambda row: row.period_from or row.period_to),
    Column("until", N_("止期"), lambda row: row.period_to),
    Column("proofs", N_("凭证"), lambda row: " ".join(proof.exhibit or proof.number for proof in row.proofs)),
    Column("confidence", N_("依据"), lambda row: _confidence(row.confidence)),
    Column("status", N_("状态"), lambda row: _state(row.status)),
    Column("amount", N_("金额（元）"), lambda row: row.amount),
    Column("left_out", N_("未计入的理由"), left_out),
    Column("payer", N_("付款人"), lambda row: row.payer),
    Column("payee", N_("收款人"), lambda row: row.payee),
    Column("causation", N_("因果"), lambda row: row.causation),
    Column("reviewed", N_("复核人"), lambda row: row.reviewed_by),
    Column("awarded", N_("判令（元）"), lambda row: row.awarded),
    Column("recovered", N_("收回（元）"), lambda row: row.recovered),
    Column("case", N_("案件"), lambda row: row.case_no),
)
FILTERS: tuple[Filter[DamageLine], ...] = (
    Filter("head", N_("类别"), lambda row: row.head, _head),
    Filter("status", N_("状态"), lambda row: row.status, _state),
    Filter("counted", N_("计入"), lambda row: "yes" if counts(row) else "no", _counted),
    Filter("proof", N_("凭证"), lambda row: "no" if row.bare else "yes", _proof),
)
BY_CASE: Filter[DamageLine] = Filter("case", N_("案件"), lambda row: key_of(row.case_no, sample=row.case_sample), str)


def damage_list(lines: Sequence[DamageLine], *, many_cases: bool = False) -> Listing[DamageLine]:
    """Return the items as the address filters and orders them."""
    return listing(lines, COLUMNS, (BY_CASE, *FILTERS) if many_cases else FILTERS, paged=False)


def next_step(lines: Sequence[DamageLine]) -> NextStep | None:
    """Return the one next step of a ledger: a missing proof first, then a review, then the claim."""
    wanted: tuple[tuple[Callable[[DamageLine], bool], str, str, str], ...] = (
        (lambda line: line.status == "draft" and line.bare and counts(line), _("补上凭证：%(what)s"),
         _("没有凭证的损失项不能列入请求。"), _("补凭证")),
        (lambda line: "attach_evidence" in line.actions and not line.bare, _("提交凭证：%(what)s"),
         _("凭证已附上，提交后由第二人复核。"), _("核对")),
        (lambda line: "review" in line.actions, _("复核：%(what)s"),
         _("由填写和提交凭证以外的人复核算式、期间和凭证。"), _("复核")),
        (lambda line: "claim" in line.actions and counts(line), _("列入请求：%(what)s"),
         _("已复核，可以列入诉讼请求。"), _("核对")),
    )  # fmt: skip
    for test, do, why, verb in wanted:
        line = next((one for one in lines if test(one)), None)
        if line is not None:
            what = f"{line.label} {line.title}"
            return NextStep(do % {"what": what}, why, "", url_for("damage.page", key=line.id), verb)
    return None


def studies(lines: Sequence[DamageLine]) -> list[tuple[DamageLine, Picture]]:
    """Return the pictures of the lost-sales items that hold a series; one is what a page bears."""
    drawn = ((line, picture(line.sales)) for line in lines if line.head == "D2" and line.sales)
    return [(line, shown) for line, shown in drawn if shown is not None][:1]


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the damages' tab of a case shows."""
    lines = damage_lines(work, case_id=head.id)
    figures = assessed(lines)
    shown = damage_list(lines)
    key = key_of(head.number, sample=head.sample)
    may = Permission.DAMAGE_EDIT in granted_in(work, head.id) and head.status != "archived"
    return {
        "shown": shown,
        "totals": totals(lines, figures),
        "outcome": outcome(lines),
        "heads": heads(shown.rows),
        "findings": findings(figures, lines),
        "chart": chart(lines),
        "studies": studies(lines),
        "study_when": when,
        "step": next_step(lines),
        "add": url_for("damage.add", case=key) if may else "",
        "period": period,
        "left_out": left_out,
        "say": say,
    }
