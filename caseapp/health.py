"""What `bianwu doctor` and the health page look at: every part, its state, and the fix when it is not right."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from caseapp.config import Settings

State = Literal["ok", "warn", "fail"]
DISK_WARN_BYTES = 5 * 2**30
DISK_FAIL_BYTES = 500 * 2**20
STATIC = Path(__file__).parent / "web" / "static" / "vendor"
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@dataclass(frozen=True)
class Finding:
    """One part of the system.

    Attributes:
        part: Chinese and English name.
        state: ok, warn (works, with a loss) or fail (something will not work).
        detail: what was seen.
        fix: Chinese and English words saying what to do; empty when ok.
    """

    part: tuple[str, str]
    state: State
    detail: str
    fix: tuple[str, str] = ("", "")


def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is changed."""
    return [check(settings) for check in CHECKS]


def _python(_settings: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    state: State = "ok" if sys.version_info >= (3, 11) else "fail"
    return Finding(("Python", "Python"), state, version, ("请使用 Python 3.11 以上", "Use Python 3.11 or later"))


def _browser(settings: Settings) -> Finding:
    part = ("浏览器", "Browser")
    fix = (
        "安装 chromium(Debian:make setup),或用 BIANWU_CHROMIUM 指明其路径",
        "Install chromium (Debian: make setup) or name its path in BIANWU_CHROMIUM",
    )
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = str(settings.chromium) if settings.chromium else next(filter(None, map(shutil.which, names)), None)
    if path is None:
        return Finding(part, "fail", "–", fix)
    version = _first_line([path, "--version"])
    return Finding(part, "ok", f"{version} · {path}") if version else Finding(part, "fail", path, fix)


def _fonts(_settings: Settings) -> Finding:
    lines = _output(["fc-list", ":lang=zh-cn", "family"]).splitlines()
    fix = ("安装 fonts-noto-cjk", "Install fonts-noto-cjk")
    return Finding(("中文字体", "Chinese fonts"), "ok" if lines else "fail", str(len(lines)), fix)


def _queue(settings: Settings) -> Finding:
    part = ("队列", "Queue")
    fix = ("安装 redis-tools,或设置 REDIS_URL", "Install redis-tools or set REDIS_URL")
    if settings.redis_url:
        from caseapp.queue import reachable  # noqa: PLC0415  the client is needed in this branch alone

        return Finding(part, "ok" if reachable(settings.redis_url) else "fail", settings.redis_url, fix)
    path = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    return Finding(part, "ok" if path else "fail", path or "–", fix)


def _libraries(_settings: Settings) -> Finding:
    known = _output(["ldconfig", "-p"]) or _output(["/sbin/ldconfig", "-p"])
    missing = [name for name in LIBRARIES if name not in known]
    fix = (f"安装缺少的库:{'、'.join(missing)}", f"Install what is missing: {', '.join(missing)}")
    return Finding(("PDF 排版库", "PDF libraries"), "fail" if missing else "ok", ", ".join(missing) or "pango", fix)


def _openssl(_settings: Settings) -> Finding:
    version = _first_line(["openssl", "version"])
    fix = ("安装 openssl,以便人工核对时间戳", "Install openssl to check timestamps by hand")
    return Finding(("openssl", "openssl"), "ok" if version else "warn", version or "–", fix)


def _assets(_settings: Settings) -> Finding:
    present = (STATIC / "stamp.json").exists()
    fix = ("运行 make setup 取回界面资源", "Run make setup to fetch the interface's assets")
    return Finding(("界面资源", "Interface assets"), "ok" if present else "fail", str(STATIC.name), fix)


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state: State = "fail" if free < DISK_FAIL_BYTES else "warn" if free < DISK_WARN_BYTES else "ok"
    fix = ("腾出磁盘空间:取证会在写满前停止", "Free some space: captures stop before the disk is full")
    return Finding(("磁盘", "Disk"), state, f"{free / 2**30:.1f} GiB", fix)


def _data(settings: Settings) -> Finding:
    part = ("数据目录", "Data folder")
    if not settings.data_dir.exists():
        fix = ("运行 bianwu init 建立", "Run bianwu init to set it up")
        return Finding(part, "warn", str(settings.data_dir), fix)
    loose = [path for path in settings.keys_dir.glob("*.key") if path.stat().st_mode & 0o077]
    fix = ("签名密钥须仅本人可读:chmod 600", "Signing keys must be readable by their owner alone: chmod 600")
    return Finding(part, "fail" if loose else "ok", str(settings.data_dir), fix)


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _first_line(command: list[str]) -> str:
    return next(iter(_output(command).splitlines()), "").strip()


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _python,
    _browser,
    _fonts,
    _queue,
    _libraries,
    _openssl,
    _assets,
    _disk,
    _data,
)
