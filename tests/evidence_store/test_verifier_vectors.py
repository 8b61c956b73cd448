"""Frozen packages: what was PASS stays PASS, what was refused stays refused for the same reason, by both verifiers."""

import base64
import json
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evidence_store.trust import Trust
from evidence_store.verify import verify
from tests.evidence_store.judging import judge

VECTORS = Path(__file__).parents[1] / "vectors"
TAMPERED: list[dict[str, Any]] = json.loads((VECTORS / "tampered.json").read_text(encoding="utf-8"))


def trust(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return value


def test_good(single: ModuleType) -> None:
    assert judge(VECTORS / "good.zip", trust("good-trust.json"), single) == (set(), "PASS")
    assert judge(VECTORS / "good.zip", None, single) == (set(), "UNTRUSTED-KEYS")
    assert judge(VECTORS / "good.zip", trust("test-token-trust.json"), single)[1] == "FAIL"


def test_test_token(single: ModuleType) -> None:
    assert judge(VECTORS / "test-token.zip", trust("test-token-trust.json"), single) == (set(), "PASS")
    report = verify(VECTORS / "test-token.zip", Trust.load(VECTORS / "test-token-trust.json"))
    assert all("测试时间戳" in check.detail_zh for check in report.checks if check.number in {12, 13})


@pytest.mark.parametrize("row", TAMPERED, ids=[row["name"] for row in TAMPERED])
def test_tampered(row: dict[str, Any], single: ModuleType, tmp_path: Path) -> None:
    with zipfile.ZipFile(VECTORS / "good.zip") as archive:
        archive.extractall(tmp_path)
    root = next(tmp_path.iterdir())
    for path, data in row["files"].items():
        if data is None:
            (root / path).unlink()
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(base64.b64decode(data))
    failed, verdict = judge(root, trust("good-trust.json"), single)
    assert verdict == row["verdict"] == "FAIL"
    assert failed >= set(row["failed"])
    assert row["failed"]
