from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from caseapp.documents import DocumentModel, compare, load, replace_sentence
from caseapp.documents.blocks import Paragraph, Sentence, Text
from caseapp.documents.redline import Change, units

Draft = Callable[..., tuple[DocumentModel, Any]]


def moved(changes: list[Change]) -> list[str]:
    return [change.kind for change in changes if change.kind != "same"]


def test_equal_versions_show_nothing(notice: dict[str, Any], drafted: Draft) -> None:
    model, _ = drafted(notice)
    assert moved(compare(model, model)) == []


def test_one_changed_sentence_is_one_changed_unit(notice: dict[str, Any], drafted: Draft) -> None:
    model, _ = drafted(notice)
    place = next(one.id for _, one in model.sentences() if "只针对下文" in one.text)
    other = replace_sentence(model, place, (Text(text="本通知只针对下文逐句摘出的陈述，不针对其他内容。"),))
    (change,) = [one for one in compare(model, other) if one.kind != "same"]
    assert change.kind == "changed"
    assert change.before is not None
    assert change.after is not None
    assert change.before.id == change.after.id == place
    assert "".join(piece.text for piece in change.pieces if piece.kind != "added") == change.before.text
    assert "".join(piece.text for piece in change.pieces if piece.kind != "removed") == change.after.text


def test_a_new_post_only_adds(notice: dict[str, Any], drafted: Draft) -> None:
    both, _ = drafted(notice)
    one_only = {**notice, "posts": notice["posts"][:1]}
    single, _ = drafted(one_only)
    kinds = moved(compare(single, both))
    assert "added" in kinds
    assert "removed" not in kinds


def of(texts: list[str]) -> DocumentModel:
    sentences = tuple(Sentence(id=f"s{n}", content=(Text(text=text),)) for n, text in enumerate(texts))
    return DocumentModel(
        kind=load("infringement_notice").kind,
        template_version="1.0",
        jurisdiction="cn",
        lang="zh",
        title="标题",
        blocks=(Paragraph(id="p", sentences=sentences),),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("甲乙丙丁戊"), max_size=8), st.lists(st.sampled_from("甲乙丙丁戊"), max_size=8))
def test_both_versions_can_be_read_back(old: list[str], new: list[str]) -> None:
    before, after = of([f"{one}方陈述。" for one in old]), of([f"{one}方陈述。" for one in new])
    changes = compare(before, after)
    assert [one.before for one in changes if one.before] == units(before)
    assert [one.after for one in changes if one.after] == units(after)
