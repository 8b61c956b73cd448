"""Closed lists of words that are not workflow states: verdicts, kinds, levels, with labels in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of keys, each with a label; the database repeats it as a CHECK constraint."""

    name: str
    label: Label
    words: Mapping[str, Label]

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys in order."""
        return tuple(self.words)

    def __contains__(self, key: object) -> bool:
        return key in self.words

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __getitem__(self, key: str) -> Label:
        return self.words[key]

    def require(self, key: str) -> str:
        """Return ``key`` if it is in the list.

        Raises:
            InvalidInputError: naming the list and what it holds.
        """
        if key not in self.words:
            zh = "须为下列之一：" + "、".join(word.zh for word in self.words.values())
            en = "must be one of " + ", ".join(self.words)
            raise InvalidInputError(field=self.label, problem=Label(zh, en))
        return key


def _list(name: str, zh: str, en: str, **words: tuple[str, str]) -> Vocabulary:
    return Vocabulary(name, Label(zh, en), MappingProxyType({key: Label(*pair) for key, pair in words.items()}))


POST_VERDICT: Final = _list(
    "post_verdict", "内容定性", "post verdict",
    false_fact=("事实不实", "false fact"), insult=("侮辱", "insult"), impersonation=("仿冒冒用", "impersonation"),
    leak=("泄密泄露隐私", "leak"), genuine_complaint=("真实投诉", "genuine complaint"),
    fair_comment=("正当监督", "fair comment"), to_check=("待查", "to be checked"),
)  # fmt: skip
"""Triage verdicts in key order 1-7."""

BARRED_VERDICTS: Final = frozenset({"genuine_complaint", "fair_comment"})
"""A post with one of these can never be in a notice: in services and in the database."""

SIX_TYPE: Final = _list(
    "six_type", "涉企六类", "type of report",
    impersonating=("仿冒性", "impersonating"), misleading=("误导性", "misleading"), rumor=("谣言性", "rumor"),
    insulting=("侮辱性", "insulting"), leaking=("泄密性", "leaking"), disturbing=("其他恶意干扰", "other malicious"),
)  # fmt: skip
CLAIM_KIND: Final = _list(
    "claim_kind", "主张性质", "kind of assertion",
    fact=("事实", "fact"), opinion=("意见", "opinion"), insult=("侮辱", "insult"), prediction=("预测", "prediction"),
)  # fmt: skip
CLAIM_VERDICT: Final = _list(
    "claim_verdict", "主张认定", "claim verdict",
    true=("属实", "true"), mostly_true=("基本属实", "mostly true"), false=("不实", "false"),
    misleading=("误导", "misleading"), unverifiable=("无法核实", "unverifiable"), opinion=("意见", "opinion"),
)  # fmt: skip
SEVERITY: Final = _list(
    "severity", "等级", "severity", I=("Ⅰ级", "I"), II=("Ⅱ级", "II"), III=("Ⅲ级", "III"), IV=("Ⅳ级", "IV"),
)  # fmt: skip
CONFIDENTIALITY: Final = _list(
    "confidentiality", "密级", "confidentiality",
    public=("公开", "public"), internal=("内部", "internal"), secret=("商密", "trade secret"),
    core_secret=("核心商密", "core trade secret"),
)  # fmt: skip
"""From least to most strict; never the State-secret grades."""

CASE_TYPE: Final = _list(
    "case_type", "案件类型", "case type",
    enforcement=("维权", "enforcement"), response=("应对", "response"), internal=("内部追责", "internal"),
    drill=("演练", "drill"),
)  # fmt: skip
CASE_STAGE: Final = _list(
    "case_stage", "阶段", "stage",
    evidence=("取证", "evidence"), negotiation=("交涉", "negotiation"), takedown=("投诉下架", "takedown"),
    regulator=("举报", "regulator"), interim=("保全禁令", "interim relief"), first_instance=("一审", "first instance"),
    second_instance=("二审", "second instance"), enforcement=("执行", "enforcement"), settlement=("和解", "settlement"),
)  # fmt: skip
ORGANIZATION_KIND: Final = _list(
    "organization_kind", "单位类别", "kind of organization",
    self=("本单位", "ourselves"), subsidiary=("子公司", "subsidiary"), counterparty=("相对方", "counterparty"),
    law_firm=("律所", "law firm"), platform_operator=("平台运营者", "platform operator"),
    regulator=("监管机关", "regulator"), court=("法院", "court"), police=("公安机关", "police"),
    lab=("检验机构", "laboratory"), notary=("公证机构", "notary"), mediation=("调解组织", "mediation body"),
    customer=("客户", "customer"),
)  # fmt: skip
PARTY_ROLE: Final = _list(
    "party_role", "当事人地位", "role of a party",
    principal=("委托人", "principal"), agent=("代理人", "agent"), recipient=("收件人", "recipient"),
    target=("针对的人", "target"), plaintiff=("原告", "plaintiff"), defendant=("被告", "defendant"),
    third_party=("第三人", "third party"), court=("法院", "court"),
)  # fmt: skip
IDENTITY_LEVEL: Final = _list(
    "identity_level", "身份层级", "level of identity",
    unknown=("未知", "unknown"), displayed=("页面显示", "displayed"),
    disclosed_by_platform=("平台披露", "disclosed by platform"), confirmed=("已确认", "confirmed"),
)  # fmt: skip
POST_KIND: Final = _list(
    "post_kind", "内容形式", "kind of post",
    text_image=("图文", "text and image"), short_text=("短文", "short text"), repost=("转发", "repost"),
    video=("视频", "video"), comment=("评论", "comment"), answer=("回答", "answer"), question=("提问", "question"),
    article=("文章", "article"), thread=("主题帖", "thread"), live=("直播", "live stream"),
    screenshot=("截图", "screenshot"), chat=("群聊截图", "group chat screenshot"), marketing=("营销图文", "marketing"),
    other=("其他", "other"),
)  # fmt: skip
STANCE: Final = _list(
    "stance", "立场", "stance",
    spread=("传播", "spread"), debunk=("辟谣", "debunk"), query=("求证", "query"), quote=("引用", "quote"),
    other=("其他", "other"),
)  # fmt: skip
CAPTURE_PURPOSE: Final = _list(
    "capture_purpose", "取证目的", "purpose of a capture",
    evidence=("固定证据", "seal evidence"), verify_takedown=("核实下架", "verify a takedown"),
    own_publication=("自行发布取证", "our own publication"), counter_evidence=("反驳证据", "counter-evidence"),
)  # fmt: skip
CAPTURE_RESULT: Final = _list(
    "capture_result", "取证结果", "result of a capture",
    COMPLETE=("完整", "complete"), PARTIAL=("部分", "partial"), FAILED=("失败", "failed"),
)  # fmt: skip
LOGIN_STATUS: Final = _list(
    "login_status", "登录身份状态", "state of a login",
    usable=("可用", "usable"), sign_in_again=("需重新登录", "sign in again"),
)  # fmt: skip
EVIDENCE_KIND: Final = _list(
    "evidence_kind", "证据种类", "kind of evidence",
    web_page=("网页", "web page"), screenshot=("截图", "screenshot"), video=("录音录像", "recording"),
    notarial=("公证书", "notarial deed"), contract=("合同", "contract"), finance=("财务票据", "financial record"),
    chat=("聊天记录", "chat"), testimony=("证言", "testimony"), documentary=("书证", "document"),
    electronic=("电子数据", "electronic data"),
)  # fmt: skip
GRADE: Final = _list(
    "grade", "取证等级", "grade of a capture",
    self_made=("自证", "self-made"), rechecked=("复核", "re-checked"), two_sources=("双源印证", "two sources"),
    witnessed=("见证", "witnessed"), demo=("演示", "demonstration"),
)  # fmt: skip
SCOPE: Final = _list(
    "scope", "查看范围", "scope of access",
    all=("全部", "all"), no_privileged=("不含保密通信", "without privileged matter"),
    evidence_only=("仅证据", "evidence only"), report_only=("仅报告", "reports only"),
)  # fmt: skip
CHANNEL: Final = _list(
    "channel", "渠道", "channel",
    outbox=("本机发件箱", "local outbox"), web_form=("平台投诉入口", "platform form"), email=("电子邮件", "e-mail"),
    post=("邮寄", "post"), hand=("当面送交", "by hand"), court=("法院", "court"),
    official_account=("官方账号", "own account"),
)  # fmt: skip
DIRECTION: Final = _list(
    "direction", "方向", "direction", received=("收到", "received"), sent=("发出", "sent"),
)  # fmt: skip
HANDOVER_DIRECTION: Final = _list(
    "handover_direction", "移交方向", "direction of a handover", out=("移出", "handed out"), taken=("收进", "taken in"),
)  # fmt: skip
HANDOVER_FORM: Final = _list(
    "handover_form", "移交形式", "form handed over",
    original=("原件", "original"), copy=("复制件", "copy"), package=("电子证据包", "electronic package"),
)  # fmt: skip
ORIGINALITY: Final = _list(
    "original_or_copy", "原件还是复制件", "original or copy", original=("原件", "original"), copy=("复制件", "copy"),
)  # fmt: skip
SCRUB_OUTCOME: Final = _list(
    "scrub_outcome", "例行校验结果", "outcome of a routine check",
    intact=("完好", "intact"), mended=("已由副本修复", "mended from a replica"), damaged=("损坏", "damaged"),
)  # fmt: skip
RETENTION: Final = _list(
    "retention", "保管期限", "term of keeping",
    permanent=("永久", "permanent"), years_30=("30 年", "30 years"), years_10=("10 年", "10 years"),
)  # fmt: skip
DISPOSAL_DECISION: Final = _list(
    "disposal_decision", "处置决定", "decision on a disposal",
    approved=("批准", "approved"), kept=("不予处置", "refused"), withdrawn=("撤回申请", "withdrawn"),
)  # fmt: skip
INVENTORY_FOUND: Final = _list(
    "inventory_found", "盘点结果", "found at a count",
    present=("在库", "present"), differs=("有差异", "differs"), absent=("不在", "absent"),
)  # fmt: skip
LETTER_CHANNEL: Final = _list(
    "letter_channel", "来往方式", "way it came or went",
    email=("电子邮件", "e-mail"), post=("邮寄", "post"), hand=("当面送交", "by hand"), phone=("电话", "telephone"),
    platform=("平台站内信", "platform message"), court=("法院送达", "served by court"), meeting=("会谈", "meeting"),
    other=("其他", "other"),
)  # fmt: skip
MEASURE: Final = _list(
    "measure", "处置措施", "measure",
    full=("全部处置", "full"), partial=("部分处置", "partial"), label=("争议标签", "label"),
    limited=("限制传播", "limited"),
)  # fmt: skip
ESCALATION: Final = _list(
    "escalation", "升级方式", "way of escalation",
    second_notice=("再次通知", "second notice"), regulator=("网信举报 12377", "report to 12377"),
    lawyer_letter=("律师函", "lawyer's letter"), suit=("诉讼或禁令", "suit or injunction"),
    police=("公安报案", "report to the police"),
)  # fmt: skip
RELIEF_KIND: Final = _list(
    "relief_kind", "请求种类", "kind of relief",
    stop=("停止侵害", "stop the infringement"), delete=("删除内容", "delete the posts"),
    correct=("更正", "correction"), apology=("赔礼道歉", "apology"), repair=("消除影响", "undo the effects"),
    restore=("恢复名誉", "restore the reputation"), damages=("赔偿损失", "damages"),
    costs=("合理开支", "reasonable costs"), court_fees=("诉讼费用", "court fees"), other=("其他", "other"),
)  # fmt: skip
DEADLINE_KIND: Final = _list(
    "deadline_kind", "期限性质", "kind of deadline",
    statutory=("法定", "statutory"), court=("法院指定", "set by court"), analogy=("类推", "by analogy"),
    platform=("平台公示", "stated by platform"), internal=("内部", "internal"),
)  # fmt: skip
DAMAGE_HEAD: Final = _list(
    "damage_head", "损失类别", "head of damage",
    D1=("直接损失", "direct loss"), D2=("销量下降", "lost sales"), D3=("侵权人获利", "infringer's profit"),
    D4=("法院酌定", "court's discretion"), D5=("合理开支", "reasonable costs"), D6=("消除影响费用", "cost of repair"),
    D7=("精神损害", "moral damages"), D8=("诉讼费用", "court fees"), D9=("迟延履行利息", "delay interest"),
    U1=("不正当竞争损失", "unfair competition"),
)  # fmt: skip
DAMAGE_CONFIDENCE: Final = _list(
    "damage_confidence", "依据", "confidence",
    receipt=("票据", "receipt"), computed=("测算", "computed"), asserted=("主张", "asserted"),
)  # fmt: skip
DAMAGE_SCOPE: Final = _list(
    "damage_scope", "用于", "used for",
    suit=("诉讼请求", "suit"), settlement=("和解", "settlement"), competition=("不正当竞争之诉", "competition suit"),
    note=("仅作说明", "note only"),
)  # fmt: skip
ACTOR_KIND: Final = _list(
    "actor_kind", "操作者类型", "kind of actor", user=("用户", "user"), token=("接口令牌", "API token"),
    system=("系统", "system"),
)  # fmt: skip
DECISION: Final = _list(
    "decision", "审批意见", "decision", approved=("同意", "approved"), changes=("退回", "changes requested"),
)  # fmt: skip
