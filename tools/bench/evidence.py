"""evidence.*: verification beside plain hashing of the same bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from evidence_store import EvidenceStore, SealFacts, Signer, new_ulid, seal
from evidence_store.trust import Trust, TrustedKey
from evidence_store.verify import verify
from tools.bench.figures import Figure, ratio

PAYLOAD_BYTES = 256 * 2**20
CHUNK = 2**20


def verify_over_hashing() -> Figure:
    """Full verify (SHA-256 and SM3) against hashlib doing both over the same bytes: throughput ratio."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        folder = Path(name)
        package, trust = sealed_package(folder)
        payload = package / "data" / "payload.bin"

        def hash_both() -> None:
            sha256, sm3 = hashlib.sha256(), hashlib.new("sm3")
            with payload.open("rb") as file:
                while chunk := file.read(CHUNK):
                    sha256.update(chunk)
                    sm3.update(chunk)

        def verify_all() -> None:
            report = verify(package, trust)
            if report.verdict != "PASS":
                raise RuntimeError(report.verdict)

        # Throughput over throughput is the reference's time over ours.
        return ratio(hash_both, verify_all, f"{PAYLOAD_BYTES >> 20} MiB package, hashlib SHA-256 + SM3 ÷ verify()")


def sealed_package(folder: Path) -> tuple[Path, Trust]:
    """A logged package with one big random file, and whom to believe."""
    source = folder / "payload.bin"
    with source.open("wb") as file:
        for _ in range(PAYLOAD_BYTES // CHUNK):
            file.write(os.urandom(CHUNK))
    sealer, log = Signer.generate("bench-sealer"), Signer.generate("bench-log")
    store = EvidenceStore(folder / "store", log_signer=log)
    facts = SealFacts(new_ulid(), "", datetime.now(UTC), {"source": "files"}, {}, {"state": "unchecked"})
    package = seal({"payload.bin": source}, facts, sealer, folder / "sealed")
    receipt = store.admit(package)
    trust = Trust(sealers=(TrustedKey(sealer.verifier_key, "bench"),), log=log.verifier_key, min_tokens=0)
    return store.export(receipt.package_id, folder / "out"), trust


FIGURES = {"evidence.verify_over_hashing": verify_over_hashing}
