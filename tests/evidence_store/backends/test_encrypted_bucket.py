"""Encrypted blobs in a bucket, with a replica on a disk: the whole way and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store import EvidenceStore
from evidence_store.backends import LocalBackend, MemoryBackend, S3Backend
from evidence_store.layout import blob_key
from evidence_store.replica import compare, replicate
from evidence_store.vault import EncryptedBackend
from tests.evidence_store.helpers import LOG
from tests.evidence_store.vault.test_backend import NAME, SECRET, everything, package_of, vault

pytestmark = pytest.mark.full


def test_a_bucket_and_its_replica(bucket: Callable[..., str], tmp_path: Path) -> None:
    inner = S3Backend(bucket())
    place, package = vault(inner), package_of(tmp_path / "work")
    kept = EvidenceStore(place, log_signer=LOG)
    kept.admit(package)
    assert kept.fsck().problems == []
    assert all(b"PLANTED" not in inner.get(key) for key in inner.list(""))
    replica = LocalBackend(tmp_path / "replica")
    assert replicate(inner, replica).damaged == []
    assert compare(inner, replica).alike
    assert b"PLANTED" not in everything(tmp_path / "replica")
    back = MemoryBackend()
    replicate(replica, back)
    restored = EvidenceStore(EncryptedBackend(back, place.keys), log_signer=LOG)
    assert restored.read_file(package.package_id, "data/text.txt") == SECRET
    place.delete(blob_key(NAME))
    assert not inner.exists(blob_key(NAME))
    assert list(place.leftovers()) == []
