from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain.deadlines import RULES, ZONE, Calendar, Rule, compute, series
from caseapp.domain.errors import FaultyRuleError
from caseapp.domain.labels import Label
from caseapp.domain.vocabulary import DEADLINE_KIND

CALENDAR = Calendar(
    {
        date(2026, 9, 25): "中秋节",
        **{date(2026, 10, day): "国庆假期" for day in range(1, 8)},
    },
    frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    date(2026, 12, 31),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("rule", "ordinal", "base", "due", "rolled"),
    [
        ("platform_action", 0, "2026-08-12T11:20", "2026-08-17", False),
        ("platform_action", 0, "2026-09-17T09:00", "2026-09-21", False),  # 9 月 20 日（星期日）调休上班
        ("counter_notice_period", 0, "2026-08-17T14:20", "2026-09-01", False),
        ("notary_issue", 0, "2026-08-12T08:30", "2026-09-02", False),
        ("filing_decision", 0, "2026-08-24T11:05", "2026-08-31", False),
        ("fee_prepay", 0, "2026-08-31T15:40", "2026-09-07", False),
        ("answer", 0, "2026-09-10T10:00", "2026-09-28", True),
        ("answer", 0, "2026-09-22T14:30", "2026-10-08", True),
        ("first_instance", 0, "2026-08-31T15:40", "2027-03-01", True),
        ("limitation_damages", 0, "2026-09-11T15:20", "2029-09-11", False),
        ("limitation_damages", 0, "2024-02-29T09:00", "2027-03-01", True),
        ("judicial_confirm", 0, "2026-09-18T16:00", "2026-10-19", True),
        ("recheck", 4, "2026-08-13T08:30", "2026-09-12", False),
        ("appeal_judgment", 0, "2026-12-20T23:59", "2027-01-04", False),
    ],
)
def test_worked_cases(rule: str, ordinal: int, base: str, due: str, rolled: bool) -> None:
    found = compute(RULES[rule], at(base), CALENDAR, ordinal=ordinal)
    assert found.due_at.astimezone(ZONE).isoformat() == f"{due}T23:59:59+08:00"
    assert found.rolled is rolled
    assert ("顺延" in found.why.zh) is rolled
    assert base[:4] in found.why.zh


def test_english_counts_one_and_many() -> None:
    said = [due.why.en for due in series(RULES["recheck"], at("2026-08-13T08:30"), CALENDAR)]
    assert "; 1 day from the next day ends on 2026-08-14" in said[0]
    assert "; 3 days from the next day end on 2026-08-16" in said[1]


def test_hours_run_from_the_moment() -> None:
    found = compute(RULES["first_response_24h"], at("2026-08-11T08:26"), CALENDAR)
    assert found.due_at == at("2026-08-12T08:26")
    assert not found.all_day
    assert found.why.en == "24 hours after the base event"
    assert found.provisional is None


def test_past_the_table_is_provisional() -> None:
    found = compute(RULES["first_instance"], at("2026-08-31T15:40"), CALENDAR)
    assert found.provisional is not None
    assert "2027" in found.provisional.zh
    assert compute(RULES["answer"], at("2026-08-03T10:00"), Calendar()).provisional is not None


def test_recheck_is_a_series() -> None:
    days = [due.due_at.astimezone(ZONE).date() for due in series(RULES["recheck"], at("2026-08-13T08:30"), CALENDAR)]
    assert days == [date(2026, 8, 13) + timedelta(days=gap) for gap in (1, 3, 7, 14, 30)]


def test_every_rule_has_a_known_kind_basis_and_words() -> None:
    for key, rule in RULES.items():
        assert rule.key == key
        assert rule.kind in DEADLINE_KIND
        assert rule.basis
        assert rule.label.zh
        assert rule.label.en


@pytest.mark.parametrize(("unit", "ordinal"), [("fortnight", 0), ("day", 1), ("day", -1)])
def test_a_faulty_rule_is_named(unit: str, ordinal: int) -> None:
    rule = Rule("x", Label("x", "x"), "internal", "x", (3,), unit)
    with pytest.raises(FaultyRuleError):
        compute(rule, at("2026-08-11T08:26"), CALENDAR, ordinal=ordinal)


@given(st.sampled_from(sorted(RULES)), st.integers(0, 60 * 24 * 36_525))
def test_a_deadline_never_precedes_its_base_and_never_ends_on_a_rest_day_when_it_rolls(key: str, minutes: int) -> None:
    rule = RULES[key]
    moment = at("2000-01-01T00:00") + timedelta(minutes=minutes)
    found = compute(rule, moment, CALENDAR)
    assert found.due_at > moment
    day = found.due_at.astimezone(ZONE).date()
    if rule.rolls or rule.unit == "workday":
        assert not CALENDAR.rests(day)
    assert found.rolled == (found.raw is not None and found.raw != day)
