"""Times as platforms show them, read with the zone of the browser and said no more exactly than shown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.shown_time import parse_shown_time

SEEN = datetime(2026, 11, 16, 10, 30, 20, tzinfo=UTC)  # 18:30:20 in Beijing


@pytest.mark.parametrize(
    ("raw", "text", "precision"),
    [
        ("刚刚", "2026-11-16T10:30:00Z", "minute"),
        ("30秒前", "2026-11-16T10:29:50Z", "second"),
        ("5分钟前", "2026-11-16T10:25:00Z", "minute"),
        ("3小时前", "2026-11-16T07:00:00Z", "hour"),
        ("3 小时前 来自微博网页版", "2026-11-16T07:00:00Z", "hour"),
        ("2天前", "2026-11-13T16:00:00Z", "day"),
        ("1个月前", "2026-09-30T16:00:00Z", "month"),
        ("今天 08:05", "2026-11-16T00:05:00Z", "minute"),
        ("昨天 12:05", "2026-11-15T04:05:00Z", "minute"),
        ("昨天", "2026-11-14T16:00:00Z", "day"),
        ("前天 23:59", "2026-11-14T15:59:00Z", "minute"),
        ("11-16 18:00", "2026-11-16T10:00:00Z", "minute"),
        ("12-31 18:00", "2025-12-31T10:00:00Z", "minute"),
        ("08-10 广东", "2026-08-09T16:00:00Z", "day"),
        ("8月10日 21:47", "2026-08-10T13:47:00Z", "minute"),
        ("2026-08-10 21:47", "2026-08-10T13:47:00Z", "minute"),
        ("2026-08-10 21:47:05", "2026-08-10T13:47:05Z", "second"),
        ("2026年8月10日 21:47", "2026-08-10T13:47:00Z", "minute"),
        ("2026年08月10日", "2026-08-09T16:00:00Z", "day"),
        ("发布于 2026-08-10 21:47・IP 属地广东", "2026-08-10T13:47:00Z", "minute"),
        ("2026/8/10", "2026-08-09T16:00:00Z", "day"),
        ("2026.08.10 21:47", "2026-08-10T13:47:00Z", "minute"),
        ("2026年8月", "2026-07-31T16:00:00Z", "month"),
        ("2026-08-10T21:47:00+08:00", "2026-08-10T13:47:00Z", "second"),
        ("2026-08-10T13:47:00Z", "2026-08-10T13:47:00Z", "second"),
        ("2026-08-10T13:47:00.123Z", "2026-08-10T13:47:00Z", "second"),
        ("Mon Aug 10 21:47:00 +0800 2026", "2026-08-10T13:47:00Z", "second"),
        ("1786369620", "2026-08-10T13:47:00Z", "second"),
        ("1786369620000", "2026-08-10T13:47:00Z", "second"),
        ("2 hours ago", "2026-11-16T08:00:00Z", "hour"),
        ("yesterday 12:05", "2026-11-15T04:05:00Z", "minute"),
    ],
)
def test_times(raw: str, text: str, precision: str) -> None:
    found = parse_shown_time(raw, SEEN)
    assert found is not None
    assert (found.text, found.precision) == (text, precision)


@pytest.mark.parametrize(
    "raw", ["", "IP属地：浙江", "2月31日 10:00", "13-45", "转发 12", "2026-02-31", "第99条", "25:61"]
)
def test_what_is_no_time(raw: str) -> None:
    assert parse_shown_time(raw, SEEN) is None


def test_an_edit_is_said_and_the_zone_is_the_browsers() -> None:
    found = parse_shown_time("编辑于 昨天 12:05", SEEN)
    assert found is not None
    assert found.edited
    there = parse_shown_time("2026-08-10 21:47", SEEN, "America/New_York")
    assert there is not None
    assert there.text == "2026-08-11T01:47:00Z"


@given(st.text(max_size=60))
def test_no_text_breaks_it(raw: str) -> None:
    parse_shown_time(raw, SEEN)


FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2010, 2026))


@given(st.datetimes(FIRST, LAST))
def test_a_full_time_comes_back(moment: datetime) -> None:
    shown = f"{moment:%Y-%m-%d %H:%M:%S}"
    found = parse_shown_time(shown, SEEN)
    assert found is not None
    assert found.moment + timedelta(hours=8) == moment.replace(microsecond=0, tzinfo=UTC)
