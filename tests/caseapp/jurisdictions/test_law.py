import datetime as dt
from pathlib import Path

import pytest

from caseapp.jurisdictions import (
    Certainty,
    LawDataError,
    RuleNotInForceError,
    UnknownJurisdictionError,
    UnknownRuleError,
    load,
)
from caseapp.jurisdictions.law import DATA, parse

AUGUST = dt.date(2026, 8, 14)


def files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (DATA / "cn").glob("*.yaml")}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("reputation.right", "《中华人民共和国民法典》第一千零二十四条第一款"),
        ("reputation.public_interest", "《中华人民共和国民法典》第一千零二十五条"),
        ("media.correction", "《中华人民共和国民法典》第一千零二十八条"),
        ("damages.property", "《中华人民共和国民法典》第一千一百八十二条"),
        ("notice.contents", "《中华人民共和国民法典》第一千一百九十五条第一款"),
        ("counter_notice.forwarding", "《中华人民共和国民法典》第一千一百九十六条第二款"),
        ("network.knowledge", "《中华人民共和国民法典》第一千一百九十七条"),
        ("csl.records", "《中华人民共和国网络安全法》（2025年修正）第四十九条"),
        ("psm.defamation", "《中华人民共和国治安管理处罚法》（2025年修订）第五十条第一款第二项"),
        ("aucl.disparagement", "《中华人民共和国反不正当竞争法》（2025年修订）第十二条"),
    ],
)
def test_a_rule_is_cited_with_the_number_of_its_day(key: str, text: str) -> None:
    assert load("cn").cite(key, AUGUST).text("zh") == text


def test_the_number_follows_the_date() -> None:
    law = load("cn")
    assert law.cite("csl.records", dt.date(2025, 12, 31)).text_zh.endswith("第四十七条")
    assert law.cite("csl.records", dt.date(2026, 1, 1)).text_zh.endswith("第四十九条")
    assert law.cite("aucl.disparagement", dt.date(2025, 10, 14)).text_zh.endswith("第十一条")


def test_what_was_not_read_needs_a_check() -> None:
    law = load("cn")
    assert not law.cite("notice.duty", AUGUST).certainty.needs_check
    assert law.cite("consumer.oversight", AUGUST).certainty is Certainty.MEMORY_SURE
    assert law.cite("cac.six_conditions", AUGUST).certainty.needs_check


def test_the_weakest_link_decides() -> None:
    assert Certainty.weakest(Certainty.VERIFIED, Certainty.UNSURE, Certainty.MEMORY_SURE) is Certainty.UNSURE


def test_every_entry_names_its_source_and_both_languages() -> None:
    for statute in load("cn").statutes:
        for version in statute.versions:
            assert version.source
            for article in version.articles:
                assert article.source
                assert article.paraphrase.zh
                assert article.paraphrase.en


@pytest.mark.parametrize(
    ("text", "stale"),
    [
        ("依据治安管理处罚法第25条第1项散布谣言的规定。", True),
        ("依据《中华人民共和国治安管理处罚法》第四十二条", True),
        ("请依反不正当竞争法第二十三条查处商业诋毁。", True),
        ("根据《民事诉讼法》第八十一条申请证据保全。", True),
        ("依《最高人民法院关于审理名誉权案件若干问题的解答》第九条。", True),
        ("依据《侵权责任法》第三十六条第二款", True),
        ("依据网络安全法第四十七条保存有关记录", True),
        ("治安管理处罚法（2025年修订）第二十五条规定的六个月。", False),
        ("《消费者权益保护法》第十五条；《公证法》第三十六条。", False),
        ("对方所引“治安管理处罚法第四十二条”为旧条号，现行对应第五十条。", False),
        ("根据《民事诉讼法》第八十一条", False),
        ("《中华人民共和国网络安全法》（2025年修正）第四十九条", False),
    ],
)
def test_stale_citations(text: str, stale: bool) -> None:
    assert bool(load("cn").stale_citations(text, AUGUST)) is stale


def test_the_law_of_the_time_of_the_conduct_is_right() -> None:
    text = "行为发生于2024年3月，适用反不正当竞争法（2019年修正）第十一条。"
    assert not load("cn").stale_citations(text, AUGUST, conduct_at=dt.date(2024, 3, 1))
    assert load("cn").stale_citations(text, AUGUST, conduct_at=dt.date(2026, 8, 1))


def test_an_old_number_was_right_in_its_time() -> None:
    assert not load("cn").stale_citations("依据治安管理处罚法第四十二条", dt.date(2025, 6, 1))


def test_no_text_of_our_own_data_is_stale() -> None:
    law = load("cn")
    for key in sorted(law.keys()):
        try:
            text = law.cite(key, AUGUST).text_zh
        except RuleNotInForceError:
            continue
        assert not law.stale_citations(text, AUGUST), text


def test_heads_of_damage_have_no_place_for_paid_removal() -> None:
    titles = "".join(head.title.zh for head in load("cn").heads)
    assert "删" not in titles
    assert load("cn").head("D7").natural_person_only
    with pytest.raises(UnknownRuleError):
        load("cn").head("D99")


@pytest.mark.parametrize("code", ["xx", "../cn", "CN", "", "cnn"])
def test_an_unknown_jurisdiction_is_said(code: str) -> None:
    with pytest.raises(UnknownJurisdictionError) as caught:
        load(code)
    assert caught.value.code == "law-unknown-jurisdiction"
    assert caught.value.message("zh")
    assert caught.value.message("en")


def test_unknown_rules_and_dates_are_errors() -> None:
    with pytest.raises(UnknownRuleError):
        load("cn").cite("no.such.rule", AUGUST)
    with pytest.raises(RuleNotInForceError):
        load("cn").cite("reputation.right", dt.date(2020, 12, 31))


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("statutes.yaml", "\n      certainty: verified", "\n      certainty: surely", "certainty"),
        ("statutes.yaml", "article: 110", "article: 0", "article"),
        ("statutes.yaml", "in_force_to: 2025-12-31", "in_force_to: 2026-06-30", "same day"),
        ("statutes.yaml", "key: legal_person.reputation", "key: agency.mandate", "agency.mandate"),
        ("statutes.yaml", "- key: cc", "- key: [cc", "statutes.yaml"),
        ("stale.yaml", "stale_from: 2026-01-01", "stale_from: soon", "stale_from"),
        ("damages.yaml", "basis: [damages.property]", "basis: [no.such.rule]", "no.such.rule"),
    ],
)
def test_broken_data_names_its_place(name: str, old: str, new: str, place: str) -> None:
    broken = files()
    assert old in broken[name]
    broken[name] = broken[name].replace(old, new, 1)
    with pytest.raises(LawDataError) as caught:
        parse("cn", broken)
    assert place in caught.value.message("en")


def test_the_data_lies_beside_the_code() -> None:
    assert Path(DATA / "cn" / "statutes.yaml").is_file()
