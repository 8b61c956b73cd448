"""Memory stays flat however large a file is: every step in a process of its own, beside the same on a small file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.verifier import build_verify_py

STEPS = ("seal", "admit", "export", "zip", "verify folder", "verify zip", "fsck")
GIB = 2**30
MB = 1024  # ru_maxrss counts KiB
LIMIT_MB = 100
STEP = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from evidence_store import EvidenceStore, Package, SealFacts, Signer, new_ulid, seal
from evidence_store.trust import Trust, TrustedKey, TrustedMinimum
from evidence_store.verify import verify

step, folder = sys.argv[1], Path(sys.argv[2])
sealer, log = Signer("sealer.example", bytes(32)), Signer("log.example", bytes(range(32)))
store, out = EvidenceStore(folder / "store", log_signer=log), folder / "out"
if step == "seal":
    facts = SealFacts(new_ulid(), "", datetime.now(UTC), {"source": "files"}, {}, {"state": "unchecked"})
    seal({"payload.bin": folder / "payload.bin"}, facts, sealer, folder / "sealed")
elif step == "admit":
    store.admit(Package.open(next((folder / "sealed").glob("bianwu-*"))))
elif step in {"export", "zip"}:
    store.export(next(store.packages()), out, as_zip=step == "zip")
elif step.startswith("verify"):
    trust = Trust(sealers=(TrustedKey(sealer.verifier_key, ""),), log=log.verifier_key, minimums=(TrustedMinimum(0),))
    (folder / "trust.json").write_bytes(trust.to_bytes())
    found = [one for one in out.iterdir() if (one.suffix == ".zip") == step.endswith("zip")]
    assert verify(found[0], trust).verdict == "PASS"
else:
    assert store.fsck().ok
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peaks(folder: Path, size: int) -> dict[str, int]:
    """Do every step on a file of ``size`` bytes; return the highest resident size of each, in MB."""
    folder.mkdir()
    with (folder / "payload.bin").open("wb") as file:
        file.truncate(size)
    found = {}
    for step in STEPS:
        done = subprocess.run(
            [sys.executable, "-c", STEP, step, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        found[step] = int(done.stdout) // MB
    (folder / "verify.py").write_bytes(build_verify_py())
    for kind in ("folder", "zip"):
        package = next(one for one in (folder / "out").iterdir() if (one.suffix == ".zip") == (kind == "zip"))
        measured = (
            "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            " print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        words = [sys.executable, "-I", "-S", str(folder / "verify.py"), str(package)]
        words += ["--trust", str(folder / "trust.json")]
        done = subprocess.run([sys.executable, "-c", measured, *words], capture_output=True, text=True, check=True)
        code, size_kib = done.stdout.split()
        assert code == "0"
        found[f"verify.py {kind}"] = int(size_kib) // MB
    return found


@pytest.mark.full
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    small, large = peaks(tmp_path / "small", 1000), peaks(tmp_path / "large", GIB)
    grown = {step: large[step] - small[step] for step in small}
    assert max(grown.values()) <= LIMIT_MB, grown
