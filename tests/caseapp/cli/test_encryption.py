"""`bianwu store key` and `store encrypt`: on, checked, rotated, restored, and a plain store made an encrypted one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.encryption import Encryption, open_evidence
from caseapp.health.encryption import encryption
from evidence_store.failures import StorageError
from evidence_store.layout import BLOBS
from evidence_store.vault.errors import KeysLockedError
from tests.caseapp.cli.conftest import Cli
from tests.evidence_store.helpers import sealed

WORDS = b"PLANTED words of the post " * 100


def plain_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and b"PLANTED" in path.read_bytes()]


def test_a_plain_store_becomes_an_encrypted_one(
    installed: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, root = tmp_path / "d", tmp_path / "safe" / "root.key"
    root.parent.mkdir()
    plain = Settings.for_folder(data)
    assert "BIANWU_ENCRYPTION" in installed("store", "key", "check").said
    assert encryption(plain).state == "ok"
    app = build_application(plain)
    package = sealed(tmp_path / "work", contents={"text.txt": WORDS})
    app.store.admit(package)
    app.close()
    assert plain_files(data / "evidence")

    settings = replace(plain, encryption=Encryption(str(root), f"file:{tmp_path / 'keys'}"))
    assert Settings.from_env(settings.to_env()) == settings
    for name, value in settings.to_env().items():
        if name.startswith("BIANWU_ENCRYPTION") and value:
            monkeypatch.setenv(name, value)
    assert encryption(settings).state == "fail"
    assert installed("store", "encrypt").code != 0  # no keys yet, and nothing changed
    assert plain_files(data / "evidence")
    sheet = tmp_path / "sheet.txt"
    made = installed("store", "key", "create", "--sheet", str(sheet))
    assert made.code == 0
    shown = "".join(line.strip() for line in sheet.read_text("utf-8").splitlines() if line.startswith("    "))
    assert len(shown.replace(" ", "")) == 64
    assert (sheet.stat().st_mode & 0o777, root.stat().st_mode & 0o777) == (0o600, 0o600)
    assert shown not in made.said + root.read_text()
    assert installed("store", "encrypt").code == 0
    assert installed("store", "encrypt").code == 0
    assert plain_files(data) == []
    assert encryption(settings).state == "warn"  # no backup of the keys was ever looked at
    app = build_application(settings)
    assert app.store.read_file(package.package_id, "data/text.txt") == WORDS
    assert app.store.fsck().problems == []
    app.close()

    keys, backup = tmp_path / "keys", tmp_path / "backup"
    assert installed("store", "key", "check", "--backup", f"file:{backup}").code == 1
    assert encryption(settings).state == "warn"
    assert installed("store", "migrate", f"file:{tmp_path / 'moved'}").code == 0
    assert plain_files(tmp_path / "moved") == []
    for path in keys.rglob("*"):
        if path.is_file() and path.parts[-2] not in ("lock", "tmp"):
            (backup / path.relative_to(keys)).parent.mkdir(parents=True, exist_ok=True)
            (backup / path.relative_to(keys)).write_bytes(path.read_bytes())
    assert installed("store", "key", "check", "--backup", f"file:{backup}").code == 0
    assert encryption(settings).state == "ok"

    # A setting that is left out later neither shows encrypted bytes as contents nor keeps plain ones.
    locked = open_evidence(plain)
    assert encryption(plain).state == "fail"
    key = next(iter(locked.list(BLOBS)))
    with pytest.raises(KeysLockedError):
        locked.get(key)
    app = build_application(plain)
    with pytest.raises(StorageError):
        app.store.admit(sealed(tmp_path / "more"))
    app.close()

    # A lost key file comes back from the sheet, then from a new one after the key was changed.
    assert installed("fsck").code == 0
    root.unlink()
    assert installed("store", "key", "check").code != 0
    locked_out = installed("fsck", lang="en")
    assert locked_out.code != 0
    assert "key cannot be opened" in locked_out.said
    assert "blobs/" not in locked_out.said
    assert installed("store", "key", "restore", input="0" * 64 + "\n").code != 0
    assert not root.exists()
    assert installed("store", "key", "restore", input=shown + "\n").code == 0
    assert installed("store", "key", "rotate", "--sheet", str(sheet)).code != 0  # it would overwrite the sheet
    assert installed("store", "key", "rotate", "--sheet", str(tmp_path / "new.txt")).code == 0
    assert installed("store", "key", "check").code == 0
    other = tmp_path / "other"
    other.write_text("two\n")
    assert installed("store", "key", "change-passphrase", str(other)).code == 0
    assert installed("store", "key", "check").code != 0
    monkeypatch.setenv("BIANWU_ENCRYPTION_PASSPHRASE", str(other))
    assert installed("store", "key", "check").code == 0
