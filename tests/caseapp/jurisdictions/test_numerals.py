import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.jurisdictions import article_zh, chinese_number, parse_number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "零"),
        (7, "七"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1024, "一千零二十四"),
        (1195, "一千一百九十五"),
        (1000, "一千"),
        (9009, "九千零九"),
    ],
)
def test_statute_numbers(number: int, text: str) -> None:
    assert chinese_number(number) == text


@given(st.integers(min_value=0, max_value=9999))
def test_every_number_reads_back(number: int) -> None:
    assert parse_number(chinese_number(number)) == number


@given(st.text(max_size=12))
def test_any_text_reads_or_is_no_number(text: str) -> None:
    assert parse_number(text) is None or isinstance(parse_number(text), int)


@pytest.mark.parametrize(
    ("text", "number"), [("25", 25), ("２５", 25), ("二五", 25), ("两", 2), ("", None), ("甲", None)]
)
def test_other_spellings(text: str, number: int | None) -> None:
    assert parse_number(text) == number


def test_article_names() -> None:
    assert article_zh(1195, 2) == "第一千一百九十五条第二款"
    assert article_zh(50, 1, 2) == "第五十条第一款第二项"


@pytest.mark.parametrize("number", [-1, 10_000])
def test_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="no statute"):
        chinese_number(number)
