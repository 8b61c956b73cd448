"""Root keys and the place of the wrapped keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from evidence_store.backends import LocalBackend, MemoryBackend
from evidence_store.vault import ROOT_KEYS, KeyPlace, PlainRootKey, open_root_key
from evidence_store.vault.errors import BlobKeyMissingError, KeysAwayError, KeysLockedError

NAME = "ab" * 32
ID = bytes(16)


def test_rfc_3394_vector_4_6() -> None:
    kek, key = bytes(range(32)), bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    told = "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    assert PlainRootKey(kek).wrap(key) == aes_key_wrap(kek, key) == bytes.fromhex(told)
    assert PlainRootKey(kek).unwrap(bytes.fromhex(told)) == key


@pytest.mark.parametrize("kind", sorted(ROOT_KEYS))
@pytest.mark.parametrize("passphrase", ["", "正确的口令 horse"])
def test_every_kind_of_root_key_keeps_the_contract(kind: str, passphrase: str, tmp_path: Path) -> None:
    assert kind == "file"
    made = PlainRootKey.generate()
    made.save(tmp_path / "root.key", passphrase)
    for address in (str(tmp_path / "root.key"), (tmp_path / "root.key").as_uri()):
        found = open_root_key(address, passphrase)
        assert found.id == made.id
        assert found.unwrap(made.wrap(bytes(32))) == bytes(32)
    with pytest.raises(KeysLockedError):
        PlainRootKey.generate().unwrap(made.wrap(bytes(32)))
    with pytest.raises(KeysLockedError):
        made.unwrap(b"short")
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    assert made.shown().replace(" ", "") not in repr(made) + str(made)


def test_a_locked_key_file_says_nothing_of_the_key(tmp_path: Path) -> None:
    made = PlainRootKey.generate()
    made.save(tmp_path / "root.key", "one")
    assert made.shown().replace(" ", "") not in (tmp_path / "root.key").read_text()
    with pytest.raises(KeysLockedError):
        open_root_key(str(tmp_path / "root.key"), "two")


def test_key_files_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    with pytest.raises(KeysLockedError):
        open_root_key(str(path))
    made = PlainRootKey.generate()
    made.save(path)
    with pytest.raises(KeysLockedError, match="overwritten"):
        PlainRootKey.generate().save(path)
    path.chmod(0o640)
    with pytest.raises(KeysLockedError, match="0600"):
        open_root_key(str(path))
    path.chmod(0o600)
    good = json.loads(path.read_text())
    changes: list[dict[str, object]] = [{"id": "0" * 16}, {"v": 2}, {"key": "AAAA"}, {"key": 5}]
    changes += [{"scrypt": {"n": 2**40, "r": 8, "p": 1, "salt": ""}}, {"scrypt": {}}]
    for change in changes:
        path.write_text(json.dumps(good | change))
        with pytest.raises(KeysLockedError):
            open_root_key(str(path))
    for text in ("", "[]", "{}", "null", "x" * 9000):
        path.write_text(text)
        with pytest.raises(KeysLockedError):
            open_root_key(str(path))
    (tmp_path / "link").symlink_to(path)
    for address in (str(tmp_path / "link"), str(tmp_path), "pkcs11:token=x"):
        with pytest.raises(KeysLockedError):
            open_root_key(address)


def test_the_recovery_sheet_brings_the_key_back() -> None:
    made = PlainRootKey.generate()
    assert PlainRootKey.from_shown(made.shown().replace(" ", "  ").upper()).id == made.id
    for text in ("", "zz", made.shown()[:-1]):
        with pytest.raises(KeysLockedError):
            PlainRootKey.from_shown(text)


def test_keys_are_kept_found_and_dropped() -> None:
    root = PlainRootKey.generate()
    keys = KeyPlace(MemoryBackend(), root)
    with pytest.raises(KeysAwayError):
        keys.check()
    keys.create()
    keys.create()
    keys.keep({(NAME, ID): bytes(32)})
    assert KeyPlace(keys.place, root).find(NAME, ID) == bytes(32)
    assert list(keys.wraps()) == [(NAME, ID)]
    with pytest.raises(KeysLockedError):
        KeyPlace(keys.place, PlainRootKey.generate()).find(NAME, ID)
    assert keys.drop(NAME) == 1
    with pytest.raises(BlobKeyMissingError):
        keys.find(NAME, ID)


def test_a_place_that_is_not_mounted_concludes_nothing(tmp_path: Path) -> None:
    root = PlainRootKey.generate()
    keys = KeyPlace(LocalBackend(tmp_path / "keys"), root)
    keys.create()
    keys.keep({(NAME, ID): bytes(32)})
    other = KeyPlace(LocalBackend(tmp_path / "empty"), root)
    with pytest.raises(KeysAwayError):
        other.find(NAME, ID)
    (tmp_path / "keys" / "vault.json").unlink()
    with pytest.raises(KeysAwayError):
        keys.drop(NAME)


def test_rotation_wraps_again_and_changes_no_blob_key() -> None:
    old, new = PlainRootKey.generate(), PlainRootKey.generate()
    keys = KeyPlace(MemoryBackend(), old)
    keys.create()
    keys.keep({(NAME, ID): bytes(32)})
    before = set(keys.place.list("wraps/"))
    assert keys.rotate(new) == keys.rotate(new) == 1
    after = KeyPlace(keys.place, new)
    assert keys.find(NAME, ID) == after.find(NAME, ID)
    after.forget_others()
    assert set(keys.place.list("wraps/")) == before
    with pytest.raises(KeysLockedError):
        KeyPlace(keys.place, old).check()
    after.check()
