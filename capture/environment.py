"""Looking at the machine, the browser and the clock for the cleanliness check 清洁性检查.

What is seen here is judged in `capture.cleanliness`; the raw outputs are kept in environment.json.
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
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from capture import chromium, cleanliness, clock, names
from capture.errors import MissingFontsError
from capture.relay_read import software
from capture.run import Run

_PACKAGE = Path(__file__).resolve().parent


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
    asked = () if run.request.resolve else run.request.resolvers  # a table stands in for names: nobody is asked
    run.background["names"] = loop.run_in_executor(None, names.ask_all, asked, run.request.url)
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
    raw["names"] = run.notes["names"] = await run.background.pop("names")
    raw["film_frames"] = len(run.film.frames) if run.film is not None else 0
    raw["calibration"] = run.notes.get("calibration", {})
    cookies = run.notes.get("fresh_context", {}).get("cookies")
    clock_state = str(run.notes["clock_before"]["state"])
    items = cleanliness.judge(cleanliness.Facts(run.request, raw, cookies, clock_state, run.notes.get("chinese_fonts")))
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
        "image": run.request.image,
        "container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        "processes": sorted({process.info["name"] or "" for process in psutil.process_iter(["name"])}),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:65536]
    except OSError as error:
        return f"({error.strerror})"


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
        "clean_check": run.notes.get("clean_check", {"not_done": len(cleanliness.CHECKS)}),
    }
