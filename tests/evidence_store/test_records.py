"""Records of the store: round trips, and refusal of everything else."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store.errors import EvidenceError
from evidence_store.manifest import canonical_json, parse_object
from evidence_store.package import PackageFile
from evidence_store.records import PackageRecord, StampRecord, file_of
from evidence_store.stampfiles import stamp_paths

RECORD = PackageRecord(
    "0" * 64, "01ARZ3NDEKTSV4RRFFQ69G5FAV", (file_of("data/正文.txt", b"x"), PackageFile("a", 0, "1" * 64, "2" * 64))
)
ENTRY = {
    "gen_time": "2026-03-01T08:00:00Z", "imprint": "sha256", "kind": "rfc3161-http", "n": 1, "name": "x", "nonce": "1f",
    "policy": "1.2.3", "received_at": "2026-03-01T08:00:00Z", "serial": "5", "stamped": "seal.sha256", "test": True,
}  # fmt: skip
STAMP = StampRecord(ENTRY, tuple(file_of(path, b"") for path in stamp_paths(1, "x")))


def test_round_trips() -> None:
    assert PackageRecord.parse(RECORD.to_bytes()) == RECORD
    assert StampRecord.parse(STAMP.to_bytes()) == STAMP
    assert RECORD.file("a") == RECORD.files[1]
    assert RECORD.file("b") is None


def changed(data: bytes, path: str, value: Any) -> bytes:
    top = parse_object(data)
    *parents, last = path.split(".")
    inner: Any = top
    for name in parents:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    if isinstance(inner, list):
        inner[int(last)] = value
    else:
        inner[last] = value
    return canonical_json(top)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("v", 2),
        ("extra", 1),
        ("package_id", "x"),
        ("seal_id", None),
        ("files", {}),
        ("files.0", None),
        ("files.0.path", "../x"),
        ("files.0.path", 5),
        ("files.0.size", -1),
        ("files.0.size", True),
        ("files.0.sha256", "x"),
        ("files.0.sm3", None),
        ("files.0.extra", 1),
    ],
)
def test_not_package_records(path: str, value: Any) -> None:
    with pytest.raises(EvidenceError):
        PackageRecord.parse(changed(RECORD.to_bytes(), path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("v", 2),
        ("files", None),
        ("files.0.path", "seal/tsa/02-x.tsq"),
        ("entry", None),
        ("entry.n", "1"),
        ("entry.n", 0),
        ("entry.name", "X"),
        ("entry.name", "y"),
        ("entry.test", 1),
        ("entry.gen_time", "now"),
        ("entry.serial", 5),
        ("entry.extra", 5),
    ],
)
def test_not_stamp_records(path: str, value: Any) -> None:
    with pytest.raises(EvidenceError):
        StampRecord.parse(changed(STAMP.to_bytes(), path, value))


@settings(max_examples=100)
@given(st.binary(max_size=100), st.integers(0, 300))
def test_any_bytes(noise: bytes, at: int) -> None:
    for parse, good in ((PackageRecord.parse, RECORD.to_bytes()), (StampRecord.parse, STAMP.to_bytes())):
        with contextlib.suppress(EvidenceError):
            parse(good[:at] + noise + good[at:])
        with contextlib.suppress(EvidenceError):
            parse(noise)
