"""The chain an expert runs by hand, with other people's tools, on a sealed, stamped, admitted and exported package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from caseapp.demo.authority import TestAuthority
from evidence_store import EvidenceStore, Rfc3161Authority, custody_leaf, seal, stamp
from tests.evidence_store.helpers import LOG, SEALER, custody, facts, payload


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `package/`, `roots.pem` and the ZIP form."""
    base = tmp_path_factory.mktemp("stock")
    with TestAuthority("x") as tsa:
        package = seal(
            payload(base / "in"), facts(tsa_policy={"k": 1, "n": 1, "names": ["x"]}), SEALER, base / "sealed"
        )
        stamp(package, [Rfc3161Authority("x", tsa.url, tsa.roots_pem)])
        (base / "roots.pem").write_bytes(tsa.roots_pem)
    store = EvidenceStore(base / "store", log_signer=LOG)
    store.admit(package)
    events = custody(package.seal_id)
    store.append(custody_leaf(events[0]))
    store.export(package.package_id, base, custody_events=events).rename(base / "package")
    store.export(package.package_id, base, as_zip=True, custody_events=events).rename(base / "package.zip")
    return base


COMMANDS = [
    ["sha256sum", "-c", "--strict", "seal.sha256"],
    ["sha256sum", "-c", "--strict", "manifest-sha256.txt"],
    ["sha256sum", "-c", "--strict", "tagmanifest-sha256.txt"],
    [sys.executable, "-m", "bagit", "--validate", "."],
    ["openssl", "ts", "-verify", "-data", "seal.sha256", "-in", "seal/tsa/01-x.tsr", "-CAfile", "../roots.pem"],
    [
        "openssl",
        "ts",
        "-verify",
        "-queryfile",
        "seal/tsa/01-x.tsq",
        "-in",
        "seal/tsa/01-x.tsr",
        "-CAfile",
        "../roots.pem",
    ],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:3]).replace("/", "_"))
def test_stock_command(exported: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=exported / "package", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_commands_notice_a_change(exported: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", exported / "package", tmp_path / "p"], check=True)
    (tmp_path / "p" / "data" / "text.txt").write_bytes(b"jello")
    for command in COMMANDS[1::2][:2]:
        assert subprocess.run(command, cwd=tmp_path / "p", capture_output=True, check=False).returncode != 0


def test_zip_is_accepted_by_unzip_and_python(exported: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported / "package.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    top = next(tmp_path.iterdir())
    subprocess.run(["diff", "-r", top, exported / "package"], check=True, capture_output=True)


def test_sm3_by_openssl(exported: Path) -> None:
    for line in (exported / "package" / "manifest-sm3.txt").read_text().splitlines():
        digest, path = line.split("  ")
        done = subprocess.run(
            ["openssl", "dgst", "-sm3", "-r", path],
            cwd=exported / "package",
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split()[0] == digest
