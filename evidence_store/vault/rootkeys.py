"""The key all other keys are wrapped under, and where it lives. One table; a KMS or a token is one entry more.

The file is JSON of mode 0600: `{"v":1,"id":…,"key":…}`, or `{"v":1,"id":…,"scrypt":{n,r,p,salt},"wrapped":…}` with a
passphrase. AES key wrap is RFC 3394, scrypt RFC 7914 with N = 2^17, r = 8, p = 1 (128 MiB for each guess).
"""

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from evidence_store.files import OS_PORT, FilePort, replace_file, write_new
from evidence_store.vault.errors import KeysLockedError
from evidence_store.vault.stream import KEY_BYTES

_N, _R, _P, _SALT = 2**17, 8, 1, 16
_MOST_FILE: Final = 4096
_ID_DOMAIN: Final = b"bianwu root key id v1\0"


class RootKey(Protocol):
    """A key that wraps keys; it need not be able to show itself."""

    @property
    def id(self) -> str:
        """16 hex digits that tell keys apart and say nothing about the key."""

    def wrap(self, key: bytes) -> bytes:
        """Return a key wrapped."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return a wrapped key; `KeysLockedError` when it was wrapped under another or changed."""


class PlainRootKey:
    """A root key in this process's memory; its representation never shows the key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise KeysLockedError("not 32 bytes")
        self._key = key
        self.id = hashlib.sha256(_ID_DOMAIN + key).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"PlainRootKey({self.id!r})"

    @classmethod
    def generate(cls) -> "PlainRootKey":
        """Return a new random key."""
        return cls(os.urandom(KEY_BYTES))

    def wrap(self, key: bytes) -> bytes:
        """Return a key wrapped (AES-KW)."""
        return aes_key_wrap(self._key, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return a wrapped key; `KeysLockedError` when it was wrapped under another or changed."""
        return unwrap(self._key, wrapped, f"root key {self.id}")

    def shown(self) -> str:
        """Return the key for the recovery sheet: 16 groups of four hex digits."""
        text = self._key.hex()
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))

    @classmethod
    def from_shown(cls, text: str) -> "PlainRootKey":
        """Read what `shown` gave, typed in again; `KeysLockedError` when it is none."""
        try:
            return cls(bytes.fromhex("".join(text.split())))
        except ValueError as error:
            raise KeysLockedError("64 × 0-9 a-f") from error

    def save(self, path: Path, passphrase: str = "", *, new: bool = True, port: FilePort = OS_PORT) -> None:
        """Write the key file durably, mode 0600; `new` refuses a file that is there.

        Raises:
            KeysLockedError: The file is there. StorageError: It cannot be written.
        """
        told: dict[str, Any] = {"v": 1, "id": self.id}
        if passphrase:
            salt = os.urandom(_SALT)
            told["scrypt"] = {"n": _N, "r": _R, "p": _P, "salt": _text(salt)}
            told["wrapped"] = _text(aes_key_wrap(_stretched(passphrase, salt), self._key))
        else:
            told["key"] = _text(self._key)
        data = json.dumps(told, sort_keys=True).encode() + b"\n"
        if not new:
            replace_file(path, data, port=port, mode=0o600)
        elif not write_new(path, data, port=port, mode=0o600):
            raise KeysLockedError(f"{path}: exists and is not overwritten")


def unwrap(key: bytes, wrapped: bytes, what: str) -> bytes:
    """Undo AES-KW; `KeysLockedError` that names `what` when it does not fit."""
    try:
        return aes_key_unwrap(key, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise KeysLockedError(what) from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_N, r=_R, p=_P).derive(passphrase.encode())


def _read(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & 0o077:
                raise KeysLockedError(f"{path}: must be a regular file of mode 0600")
            return file.read(_MOST_FILE + 1)
    except OSError as error:
        raise KeysLockedError(f"{path}: {error.strerror}") from error


def open_key_file(address: str, passphrase: str = "") -> PlainRootKey:
    """Open a root key file, a path or `file:///path`.

    Raises:
        KeysLockedError: Missing, readable by others, not a key file, or the passphrase is not its.
    """
    path = Path(unquote(urlsplit(address).path) if address.startswith("file:") else address)
    data = _read(path)
    try:
        told = json.loads(data)
        if told["v"] != 1:
            raise KeysLockedError(f"{path}: version {told['v']!r:.20}")
        if "scrypt" in told:
            how = told["scrypt"]
            if (how["n"], how["r"], how["p"]) != (_N, _R, _P):  # never what a changed file would have us compute
                raise KeysLockedError(f"{path}: scrypt")
            wrapped, salt = base64.b64decode(told["wrapped"]), base64.b64decode(how["salt"])
            key = unwrap(_stretched(passphrase, salt), wrapped, f"{path}: passphrase")
        else:
            key = base64.b64decode(told["key"])
        found = PlainRootKey(key)
        same = told["id"] == found.id
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise KeysLockedError(f"{path}: not a root key file") from error
    if not same:
        raise KeysLockedError(f"{path}: the id does not belong to the key")
    return found


ROOT_KEYS: Final[dict[str, Callable[[str, str], RootKey]]] = {"file": open_key_file}
"""URL scheme → what opens a root key from its address and a passphrase."""


def open_root_key(address: str, passphrase: str = "") -> RootKey:
    """Open the root key of an address: a plain path or `file:///path`.

    Raises:
        KeysLockedError: It cannot be opened, or nothing opens this kind.
    """
    scheme = urlsplit(address).scheme or "file"
    if scheme not in ROOT_KEYS:
        raise KeysLockedError(f"{scheme}:")
    return ROOT_KEYS[scheme](address, passphrase)
