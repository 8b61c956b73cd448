"""What the library writes, its verifier reads: seal, stamp, admit, export, and the stock tools' verdict beside ours."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caseapp.demo.authority import TestAuthority as LocalAuthority
from evidence_store import EvidenceStore, Receipt, Rfc3161Authority, Trust, custody_event, custody_leaf, new_ulid, stamp
from evidence_store.trust import TrustedKey, TrustedRoot
from tests.evidence_store.attack_rows import edit_with_manifests
from tests.evidence_store.forge import Forge, wacz
from tests.evidence_store.helpers import LOG, SEALER, sealed, store
from tests.evidence_store.judging import judge

BIN = Path(sys.executable).parent


class Written:
    """One package that went the whole way through the library, and the trust file its issuer would hand over."""

    def __init__(self, folder: Path) -> None:
        with LocalAuthority() as authority:
            contents = {"capture.wacz": wacz(), "正文.txt": "他说的不是事实".encode()}
            package = sealed(folder, contents=contents, sealed_at=datetime.now(UTC).replace(microsecond=0))
            stamp(package, [Rfc3161Authority("test-tsa", authority.url, authority.roots_pem)], now=datetime.now(UTC))
            self.roots = authority.roots_pem
        self.store: EvidenceStore = store(folder / "store")
        self.receipt: Receipt = self.store.admit(package)
        self.events = self._custody(package.seal_id)
        found = x509.load_pem_x509_certificates(self.roots)
        prints = [hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest() for one in found]
        self.trust = Trust(
            sealers=(TrustedKey(SEALER.verifier_key, "测试席位"),),
            log=LOG.verifier_key,
            roots=tuple(TrustedRoot("本机测试", one, test=True) for one in prints),
        )
        self.folder = self.export(folder / "export", as_zip=False)
        self.zip = self.export(folder / "export.zip", as_zip=True)

    def _custody(self, seal_id: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for number, kind in enumerate(("ingest", "view", "export")):
            event = custody_event(
                events[-1] if events else None,
                event_id=new_ulid(),
                item=seal_id,
                kind=kind,
                at=f"2026-03-01T08:0{number}:00Z",
                agent={"id": "u1", "role": "lawyer", "auth": "password"},
                instrument={"tool": "bianwu", "version": "0.1.0", "host": "desk"},
                salt="0" * 32,
            )
            events.append(event)
            if kind != "view":
                self.store.append(custody_leaf(event))
        return events

    def export(self, target: Path, *, as_zip: bool) -> Path:
        return self.store.export(self.receipt.package_id, target, as_zip=as_zip, custody_events=self.events)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    return Written(tmp_path_factory.mktemp("written"))


def test_both_forms_pass(written: Written, single: ModuleType) -> None:
    trust = written.trust.to_json()
    for path in (written.folder, written.zip):
        assert judge(path, trust, single) == (set(), "PASS")
        assert judge(path, None, single) == (set(), "UNTRUSTED-KEYS")


def test_custody_is_in_the_log(written: Written, single: ModuleType, tmp_path: Path) -> None:
    report = single.run_checks(str(written.folder), single.TrustFile(written.trust.to_bytes()), None, None)
    assert [check.status for check in report.checks if check.number == 17] == ["PASS"]
    assert not [check for check in report.checks if check.number == 18 and check.status == "FAIL"]
    # An event without its proof: a view may lack one until its hour is logged, anything else may not.
    for number, failed in ((1, set()), (2, {18})):
        copy = tmp_path / str(number)
        shutil.copytree(written.folder, copy)
        for proof in (copy / "custody/proofs").glob(f"{number:06d}-*"):
            proof.unlink()
        Forge(copy).tag_manifest()
        assert judge(copy, written.trust.to_json(), single)[0] == failed


def test_growth_of_the_log(written: Written, single: ModuleType) -> None:
    size = int((written.folder / "seal/log/checkpoint").read_bytes().split(b"\n")[1])
    written.store.append(
        {"at": "2026-03-02T00:00:00Z", "h256": "0" * 64, "hsm3": "0" * 64, "ref": "x", "t": "anchor", "v": 1}
    )
    body = written.store.consistency(size)
    assert judge(written.folder, written.trust.to_json(), single, body) == (set(), "PASS")


def test_the_example_trust_file_is_refused(written: Written, tmp_path: Path) -> None:
    program, example = written.folder / "verify/verify.py", written.folder / "verify/trust.example.json"
    command = [sys.executable, "-I", "-S", str(program), str(written.zip), "--trust", str(example)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", timeout=60)
    assert done.returncode == 2
    assert "信任文件不能使用" in done.stdout
    (tmp_path / "trust.json").write_bytes(written.trust.to_bytes())
    command[-1] = str(tmp_path / "trust.json")
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def stock_tools(root: Path, roots: Path) -> dict[str, bool]:
    """What the tools everybody has say about a package folder."""
    token = next((root / "seal/tsa").glob("*.tsr"))
    commands: dict[str, list[str]] = {
        "openssl": ["openssl", "ts", "-verify", "-data", "seal.sha256", "-in", str(token), "-CAfile", str(roots)],
        "seal": ["sha256sum", "-c", "--strict", "--quiet", "seal.sha256"],
        "manifest": ["sha256sum", "-c", "--strict", "--quiet", "manifest-sha256.txt"],
        "bagit": [str(BIN / "bagit.py"), "--validate", "--quiet", "."],
        "wacz": [str(BIN / "wacz"), "validate", "-f", "data/capture.wacz"],
    }
    done = {
        name: subprocess.run(c, cwd=root, capture_output=True, check=False, timeout=120) for name, c in commands.items()
    }
    return {name: one.returncode == 0 for name, one in done.items()}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command on this machine")
def test_stock_tools_miss_what_ours_catches(written: Written, single: ModuleType, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(written.roots)
    assert {name for name, good in stock_tools(written.folder, roots).items() if not good} <= {"wacz"}
    # A payload edited with all digests recomputed: only the token of the five tools notices, and only with true roots.
    forged = tmp_path / "forged"
    shutil.copytree(written.folder, forged)
    edit_with_manifests(Forge(forged))
    tools = stock_tools(forged, roots)
    assert (tools["seal"], tools["manifest"], tools["bagit"], tools["openssl"]) == (True, True, True, False)
    assert judge(forged, written.trust.to_json(), single)[1] == "FAIL"
