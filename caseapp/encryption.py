"""Encryption of the evidence: what the settings say, and the store's place opened with its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from caseapp import config_values as values
from caseapp.statefile import load_state, save_state

if TYPE_CHECKING:
    from caseapp.config import Settings
    from evidence_store.backends import Backend
    from evidence_store.vault import KeyPlace

STATE_FILE: Final = "encryption.json"
"""In the data folder: when the keys' backup was last held against the keys."""
_MOST_PASSPHRASE: Final = 1024


@dataclass(frozen=True)
class Encryption:
    """Where the keys are.

    Attributes:
        root: the root key's file, a path or `file:///path` (BIANWU_ENCRYPTION).
        keys: the place of the wrapped keys (BIANWU_ENCRYPTION_KEYS).
        passphrase: file that holds the root key's passphrase, empty without one (BIANWU_ENCRYPTION_PASSPHRASE).
    """

    root: str
    keys: str
    passphrase: str = ""

    @property
    def root_file(self) -> Path:
        """The path of `root`."""
        return _path(self.root)


def _path(address: str) -> Path:
    return Path(address.removeprefix("file://").removeprefix("file:"))


def encryption_of(env: Mapping[str, str], data_dir: Path) -> Encryption | None:
    """Read the settings; None without BIANWU_ENCRYPTION.

    Raises:
        SettingsError: one of them cannot be used.
    """
    root = values.folder(env, "BIANWU_ENCRYPTION")
    keys = values.folder(env, "BIANWU_ENCRYPTION_KEYS", "s3")
    passphrase = values.folder(env, "BIANWU_ENCRYPTION_PASSPHRASE")
    if not root:
        return None
    return Encryption(root, keys or f"file:{data_dir / 'evidence-keys'}", passphrase)


def encryption_env(mine: Encryption | None) -> dict[str, str]:
    """The environment variables `encryption_of` reads."""
    if mine is None:
        return {}
    return {
        "BIANWU_ENCRYPTION": mine.root,
        "BIANWU_ENCRYPTION_KEYS": mine.keys,
        "BIANWU_ENCRYPTION_PASSPHRASE": mine.passphrase,
    }


def passphrase_of(mine: Encryption) -> str:
    """Return what the passphrase file holds, without its last line feed; empty without one.

    Raises:
        KeysLockedError: it cannot be read.
    """
    from evidence_store.failures import StorageError  # noqa: PLC0415
    from evidence_store.files import read_file  # noqa: PLC0415
    from evidence_store.vault.errors import KeysLockedError  # noqa: PLC0415

    if not mine.passphrase:
        return ""
    path = _path(mine.passphrase)
    try:
        return read_file(path, _MOST_PASSPHRASE).decode().removesuffix("\n")
    except (StorageError, UnicodeDecodeError) as error:
        raise KeysLockedError(str(path)) from error


def open_keys(mine: Encryption | None) -> KeyPlace:
    """Return the keys; what is missing is told, as a `StorageError` that may pass, when they are first needed."""
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.vault import KeyPlace, open_root_key  # noqa: PLC0415
    from evidence_store.vault.errors import KeysLockedError  # noqa: PLC0415

    def known() -> Encryption:
        if mine is None:
            raise KeysLockedError("BIANWU_ENCRYPTION")
        return mine

    return KeyPlace(lambda: open_backend(known().keys), lambda: open_root_key(known().root, passphrase_of(known())))


def open_evidence(settings: Settings) -> Backend:
    """Open the store's place as the settings have it: encrypted or plain.

    A store that was encrypted stays so: without the setting it is opened all the same, its blobs are locked.

    Raises:
        StorageError: the place cannot be opened or reached.
    """
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.vault import EncryptedBackend, is_marked  # noqa: PLC0415

    place = open_backend(settings.evidence_url)
    if settings.encryption is None and not is_marked(place):
        return place
    return EncryptedBackend(place, open_keys(settings.encryption))


@dataclass(frozen=True)
class KeyBackup:
    """What is known of the keys' backup.

    Attributes:
        checked: When it was last held against the keys, RFC 3339 UTC; empty for never.
        lacking: How many keys it lacked then.
    """

    checked: str = ""
    lacking: int = 0


def read_backup(settings: Settings) -> KeyBackup:
    """Return what is known of the keys' backup."""
    return load_state(settings.data_dir / STATE_FILE, KeyBackup) or KeyBackup()


def write_backup(settings: Settings, state: KeyBackup) -> None:
    """Write it down."""
    save_state(settings.data_dir / STATE_FILE, state)
