"""The doctor's checks of the machine: browser, sandbox, fonts, libraries, programs, assets, clock."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.health.finding import Finding, State

HOUSE = Path(__file__).resolve().parents[1]
ASSETS = HOUSE / "web" / "static" / "vendor" / "stamp.json"
ENGLISH = HOUSE / "translations" / "en" / "LC_MESSAGES" / "messages.po"
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
FONTS = ("Noto Sans CJK SC", "Noto Serif CJK SC")
SHM_BYTES = 64 * 2**20
CLOCK_WARN_US = 1_000_000
# os-release(5) ID → how to get a browser there and where it then lies.
BROWSERS_ELSEWHERE = {
    "fedora": ("dnf install chromium", "/usr/lib64/chromium-browser/chromium-browser"),
    "arch": ("pacman -S chromium", "/usr/lib/chromium/chromium"),
    "alpine": ("apk add chromium", "/usr/lib/chromium/chromium"),
    "opensuse": ("zypper install chromium", "/usr/lib64/chromium/chromium"),
    # Ubuntu's chromium is a snap, which cannot read the private folder a capture runs in.
    "ubuntu": ("apt install ./google-chrome-stable_current_amd64.deb", "/opt/google/chrome/chrome"),
}


def python(_settings: Settings) -> Finding:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    state: State = "ok" if sys.version_info >= (3, 11) else "fail"
    return Finding(
        Label("Python", "Python"), state, version, Label("请使用 Python 3.11 以上", "Use Python 3.11 or later")
    )


def browser(settings: Settings) -> Finding:
    """The browser that captures pages."""
    from capture.chromium import find_browser  # noqa: PLC0415  this module is imported before there is a need
    from capture.errors import MissingBrowserError  # noqa: PLC0415

    part = Label("浏览器", "Browser")
    try:
        path = find_browser(settings.chromium)
    except MissingBrowserError as error:
        return Finding(part, "fail", error.detail, browser_fix(system()))
    version = first_line([str(path), "--version"])
    known = "chrom" in version.lower()  # another program answers --version too
    return Finding(part, "ok" if known else "fail", f"{version or '–'} · {path}", browser_fix(system()))


def system() -> str:
    """This system's name in os-release(5), a derivative by what it is like."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return next((name for name in names if name == "debian" or name in BROWSERS_ELSEWHERE), names[0])


def browser_fix(name: str) -> Label:
    """How to get a browser on the system of this name, and which path to set elsewhere than on Debian."""
    if name == "debian":
        return Label(
            "运行 make setup，或 sudo apt-get install chromium；装在别处时设 BIANWU_CHROMIUM=/路径/chromium",
            "Run make setup, or sudo apt-get install chromium; elsewhere set BIANWU_CHROMIUM=/path/to/chromium",
        )
    how, path = BROWSERS_ELSEWHERE.get(name, ("chromium", "/usr/lib/chromium/chromium"))
    return Label(
        f"安装 Chromium 或 Chrome（{how}），再设 BIANWU_CHROMIUM={path}（指向程序本身，不是启动脚本）",
        f"Install Chromium or Chrome ({how}), then set BIANWU_CHROMIUM={path} (the program, not its launch script)",
    )


def sandbox(_settings: Settings) -> Finding:
    """Whether the browser can confine hostile pages: as root through another user, else through user namespaces."""
    part = Label("浏览器沙箱", "Browser sandbox")
    command = ["unshare", "--user", "true"]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            return Finding(
                part, "fail", "setpriv –", Label("安装 util-linux（setpriv）", "Install util-linux (setpriv)")
            )
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    shm = shutil.disk_usage("/dev/shm").total if Path("/dev/shm").is_dir() else 0  # noqa: S108  measured, not written
    if ran(command):
        state: State = "ok" if shm >= SHM_BYTES else "warn"
        return Finding(
            part,
            state,
            Label(f"可用 · /dev/shm {shm >> 20} MiB", f"available · /dev/shm {shm >> 20} MiB"),
            Label("把 /dev/shm 增至 64 MiB 以上", "Give /dev/shm 64 MiB or more"),
        )
    fix = Label(
        "允许非特权用户命名空间：sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
        "（Ubuntu 24.04：kernel.apparmor_restrict_unprivileged_userns=0；容器：--security-opt seccomp=unconfined）",
        "Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 "
        "(Ubuntu 24.04: kernel.apparmor_restrict_unprivileged_userns=0; container: --security-opt seccomp=unconfined)",
    )
    return Finding(part, "fail", "unshare --user", fix)


def fonts(_settings: Settings) -> Finding:
    """Fonts for Chinese: any for captures, both faces for court papers."""
    families = output(["fc-list", ":lang=zh-cn", "family"])
    missing = [name for name in FONTS if name not in families]
    fix = Label(
        "sudo apt-get install fontconfig fonts-noto-cjk fonts-noto-cjk-extra（其他系统：Noto Sans/Serif CJK SC）",
        "sudo apt-get install fontconfig fonts-noto-cjk fonts-noto-cjk-extra (elsewhere: Noto Sans/Serif CJK SC)",
    )
    state: State = "fail" if not families.strip() else "warn" if missing else "ok"
    lacking = ", ".join(missing)
    seen = Label(f"缺 {lacking}", f"missing: {lacking}") if missing else ", ".join(FONTS)
    return Finding(Label("中文字体", "Chinese fonts"), state, seen, fix)


def queue(settings: Settings) -> Finding:
    """The queue's server, or the program of our own."""
    part = Label("队列", "Queue")
    fix = Label(
        "sudo apt-get install redis-tools（其他系统装 redis），或设 REDIS_URL 指向已有的服务",
        "sudo apt-get install redis-tools (elsewhere: redis), or set REDIS_URL to a server you have",
    )
    if settings.redis_url:
        from caseapp.queue import reachable  # noqa: PLC0415  the client is needed in this branch alone

        place = settings.redis_url.rpartition("@")[2]
        return Finding(part, "ok" if reachable(settings.redis_url) else "fail", place, fix)
    path = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    return Finding(part, "ok" if path else "fail", path or "–", fix)


def libraries(_settings: Settings) -> Finding:
    """The libraries that lay out PDF text."""
    known = output(["ldconfig", "-p"]) or output(["/sbin/ldconfig", "-p"])
    missing = [name for name in LIBRARIES if name not in known]
    names = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    fix = Label(f"sudo apt-get install {names}", f"sudo apt-get install {names}")
    return Finding(
        Label("PDF 排版库", "PDF libraries"), "fail" if missing else "ok", ", ".join(missing) or "pango", fix
    )


def openssl(_settings: Settings) -> Finding:
    """The stock command for timestamp tokens."""
    version = first_line(["openssl", "version"])
    fix = Label(
        "sudo apt-get install openssl（供人工核对时间戳）", "sudo apt-get install openssl (to check timestamps by hand)"
    )
    return Finding(Label("openssl", "openssl"), "ok" if version else "warn", version or "–", fix)


def assets(_settings: Settings) -> Finding:
    """What the pages load beside our own style sheet and script."""
    fix = Label("运行 make setup 取回界面资源", "Run make setup to fetch the interface's assets")
    state: State = "ok" if ASSETS.is_file() else "fail"
    return Finding(Label("界面资源", "Interface assets"), state, str(ASSETS.parent), fix)


def translations(_settings: Settings) -> Finding:
    """The English catalogue, read from its source at the start of the pages: every message has its words."""
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415  the doctor's other checks do without

    part, fix = Label("英文译文", "English catalogue"), Label("请重新安装本程序", "Install the program again")
    try:
        with ENGLISH.open("rb") as file:
            messages = [message for message in read_po(file) if message.id]
    except (OSError, PoFileError, ValueError) as error:
        return Finding(part, "fail", str(error)[:200], fix)
    lacking = sum(not message.string for message in messages)
    seen = Label(f"{len(messages)} 条，缺 {lacking}", f"{len(messages)} messages, {lacking} missing")
    return Finding(part, "warn" if lacking else "ok", seen, fix)


def clock(settings: Settings) -> Finding:
    """How far this machine's clock is from the servers', said plainly."""
    from capture.clock import ask_all  # noqa: PLC0415  asks the network; needed here alone

    part = Label("时钟", "Clock")
    fix = Label(
        "启用 systemd-timesyncd 或 chrony，并放行 UDP 123；未校时的取证会在封存中写明",
        "Enable systemd-timesyncd or chrony and allow UDP 123; a capture without a checked clock says so in its seal",
    )
    if not settings.ntp_servers:
        return Finding(part, "warn", Label("未设置校时服务器（BIANWU_NTP）", "no time servers set (BIANWU_NTP)"), fix)
    answer = ask_all(settings.ntp_servers)
    heard = sum(row["ok"] for row in answer["servers"])
    if not heard:
        return Finding(part, "warn", Label("没有服务器应答", "no server answered"), fix)
    offset = int(answer["offset_us"])
    seconds = f"{abs(offset) / 1_000_000:.3f}"
    seen = Label(
        f"本机{'慢' if offset > 0 else '快'} {seconds} 秒（{heard} 个服务器应答）",
        f"this machine is {seconds} s {'behind' if offset > 0 else 'ahead'} ({heard} servers answered)",
    )
    state: State = "warn" if abs(offset) > CLOCK_WARN_US or answer["state"] == "disagreed" else "ok"
    return Finding(part, state, seen, fix)


def ran(command: list[str]) -> bool:
    """Whether a command ends well."""
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def output(command: list[str]) -> str:
    """What a command prints; empty when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def first_line(command: list[str]) -> str:
    """The first line a command prints."""
    return next(iter(output(command).splitlines()), "").strip()


MACHINE_CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    python,
    browser,
    sandbox,
    fonts,
    libraries,
    queue,
    openssl,
    assets,
    translations,
    clock,
)
