"""时间轴: two lanes, 事实轴 and 处置轴; each mark says when, how exact, how it is known, and what shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from caseapp.services.queries import CaseHead
from caseapp.services.queries.matter import exhibits_of
from caseapp.services.queries.timeline import DEED, FACT, TimeMark, timeline
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.filters import BEIJING, calendar_day
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.places import object_href

LANES: Final = {FACT: N_("事实轴"), DEED: N_("处置轴")}
SOURCES: Final = {
    "shown": N_("页面显示值"),
    "capture": N_("取证所见"),
    "receipt": N_("有凭证"),
    "record": N_("系统记录"),
    "hand": N_("人工登记"),
}
PRECISE: Final = {
    "exact": N_("精确到秒"),
    "second": N_("精确到秒"),
    "minute": N_("精确到分"),
    "hour": N_("精确到时"),
    "day": N_("精确到日"),
    "month": N_("精确到月"),
    "year": N_("精确到年"),
    "unknown": N_("时间未知"),
    "unsaid": N_("精度未记"),
}
KINDS: Final = {
    "post": N_("发布"),
    "relapse": N_("下架后又出现"),
    "counter": N_("不侵权声明"),
    "letter.received": N_("来函"),
    "letter.sent": N_("去函"),
    "document.approved": N_("文书定稿"),
    "document.sent": N_("文书发出"),
    "document.arrived": N_("文书到达"),
    "publication": N_("发布声明"),
    "retraction": N_("撤下声明"),
    "case.opened": N_("立案"),
    "case.closed": N_("结案"),
}
GROUPS: Final = {
    "post": N_("内容"),
    "notice": N_("通知"),
    "letter": N_("来往"),
    "capture": N_("取证"),
    "document": N_("文书"),
    "publication": N_("声明"),
    "case": N_("案件"),
}
GROUP_OF: Final = {"relapse": "post", "counter": "notice", "retraction": "publication", "stage": "case"}


@dataclass(frozen=True, slots=True)
class Cited:
    """One piece of evidence beside a mark."""

    label: str
    number: str
    sample: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A mark with its words; ``place`` is its number in the whole timeline, filtered or not."""

    place: int
    mark: TimeMark
    word: str
    group: str
    precision: str
    href: str
    cites: tuple[Cited, ...]

    @property
    def clock(self) -> str:
        """The time of day as exactly as it is known; empty when only the day is."""
        if self.mark.at is None or self.precision in {"day", "month", "year"}:
            return ""
        at = self.mark.at.astimezone(BEIJING)
        return _("%(h)s 时", h=f"{at:%H}") if self.precision == "hour" else f"{at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Day:
    """The marks of one day; ``title`` as wide as what is known (a month, a year)."""

    title: str
    marks: Sequence[Shown]


def word_of(kind: str) -> str:
    """Return what a mark is called."""
    if kind in KINDS:
        return _(KINDS[kind])
    family, _dot, key = kind.partition(".")
    if family == "notice":
        return wording.notice_event(key).text
    if family == "capture":
        return wording.word("capture_purpose", key)
    return _("进入阶段：%(stage)s", stage=wording.word("case_stage", key)) if family == "stage" else kind


def _group(kind: str) -> str:
    family = kind.partition(".")[0]
    return GROUP_OF.get(family, family)


def _precision(mark: TimeMark) -> str:
    if mark.at is None:
        return "unknown"
    return mark.precision if mark.precision in PRECISE else "unsaid"


def _href(head: CaseHead, mark: TimeMark) -> str:
    if mark.object is None:
        return ""
    kind, number, sample = mark.object
    return object_href(kind, number, sample=sample, case_no=head.number)


def shown_marks(work: Work, head: CaseHead) -> list[Shown]:
    """Return the marks of a case with their words, in order."""
    exhibits = {row.number: row.exhibit for row in exhibits_of(work, head.id) if row.exhibit}
    return [
        Shown(
            place,
            mark,
            word_of(mark.kind),
            _group(mark.kind),
            _precision(mark),
            _href(head, mark),
            tuple(
                Cited(proof.exhibit or exhibits.get(proof.number) or proof.number, proof.number, proof.sample)
                for proof in mark.proofs
            ),
        )
        for place, mark in enumerate(timeline(work, head.id), 1)
    ]


def lane_word(key: str) -> str:
    """Return what an axis is called."""
    return _(LANES[key])


def _group_word(key: str) -> str:
    return _(GROUPS[key]) if key in GROUPS else key


def source_word(key: str) -> str:
    """Return how a thing is known, in words."""
    return _(SOURCES[key])


def precise_word(key: str) -> str:
    """Return how exact a time is, in words."""
    return _(PRECISE[key])


COLUMNS: tuple[Column[Shown], ...] = (
    Column("at", N_("时间"), lambda row: row.mark.at),
    Column("precision", N_("精度"), lambda row: precise_word(row.precision)),
    Column("lane", N_("轴"), lambda row: lane_word(row.mark.lane)),
    Column("kind", N_("事项"), lambda row: row.word),
    Column("title", N_("内容"), lambda row: row.mark.title),
    Column("detail", N_("说明"), lambda row: row.mark.detail),
    Column("source", N_("怎么知道的"), lambda row: source_word(row.mark.source)),
    Column("evidence", N_("证据"), lambda row: " ".join(cite.label for cite in row.cites)),
)
FILTERS: tuple[Filter[Shown], ...] = (
    Filter("lane", N_("轴"), lambda row: row.mark.lane, lane_word),
    Filter("group", N_("事项"), lambda row: row.group, _group_word),
    Filter("source", N_("怎么知道的"), lambda row: row.mark.source, source_word),
    Filter("precision", N_("精度"), lambda row: row.precision, precise_word),
)


def mark_list(rows: Sequence[Shown]) -> Listing[Shown]:
    """Return the marks as the address filters them."""
    return listing(rows, COLUMNS, FILTERS, paged=False)


def _title(row: Shown) -> str:
    if row.mark.at is None:
        return _("时间未知")
    local = row.mark.at.astimezone(BEIJING)
    if row.precision == "year":
        return f"{local:%Y}"
    return f"{local:%Y-%m}" if row.precision == "month" else _day(local.date())


def _day(day: date) -> str:
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return f"{calendar_day(day)} {names[day.weekday()]}"


def days(rows: Sequence[Shown]) -> Iterator[Day]:
    """Yield the marks day by day, as they stand."""
    held: list[Shown] = []
    title = ""
    for row in rows:
        now = _title(row)
        if held and now != title:
            yield Day(title, held)
            held = []
        title = now
        held.append(row)
    if held:
        yield Day(title, held)
