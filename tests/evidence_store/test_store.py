"""The store: admit, the same receipt again, damage refused, exports that repeat, states, stamps."""

import hashlib
import multiprocessing
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from caseapp.demo.authority import TestAuthority
from evidence_store import (
    EvidenceStore,
    InclusionProof,
    Package,
    Rfc3161Authority,
    custody_leaf,
    request_stamps,
    seal,
    stamp,
)
from evidence_store.errors import CustodyError, EvidenceError, KeyFileError, PackageExistsError, PackageFormatError
from evidence_store.failures import (
    DigestMismatchError,
    DuplicateSealError,
    ObjectMissingError,
    SignatureError,
    TokenMismatchError,
)
from tests.evidence_store.helpers import LOG, SEALER, custody, facts, payload, sealed, store


@pytest.fixture(scope="module")
def tsa() -> Iterator[TestAuthority]:
    with TestAuthority() as authority:
        yield authority


def authority(tsa: TestAuthority, name: str = "test-tsa") -> Rfc3161Authority:
    return Rfc3161Authority(name, tsa.url, tsa.roots_pem)


@pytest.mark.parametrize("address", ["memory:", "file"])
def test_admit_gives_a_proof(tmp_path: Path, address: str) -> None:
    kept = store(address if address != "file" else tmp_path / "s")
    package = sealed(tmp_path)
    receipt = kept.admit(package)
    assert (receipt.package_id, receipt.seal_id, receipt.log_index) == (package.package_id, package.seal_id, 0)
    receipt.checkpoint.note.require([LOG.key])
    receipt.proof.check(kept.log.entry(0))
    assert InclusionProof.parse(receipt.proof.to_bytes()) == receipt.proof
    assert {item.path for item in kept.files(package.package_id)} >= {item.path for item in package.files}
    with kept.open_file(package.package_id, "data/text.txt") as stream:
        assert stream.read() == b"hello"
    assert list(kept.packages()) == [package.package_id]
    assert kept.find(package.seal_id) == package.package_id
    assert kept.get(package.package_id).seal == package.seal
    assert kept.fsck().ok


def test_admitting_again_gives_the_same_receipt(tmp_path: Path) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    first = kept.admit(package)
    kept.admit(sealed(tmp_path / "other"))
    assert kept.admit(package) == first
    assert store(tmp_path / "s").admit(Package.open(package.path)) == first
    assert kept.head().size == 2


def test_later_release_with_other_words_in_verify(tmp_path: Path) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    first = kept.admit(package)
    (package.path / "verify" / "README.en.txt").write_text("other words\n")
    assert kept.admit(package) == first
    assert kept.fsck().ok


def test_a_seal_number_belongs_to_one_package(tmp_path: Path) -> None:
    kept, given = store(tmp_path / "s"), facts()
    kept.admit(seal(payload(tmp_path / "in"), given, SEALER, tmp_path / "one"))
    with pytest.raises(DuplicateSealError):
        kept.admit(seal(payload(tmp_path / "in"), given, SEALER, tmp_path / "two"))
    assert kept.head().size == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("data/text.txt", DigestMismatchError),
        ("manifest-sha256.txt", DigestMismatchError),
        ("manifest-sm3.txt", DigestMismatchError),
        ("seal/seal.json", DigestMismatchError),
        ("seal.sha256", DigestMismatchError),
        ("seal.sm3", DigestMismatchError),
        ("seal/seal.note", EvidenceError),
    ],
)
def test_a_changed_package_is_not_admitted(tmp_path: Path, path: str, kind: type[EvidenceError]) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    file = package.path / path
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(kind):
        kept.admit(package)
    assert list(kept.packages()) == []
    assert kept.head().size == 0
    assert kept.fsck().ok


def test_another_folder_under_the_same_name(tmp_path: Path) -> None:
    kept, one, two = store(tmp_path / "s"), sealed(tmp_path / "1"), sealed(tmp_path / "2")
    one.path.rename(tmp_path / "away")
    two.path.rename(one.path)
    with pytest.raises(DigestMismatchError):
        kept.admit(one)


def test_a_note_signed_by_someone_else(tmp_path: Path) -> None:
    package = sealed(tmp_path)
    other = sealed(tmp_path / "2")
    (package.path / "seal/seal.note").write_bytes(other.read("seal/seal.note"))
    with pytest.raises(PackageFormatError):
        store("memory:").admit(package)
    note = package.path / "seal/seal.note"
    text = (
        package.read("seal.sha256")
        + b"sm3 "
        + hashlib.new("sm3", package.read("seal.sm3")).hexdigest().encode()
        + b"\n"
    )
    note.write_bytes(LOG.sign_note(text))
    with pytest.raises(SignatureError):
        store("memory:").admit(package)


def test_states(tmp_path: Path, tsa: TestAuthority) -> None:
    kept = store(tmp_path / "s")
    package = sealed(tmp_path, tsa_policy={"k": 1, "n": 2, "names": ["a", "b"]})
    kept.admit(package)
    state = kept.state(package.package_id)
    assert (state.name, state.self_timed, state.test, state.k, state.n) == ("logged", True, False, 1, 2)
    data = kept.read_file(package.package_id, "seal.sha256")
    state = kept.add_stamps(package.package_id, request_stamps(data, [authority(tsa, "a")], k=1))
    assert (state.name, state.self_timed, state.test) == ("stamped", False, True)
    report = request_stamps(data, [authority(tsa, "b")], k=1)
    assert kept.add_stamps(package.package_id, report).name == "complete"
    assert len(kept.add_stamps(package.package_id, report).stamps) == 2
    assert [entry["n"] for entry in kept.get(package.package_id).stamps] == [1, 2]
    assert kept.fsck().ok


def test_no_policy_stays_self_timed(tmp_path: Path) -> None:
    kept, package = store("memory:"), sealed(tmp_path, tsa_policy={"k": 0, "n": 0, "names": []})
    kept.admit(package)
    state = kept.state(package.package_id)
    assert (state.name, state.self_timed) == ("logged", True)


def test_stamps_of_other_bytes_are_refused(tmp_path: Path, tsa: TestAuthority) -> None:
    kept, package = store("memory:"), sealed(tmp_path)
    kept.admit(package)
    with pytest.raises(TokenMismatchError):
        kept.add_stamps(package.package_id, request_stamps(b"other", [authority(tsa)], k=1))
    with pytest.raises(ObjectMissingError):
        kept.add_stamps("0" * 64, [])
    two = sealed(tmp_path / "2")
    stamp(two, [authority(tsa)])
    for name in ("tsq", "tsr"):
        (package.path / "seal/tsa").mkdir(exist_ok=True)
        (package.path / f"seal/tsa/01-test-tsa.{name}").write_bytes(two.read(f"seal/tsa/01-test-tsa.{name}"))
    for name in ("01-test-tsa-chain.pem", "01-test-tsa-roots.pem", "index.json"):
        (package.path / "seal/tsa" / name).write_bytes(two.read(f"seal/tsa/{name}"))
    with pytest.raises(TokenMismatchError):
        store("memory:").admit(package)


def test_stamps_in_the_folder_are_taken_in(tmp_path: Path, tsa: TestAuthority) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    assert stamp(package, [authority(tsa)]).state == "complete"
    kept.admit(package)
    assert kept.state(package.package_id).name == "complete"
    out = kept.export(package.package_id, tmp_path / "out2")
    assert (out / "seal/tsa/01-test-tsa.tsr").read_bytes() == package.read("seal/tsa/01-test-tsa.tsr")
    assert (out / "seal/tsa/index.json").read_bytes() == package.read("seal/tsa/index.json")


def test_exports_repeat_to_the_byte(tmp_path: Path, tsa: TestAuthority) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    stamp(package, [authority(tsa)])
    kept.admit(package)
    events = custody(package.seal_id)
    for event in events:
        kept.append(custody_leaf(event))
    first = kept.export(package.package_id, tmp_path / "1", as_zip=True, custody_events=events)
    kept.admit(sealed(tmp_path / "more"))
    kept.append(custody_leaf(custody(package.seal_id)[0]))
    again = store(tmp_path / "s").export(package.package_id, tmp_path / "2", as_zip=True, custody_events=events)
    assert first.read_bytes() == again.read_bytes()
    folder = kept.export(package.package_id, tmp_path / "3", custody_events=events)
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert names == sorted(names, key=str.encode)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        assert {name.split("/")[0] for name in names} == {folder.name}
        for name in names:
            assert archive.read(name) == (folder.parent / name).read_bytes()
    assert len(names) == sum(item.is_file() for item in folder.rglob("*"))
    assert len(list((folder / "custody/proofs").iterdir())) == 3


def test_export_refuses(tmp_path: Path) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    kept.admit(package)
    for as_zip in (False, True):
        kept.export(package.package_id, tmp_path / "e", as_zip=as_zip)
        with pytest.raises(PackageExistsError):
            kept.export(package.package_id, tmp_path / "e", as_zip=as_zip)
    for package_id in ("0" * 64, "", "../x", "张"):
        with pytest.raises(ObjectMissingError):
            kept.export(package_id, tmp_path / "f")
    events = custody(package.seal_id)
    with pytest.raises(CustodyError):
        kept.export(package.package_id, tmp_path / "f", custody_events=events[1:])
    with pytest.raises(CustodyError):
        kept.export(package.package_id, tmp_path / "f", custody_events=custody(sealed(tmp_path / "2").seal_id))
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize("as_zip", [False, True])
def test_damaged_bytes_are_not_exported(tmp_path: Path, as_zip: bool) -> None:
    kept, package = store(tmp_path / "s"), sealed(tmp_path)
    kept.admit(package)
    item = next(item for item in package.files if item.path == "data/text.txt")
    blob = next((tmp_path / "s" / "blobs").rglob(item.sha256))
    blob.write_bytes(b"jello")
    with pytest.raises(DigestMismatchError):
        kept.export(package.package_id, tmp_path / "e", as_zip=as_zip)
    assert list((tmp_path / "e").iterdir()) == []
    with pytest.raises(DigestMismatchError):
        kept.read_file(package.package_id, "data/text.txt")
    report = kept.fsck()
    assert {problem.error.code for problem in report.problems} >= {"evidence.digest_mismatch"}


def test_open_file_of_what_is_not_there(tmp_path: Path) -> None:
    kept, package = store("memory:"), sealed(tmp_path)
    kept.admit(package)
    for name in ("data/none", "../x", "", "seal/log/leaf.json"):
        with pytest.raises(ObjectMissingError):
            kept.open_file(package.package_id, name)
    assert kept.find("01ARZ3NDEKTSV4RRFFQ69G5FAV") is None
    assert kept.find("../../etc") is None


def test_reading_needs_no_private_key(tmp_path: Path) -> None:
    package = sealed(tmp_path)
    receipt = store(tmp_path / "s").admit(package)
    reader = EvidenceStore(tmp_path / "s", log_signer=LOG.key)
    assert reader.head() == receipt.checkpoint
    assert reader.admit(package) == receipt
    with pytest.raises(KeyFileError):
        reader.admit(sealed(tmp_path / "2"))
    with pytest.raises(KeyFileError):
        EvidenceStore(tmp_path / "new", log_signer=LOG.key).head()


def admit_all(folder: str, paths: list[str]) -> None:
    kept = EvidenceStore(Path(folder), log_signer=LOG)
    for path in paths:
        kept.admit(Package.open(Path(path)))


def test_two_processes_admit_the_same_packages(tmp_path: Path) -> None:
    packages = [sealed(tmp_path / str(number)) for number in range(4)]
    paths = [str(package.path) for package in packages]
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=admit_all, args=(str(tmp_path / "s"), order)) for order in (paths, paths[::-1])]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    kept = store(tmp_path / "s")
    assert kept.head().size == 4
    assert set(kept.packages()) == {package.package_id for package in packages}
    report = kept.fsck()
    assert (report.ok, report.orphans) == (True, [])
