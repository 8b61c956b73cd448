"""The items of the cleanliness check 清洁性检查 as a table: what is asked, and how the answer is judged. Pure.

SF/T 0091-2021 and the practice of Chinese timestamp centres ask for these; every item ends as ✓ (ok), ✗ (failed),
not applicable, unknown, or openly "not done".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from capture.models import CaptureRequest

Verdict = Literal["ok", "failed", "not_applicable", "unknown", "not_done"]
SECCOMP_FILTER = 2  # proc(5): Seccomp: 2 = SECCOMP_MODE_FILTER


@dataclass(frozen=True)
class Item:
    """One item of the check, judged."""

    id: str
    verdict: Verdict
    zh: str
    en: str
    detail: str = ""


@dataclass(frozen=True)
class Facts:
    """What the check looks at.

    Attributes:
        request: The capture.
        raw: Raw outputs, as kept in environment.json.
        cookies: Cookies of the context before the visit; None when no context was opened.
        clock: State of the clock check.
        fonts: Fonts that can show Chinese; None when that is not known.
    """

    request: CaptureRequest
    raw: Mapping[str, Any]
    cookies: int | None
    clock: str
    fonts: int | None


Answer = tuple[bool | Verdict, str]


@dataclass(frozen=True)
class Check:
    """One row: its name in both languages and its rule; True and False stand for ok and failed."""

    id: str
    zh: str
    en: str
    rule: Callable[[Facts], Answer]


def _sandbox(facts: Facts) -> Answer:
    renderers = [p for p in facts.raw["browser_processes"] if p["role"] == "renderer"]
    confined = all(p["seccomp"] == SECCOMP_FILTER and p["uid"] != 0 for p in renderers)
    return bool(renderers) and confined, f"{len(renderers)} renderers"


def _debugger(facts: Facts) -> Answer:
    ports = [a for a in facts.raw["chromium_arguments"] if a.startswith("--remote-debugging-port")]
    return facts.raw["tracer_pid"] == "0" and not ports, " ".join(ports)


def _profile(facts: Facts) -> Answer:
    empty = facts.raw["profile_before_start"].strip().endswith("total 0")
    login = facts.request.login
    said = f"cookies {facts.cookies}" + (f" · {login.name}" if login is not None else "")
    return empty and (login is not None or facts.cookies in (0, None)), said


def _extensions(facts: Facts) -> Answer:
    found = [t["url"] for t in facts.raw["browser_targets"] if t["url"].startswith("chrome-extension:")]
    return not found, " ".join(found)


def _hosts_file(facts: Facts) -> Answer:
    host = (urlsplit(facts.request.url).hostname or "").lower()
    lines = [line for line in facts.raw["hosts"].splitlines() if host in line.partition("#")[0].lower().split()[1:]]
    return not lines, " ".join(lines)


def _overrides(facts: Facts) -> Answer:
    table = sorted(facts.request.resolve.items())
    return not table, " ".join(f"{host}→{ip}:{port}" for host, (ip, port) in table)


def _clock(facts: Facts) -> Answer:
    verdicts: Mapping[str, Verdict] = {"agreed": "ok", "off": "failed", "disagreed": "failed", "skipped": "not_done"}
    return verdicts.get(facts.clock, "unknown"), facts.clock


def _names(facts: Facts) -> Answer:
    found = facts.raw["names"]
    verdicts: Mapping[str, Verdict] = {"agreed": "ok", "skipped": "not_done", "not_applicable": "not_applicable"}
    told = "; ".join(f"{row['resolver']} {' '.join(row['addresses']) or row['error']}" for row in found["answers"])
    detail = f"{found['state']} · {' '.join(found['system'])} · {told}" if found["answers"] else ""
    return verdicts.get(found["state"], "unknown"), detail


def _calibration(facts: Facts) -> Answer:
    found = facts.raw["calibration"]
    return ("unknown", "") if not found else (not found["wrong_bands"], found["sha256"])


def _film(facts: Facts) -> Answer:
    """Filming ends before the machine is looked at; the film itself is cut meanwhile."""
    if not facts.request.video:
        return "not_done", ""
    return facts.raw["film_frames"] > 0, str(facts.raw["film_frames"])


def _begun(facts: Facts) -> Answer:
    """A stamp of a real authority over the beginning; a test stamp or a silent authority proves none."""
    begun = facts.request.begun
    state = str(begun.get("state", ""))
    if state == "stamped":
        return True, f"{begun['at']} {' '.join(begun['stamped_by'])}"
    return "not_done", " ".join([state, *begun.get("stamped_by", ()), *begun.get("silent", ())]).strip()


CHECKS: tuple[Check, ...] = (
    Check("tool", "取证程序版本与代码摘要", "tool version and code digest", lambda f: (True, _tool(f.raw))),
    Check(
        "chromium",
        "浏览器版本与摘要",
        "browser version and digest",
        lambda f: (bool(f.raw["chromium_sha256"]), f.raw["chromium"]),
    ),
    Check("sandbox", "浏览器沙箱（/proc 实测）", "sandbox, as seen in /proc", _sandbox),
    Check("debugger", "无调试器、无调试端口", "no debugger, no debugging port", _debugger),
    Check(
        "profile",
        "全新浏览器配置；无 Cookie，或仅有注明的登录身份",
        "fresh profile; no cookies, or those of the login named",
        _profile,
    ),
    Check("extensions", "无浏览器扩展", "no extensions", _extensions),
    Check(
        "proxy",
        "仅经由记录中继上网",
        "recording relay as only way out",
        lambda f: (True, f.raw["relay"]["relay_sha256"]),
    ),
    Check("hosts_file", "hosts 文件未改写目标域名", "hosts file does not name the target", _hosts_file),
    Check("dns_override", "未替换域名解析", "no override of name resolution", _overrides),
    Check("trust_roots", "未附加信任根", "no extra trust roots", lambda f: _none(map(str, f.request.extra_roots))),
    Check("allow_list", "未放行内网地址", "no private target allowed", lambda f: _none(sorted(f.request.allow_hosts))),
    Check("dns_answers", "向多家解析服务器核对域名", "names checked against several resolvers", _names),
    Check("calibration", "对已知页面作校准取证", "calibration capture of a known page", _calibration),
    Check("video", "录制过程视频并附章节", "process recorded on video with chapters", _film),
    Check("not_before", "开始前取得时间戳", "time stamp taken before the start", _begun),
    Check("clock", "与多个时间源核对", "clock checked against several sources", _clock),
    Check(
        "fonts",
        "具备中文字体",
        "Chinese fonts installed",
        lambda f: ("unknown" if f.fonts is None else f.fonts > 0, str(f.fonts)),
    ),
    Check(
        "container",
        "容器镜像摘要",
        "container image digest",
        lambda f: _container(f.raw),
    ),
)


def _tool(raw: Mapping[str, Any]) -> str:
    return f"{raw['tool']['bianwu']} {raw['tool']['capture_sha256']}"


def _container(raw: Mapping[str, Any]) -> Answer:
    """A process cannot see the digest of the image it runs in: what whoever runs it wrote down is repeated."""
    if raw["image"]:
        return True, raw["image"]
    return "unknown" if raw["container"] else "not_applicable", ""


def _none(names: Any) -> Answer:
    found = list(names)
    return not found, " ".join(found)


def judge(facts: Facts) -> Sequence[Item]:
    """Judge every item, the ones not done included: what was not done is said in the report."""
    items: list[Item] = []
    for check in CHECKS:
        answer, detail = check.rule(facts)
        verdict: Verdict = answer if isinstance(answer, str) else "ok" if answer else "failed"
        items.append(Item(check.id, verdict, check.zh, check.en, detail))
    return items
