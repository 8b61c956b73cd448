"""Encryption at rest: the format of a blob, the keys, and the place that joins them. docs/encryption.md."""

from evidence_store.vault.backend import EncryptedBackend, is_marked, mark, require_keys, stored
from evidence_store.vault.keyplace import KeyPlace
from evidence_store.vault.rootkeys import ROOT_KEYS, PlainRootKey, RootKey, open_root_key

__all__ = [
    "ROOT_KEYS",
    "EncryptedBackend",
    "KeyPlace",
    "PlainRootKey",
    "RootKey",
    "is_marked",
    "mark",
    "open_root_key",
    "require_keys",
    "stored",
]
