"""The chain an expert runs by hand, with other people's tools, on a sealed, stamped, admitted and exported package."""

import io
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.wacz import Container, pages_jsonl
from caseapp.demo.authority import TestAuthority
from evidence_store import EvidenceStore, Rfc3161Authority, custody_leaf, seal, stamp, verify
from tests.evidence_store.helpers import LOG, SEALER, custody, facts, payload


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `package/`, `roots.pem` and the ZIP form."""
    base = tmp_path_factory.mktemp("stock")
    with TestAuthority("x") as tsa:
        files = payload(base / "in")
        files["capture.wacz"] = web_archive(base / "in" / "capture.wacz")
        package = seal(files, facts(tsa_policy={"k": 1, "n": 1, "names": ["x"]}), SEALER, base / "sealed")
        stamp(package, [Rfc3161Authority("x", tsa.url, tsa.roots_pem)])
        (base / "roots.pem").write_bytes(tsa.roots_pem)
    store = EvidenceStore(base / "store", log_signer=LOG)
    store.admit(package)
    events = custody(package.seal_id)
    store.append(custody_leaf(events[0]))
    store.export(package.package_id, base, custody_events=events).rename(base / "package")
    store.export(package.package_id, base, as_zip=True, custody_events=events).rename(base / "package.zip")
    return base


def web_archive(path: Path) -> Path:
    """A web archive as a capture writes it, with one response recorded."""
    from warcio.warcwriter import WARCWriter

    warc = io.BytesIO()
    writer = WARCWriter(warc, gzip=True)
    url, body = "https://weixun.test/p/1", io.BytesIO(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello")
    writer.write_record(writer.create_warc_record(url, "response", payload=body, length=len(body.getvalue())))
    with zipfile.ZipFile(path, "w") as archive:
        container = Container(archive, datetime(2026, 3, 1, 8, tzinfo=UTC))
        container.add("archive/data.warc.gz", io.BytesIO(warc.getvalue()))
        page = {"url": url, "ts": "2026-03-01T08:00:00Z", "title": "帖子", "text": "hello"}
        container.add("pages/pages.jsonl", io.BytesIO(pages_jsonl([page])))
        container.seal({"title": "帖子", "software": "bianwu"})
    return path


COMMANDS = [
    ["sha256sum", "-c", "--strict", "seal.sha256"],
    ["sha256sum", "-c", "--strict", "manifest-sha256.txt"],
    ["sha256sum", "-c", "--strict", "tagmanifest-sha256.txt"],
    [sys.executable, "-m", "bagit", "--validate", "."],
    [sys.executable, "-m", "wacz", "validate", "-f", "data/capture.wacz"],
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


def test_everything_passes_our_own_check(exported: Path) -> None:
    report = verify(exported / "package.zip", None)
    assert report.verdict == "UNTRUSTED-KEYS"
    line = next(check for check in report.checks if check.number == 9)
    assert (line.status, "2 files agree with its list" in line.detail_en) == ("PASS", True)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:3]).replace("/", "_"))
def test_stock_command(exported: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=exported / "package", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_commands_notice_a_change(exported: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", exported / "package", tmp_path / "p"], check=True)
    (tmp_path / "p" / "data" / "text.txt").write_bytes(b"jello")
    for command in (COMMANDS[1], COMMANDS[3]):
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
