"""The wrapped keys, on a place of their own: what is deleted here can no longer be read anywhere.

`vault.json` marks the place, `holders/<holder>/<root key id>` is a holder's key under the root key, and
`wraps/aa/bb/<sha256>/<blob id>/<holder>` a blob's key under a holder's key. All wraps are AES-KW (RFC 3394).
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from evidence_store.backends import Backend
from evidence_store.errors import EvidenceError
from evidence_store.failures import ObjectConflictError, ObjectMissingError, StorageError
from evidence_store.manifest import canonical_json
from evidence_store.vault.errors import BlobKeyMissingError, KeysAwayError, KeysLockedError
from evidence_store.vault.rootkeys import RootKey, unwrap
from evidence_store.vault.stream import KEY_BYTES

MARK: Final = "vault.json"
HOLDERS: Final = "holders/"
WRAPS: Final = "wraps/"
STORE_HOLDER: Final = "store"
"""The one holder there is so far."""


class KeyPlace:
    """Keys of blobs by name and blob id. Safe to share between threads.

    Args:
        place: Where the wraps lie, or what opens it: then it is opened when first needed, and tried until it succeeds.
        root: The root key, or what opens it, in the same way.
    """

    def __init__(self, place: Backend | Callable[[], Backend], root: RootKey | Callable[[], RootKey]) -> None:
        self._place, self._root = place, root
        self._lock = threading.Lock()
        self._holders: dict[str, bytes] = {}

    @cached_property
    def place(self) -> Backend:
        """Where the wraps lie; `KeysAwayError` when it cannot be opened."""
        try:
            return self._place() if callable(self._place) else self._place
        except KeysLockedError:
            raise
        except StorageError as error:
            raise KeysAwayError(error.code) from error

    @cached_property
    def root(self) -> RootKey:
        """The root key; `KeysLockedError` when it cannot be opened."""
        return self._root() if callable(self._root) else self._root

    def create(self) -> None:
        """Make the place ours and give the store its holder's key; again is harmless.

        Raises:
            KeysLockedError: It was made with another root key.
        """
        with suppress(ObjectConflictError):
            self.place.put_new(MARK, canonical_json({"v": 1, "kind": "bianwu-keys"}))
        if not list(self.place.list(f"{HOLDERS}{STORE_HOLDER}/")):
            self.place.put_new(self._holder_key(STORE_HOLDER), self.root.wrap(os.urandom(KEY_BYTES)))
        self.check()

    def check(self) -> None:
        """Raise `KeysAwayError` or `KeysLockedError` unless blobs can be written and read."""
        self._holder(STORE_HOLDER)

    def _holder_key(self, holder: str) -> str:
        return f"{HOLDERS}{holder}/{self.root.id}"

    def _holder(self, holder: str) -> bytes:
        with self._lock:
            if holder not in self._holders:
                self._require_place()
                try:
                    wrapped = self.place.get(self._holder_key(holder))
                except ObjectMissingError as error:
                    raise KeysLockedError(f"{holder}: root key {self.root.id}") from error
                self._holders[holder] = self.root.unwrap(wrapped)
            return self._holders[holder]

    def _require_place(self) -> None:
        try:
            there = self.place.exists(MARK)
        except KeysLockedError:
            raise
        except EvidenceError as error:
            raise KeysAwayError(error.code) from error
        if not there:
            raise KeysAwayError(MARK)

    def keep(self, keys: Mapping[tuple[str, bytes], bytes]) -> None:
        """Wrap and keep keys by (name, blob id); durable when this returns."""
        holder = self._holder(STORE_HOLDER)
        try:
            with self.place.batch() as batch:
                for (name, blob_id), key in keys.items():
                    batch.write(f"{_folder(name)}{blob_id.hex()}/{STORE_HOLDER}", (aes_key_wrap(holder, key),))
                batch.sync()
                batch.link()
                batch.settle()
        except (ObjectMissingError, ObjectConflictError):
            raise
        except StorageError as error:
            raise KeysAwayError(error.code) from error

    def find(self, name: str, blob_id: bytes) -> bytes:
        """Return the key of a blob.

        Raises:
            BlobKeyMissingError: There is none. KeysLockedError, KeysAwayError: It cannot be looked for now.
        """
        holder = self._holder(STORE_HOLDER)
        try:
            wrapped = self.place.get(f"{_folder(name)}{blob_id.hex()}/{STORE_HOLDER}")
        except ObjectMissingError as error:
            self._require_place()
            raise BlobKeyMissingError(name) from error
        return unwrap(holder, wrapped, f"wrap of {name}")

    def drop(self, name: str, blob_id: bytes | None = None) -> int:
        """Delete the wraps of a blob, all or those of one blob id; returns how many went."""
        self._require_place()
        found = list(self.place.list(_folder(name) + (f"{blob_id.hex()}/" if blob_id else "")))
        for key in found:
            with suppress(ObjectMissingError):
                self.place.delete(key)
        return len(found)

    def wraps(self) -> Iterator[tuple[str, bytes]]:
        """Yield (name, blob id) of every wrap."""
        for key in self.place.list(WRAPS):
            *_, name, blob_id, _holder = key.split("/")
            yield name, bytes.fromhex(blob_id)

    def rotate(self, new: RootKey) -> int:
        """Wrap every holder's key under a new root key too; returns how many. Old wraps stay until `forget_others`."""
        holders = sorted({key.split("/")[1] for key in self.place.list(HOLDERS)})
        for holder in holders:
            key, there = self._holder(holder), f"{HOLDERS}{holder}/{new.id}"
            if not self.place.exists(there):
                self.place.put_new(there, new.wrap(key))
        return len(holders)

    def forget_others(self) -> None:
        """Delete the holders' keys wrapped under other root keys than this one, which opens them all."""
        found = [key.split("/") for key in self.place.list(HOLDERS)]
        for holder in {parts[1] for parts in found}:
            self._holder(holder)
        for parts in found:
            if parts[2] != self.root.id:
                self.place.delete("/".join(parts))


def _folder(name: str) -> str:
    return f"{WRAPS}{name[:2]}/{name[2:4]}/{name}/"
