"""Finding Chromium and starting it safely: the executable, the flags, the unprivileged user, the proof of the sandbox.

As an ordinary user Chromium's own sandbox needs nothing but user namespaces. Root has no sandbox by itself, so there
Chromium is exec'ed through `setpriv` as a user id that owns nothing on the machine but the fresh profile. Either way
the sandbox is proven from /proc after the start, never assumed from a flag.
"""

import os
import pwd
import secrets
import shlex
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from capture.cleanliness import SECCOMP_FILTER
from capture.errors import MissingBrowserError, SandboxUnavailableError

# The real executables come before the launch scripts of the distributions: Debian's script loads every extension it
# finds and adds flags from /etc/chromium.d, neither of which belongs in evidence.
CANDIDATES = (
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "chromium-headless-shell",
)

# systemd.exec(5), DynamicUser: this range is kept free of real accounts.
_DYNAMIC_UIDS = range(61184, 65520)

# Of two --disable-features Chromium takes the last, so Playwright's own list (as of 1.65) is repeated here, and then
# what would put requests of the browser's own among those of the page.
DISABLED_FEATURES = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("AutofillServerCommunication", "Translate", "CertificateTransparencyComponentUpdater", "SafeBrowsing"),
    *("OptimizationGuideModelDownloading", "InterestFeedContentSuggestions"),
)

SOCKET_ROOM = 107 - 45  # unix(7), less its NUL and what Chromium adds: /org.chromium.Chromium.XXXXXX/SingletonSocket


def find_browser(override: Path | None = None) -> Path:
    """Return the Chromium to start.

    Args:
        override: A path the operator set; used alone when given.

    Raises:
        MissingBrowserError: None is there, or the override is not an executable file.
    """
    if override is not None:
        if not os.access(override, os.X_OK) or not override.is_file():
            raise MissingBrowserError(str(override))
        return _behind_script(override)
    for name in CANDIDATES:
        found = shutil.which(name)
        if found is not None:
            return _behind_script(Path(found))
    raise MissingBrowserError(", ".join(CANDIDATES))


def _behind_script(path: Path) -> Path:
    """Return the executable behind a distribution's launch script, where there is one."""
    with path.open("rb") as file:
        if file.read(2) != b"#!":
            return path
    for folder in ("/usr/lib", "/usr/lib64"):
        real = Path(folder, path.name, path.name)
        if real.is_file() and os.access(real, os.X_OK):
            return real
    return path


def flags(*spki_pins: str) -> list[str]:
    """Return the flags beside Playwright's own defaults (which turn background networking, sync and updates off).

    Args:
        spki_pins: The public keys, besides the trust store, that a certificate chain may carry: the relay's, and
            for the second visit those of added trust roots (any of them grades a capture 演示).
    """
    return [
        f"--ignore-certificate-errors-spki-list={','.join(spki_pins)}",
        # Without the policy flag WebRTC sends UDP around the proxy; the `--force-` spelling alone does not stop it.
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        # Whatever belongs to no capture (Chromium's own traffic) meets a closed door, and no name is ever looked up
        # outside the relay: neither enters the evidence, neither leaves the machine.
        "--proxy-server=http://127.0.0.1:9",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        f"--disable-features={','.join(DISABLED_FEATURES)}",
        "--disable-domain-reliability",
        "--disable-quic",
        "--dns-prefetch-disable",
        "--no-pings",
    ]


@dataclass(frozen=True)
class Stage:
    """A private folder one Chromium process starts from.

    Attributes:
        folder: The folder, removed with the browser.
        launcher: What to execute.
        profile_listing: File with the listing of the profile folder taken just before the start.
        uid: User id Chromium runs as.
        env: The whole environment of the browser.
    """

    folder: Path
    launcher: Path
    profile_listing: Path
    uid: int
    env: dict[str, str | float | bool]


def prepare(executable: Path, folder: Path) -> Stage:
    """Lay out the folder: a home for font caches and a launcher that proves the profile fresh.

    Args:
        executable: From `find_browser`.
        folder: A fresh folder of this process.

    Raises:
        SandboxUnavailableError: This is root and `setpriv` is not installed.
    """
    root = os.geteuid() == 0
    uid = free_uid() if root else os.geteuid()
    home = folder / "home"
    home.mkdir(mode=0o700)
    command = [str(executable)]
    if root:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise SandboxUnavailableError("setpriv")
        folder.chmod(0o711)
        os.chown(home, uid, uid)
        privileges = ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--pdeathsig=KILL"]
        command = [setpriv, f"--reuid={uid}", f"--regid={uid}", *privileges, "--", *command]
    listing = folder / "profile.txt"
    launcher = folder / "chromium"
    launcher.write_text(_script(command, listing, uid if root else None), encoding="utf-8")
    launcher.chmod(stat.S_IRWXU)
    # Its own temporary files go with the folder; a socket lies among them, and a socket's path is short (unix(7)).
    temporary = {"TMPDIR": str(home)} if len(str(home)) <= SOCKET_ROOM else {}
    return Stage(folder, launcher, listing, uid, {"HOME": str(home), "LANG": "C.UTF-8", **temporary})


def _script(command: list[str], listing: Path, owner: int | None) -> str:
    """Return the launcher: list the profile folder, give it away if need be, become Chromium."""
    give = f'chown -R {owner}:{owner} "$profile"' if owner is not None else ":"
    return (
        "#!/bin/sh\n"
        "set -eu\n"
        'for argument in "$@"; do\n'
        '  case "$argument" in --user-data-dir=*)\n'
        '    profile="${argument#--user-data-dir=}"\n'
        f'    {{ echo "$profile"; ls -lA "$profile"; }} >{shlex.quote(str(listing))}\n'
        f"    {give} ;;\n"
        "  esac\n"
        "done\n"
        f'exec {shlex.join(command)} "$@"\n'
    )


def free_uid() -> int:
    """Return a user id without account and without processes, so that browsers cannot reach each other either."""
    busy = {process.uids().real for process in psutil.process_iter() if process.is_running()}
    offset = secrets.randbelow(len(_DYNAMIC_UIDS))
    for step in range(len(_DYNAMIC_UIDS)):
        uid = _DYNAMIC_UIDS[(offset + step) % len(_DYNAMIC_UIDS)]
        if uid not in busy and not _has_account(uid):
            return uid
    raise SandboxUnavailableError("uid 61184-65519")


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


@dataclass(frozen=True)
class ProcessProof:
    """What /proc says of one browser process."""

    pid: int
    role: str
    uid: int
    seccomp: int
    no_new_privileges: bool


def process_proofs(browser_pid: int) -> tuple[ProcessProof, ...]:
    """Read /proc for a browser and its descendants; processes that end meanwhile are left out."""
    try:
        browser = psutil.Process(browser_pid)
        family = [browser, *browser.children(recursive=True)]
    except psutil.Error:
        return ()
    proofs = (_proof(process) for process in family)
    return tuple(proof for proof in proofs if proof is not None)


def _proof(process: psutil.Process) -> ProcessProof | None:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        # Chromium overwrites its argument area: the arguments are not always NUL-separated any more.
        arguments = " ".join(process.cmdline())
    except (OSError, psutil.Error):
        return None
    values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    _, marker, tail = arguments.partition("--type=")
    return ProcessProof(
        pid=process.pid,
        role=tail.split(" ", 1)[0] if marker else "browser",
        uid=int(values["Uid"].split("\t")[0]),
        seccomp=int(values.get("Seccomp", "0")),
        no_new_privileges=values.get("NoNewPrivs") == "1",
    )


def require_sandbox(proofs: Iterable[ProcessProof]) -> None:
    """Refuse a browser whose renderers are not confined or that runs as root.

    Raises:
        SandboxUnavailableError: With the process that gave it away.
    """
    seen = tuple(proofs)
    renderers = [proof for proof in seen if proof.role == "renderer"]
    if not renderers:
        raise SandboxUnavailableError("no renderer to check")
    for proof in seen:
        if proof.uid == 0:
            raise SandboxUnavailableError(f"pid {proof.pid} ({proof.role}) runs as root")
    for proof in renderers:
        if proof.seccomp != SECCOMP_FILTER:
            raise SandboxUnavailableError(f"pid {proof.pid}: Seccomp {proof.seccomp}")
