"""Names of audit events: a fixed list for plain deeds, and one per workflow transition.

A transition's event is ``<workflow>.<action>`` (for example ``notice.authorise``); its words come from the
workflow table, so nothing is written twice. Every other event stands in ``Event`` with its label.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from caseapp.domain.errors import FaultyRuleError
from caseapp.domain.labels import Label
from caseapp.domain.workflow import WORKFLOWS


class Event(StrEnum):
    """Deeds that are not a workflow transition."""

    SYSTEM_INITIALISED = "system.initialised"
    SYSTEM_UPGRADED = "system.upgraded"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGN_IN_REFUSED = "user.sign_in_refused"
    USER_SIGNED_OUT = "user.signed_out"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an event's name
    SESSION_REVOKED = "session.revoked"
    MEMBERSHIP_GRANTED = "membership.granted"
    MEMBERSHIP_CHANGED = "membership.changed"
    MEMBERSHIP_REVOKED = "membership.revoked"
    ROW_CREATED = "row.created"
    ROW_CHANGED = "row.changed"
    ROW_VOIDED = "row.voided"
    ROW_READ = "row.read"
    LIST_EXPORTED = "list.exported"
    CASE_STAGE_CHANGED = "case.stage_changed"
    CASE_CLOSE_REQUESTED = "case.close_requested"
    CONFLICT_CLEARED = "conflict.cleared"
    CASE_INCIDENT_LINKED = "case.incident_linked"
    INCIDENT_CREATED = "incident.created"
    CLAIM_ADDED = "rumor_claim.added"
    CLAIM_VERDICT_SET = "rumor_claim.verdict_set"
    CLAIM_EVIDENCE_ADDED = "rumor_claim.evidence_added"
    POST_ADDED = "post.added"
    POST_TRIAGED = "post.triaged"
    POST_RETRIAGED = "post.retriaged"
    POST_CAPTURED = "post.captured"
    APPEARANCE_RECORDED = "appearance.recorded"
    CAPTURE_REQUESTED = "capture.requested"
    CAPTURE_PROGRESSED = "capture.progressed"
    LOGIN_IMPORTED = "login.imported"
    LOGIN_ENDED = "login.ended"
    EVIDENCE_REGISTERED = "evidence.registered"
    EVIDENCE_EXPORTED = "evidence.exported"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_MISMATCH = "evidence.mismatch"
    EVIDENCE_HANDED_OVER = "evidence.handed_over"
    EVIDENCE_SHARED = "evidence.shared"
    EVIDENCE_SEEN_BY_LINK = "evidence.seen_by_link"
    EXHIBIT_ADDED = "exhibit.added"
    EXHIBIT_CHANGED = "exhibit.changed"
    DOCUMENT_DRAFTED = "document.drafted"
    DOCUMENT_EDITED = "document.edited"
    APPROVAL_GIVEN = "approval.given"
    NOTICE_PREPARED = "notice.prepared"
    NOTICE_ITEM_ADDED = "notice_item.added"
    NOTICE_EVENT_RECORDED = "notice.event_recorded"
    COUNTER_NOTICE_RECEIVED = "counter_notice.received"
    DISPATCH_QUEUED = "dispatch.queued"
    DISPATCH_RECORDED = "dispatch.recorded"
    DEADLINE_COMPUTED = "deadline.computed"
    DAMAGE_ADDED = "damage_item.added"
    DAMAGES_ASSESSED = "damages.assessed"
    METRIC_RECORDED = "metric.recorded"
    AUDIT_DETAIL_ERASED = "audit.detail_erased"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_ANCHORED = "audit.anchored"
    PROCEDURE_ADOPTED = "procedure.adopted"
    EVIDENCE_FILED = "evidence.filed"
    EVIDENCE_REDACTED = "evidence.redacted"
    DISPOSAL_REQUESTED = "disposal.requested"
    DISPOSAL_DECIDED = "disposal.decided"
    DISPOSAL_BEGUN = "disposal.begun"
    EVIDENCE_ERASED = "evidence.erased"
    INVENTORY_COUNTED = "inventory.counted"
    STORE_REPORTED = "store.reported"
    BUNDLE_BUILT = "bundle.built"
    BUNDLE_TAKEN = "bundle.taken"
    SAMPLE_LOADED = "sample.loaded"
    SAMPLE_REMOVED = "sample.removed"

    @property
    def label(self) -> Label:
        """The deed in words."""
        return EVENT_LABELS[self]


E = Event

EVENT_LABELS: Final[Mapping[Event, Label]] = MappingProxyType(
    {
        E.SYSTEM_INITIALISED: Label("系统初始化", "system initialised"),
        E.SYSTEM_UPGRADED: Label("数据库升级", "database upgraded"),
        E.USER_CREATED: Label("新建用户", "user created"),
        E.USER_CHANGED: Label("修改用户", "user changed"),
        E.USER_SIGNED_IN: Label("登录", "signed in"),
        E.USER_SIGN_IN_REFUSED: Label("登录被拒", "sign-in refused"),
        E.USER_SIGNED_OUT: Label("退出登录", "signed out"),
        E.USER_PASSWORD_CHANGED: Label("修改密码", "password changed"),
        E.SESSION_REVOKED: Label("注销会话", "session revoked"),
        E.MEMBERSHIP_GRANTED: Label("授予案件权限", "case access granted"),
        E.MEMBERSHIP_CHANGED: Label("变更案件权限", "case access changed"),
        E.MEMBERSHIP_REVOKED: Label("收回案件权限", "case access revoked"),
        E.ROW_CREATED: Label("新建记录", "record created"),
        E.ROW_CHANGED: Label("修改记录", "record changed"),
        E.ROW_VOIDED: Label("作废记录", "record voided"),
        E.ROW_READ: Label("查看记录", "record read"),
        E.LIST_EXPORTED: Label("导出列表", "list exported"),
        E.CASE_STAGE_CHANGED: Label("变更阶段", "stage changed"),
        E.CASE_CLOSE_REQUESTED: Label("申请结案", "closing requested"),
        E.CONFLICT_CLEARED: Label("利益冲突已核对", "conflict of interest cleared"),
        E.CASE_INCIDENT_LINKED: Label("事件并入案件", "incident linked to case"),
        E.INCIDENT_CREATED: Label("登记事件", "incident recorded"),
        E.CLAIM_ADDED: Label("登记谣言主张", "rumor claim recorded"),
        E.CLAIM_VERDICT_SET: Label("认定谣言主张", "rumor claim verdict set"),
        E.CLAIM_EVIDENCE_ADDED: Label("补充反驳证据", "counter-evidence added"),
        E.POST_ADDED: Label("登记内容", "post recorded"),
        E.POST_TRIAGED: Label("内容定性", "post judged"),
        E.POST_RETRIAGED: Label("内容重新定性", "post re-judged"),
        E.POST_CAPTURED: Label("内容已取证", "post captured"),
        E.APPEARANCE_RECORDED: Label("标注原句", "appearance recorded"),
        E.CAPTURE_REQUESTED: Label("发起取证", "capture requested"),
        E.CAPTURE_PROGRESSED: Label("取证进展", "capture progressed"),
        E.LOGIN_IMPORTED: Label("导入登录身份", "login imported"),
        E.LOGIN_ENDED: Label("登录身份已失效", "login ended"),
        E.EVIDENCE_REGISTERED: Label("登记证据", "evidence registered"),
        E.EVIDENCE_EXPORTED: Label("导出证据", "evidence exported"),
        E.EVIDENCE_READ: Label("查看证据", "evidence read"),
        E.EVIDENCE_MISMATCH: Label("证据校验不符", "evidence mismatch"),
        E.EVIDENCE_HANDED_OVER: Label("移交证据", "evidence handed over"),
        E.EVIDENCE_SHARED: Label("建立分享链接", "share link made"),
        E.EVIDENCE_SEEN_BY_LINK: Label("经分享链接查看", "seen by share link"),
        E.EXHIBIT_CHANGED: Label("修改证据目录", "list of evidence changed"),
        E.EXHIBIT_ADDED: Label("编入证据目录", "exhibit added"),
        E.DOCUMENT_DRAFTED: Label("起草文书", "document drafted"),
        E.DOCUMENT_EDITED: Label("修改文书", "document edited"),
        E.APPROVAL_GIVEN: Label("审批意见", "approval decision"),
        E.NOTICE_PREPARED: Label("准备侵权通知", "notice prepared"),
        E.NOTICE_ITEM_ADDED: Label("列入通知", "post added to notice"),
        E.NOTICE_EVENT_RECORDED: Label("记录平台处理", "platform conduct recorded"),
        E.COUNTER_NOTICE_RECEIVED: Label("收到不侵权声明", "counter-notice received"),
        E.DISPATCH_QUEUED: Label("待发出", "dispatch queued"),
        E.DISPATCH_RECORDED: Label("记录发出结果", "dispatch outcome recorded"),
        E.DEADLINE_COMPUTED: Label("计算期限", "deadline computed"),
        E.DAMAGE_ADDED: Label("登记损失", "damage item recorded"),
        E.DAMAGES_ASSESSED: Label("核算损失", "damages assessed"),
        E.METRIC_RECORDED: Label("登记传播数据", "spread figures recorded"),
        E.AUDIT_DETAIL_ERASED: Label("依法删除日志细节", "audit detail lawfully erased"),
        E.AUDIT_VERIFIED: Label("校验操作日志", "audit trail verified"),
        E.AUDIT_ANCHORED: Label("操作日志入册", "audit trail anchored"),
        E.PROCEDURE_ADOPTED: Label("启用操作规程", "procedure adopted"),
        E.EVIDENCE_REDACTED: Label("制作遮盖副本", "redacted copy made"),
        E.EVIDENCE_FILED: Label("证据归档", "evidence filed"),
        E.DISPOSAL_REQUESTED: Label("申请处置证据", "disposal requested"),
        E.DISPOSAL_DECIDED: Label("决定处置申请", "disposal decided"),
        E.DISPOSAL_BEGUN: Label("开始抹除原件", "erasure begun"),
        E.EVIDENCE_ERASED: Label("原件已抹除", "bytes erased"),
        E.INVENTORY_COUNTED: Label("档案盘点", "inventory counted"),
        E.STORE_REPORTED: Label("出具全库校验报告", "store report issued"),
        E.BUNDLE_TAKEN: Label("下载案卷材料包", "case bundle downloaded"),
        E.BUNDLE_BUILT: Label("生成案卷包", "case bundle built"),
        E.SAMPLE_LOADED: Label("载入示例", "sample loaded"),
        E.SAMPLE_REMOVED: Label("移除示例", "sample removed"),
    }
)


_BY_CODE: Final[Mapping[str, Event]] = MappingProxyType({event.value: event for event in Event})


def event_label(code: str) -> Label:
    """Return an event's words.

    Raises:
        FaultyRuleError: when ``code`` names neither an ``Event`` nor a transition.
    """
    if code in _BY_CODE:
        return _BY_CODE[code].label
    workflow, _, action = code.partition(".")
    if workflow in WORKFLOWS:
        for transition in WORKFLOWS[workflow].transitions:
            if transition.action == action:
                name = WORKFLOWS[workflow].label
                return Label(f"{name.zh}：{transition.label.zh}", f"{name.en}: {transition.label.en}")
    raise FaultyRuleError(detail=f"event {code}")
