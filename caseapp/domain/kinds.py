"""What each table's rows are called, for messages, breadcrumbs and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from caseapp.domain.labels import Label

KINDS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "desks": Label("工作台", "desk"),
        "organizations": Label("单位", "organization"),
        "users": Label("用户", "user"),
        "user_sessions": Label("会话", "session"),
        "memberships": Label("案件成员", "membership"),
        "cases": Label("案件", "case"),
        "case_stages": Label("案件阶段", "case stage"),
        "case_incidents": Label("案件与事件的关联", "link of case and incident"),
        "parties": Label("当事人", "party"),
        "reliefs": Label("诉讼请求", "relief"),
        "incidents": Label("谣言事件", "incident"),
        "rumor_claims": Label("谣言主张", "rumor claim"),
        "claim_evidence": Label("反驳证据", "counter-evidence"),
        "platforms": Label("平台", "platform"),
        "accounts": Label("发布账号", "account"),
        "posts": Label("涉案内容", "post"),
        "post_incidents": Label("内容与事件的关联", "link of post and incident"),
        "appearances": Label("原句位置", "appearance"),
        "metric_snapshots": Label("传播数据", "spread figures"),
        "captures": Label("取证", "capture"),
        "jobs": Label("后台任务", "job"),
        "evidence_items": Label("证据", "evidence item"),
        "exhibits": Label("证据目录项", "exhibit"),
        "custody_events": Label("流转记录", "custody event"),
        "disposals": Label("处置", "disposal"),
        "handovers": Label("证据移交", "handover of evidence"),
        "procedures": Label("操作规程", "operating procedure"),
        "filings": Label("归档", "filing"),
        "inventories": Label("盘点", "inventory"),
        "share_links": Label("分享链接", "share link"),
        "login_profiles": Label("登录身份", "login"),
        "documents": Label("文书", "document"),
        "document_versions": Label("文书稿", "document version"),
        "citations": Label("引用", "citation"),
        "approvals": Label("审批", "approval"),
        "dispatches": Label("发出记录", "dispatch"),
        "notices": Label("侵权通知", "notice"),
        "notice_items": Label("通知所列网址", "notice item"),
        "notice_events": Label("通知记录", "notice event"),
        "counter_notices": Label("不侵权声明", "counter-notice"),
        "deadlines": Label("期限", "deadline"),
        "tasks": Label("任务", "task"),
        "damage_items": Label("损失项", "damage item"),
        "damage_evidence": Label("损失凭证", "evidence of damage"),
        "correspondence": Label("来往函件", "letter"),
        "correspondence_evidence": Label("函件附件", "attachment of a letter"),
        "publications": Label("发布", "publication"),
        "form_drafts": Label("草稿", "unsent draft"),
        "form_receipts": Label("已提交的表单", "sent form"),
        "audit_events": Label("操作日志", "audit event"),
    }
)


def kind_label(table: str) -> Label:
    """Return what rows of ``table`` are called (记录/record for an unnamed one)."""
    return KINDS.get(table, Label("记录", "record"))
