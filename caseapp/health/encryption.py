"""The doctor's line about encryption of the evidence: on or off, keys at hand, backup of the keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from caseapp.config import Settings
from caseapp.domain.labels import Label
from caseapp.encryption import open_evidence, open_keys, read_backup
from caseapp.health.finding import Finding

PART: Final = Label("证据加密", "Encryption of evidence")
_EVERY: Final = timedelta(days=30)
_HOW: Final = Label("开启方法见 docs/encryption.md", "How to turn it on: docs/encryption.md")
_KEYS: Final = Label(
    "放回根密钥文件与密钥存放处，核对口令文件；或按恢复单运行 bianwu store key restore",
    "Put root key file, key place and passphrase file right; or bianwu store key restore with the recovery sheet",
)
_BACKUP: Final = Label(
    "备份密钥存放处，然后运行 bianwu store key check --backup PLACE；没有密钥就读不出证据",
    "Back the key place up, then run bianwu store key check --backup PLACE; without keys no evidence can be read",
)


def encryption(settings: Settings) -> Finding:
    """Whether new evidence is encrypted, and can be read again."""
    from evidence_store import EvidenceError  # noqa: PLC0415
    from evidence_store.vault import EncryptedBackend  # noqa: PLC0415

    try:
        if settings.encryption is None and (
            settings.nothing_logged() or not isinstance(open_evidence(settings), EncryptedBackend)
        ):
            return Finding(PART, "ok", Label("未启用，证据为明文存放", "off: evidence is kept plain"), _HOW)
        keys = open_keys(settings.encryption)
        keys.check()
    except EvidenceError as error:
        return Finding(PART, "fail", Label(error.message("zh"), error.message("en")), _KEYS)
    backup, root = read_backup(settings), keys.root.id
    seen = backup.checked[:10] or "—"
    words = Label(
        f"已启用 · 根密钥 {root} · 密钥备份核对 {seen} · 缺 {backup.lacking}",
        f"on · root key {root} · backup of the keys checked {seen} · lacking: {backup.lacking}",
    )
    old = not backup.checked or datetime.now(UTC) - datetime.fromisoformat(backup.checked) > _EVERY
    return Finding(PART, "warn" if old or backup.lacking else "ok", words, _BACKUP)
