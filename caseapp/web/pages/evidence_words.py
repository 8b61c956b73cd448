"""What the steps of an item mean, and where an item is used, in words and addresses."""

from __future__ import annotations

from flask import current_app, url_for

from caseapp.services.queries import EvidenceDetail, UsedRow
from caseapp.web.i18n import N_
from caseapp.web.unit import key_of
from caseapp.web.visitor import house

DOES = {
    "produce": N_("记下这件证据已提交法院或平台。之后仍可导出，不能再回到使用中。"),
    "request_disposal": N_(
        "申请依法处置。须由另一人批准；批准后原件从库和副本中抹除，不能找回。登记、摘要、时间戳和保管链永远保留。"
    ),
    "withdraw": N_("撤回处置申请，证据回到申请前的状态。"),
    "keep": N_("驳回处置申请，证据回到申请前的状态。"),
    "dispose": N_("批准处置：原件随即从库和副本中抹除，不能撤回。登记、摘要、时间戳和保管链保留。"),
}


USES = {
    "exhibit": (N_("证据目录"), "case.tab"),
    "claim": (N_("谣言主张"), "incident.page"),
    "damage": (N_("损失"), "case.tab"),
    "document": (N_("文书"), "document.page"),
    "notice": (N_("通知"), "notice.page"),
}
TABS = {"exhibit": "evidence", "damage": "damages"}


def use_href(row: UsedRow) -> str:
    """Return the address of where an item is used; empty while no page shows it."""
    endpoint = USES[row.kind][1]
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, number=key_of(row.number, sample=row.sample), tab=TABS.get(row.kind))


def home_of(item: EvidenceDetail) -> dict[str, str] | None:
    """Return the first case the item is an exhibit of, for the breadcrumb."""
    for number, sample, _exhibit in item.exhibits:
        return {"number": number, "key": key_of(number, sample=sample)}
    return None


def asked_of(item: EvidenceDetail) -> int:
    """Return how many authorities the seal asks for by its own record; of an older row, how many there are now."""
    known = item.facts.get("stamps_asked")
    return known if isinstance(known, int) else len(house().authorities)
