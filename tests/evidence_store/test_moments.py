"""One spelling of time; ULIDs that sort by it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store import layout, moments
from evidence_store.errors import FactsRefusedError


@given(st.datetimes(timezones=st.just(UTC)))
def test_round_trip(at: datetime) -> None:
    assert moments.parse_moment(moments.moment(at)) == at.replace(microsecond=0)


def test_zone_is_converted() -> None:
    at = datetime(2026, 3, 1, 16, 0, tzinfo=timezone(timedelta(hours=8)))
    assert moments.moment(at) == "2026-03-01T08:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T08:00:00",
        "2026-13-01T08:00:00Z",
        "2026-03-01T08:00:00.5Z",
        "２026-03-01T08:00:00Z",
        None,
        5,
    ],
)
def test_other_spellings_are_refused(text: object) -> None:
    assert not moments.is_moment(text)
    with pytest.raises(FactsRefusedError):
        moments.parse_moment(text)


def test_naive_times_are_refused() -> None:
    with pytest.raises(FactsRefusedError):
        moments.moment(datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test
    with pytest.raises(FactsRefusedError):
        moments.new_ulid(datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test


def test_ulids() -> None:
    first = moments.new_ulid(datetime(2026, 3, 1, tzinfo=UTC))
    second = moments.new_ulid(datetime(2026, 3, 2, tzinfo=UTC))
    assert layout.is_ulid(first)
    assert first[:10] < second[:10]
    assert len({moments.new_ulid() for _ in range(1000)}) == 1000
