"""One frozen Settings; this module alone reads the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from caseapp import config_values as values
from caseapp.config_values import AuthoritySettings, CaptureOverrides, SettingsError, WitnessSettings
from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label, Lang
from caseapp.domain.manners import EVERY_HOST
from caseapp.encryption import Encryption, encryption_env, encryption_of

__all__ = [
    "AuthoritySettings",
    "CaptureOverrides",
    "KeysLostError",
    "NotInitialisedError",
    "RegisterLostError",
    "Settings",
    "SettingsError",
    "WitnessSettings",
]

DEFAULT_NTP = ("ntp.ntsc.ac.cn", "ntp.aliyun.com", "time.cloudflare.com")
DEFAULT_RESOLVERS = ("223.5.5.5", "119.29.29.29", "1.1.1.1")
SEALER_KEY = "sealer.key"
LOG_KEY = "log.key"
TRUST_FILE = "trust.json"
LOG_HEAD = "log/checkpoint"
"""Where a store keeps the head of its log (evidence_store.layout)."""
AWS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE"),
    *("AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_EC2_METADATA_DISABLED"),
)
"""How boto3 gets its keys, where evidence lies in a bucket."""
KEPT_FOR_CHILDREN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", *AWS)


class NotInitialisedError(CaseError):
    """The data folder has no keys yet. Facts: ``folder``."""

    code = "not-initialised"
    text = Label(
        "数据目录 {folder} 尚未初始化，请先运行 bianwu init。",
        "The data folder {folder} is not set up yet: run bianwu init first.",
    )


class KeysLostError(CaseError):
    """The folder was set up once, and a key is gone. Facts: ``folder`` and ``names``."""

    code = "keys-lost"
    text = Label(
        "密钥不见了：{folder} 里没有 {names}，而这里以前设置过。请从离线备份恢复；未作任何改动。"
        "没有备份就不能再以原来的身份封存，已有证据仍可用信任文件校验。",
        "Keys are gone: {folder} has no {names}, and this place was set up before. Restore them from the offline "
        "backup; nothing was changed. Without it nothing can be sealed under the same identity; existing evidence can "
        "still be verified with the trust file.",
    )


class RegisterLostError(CaseError):
    """There is evidence but no register of it. Facts: ``place``."""

    code = "register-lost"
    text = Label(
        "证据库里有证据，数据库 {place} 却是空的或不见了。请先恢复数据库备份；未作任何改动。"
        "要另建一个单位，请用 BIANWU_DATA 指明另一个目录。",
        "The store holds evidence, but the database {place} is empty or gone. Restore its backup; nothing was changed. "
        "For another organization name another folder in BIANWU_DATA.",
    )


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations.

    Attributes:
        data_dir: folder of the database, the evidence and the keys of a one-machine installation.
        database_url: SQLAlchemy URL; SQLite under `data_dir` unless set.
        redis_url: queue server; None means `bianwu serve` starts its own.
        evidence_url: where packages and the log lie.
        replica_url: a second place that gets a copy of everything kept (BIANWU_REPLICA).
        keys_url: folder of the signing keys (files 0600).
        chromium: path of the browser; None means look for it.
        workers: worker processes of one machine.
        least_stamps: authorities that must have stamped a seal before it is called stamped (BIANWU_LEAST_STAMPS).
        recheck_seconds: least seconds between the two checks that prove a removal (6 hours; the demo uses seconds).
        check_days: days within which every kept item's bytes are read again (BIANWU_CHECK_DAYS).
        host_pauses: least seconds between two beginnings of captures at one host, by domain (BIANWU_HOST_PAUSE).
        witness: machine the second visit goes through (BIANWU_WITNESS).
        second_pass: visit each address once more without decryption and compare (BIANWU_SECOND_PASS=0 does not).
        video: film each visit (BIANWU_VIDEO=0 does not).
        start_stamps: have the authorities stamp before each visit too (BIANWU_START_STAMPS=0 does not).
        image: digest of the container image, as whoever runs it says, for the record (BIANWU_IMAGE).
        encryption: where the keys of encrypted evidence are; None keeps it plain (BIANWU_ENCRYPTION…).
        demo: True only for the scripted case: overrides are labelled 演示.
        lang: language of the command line; Chinese unless BIANWU_LANG (else LC_ALL, LANG) begins with "en".
    """

    data_dir: Path
    database_url: str
    evidence_url: str
    keys_url: str
    redis_url: str | None = None
    replica_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    chromium: Path | None = None
    authorities: tuple[AuthoritySettings, ...] = ()
    ntp_servers: tuple[str, ...] = DEFAULT_NTP
    resolvers: tuple[str, ...] = DEFAULT_RESOLVERS
    overrides: CaptureOverrides = field(default_factory=CaptureOverrides)
    witness: WitnessSettings | None = None
    least_stamps: int = 1
    recheck_seconds: int = 6 * 3600
    check_days: int = 30
    host_pauses: tuple[tuple[str, float], ...] = ((EVERY_HOST, 2.0),)
    second_pass: bool = True
    video: bool = True
    start_stamps: bool = True
    secure_cookies: bool = False
    encryption: Encryption | None = None
    image: str = ""
    demo: bool = False
    lang: Lang = "zh"

    @property
    def keys_dir(self) -> Path:
        """Folder of `keys_url`."""
        return Path(self.keys_url.removeprefix("file:"))

    @property
    def stamps_needed(self) -> int:
        """The k of k-of-n: 0 only where no authority is set, and every seal is self-timed."""
        return min(self.least_stamps, len(self.stampers))

    @property
    def stampers(self) -> tuple[AuthoritySettings, ...]:
        """The authorities whose stamps count; receipts of chains do not."""
        return tuple(row for row in self.authorities if row.stamps)

    def require_initialised(self) -> None:
        """Refuse a folder that `bianwu init` has not set up.

        Raises:
            NotInitialisedError: there never was a sealing key.
            KeysLostError: there was one.
        """
        lost = self.lost_keys()
        if lost:
            raise KeysLostError(folder=self.keys_dir, names="、".join(lost))
        if not (self.keys_dir / SEALER_KEY).is_file():
            raise NotInitialisedError(folder=self.data_dir)

    def lost_keys(self) -> list[str]:
        """The key files that are gone from a folder that was set up before: its trust file names their keys."""
        if not (self.data_dir / TRUST_FILE).exists():
            return []
        return [name for name in (SEALER_KEY, LOG_KEY) if not (self.keys_dir / name).exists()]

    def has_evidence(self) -> bool:
        """Whether something was ever logged in a store of files; of another store nothing is said."""
        kind, _, place = self.evidence_url.partition(":")
        return kind == "file" and (Path(place) / LOG_HEAD).exists()

    def nothing_logged(self) -> bool:
        """Whether it is a store of files in which nothing was ever logged: there is no log to look at yet."""
        return self.evidence_url.startswith("file:") and not self.has_evidence()

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
        base = cls.for_folder(Path(env.get("BIANWU_DATA") or default_data_dir(env)).resolve())
        values.one_of(env, "BIANWU_LANG", ("zh", "en"))
        authorities = values.authorities(env)
        most = max(1, sum(row.stamps for row in authorities))
        return replace(
            base,
            lang=language_of(env),
            database_url=values.database(env) or base.database_url,
            redis_url=values.address(env, "REDIS_URL", ("redis", "rediss", "unix")) or None,
            evidence_url=values.folder(env, "EVIDENCE_URL", "s3") or base.evidence_url,
            replica_url=values.folder(env, "BIANWU_REPLICA", "s3") or None,
            keys_url=values.folder(env, "KEYS_URL") or base.keys_url,
            host=env.get("BIANWU_HOST") or base.host,
            port=values.number(env, "BIANWU_PORT", base.port, 0, 65535),
            workers=values.number(env, "BIANWU_WORKERS", base.workers, 1, 64),
            chromium=Path(env["BIANWU_CHROMIUM"]) if env.get("BIANWU_CHROMIUM") else None,
            authorities=authorities,
            least_stamps=values.number(env, "BIANWU_LEAST_STAMPS", base.least_stamps, 1, most),
            ntp_servers=values.words(env, "BIANWU_NTP", base.ntp_servers),
            resolvers=values.words(env, "BIANWU_RESOLVERS", base.resolvers),
            overrides=values.overrides(env),
            witness=values.witness(env),
            recheck_seconds=values.number(env, "BIANWU_RECHECK_SECONDS", base.recheck_seconds, 1, 30 * 86400),
            check_days=values.number(env, "BIANWU_CHECK_DAYS", base.check_days, 7, 366),
            host_pauses=values.pauses(env, base.host_pauses),
            second_pass=values.flag(env, "BIANWU_SECOND_PASS", default=True),
            video=values.flag(env, "BIANWU_VIDEO", default=True),
            start_stamps=values.flag(env, "BIANWU_START_STAMPS", default=True),
            secure_cookies=values.flag(env, "BIANWU_SECURE_COOKIES", default=False),
            image=values.image(env),
            encryption=encryption_of(env, base.data_dir),
            demo=values.flag(env, "BIANWU_DEMO", default=False),
        )

    def to_env(self) -> dict[str, str]:
        """The environment variables from which `from_env` makes the same Settings (for child processes)."""
        overrides = {
            "allow_hosts": sorted(self.overrides.allow_hosts),
            "resolve": {host: list(target) for host, target in self.overrides.resolve.items()},
            "extra_roots": [str(path) for path in self.overrides.extra_roots],
        }
        authorities = [asdict(row) | {"roots": str(row.roots) if row.stamps else ""} for row in self.authorities]
        values = {
            "BIANWU_DATA": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "EVIDENCE_URL": self.evidence_url,
            "BIANWU_REPLICA": self.replica_url or "",
            "KEYS_URL": self.keys_url,
            "REDIS_URL": self.redis_url or "",
            "BIANWU_HOST": self.host,
            "BIANWU_PORT": str(self.port),
            "BIANWU_WORKERS": str(self.workers),
            "BIANWU_CHROMIUM": str(self.chromium or ""),
            "BIANWU_AUTHORITIES": json.dumps(authorities),
            "BIANWU_LEAST_STAMPS": str(self.least_stamps),
            "BIANWU_NTP": " ".join(self.ntp_servers) or "none",
            "BIANWU_RESOLVERS": " ".join(self.resolvers) or "none",
            "BIANWU_OVERRIDES": json.dumps(overrides),
            "BIANWU_WITNESS": json.dumps(asdict(self.witness)) if self.witness else "",
            "BIANWU_RECHECK_SECONDS": str(self.recheck_seconds),
            "BIANWU_CHECK_DAYS": str(self.check_days),
            "BIANWU_HOST_PAUSE": " ".join(f"{name}={seconds:g}" for name, seconds in self.host_pauses) or "none",
            "BIANWU_SECOND_PASS": "1" if self.second_pass else "0",
            "BIANWU_VIDEO": "1" if self.video else "0",
            "BIANWU_START_STAMPS": "1" if self.start_stamps else "0",
            "BIANWU_SECURE_COOKIES": "1" if self.secure_cookies else "0",
            "BIANWU_IMAGE": self.image,
            "BIANWU_DEMO": "1" if self.demo else "0",
            "BIANWU_LANG": self.lang,
            **encryption_env(self.encryption),
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
