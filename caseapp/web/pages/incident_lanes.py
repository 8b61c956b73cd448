"""The two-lane timeline: what happened (事实轴) beside what was done about it (处置轴), a day at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask import url_for
from markupsafe import Markup

from caseapp.services.queries.rows_incident import Happening, IncidentPage, SpreadPost
from caseapp.web import wording
from caseapp.web.filters import BEIJING, tell
from caseapp.web.i18n import _, many
from caseapp.web.unit import key_of

DONE_BY_US: Final = frozenset(
    {"prepared", "authorised", "submitted", "resubmitted", "escalated", "withdrawn", "verified_down", "monitoring"}
)
"""Events of a notice that are our own deeds; all others are what the platform or the user did."""
ALONE = 3
"""So many posts of one platform on one day stand each for itself; more are counted in one line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    text: str | Markup
    fact: bool
    hot: bool = False
    number: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day."""

    day: date
    entries: list[Entry]


def timeline(page: IncidentPage) -> list[Day]:
    """Return the days of an incident, the first first."""
    entries = sorted(
        [*_posts(page.confirmed), *_deeds(page), *map(_happening, page.happenings)], key=lambda one: one.at
    )
    days: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        days[entry.at.astimezone(BEIJING).date()].append(entry)
    return [Day(day, listed) for day, listed in days.items()]


def _posts(posts: Iterable[SpreadPost]) -> Iterator[Entry]:
    grouped: dict[tuple[date, str], list[SpreadPost]] = defaultdict(list)
    for post in posts:
        if post.published_at is not None:
            grouped[post.published_at.astimezone(BEIJING).date(), post.platform or ""].append(post)
        if post.relapsed_at is not None:
            yield _about(post, post.relapsed_at, _("%(where)s又能打开：%(what)s"))
        if post.earliest and post.captured_at is not None:
            yield _about(post, post.captured_at, _("已知最早取证：%(where)s %(what)s"), fact=False)
    for (_day, platform), group in grouped.items():
        if len(group) <= ALONE:
            yield from (
                _about(post, post.published_at, _("%(where)s发布：%(what)s")) for post in group if post.published_at
            )
            continue
        first = min(post.published_at for post in group if post.published_at)
        yield Entry(first, tell(many("%(where)s当日发布 %(num)d 条", len(group), where=platform)), fact=True, hot=True)


def _about(post: SpreadPost, at: datetime, text: str, *, fact: bool = True) -> Entry:
    said = tell(text, where=post.platform or _("未登记平台"), what=post.title or post.url)
    item = post.evidence
    href = url_for("evidence.page", number=key_of(item.number, sample=item.sample)) if item else ""
    return Entry(at, said, fact=fact, hot=fact, number=item.number if item else "", href=href)


def _deeds(page: IncidentPage) -> Iterator[Entry]:
    line = page.line
    yield Entry(line.detected_at, _("发现，24 小时响应时钟起算"), fact=False)
    known = (
        (page.triaged_at, page.triaged_by, _("%(who)s完成研判")),
        (page.decided_at, page.decided_by, _("%(who)s决定维权")),
    )
    for at, who, text in known:
        if at is not None:
            yield Entry(at, tell(text, who=who or _("未知")), fact=False)
    if line.first_responded_at is not None:
        yield Entry(line.first_responded_at, _("首次响应"), fact=False)
    if page.closed_at is not None:
        yield Entry(page.closed_at, _("事件结束"), fact=False)
    for claim in page.claims:
        if claim.verified_at is not None:
            what, who = wording.word("claim_verdict", claim.verdict), claim.verified_by or _("未知")
            yield Entry(
                claim.verified_at,
                tell(_("%(who)s认定“%(what)s”：%(quote)s"), who=who, what=what, quote=claim.quote),
                fact=False,
                number=claim.number,
                href=f"#claim-{claim.id}",
            )


def _happening(one: Happening) -> Entry:
    if one.kind == "publication":
        return Entry(one.at, tell(_("发布声明：%(where)s"), where=wording.word("channel", one.event)), fact=False)
    ours = one.event in DONE_BY_US or (one.event.startswith("counter_") and one.event != "counter_notice")
    said = tell(_("%(who)s：%(what)s"), who=one.text or _("平台"), what=wording.notice_event(one.event).text)
    href = url_for("notice.page", number=key_of(one.number, sample=one.sample)) if one.number else ""
    return Entry(one.at, said, fact=not ours, number=one.number or "", href=href)
