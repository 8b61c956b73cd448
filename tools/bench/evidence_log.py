"""evidence.*: the log at a million leaves, durable appends, and the one-file verifier's start."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store import Signer
from evidence_store.backends import LocalBackend
from evidence_store.log import Log
from evidence_store.logcheck import audit
from evidence_store.verifier import build_verify_py
from tests.evidence_store.authorities import Authority
from tests.evidence_store.judging import make
from tools.bench.figures import PAIRS, Figure, ratio, seconds

LEAVES, BATCH = 1_000_000, 20_000
PROOFS = 200
APPENDS, SYNCS = 256, 60


def leaf(number: int) -> dict[str, object]:
    """One leaf as sealing writes it."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {"v": 1, "t": "seal", "at": "2026-03-01T08:00:00Z", "ref": f"r{number}", "h256": digest, "hsm3": digest}


@cache
def million() -> tuple[Figure, Figure]:
    """Measure proofs and the audit on one log of a million leaves."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        log = Log(LocalBackend(Path(name)), Signer.generate("bench-log"))
        for first in range(0, LEAVES, BATCH):
            log.append_many([leaf(number) for number in range(first, first + BATCH)])
        head = log.head()
        entries = list(log.entries())
        return _proofs(log), _audit(log, entries, head.size)


def _proofs(log: Log) -> Figure:
    head, key = log.head(), Ed25519PrivateKey.generate()
    signature, public = key.sign(b"x" * 128), key.public_key()
    step = LEAVES // PROOFS

    def prove() -> None:
        for index in range(0, LEAVES, step):
            log.proof(index, head)

    def check() -> None:
        for _ in range(PROOFS):
            public.verify(signature, b"x" * 128)

    prove()
    return ratio(prove, check, f"{PROOFS} inclusion proofs over {LEAVES:,} leaves ÷ as many Ed25519 verifications")


def _audit(log: Log, entries: list[bytes], size: int) -> Figure:
    def hash_once() -> None:
        for entry in entries:
            hashlib.sha256(b"\x00" + entry).digest()

    def check() -> None:
        if audit(log.tiles, log.head()) != size:
            raise RuntimeError("the audit did not see every leaf")

    return ratio(check, hash_once, f"audit of {size:,} leaves from disk ÷ hashing them once in memory")


def appends_over_fsync() -> Figure:
    """Durable appends a second in batches ÷ fsyncs a second of the same disk."""
    runs = []
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        log = Log(LocalBackend(Path(name) / "log"), Signer.generate("bench-log"))
        for round_number in range(PAIRS):
            floor = SYNCS / seconds(lambda: _sync(Path(name) / "floor"))
            rows = [leaf(round_number * APPENDS + number) for number in range(APPENDS)]
            start = time.perf_counter()
            log.append_many(rows)
            runs.append(round(APPENDS / (time.perf_counter() - start) / floor, 2))
    return Figure(statistics.median(runs), f"{APPENDS} leaves durable at once ÷ {SYNCS} fsyncs of 4 kB", runs)


def _sync(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())


def verifier_over_python() -> Figure:
    """verify.py on a package with three tokens ÷ `python3 -c pass`."""
    with tempfile.TemporaryDirectory(prefix="bianwu-bench-") as name:
        folder = Path(name)
        package = make(folder / "package", authorities=[Authority(one) for one in ("one", "two", "three")])
        (folder / "verify.py").write_bytes(build_verify_py())
        command = [sys.executable, "-I", "-S"]
        (folder / "trust.json").write_text(json.dumps(package.trust()), "utf-8")
        check = [*command, str(folder / "verify.py"), str(package.root), "--trust", str(folder / "trust.json")]

        def verify() -> None:
            subprocess.run(check, capture_output=True, check=True)

        def nothing() -> None:
            subprocess.run([*command, "-c", "pass"], check=True)

        nothing()
        return ratio(verify, nothing, "verify.py on a 3-token package ÷ python3 -I -S -c pass", pairs=11)


FIGURES: dict[str, Callable[[], Figure]] = {
    "evidence.proof_over_ed25519": lambda: million()[0],
    "evidence.audit_over_hashing": lambda: million()[1],
    "evidence.appends_over_fsync": appends_over_fsync,
    "evidence.verifier_over_python": verifier_over_python,
}
