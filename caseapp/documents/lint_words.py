"""What the text rules look for. Tables only; `lint_text` applies them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True)
class Rule:
    """One rule: its number, what it is about, why in law, and what to do."""

    number: int
    code: str
    title_zh: str
    title_en: str
    why_zh: str
    why_en: str
    fix_zh: str
    fix_en: str


def _rule(number: int, code: str, *words: str) -> Rule:
    title_zh, title_en, why_zh, why_en, fix_zh, fix_en = words
    return Rule(number, code, title_zh, title_en, why_zh, why_en, fix_zh, fix_en)


RULES: Final[Mapping[int, Rule]] = {
    rule.number: rule
    for rule in (
        _rule(
            1,
            "personal-data",
            "个人信息",
            "Personal data",
            "公开或寄出自然人的证件号、手机号、住址超出必要范围",
            "Publishing a person's id, telephone or home exceeds what is needed",
            "删去；确需提交的放入只给机关的密封附表",
            "Delete it; if an authority needs it, put it in a sealed annex",
        ),
        _rule(
            2,
            "insult-or-threat",
            "侮辱或威胁",
            "Insult or threat",
            "起诉状含谩骂须退回修改；以曝光、报案相威胁会使我方担责",
            "Abuse is sent back by the court; threats of exposure or arrest make us liable",
            "改为陈述事实和依法处理",
            "State facts and lawful steps instead",
        ),
        _rule(
            3,
            "verdict-word",
            "定罪词或绝对化用语",
            "Verdict word or absolute claim",
            "裁判之前认定犯罪、侵权没有依据；绝对化宣传另违广告法",
            "Nobody is guilty or liable before judgment; absolute claims break advertising law",
            "写“发布者”“与事实不符”“涉嫌”",
            "Write “publisher”, “does not agree with the facts”, “appears to”",
        ),
        _rule(
            4,
            "uncited-fact",
            "事实没有证据号",
            "Fact without exhibit",
            "通知须有初步证据，主张须有证据支持",
            "A notice needs prima facie evidence; who asserts must prove",
            "在句末加证据号，或者删去该事实",
            "Add the exhibit to the sentence, or drop the fact",
        ),
        _rule(
            5,
            "stale-citation",
            "旧条号",
            "Stale citation",
            "该条号已移动或者废止",
            "The article was renumbered or repealed",
            "改引现行条号",
            "Cite the present article",
        ),
        _rule(
            6,
            "address-mismatch",
            "网址或账号与证据库不一致",
            "Address or account not as in the evidence",
            "定位错误的通知不是有效通知，也可能殃及他人",
            "A notice that locates the wrong content is no notice and may harm another",
            "从证据重新取用网址和账号",
            "Take the address and account from the evidence again",
        ),
        _rule(
            7,
            "amount-mismatch",
            "金额与计算表不一致",
            "Amount not as in the schedule",
            "前后金额不一会被用来否定全部计算",
            "One wrong sum is used to deny the whole computation",
            "从计算表取用金额",
            "Take the sum from the schedule",
        ),
        _rule(
            8,
            "mental-harm-of-legal-person",
            "法人主张精神损害",
            "Mental harm of a legal person",
            "法人和非法人组织请求精神损害赔偿不予支持",
            "Legal persons receive no damages for mental harm",
            "删去该项",
            "Drop the item",
        ),
        _rule(
            9,
            "paid-removal",
            "以报酬换删除",
            "Payment for removal",
            "这类协议无效，并可能构成犯罪",
            "Such agreements are void and may be criminal",
            "删去；收到索要的转报案材料",
            "Delete it; if it was demanded of us, report it",
        ),
        _rule(
            10,
            "not-noticeable",
            "真实、意见或未核实的内容",
            "True, opinion or unverified content",
            "错误通知要赔偿；批评、真实评价和未核实的内容不得通知",
            "A mistaken notice is paid for; criticism, true reports and unverified content must not be noticed",
            "移出本文书，转客服、回应或者先核实",
            "Take it out; answer it, hand it to customer care, or verify first",
        ),
        _rule(
            11,
            "date-order",
            "日期矛盾",
            "Contradictory dates",
            "日期先后矛盾会动摇真实性",
            "Contradictory dates shake authenticity",
            "核对原始记录后改正",
            "Check the records and correct",
        ),
        _rule(
            12,
            "missing",
            "缺项或占位符",
            "Missing value or placeholder",
            "缺少必备内容的文书不发生预期效力",
            "A paper without its required parts has not its effect",
            "补齐该字段",
            "Fill in the field",
        ),
        _rule(
            13,
            "unverified-law",
            "法条待核",
            "Law to be checked",
            "该法条尚未在官方来源核对",
            "The rule was not yet read in an official source",
            "由律师核对后在法律数据中改为已核",
            "Have counsel check it and mark it verified",
        ),
    )
}


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}[ -]?(?:19|20)\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])"
)
MOBILE: Final = re.compile(r"(?<![0-9A-Za-z.-])(?:\+?86[- ]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])")
HOME: Final = _any(
    r"家住[^，。；]{2,30}",
    r"住(?:在|于|址[为：:]?)[^，。；]{2,30}(?:室|号楼|单元)",
    r"[0-9一二三四五六七八九十]+\s*(?:幢|栋|号楼)[^，。；]{0,12}\d+\s*室",
)
PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·.]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
PRIVATE_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PRIVATE_MARK: Final = _any("本人", "个人", "私人", "常用", "其邮箱")

INSULT: Final = _any(
    "无耻",
    "卑鄙",
    "人渣",
    "败类",
    "黑心",
    "走狗",
    "不要脸",
    "下三滥",
    "跳梁小丑",
    "丧尽天良",
    "狗仔",
    "垃圾(?:账号|媒体|小人|人)",
    "蠢货",
    "无赖",
    "流氓",
    "禽兽",
    "畜生",
    "小人得志",
    "臭名昭著",
)
THREAT: Final = _any(
    r"付出(?:惨重|沉重)?代价",
    r"(?:把|将)[^，。；]{0,16}曝光",
    r"人肉",
    r"报警抓",
    r"抓你",
    r"封杀",
    r"等着(?:瞧|坐牢|收传票)",
    r"让你[^，。；]{0,10}(?:身败名裂|坐牢|失业|混不下去)",
    r"不客气了",
    r"后果自负",
    r"你自己掂量",
    r"小心你",
    r"找上门",
    r"社会性死亡",
)
VERDICT: Final = _any(
    r"造谣者",
    r"造谣(?:犯罪)?分子",
    r"犯罪分子",
    r"罪犯",
    r"诈骗犯",
    r"骗子",
    r"行骗",
    r"黑社会",
    r"(?:犯罪|造谣|水军|黑)团伙",
    r"水军头目",
    r"(?<!被)侵权人",
    r"侵权者",
    r"谣言制造者",
    r"始作俑者",
    r"(?:已经?|明显|显然|无疑|当然)构成(?:犯罪|侵权|诽谤|诬告)",
    r"犯有[^，。；]{1,8}罪",
    r"构成(?:诽谤|侮辱|损害商业信誉|敲诈勒索|寻衅滋事)罪",
    r"恶意造谣",
    r"蓄意造谣",
)
ABSOLUTE: Final = _any(
    r"百分之百",
    r"100\s*[%％]",
    r"绝对(?:安全|没有|不会|可靠|真实)",
    r"最(?:安全|干净|好|优质|健康|放心|权威|先进|高品质)",
    r"全(?:行业|国|球|网)(?:最|第一|领先|独家)",
    r"(?:行业|全国|世界)第一",
    r"永远不会",
    r"零风险",
    r"国家级",
    r"顶级",
)
PAID: Final = _any(
    r"删帖(?:服务)?(?:费|报价|套餐|业务)",
    r"有偿删",
    r"付费删",
    r"删除后[^。；]{0,30}(?:支付|付款|打款|投放|合作费|感谢)",
    r"(?:支付|付款|给予|打款|转账|投放)[^。；]{0,24}(?:换取|以便|用于|后即?)[^。；]{0,12}(?:删除|删帖|屏蔽|下架)",
    r"感谢金",
    r"(?:清除|处理|删除)链接\s*\d*\s*条?[^。；]{0,6}费?",
    r"舆情处置费",
    r"协助(?:屏蔽|删除)的?[^。；]{0,10}(?:给予|支付|酬谢)",
    r"公关删稿",
)
PAID_REFUSED: Final = _any(
    "拒绝", "拒付", "不得", "无效", "索要", "索取", "勒索", "敲诈", "举报", "不构成对价", "免费", "不支付"
)
MENTAL: Final = _any(r"精神(?:损害|痛苦|抚慰|层面|伤害|赔偿|损失)", r"抚慰金")
MENTAL_DENIED: Final = _any(
    "不主张", "不请求", "不含", "不包括", "不予支持", "不得请求", "没有精神", "无精神", "不提出精神", "不计"
)
PLACEHOLDER: Final = _any(
    r"【[^】]{0,30}】",
    r"(?<![A-Za-z0-9/=?&._-])_{2,}(?![A-Za-z0-9])",
    r"[（(]?(?:待填|待补充?|待定|待确认|此处填写)[)）]?",
    r"某某",
    r"(?<![A-Za-z])[Xx×]{2,}(?![A-Za-z])",
    r"\{\{.*?\}\}",
    r"\bT(?:O)DO\b",
    r"〔缺：[^〕]*〕",
    r"\[missing: [^\]]*\]",
)
FACTUAL: Final = _any(
    r"(?:[0-9][0-9,.]*|[一二三四五六七八九十百千两]+)\s*(?:余|多)?\s*(?:万|亿)?\s*(?:次|人次|元|家|名客户|名消费者|人(?:集中|次|退|投)|个订单|笔订单|单)",
    r"(?:取消|退回)(?:了)?订单",
    r"集中退货",
    r"停业|停产",
    r"(?:浏览|转发|阅读|播放)(?:量|数)?[^，。；]{0,6}(?:达|为|超过|高达)",
    r"粉丝[^，。；]{0,6}万",
    r"长期从事",
    r"系[^，。；]{0,20}账号",
    r"销量(?:下降|下滑)",
    r"解除(?:了)?合同",
)
NOT_FACTUAL: Final = _any(
    r"证[0-9]+-[0-9]+",
    "密封附表",
    r"》(?:（[^）]*）)?第",
    "规定",
    "请求",
    r"^请|，请|综上",
    "下列",
    "上列",
    "应当",
    "依据",
    "将依法",
    "如贵",
    "有权",
    "判令",
    "诉讼请求",
)
OLD_LAW_KINDS: Final = frozenset({"memo"})
NOTICE_KINDS: Final = frozenset({"infringement_notice", "platform_report_12377", "lawyer_letter", "correction_request"})
BAD_CLASSES: Final = frozenset({"真实投诉", "意见", "辟谣", "待查", "正当监督", "求证", "已更正", "善意转发"})
BAD_VERDICTS: Final = frozenset({"true", "mostly_true", "opinion", "unverifiable"})
ORDERED: Final = (
    ("出具", "送检"),
    ("发函", "委托"),
    ("律师函", "委托"),
    ("取证", "发布"),
    ("采集", "发布"),
    ("提交", "授权"),
)
"""Pairs of acts of which the first can only happen on or after the second."""
