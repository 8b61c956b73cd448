from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caseapp.documents import DocumentError, DocumentModel, check, relabel, replace_sentence, to_text
from caseapp.documents.blocks import Text

Draft = Callable[..., tuple[DocumentModel, Any]]


def test_exhibits_are_renumbered_everywhere(notice: dict[str, Any], drafted: Draft) -> None:
    model, facts = drafted(notice)
    labels = {exhibit.evidence: f"证9-{number}" for number, exhibit in enumerate(facts.exhibits, 1)}
    text = to_text(relabel(model, labels))
    assert "证9-4" in text
    assert not any(exhibit.label in text for exhibit in facts.exhibits)


def test_renumbering_equals_drafting_with_the_new_order(notice: dict[str, Any], drafted: Draft) -> None:
    model, facts = drafted(notice)
    labels = {exhibit.evidence: f"证9-{number}" for number, exhibit in enumerate(facts.exhibits, 1)}
    for exhibit in notice["exhibits"]:
        exhibit["label"] = labels[exhibit["evidence"]]
    again, _ = drafted(notice)
    assert relabel(model, labels) == again


def test_an_exhibit_without_a_place_is_refused(notice: dict[str, Any], drafted: Draft) -> None:
    model, _ = drafted(notice)
    with pytest.raises(DocumentError, match="证-2026-"):
        relabel(model, {})


def test_a_sentence_keeps_its_id(notice: dict[str, Any], drafted: Draft) -> None:
    model, facts = drafted(notice)
    place = next(iter(model.sentences()))[1].id
    edited = replace_sentence(model, place, (Text(text="改过。"),))
    assert [one.id for _, one in edited.sentences()] == [one.id for _, one in model.sentences()]
    assert "改过。" in to_text(edited)
    assert check(edited, facts) == []


def test_an_edit_of_a_fact_without_exhibit_is_found(notice: dict[str, Any], drafted: Draft) -> None:
    model, facts = drafted(notice)
    place = next(one.id for block, one in model.sentences() if getattr(block, "role", "") == "fact")
    edited = replace_sentence(model, place, (Text(text="产品经检验合格。"),))
    assert [one.code for one in check(edited, facts)] == ["uncited-fact"]


@pytest.mark.parametrize("text", ["甲\u202e乙", "甲\x00", "甲\u200b"])
def test_an_edit_may_hide_nothing(text: str, notice: dict[str, Any], drafted: Draft) -> None:
    model, _ = drafted(notice)
    place = next(iter(model.sentences()))[1].id
    with pytest.raises(DocumentError, match="hidden"):
        replace_sentence(model, place, (Text(text=text),))


def test_an_unknown_sentence_is_refused(notice: dict[str, Any], drafted: Draft) -> None:
    model, _ = drafted(notice)
    with pytest.raises(DocumentError, match="no such sentence"):
        replace_sentence(model, "s-none", (Text(text="甲"),))
