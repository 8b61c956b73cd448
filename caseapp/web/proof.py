"""What an evidence page concludes from an item: seal ladder, coverage of what a court asks, next step.

Nothing is overstated: a test timestamp proves no time, a demonstration proves no real site, a gap is shown as a gap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from caseapp.domain.capture_words import OUTCOMES
from caseapp.domain.custody import deed
from caseapp.domain.labels import Label
from caseapp.services.queries import CustodyRow, EvidenceDetail
from caseapp.services.restamping import ALARM_AFTER, BELOW_K
from caseapp.web import readingview, wording
from caseapp.web.filters import BEIJING, now, stamp
from caseapp.web.i18n import _, many
from caseapp.web.marks import SEAL_STEPS, Mark, NextStep, say
from caseapp.web.mediaview import LISTED

FILE: Final = Label("文件", "file")
FILM: Final = "video.webm"
COMPARED: Final = "changes/report.json"
STRIP: Final = re.compile(r"shots/page-[0-9]+\.png")
VERIFY: Final = "verify"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the seal ladder: done (empty kind), now, or todo."""

    name: str
    note: str
    kind: str


@dataclass(frozen=True, slots=True)
class Covered:
    """One thing a court asks of electronic evidence, this item's answer, and what would close a gap."""

    name: str
    note: str
    mark: Mark
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest to compare or copy."""

    label: str
    method: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A payload file."""

    name: str
    sha256: str
    size: int | None


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One line of the custody chain."""

    at: datetime
    text: str
    actor: str | None
    reason: str | None


def strips(files: Mapping[str, Any]) -> list[str]:
    """Return the names of the screenshot's strips, top to bottom."""
    return sorted(name for name in files if STRIP.fullmatch(name))


def views(item: EvidenceDetail) -> list[tuple[str, str]]:
    """Return the ways to look at an item that it has something for: screenshot, reading view, film, text, files."""
    if item.status == "disposed":
        return [("files", _("文件"))]
    derived = bool(item.package_id and readingview.strips(item.files))
    picture = _("截图（未经触碰）") if derived else _("截图")
    shown = [("shot", picture)] if item.package_id and strips(item.files) else []
    if derived:
        shown.append(("reading", _("阅读视图（派生）")))
    if item.package_id and FILM in item.files:
        shown.append(("film", _("过程录像")))
    if item.package_id and LISTED in item.files:
        shown.append(("media", _("影音与图片")))
    if item.text:
        shown.append(("text", _("正文")))
    if item.package_id and COMPARED in item.files:
        shown.append(("changes", _("与前次比对")))
    return [*shown, ("files", _("文件"))]


def listing(files: Mapping[str, Any]) -> list[StoredFile]:
    """Return the payload files by name."""
    return [
        StoredFile(name, str(entry.get("sha256", "")), entry.get("bytes"))
        for name, entry in sorted(files.items())
        if isinstance(entry, dict)
    ]


def digests(item: EvidenceDetail) -> list[Digest]:
    """Return the digests a person compares: of the seal, and of the picture or the first file."""
    found = [Digest(_("封存清单"), "SHA-256", item.package_id)] if item.package_id else []
    for name in (*strips(item.files), *sorted(item.files))[:1]:
        entry = item.files[name]
        kind = _("截图") if STRIP.fullmatch(name) else _("文件")
        for key, label in (("sha256", "SHA-256"), ("sm3", "SM3")):
            if isinstance(entry, dict) and entry.get(key):
                found.append(Digest(kind, label, str(entry[key])))
    return found


def outcome_word(item: EvidenceDetail) -> str:
    """Return what the page turned out to be, with the platform's own words."""
    if item.outcome is None:
        return ""
    word = say(OUTCOMES[item.outcome]) if item.outcome in OUTCOMES else item.outcome
    return f"{word} “{item.outcome_words}”" if item.outcome_words else word


def _reached(item: EvidenceDetail) -> int:
    return SEAL_STEPS.index(item.seal_state) if item.seal_state in SEAL_STEPS else -1


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(BEIJING).strftime("%H:%M:%S") if moment else ""


def ladder(item: EvidenceDetail) -> list[Rung]:
    """Return the six steps of the seal with their proof; the first missing one is marked."""
    reached = _reached(item)
    place = _("第 %(n)d 位", n=item.log_index + 1) if item.log_index is not None else ""
    tokens = _tokens(item)
    notes = {
        "stored": _clock(item.obtained_at),
        "sealed": _clock(item.logged_at),
        "logged": place,
        "stamped": tokens,
        "witnessed": ", ".join(item.facts.get("witnessed_by", ())) if _witnessed(item) else _("无见证人"),
        "complete": _("各家时间戳已齐") if item.seal_state == "complete" else _("未完备"),
    }
    kinds = ["" if at <= reached else "now" if at == reached + 1 else "todo" for at in range(len(SEAL_STEPS))]
    at = SEAL_STEPS.index("witnessed")
    if item.seal_state == "complete" and not _witnessed(item):
        kinds[at] = "todo"  # complete says all authorities stamped, not that anyone saw
    elif item.facts.get("witnessed_by"):
        kinds[at] = ""  # witnesses cosign the log, whatever the authorities do
    return [Rung(wording.state_word("seal", key), notes[key], kinds[at]) for at, key in enumerate(SEAL_STEPS)]


def _witnessed(item: EvidenceDetail) -> bool:
    return item.seal_state == "witnessed" or bool(item.facts.get("witnessed_by"))


def _tokens(item: EvidenceDetail) -> str:
    """Say how many authorities stamped, of how many the seal wants, and whether that takes too long."""
    wanted = item.facts.get("stamps_wanted")
    if stamps_late(item):
        short = (wanted or 1) - item.stamps
        return many("逾时，还缺 %(num)d 家", max(short, 1))
    if not item.stamps:
        return _("未取得")
    if isinstance(wanted, int) and item.stamps < wanted:
        return _("%(have)d 家，须 %(need)d 家", have=item.stamps, need=wanted)
    return many("%(num)d 家", item.stamps)


def stamps_late(item: EvidenceDetail) -> bool:
    """Whether the seal waits for its time stamps longer than is right."""
    waits = item.seal_state in BELOW_K or not item.stamps
    return waits and item.logged_at is not None and item.logged_at < now() - ALARM_AFTER


def weakest(item: EvidenceDetail) -> str:
    """Return the weakest link in words."""
    if item.seal_state == "mismatch":
        return _("校验不符：不要使用，先查经过")
    if not item.stamps:
        return _("最弱一环：没有时间戳，时间由本机自记")
    if item.seal_state in BELOW_K:
        return _("最弱一环：时间戳不足封存时要求的家数")
    if item.stamps == item.test_stamps:
        return _("最弱一环：只有测试时间戳")
    if not _witnessed(item):
        return _("最弱一环：没有外部见证")
    if item.seal_state != "complete":
        return _("最弱一环：还有机构没有加盖时间戳")
    return _("六步齐全")


def _has(name: str, note: str) -> Covered:
    return Covered(name, note, Mark(_("有"), "ok", "check"))


def _lacks(name: str, note: str, fix: str) -> Covered:
    return Covered(name, note, Mark(_("缺"), "warn", "alert-triangle"), fix)


def coverage(item: EvidenceDetail) -> list[Covered]:
    """Return what a court asks of electronic data and how this item answers; empty for paper and other files."""
    if item.started_at is None:
        return []
    return [_environment(item), _origin(item), _unchanged(item), _time(item), _identity(item), _neutral()]


FAILED_ITEMS = re.compile(r"failed (\d+)")


def _environment(item: EvidenceDetail) -> Covered:
    step = next((row for row in item.steps if row.get("name") == "environment" and row.get("state") == "done"), None)
    name = _("设备环境清洁可靠")
    failed = FAILED_ITEMS.search(str(step.get("detail", ""))) if step is not None else None
    if failed:
        words = many("清洁性检查有 %(num)d 项不符，逐项结果在包内", int(failed[1]))
        return _lacks(name, words, _("排除不符的原因后重新取证"))
    if step is not None:
        return _has(name, _("清洁性检查已做，全新浏览器配置，逐项结果在包内"))
    return _lacks(name, _("没有清洁性检查记录"), _("重新取证，做清洁性检查"))


def _origin(item: EvidenceDetail) -> Covered:
    name, dns = _("来源真实（上链前）"), item.facts.get("dns") or {}
    again = _("对真实站点再取一次证")
    if dns.get("override") or item.facts.get("extra_roots"):
        return _lacks(name, _("演示：网址由本机解析，证书由附加信任根签发，未经真实站点核验"), again)
    if item.facts.get("tls_cert_sha256") and item.facts.get("ip"):
        return _has(name, _("证书链已核验，对方地址 %(ip)s", ip=item.facts["ip"]))
    return _lacks(name, _("没有可核验的证书链"), again)


def _unchanged(item: EvidenceDetail) -> Covered:
    name = _("形成后未改动")
    if item.seal_state == "mismatch":
        return Covered(name, _("校验不符"), Mark(_("缺"), "danger", "x"))
    if _reached(item) >= SEAL_STEPS.index("logged"):
        return _has(name, _("摘要、签名、只增不改的存证日志"))
    return _lacks(name, _("还没有入册"), _("写入存证日志"))


def _time(item: EvidenceDetail) -> Covered:
    name = _("时间准确")
    if item.stamps > item.test_stamps:
        return _has(name, many("外部时间戳 %(num)d 家", item.stamps - item.test_stamps))
    outside = _("向外部机构补盖时间戳")
    if item.test_stamps:
        return _lacks(name, _("只有测试时间戳，不能证明时间"), outside)
    return _lacks(name, _("没有时间戳，时间由本机自记"), outside)


def _identity(item: EvidenceDetail) -> Covered:
    name = _("主体身份")
    if item.account_identity in {"confirmed", "disclosed_by_platform"}:
        return _has(name, wording.word("identity_level", item.account_identity))
    return _lacks(name, _("仅页面显示的账号；未取得实名"), _("申请平台披露账号实名信息"))


def _neutral() -> Covered:
    note = _("自行运行，不适用 94 条第 2 项；由外部时间戳与公证补强")
    return Covered(_("中立第三方提供"), note, Mark(_("不适用"), "", "minus"))


def next_step(item: EvidenceDetail, covered: list[Covered]) -> NextStep:
    """Return the one next step: an alarm first, then a first verification, then the page's own gap."""
    if item.status == "disposed":
        return NextStep(_("没有待办：原件已依法处置"), _("登记、摘要、时间戳和保管链仍在；见销毁证明。"))
    if item.seal_state == "mismatch":
        return NextStep(_("停用本件，查明不符的经过"), _("库内原件未被改写；从副本恢复须两人确认。"))
    if item.package_id and item.verified_at is None:
        why = _("登记后还没有人核验过。核验重新计算每个文件的摘要，并核对签名、日志和时间戳。")
        return NextStep(_("校验这件证据"), why, href=VERIFY, verb=_("开始校验"))
    gaps = [row for row in covered if row.fix]
    if gaps:
        worst = gaps[-1]  # the list runs from what the capture itself decided to what can still be added
        why = _("法院要件覆盖表的缺口“%(name)s”：%(note)s。", name=worst.name, note=worst.note)
        return NextStep(worst.fix, why, then=tuple(row.fix for row in reversed(gaps[:-1])))
    done = stamp(item.verified_at) if item.verified_at else stamp(now())
    return NextStep(_("没有待办"), _("已于 %(time)s 校验。", time=done))


def custody(rows: list[CustodyRow]) -> list[CustodyLine]:
    """Return the custody chain in words."""
    return [CustodyLine(row.at, say(deed(row.type, row.outcome)), row.actor, row.reason) for row in rows]
