"""evidence.*: verification beside plain hashing of the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from evidence_store import EvidenceStore, SealFacts, Signer, new_ulid, seal
from evidence_store.backends import LocalBackend
from evidence_store.trust import Trust, TrustedKey, TrustedMinimum
from evidence_store.vault import EncryptedBackend, KeyPlace, PlainRootKey
from evidence_store.verify import verify
from tools.bench.figures import PAIRS, Figure, ratio

PAYLOAD_BYTES = 256 * 2**20

SMALL = 200_000
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
    trust = Trust(
        sealers=(TrustedKey(sealer.verifier_key, "bench"),), log=log.verifier_key, minimums=(TrustedMinimum(0),)
    )
    return store.export(receipt.package_id, folder / "out"), trust


def ingest_over_copy() -> Figure:
    """Seal and admit (read, both digests, encrypt, sync) against a plain copy with sync and both digests."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        folder = Path(name)
        keys = KeyPlace(LocalBackend(folder / "keys"), PlainRootKey.generate())
        keys.create()
        place = EncryptedBackend(LocalBackend(folder / "store"), keys)
        store = EvidenceStore(place, log_signer=Signer.generate("bench-log"))
        sealer = Signer.generate("bench-sealer")
        rounds = iter(range(PAIRS))

        def ingest() -> None:
            number = next(rounds)
            place = folder / f"sealed-{number}"
            for source in sources[number]:
                facts = SealFacts(new_ulid(), "", datetime.now(UTC), {"source": "files"}, {}, {"state": "unchecked"})
                store.admit(seal({source.name: source}, facts, sealer, place / source.stem))
            shutil.rmtree(place)

        def copy() -> None:
            for source in sources[0]:
                _copied(source, folder / "copy")

        # Other bytes each round: what is kept already would be read back, not encrypted again.
        sources = [
            [
                _file(folder / f"big-{number}.bin", PAYLOAD_BYTES),
                *(_file(folder / f"{number}-{n}.bin", SMALL) for n in range(20)),
            ]
            for number in range(PAIRS)
        ]
        how = "copy, fsync, SHA-256 and SM3 ÷ seal and admit into an encrypted store, 256 MiB and 20 × 200 kB"
        return ratio(copy, ingest, how)


def _file(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        for start in range(0, size, CHUNK):
            file.write(os.urandom(min(CHUNK, size - start)))
    return path


def _copied(path: Path, to: Path) -> None:
    sha256, sm3 = hashlib.sha256(), hashlib.new("sm3")
    with path.open("rb") as source, to.open("wb") as target:
        while chunk := source.read(CHUNK):
            sha256.update(chunk)
            sm3.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


FIGURES = {"evidence.verify_over_hashing": verify_over_hashing, "evidence.ingest_over_copy": ingest_over_copy}
