from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from caseapp.documents import DocumentModel, check, check_text, is_blocked
from caseapp.documents.blocks import Paragraph, Sentence, Text
from caseapp.documents.lint_rules import RULES
from caseapp.documents.lint_text import KnownPost, LintContext, normal_address

Draft = Callable[..., tuple[DocumentModel, Any]]
Plain = dict[str, Any]
POSTS = (
    KnownPost("帖-01", "https://weixun.test/9900000101/PX260810A017", "食安小喇叭"),
    KnownPost("帖-04", "https://zhiye.test/question/6600881/answer/77800411", "深夜答主"),
)
CONTEXT = LintContext(
    kind="infringement_notice",
    as_of=dt.date(2026, 8, 14),
    posts=POSTS,
    amounts=frozenset({Decimal("28621.20"), Decimal("86400.00")}),
)

CASES = [
    (1, "身份证号码110101199003070038。", True),
    (1, "证件见下：110101 19900307 0038。", True),
    (1, "手机 13800138000 可联系。", True),
    (1, "发帖人家住示范小区3幢2单元501室。", True),
    (1, "车牌京A12345。", True),
    (1, "邮箱 someone@mail.test 为其本人常用。", True),
    (1, "统一社会信用代码 919901001000000169。", False),
    (1, "SHA-256：efe73a312a3639a578eb8b6ff5aa92d0a72bf833318ec4880ee8d498e7e29046。", False),
    (1, "账号编号 9900000101，手机号已遮盖为 170****0001。", False),
    (1, "电话000-5550-0101，邮箱 legal@muhe-food.test。", False),
    (2, "此等无耻之徒必将付出代价。", True),
    (2, "再不删除就把你的家人都曝光。", True),
    (2, "不删就报警抓你。", True),
    (2, "原文“黑心烂肺”属于侮辱性言辞。", False),
    (2, "我方将依法采取包括诉讼在内的措施。", False),
    (3, "造谣者必将受到严惩。", True),
    (3, "侵权人应当停止侵害。", True),
    (3, "该行为已构成犯罪。", True),
    (3, "我公司产品百分之百安全。", True),
    (3, "被侵权人有权请求赔偿。", False),
    (3, "发布者涉嫌侵害名誉权。", False),
    (3, "最高人民法院有关规定。", False),
    (4, "该条浏览量达301,200次。", True),
    (4, "三家客户取消订单。", True),
    (4, "三家客户取消订单（证5-1）。", False),
    (4, "请贵方依法处理上列 2 条内容。", False),
    (5, "依据侵权责任法第三十六条。", True),
    (5, "依据治安管理处罚法第四十二条处理。", True),
    (6, "网址 https://weixun.test/9900000101/PX260810A071（证2-1）。", True),
    (6, "账号“食安大喇叭”发布。", True),
    (6, "帖-04 的网址为 https://weixun.test/9900000101/PX260810A017。", True),
    (6, "网址 https://weixun.test/9900000101/PX260810A017?from=share&t=1。", False),
    (6, "见 https://www.muhe-food.test/news。", False),
    (7, "直接损失28,612.20元（证5-1）。", True),
    (7, "合计人民币捌万陆仟伍佰元整（86,400.00元）。", True),
    (7, "合计人民币捌万陆仟肆佰元整（86,400.00元）。", False),
    (7, "粉丝428,700，浏览301,200次（证3-1）。", False),
    (8, "请求被告赔偿精神损害抚慰金10,000元。", True),
    (8, "权利人为法人，不主张精神损害赔偿。", False),
    (9, "删帖服务费每条300元。", True),
    (9, "贵号删除后，我司将支付两万元。", True),
    (9, "以付款换取删除的报价，我方一律拒绝。", False),
    (11, "本协议应于2026年9月31日前履行。", True),
    (11, "2026年8月24日（星期五）提交。", True),
    (11, "律师函日期2026年8月10日；委托合同签订于2026年8月13日。", True),
    (11, "2026年8月24日（星期一）提交起诉状。", False),
    (12, "贵平台：【平台名称】", True),
    (12, "请于____年__月__日前回复。", True),
    (12, "公证书编号（待填）。", True),
    (12, "被告：某某文化传媒有限公司。", True),
    (12, "汀市监通〔2026〕88号", False),
    (12, "网址 https://lanjiangbbs.test/thread-1.html?x=__a 可打开。", False),
    (12, "法定代表人（签名）：　　　　（盖章）", False),
]


@pytest.mark.parametrize(("rule", "text", "expected"), CASES)
def test_text_rules(rule: int, text: str, expected: bool) -> None:
    found = check_text(text, CONTEXT, place="s-1")
    assert (rule in {one.rule for one in found}) is expected
    assert all(one.quoted in text for one in found)


@pytest.mark.parametrize("verdict", ["true", "mostly_true", "opinion", "unverifiable"])
def test_content_that_is_not_false_may_not_be_noticed(verdict: str) -> None:
    context = LintContext(kind="infringement_notice", verdict=verdict)
    assert 10 in {one.rule for one in check_text("请删除该内容。", context)}
    assert 10 not in {one.rule for one in check_text("请删除该内容。", LintContext(kind="memo", verdict=verdict))}


def test_every_rule_says_why_and_what_to_do() -> None:
    assert sorted(RULES) == list(range(1, 14))
    for rule in RULES.values():
        for words in (rule.title_zh, rule.why_zh, rule.fix_zh, rule.title_en, rule.why_en, rule.fix_en):
            assert words


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (
            lambda d: d["posts"][0]["statements"][0].update(verdict="true"),
            "not-noticeable",
            "posts.0.statements.0.verdict",
        ),
        (lambda d: d["posts"][0]["statements"][0].pop("verdict"), "not-noticeable", "posts.0.statements.0.verdict"),
        (
            lambda d: d["posts"][0]["statements"][0].update(kind="opinion"),
            "not-noticeable",
            "posts.0.statements.0.kind",
        ),
        (lambda d: d["posts"][0]["statements"][0].update(kind="insult"), "not-noticeable", "posts.0.statements.0.kind"),
        (lambda d: d["posts"][0].update(captured_at="2026-08-09T08:00:00+08:00"), "date-order", "posts.0.captured_at"),
        (
            lambda d: d["posts"][0]["timestamp"].update(at="2026-08-11T08:00:00+08:00"),
            "date-order",
            "posts.0.timestamp.at",
        ),
        (lambda d: d.update(issued_on="2026-08-10"), "date-order", "posts.1.captured_at"),
        (lambda d: d["agent"].update(valid_from="2026-08-13"), "date-order", "agent.valid_from"),
        (lambda d: d["agent"].update(valid_until="2026-08-11"), "date-order", "agent.valid_until"),
        (lambda d: d["principal"].pop("uscc"), "missing", ""),
        (lambda d: d["posts"][1].pop("package_sha256"), "missing", ""),
        (lambda d: d["posts"][1].pop("url"), "missing", ""),
        (lambda d: d.update(measures=[]), "missing", ""),
        (lambda d: d.update(posts=[]), "missing", ""),
        (lambda d: d["contact"].pop("address"), "missing", ""),
        (lambda d: d["posts"][0]["statements"][0]["reasons"][0].update(exhibits=[]), "uncited-fact", ""),
        (lambda d: d["agent"].update(title="造谣者克星"), "verdict-word", "identity-table"),
        (lambda d: d["posts"][0].update(outside_scope="发布者手机13800138000"), "personal-data", ""),
    ],
)
def test_a_spoiled_notice_is_blocked(change: Any, code: str, place: str, notice: Plain, drafted: Draft) -> None:
    change(notice)
    model, facts = drafted(notice)
    found = [one for one in check(model, facts) if one.code == code]
    assert found
    assert is_blocked(found)
    assert not place or place in {one.place for one in found}
    assert all(one.message("zh") and one.message("en") for one in found)


def test_insults_are_for_the_person_insulted(notice: Plain, drafted: Draft) -> None:
    notice["principal"] = {"kind": "natural_person", "name": "陆清宁", "identity": ["证-2026-000001"]}
    notice["posts"] = notice["posts"][:1]
    notice["posts"][0]["statements"][0].update(kind="insult", quote="黑心烂肺的东西")
    model, facts = drafted(notice)
    assert check(model, facts) == []


def test_words_of_others_are_not_held_against_us(notice: Plain, drafted: Draft) -> None:
    notice["posts"][0]["statements"][0]["quote"] = "这帮骗子造谣者，身份证110101199003070038，删帖费三百元"
    model, facts = drafted(notice)
    assert check(model, facts) == []


def test_a_removed_part_is_found(notice: Plain, drafted: Draft) -> None:
    model, facts = drafted(notice)
    cut = model.model_copy(update={"blocks": tuple(block for block in model.blocks if block.id != "truth")})
    assert ("missing", "truth") in {(one.code, one.place) for one in check(cut, facts)}


def test_an_address_typed_wrongly_is_found(notice: Plain, drafted: Draft) -> None:
    model, facts = drafted(notice)
    typed = Paragraph(
        id="typed", sentences=(Sentence(id="t1", content=(Text(text="另见 https://weixun.test/9900000101/PX1。"),)),)
    )
    edited = model.model_copy(update={"blocks": (*model.blocks, typed)})
    assert ("address-mismatch", "t1") in {(one.code, one.place) for one in check(edited, facts)}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d["heads"][0]["items"][0].update(amount="14580.00"), "damages.heads.0.items.0.amount"),
        (lambda d: d["heads"][0].update(subtotal="28612.20"), "damages.heads.0.subtotal"),
        (lambda d: d.update(total="86399.00"), "damages.total"),
        (lambda d: d.update(without_costs="43553.05"), "damages.without_costs"),
        (lambda d: d["alternative"].update(with_costs="1.00"), "damages.alternative.with_costs"),
        (lambda d: d["heads"][0].update(head="D2"), "damages.heads.0.head"),
        (lambda d: d["heads"][0].update(head="Z9"), "damages.heads.0.head"),
    ],
)
def test_sums_that_do_not_add_up_are_blocked(change: Any, place: str, schedule: Plain, drafted: Draft) -> None:
    change(schedule["damages"])
    model, facts = drafted(schedule, "damages_schedule")
    assert ("amount-mismatch", place) in {(one.code, one.place) for one in check(model, facts)}


def test_a_company_claims_nothing_for_its_feelings(schedule: Plain, drafted: Draft) -> None:
    schedule["damages"]["heads"][0]["head"] = "D7"
    model, facts = drafted(schedule, "damages_schedule")
    assert "mental-harm-of-legal-person" in {one.code for one in check(model, facts)}


@pytest.mark.parametrize("verdict", ["true", "unverifiable", None])
def test_a_statement_denies_only_what_was_verified(verdict: str | None, statement: Plain, drafted: Draft) -> None:
    statement["claims"][0]["verdict"] = verdict
    model, facts = drafted(statement, "clarification_statement")
    found = check(model, facts)
    assert ("not-noticeable", "claims.0.verdict") in {(one.code, one.place) for one in found}


def test_addresses_are_compared_without_share_parameters() -> None:
    assert normal_address("https://a.test/x/?from=share&t=1#c") == normal_address("https://a.test/x")
    assert normal_address("https://a.test/x?id=1") != normal_address("https://a.test/x?id=2")
