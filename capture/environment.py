"""The cleanliness check 清洁性检查: what this machine, this browser and this capture were like, item by item.

SF/T 0091-2021 and the practice of Chinese timestamp centres ask for it; here every item is ✓, ✗, not applicable or
openly "not done", with the raw outputs kept in environment.json.
"""

import asyncio
import functools
import hashlib
import importlib.metadata
import json
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psutil

from capture import chromium, clock
from capture.errors import MissingFontsError
from capture.relay_read import software
from capture.run import Run

Verdict = Literal["ok", "failed", "not_applicable", "unknown", "not_done"]
_PACKAGE = Path(__file__).resolve().parent

# What a notary's twelve manual steps would add and this check does not do; said in the report.
NOT_DONE: tuple[tuple[str, str, str], ...] = (
    ("dns_answers", "未向两家以上解析服务器核对域名", "names were not checked against two or more resolvers"),
    ("calibration", "未对已知页面做校准取证", "no calibration capture of a known page was made"),
    ("video", "未录制过程视频", "the process was not recorded on video"),
    ("second_pass", "未做独立的第二次取证", "no independent second pass was made"),
    ("not_before", "开始前未取得时间戳或信标", "no timestamp or beacon was taken before the start"),
)


@dataclass(frozen=True)
class Item:
    """One item of the check."""

    id: str
    verdict: Verdict
    zh: str
    en: str
    detail: str = ""


@functools.cache
def _digest(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a program file, computed once for each state of it; "" when it cannot be read."""
    try:
        state = path.stat()
        return _digest(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return ""


@functools.cache
def tool_versions() -> Mapping[str, str]:
    """Return versions and digests of the tool and of Playwright."""
    code = hashlib.sha256()
    for path in sorted((*_PACKAGE.rglob("*.py"), *_PACKAGE.rglob("*.js"))):
        code.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    record = importlib.metadata.distribution("playwright").read_text("RECORD") or ""
    return {
        "bianwu": importlib.metadata.version("bianwu"),
        "capture_sha256": code.hexdigest(),
        "playwright": importlib.metadata.version("playwright"),
        "playwright_record_sha256": hashlib.sha256(record.encode()).hexdigest(),
        "python": platform.python_version(),
    }


def os_name() -> str:
    """Return the operating system's own name for itself."""
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        name = ""
    return name or f"{platform.system()} {platform.release()}"


@functools.cache
def chinese_fonts(fontconfig_file: str = "") -> int | None:
    """Count the fonts that can show Chinese; None when fontconfig's tools are not installed.

    Args:
        fontconfig_file: Another configuration than the system's.
    """
    tool = shutil.which("fc-list")
    if tool is None:
        return None
    env = {"FONTCONFIG_FILE": fontconfig_file} if fontconfig_file else {}
    listed = subprocess.run([tool, ":lang=zh-cn", "family"], env=env, capture_output=True, check=False, timeout=20)
    return len([line for line in listed.stdout.splitlines() if line.strip()])


async def check_fonts(run: Run) -> str:
    """Make sure Chinese text will not be photographed as boxes.

    Raises:
        MissingFontsError: No installed font can show Chinese.
    """
    count = await asyncio.to_thread(chinese_fonts, run.browser.fontconfig_file)
    run.notes["chinese_fonts"] = count
    if count == 0:
        raise MissingFontsError("fc-list :lang=zh-cn")
    return "unknown" if count is None else f"{count} fonts"


async def begin(run: Run) -> str:
    """Start the probes that take time, in threads beside the visit."""
    loop = asyncio.get_running_loop()
    run.background["clock"] = loop.run_in_executor(None, clock.ask_all, run.request.ntp_servers)
    run.background["binary"] = loop.run_in_executor(None, digest_of, run.browser_facts.executable)
    return ""


async def examine(run: Run) -> str:
    """Look at the machine while the page is open, and keep environment.json."""
    run.notes["clock_before"] = await run.background.pop("clock")
    proofs = await asyncio.to_thread(chromium.process_proofs, run.browser_facts.pid)
    alive = run.context is not None and not run.gone.is_set()
    targets = (await run.session.send("Target.getTargets"))["targetInfos"] if alive else []
    raw = await asyncio.to_thread(_raw, run)
    raw["browser_processes"] = [asdict(proof) for proof in proofs]
    raw["browser_targets"] = [{"type": target["type"], "url": target["url"]} for target in targets]
    raw["chromium_sha256"] = await run.background.pop("binary")
    items = _items(run, raw, proofs)
    counts: dict[str, int] = {}
    for item in items:
        counts[item.verdict] = counts.get(item.verdict, 0) + 1
    report = {"items": [asdict(item) for item in items], "counts": counts, "raw": raw}
    path = run.keep("environment.json", json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True))
    run.notes["clean_check"] = {**counts, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _raw(run: Run) -> dict[str, Any]:
    """Collect the raw outputs."""
    arguments: list[str] = []
    tracer = "unknown"
    try:
        arguments = psutil.Process(run.browser_facts.pid).cmdline()
        status = Path(f"/proc/{run.browser_facts.pid}/status").read_text(encoding="ascii", errors="replace")
        tracer = next((line.split()[1] for line in status.splitlines() if line.startswith("TracerPid:")), "unknown")
    except (OSError, psutil.Error):
        pass
    return {
        "os": os_name(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": sys.version,
        "tool": dict(tool_versions()),
        "relay": software(),
        "chromium": run.browser_facts.version,
        "chromium_executable": str(run.browser_facts.executable),
        "chromium_arguments": arguments,
        "tracer_pid": tracer,
        "profile_before_start": run.browser_facts.profile_listing,
        "hosts": _text(Path("/etc/hosts")),
        "resolv_conf": _text(Path("/etc/resolv.conf")),
        "container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        "processes": sorted({process.info["name"] or "" for process in psutil.process_iter(["name"])}),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:65536]
    except OSError as error:
        return f"({error.strerror})"


def _items(run: Run, raw: Mapping[str, Any], proofs: tuple[chromium.ProcessProof, ...]) -> list[Item]:
    """Judge the raw outputs."""
    request = run.request
    host = (urlsplit(request.url).hostname or "").lower()
    confined = [p for p in proofs if p.role == "renderer" and p.seccomp == chromium.SECCOMP_FILTER and p.uid != 0]
    renderers = [p for p in proofs if p.role == "renderer"]
    debug_port = any(argument.startswith("--remote-debugging-port") for argument in raw["chromium_arguments"])
    extensions = [t["url"] for t in raw["browser_targets"] if str(t["url"]).startswith("chrome-extension:")]
    in_hosts = [line for line in raw["hosts"].splitlines() if host in line.split("#")[0].split()[1:]]
    clean_profile = raw["profile_before_start"].strip().endswith("total 0")
    cookies = run.notes.get("fresh_context", {}).get("cookies")
    clock_state = run.notes["clock_before"]["state"]
    clocks: Verdict = {"agreed": "ok", "disagreed": "failed", "skipped": "not_done"}.get(clock_state, "unknown")  # type: ignore[assignment]
    tool = f"{raw['tool']['bianwu']} {raw['tool']['capture_sha256'][:16]}"
    fonts = run.notes.get("chinese_fonts")

    def judge(id_: str, good: bool | None, zh: str, en: str, detail: str = "") -> Item:  # noqa: FBT001 - three-valued
        return Item(id_, "unknown" if good is None else "ok" if good else "failed", zh, en, detail)

    return [
        judge("tool", good=True, zh="取证程序版本与代码摘要", en="tool version and code digest", detail=tool),
        judge(
            "chromium", bool(raw["chromium_sha256"]), "浏览器版本与摘要", "browser version and digest", raw["chromium"]
        ),
        judge(
            "sandbox",
            bool(renderers) and len(confined) == len(renderers),
            "浏览器沙箱(/proc 实测)",
            "sandbox, as seen in /proc",
        ),
        judge(
            "debugger",
            raw["tracer_pid"] == "0" and not debug_port,
            "无调试器、无调试端口",
            "no debugger, no debugging port",
        ),
        judge("profile", clean_profile and cookies == 0, "全新浏览器配置，Cookie 为零", "fresh profile, no cookies"),
        judge("extensions", not extensions, "无浏览器扩展", "no extensions", " ".join(extensions)),
        judge(
            "proxy",
            good=True,
            zh="仅经由记录中继上网",
            en="recording relay as only way out",
            detail=raw["relay"]["relay_sha256"],
        ),
        judge(
            "hosts_file",
            not in_hosts,
            "hosts 文件未改写目标域名",
            "hosts file does not name the target",
            " ".join(in_hosts),
        ),
        judge(
            "dns_override",
            not request.resolve,
            "未替换域名解析",
            "no override of name resolution",
            _overrides(request.resolve),
        ),
        judge(
            "trust_roots",
            not request.extra_roots,
            "未附加信任根",
            "no extra trust roots",
            " ".join(map(str, request.extra_roots)),
        ),
        judge(
            "allow_list",
            not request.allow_hosts,
            "未放行内网地址",
            "no private target allowed",
            " ".join(sorted(request.allow_hosts)),
        ),
        Item("clock", clocks, "与多个时间源核对", "clock checked against several sources", clock_state),
        judge("fonts", None if fonts is None else fonts > 0, "具备中文字体", "Chinese fonts installed", str(fonts)),
        Item(
            "container", "unknown" if raw["container"] else "not_applicable", "容器镜像摘要", "container image digest"
        ),
        *(Item(id_, "not_done", zh, en) for id_, zh, en in NOT_DONE),
    ]


def _overrides(resolve: Mapping[str, tuple[str, int]]) -> str:
    return " ".join(f"{host}→{ip}:{port}" for host, (ip, port) in sorted(resolve.items()))


async def check_clock_again(run: Run) -> str:
    """Ask the clocks once more at the end: the capture lies between two checks."""
    after = await asyncio.to_thread(clock.ask_all, run.request.ntp_servers)
    run.notes["clock_after"] = after
    return str(after["state"])


def clock_block(run: Run) -> dict[str, Any]:
    """Return the `clock` block of seal.json: text and integers only."""
    before, after = run.notes.get("clock_before", {}), run.notes.get("clock_after", {})
    return {"source": "NTP", "before": before, "after": after, "host": socket.gethostname()}


def host_block(run: Run) -> dict[str, Any]:
    """Return the `host` block of seal.json."""
    return {
        "os": os_name(),
        "python": platform.python_version(),
        "chromium": run.browser_facts.version,
        "clean_check": run.notes.get("clean_check", {"not_done": len(NOT_DONE)}),
    }
