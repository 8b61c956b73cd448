"""A plain store made an encrypted one: cut off anywhere, readable all the time."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

import pytest

from evidence_store import EvidenceStore
from evidence_store.__main__ import main
from evidence_store.backends import LocalBackend
from evidence_store.digests import sha256_hex
from evidence_store.failures import StorageError
from evidence_store.layout import blob_key
from evidence_store.vault import EncryptedBackend, is_marked
from evidence_store.vault.converting import convert
from tests.evidence_store.faults import FaultyPort
from tests.evidence_store.helpers import LOG, sealed
from tests.evidence_store.vault.test_backend import NAME, SECRET, everything, local

CONTENTS = (SECRET, b"second", b"")


def plain(folder: Path) -> None:
    inner = LocalBackend(folder / "store", port=FaultyPort())
    for data in CONTENTS:
        inner.put_new(blob_key(sha256_hex(data)), data)


def contents(place: EncryptedBackend) -> list[bytes]:
    return [place.get(blob_key(sha256_hex(data))) for data in CONTENTS]


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.full)])
def test_cut_off_at_every_operation(tmp_path: Path, step: int) -> None:
    port = FaultyPort()
    plain(tmp_path / "count")
    place = local(tmp_path / "count", port)
    port.count = 0
    convert(place)
    for at in range(1, port.count + 1, step):
        folder, failing = tmp_path / str(at), FaultyPort()
        plain(folder)
        place = local(folder, failing)
        failing.count, failing.at, failing.error = 0, at, errno.EIO
        with contextlib.suppress(StorageError):
            convert(place)
        after = local(folder)
        assert contents(after) == [*CONTENTS], at
        convert(after)
        assert contents(after) == [*CONTENTS], at
        assert b"PLANTED" not in everything(folder), at
        assert list(after.inner.list("staged/")) == [], at
        assert is_marked(after.inner)


def test_a_whole_store_and_a_damaged_blob(tmp_path: Path) -> None:
    inner = LocalBackend(tmp_path / "store", port=FaultyPort())
    package = sealed(tmp_path / "work", contents={"text.txt": SECRET})
    EvidenceStore(inner, log_signer=LOG).admit(package)
    path = tmp_path / "store" / blob_key(NAME)
    path.write_bytes(b"damaged")
    place = local(tmp_path)
    assert convert(place).damaged == [blob_key(NAME)]
    assert path.read_bytes() == b"damaged"
    path.write_bytes(SECRET)
    assert (convert(place).encrypted, convert(place).encrypted) == (1, 0)
    kept = EvidenceStore(place, log_signer=LOG)
    assert kept.fsck().problems == []
    assert kept.read_file(package.package_id, "data/text.txt") == SECRET


def test_the_command_without_keys_touches_no_encrypted_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, package = local(tmp_path), sealed(tmp_path / "work", contents={"text.txt": SECRET})
    EvidenceStore(place, log_signer=LOG).admit(package)
    convert(place)
    assert main(["fsck", str(tmp_path / "store"), "--vkey", LOG.verifier_key]) != 0
    told = capsys.readouterr()
    assert "evidence.keys_locked" in told.err + told.out or "key cannot be opened" in told.err + told.out
    assert "blobs/" not in told.err + told.out
