"""Values are written by one rule each, in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from caseapp.web import filters, i18n

NOW = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    app = Flask(__name__)
    i18n.init_app(app)
    with app.test_request_context():
        g.language, g.now = request.param, NOW
        yield request.param


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "0", "0"),
        (4871, "4,871", "4,871"),
        (9999, "9,999", "9,999"),
        (10_000, "1万", "10k"),
        (12_304, "1.2万", "12k"),
        (864_000, "86.4万", "864k"),
        (999_600, "100万", "1M"),
        (4_126_000, "412.6万", "4.13M"),
        (99_999_999, "1亿", "100M"),
        (130_000_000, "1.3亿", "130M"),
    ],
)
def test_counts(lang: str, number: int, zh: str, en: str) -> None:
    assert filters.count(number) == (zh if lang == "zh" else en)


def test_unknown_is_said(lang: str) -> None:
    word = "未知" if lang == "zh" else "Unknown"
    assert filters.count(None) == filters.size(None) == filters.money(None) == word
    assert "时间未知" in filters.when(None) if lang == "zh" else "Time unknown" in filters.when(None)


def test_money(lang: str) -> None:
    amount = Decimal(1286400)
    assert filters.money(amount) == ("1,286,400.00 元" if lang == "zh" else "CNY 1,286,400.00")
    assert filters.money(amount, bare=True) == "1,286,400.00"


def test_times_are_beijing_with_utc_on_hover(lang: str) -> None:
    shown = filters.when(datetime(2026, 11, 16, 10, 0, 5, tzinfo=UTC), seconds=True)
    assert 'datetime="2026-11-16T10:00:05Z" title="UTC 2026-11-16T10:00:05Z"' in shown
    assert (">11-16 18:00:05<" if lang == "zh" else ">16 Nov 18:00:05<") in shown
    far = filters.day(date(2027, 3, 31))
    assert (">2027-03-31<" if lang == "zh" else ">31 Mar 2027<") in far


def test_the_year_turns_in_beijing(lang: str) -> None:
    shown = filters.when(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert ("2027-01-01 00:00" if lang == "zh" else "1 Jan 2027 00:00") in shown


@pytest.mark.parametrize(
    ("span", "zh"),
    [
        (timedelta(hours=15), "15 小时"),
        (timedelta(hours=3, minutes=18), "3 小时 18 分"),
        (timedelta(days=14), "14 天"),
        (timedelta(minutes=-5), "5 分钟"),
        (timedelta(seconds=9), "9 秒"),
        (timedelta(hours=30), "30 小时"),
    ],
)
def test_durations(lang: str, span: timedelta, zh: str) -> None:
    said = filters.duration(span)
    assert said == zh if lang == "zh" else filters.HAN.search(said) is None


def test_other_peoples_words_are_escaped_and_isolated(lang: str) -> None:
    shown = filters.words('<script>alert(1)</script>"谣言"')
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.startswith('<bdi lang="zh-Hans">' if lang == "en" else "<bdi>")


@given(st.binary(min_size=32, max_size=32))
def test_digest_groups_lose_nothing(value: bytes) -> None:
    shown = filters.digest(value.hex())
    assert shown.replace(" ", "") == value.hex()
    assert {len(group) for group in shown.split()} == {8}


def test_a_clamped_text_stays_in_reach_whole(lang: str) -> None:
    said = str(filters.whole('石蜡"><script>'))
    assert said.startswith(' title="石蜡&#34;&gt;&lt;script&gt;"')
    assert ('lang="zh-Hans"' in said) is (lang == "en")
