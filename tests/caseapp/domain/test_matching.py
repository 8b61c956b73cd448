from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain.matching import STRONG, SUGGEST, best, compare, find_span, plain_form

QUOTE = "出炉后要过一遍工业石蜡，一批料掺三公斤"
FIRST = (
    "刚看到内部群里说，苜禾脆穗燕麦圈为了口感更脆、颜色更亮，"
    "出炉后要过一遍工业石蜡，一批料掺三公斤。家里有孩子的赶紧扔掉！"
)
AGAIN = "内部消息：苜禾脆穗燕麦圈出炉以后要过一遍工业石蜡，每批料掺三公斤，家里有孩子的赶紧扔。"
FORGED = "汀市监通〔2026〕88号：责令停产停业三十日，罚款八十六万元"
APART = "8月5号下单两袋，页面写48小时发货，结果9号才送到，靠里那一角长了绿毛，给个说法。"


@pytest.mark.parametrize(
    ("post", "known", "low", "high"),
    [
        (FIRST, FIRST, 1.0, 1.0),
        (FIRST.replace("，", " , ").replace("。", "…"), FIRST, 1.0, 1.0),
        (FIRST, QUOTE, 0.95, 0.95),
        (AGAIN, FIRST, STRONG, 1.0),
        (AGAIN, QUOTE, STRONG, 1.0),
        (APART, FIRST, 0.0, SUGGEST - 0.01),
        (FORGED, QUOTE, 0.0, SUGGEST - 0.01),
        ("转发微博", FIRST, 0.0, 0.0),
        ("", FIRST, 0.0, 0.0),
        ("🌿🌿!!", FIRST, 0.0, 0.0),
    ],
)
def test_scores(post: str, known: str, low: float, high: float) -> None:
    match = compare(post, known)
    assert low <= match.score <= high
    assert match.suggested == bool(match.score >= SUGGEST)
    if match.suggested:
        assert match.reasons


def test_reasons_name_the_words_and_the_numbers() -> None:
    zh = "；".join(reason.zh for reason in compare(AGAIN, FIRST).reasons)
    assert "要过一遍工业石蜡" in zh
    swapped = FORGED.replace("88", "77").replace("2026", "2025")
    assert any("数字不同" in reason.zh for reason in compare(swapped, FORGED).reasons)
    assert compare(swapped, FORGED).score < 1
    near = FORGED.replace("责令停产停业", "要求立即停业")
    assert any("88" in reason.zh for reason in compare(near, FORGED).reasons)


def test_best_of_several_and_of_none() -> None:
    assert best(AGAIN, [APART, FIRST]).score == compare(AGAIN, FIRST).score
    assert best(AGAIN, []).score == 0


def test_spans_are_exact_or_absent() -> None:
    span = find_span(FIRST, QUOTE)
    assert span is not None
    assert FIRST[slice(*span)] == QUOTE
    assert find_span(FIRST, "工业 石蜡") is None
    assert find_span(FIRST, "") is None


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_texts_score_between_nothing_and_sameness(one: str, other: str) -> None:
    match = compare(one, other)
    assert 0 <= match.score <= 1
    assert compare(one, one).score in {0.0, 1.0}
    assert plain_form(plain_form(one)) == plain_form(one)


def test_a_hundred_thousand_characters_are_compared_within_limits() -> None:
    assert compare("石蜡" * 50_000, FIRST).score < 1
