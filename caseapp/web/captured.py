"""What a capture brought back, in words: what the page was, what is missing, what went wrong, why it has its grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from capture.grade import REASONS
from caseapp.domain.capture_words import PARTS
from caseapp.services.queries import EvidenceDetail
from caseapp.web.boxes import field_name
from caseapp.web.filters import BEIJING
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.marks import say
from caseapp.web.proof import outcome_word

ROBOTS: Final[Mapping[str, str]] = {
    "allowed": N_("robots.txt 允许"),
    "disallowed": N_("robots.txt 不允许抓取（只作记录：由人指定的单页取证不是爬取）"),
    "none": N_("网站没有 robots.txt"),
    "unreachable": N_("robots.txt 没有取得"),
}
"""What robots.txt said."""

DEVICE_WORDS: Final = {"phone": N_("手机"), "desktop": N_("电脑"), "other": N_("其他设备")}
"""On what a person took something themselves."""


@dataclass(frozen=True, slots=True)
class Captured:
    """What a capture says about itself.

    Attributes:
        outcome: what the page turned out to be, with the platform's own words.
        missing: the parts that were not obtained, in words.
        error: what went wrong, in the language of the request.
        reasons: why it has its grade.
        number: the capture's own number.
        manners: what robots.txt said and how often the host is visited.
        beginning: what was stamped before the visit, and what that proves; empty for captures of before that was done.
        disagreements: fields the platform adapter read otherwise than the page states: name, as read, as stated.
    """

    outcome: str
    missing: Sequence[str]
    error: str
    reasons: Sequence[str]
    number: str | None
    manners: Sequence[str] = ()
    beginning: str = ""
    disagreements: Sequence[tuple[str, str, str]] = ()


def captured(item: EvidenceDetail) -> Captured | None:
    """Return what the capture of an item says; None for paper."""
    if item.started_at is None and item.capture_result is None:
        return None
    error = item.error_zh if language() == "zh" else item.error_en
    return Captured(
        outcome_word(item),
        [part(name) for name in item.missing],
        error or "",
        _reasons(item.facts),
        item.capture_no,
        manners(item.facts),
        beginning(item.facts),
        disagreements(item.facts),
    )


def disagreements(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return where the platform adapter and the page's own structured data say different things."""
    block = facts.get("adapter")
    rows = block.get("disagrees") or () if isinstance(block, Mapping) else ()
    return [
        (field_name(str(row.get("field"))), str(row.get("adapter")), str(row.get("stated")))
        for row in rows
        if isinstance(row, Mapping)
    ]


def beginning(facts: Mapping[str, Any]) -> str:
    """Return since when the capture can be at the earliest, and who says so."""
    start = facts.get("start")
    if not isinstance(start, Mapping):
        return ""
    said = {
        "test": _("访问前只取得测试时间戳，不能证明开始时间"),
        "unanswered": _("访问前没有时间戳机构答复，开始时间由本机自记"),
        "not_asked": _("按设置访问前不取时间戳，开始时间由本机自记"),
        "no_authority": _("没有设置时间戳机构，开始时间由本机自记"),
    }
    if start.get("state") != "stamped":
        return said.get(str(start.get("state")), "")
    names = _("、").join(str(name) for name in start.get("stamped_by", ()))
    at = datetime.fromisoformat(str(start.get("at"))).astimezone(BEIJING)
    return _("不早于 %(time)s：访问前已由 %(names)s 加盖时间戳", time=f"{at:%Y-%m-%d %H:%M:%S}", names=names)


def manners(facts: Mapping[str, Any]) -> list[str]:
    """Return what robots.txt said at the time of the visit, and how often the host is visited."""
    robots, often = facts.get("robots"), facts.get("frequency")
    said: list[str] = []
    if isinstance(robots, Mapping) and robots.get("verdict") in ROBOTS:
        said.append(_(ROBOTS[str(robots["verdict"])]))
    if isinstance(often, Mapping):
        pause = int(often.get("pause_ms") or 0) / 1000
        said.append(_("同一网站一次一条，至少间隔 %(n)s 秒", n=f"{pause:g}"))
        since = often.get("since_last_ms")
        if since is not None:
            said.append(_("距上次访问 %(n)s 秒", n=f"{int(since) // 1000:,}"))
        said.append(many("此前 24 小时访问 %(num)d 次", int(often.get("visits_in_24_hours") or 0)))
    return said


def part(name: str) -> str:
    """Return a step of the capture as the thing it brings back."""
    return say(PARTS[name]) if name in PARTS else name


def _reasons(facts: Mapping[str, Any]) -> list[str]:
    block = facts.get("grade")
    codes = block.get("reasons", ()) if isinstance(block, Mapping) else ()
    at = 0 if language() == "zh" else 1
    known = [REASONS[code][at] for code in codes if code in REASONS]
    if known and facts.get("login_profile"):
        known.append(_("带登录身份取得：%(name)s（不影响取证等级）", name=facts["login_profile"]))
    if known:
        return [line[:1].upper() + line[1:] for line in known]
    if (facts.get("dns") or {}).get("override") or facts.get("extra_roots"):
        return [_("域名由本机指定解析，或证书由附加信任根认可：演示，不作证明")]
    return []
