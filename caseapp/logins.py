"""Logged-in accounts at rest: encrypted with a key of the installation's keys folder, bound to their row.

AES-256-GCM with a fresh nonce; the row's id is authenticated with it, so a sealed text cannot be moved to another
profile. The key lies beside the sealing keys and never in the database: a copy of the database alone opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from capture.login import LoginRefusedError, read_login
from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from evidence_store.files import storage_errors

KEY_FILE: Final = "logins.key"
FORM: Final = "v1:"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_OTHERS: Final = 0o077


class LoginsLockedError(CaseError):
    """A login cannot be opened. Facts: ``problem``."""

    code = "logins-locked"
    text = Label(
        "登录身份无法解密：{problem}请恢复 keys 目录中的 logins.key，或重新导入登录状态。",
        "The login cannot be decrypted: {problem} Restore logins.key in the keys folder, or import the login again.",
    )


class LoginVault:
    """Seals and opens logins; the key is made with the first one sealed."""

    def __init__(self, keys_dir: Path) -> None:
        self._path = keys_dir / KEY_FILE

    def hosts(self, name: str, data: bytes) -> tuple[str, ...]:
        """Read a file a person handed over and return the hosts it is good for.

        Raises:
            InvalidInputError: it is no usable login; the message repeats no value.
        """
        try:
            return read_login(name, data).hosts
        except LoginRefusedError as error:
            problem = Label(error.message("zh"), error.message("en"))
            raise InvalidInputError(field=Label("登录状态文件", "login file"), problem=problem) from None

    def seal(self, key: str, data: bytes) -> str:
        """Encrypt a login for the row of that id.

        Raises:
            EvidenceError: the key cannot be written. LoginsLockedError: it cannot be used.
        """
        if not self._path.exists():
            self._make()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return FORM + base64.b64encode(nonce + self._cipher().encrypt(nonce, data, key.encode())).decode("ascii")

    def open(self, key: str, sealed: str) -> bytes:
        """Decrypt the login of a row.

        Raises:
            LoginsLockedError: no key, another key, or the text was changed or moved.
        """
        try:
            raw = base64.b64decode(sealed.removeprefix(FORM), validate=True)
            return self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key.encode())
        except (InvalidTag, binascii.Error, ValueError):
            problem = Label("密钥不对，或内容被改动。", "another key, or the text was changed.")
            raise LoginsLockedError(problem=problem) from None

    def _make(self) -> None:
        with storage_errors(self._path):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(AESGCM.generate_key(_KEY_BYTES * 8))

    def _cipher(self) -> AESGCM:
        try:
            open_to_others = self._path.stat().st_mode & _OTHERS
            key = self._path.read_bytes()
        except OSError:
            raise LoginsLockedError(problem=Label("密钥不在。", "the key is not there.")) from None
        if open_to_others:
            problem = Label("密钥文件可被他人读取（应为 0600）。", "others may read the key file (make it 0600).")
            raise LoginsLockedError(problem=problem)
        if len(key) != _KEY_BYTES:
            raise LoginsLockedError(problem=Label("密钥文件已损坏。", "the key file is damaged."))
        return AESGCM(key)
