"""What the page of an incident concludes: next step, response clock with its reason, accounts and platforms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from caseapp.domain.workflow import Transition
from caseapp.services.queries.rows_incident import ClaimLine, IncidentLine, IncidentPage, SpreadPost
from caseapp.web.filters import BEIJING, duration, stamp, tell
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.marks import Clock, Mark, NextStep, clock, say
from caseapp.web.wording import word

VERBS: Final[Mapping[str, str]] = {
    "start_triage": N_("开始研判"),
    "judge_genuine": N_("定为真实投诉"),
    "hand_off": N_("转客服办理"),
    "judge_fair_comment": N_("定为正当监督"),
    "watch": N_("留存观察"),
    "leave_unverified": N_("列为待查"),
    "decide_action": N_("决定维权"),
    "retriage": N_("重新研判"),
    "respond": N_("开始处置"),
    "monitor": N_("进入观察期"),
    "close": N_("结束事件"),
    "reopen": N_("登记复燃"),
}
DOES: Final[Mapping[str, str]] = {
    "start_triage": N_("由您开始研判。决定维权须由另一人作出。"),
    "judge_genuine": N_("定为真实投诉后不走维权，转客服办理。改判须第二人。"),
    "hand_off": N_("转客服办理，本事件不再列入维权。"),
    "judge_fair_comment": N_("定为正当监督后不走维权，只留存观察。改判须第二人。"),
    "watch": N_("只留存观察，不采取措施。"),
    "leave_unverified": N_("现有材料不足以判断，先列为待查。"),
    "decide_action": N_("由研判人以外的人决定。理由写入记录。"),
    "retriage": N_("回到研判。须由原研判人以外的人提出，并写明理由。"),
    "respond": N_("开始通知、声明等处置。"),
    "monitor": N_("处置告一段落，进入观察期；复燃时登记。"),
    "close": N_("结束事件并写下评估。以后复燃可以重新打开。"),
    "reopen": N_("内容又出现。写明在哪里、何时发现。"),
}
VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "false": ("danger", "x"), "misleading": ("warn", "alert-triangle"), "true": ("info", "check"),
    "mostly_true": ("info", "check"), "opinion": ("", "message-report"), "unverifiable": ("", "help"),
}  # fmt: skip
CLOSED: Final = ("closed", "handed_off", "watching")
FIRST: Final = ("start_triage", "decide_action", "respond", "monitor", "close", "hand_off", "watch")
"""The order in which a step is the natural next one."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its posts in this incident."""

    name: str
    platform: str | None
    followers: int | None
    posts: int
    live: int
    reposts: int


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """A platform with its posts in this incident."""

    name: str
    live: int
    total: int


def verb(step: Transition) -> str:
    """Return the word on the button of a step."""
    return _(VERBS[step.action]) if step.action in VERBS else say(step.label)


def response(line: IncidentLine) -> tuple[Clock, str]:
    """Return the response clock with its why: base event, rule, result."""
    found = stamp(line.detected_at)
    if line.first_responded_at is not None:
        used = duration(line.first_responded_at - line.detected_at)
        late = line.response_due_at is not None and line.first_responded_at > line.response_due_at
        mark = Clock(_("用时 %(span)s", span=used), "over" if late else "done", "alarm" if late else "circle-check")
        tail = _("超过 24 小时") if late else _("在 24 小时内")
        why = _(
            "发现 %(a)s → 首次响应 %(b)s，%(tail)s（内部标准）", a=found, b=stamp(line.first_responded_at), tail=tail
        )
        return mark, why
    if line.status in CLOSED:
        return clock(None), _("发现 %(a)s；事件已结，未登记首次响应", a=found)
    due = stamp(line.response_due_at) if line.response_due_at else _("未知")
    return clock(line.response_due_at), _("发现 %(a)s → 应于 %(b)s 前首次响应（内部标准）", a=found, b=due)


def checked(posts: Iterable[SpreadPost]) -> datetime | None:
    """Return when one of the posts was last looked at."""
    return max((post.checked_at for post in posts if post.checked_at), default=None)


def views(posts: Sequence[SpreadPost]) -> tuple[int | None, int]:
    """Return the sum of the views pages showed and how many platforms showed any."""
    shown = [post for post in posts if post.views is not None]
    return (sum(post.views or 0 for post in shown) if shown else None), len({post.platform for post in shown})


def accounts(posts: Sequence[SpreadPost]) -> list[AccountRow]:
    """Return the accounts that published the posts, the most posts first."""
    grouped: dict[str, list[SpreadPost]] = {}
    for post in posts:
        grouped.setdefault(post.account_id or f"{post.platform}:", []).append(post)
    rows = [
        AccountRow(
            group[0].account or _("账号未知"),
            group[0].platform,
            group[0].followers,
            len(group),
            sum(post.live for post in group),
            sum(post.reposts or 0 for post in group),
        )
        for group in grouped.values()
    ]
    return sorted(rows, key=lambda row: (-row.posts, -row.reposts, row.name))


def platforms(posts: Sequence[SpreadPost]) -> list[PlatformLine]:
    """Return how many of the posts stand on each platform."""
    names = sorted({post.platform or _("未登记平台") for post in posts})
    lines = []
    for name in names:
        group = [post for post in posts if (post.platform or _("未登记平台")) == name]
        lines.append(PlatformLine(name, sum(post.live for post in group), len(group)))
    return sorted(lines, key=lambda line: -line.total)


def next_step(page: IncidentPage, offers: Sequence[Transition], *, may_link: bool) -> NextStep:
    """Return the one next step: what is undecided, the first answer, the step of the workflow, the open claims."""
    steps = list(_steps(page, offers, may_link=may_link))
    if not steps:
        waits = _("事件已结。") if page.line.status in CLOSED else _("等待有权限的人办理。")
        return NextStep(_("没有等您办理的事"), waits)
    first, *rest = steps
    return NextStep(first.do, first.why, "", first.href, first.verb, tuple(one.do for one in rest[:3]))


def _steps(page: IncidentPage, offers: Sequence[Transition], *, may_link: bool) -> Iterable[NextStep]:
    waiting, line = page.waiting, page.line
    if waiting and may_link:
        do = many("定下 %(num)d 条待确认内容", len(waiting))
        yield NextStep(do, _("系统按相同文字建议；由人逐条确认或排除。"), "", "#posts", _("逐条判断"))
    if line.first_responded_at is None and line.status not in CLOSED:
        yield NextStep(_("登记首次响应"), response(line)[1], "", "#respond", _("登记"))
    named = {step.action: step for step in offers}
    action = next((one for one in FIRST if one in named), None)
    if not page.claims and line.status not in CLOSED:
        yield NextStep(
            _("登记第一句谣言主张"), _("逐句认定、逐句举证；没有主张就无从反驳。"), "", "#claims", _("加一句")
        )
    if action is not None:
        yield NextStep(verb(named[action]), _(DOES[action]), "", f"#step-{action}", _("办理"))
    open_claims = [claim for claim in page.claims if claim.verdict is None]
    if open_claims:
        yield NextStep(
            many("认定 %(num)d 句主张", len(open_claims)), _("认定不实须先有反驳证据。"), "", "#claims", _("看主张")
        )


def claim_gap(claim: ClaimLine) -> str | Markup:
    """Return what a claim still lacks; empty when nothing."""
    against = [one for one in claim.evidence if not one.supports]
    if claim.kind == "fact" and not against:
        return _("还没有反驳证据，不能认定不实。")
    if claim.verdict is None:
        return _("等待有认定权限的人写明理由认定。")
    if claim.added_by and claim.added_by == claim.verified_by:
        return tell(_("登记与认定是同一人：%(who)s。"), who=claim.added_by)
    return ""


def claim_mark(key: str) -> Mark:
    """Return the chip of a verdict on a claim."""
    tone, icon = VERDICTS.get(key, ("", ""))
    return Mark(word("claim_verdict", key), tone, icon)


def clock_of(at: datetime) -> str:
    """Return the hour and minute of a moment in Beijing."""
    return f"{at.astimezone(BEIJING):%H:%M}"


def score(post: SpreadPost) -> str:
    """Return a likeness as it is written: 0.94."""
    return f"{post.score:.2f}" if post.score is not None else "—"


def reasons(post: SpreadPost) -> str:
    """Return what agrees and differs, in the language of the request."""
    return " · ".join(label.text(language()) for label in post.reasons)
