"""The doctor's checks of an installation's own data: folder, keys, database, evidence log, authorities, disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from caseapp.config import LOG_KEY, SEALER_KEY, Settings
from caseapp.domain.labels import Label
from caseapp.health.encryption import encryption
from caseapp.health.erasures import erasures
from caseapp.health.finding import Finding, State
from caseapp.health.log import log_heartbeat, log_witnesses
from caseapp.health.replica import replica
from caseapp.health.scrub import scrubs

DISK_WARN_BYTES: Final = 5 * 2**30
DISK_FAIL_BYTES: Final = 500 * 2**20
_NOT_YET: Final = Label("尚未建立", "not set up yet")
_INIT: Final = Label("运行 bianwu init", "Run: bianwu init")
_GONE: Final = Label("不见了或是空的，而证据库里有证据", "gone or empty, and the store holds evidence")
_RESTORE: Final = Label(
    "恢复数据库备份；不要在这个目录运行 bianwu init",
    "Restore the backup of the database; do not run bianwu init in this folder",
)
_KEYS_LOST: Final = Label(
    "密钥不见了：从离线备份恢复到密钥目录", "A key is gone: restore it from the offline backup into the keys folder"
)


def data_folder(settings: Settings) -> Finding:
    """The data folder."""
    part = Label("数据目录", "Data folder")
    if not settings.data_dir.exists():
        return Finding(
            part, "warn", Label(f"{settings.data_dir} 尚未建立", f"{settings.data_dir}: not set up yet"), _INIT
        )
    if not settings.data_dir.is_dir():
        fix = Label("这是文件而不是目录；用 BIANWU_DATA 指明另一处", "This is a file; name a folder in BIANWU_DATA")
        return Finding(part, "fail", str(settings.data_dir), fix)
    open_to_others = settings.data_dir.stat().st_mode & 0o007
    fix = Label(f"chmod 700 {settings.data_dir}", f"chmod 700 {settings.data_dir}")
    return Finding(part, "warn" if open_to_others else "ok", str(settings.data_dir), fix)


def keys(settings: Settings) -> Finding:
    """The signing keys: there, and readable by their owner alone."""
    part = Label("签名密钥", "Signing keys")
    folder = settings.keys_dir
    if lost := settings.lost_keys():
        return Finding(part, "fail", ", ".join(lost), _KEYS_LOST)
    if not (folder / SEALER_KEY).is_file():
        return Finding(part, "warn", _NOT_YET, _INIT)
    loose = [path.name for path in folder.glob("*.key") if path.stat().st_mode & 0o077]
    fix = Label(
        f"密钥须仅本人可读：chmod 600 {folder}/*.key；若他人可能读过，请更换",
        f"Keys are for their owner alone: chmod 600 {folder}/*.key; replace them if others may have read them",
    )
    return Finding(part, "fail" if loose else "ok", ", ".join(loose) or str(folder), fix)


def database(settings: Settings) -> Finding:
    """The database: it answers, and its schema is this version's."""
    from sqlalchemy import text  # noqa: PLC0415  the doctor's other checks do without
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from caseapp import migrations  # noqa: PLC0415
    from caseapp.models import make_engine  # noqa: PLC0415

    part = Label("数据库", "Database")
    url = settings.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return _no_register(settings, part)
    away = Label("核对 DATABASE_URL，确认数据库正在运行", "Check DATABASE_URL and that the database runs")
    kind = url.partition("://")[0]
    try:
        engine = make_engine(url)
        try:
            at, newest = migrations.current(engine), migrations.newest()
            if kind == "sqlite":
                with engine.connect() as connection:
                    sound = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
                if sound != "ok":
                    fix = Label("停止服务，恢复备份", "Stop the service and restore a backup")
                    return Finding(part, "fail", sound[:200], fix)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        return Finding(part, "fail", f"{kind}: {str(getattr(error, 'orig', error)).splitlines()[0][:200]}", away)
    if not at:
        return _no_register(settings, part)
    fix = Label(
        f"数据库结构为 {at}，本版本需要 {newest}：先备份，再运行 bianwu upgrade；结构更新的，请安装更新的版本",
        f"The schema is {at}, this version needs {newest}: back up, run bianwu upgrade; if it is newer, update Bianwu",
    )
    return Finding(part, "ok" if at == newest else "fail", Label(f"{kind} · 结构 {at}", f"{kind} · schema {at}"), fix)


def _no_register(settings: Settings, part: Label) -> Finding:
    """No database: not made yet, or lost while its evidence is still there."""
    if settings.has_evidence():
        return Finding(part, "fail", _GONE, _RESTORE)
    return Finding(part, "warn", _NOT_YET, _INIT)


def evidence_log(settings: Settings) -> Finding:
    """The head of the evidence log: signed by the log's key, and the tiles lead to it."""
    from evidence_store import EvidenceError, EvidenceStore, Signer  # noqa: PLC0415
    from evidence_store.layout import LOG_HEAD  # noqa: PLC0415

    part = Label("存证日志", "Evidence log")
    place = Path(settings.evidence_url.removeprefix("file:"))
    if not (settings.keys_dir / LOG_KEY).is_file():
        lost = LOG_KEY in settings.lost_keys()
        return Finding(part, "fail", LOG_KEY, _KEYS_LOST) if lost else Finding(part, "warn", _NOT_YET, _INIT)
    if settings.evidence_url.startswith("file:") and not (place / LOG_HEAD).exists():
        return Finding(part, "ok", Label("还没有证据", "no evidence yet"), _INIT)
    fix = Label("停止写入，运行 bianwu fsck，与备份核对", "Stop writing, run bianwu fsck, compare with a backup")
    try:
        head = EvidenceStore(settings.evidence_url, log_signer=Signer.load(settings.keys_dir / LOG_KEY)).head()
    except (EvidenceError, OSError) as error:
        words = Label(error.message("zh"), error.message("en")) if isinstance(error, EvidenceError) else str(error)
        return Finding(part, "fail", words, fix)
    root = head.root.hex()[:16]
    return Finding(part, "ok", Label(f"{head.size} 条 · 根 {root}…", f"entries: {head.size} · root {root}…"), fix)


def authorities(settings: Settings) -> Finding:
    """The timestamp authorities of the settings."""
    part = Label("时间戳机构", "Timestamp authorities")
    fix = Label(
        "在 BIANWU_AUTHORITIES 中设置机构与根证书（bianwu authorities 列出公共机构）；未设置时封存只有“自述时间”",
        "Name authorities and their roots in BIANWU_AUTHORITIES (bianwu authorities lists public ones); without one a "
        "seal's time is self-declared",
    )
    if not settings.stampers:
        return Finding(part, "warn", Label("未设置", "none set"), fix)
    missing = [row.name for row in settings.stampers if not row.roots.is_file()]
    tests = [row.name for row in settings.stampers if row.test]
    names = ", ".join(row.name for row in settings.stampers)
    if missing:
        lost = ", ".join(missing)
        return Finding(part, "fail", Label(f"找不到根证书：{lost}", f"no root certificate: {lost}"), fix)
    state: State = "warn" if len(tests) == len(settings.stampers) else "ok"
    return Finding(part, state, Label(f"{names}（仅测试）", f"{names} (tests only)") if tests else names, fix)


def disk(settings: Settings) -> Finding:
    """Free space where the data lies."""
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state: State = "fail" if free < DISK_FAIL_BYTES else "warn" if free < DISK_WARN_BYTES else "ok"
    fix = Label("腾出空间：取证会在写满前停止", "Free some space: captures stop before the disk is full")
    free_text = f"{free / 2**30:.1f} GiB"
    return Finding(Label("磁盘", "Disk"), state, Label(f"余 {free_text}", f"{free_text} free"), fix)


DATA_CHECKS: Final[tuple[Callable[[Settings], Finding], ...]] = (
    data_folder,
    keys,
    database,
    evidence_log,
    log_witnesses,
    log_heartbeat,
    scrubs,
    erasures,
    replica,
    encryption,
    authorities,
    disk,
)
