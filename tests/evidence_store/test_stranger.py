"""docs/package-format.md is enough: a verifier written from it alone agrees with ours, check by check."""

import base64
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evidence_store.trust import Trust
from evidence_store.verify import verify
from tests.evidence_store.stranger import CHECKS, Stranger
from tests.evidence_store.test_verifier_vectors import TAMPERED, VECTORS, trust


def unpacked(folder: Path) -> Path:
    with zipfile.ZipFile(VECTORS / "good.zip") as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def test_good_package(tmp_path: Path) -> None:
    assert Stranger(unpacked(tmp_path), trust("good-trust.json")).failed() == set()


@pytest.mark.parametrize("row", TAMPERED, ids=[row["name"] for row in TAMPERED])
def test_tampered(row: dict[str, Any], tmp_path: Path) -> None:
    root = unpacked(tmp_path)
    for path, data in row["files"].items():
        (root / path).unlink(missing_ok=True)
        if data is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(base64.b64decode(data))
    assert Stranger(root, trust("good-trust.json")).failed() == set(row["failed"]) & CHECKS


def test_mutated_packages(tmp_path: Path) -> None:
    """One byte changed in a file that a check of the stranger reads: both refuse, or both see nothing."""
    root, chance, trusted = unpacked(tmp_path), random.Random(5), trust("good-trust.json")
    believed = Trust.parse(json.dumps(trusted).encode())
    names = sorted(path for path in root.rglob("*") if path.is_file() and "/tsa/" not in str(path))
    for name in chance.sample(names, 12):
        whole = name.read_bytes()
        at = chance.randrange(len(whole))
        name.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        ours = {one.number for one in verify(root, believed).checks if one.status == "FAIL"}
        assert bool(Stranger(root, trusted).failed()) == bool(ours & CHECKS), (name, at)
        name.write_bytes(whole)
