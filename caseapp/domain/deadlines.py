"""Deadline arithmetic: a rule, a base event and a calendar give a day and the reason for it in words.

The first day is not counted; a day-counted period that ends on a rest day moves to the next working day where the rule
says so (Civil Procedure Law 85, Civil Code 201-203); months and years end on the same day of the month, or its last.
The calendar is an editable table; a day past its coverage is provisional.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from caseapp.domain.errors import FaultyRuleError
from caseapp.domain.labels import Label

ZONE: Final = ZoneInfo("Asia/Shanghai")
_LAST_SECOND: Final = time(23, 59, 59)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days in mainland China.

    Attributes:
        holidays: rest days beside the weekends, with their names.
        workdays: weekend days worked instead (调休).
        covered_until: last day the tables are known for; None means unknown throughout.
    """

    holidays: Mapping[date, str] = field(default_factory=dict)
    workdays: frozenset[date] = frozenset()
    covered_until: date | None = None

    def rests(self, day: date) -> bool:
        """Whether ``day`` is a rest day."""
        return day in self.holidays or (day.weekday() >= _SATURDAY and day not in self.workdays)

    def name(self, day: date) -> Label:
        """Why ``day`` is a rest day."""
        if day in self.holidays:
            return Label(self.holidays[day], f"a holiday ({self.holidays[day]})")
        weekday = day.weekday()
        return Label("星期" + "一二三四五六日"[weekday], day.strftime("%A"))

    def next_workday(self, day: date) -> date:
        """Return ``day`` itself if worked, else the next day that is."""
        while self.rests(day):
            day += timedelta(days=1)
        return day

    def covers(self, day: date) -> bool:
        """Whether the tables are known up to ``day``."""
        return self.covered_until is not None and day <= self.covered_until


@dataclass(frozen=True, slots=True)
class Rule:
    """A deadline rule.

    Attributes:
        key: its id.
        label: what it is called.
        kind: statutory, court, analogy, platform or internal.
        basis: legal basis, or that there is none.
        length: number of units; several for a series (re-check after 1, 3, 7, 14, 30 days).
        unit: hour, day, workday, month or year.
        rolls: moves to the next working day when it ends on a rest day.
    """

    key: str
    label: Label
    kind: str
    basis: str
    length: tuple[int, ...]
    unit: str
    rolls: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A computed deadline: ``due_at`` is the moment it ends, an aware time; ``raw`` the day before rolling."""

    rule: Rule
    length: int
    base_at: datetime
    due_at: datetime
    raw: date | None
    all_day: bool
    rolled: bool
    provisional: Label | None
    why: Label


_BASE: Final = "民事诉讼法第八十五条"
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.key: rule
        for rule in (
            Rule("triage_4h", Label("四小时内研判", "triage within 4 hours"), "internal",
                 "产品标准，非法定", (4,), "hour"),
            Rule("first_response_24h", Label("二十四小时内首次回应", "first response within 24 hours"), "internal",
                 "产品标准，非法定", (24,), "hour"),
            Rule("platform_action", Label("平台及时处理提醒", "platform's prompt action"), "internal",
                 "民法典第一千一百九十五条“及时”无法定时数；三个工作日为内部提醒", (3,), "workday"),
            Rule("platform_prompts", Label("平台处理提示", "prompts to the platform"), "internal",
                 "民法典第一千一百九十五条；提示时点非法定", (24, 48, 72), "hour"),
            Rule("counter_notice_period", Label("不侵权声明后的合理期限", "reasonable period after a counter-notice"),
                 "analogy", "民法典第一千一百九十六条“合理期限”；15 日类推电子商务法第四十三条，非法定", (15,), "day"),
            Rule("limitation_damages", Label("损害赔偿诉讼时效", "limitation of the money claim"), "statutory",
                 "民法典第一百八十八条、第一百九十五条", (3,), "year", rolls=True),
            Rule("sue_after_preservation", Label("诉前保全后起诉", "sue after pre-suit preservation"), "statutory",
                 f"民事诉讼法第一百零四条、{_BASE}", (30,), "day", rolls=True),
            Rule("filing_decision", Label("法院决定立案", "court's decision to accept"), "statutory",
                 "民事诉讼法第一百二十六条", (7,), "day", rolls=True),
            Rule("fee_prepay", Label("预交诉讼费", "pay the court fee"), "statutory",
                 "诉讼费用交纳办法第二十二条", (7,), "day", rolls=True),
            Rule("answer", Label("答辩", "statement of defence"), "statutory",
                 f"民事诉讼法第一百二十八条、{_BASE}", (15,), "day", rolls=True),
            Rule("jurisdiction_objection", Label("管辖异议", "objection to jurisdiction"), "statutory",
                 f"民事诉讼法第一百三十条、{_BASE}", (15,), "day", rolls=True),
            Rule("appeal_judgment", Label("对判决上诉", "appeal against a judgment"), "statutory",
                 f"民事诉讼法第一百七十一条、{_BASE}", (15,), "day", rolls=True),
            Rule("appeal_ruling", Label("对裁定上诉", "appeal against a ruling"), "statutory",
                 f"民事诉讼法第一百七十一条、{_BASE}", (10,), "day", rolls=True),
            Rule("first_instance", Label("一审审限", "time for the first instance"), "statutory",
                 f"民事诉讼法第一百五十二条、{_BASE}", (6,), "month", rolls=True),
            Rule("judicial_confirm", Label("司法确认调解协议", "judicial confirmation"), "statutory",
                 f"民事诉讼法第二百零五条、{_BASE}", (30,), "day", rolls=True),
            Rule("enforce", Label("申请执行", "apply for enforcement"), "statutory",
                 "民事诉讼法第二百五十条", (2,), "year", rolls=True),
            Rule("notary_issue", Label("出具公证书", "notarial deed"), "statutory", "公证法第三十条", (15,), "workday"),
            Rule("recheck", Label("下架复查", "re-check of a removal"), "internal", "产品复查规则，非法定",
                 (1, 3, 7, 14, 30), "day"),
        )
    }
)  # fmt: skip

_UNITS: Final = {
    "hour": Label("小时", "hour"),
    "day": Label("日", "day"),
    "workday": Label("个工作日", "working day"),
    "month": Label("个月", "month"),
    "year": Label("年", "year"),
}


def compute(rule: Rule, base_at: datetime, calendar: Calendar, *, ordinal: int = 0) -> Due:
    """Compute a deadline.

    Args:
        rule: the rule.
        base_at: aware time of the base event; its day in Asia/Shanghai is not counted.
        calendar: rest days.
        ordinal: which of the rule's lengths (0 for the first).

    Raises:
        FaultyRuleError: unknown unit or no such length.
    """
    if rule.unit not in _UNITS or not 0 <= ordinal < len(rule.length):
        raise FaultyRuleError(detail=f"deadline rule {rule.key}")
    length = rule.length[ordinal]
    if rule.unit == "hour":
        due_at = base_at + timedelta(hours=length)
        return Due(rule, length, base_at, due_at, None, all_day=False, rolled=False, provisional=None,
                   why=_why_hours(length))  # fmt: skip
    base = base_at.astimezone(ZONE).date()
    raw = _count(rule.unit, base, length, calendar)
    final = calendar.next_workday(raw) if rule.rolls else raw
    reads_calendar = rule.unit == "workday" or rule.rolls
    provisional = None
    if reads_calendar and not calendar.covers(final):
        provisional = Label(
            f"{final.year} 年放假安排尚未录入，此日暂定，录入后复核。",
            f"The holidays of {final.year} are not in the table yet: this day is provisional.",
        )
    due_at = datetime.combine(final, _LAST_SECOND, ZONE)
    why = _why_days(rule, length, (base, raw, final), calendar)
    return Due(rule, length, base_at, due_at, raw, all_day=True, rolled=final != raw, provisional=provisional, why=why)


def series(rule: Rule, base_at: datetime, calendar: Calendar) -> tuple[Due, ...]:
    """Compute every deadline of a rule with several lengths."""
    return tuple(compute(rule, base_at, calendar, ordinal=ordinal) for ordinal in range(len(rule.length)))


def _count(unit: str, base: date, length: int, calendar: Calendar) -> date:
    if unit == "day":
        return base + timedelta(days=length)
    if unit == "workday":
        day = base
        for _ in range(length):
            day = calendar.next_workday(day + timedelta(days=1))
        return day
    ahead = length * 12 if unit == "year" else length
    year, month = divmod(base.year * 12 + base.month - 1 + ahead, 12)
    last = months.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(base.day, last))


def _why_hours(length: int) -> Label:
    return Label(f"起算时刻加 {length} {_UNITS['hour'].zh}", f"{_counted('hour', length)} after the base event")


def _counted(unit: str, length: int) -> str:
    """Say a length in English: 1 day, 14 days."""
    return f"{length} {_UNITS[unit].en}{'' if length == 1 else 's'}"


def _why_days(rule: Rule, length: int, days: tuple[date, date, date], calendar: Calendar) -> Label:
    """``days``: base, last day before rolling, last day."""
    base, raw, final = days
    unit = _UNITS[rule.unit]
    zh = f"{_zh(base)}当日不计，自次日起 {length} {unit.zh}，至 {_zh(raw)}"
    ends = "ends" if length == 1 else "end"
    en = f"{base} is not counted; {_counted(rule.unit, length)} from the next day {ends} on {raw}"
    if final != raw:
        name = calendar.name(raw)
        zh += f"（{name.zh}），顺延至 {_zh(final)}"
        en += f" ({name.en}), moved to {final}"
    return Label(zh, en)


def _zh(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
