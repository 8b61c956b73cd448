import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.documents.format import MAX_MONEY, date_text, moment_text, money_text, money_words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.50", "人民币伍角整"),
        ("1.05", "人民币壹元零伍分"),
        ("10", "人民币壹拾元整"),
        ("86400.00", "人民币捌万陆仟肆佰元整"),
        ("43553.50", "人民币肆万叁仟伍佰伍拾叁元伍角整"),
        ("28621.20", "人民币贰万捌仟陆佰贰拾壹元贰角整"),
        ("100000", "人民币壹拾万元整"),
        ("100005", "人民币壹拾万零伍元整"),
        ("1000100", "人民币壹佰万零壹佰元整"),
        ("100000001.01", "人民币壹亿零壹元零壹分"),
        ("10010.10", "人民币壹万零壹拾元壹角整"),
    ],
)
def test_money_in_words(amount: str, words: str) -> None:
    assert money_words(Decimal(amount)) == words


@given(st.decimals(min_value=0, max_value=MAX_MONEY, places=2))
def test_every_sum_has_words(amount: Decimal) -> None:
    words = money_words(amount)
    assert words.startswith("人民币")
    assert "零零" not in words
    assert words.endswith(("整", "分"))


@given(st.integers(min_value=0, max_value=9_999_999))
def test_two_sums_never_share_their_words(fen: int) -> None:
    assert money_words(Decimal(fen) / 100) != money_words(Decimal(fen + 1) / 100)


@pytest.mark.parametrize("amount", ["-0.01", "1000000000000", "0.001"])
def test_impossible_sums_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="words"):
        money_words(Decimal(amount))


def test_dates_and_figures() -> None:
    assert date_text(dt.date(2026, 8, 1)) == "2026年8月1日"
    assert date_text(dt.date(2026, 8, 1), "en") == "1 August 2026"
    assert moment_text(dt.datetime(2026, 8, 10, 16, 30, tzinfo=dt.UTC)) == "2026年8月11日 00:30"
    assert moment_text(dt.datetime(2026, 8, 10, 16, 30, 5, tzinfo=dt.UTC), seconds=True).endswith("00:30:05")
    assert money_text(Decimal(1286400)) == "1,286,400.00"
