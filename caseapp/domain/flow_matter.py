"""Workflows of incidents, cases, suggestions and tasks."""

from __future__ import annotations

from typing import Final

from caseapp.domain.flow import Need, State, Transition, When, Workflow
from caseapp.domain.labels import Label
from caseapp.domain.permissions import P

L = Label
S = State
T = Transition

_VERDICT_LEFT = ("genuine", "handed_off", "fair_comment", "watching")

INCIDENT: Final = Workflow(
    "incident",
    L("谣言事件", "incident"),
    "status",
    (
        S("detected", L("待研判", "detected")),
        S("triaging", L("研判中", "triaging")),
        S("genuine", L("真实投诉", "genuine complaint")),
        S("handed_off", L("已转办", "handed off")),
        S("fair_comment", L("正当监督", "fair comment")),
        S("watching", L("留存观察", "watching")),
        S("unverified", L("待查", "unverified")),
        S("actionable", L("拟维权", "actionable")),
        S("responding", L("处置中", "responding")),
        S("monitoring", L("观察期", "monitoring")),
        S("closed", L("已结", "closed")),
        S("reopened", L("复燃", "reopened")),
    ),
    (
        T("start_triage", ("detected", "unverified"), "triaging", P.INCIDENT_TRIAGE,
          L("开始研判", "start triage"), stamps=("triaged_by",)),
        T("judge_genuine", ("triaging",), "genuine", P.INCIDENT_TRIAGE,
          L("定为真实投诉", "judge as genuine complaint"), reason=True, stamps=("triaged_by", "triaged_at")),
        T("hand_off", ("genuine",), "handed_off", P.INCIDENT_TRIAGE, L("转客服办理", "hand off")),
        T("judge_fair_comment", ("triaging",), "fair_comment", P.INCIDENT_TRIAGE,
          L("定为正当监督", "judge as fair comment"), reason=True, stamps=("triaged_by", "triaged_at")),
        T("watch", ("fair_comment",), "watching", P.INCIDENT_TRIAGE, L("留存观察", "watch")),
        T("leave_unverified", ("triaging",), "unverified", P.INCIDENT_TRIAGE,
          L("列为待查", "leave unverified"), reason=True, stamps=("triaged_by", "triaged_at")),
        T("decide_action", ("triaging", "unverified"), "actionable", P.INCIDENT_DECIDE,
          L("决定维权", "decide to act"), not_by=("triaged_by",), reason=True,
          stamps=("decided_by", "decided_at")),
        T("retriage", _VERDICT_LEFT, "triaging", P.POST_RETRIAGE,
          L("重新研判", "re-triage"), not_by=("triaged_by",), reason=True),
        T("respond", ("actionable", "reopened"), "responding", P.INCIDENT_RESPOND, L("开始处置", "respond")),
        T("monitor", ("responding",), "monitoring", P.INCIDENT_RESPOND, L("进入观察期", "monitor")),
        T("close", ("monitoring", "handed_off", "watching"), "closed", P.INCIDENT_CLOSE,
          L("结束事件", "close"), requires=(Need("evaluation", L("处置评估", "evaluation")),),
          stamps=("closed_at",)),
        T("reopen", ("monitoring", "closed"), "reopened", P.INCIDENT_RESPOND,
          L("登记复燃", "reopen"), reason=True),
    ),
)  # fmt: skip

CASE: Final = Workflow(
    "case",
    L("案件", "case"),
    "status",
    (
        S("draft", L("草稿", "draft")),
        S("open", L("在办", "open")),
        S("suspended", L("中止", "suspended")),
        S("closed", L("结案", "closed")),
        S("archived", L("归档", "archived"), final=True),
    ),
    (
        T("open", ("draft",), "open", P.CASE_EDIT, L("立案", "open"), stamps=("opened_at",)),
        T("suspend", ("open",), "suspended", P.CASE_EDIT, L("中止", "suspend"), reason=True),
        T("resume", ("suspended",), "open", P.CASE_EDIT, L("恢复办理", "resume")),
        T("close", ("open", "suspended"), "closed", P.CASE_CLOSE, L("结案", "close"),
          not_by=("close_requested_by",), stamps=("closed_by", "closed_at"),
          requires=(Need("close_reason", L("结案原因", "closing reason")),
                    Need("close_requested_by", L("结案申请", "a request to close")))),
        T("archive", ("closed",), "archived", P.CASE_ARCHIVE, L("归档", "archive"),
          stamps=("archived_at",)),
    ),
)  # fmt: skip

SUGGESTION: Final = Workflow(
    "suggestion",
    L("关联建议", "suggestion"),
    "state",
    (
        S("suggested", L("待确认", "suggested")),
        S("confirmed", L("已确认", "confirmed")),
        S("rejected", L("已排除", "rejected")),
    ),
    (
        T("confirm", ("suggested",), "confirmed", P.POST_LINK, L("确认关联", "confirm"),
          stamps=("decided_by", "decided_at")),
        T("reject", ("suggested",), "rejected", P.POST_LINK, L("排除", "reject"),
          stamps=("decided_by", "decided_at")),
        T("reconsider", ("rejected",), "confirmed", P.POST_LINK, L("改为关联", "link after all"),
          reason=True, stamps=("decided_by", "decided_at")),
        T("unlink", ("confirmed",), "rejected", P.POST_LINK, L("解除关联", "unlink"), reason=True,
          stamps=("decided_by", "decided_at")),
        T("undo", ("confirmed", "rejected"), "suggested", P.POST_LINK, L("撤销", "undo")),
    ),
)  # fmt: skip

TASK: Final = Workflow(
    "task",
    L("任务", "task"),
    "status",
    (
        S("open", L("待办", "open")),
        S("doing", L("办理中", "doing")),
        S("done", L("已完成", "done")),
        S("cancelled", L("已取消", "cancelled"), final=True),
    ),
    (
        T("start", ("open",), "doing", P.TASK_EDIT, L("开始办理", "start")),
        T("finish", ("open", "doing"), "done", P.TASK_EDIT, L("完成", "finish"),
          stamps=("done_by", "done_at")),
        T("redo", ("done",), "doing", P.TASK_EDIT, L("退回重办", "redo"), reason=True),
        T("cancel", ("open", "doing"), "cancelled", P.TASK_EDIT, L("取消", "cancel"), reason=True),
    ),
)  # fmt: skip

_RULED = When("kind", ("statutory", "court"))
_OTHER = When("kind", ("analogy", "platform", "internal"))
_PROOF = Need("proof_note", L("完成凭证", "proof"))

DEADLINE: Final = Workflow(
    "deadline",
    L("期限", "deadline"),
    "status",
    (
        S("proposed", L("待确认", "proposed")),
        S("confirmed", L("已确认", "confirmed")),
        S("warned", L("已提醒", "warned")),
        S("extended", L("已延长", "extended")),
        S("met", L("已完成", "met"), final=True),
        S("waived", L("已放弃", "waived"), final=True),
        S("missed", L("已错过", "missed"), final=True),
    ),
    (
        T("confirm", ("proposed",), "confirmed", P.DEADLINE_CONFIRM, L("确认期限", "confirm"), when=_RULED,
          not_by=("created_by",), stamps=("confirmed_by", "confirmed_at")),
        T("confirm", ("proposed",), "confirmed", P.DEADLINE_PROPOSE, L("确认期限", "confirm"), when=_OTHER,
          stamps=("confirmed_by", "confirmed_at")),
        T("warn", ("confirmed", "extended"), "warned", P.DEADLINE_PROPOSE, L("提醒", "warn"),
          stamps=("warned_at",)),
        T("meet", ("confirmed", "warned", "extended"), "met", P.DEADLINE_MEET, L("登记完成", "record as met"),
          requires=(_PROOF,), stamps=("met_at",)),
        T("extend", ("confirmed", "warned", "extended"), "extended", P.DEADLINE_CONFIRM,
          L("延长", "extend"), reason=True,
          requires=(Need("extension_ref", L("准予延长的文书", "the paper that extends it")),)),
        T("waive", ("proposed", "confirmed", "warned", "extended"), "waived", P.DEADLINE_WAIVE,
          L("放弃", "waive"), reason=True, not_by=("waive_requested_by",), stamps=("waived_by",)),
        T("miss", ("confirmed", "warned", "extended"), "missed", P.DEADLINE_MEET, L("登记错过", "record as missed"),
          reason=True),
    ),
)  # fmt: skip
