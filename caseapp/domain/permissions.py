"""Permissions (``noun:verb``), roles and which role may do what, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from caseapp.domain.labels import Label


class Permission(StrEnum):
    """Everything a person or a job can be allowed to do."""

    CASE_CREATE = "case:create"
    CASE_READ = "case:read"
    CASE_READ_PRIVILEGED = "case:read_privileged"
    CASE_EDIT = "case:edit"
    CASE_CLOSE = "case:close"
    CASE_ARCHIVE = "case:archive"
    CASE_GRANT = "case:grant"
    ORGANIZATION_EDIT = "organization:edit"
    PLATFORM_EDIT = "platform:edit"
    INCIDENT_CREATE = "incident:create"
    INCIDENT_TRIAGE = "incident:triage"
    INCIDENT_DECIDE = "incident:decide"
    INCIDENT_RESPOND = "incident:respond"
    INCIDENT_CLOSE = "incident:close"
    CLAIM_EDIT = "rumor_claim:edit"
    CLAIM_VERIFY = "rumor_claim:verify"
    POST_EDIT = "post:edit"
    POST_TRIAGE = "post:triage"
    POST_RETRIAGE = "post:retriage"
    POST_LINK = "post:link"
    POST_CHECK = "post:check"
    CAPTURE_REQUEST = "capture:request"
    CAPTURE_CANCEL = "capture:cancel"
    CAPTURE_RUN = "capture:run"
    LOGIN_EDIT = "login:edit"
    LOGIN_USE = "login:use"
    EVIDENCE_REGISTER = "evidence:register"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_EXPORT = "evidence:export"
    EVIDENCE_EXHIBIT = "evidence:exhibit"
    EVIDENCE_TRANSFER = "evidence:transfer"
    EVIDENCE_SHARE = "evidence:share"
    EVIDENCE_HOLD = "evidence:hold"
    EVIDENCE_REQUEST_DISPOSAL = "evidence:request_disposal"
    EVIDENCE_DISPOSE = "evidence:dispose"
    EVIDENCE_SEAL = "evidence:seal"
    DOCUMENT_READ = "document:read"
    DOCUMENT_DRAFT = "document:draft"
    DOCUMENT_APPROVE = "document:approve"
    DOCUMENT_SIGN = "document:sign"
    DOCUMENT_DISPATCH = "document:dispatch"
    NOTICE_PREPARE = "notice:prepare"
    NOTICE_AUTHORISE = "notice:authorise"
    NOTICE_SUBMIT = "notice:submit"
    NOTICE_RECORD = "notice:record"
    NOTICE_WITHDRAW = "notice:withdraw"
    COUNTER_NOTICE_DECIDE = "counter_notice:decide"
    DEADLINE_PROPOSE = "deadline:propose"
    DEADLINE_CONFIRM = "deadline:confirm"
    DEADLINE_MEET = "deadline:meet"
    DEADLINE_WAIVE = "deadline:waive"
    TASK_EDIT = "task:edit"
    DAMAGE_EDIT = "damage_item:edit"
    DAMAGE_REVIEW = "damage_item:review"
    DAMAGE_CLAIM = "damage_item:claim"
    CORRESPONDENCE_EDIT = "correspondence:edit"
    PUBLICATION_SCHEDULE = "publication:schedule"
    PUBLICATION_PUBLISH = "publication:publish"
    PUBLICATION_RETRACT = "publication:retract"
    METRIC_RECORD = "metric:record"
    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    AUDIT_ERASE = "audit:erase"
    USER_MANAGE = "user:manage"
    SETTING_EDIT = "setting:edit"
    SYSTEM_READ = "system:read"
    JOB_RUN = "job:run"
    SELF_EDIT = "self:edit"

    @property
    def label(self) -> Label:
        """What the permission allows, in words."""
        return PERMISSION_LABELS[self]


class Role(StrEnum):
    """System roles (admin, auditor, staff, system) and case roles."""

    ADMIN = "admin"
    AUDITOR = "auditor"
    STAFF = "staff"
    SYSTEM = "system"
    LEAD = "lead"
    COUNSEL = "counsel"
    PR = "pr"
    ARCHIVIST = "archivist"
    EXTERNAL = "external"
    APPROVER = "approver"
    VIEWER = "viewer"

    @property
    def label(self) -> Label:
        """The role's name."""
        return ROLE_LABELS[self]


P = Permission

PERMISSION_LABELS: Final[Mapping[Permission, Label]] = MappingProxyType(
    {
        P.CASE_CREATE: Label("立案", "open a case"),
        P.CASE_READ: Label("查看案件", "read a case"),
        P.CASE_READ_PRIVILEGED: Label("查看保密通信", "read privileged matter"),
        P.CASE_EDIT: Label("修改案件", "edit a case"),
        P.CASE_CLOSE: Label("结案", "close a case"),
        P.CASE_ARCHIVE: Label("归档案件", "archive a case"),
        P.CASE_GRANT: Label("授予案件权限", "grant access to a case"),
        P.ORGANIZATION_EDIT: Label("维护单位", "edit organizations"),
        P.PLATFORM_EDIT: Label("维护平台", "edit platforms"),
        P.INCIDENT_CREATE: Label("登记事件", "record an incident"),
        P.INCIDENT_TRIAGE: Label("研判事件", "triage an incident"),
        P.INCIDENT_DECIDE: Label("决定维权", "decide to act"),
        P.INCIDENT_RESPOND: Label("处置事件", "respond to an incident"),
        P.INCIDENT_CLOSE: Label("结束事件", "close an incident"),
        P.CLAIM_EDIT: Label("登记谣言主张", "record a rumor claim"),
        P.CLAIM_VERIFY: Label("认定谣言主张", "verify a rumor claim"),
        P.POST_EDIT: Label("登记内容", "record a post"),
        P.POST_TRIAGE: Label("给内容定性", "judge a post"),
        P.POST_RETRIAGE: Label("重新定性", "re-judge a post"),
        P.POST_LINK: Label("关联内容", "link a post"),
        P.POST_CHECK: Label("复查内容", "re-check a post"),
        P.CAPTURE_REQUEST: Label("发起取证", "request a capture"),
        P.CAPTURE_CANCEL: Label("取消取证", "cancel a capture"),
        P.CAPTURE_RUN: Label("执行取证", "run a capture"),
        P.LOGIN_EDIT: Label("管理登录身份", "keep logins"),
        P.LOGIN_USE: Label("带登录身份取证", "capture with a login"),
        P.EVIDENCE_REGISTER: Label("登记证据", "register evidence"),
        P.EVIDENCE_READ: Label("查看证据", "read evidence"),
        P.EVIDENCE_EXPORT: Label("导出证据", "export evidence"),
        P.EVIDENCE_EXHIBIT: Label("编入证据目录", "make an exhibit"),
        P.EVIDENCE_TRANSFER: Label("移交证据", "hand evidence over"),
        P.EVIDENCE_SHARE: Label("分享证据", "share evidence by link"),
        P.EVIDENCE_HOLD: Label("冻结或解冻证据", "hold evidence"),
        P.EVIDENCE_REQUEST_DISPOSAL: Label("申请处置证据", "request disposal of evidence"),
        P.EVIDENCE_DISPOSE: Label("批准处置证据", "dispose of evidence"),
        P.EVIDENCE_SEAL: Label("推进封存", "advance a seal"),
        P.DOCUMENT_READ: Label("查看文书", "read documents"),
        P.DOCUMENT_DRAFT: Label("起草文书", "draft a document"),
        P.DOCUMENT_APPROVE: Label("审批文书", "approve a document"),
        P.DOCUMENT_SIGN: Label("文书用印", "sign or chop a document"),
        P.DOCUMENT_DISPATCH: Label("发出文书", "dispatch a document"),
        P.NOTICE_PREPARE: Label("准备侵权通知", "prepare a notice"),
        P.NOTICE_AUTHORISE: Label("批准侵权通知", "authorise a notice"),
        P.NOTICE_SUBMIT: Label("提交侵权通知", "submit a notice"),
        P.NOTICE_RECORD: Label("记录平台处理", "record a platform's conduct"),
        P.NOTICE_WITHDRAW: Label("撤回侵权通知", "withdraw a notice"),
        P.COUNTER_NOTICE_DECIDE: Label("决定如何应对不侵权声明", "decide on a counter-notice"),
        P.DEADLINE_PROPOSE: Label("提出期限", "propose a deadline"),
        P.DEADLINE_CONFIRM: Label("确认期限", "confirm a deadline"),
        P.DEADLINE_MEET: Label("登记期限完成", "record a met deadline"),
        P.DEADLINE_WAIVE: Label("放弃期限", "waive a deadline"),
        P.TASK_EDIT: Label("办理任务", "work on tasks"),
        P.DAMAGE_EDIT: Label("登记损失", "record damages"),
        P.DAMAGE_REVIEW: Label("复核损失", "review damages"),
        P.DAMAGE_CLAIM: Label("主张损失", "claim damages"),
        P.CORRESPONDENCE_EDIT: Label("登记来往函件", "record letters"),
        P.PUBLICATION_SCHEDULE: Label("安排发布", "schedule a publication"),
        P.PUBLICATION_PUBLISH: Label("发布声明", "publish a statement"),
        P.PUBLICATION_RETRACT: Label("撤下声明", "retract a statement"),
        P.METRIC_RECORD: Label("登记传播数据", "record spread figures"),
        P.AUDIT_READ: Label("查看操作日志", "read the audit trail"),
        P.AUDIT_VERIFY: Label("校验操作日志", "verify the audit trail"),
        P.AUDIT_ERASE: Label("依法删除日志细节", "lawfully erase audit detail"),
        P.USER_MANAGE: Label("管理用户", "manage users"),
        P.SETTING_EDIT: Label("修改设置", "change settings"),
        P.SYSTEM_READ: Label("查看系统状态", "read the system's state"),
        P.JOB_RUN: Label("运行后台任务", "run background jobs"),
        P.SELF_EDIT: Label("修改自己的资料", "edit one's own account"),
    }
)

ROLE_LABELS: Final[Mapping[Role, Label]] = MappingProxyType(
    {
        Role.ADMIN: Label("管理员", "administrator"),
        Role.AUDITOR: Label("审计", "auditor"),
        Role.STAFF: Label("员工", "staff"),
        Role.SYSTEM: Label("系统", "system"),
        Role.LEAD: Label("主办法务", "lead counsel"),
        Role.COUNSEL: Label("法务", "counsel"),
        Role.PR: Label("公关", "public relations"),
        Role.ARCHIVIST: Label("档案", "archivist"),
        Role.EXTERNAL: Label("外部律师", "external lawyer"),
        Role.APPROVER: Label("审批人", "approver"),
        Role.VIEWER: Label("观察", "viewer"),
    }
)

_READ = frozenset({P.CASE_READ, P.EVIDENCE_READ, P.DOCUMENT_READ, P.SELF_EDIT})
_PR = _READ | {
    P.INCIDENT_CREATE, P.INCIDENT_TRIAGE, P.INCIDENT_RESPOND, P.CLAIM_EDIT, P.POST_EDIT, P.POST_TRIAGE, P.POST_LINK,
    P.POST_CHECK, P.CAPTURE_REQUEST, P.CAPTURE_CANCEL, P.EVIDENCE_REGISTER, P.DOCUMENT_DRAFT, P.TASK_EDIT,
    P.PUBLICATION_SCHEDULE, P.PUBLICATION_PUBLISH, P.METRIC_RECORD, P.DEADLINE_PROPOSE, P.DEADLINE_MEET,
    P.CORRESPONDENCE_EDIT,
}  # fmt: skip
_COUNSEL = _PR | {
    P.CASE_CREATE, P.CASE_READ_PRIVILEGED, P.CASE_EDIT, P.ORGANIZATION_EDIT, P.PLATFORM_EDIT, P.INCIDENT_DECIDE,
    P.INCIDENT_CLOSE, P.CLAIM_VERIFY, P.POST_RETRIAGE, P.EVIDENCE_EXPORT, P.EVIDENCE_EXHIBIT, P.EVIDENCE_HOLD,
    P.EVIDENCE_TRANSFER, P.EVIDENCE_SHARE, P.EVIDENCE_REQUEST_DISPOSAL, P.LOGIN_USE,
    P.DOCUMENT_APPROVE, P.DOCUMENT_SIGN, P.DOCUMENT_DISPATCH, P.NOTICE_PREPARE,
    P.NOTICE_AUTHORISE, P.NOTICE_SUBMIT, P.NOTICE_RECORD, P.NOTICE_WITHDRAW, P.COUNTER_NOTICE_DECIDE,
    P.DEADLINE_CONFIRM, P.DEADLINE_WAIVE, P.DAMAGE_EDIT, P.DAMAGE_REVIEW, P.DAMAGE_CLAIM, P.PUBLICATION_RETRACT,
}  # fmt: skip

ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(
            {
                P.USER_MANAGE, P.SETTING_EDIT, P.SYSTEM_READ, P.PLATFORM_EDIT, P.ORGANIZATION_EDIT, P.LOGIN_EDIT,
                P.LOGIN_USE, P.SELF_EDIT,
            }
        ),
        Role.AUDITOR: frozenset({P.AUDIT_READ, P.AUDIT_VERIFY, P.SYSTEM_READ, P.SELF_EDIT}),
        Role.STAFF: frozenset({P.SELF_EDIT}),
        Role.SYSTEM: frozenset(
            {
                P.JOB_RUN, P.CAPTURE_RUN, P.CAPTURE_REQUEST, P.CAPTURE_CANCEL, P.EVIDENCE_REGISTER, P.EVIDENCE_READ,
                P.EVIDENCE_SEAL, P.POST_CHECK, P.METRIC_RECORD, P.NOTICE_RECORD, P.DEADLINE_PROPOSE, P.DEADLINE_MEET,
                P.DOCUMENT_READ, P.DOCUMENT_DISPATCH, P.PUBLICATION_PUBLISH, P.CASE_READ, P.CASE_READ_PRIVILEGED,
            }
        ),
        Role.LEAD: _COUNSEL | {P.CASE_GRANT, P.CASE_CLOSE, P.CASE_ARCHIVE, P.AUDIT_READ},
        Role.COUNSEL: _COUNSEL,
        Role.PR: _PR,
        Role.ARCHIVIST: _READ
        | {
            P.CAPTURE_REQUEST, P.LOGIN_EDIT, P.LOGIN_USE,
            P.EVIDENCE_REGISTER,
            P.EVIDENCE_EXPORT,
            P.EVIDENCE_EXHIBIT,
            P.EVIDENCE_TRANSFER,
            P.EVIDENCE_SHARE,
            P.EVIDENCE_HOLD,
            P.EVIDENCE_REQUEST_DISPOSAL,
            P.EVIDENCE_DISPOSE,
            P.EVIDENCE_SEAL,
            P.CASE_ARCHIVE,
            P.CORRESPONDENCE_EDIT,
            P.TASK_EDIT,
        },
        Role.EXTERNAL: _READ
        | {
            P.CASE_READ_PRIVILEGED,
            P.DOCUMENT_DRAFT,
            P.DOCUMENT_APPROVE,
            P.DOCUMENT_SIGN,
            P.EVIDENCE_EXPORT,
            P.DEADLINE_PROPOSE,
            P.DEADLINE_CONFIRM,
            P.CORRESPONDENCE_EDIT,
            P.TASK_EDIT,
        },
        Role.APPROVER: _READ
        | {
            P.CASE_READ_PRIVILEGED,
            P.CASE_CLOSE,
            P.INCIDENT_DECIDE,
            P.DOCUMENT_APPROVE,
            P.NOTICE_AUTHORISE,
            P.COUNTER_NOTICE_DECIDE,
            P.DEADLINE_CONFIRM,
            P.DEADLINE_WAIVE,
            P.DAMAGE_REVIEW,
            P.EVIDENCE_DISPOSE,
            P.PUBLICATION_RETRACT,
            P.AUDIT_ERASE, P.CLAIM_VERIFY,
        },
        Role.VIEWER: _READ | {P.TASK_EDIT, P.CLAIM_VERIFY},
    }
)  # fmt: skip

SYSTEM_ROLES: Final = frozenset({Role.ADMIN, Role.AUDITOR, Role.STAFF, Role.SYSTEM})
CASE_ROLES: Final = frozenset(Role) - SYSTEM_ROLES
DESK_READERS: Final = frozenset({Role.LEAD, Role.COUNSEL, Role.PR, Role.ARCHIVIST})
"""Who sees a desk's rows before they are linked to a case (the desk's PR, counsel and archivist)."""


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return every permission the given role codes give; unknown codes give none."""
    return _granted(frozenset(roles))


@cache
def _granted(roles: frozenset[str]) -> frozenset[Permission]:
    return frozenset(one for role in Role if role.value in roles for one in ROLE_PERMISSIONS[role])
