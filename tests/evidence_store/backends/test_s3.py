"""A bucket: parts, Object Lock, digests, strict addresses, and the errors of a service with what to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence_store import EvidenceError
from evidence_store.backends import MemoryBackend, S3Backend, open_backend
from evidence_store.backends.s3_address import read_place
from evidence_store.failures import (
    BackendClockError,
    BackendCredentialsError,
    BackendDriverError,
    BackendUnfitError,
    BackendUnreachableError,
    BucketMissingError,
    DigestMismatchError,
    ObjectConflictError,
    ObjectRetainedError,
    UnknownBackendError,
)
from evidence_store.replica import compare, replicate
from tests.evidence_store import helpers
from tests.evidence_store.test_log import leaf

PART = 5 << 20
pytestmark = pytest.mark.slow  # a server of its own
Make = Callable[..., str]


def test_a_large_object_goes_up_in_parts(bucket: Make, s3_client: Any) -> None:
    kept = S3Backend(bucket(), part=PART)
    data = bytes(range(256)) * (PART // 256) + b"tail"
    assert kept.put_new("big", data)
    assert kept.get("big") == data
    assert not kept.put_new("big", data)
    with pytest.raises(ObjectConflictError):
        kept.put_new("big", data[:-1] + b"L")
    assert list(kept.leftovers()) == []
    s3_client.create_multipart_upload(Bucket=kept.place.bucket, Key="house/dead")
    assert [row.split()[0] for row in kept.leftovers()] == ["house/dead"]


def test_changed_bytes_are_told_before_one_is_given_out(bucket: Make, s3_client: Any) -> None:
    kept = S3Backend(bucket())
    kept.put_new("a", b"original")
    s3_client.put_object(**kept.at("a"), Body=b"forged!!", Metadata={"sha256": "00" * 32})
    with pytest.raises(DigestMismatchError):
        kept.open("a")


def test_object_lock_keeps_what_is_written(bucket: Make, s3_client: Any) -> None:
    kept = S3Backend(bucket(lock=True, more="&lock=compliance&days=30"))
    assert kept.has_object_lock()
    kept.put_new("a", b"one")
    told = s3_client.head_object(**kept.at("a"))
    assert told["ObjectLockMode"] == "COMPLIANCE"
    with pytest.raises(ObjectRetainedError):
        kept.delete("a")
    assert kept.get("a") == b"one"
    kept.hold("a", on=True)
    assert s3_client.get_object_legal_hold(**kept.at("a"))["LegalHold"]["Status"] == "ON"
    assert kept.swap("head", None, b"0")
    assert kept.swap("head", b"0", b"1")  # the head changes: it is under no retention
    kept.delete("head")
    assert not kept.exists("head")


def test_a_bucket_without_the_lock_asked_for_is_refused(bucket: Make) -> None:
    with pytest.raises(BackendUnfitError):
        open_backend(bucket(more="&lock=governance&days=1"))
    assert not S3Backend(bucket()).has_object_lock()


def test_a_service_that_overwrites_is_refused(bucket: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = S3Backend(bucket())
    put = kept.client.put_object
    monkeypatch.setattr(
        kept.client,
        "put_object",
        lambda **given: put(**{name: value for name, value in given.items() if name != "IfNoneMatch"}),
    )
    with pytest.raises(BackendUnfitError):
        kept.put_new("a", b"1")
    assert not kept.exists("a")


def test_pages(bucket: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = S3Backend(bucket())
    for number in range(5):
        kept.put_new(f"n/{number}", b"")
    pages = kept.client.get_paginator
    sizes: list[int] = []

    class Small:
        def __init__(self, name: str) -> None:
            self.name = name

        def paginate(self, **given: Any) -> Any:
            for page in pages(self.name).paginate(**given, PaginationConfig={"PageSize": 2}):
                sizes.append(len(page["Contents"]))
                yield page

    monkeypatch.setattr(kept.client, "get_paginator", Small)
    assert list(kept.list("n/")) == [f"n/{number}" for number in range(5)]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "RequestTimeTooSkewed", BackendClockError),
        (403, "InvalidAccessKeyId", BackendCredentialsError),
        (403, "AccessDenied", BackendCredentialsError),
        (503, "SlowDown", BackendUnreachableError),
        (404, "NoSuchBucket", BucketMissingError),
    ],
)
def test_refusals_say_what_to_do(bucket: Make, status: int, code: str, kind: type[EvidenceError]) -> None:
    kept = S3Backend(bucket())
    refused = kept.client.exceptions.ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject"
    )

    def refuse(**_: object) -> None:
        raise refused

    kept.client.get_object = kept.client.put_object = refuse
    for act in (lambda: kept.get("a"), lambda: kept.put_new("a", b"")):
        with pytest.raises(kind) as told:
            act()
        assert code in told.value.detail


def test_bucket_missing_and_nobody_there(bucket: Make, s3_server: str) -> None:
    with pytest.raises(BucketMissingError):
        open_backend(f"s3://no-such-bucket?endpoint={s3_server}")
    with pytest.raises(BackendUnreachableError):
        open_backend("s3://bucket?endpoint=http://127.0.0.1:9")


def test_without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BackendDriverError):
        open_backend("s3://bucket")


def test_boto3_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, evidence_store.backends; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://B",
        "s3://key:secret@bucket",
        "s3://bucket:9000/x",
        "s3://bucket/../x",
        "s3://bucket?endpoint=http://example.org",
        "s3://bucket?endpoint=https://u:p@example.org",
        "s3://bucket?endpoint=https://example.org/path",
        "s3://bucket?endpoint=ftp://127.0.0.1",
        "s3://bucket?endpoint=https://[",
        "s3://bucket?endpoint=",
        "s3://bucket?secret=1",
        "s3://bucket?region=a&region=b",
        "s3://bucket?lock=governance",
        "s3://bucket?days=3",
        "s3://bucket?lock=other&days=3",
        "s3://bucket?lock=governance&days=0",
        "s3://bucket#x",
    ],
)
def test_addresses_refused(address: str) -> None:
    with pytest.raises(UnknownBackendError):
        read_place(address)


def test_an_address_in_full() -> None:
    place = read_place(
        "s3://bucket/a/b/?endpoint=https://s3.example.org:8443&region=cn-north-1&lock=governance&days=90"
    )
    assert (place.bucket, place.prefix, place.region, place.lock, place.days) == (
        "bucket",
        "a/b/",
        "cn-north-1",
        "GOVERNANCE",
        90,
    )
    assert place.endpoint == "https://s3.example.org:8443"


def test_a_whole_store_moves_into_a_bucket_and_works_there(bucket: Make, tmp_path: Path) -> None:
    first, second = MemoryBackend(), S3Backend(bucket())
    package = helpers.sealed(tmp_path)
    receipt = helpers.store(first).admit(package)
    replicate(first, second)
    assert compare(first, second).alike
    moved = helpers.store(second)
    assert moved.admit(package) == receipt
    assert moved.append(leaf(1)).index == 1
    assert not moved.fsck().problems
