"""What a notice says of itself: its clock, the one verb that is due, the step it stands before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import current_app, url_for
from markupsafe import Markup

from caseapp.domain.permissions import Permission
from caseapp.services.queries.rows_notices import NoticeLine
from caseapp.web import wording
from caseapp.web.filters import duration, now, stamp, tell
from caseapp.web.i18n import N_, _, many
from caseapp.web.marks import Clock, clock, stopped
from caseapp.web.unit import key_of

WAITS: Final[Mapping[str, str]] = {
    "authorised": "submit",
    "submitted": "receipt",
    "more_info": "submit",
    "overdue": "escalate",
    "refused": "escalate",
    "restored": "escalate",
    "counter_notice": "decide",
    "verified_label": "resolve",
    "relapsed": "again",
    "invalid": "withdraw",
}
"""State → the act it waits for, where the state alone decides."""
WAYS: Final[Mapping[str, str]] = {"second_notice": "again", "regulator": "complain", "suit": "sue"}
OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    "authorise": ("authorise",), "submit": ("submit", "resubmit"), "receipt": ("acknowledge",),
    "measure": ("take_measure",), "refuse": ("refuse",), "more": ("ask_more",), "forward": ("forward",),
    "overdue": ("mark_overdue",), "counter": ("receive_counter_notice",), "escalate": ("escalate",), "sue": ("sue",),
    "complain": ("complain",), "lapse": ("lapse",), "restore": ("restore",), "label": ("verify_label",),
    "resolve": ("resolve",), "invalidate": ("invalidate",), "withdraw": ("withdraw",), "moot": ("moot",),
}  # fmt: skip
"""Act of a page → the rows of the workflow table of which one must be offered."""
VERBS: Final[Mapping[str, str]] = {
    "redraft": N_("重拟通知书"), "review": N_("送审"), "authorise": N_("批准提交"), "submit": N_("标记已提交"),
    "receipt": N_("登记回执"), "measure": N_("登记处置"), "refuse": N_("登记拒绝"), "more": N_("登记要求补正"),
    "forward": N_("登记转送用户"), "overdue": N_("登记逾期"), "recheck": N_("复查"), "conclude": N_("得出复查结论"),
    "counter": N_("登记不侵权声明"), "decide": N_("决定如何应对"), "escalate": N_("升级"), "sue": N_("登记已起诉"),
    "complain": N_("登记已投诉"), "lapse": N_("登记期满未诉"), "restore": N_("登记平台恢复"),
    "label": N_("核实加注"), "resolve": N_("了结"), "invalidate": N_("认定通知有误"), "withdraw": N_("撤回通知"),
    "moot": N_("提交前已下架"), "again": N_("再次通知"),
}  # fmt: skip
READY: Final = frozenset({"approved", "signed"})
DRAFTS: Final = frozenset({"draft", "changes_requested", "superseded", "returned"})


@dataclass(frozen=True, slots=True)
class Timed:
    """The time of a notice: its clock, or words where none runs, and what kind of rule sets it."""

    clock: Clock | None
    words: str
    nature: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a notice waits for: the act (empty when it waits for others), in words, and why."""

    act: str
    do: str | Markup
    why: str | Markup


def timed(line: NoticeLine) -> Timed:
    """Return the time of a notice."""
    nature = ""
    if line.status in {"prepared", "authorised"}:
        return Timed(None, _("未起算"), "")
    if line.status == "counter_notice" and line.period_due_at:
        return Timed(clock(line.period_due_at), "", _("类推，非法定"))
    if line.waiting and line.due_at is None:
        return Timed(None, _("未起算"), _("未取得到达凭证"))
    if line.waiting and line.due_at is not None:
        stated = line.due_rule != "platform_prompts"
        nature = _("平台公示，非法定") if stated else _("内部提示，非法定")
        return Timed(clock(line.due_at), "", nature)
    if line.status == "monitoring" and line.monitor_until and line.monitor_until > now():
        return Timed(clock(line.monitor_until), "", _("复查期，内部"))
    if line.took is not None:
        span = duration(line.took)
        return Timed(Clock(_("%(span)s 内处置", span=span), "done", "circle-check"), "", _("中位用时"))
    return Timed(stopped(), "", nature)


def allowed(line: NoticeLine, act: str) -> bool:
    """Whether this person may take an act now."""
    if act in OFFERED:
        fits = bool(line.actions & set(OFFERED[act]))
        if act == "overdue":
            return fits and line.due_at is not None and line.due_at <= now()
        if act == "authorise":
            return fits and line.paper in READY
        return fits
    prepares = Permission.NOTICE_PREPARE in line.may
    if act in {"redraft", "review"}:
        drafts = prepares and line.status == "prepared" and line.paper in DRAFTS
        return drafts and (act == "redraft" or (line.paper == "draft" and not line.blocks))
    if act == "again":
        return prepares and line.status in {"relapsed", "refused", "overdue", "escalated", "restored"}
    if act == "decide":
        return Permission.COUNTER_NOTICE_DECIDE in line.may and line.status == "counter_notice"
    sent = line.submitted_at is not None and line.status not in {"withdrawn", "moot", "relapsed"}
    if act == "recheck":
        return Permission.CAPTURE_REQUEST in line.may and sent
    return act == "conclude" and Permission.NOTICE_RECORD in line.may and sent


def default_act(line: NoticeLine) -> str:
    """Return the act a notice waits for; empty when it waits for somebody else."""
    act = WAITS.get(line.status, "")
    if line.status == "prepared":
        act = "authorise" if line.paper in READY else "redraft" if line.blocks else "review"
    elif line.status in {"acknowledged", "forwarded_to_user"}:
        act = "overdue" if line.due_at is not None and line.due_at <= now() else "measure"
    elif line.status == "escalated":
        act = WAYS.get(line.escalation or "", "measure")
    elif line.status == "measure_taken":
        act = "recheck"
    elif line.status == "monitoring":
        act = "resolve" if line.monitor_until is None or line.monitor_until <= now() else ""
    return act if act and allowed(line, act) else ""


def href(line: NoticeLine, act: str = "") -> str:
    """Return the address of a notice, at the act if one is named."""
    if act == "again":
        case = key_of(line.case_no, sample=line.case_sample)
        return url_for("notice.prepare", case=case, previous=key_of(line.number, sample=line.sample))
    return url_for("notice.page", number=key_of(line.number, sample=line.sample), _anchor="do" if act else None)


def document_href(line: NoticeLine) -> str:
    """Return where the notice's paper is read; the case's papers where it has no page of its own."""
    if "document.page" in current_app.view_functions:
        return url_for("document.page", number=key_of(line.number, sample=line.sample))
    return url_for("case.tab", number=key_of(line.case_no, sample=line.case_sample), tab="documents")


def step(line: NoticeLine) -> Step:
    """Return what a notice waits for, in words."""
    act = default_act(line)
    told = _told(line)
    if act:
        return Step(act, tell(_("%(verb)s：%(who)s"), verb=_(VERBS[act]), who=line.platform), told)
    return Step("", _waits(line), told)


def _told(line: NoticeLine) -> str | Markup:
    """Say why: what the notice's state means, its time and what still stands."""
    live = many("%(num)d 条仍在线", line.live)
    if line.status == "prepared":
        return _why_prepared(line)
    if line.status == "authorised":
        return _("已由两人批准，可以送交平台。提交后请取得回执，回执到达之时起算。")
    if line.status == "submitted":
        return _("平台收到之时才起算。请把回执截图或 PDF 封存为到达凭证。")
    if line.waiting and line.due_at:
        return _("到达 %(a)s，应于 %(b)s 前处理；%(live)s。", a=_at(line.arrived_at), b=stamp(line.due_at), live=live)
    texts = {
        "refused": _("平台拒绝；%(live)s。可再次通知、举报或起诉。", live=live),
        "overdue": _("平台期限已过；%(live)s。可再次通知、举报或起诉。", live=live),
        "relapsed": _("核实下架后又出现；%(live)s。上一件通知已结束，须另发一件。", live=live),
        "counter_notice": _("合理期限内决定起诉、投诉或接受，由两人决定。"),
        "measure_taken": _("平台称已处置；须两次、不同会话的取证才算核实下架。%(live)s。", live=live),
        "monitoring": _("核实下架后按 1、3、7、14、30 日复查。%(live)s。", live=live),
        "more_info": _("平台要求补正；补正后重新提交。"),
        "escalated": _("已升级：%(way)s。", way=wording.word("escalation", line.escalation)),
        "restored": _("平台已恢复；%(live)s。", live=live),
        "invalid": _("通知有误，须撤回并说明。"),
    }
    return texts.get(line.status, "")


def _at(moment: object) -> str:
    return stamp(moment) if moment else _("时间未知")  # type: ignore[arg-type]  # a datetime wherever it is set


def _why_prepared(line: NoticeLine) -> str:
    if line.paper in READY:
        return _("通知书已由两人批准。批准提交须由准备人以外的人办理。")
    if line.paper == "in_review":
        return _("通知书正在审批，批准绑定到这一稿的字节。")
    if line.blocks:
        return many("通知书还有 %(num)d 处必须改正，改正后重拟。", line.blocks)
    return _("通知书没有阻断项，可以送审。")


def _waits(line: NoticeLine) -> str:
    texts = {
        "prepared": _("等待文书审批或第二人批准"),
        "authorised": _("等待法务提交平台"),
        "submitted": _("等待平台回执"),
        "acknowledged": _("等待平台处理"),
        "forwarded_to_user": _("等待平台处理"),
        "monitoring": _("没有待办，复查期内"),
    }
    return texts.get(line.status) or (_("没有待办") if line.closed else _("等待有权限的人办理"))
