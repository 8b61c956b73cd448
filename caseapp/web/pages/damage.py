"""损失: the ledgers of all cases, one item with what it rests on, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, render_template

from caseapp.domain import workflow
from caseapp.domain.errors import NotFoundError
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DAMAGE_CONFIDENCE, DAMAGE_HEAD, DAMAGE_SCOPE
from caseapp.models import DamageItem
from caseapp.services.damage_steps import LINE, TEXT
from caseapp.services.queries.damages import DamageLine, assessed, damage_lines
from caseapp.services.queries.matter import ExhibitLine, exhibits_of
from caseapp.services.work import Work
from caseapp.web.access import needs
from caseapp.web.forms import Form, choice, day, money, text
from caseapp.web.i18n import N_
from caseapp.web.marks import say
from caseapp.web.pages import damage_rows, damage_study
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("damage", __name__, url_prefix="/damages")
SUMS: Final = {"award": N_("判令金额（元）"), "recover": N_("收回金额（元）")}
DOES: Final = {
    "attach_evidence": N_("凭证齐了，提交后由另一人复核，在退回之前不能再改。"),
    "review": N_("核对算式、期间、因果和凭证无误。填写和提交凭证的人不能复核。"),
    "send_back": N_("退回后可以修改，须写明要改什么。"),
    "claim": N_("列入诉讼请求。列入后不能作废，只能登记结果。"),
    "award": N_("登记法院判令的金额，不高于请求的金额。"),
    "recover": N_("登记实际收回的金额，不能撤销。"),
    "reject": N_("登记未获支持，须写明理由，不能撤销。"),
}


class Item(Form):
    """A damage item as it is put down; there is no kind for paying for a deletion."""

    head = choice(N_("类别"), lambda: [(key, f"{key} {say(DAMAGE_HEAD[key])}") for key in DAMAGE_HEAD], required=True)
    title = text(N_("项目"), limit=LINE, required=True)
    amount = money(N_("金额（元）"), required=True)
    gross = money(N_("合同总额（元）"))
    avoided = money(N_("节省的成本（元）"))
    formula = text(N_("算式"), limit=TEXT, area=True)
    period_from = day(N_("起期"))
    period_to = day(N_("止期"))
    payer = text(N_("付款人"), limit=LINE)
    payee = text(N_("收款人"), limit=LINE)
    confidence = choice(
        N_("依据"), lambda: [(key, say(DAMAGE_CONFIDENCE[key])) for key in DAMAGE_CONFIDENCE], required=True
    )
    scope = choice(N_("用于"), lambda: [(key, say(DAMAGE_SCOPE[key])) for key in DAMAGE_SCOPE], required=True)
    basis = text(N_("法律依据"), limit=LINE)
    causation = text(N_("因果"), limit=TEXT, area=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the table as the page offers it."""

    action: str
    verb: str
    does: str
    reason: bool
    sum: str


@blueprint.get("/")
@needs(Permission.CASE_READ)
def index() -> str | Response:
    """List the damage items of every case this person reads, with the figures of what is shown."""
    with reading() as work:
        lines = damage_lines(work, sample=house().settings.demo)
    shown = damage_rows.damage_list(lines, many_cases=True)
    if shown.wants_csv:
        return shown.csv("damages")
    chosen = shown.chosen.get("case")
    mine = [line for line in lines if chosen is None or key_of(line.case_no, sample=line.case_sample) == chosen]
    return render_template(
        "damage/index.html",
        shown=shown,
        totals=damage_rows.totals(mine, assessed(mine)),
        outcome=damage_rows.outcome(mine),
        period=damage_rows.period,
        left_out=damage_rows.left_out,
        cases=len({line.case_id for line in mine}),
    )


@blueprint.get("/<key>")
@needs(Permission.CASE_READ)
def page(key: str) -> str:
    """Show one item: how it was computed, what it rests on, who checked it, and the next step."""
    with reading() as work:
        return show(work, item_of(work, key))


def item_of(work: Work, key: str) -> DamageItem:
    """Return the visible item of a key.

    Raises:
        NotFoundError: absent, voided or not visible.
    """
    row = work.get(DamageItem, key)
    if row.voided_at is not None:
        raise NotFoundError(kind=workflow.DAMAGE_ITEM.label)
    return row


def line_of(work: Work, row: DamageItem) -> DamageLine:
    """Return the item with its label and what can be done.

    Raises:
        NotFoundError: this person does not read the case.
    """
    found = next((line for line in damage_lines(work, case_id=row.case_id) if line.id == row.id), None)
    if found is None:
        raise NotFoundError(kind=workflow.DAMAGE_ITEM.label)
    return found


def show(work: Work, row: DamageItem, *, problem: str = "", typed: dict[str, str] | None = None) -> str:
    """Render an item; ``problem`` is what was refused, ``typed`` what was sent with it."""
    line = line_of(work, row)
    steps = [
        Step(step.action, say(step.label), DOES[step.action], step.reason, SUMS.get(step.action, ""))
        for step in work.offers(workflow.DAMAGE_ITEM, row)
        if step.action in DOES and not (step.action == "attach_evidence" and line.bare)
    ]
    first = next((step for step in steps if step.action not in {"send_back", "reject"}), None)
    may = Permission.DAMAGE_EDIT in line.may
    return render_template(
        "damage/page.html",
        line=line,
        case_key=key_of(line.case_no, sample=line.case_sample),
        primary=first,
        steps=[step for step in steps if step is not first],
        may_edit=may,
        draft=line.status == workflow.DAMAGE_ITEM.initial,
        choices=_choices(work, line) if may else [],
        period=damage_rows.period(line),
        left_out=damage_rows.left_out(line),
        study=damage_study.picture(line.sales),
        study_figures=damage_study.FIGURES,
        study_when=damage_study.when,
        problem=problem,
        typed=typed or {},
    )


def _choices(work: Work, line: DamageLine) -> list[ExhibitLine]:
    held = {proof.number for proof in line.proofs}
    return [row for row in exhibits_of(work, line.case_id) if row.number not in held]


def values_of(form: Any) -> dict[str, Any]:
    """Return the columns a form fills."""
    plain = ("head", "title", "formula", "period_from", "period_to", "payer", "payee", "confidence", "scope", "basis",
             "causation")  # fmt: skip
    sums = {"amount_fen": form.amount.data, "gross_fen": form.gross.data, "avoided_fen": form.avoided.data}
    return {name: form[name].data or None for name in plain} | sums


def shown_in(row: DamageItem) -> Item:
    """Return the form with what stands now."""
    data = {name: getattr(row, name) for name in Item()._fields if hasattr(row, name)}
    sums = {"amount": row.amount_fen, "gross": row.gross_fen, "avoided": row.avoided_fen}
    return Item(data=data | sums)
