"""`bianwu sales`: a series of sales put on a lost-sales item, from a file."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

import click

from caseapp.cli.batch import AS, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import command, option, say

if TYPE_CHECKING:
    from caseapp.models import DamageItem
    from caseapp.services.work import Work

FIGURES = ("margin", "sales")


@command(
    "sales",
    "登记销售序列并算出缺口（推定，不改金额，不进合计）：案件编号、损失项编号（如 D2-01）、表格文件（- 为标准输入）。",
    "Put a sales series on a lost-sales item and say the shortfall (an estimate, in no total): number of the case, the "
    "item (D2-01), a table (- for stdin).",
)
@click.argument("case")
@click.argument("item")
@click.argument("file", type=click.File("rb"))
@option("--event", zh="起点：从这一天起与之前相比", en="The first day compared with what came before", required=True,
        type=click.DateTime(["%Y-%m-%d"]))  # fmt: skip
@option("--figure", zh="数值是毛利 margin 还是销售额 sales", en="margin or takings (sales)",
        type=click.Choice(FIGURES), default="margin")  # fmt: skip
@option("--json", "as_json", zh="结果以一个 JSON 对象输出", en="The result as one JSON object", is_flag=True)
@AS
def sales(*, case: str, item: str, file: BinaryIO, event: datetime, figure: str, as_json: bool, login: str) -> int:
    """Keep the series and tell what it says."""
    from caseapp.domain.event_study import MOST_SIGNS
    from caseapp.services.damage_sales import set_sales

    text = decoded(file.read(4 * MOST_SIGNS + 1))
    with opened() as app, work_of(app, login) as work:
        found = set_sales(work, item_of(work, case, item), text, _day(event), figure=figure)
    ratio = None if found.ratio is None else f"{found.ratio:.6f}"
    told = {"before": found.before, "after": found.after, "mean_before": str(found.mean_before),
            "mean_after": str(found.mean_after), "ratio": ratio, "simple": str(found.simple), "gap": str(found.gap),
            "below": found.below}  # fmt: skip
    if as_json:
        click.echo(json.dumps(told))
        return 0
    click.echo(
        say(
            f"✓ 已登记 {found.before} + {found.after} 期；缺口 {found.gap:,} 元（推定，待专家签署，不进合计）",
            f"✓ {found.before} + {found.after} periods kept; shortfall CNY {found.gap:,} (an estimate for an expert to "
            "sign, in no total)",
        )
    )
    return 0


def _day(event: datetime) -> date:
    return event.date()


def decoded(content: bytes) -> str:
    """Return the text of a table as spreadsheets write it: UTF-8, else GB 18030."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def item_of(work: Work, case: str, label: str) -> DamageItem:
    """Return the item of a case by the label the ledger shows.

    Raises:
        NotFoundError: no such case or item for this person.
    """
    from caseapp.domain import workflow
    from caseapp.domain.errors import NotFoundError
    from caseapp.models import DamageItem
    from caseapp.services.queries.damages import damage_lines
    from caseapp.services.queries.register import case_row

    lines = damage_lines(work, case_id=case_row(work, case.strip()).id)
    key = next((line.id for line in lines if line.label == label.strip().upper()), None)
    if key is None:
        raise NotFoundError(kind=workflow.DAMAGE_ITEM.label)
    return work.get(DamageItem, key)
