"""One frozen Settings; this module alone reads the environment."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label, Lang

DEFAULT_NTP = ("ntp.ntsc.ac.cn", "ntp.aliyun.com", "time.cloudflare.com")
SEALER_KEY = "sealer.key"
DATABASE_SCHEMES = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Spellings that other tools use → the driver that is installed."""
AUTHORITY_NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")
"""It becomes part of file names in a package (docs/package-format.md)."""
KEPT_FOR_CHILDREN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class SettingsError(CaseError):
    """A setting cannot be used; the message names it and the fix."""

    code = "settings-invalid"
    text = Label(
        "设置 {name} 无法使用：{problem}。请改正后再启动。",
        "Setting {name} cannot be used: {problem}. Correct it and start again.",
    )


class NotInitialisedError(CaseError):
    """The data folder has no keys yet. Facts: ``folder``."""

    code = "not-initialised"
    text = Label(
        "数据目录 {folder} 尚未初始化，请先运行 bianwu init。",
        "The data folder {folder} is not set up yet: run bianwu init first.",
    )


@dataclass(frozen=True)
class AuthoritySettings:
    """One timestamp authority.

    Attributes:
        name: short ASCII name; becomes part of file names in a package.
        url: where RFC 3161 queries are posted; the scheme prefix picks the adapter.
        roots: PEM file with the authority's root certificates.
        test: True for an authority that proves nothing (labelled 测试时间戳 everywhere).
    """

    name: str
    url: str
    roots: Path
    test: bool = False


@dataclass(frozen=True)
class CaptureOverrides:
    """Overrides of DNS and trust roots; any of them grades a capture 演示.

    Attributes:
        allow_hosts: "host:port" targets allowed although their address is not global.
        resolve: host name to (address, port) used in place of DNS.
        extra_roots: PEM files trusted beside the system store (附加信任根).
    """

    allow_hosts: frozenset[str] = frozenset()
    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    extra_roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations.

    Attributes:
        data_dir: folder of the database, the evidence and the keys of a one-machine installation.
        database_url: SQLAlchemy URL; SQLite under `data_dir` unless set.
        redis_url: queue server; None means `bianwu serve` starts its own.
        evidence_url: where packages and the log lie.
        keys_url: folder of the signing keys (files 0600).
        chromium: path of the browser; None means look for it.
        workers: worker processes of one machine.
        recheck_seconds: least seconds between the two checks that prove a removal (6 hours; the demo uses seconds).
        second_pass: visit each address once more without decryption and compare (BIANWU_SECOND_PASS=0 does not).
        demo: True only for the scripted case: overrides are labelled 演示.
        lang: language of the command line; Chinese unless BIANWU_LANG (else LC_ALL, LANG) begins with "en".
    """

    data_dir: Path
    database_url: str
    evidence_url: str
    keys_url: str
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    chromium: Path | None = None
    authorities: tuple[AuthoritySettings, ...] = ()
    ntp_servers: tuple[str, ...] = DEFAULT_NTP
    overrides: CaptureOverrides = CaptureOverrides()
    recheck_seconds: int = 6 * 3600
    second_pass: bool = True
    secure_cookies: bool = False
    demo: bool = False
    lang: Lang = "zh"

    @property
    def keys_dir(self) -> Path:
        """Folder of `keys_url`."""
        return Path(self.keys_url.removeprefix("file:"))

    def require_initialised(self) -> None:
        """Refuse a folder that `bianwu init` has not set up.

        Raises:
            NotInitialisedError: there is no sealing key.
        """
        if not (self.keys_dir / SEALER_KEY).is_file():
            raise NotInitialisedError(folder=self.data_dir)

    @property
    def logs_dir(self) -> Path:
        """Folder of what goes wrong, in full, for whoever maintains the installation."""
        return self.data_dir / "logs"

    @property
    def outbox_dir(self) -> Path:
        """Folder into which the local sender puts what leaves the house."""
        return self.data_dir / "outbox"

    @property
    def captures_dir(self) -> Path:
        """Folder of capture attempts that are not sealed yet."""
        return self.data_dir / "captures"

    @classmethod
    def for_folder(cls, data_dir: Path, **changes: Any) -> Settings:
        """Settings of a one-machine installation that lives in `data_dir`."""
        base = cls(
            data_dir=data_dir,
            database_url=f"sqlite:///{data_dir / 'bianwu.db'}",
            evidence_url=f"file:{data_dir / 'evidence'}",
            keys_url=f"file:{data_dir / 'keys'}",
        )
        return replace(base, **changes)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from environment variables; unset ones get the one-machine defaults.

        Raises:
            SettingsError: a value cannot be read.
        """
        env = os.environ if environ is None else environ
        data_dir = Path(env.get("BIANWU_DATA") or default_data_dir(env)).resolve()
        base = cls.for_folder(data_dir)
        return replace(
            base,
            lang=language_of(env),
            database_url=_database(env) or base.database_url,
            redis_url=_address(env, "REDIS_URL", ("redis", "rediss", "unix")) or None,
            evidence_url=env.get("EVIDENCE_URL") or base.evidence_url,
            keys_url=_address(env, "KEYS_URL", ("file",)) or base.keys_url,
            host=env.get("BIANWU_HOST") or base.host,
            port=_number(env, "BIANWU_PORT", base.port, 0, 65535),
            workers=_number(env, "BIANWU_WORKERS", base.workers, 1, 64),
            chromium=Path(env["BIANWU_CHROMIUM"]) if env.get("BIANWU_CHROMIUM") else None,
            authorities=_authorities(env),
            ntp_servers=_words(env, "BIANWU_NTP", base.ntp_servers),
            overrides=_overrides(env),
            recheck_seconds=_number(env, "BIANWU_RECHECK_SECONDS", base.recheck_seconds, 1, 30 * 86400),
            second_pass=env.get("BIANWU_SECOND_PASS") != "0",
            secure_cookies=env.get("BIANWU_SECURE_COOKIES") == "1",
            demo=env.get("BIANWU_DEMO") == "1",
        )

    def to_env(self) -> dict[str, str]:
        """The environment variables from which `from_env` makes the same Settings (for child processes)."""
        overrides = {
            "allow_hosts": sorted(self.overrides.allow_hosts),
            "resolve": {host: list(target) for host, target in self.overrides.resolve.items()},
            "extra_roots": [str(path) for path in self.overrides.extra_roots],
        }
        authorities = [{"name": a.name, "url": a.url, "roots": str(a.roots), "test": a.test} for a in self.authorities]
        values = {
            "BIANWU_DATA": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "EVIDENCE_URL": self.evidence_url,
            "KEYS_URL": self.keys_url,
            "REDIS_URL": self.redis_url or "",
            "BIANWU_HOST": self.host,
            "BIANWU_PORT": str(self.port),
            "BIANWU_WORKERS": str(self.workers),
            "BIANWU_CHROMIUM": str(self.chromium or ""),
            "BIANWU_AUTHORITIES": json.dumps(authorities),
            "BIANWU_NTP": " ".join(self.ntp_servers) or "none",
            "BIANWU_OVERRIDES": json.dumps(overrides),
            "BIANWU_RECHECK_SECONDS": str(self.recheck_seconds),
            "BIANWU_SECOND_PASS": "1" if self.second_pass else "0",
            "BIANWU_SECURE_COOKIES": "1" if self.secure_cookies else "0",
            "BIANWU_DEMO": "1" if self.demo else "0",
            "BIANWU_LANG": self.lang,
        }
        return {name: value for name, value in values.items() if value}

    def child_env(self) -> dict[str, str]:
        """Whole environment of a child process: these settings and what a process needs to start, nothing else."""
        return {name: os.environ[name] for name in KEPT_FOR_CHILDREN if name in os.environ} | self.to_env()


def language_of(environ: Mapping[str, str] | None = None) -> Lang:
    """Language of the command line, also when other settings cannot be read."""
    env = os.environ if environ is None else environ
    chosen = env.get("BIANWU_LANG") or env.get("LC_ALL") or env.get("LANG") or ""
    return "en" if chosen.lower().startswith("en") else "zh"


def default_data_dir(env: Mapping[str, str]) -> Path:
    """`bianwu` in the user's data folder (XDG Base Directory Specification)."""
    home = Path(env.get("HOME") or Path.home())
    return Path(env.get("XDG_DATA_HOME") or home / ".local" / "share") / "bianwu"


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or ""
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(name=name, problem=f"{text!r} ({low}…{high})")
    return int(text)


def _address(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    text = env.get(name) or ""
    if text and text.partition(":")[0] not in schemes:
        raise SettingsError(name=name, problem=" / ".join(f"{scheme}:" for scheme in schemes))
    return text


def _database(env: Mapping[str, str]) -> str:
    """The database's address with the installed driver; it is never shown, for it may hold a password."""
    text = env.get("DATABASE_URL") or ""
    scheme, colon, rest = text.partition("://")
    scheme = DATABASE_SCHEMES.get(scheme, scheme)
    if text and (not colon or scheme not in ("sqlite", *DATABASE_SCHEMES.values())):
        raise SettingsError(name="DATABASE_URL", problem="sqlite:///FILE, postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return f"{scheme}{colon}{rest}"


def _words(env: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    text = env.get(name) or ""
    return () if text == "none" else tuple(text.split()) or default


def _json(env: Mapping[str, str], name: str, empty: Any) -> Any:
    text = env.get(name) or ""
    if not text:
        return empty
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(name=name, problem=f"JSON: {error}") from error


def _authorities(env: Mapping[str, str]) -> tuple[AuthoritySettings, ...]:
    name = "BIANWU_AUTHORITIES"
    try:
        return tuple(_authority(**row) for row in _json(env, name, []))
    except (TypeError, ValueError) as error:
        raise SettingsError(name=name, problem=f"[{{name, url, roots, test}}, …]: {error}") from error


def _authority(*, name: Any, url: Any, roots: str, test: Any = False) -> AuthoritySettings:
    if not isinstance(name, str) or not AUTHORITY_NAME.fullmatch(name) or not isinstance(test, bool):
        raise ValueError(f"{name!r}: [a-z0-9-], test: true/false")
    return AuthoritySettings(name, str(url), Path(roots), test)


def _overrides(env: Mapping[str, str]) -> CaptureOverrides:
    name = "BIANWU_OVERRIDES"
    try:
        return _override(**_json(env, name, {}))
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        raise SettingsError(name=name, problem=f"{{allow_hosts, resolve, extra_roots}}: {error}") from error


def _override(*, allow_hosts: Any = (), resolve: Any = (), extra_roots: Any = ()) -> CaptureOverrides:
    if isinstance(allow_hosts, str) or isinstance(extra_roots, str):  # a string is a list of letters
        raise TypeError("[…]")
    return CaptureOverrides(
        allow_hosts=frozenset(str(host) for host in allow_hosts),
        resolve={str(h): (str(t[0]), int(t[1])) for h, t in dict(resolve).items()},
        extra_roots=tuple(Path(path) for path in extra_roots),
    )
