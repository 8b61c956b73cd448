"""Workflows of documents, dispatches, notices, counter-notices, publications and damage items."""

from __future__ import annotations

from typing import Final

from caseapp.domain.flow import Need, State, Transition, Workflow
from caseapp.domain.labels import Label
from caseapp.domain.permissions import P

L = Label
S = State
T = Transition

DOCUMENT_VERSION: Final = Workflow(
    "document_version",
    L("文书稿", "document version"),
    "status",
    (
        S("draft", L("草稿", "draft")),
        S("in_review", L("审批中", "in review")),
        S("changes_requested", L("退回修改", "changes requested")),
        S("approved", L("已批准", "approved")),
        S("signed", L("已用印", "signed")),
        S("dispatched", L("已发出", "dispatched")),
        S("delivered", L("已送达", "delivered")),
        S("returned", L("被退回", "returned")),
        S("superseded", L("已有新稿", "superseded"), final=True),
    ),
    (
        T("submit", ("draft",), "in_review", P.DOCUMENT_DRAFT, L("送审", "submit for review"),
          stamps=("submitted_by", "submitted_at")),
        T("request_changes", ("in_review",), "changes_requested", P.DOCUMENT_APPROVE,
          L("退回修改", "request changes"), reason=True),
        T("approve", ("in_review",), "approved", P.DOCUMENT_APPROVE, L("批准", "approve"),
          not_by=("author_id", "submitted_by"), stamps=("approved_by", "approved_at"),
          requires=(Need("approved_digest", L("定稿摘要", "digest of the frozen text")),)),
        T("sign", ("approved",), "signed", P.DOCUMENT_SIGN, L("用印", "sign"),
          stamps=("signed_by", "signed_at")),
        T("dispatch", ("approved", "signed"), "dispatched", P.DOCUMENT_DISPATCH, L("发出", "dispatch"),
          stamps=("dispatched_at",)),
        T("deliver", ("dispatched",), "delivered", P.DOCUMENT_DISPATCH, L("登记送达", "record delivery")),
        T("bounce", ("dispatched",), "returned", P.DOCUMENT_DISPATCH, L("登记退回", "record return"),
          reason=True),
        T("supersede", ("draft", "in_review", "changes_requested", "approved", "signed", "returned"),
          "superseded", P.DOCUMENT_DRAFT, L("另起新稿", "start a new version")),
    ),
)  # fmt: skip

DISPATCH: Final = Workflow(
    "dispatch",
    L("发出", "dispatch"),
    "status",
    (
        S("queued", L("待发出", "queued")),
        S("sent", L("已发出", "sent")),
        S("delivered", L("已送达", "delivered"), final=True),
        S("returned", L("被退回", "returned"), final=True),
        S("failed", L("发送失败", "failed")),
    ),
    (
        T("send", ("queued",), "sent", P.DOCUMENT_DISPATCH, L("登记发出", "record as sent"),
          stamps=("sent_at",)),
        T("fail", ("queued",), "failed", P.DOCUMENT_DISPATCH, L("登记失败", "record failure"), reason=True),
        T("retry", ("failed",), "queued", P.DOCUMENT_DISPATCH, L("重发", "retry")),
        T("deliver", ("sent",), "delivered", P.DOCUMENT_DISPATCH, L("登记送达", "record delivery"),
          requires=(Need("arrival_note", L("到达凭证", "proof of arrival")),), stamps=("delivered_at",)),
        T("bounce", ("sent",), "returned", P.DOCUMENT_DISPATCH, L("登记退回", "record return"), reason=True),
    ),
)  # fmt: skip

_WAITING = ("submitted", "acknowledged", "forwarded_to_user", "overdue", "escalated")
_ACTED = ("measure_taken", "verified_down", "monitoring", "resolved")
_RECEIVED = Need("received_at", L("收到时间", "time of receipt"))

NOTICE: Final = Workflow(
    "notice",
    L("侵权通知", "notice"),
    "status",
    (
        S("prepared", L("已备好", "prepared")),
        S("authorised", L("已批准", "authorised")),
        S("submitted", L("已提交", "submitted")),
        S("acknowledged", L("平台已受理", "acknowledged")),
        S("more_info", L("平台要求补正", "more information asked")),
        S("forwarded_to_user", L("已转送用户", "forwarded to the user")),
        S("measure_taken", L("平台已处置", "measure taken")),
        S("refused", L("平台拒绝", "refused")),
        S("overdue", L("逾期未处理", "overdue")),
        S("escalated", L("已升级", "escalated")),
        S("counter_notice", L("收到不侵权声明", "counter-notice received")),
        S("sued", L("已起诉", "sued")),
        S("complained", L("已投诉", "complained to the authority")),
        S("lapsed", L("未起诉投诉", "lapsed")),
        S("restored", L("平台已恢复", "restored")),
        S("verified_down", L("核实已下架", "verified down")),
        S("verified_label", L("核实已加注", "label verified")),
        S("monitoring", L("复查中", "monitoring")),
        S("resolved", L("已了结", "resolved")),
        S("relapsed", L("复燃", "relapsed"), final=True),
        S("invalid", L("通知有误", "invalid")),
        S("withdrawn", L("已撤回", "withdrawn")),
        S("moot", L("无须提交", "moot"), final=True),
    ),
    (
        T("authorise", ("prepared",), "authorised", P.NOTICE_AUTHORISE, L("批准", "authorise"),
          not_by=("created_by",), stamps=("authorised_by", "authorised_at")),
        T("reopen", ("authorised",), "prepared", P.NOTICE_PREPARE, L("退回准备", "return to preparation"), reason=True),
        T("submit", ("authorised",), "submitted", P.NOTICE_SUBMIT, L("提交平台", "submit"),
          stamps=("submitted_by", "submitted_at")),
        T("acknowledge", ("submitted",), "acknowledged", P.NOTICE_RECORD, L("登记受理", "record receipt"),
          requires=(Need("receipt_no", L("回执号", "receipt number")),), stamps=("acknowledged_at",)),
        T("ask_more", ("submitted", "acknowledged"), "more_info", P.NOTICE_RECORD,
          L("登记要求补正", "record a request for more"), reason=True),
        T("resubmit", ("more_info",), "submitted", P.NOTICE_SUBMIT, L("补正后提交", "resubmit")),
        T("forward", ("submitted", "acknowledged", "measure_taken"), "forwarded_to_user", P.NOTICE_RECORD,
          L("登记转送用户", "record forwarding"), stamps=("forwarded_to_user_at",)),
        T("take_measure", (*_WAITING, "refused", "measure_taken"), "measure_taken", P.NOTICE_RECORD,
          L("登记平台处置", "record a measure"), requires=(Need("measure", L("处置措施", "the measure")),),
          stamps=("measure_at",)),
        T("refuse", _WAITING, "refused", P.NOTICE_RECORD, L("登记平台拒绝", "record a refusal"), reason=True),
        T("mark_overdue", ("submitted", "acknowledged", "forwarded_to_user"), "overdue", P.NOTICE_RECORD,
          L("登记逾期", "mark overdue")),
        T("escalate", ("refused", "overdue", "restored", "measure_taken"), "escalated", P.NOTICE_SUBMIT,
          L("升级处理", "escalate"), reason=True, stamps=("escalated_at",)),
        T("receive_counter_notice", (*_WAITING, *_ACTED), "counter_notice", P.NOTICE_RECORD,
          L("登记不侵权声明", "record a counter-notice")),
        T("sue", ("counter_notice", "refused", "escalated"), "sued", P.NOTICE_RECORD,
          L("登记已起诉", "record the suit"), reason=True),
        T("complain", ("counter_notice", "refused", "escalated"), "complained", P.NOTICE_RECORD,
          L("登记已投诉", "record the complaint to the authority"), reason=True),
        T("lapse", ("counter_notice",), "lapsed", P.NOTICE_RECORD, L("登记期满未诉", "record the lapse")),
        T("restore", ("counter_notice", "lapsed", "invalid", "withdrawn"), "restored", P.NOTICE_RECORD,
          L("登记平台恢复", "record the restoring")),
        T("verify_down", ("measure_taken", "forwarded_to_user", "sued", "complained", "counter_notice"),
          "verified_down", P.NOTICE_RECORD, L("核实下架", "verify it is down"), stamps=("final_down_at",)),
        T("verify_label", ("measure_taken",), "verified_label", P.NOTICE_RECORD,
          L("核实加注", "verify the label")),
        T("start_monitoring", ("verified_down", "verified_label"), "monitoring", P.NOTICE_RECORD,
          L("开始复查期", "start monitoring"), requires=(Need("monitor_until", L("复查至", "end of monitoring")),)),
        T("resolve", ("monitoring", "verified_down", "verified_label", "restored", "withdrawn", "sued"),
          "resolved", P.NOTICE_RECORD, L("了结", "resolve"), stamps=("resolved_at",)),
        T("relapse", ("measure_taken", "verified_down", "verified_label", "monitoring", "resolved"),
          "relapsed", P.NOTICE_RECORD, L("登记复燃", "record a relapse"), stamps=("restart_at",)),
        T("invalidate", ("prepared", "authorised", *_WAITING, *_ACTED, "counter_notice", "more_info", "refused"),
          "invalid", P.NOTICE_WITHDRAW, L("认定通知有误", "find our notice wrong"), reason=True),
        T("withdraw", ("invalid", "counter_notice"), "withdrawn", P.NOTICE_WITHDRAW,
          L("撤回通知", "withdraw"), reason=True, stamps=("withdrawn_at",)),
        T("moot", ("prepared", "authorised"), "moot", P.NOTICE_RECORD, L("提交前已下架", "gone before submission"),
          reason=True),
    ),
)  # fmt: skip

_OPEN_ITEM = ("pending", "refused", "labelled", "limited")

NOTICE_ITEM: Final = Workflow(
    "notice_item",
    L("通知所列网址", "notice item"),
    "outcome",
    (
        S("pending", L("待处理", "pending")),
        S("removed", L("已删除或屏蔽", "removed")),
        S("labelled", L("已加争议标签", "labelled")),
        S("limited", L("已限制传播", "limited")),
        S("refused", L("被拒绝", "refused")),
        S("verified_down", L("核实已下架", "verified down")),
        S("restored", L("已恢复", "restored")),
        S("relapsed", L("复燃", "relapsed")),
        S("withdrawn", L("已撤回", "withdrawn"), final=True),
        S("moot", L("无须处理", "moot"), final=True),
    ),
    (
        T("remove", _OPEN_ITEM, "removed", P.NOTICE_RECORD, L("登记删除", "record removal"),
          stamps=("first_down_at",)),
        T("label", _OPEN_ITEM, "labelled", P.NOTICE_RECORD, L("登记加注", "record a label")),
        T("limit", _OPEN_ITEM, "limited", P.NOTICE_RECORD, L("登记限流", "record limiting")),
        T("refuse", ("pending",), "refused", P.NOTICE_RECORD, L("登记拒绝", "record refusal"), reason=True),
        T("verify_down", ("removed", "pending"), "verified_down", P.NOTICE_RECORD, L("核实下架", "verify it is down"),
          stamps=("verified_at",)),
        T("restore", ("removed", "verified_down"), "restored", P.NOTICE_RECORD, L("登记恢复", "record restoring")),
        T("relapse", ("removed", "verified_down"), "relapsed", P.NOTICE_RECORD, L("登记复燃", "record relapse")),
        T("withdraw", ("pending", "removed", "verified_down", "labelled", "limited", "refused"), "withdrawn",
          P.NOTICE_WITHDRAW, L("撤回", "withdraw"), reason=True),
        T("moot", ("pending",), "moot", P.NOTICE_RECORD, L("无须处理", "moot"), reason=True),
    ),
)  # fmt: skip

_PROPOSAL = Need("proposed_by", L("拟处理意见", "a proposed decision"))

COUNTER_NOTICE: Final = Workflow(
    "counter_notice",
    L("不侵权声明", "counter-notice"),
    "status",
    (
        S("received", L("待决定", "received")),
        S("sue", L("决定起诉", "sue")),
        S("complain", L("决定投诉", "complain to the authority")),
        S("accept", L("接受声明", "accept")),
        S("lapsed", L("逾期未决", "lapsed")),
    ),
    (
        *(
            T(action, ("received",), action, P.COUNTER_NOTICE_DECIDE, label, not_by=("proposed_by",), reason=True,
              requires=(_RECEIVED, _PROPOSAL), stamps=("decided_by", "decided_at"))
            for action, label in (("sue", L("决定起诉", "decide to sue")),
                                  ("complain", L("决定投诉", "decide to complain to the authority")),
                                  ("accept", L("接受声明", "accept it")))
        ),
        T("lapse", ("received",), "lapsed", P.NOTICE_RECORD, L("登记逾期未决", "record the lapse")),
    ),
)  # fmt: skip

PUBLICATION: Final = Workflow(
    "publication",
    L("发布", "publication"),
    "status",
    (
        S("scheduled", L("待发布", "scheduled")),
        S("published", L("已发布", "published")),
        S("captured", L("已自行取证", "captured")),
        S("corrected", L("已更正", "corrected")),
        S("retracted", L("已撤下", "retracted"), final=True),
    ),
    (
        T("publish", ("scheduled",), "published", P.PUBLICATION_PUBLISH, L("登记发布", "record publication"),
          requires=(Need("url", L("发布网址", "its URL")),), stamps=("published_by", "published_at")),
        T("capture", ("published",), "captured", P.PUBLICATION_PUBLISH, L("登记自行取证", "record own capture"),
          requires=(Need("evidence_id", L("取证编号", "its evidence")),)),
        T("correct", ("published", "captured"), "corrected", P.PUBLICATION_PUBLISH, L("更正", "correct"), reason=True),
        T("retract", ("published", "captured", "corrected"), "retracted", P.PUBLICATION_RETRACT,
          L("撤下", "retract"), reason=True, not_by=("published_by",), stamps=("retracted_by", "retracted_at")),
    ),
)  # fmt: skip

DAMAGE_ITEM: Final = Workflow(
    "damage_item",
    L("损失项", "damage item"),
    "status",
    (
        S("draft", L("草稿", "draft")),
        S("evidenced", L("有凭证", "evidenced")),
        S("reviewed", L("已复核", "reviewed")),
        S("claimed", L("已主张", "claimed")),
        S("awarded", L("已判令", "awarded")),
        S("recovered", L("已收回", "recovered"), final=True),
        S("rejected", L("未获支持", "rejected"), final=True),
    ),
    (
        T("attach_evidence", ("draft",), "evidenced", P.DAMAGE_EDIT, L("提交凭证", "attach evidence"),
          stamps=("evidenced_by",)),
        T("review", ("evidenced",), "reviewed", P.DAMAGE_REVIEW, L("复核", "review"),
          not_by=("created_by", "evidenced_by"), stamps=("reviewed_by", "reviewed_at")),
        T("send_back", ("evidenced", "reviewed"), "draft", P.DAMAGE_REVIEW, L("退回", "send back"), reason=True),
        T("claim", ("reviewed",), "claimed", P.DAMAGE_CLAIM, L("列入请求", "claim")),
        T("award", ("claimed",), "awarded", P.DAMAGE_CLAIM, L("登记判令金额", "record award"),
          requires=(Need("awarded_fen", L("判令金额", "amount awarded")),)),
        T("recover", ("claimed", "awarded"), "recovered", P.DAMAGE_CLAIM, L("登记收回", "record recovery"),
          requires=(Need("recovered_fen", L("收回金额", "amount recovered")),)),
        T("reject", ("claimed", "awarded"), "rejected", P.DAMAGE_CLAIM, L("登记未获支持", "record rejection"),
          reason=True),
    ),
)  # fmt: skip
