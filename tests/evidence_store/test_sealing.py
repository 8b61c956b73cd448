"""Sealing: exact bytes, refused input, and a folder that is complete or not there."""

import errno
import json
import os
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from evidence_store import Package, layout, seal
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import (
    EvidenceError,
    FactsRefusedError,
    FileRefusedError,
    NameRefusedError,
    PackageExistsError,
)
from evidence_store.failures import DigestMismatchError, DiskFullError, StorageError
from evidence_store.manifest import parse_digest_list, parse_object
from evidence_store.seals import check_note
from tests.evidence_store.faults import FaultyPort
from tests.evidence_store.helpers import SEALED_AT, SEALER, facts, payload, sealed


def test_the_bytes_of_the_format(tmp_path: Path) -> None:
    seal_id = "01KJM9GZ5R3V8Q2C7XW4E6T0AB"
    package = sealed(tmp_path, contents={"a.txt": b"hello", "b/c.txt": b""}, seal_id=seal_id, sealed_at=SEALED_AT)
    assert package.path.name == f"bianwu-{seal_id}"
    assert package.read("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert package.read("bag-info.txt").decode() == (
        "Bag-Software-Agent: bianwu evidence_store; package format 1\n"
        "Bagging-Date: 2026-03-01\n"
        f"External-Identifier: bianwu-{seal_id}\n"
        f"Internal-Sender-Identifier: {seal_id}\n"
        "Payload-Oxum: 5.2\n"
    )
    assert package.read("manifest-sha256.txt").decode() == (
        f"{sha256_hex(b'hello')}  data/a.txt\n{sha256_hex(b'')}  data/b/c.txt\n"
    )
    assert (
        package.read("manifest-sm3.txt").decode() == f"{sm3_hex(b'hello')}  data/a.txt\n{sm3_hex(b'')}  data/b/c.txt\n"
    )
    stamped = "".join(f"{sha256_hex(package.read(name))}  {name}\n" for name in layout.SEALED).encode()
    assert package.read("seal.sha256") == stamped
    assert package.package_id == sha256_hex(stamped)
    assert (
        package.read("seal.sm3")
        == "".join(f"{sm3_hex(package.read(name))}  {name}\n" for name in layout.SEALED).encode()
    )
    note = package.read("seal/seal.note")
    assert note.startswith(stamped + f"sm3 {sm3_hex(package.read('seal.sm3'))}\n\n— sealer.example ".encode())
    check_note(package)


def test_seal_json(tmp_path: Path) -> None:
    package = sealed(tmp_path, sealed_at=SEALED_AT)
    record = parse_object(package.read("seal/seal.json"))
    assert set(record) == {
        "schema", "seal_id", "case_ref", "salt", "sealed_at", "clock", "payload", "wacz", "capture", "host", "signer",
        "log", "tsa_policy", "supersedes", "prev",
    }  # fmt: skip
    assert record["sealed_at"] == "2026-03-01T08:00:00Z"
    assert len(bytes.fromhex(record["salt"])) == 32
    assert record["payload"] == {
        "bytes": sum(item.size for item in package.files),
        "files": 3,
        "sha256": sha256_hex(package.read("manifest-sha256.txt")),
        "sm3": sm3_hex(package.read("manifest-sm3.txt")),
    }
    assert record["signer"] == {"name": "sealer.example", "vkey": SEALER.verifier_key}
    assert record["log"] == {"origin": "log.example"}
    assert record["wacz"] is None
    assert record == package.seal
    assert package.package_id not in "".join(
        package.read(name).decode() for name in (*layout.SEALED, "seal/seal.note", "verify/README.en.txt")
    )


def test_every_tag_file_is_listed(tmp_path: Path) -> None:
    package = sealed(tmp_path)
    listed = parse_digest_list(package.read("tagmanifest-sha256.txt"))
    there = {item.relative_to(package.path).as_posix() for item in package.path.rglob("*") if item.is_file()}
    assert set(listed) == {name for name in there if not name.startswith("data/")} - {"tagmanifest-sha256.txt"}
    assert all(sha256_hex(package.read(name)) == digest for name, digest in listed.items())


def test_two_seals_of_the_same_files_differ_only_in_salt_and_number(tmp_path: Path) -> None:
    one, two = sealed(tmp_path / "1", sealed_at=SEALED_AT), sealed(tmp_path / "2", sealed_at=SEALED_AT)
    assert one.package_id != two.package_id
    same = {key for key in one.seal if one.seal[key] == two.seal[key]}
    assert set(one.seal) - same == {"salt", "seal_id"}


def test_web_archive_digest(tmp_path: Path) -> None:
    archive = tmp_path / "c.wacz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("datapackage.json", b'{"x": 1}')
    package = seal({"capture.wacz": archive}, facts(), SEALER, tmp_path / "out")
    assert package.seal["wacz"] == {"datapackage_sha256": sha256_hex(b'{"x": 1}')}


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_not_a_web_archive(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileRefusedError):
        sealed(tmp_path, contents={"capture.wacz": data})
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "/x", "a%b", "a\nb", "", "x" * 1020])
def test_names(tmp_path: Path, name: str) -> None:
    source = tmp_path / "s"
    source.write_bytes(b"x")
    with pytest.raises(NameRefusedError):
        seal({name: source}, facts(), SEALER, tmp_path / "out")


def test_sources_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "fifo")
    for source in (tmp_path / "none", tmp_path, tmp_path / "link", tmp_path / "fifo", Path("/dev/zero")):
        with pytest.raises(FileRefusedError):
            seal({"x": source}, facts(), SEALER, tmp_path / "out")
    with pytest.raises(FileRefusedError):
        seal({}, facts(), SEALER, tmp_path / "out")
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    files = payload(tmp_path / "in", {"big": b"x" * 3_000_000})

    class Growing(FaultyPort):
        """Every write is followed by one more byte in the source."""

        def write(self, descriptor: int, data: bytes) -> None:
            super().write(descriptor, data)
            with files["big"].open("ab") as file:
                file.write(b"y")

    with pytest.raises(FileRefusedError):
        seal(files, facts(), SEALER, tmp_path / "out", port=Growing())


@pytest.mark.parametrize(
    "change",
    [
        {"seal_id": "x"},
        {"seal_id": "01kjm9gz5r3v8q2c7xw4e6t0ab"},
        {"case_ref": "x" * 201},
        {"sealed_at": datetime(2026, 3, 1)},  # noqa: DTZ001 - no zone
        {"capture": {"seconds": 1.5}},
        {"capture": {"text": "\ud800"}},
        {"host": {"x": object()}},
        {"clock": None},
        {"tsa_policy": {"k": 2, "n": 1, "names": ["a"]}},
        {"tsa_policy": {"k": 1, "n": 2, "names": ["a"]}},
        {"tsa_policy": {"k": True, "n": 1, "names": ["a"]}},
        {"tsa_policy": {"k": 1, "n": 1, "names": "a"}},
        {"tsa_policy": {}},
        {"supersedes": "abc"},
        {"prev": 5},
    ],
)
def test_facts(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(FactsRefusedError):
        sealed(tmp_path, **change)
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    files, given = payload(tmp_path / "in"), facts()
    first = seal(files, given, SEALER, tmp_path / "out")
    with pytest.raises(PackageExistsError):
        seal(files, given, SEALER, tmp_path / "out")
    assert Package.open(first.path).package_id == first.package_id
    (tmp_path / "empty" / first.path.name).mkdir(parents=True)
    with pytest.raises(PackageExistsError):
        seal(files, given, SEALER, tmp_path / "empty")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_failing_at_every_operation(tmp_path: Path, number: int) -> None:
    files = payload(tmp_path / "in")
    count = FaultyPort()
    seal(files, facts(), SEALER, tmp_path / "0", port=count)
    for at in range(1, count.count + 1):
        given, folder = facts(), tmp_path / str(at)
        with pytest.raises(StorageError) as caught:
            seal(files, given, SEALER, folder, port=FaultyPort(at, number))
        assert (number == errno.ENOSPC) == isinstance(caught.value, DiskFullError)
        left = list(folder.iterdir()) if folder.exists() else []
        if left:  # only the sync after the folder got its name may still fail
            assert at > count.names.index("rename_folder") + 1
            assert Package.open(left[0]).seal_id == given.seal_id
        else:
            seal(files, given, SEALER, folder)


def test_open_checks_the_sealed_tag_files(tmp_path: Path) -> None:
    for number, name in enumerate((*layout.SEALED, "seal.sha256", "seal.sm3")):
        package = sealed(tmp_path / str(number))
        file = package.path / name
        file.write_bytes(file.read_bytes() + b"\n")
        with pytest.raises((DigestMismatchError, EvidenceError)):
            Package.open(package.path)
        file.unlink()
        with pytest.raises(StorageError):
            Package.open(package.path)


def test_open_what_is_no_package(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(StorageError):
            Package.open(path)
    package = sealed(tmp_path)
    (package.path / "data" / "text.txt").unlink()
    with pytest.raises(StorageError):
        Package.open(package.path)
    (package.path / "data" / "text.txt").symlink_to("/etc/passwd")
    with pytest.raises(EvidenceError):
        Package.open(package.path)


def test_example_trust_file_is_refused(tmp_path: Path) -> None:
    from evidence_store import Trust

    package = sealed(tmp_path)
    assert json.loads(package.read("verify/trust.example.json"))["schema"] == "bianwu/trust/1"
    with pytest.raises(EvidenceError):
        Trust.load(package.path / "verify/trust.example.json")
