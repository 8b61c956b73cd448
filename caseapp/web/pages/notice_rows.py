"""Lists of notices and of their addresses: columns, filters, the five figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from caseapp.domain.permissions import Permission, permissions_of
from caseapp.services.queries import CaseHead
from caseapp.services.queries.notices import notice_lines
from caseapp.services.queries.rows_notices import LinkLine, NoticeLine, middle
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.filters import duration
from caseapp.web.i18n import N_, _, many
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.pages import notice_words
from caseapp.web.pages.notice_words import VERBS, default_act
from caseapp.web.unit import key_of


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure above the list; its address leads to the rows it counts."""

    label: str
    value: str
    small: str
    note: str
    href: str
    hot: bool = False


def _state(line: NoticeLine) -> str:
    return "closed" if line.closed else "open"


def _state_word(key: str) -> str:
    return _("已结") if key == "closed" else _("未结")


def _status_word(key: str) -> str:
    return wording.state_word("notice", key)


def _outcome_word(key: str) -> str:
    return wording.state_word("notice_item", key)


def _yes(key: str) -> str:
    return _("是") if key == "yes" else _("否")


def _hours(link: LinkLine) -> float | None:
    return round(link.took.total_seconds() / 3600, 1) if link.took is not None else None


NOTICE_COLUMNS: tuple[Column[NoticeLine], ...] = (
    Column("number", N_("平台与通知"), lambda row: row.number),
    Column("platform", N_("平台"), lambda row: row.platform),
    Column("case", N_("案件"), lambda row: row.case_no),
    Column("links", N_("在线 / 全部"), lambda row: row.live),
    Column("all", N_("全部网址"), lambda row: len(row.links)),
    Column("submitted", N_("提交与回执"), lambda row: row.submitted_at),
    Column("receipt", N_("回执号"), lambda row: row.receipt_no),
    Column("due", N_("时钟"), lambda row: row.due_at if row.waiting else None),
    Column("status", N_("状态"), lambda row: _status_word(row.status)),
    Column("took", N_("下架用时（中位）"), lambda row: duration(row.took) if row.took is not None else None),
    Column("next", N_("下一步"), lambda row: _(VERBS[default_act(row)]) if default_act(row) else None),
)
NOTICE_FILTERS: tuple[Filter[NoticeLine], ...] = (
    Filter("state", N_("进度"), _state, _state_word),
    Filter("status", N_("状态"), lambda row: row.status, _status_word),
    Filter("platform", N_("平台"), lambda row: row.platform, str),
)
LINK_COLUMNS: tuple[Column[LinkLine], ...] = (
    Column("url", N_("网址"), lambda row: row.url),
    Column("title", N_("内容"), lambda row: row.title),
    Column("number", N_("通知"), lambda row: row.notice_no),
    Column("platform", N_("平台"), lambda row: row.platform),
    Column("outcome", N_("结果"), lambda row: _outcome_word(row.outcome)),
    Column("words", N_("平台原话"), lambda row: row.words),
    Column("liveness", N_("现状"), lambda row: wording.state_word("post", row.liveness)),
    Column("checked", N_("最近复查"), lambda row: row.checked_at),
    Column("took", N_("下架用时（小时）"), _hours),
)
LINK_FILTERS: tuple[Filter[LinkLine], ...] = (
    Filter("outcome", N_("结果"), lambda row: row.outcome, _outcome_word),
    Filter("platform", N_("平台"), lambda row: row.platform, str),
    Filter("case", N_("案件"), lambda row: key_of(row.case_no, sample=row.case_sample), str),
    Filter("sent", N_("已提交"), lambda row: "yes" if row.sent else "no", _yes),
    Filter("timed", N_("有用时"), lambda row: "yes" if row.took is not None else "no", _yes),
)


def notice_list(lines: Sequence[NoticeLine]) -> Listing[NoticeLine]:
    """Return a line a notice, as the address filters and orders them."""
    return listing(lines, NOTICE_COLUMNS, NOTICE_FILTERS)


def link_list(lines: Sequence[NoticeLine]) -> Listing[LinkLine]:
    """Return a line an address, as the address of the page filters and orders them."""
    return listing([link for line in lines for link in line.links], LINK_COLUMNS, LINK_FILTERS)


def figures(lines: Sequence[NoticeLine], case: str = "") -> list[Figure]:
    """Return the five figures; each counts exactly the rows its address shows.

    Args:
        lines: the notices counted.
        case: the case they all belong to, as it stands in an address; empty for several.
    """
    links = [link for line in lines for link in line.links]
    sent = sum(link.sent for link in links)
    counts = Counter(link.outcome for link in links)
    known = [link.took for link in links if link.took is not None]
    half = middle(links)
    spans = _("最短 %(a)s，最长 %(b)s", a=duration(min(known)), b=duration(max(known))) if known else _("还没有")

    def to(**chosen: str) -> str:
        return url_for("notice.links", case=case or None, **chosen)  # type: ignore[arg-type]  # Flask drops None

    labelled = many("另 %(num)d 条已加争议标签", counts["labelled"])
    back = counts["relapsed"]
    return [
        Figure(
            _("已提交网址"), str(sent), f"/ {len(links)}", many("%(num)d 条未提交", len(links) - sent), to(sent="yes")
        ),
        Figure(_("核实下架"), str(counts["verified_down"]), "", labelled, to(outcome="verified_down")),
        Figure(_("被拒绝"), str(counts["refused"]), "", _("平台原话见逐条"), to(outcome="refused")),
        Figure(_("复燃"), str(back), "", _("核实下架后又出现"), to(outcome="relapsed"), hot=back > 0),
        Figure(
            _("下架用时（中位）"),
            duration(half) if half is not None else "—",
            many("%(num)d 条", len(known)) if known else "",
            spans,
            to(timed="yes"),
        ),
    ]


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the notices' tab of a case shows."""
    lines = notice_lines(work, case_id=head.id)
    key = key_of(head.number, sample=head.sample)
    held = permissions_of(grant.role for grant in work.viewer.grants if grant.case_id == head.id and not grant.wall)
    return {
        "shown": notice_list(lines),
        "figures": figures(lines, key),
        "words": notice_words,
        "prepare": url_for("notice.prepare", case=key) if Permission.NOTICE_PREPARE in held else "",
    }
