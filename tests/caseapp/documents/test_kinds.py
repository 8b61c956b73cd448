"""The contract every template folder keeps, in every language it speaks."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from caseapp.documents import (
    DocumentFacts,
    DocumentKind,
    DocumentModel,
    UnknownKindError,
    UnknownLanguageError,
    check,
    draft,
    is_blocked,
    list_kinds,
    load,
    to_docx,
    to_text,
)
from caseapp.documents.blocks import Citation, FieldValue, plain
from caseapp.documents.catalog import TEMPLATES
from caseapp.jurisdictions import load as load_law

ALL = [(kind, lang) for kind in list_kinds() for lang in kind.languages]
IDS = [f"{kind.jurisdiction}-{kind.kind}-{lang}" for kind, lang in ALL]
every = pytest.mark.parametrize(("kind", "lang"), ALL, ids=IDS)


def sample(kind: DocumentKind, lang: str) -> DocumentModel:
    return draft(kind, kind.sample(lang), lang)


def test_no_folder_is_overlooked() -> None:
    folders = {path.name for path in TEMPLATES.glob("*/*") if path.is_dir()}
    assert folders == {kind.kind for kind in list_kinds()}


@every
def test_the_folder_is_whole(kind: DocumentKind, lang: str) -> None:
    names = {path.name for path in kind.folder.iterdir()}
    allowed = {"metadata.yaml", "style.css", "sample.yaml", "sample.en.yaml", "zh.html", "en.html"}
    assert {"metadata.yaml", "style.css", "sample.yaml", f"{lang}.html"} <= names <= allowed
    assert kind.style()


@every
def test_the_sample_has_no_finding(kind: DocumentKind, lang: str) -> None:
    facts = kind.sample(lang)
    assert facts.sample, "a sample says that it is one"
    found = check(draft(kind, facts, lang), facts)
    assert [one.message() for one in found] == []


@every
def test_all_required_parts_are_there(kind: DocumentKind, lang: str) -> None:
    present = {block.id for block in sample(kind, lang).blocks}
    assert {part.block for part in kind.parts} <= present


@every
def test_the_model_survives_storage(kind: DocumentKind, lang: str) -> None:
    model = sample(kind, lang)
    again = DocumentModel.from_json(model.to_json())
    assert again == model
    assert again.digest() == model.digest()


@every
def test_drafting_twice_gives_the_same(kind: DocumentKind, lang: str) -> None:
    assert sample(kind, lang).to_json() == sample(kind, lang).to_json()


@every
def test_without_facts_it_still_drafts_red_and_blocked(kind: DocumentKind, lang: str) -> None:
    facts = DocumentFacts()
    model = draft(kind, facts, lang, on=dt.date(2026, 8, 12))
    assert any(isinstance(one, FieldValue) and one.missing for _, row in model.rows_of_inlines() for one in row)
    assert is_blocked(check(model, facts))


@every
def test_every_missing_value_has_a_name_for_people(kind: DocumentKind, lang: str) -> None:
    facts = DocumentFacts.from_plain({"posts": [{"statements": [{}]}], "claims": [{}], "agent": {}})
    model = draft(kind, facts, lang, on=dt.date(2026, 8, 12))
    for _, row in model.rows_of_inlines():
        for one in row:
            if isinstance(one, FieldValue) and one.missing:
                assert one.name not in one.text, one.name


@every
def test_legal_basis_is_known_and_used_up_to_date(kind: DocumentKind, lang: str) -> None:
    law = load_law(kind.jurisdiction)
    assert set(kind.legal_basis) <= law.keys()
    assert {part.basis for part in kind.parts if part.basis} <= set(law.keys())
    model = sample(kind, lang)
    cited = {one.target for _, row in model.rows_of_inlines() for one in row if isinstance(one, Citation)}
    assert cited


@every
def test_no_article_number_is_written_by_hand(kind: DocumentKind, lang: str) -> None:
    assert not re.search(r"第[一二三四五六七八九十百千0-9]+条|\bart(?:icle|\.) ?\d", kind.source(lang))


@every
def test_the_route_needs_other_eyes(kind: DocumentKind, lang: str) -> None:
    assert len(kind.route) >= (1 if kind.kind == "bundle_index" else 2)


@every
def test_text_and_docx_carry_the_same_words(kind: DocumentKind, lang: str) -> None:
    model = sample(kind, lang)
    text = to_text(model)
    for _, row in model.rows_of_inlines():
        assert plain(row) in text
    assert to_docx(model) == to_docx(model)


@every
def test_another_date_cites_the_law_of_that_date(kind: DocumentKind, lang: str) -> None:
    for day in (dt.date(2025, 9, 1), dt.date(2026, 8, 12), dt.date(2030, 1, 1)):
        facts = kind.sample(lang).model_copy(update={"issued_on": day})
        found = check(draft(kind, facts, lang), facts)
        assert not [one for one in found if one.code == "stale-citation"]


def test_the_notice_has_the_elements_of_the_civil_code() -> None:
    text = to_text(sample(load("infringement_notice"), "zh"))
    facts = load("infringement_notice").sample()
    for post in facts.posts:
        for value in (post.url, post.uid, post.content_id, post.account, post.evidence, post.package_sha256):
            assert value
            assert value in text
        for statement in post.statements:
            assert statement.quote
            assert statement.quote in text
    for words in (
        "91990100FAKE00013D",
        "沈砚秋",
        "授权",
        "初步证据",
        "转送",
        "保存",
        "真实、合法",
        "错误通知",
        "送达地址",
        "附件",
        "撤回或者更正",
        "测试时间戳",
        "第一千一百九十五条第一款",
        "第一千一百九十五条第二款",
        "第一千一百九十五条第三款",
        "第一千一百九十六条第二款",
    ):
        assert words in text, words


def test_the_notice_keeps_the_words_of_the_house() -> None:
    text = to_text(sample(load("infringement_notice"), "zh"))
    assert "发布者" in text
    for word in ("侵权人", "造谣", "24小时", "24 小时", "立即删除", "后果自负"):
        assert word not in text


def test_the_statement_spreads_nothing() -> None:
    text = to_text(sample(load("clarification_statement"), "zh"))
    for word in ("食安小喇叭", "测评君老纪", "weixun", "http", "证2-1", "证4-1"):
        assert word not in text


@pytest.mark.parametrize("name", ["ransom_letter", "../cn/infringement_notice", "", "A" * 300, "infringement_notice/"])
def test_an_unknown_kind_is_said_clearly(name: str) -> None:
    with pytest.raises(UnknownKindError) as caught:
        load(name)
    assert "infringement_notice" in caught.value.message("zh")
    assert caught.value.code == "document-unknown-kind"
    assert not caught.value.retryable


def test_an_unknown_language_is_said_clearly() -> None:
    kind = load("infringement_notice")
    with pytest.raises(UnknownLanguageError) as caught:
        draft(kind, kind.sample(), "fr")
    assert "zh" in caught.value.message("en")
