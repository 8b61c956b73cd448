"""How a lead looks and reads: the state of its capture, what to do when it was blocked, words that agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import request, url_for
from markupsafe import Markup

from caseapp.domain.capture_words import OUTCOMES
from caseapp.domain.labels import Label
from caseapp.services.queries.rows_inbox import CaptureLine, LeadLine, PairLine
from caseapp.web import wording
from caseapp.web.captured import part
from caseapp.web.filters import count, words
from caseapp.web.i18n import N_, _, language
from caseapp.web.marks import Mark, say
from caseapp.web.unit import key_of

KEPT: Final = ("show", "q", "sort", "state", "platform", "verdict")
"""What the address of the list says; carried from one lead to the next."""

CAPTURED: Final[Mapping[str, tuple[str, str, str]]] = {
    "none": (N_("未取证"), "", "camera"),
    "queued": (N_("排队中"), "", "clock-hour-4"),
    "paused": (N_("已暂停"), "warn", "player-pause"),
    "running": (N_("取证中"), "info", "loader"),
    "complete": (N_("取证完整"), "ok", "check"),
    "partial": (N_("部分取得"), "warn", "alert-triangle"),
    "failed": (N_("未取得"), "danger", "alert-octagon"),
    "cancelled": (N_("已取消"), "", "x"),
}
BLOCKED: Final[Mapping[str, str]] = {
    "login_wall": N_("平台要求登录，登录页不会当作该内容封存。可稍后重取；仍要求登录的，请人工截图登记。"),
    "captcha": N_("平台要求验证，程序不绕过。请隔一段时间重取，或人工截图登记。"),
    "rate_limited": N_("平台限制访问频率。请隔一段时间重取，不要连续重试。"),
    "geo_blocked": N_("平台限制所在地区。请请有权限的网络环境取证，或人工截图登记。"),
    "removed": N_("内容已删除，删除页已封存。是否平台处置须再查一次才能确认。"),
    "removed_by_author": N_("页面写明作者已删。须再查一次才能确认。"),
    "removed_by_platform": N_("页面写明平台已处置。须再查一次才能确认。"),
    "restricted": N_("内容受限可见。须再查一次才能确认。"),
    "tls_failure": N_("网站证书无效，没有打开页面；证书和拒绝经过已封存。请核对网址。"),
    "error": N_("页面没有打开。请核对网址后重取。"),
}
"""What to do, by what the page turned out to be."""

FIGURES: Final[Mapping[str, str]] = {
    "views": N_("浏览 %(n)s"), "likes": N_("赞 %(n)s"), "comments": N_("评论 %(n)s"), "reposts": N_("转发 %(n)s"),
}  # fmt: skip
REASON_WORDS: Final = re.compile(r"“(.{2,60}?)…?”")
LONGEST_SHOWN: Final = 4000


def capture_state(line: LeadLine) -> str:
    """Return the key of a lead's capture state, for filters and CSV."""
    return line.capture.state if line.capture else "none"


def state_word(key: str) -> str:
    """Return a capture state in words."""
    return _(CAPTURED[key][0]) if key in CAPTURED else key


def capture_mark(capture: CaptureLine | None) -> Mark:
    """Return the chip of a capture: place in the queue, step, or what came of it."""
    text, tone, icon = CAPTURED[capture.state if capture else "none"]
    if capture is None:
        return Mark(_(text), tone, icon)
    if capture.state == "queued" and capture.place:
        return Mark(_("排队第 %(n)d", n=capture.place), tone, icon)
    if capture.status == "running" and capture.total > 1:
        return Mark(_("取证中 %(a)d/%(b)d", a=capture.done, b=capture.total), tone, icon)
    if capture.status == "done" and capture.outcome not in {None, "live", "file", "error"}:
        tone = "warn" if capture.walled or tone == "ok" else tone
        return Mark(outcome(capture), tone, "lock" if capture.walled else icon)
    return Mark(_(text), tone, icon)


def outcome(capture: CaptureLine) -> str:
    """Return what the page turned out to be."""
    key = capture.outcome or ""
    return say(OUTCOMES[key]) if key in OUTCOMES else key


def step(capture: CaptureLine) -> str:
    """Return what the worker is at."""
    return part(capture.step) if capture.step and capture.step != "start" else _("正在开始")


def advice(capture: CaptureLine | None) -> str:
    """Return why a capture is not what was wanted and what to do; empty when all is well."""
    if capture is None or capture.open:
        return ""
    if capture.problem is not None and capture.state == "failed":
        return capture.problem.text(language())
    if capture.outcome is not None and capture.outcome in BLOCKED:
        return _(BLOCKED[capture.outcome])
    if capture.status == "cancelled":
        return _("取证已取消。需要时可重新取证。")
    if capture.state == "partial":
        lacking = "、" if language() == "zh" else ", "
        return _("缺：%(what)s。可重新取证。", what=lacking.join(part(name) for name in capture.missing) or _("未知"))
    return ""


def meta(line: LeadLine) -> list[str | Markup]:
    """Return platform, account and the figures the page showed."""
    named: list[str | Markup] = [words(one) for one in (line.platform or host(line.url), line.account) if one]
    return [*named, *(_(FIGURES[name], n=count(value)) for name, value in line.figures)]


def host(url: str) -> str:
    """Return the host of an address, for a post of no registered platform."""
    return url.partition("//")[2].partition("/")[0][:80]


def score(pair: PairLine) -> str:
    """Return a score as it is written: 0.94."""
    return f"{pair.score:.2f}" if pair.score is not None else "—"


def reasons(pair: PairLine) -> str:
    """Return what agrees and differs, in the language of the request."""
    return (" · ").join(label.text(language()) for label in pair.reasons)


def kept() -> dict[str, Any]:
    """Return the parameters of the list that stay in the address."""
    return {key: request.args[key] for key in KEPT if request.args.get(key)}


def href(line: LeadLine | None, act: str = "", **more: str) -> str:
    """Return the address of a lead (or of one of its acts, or of the list) with the list's parameters."""
    tail = {**kept(), **more}
    if line is None:
        return url_for("inbox.index", **tail)
    key = key_of(line.number, sample=line.sample)
    return url_for("inbox.take", number=key, act=act, **tail) if act else url_for("inbox.page", number=key, **tail)


def view_href(view: str) -> str:
    """Return the address of another view of the list."""
    tail = {key: value for key, value in kept().items() if key != "show"}
    return f"{url_for('inbox.index')}?{urlencode({'show': view, **tail})}"


def marked(text: str, pairs: Iterable[PairLine]) -> Markup:
    """Return a text with the words marked that a claim or a reason shares with it; everything escaped."""
    shown = text[:LONGEST_SHOWN]
    seeds = {seed for pair in pairs for seed in (*pair.quotes, *_said(pair.reasons))}
    found = [seed for seed in sorted(seeds, key=len, reverse=True) if len(seed) > 1 and seed in shown]
    if not found:
        return words(shown + ("…" if len(text) > LONGEST_SHOWN else ""))
    pieces = re.split("(" + "|".join(re.escape(seed) for seed in found) + ")", shown)
    made = Markup("").join(Markup("<mark>{}</mark>").format(one) if at % 2 else one for at, one in enumerate(pieces))
    return words(Markup("<bdi{}>{}</bdi>").format(_lang(shown), made))


def _lang(text: str) -> Markup:
    return Markup(' lang="zh-Hans"') if "lang=" in words(text) else Markup("")


def _said(labels: Iterable[Label]) -> list[str]:
    return [found for label in labels for found in REASON_WORDS.findall(label.zh)]


def verdict_word(key: str) -> str:
    """Return a judgement in words; none yet."""
    return wording.word("post_verdict", key) if key else _("未定性")
