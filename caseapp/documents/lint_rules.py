"""The rules: number, name, why in law, and what to do, in both languages."""

from __future__ import annotations

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
