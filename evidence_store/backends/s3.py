"""Objects in a bucket of an S3 service: conditional puts, so nothing is overwritten; Object Lock where there is one.

boto3 is loaded when the first such place is opened. Credentials come the ways boto3 knows, never in the address.
"""

import contextlib
import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final, Self

from evidence_store.backends.base import Batch, check_key, is_key
from evidence_store.backends.s3_address import Place, read_place
from evidence_store.backends.s3_spool import SPOOL, base64, require_digest, spooled
from evidence_store.backends.s3_trouble import open_client, s3_errors, status_of
from evidence_store.digests import sha256_of
from evidence_store.failures import (
    BackendUnfitError,
    ObjectConflictError,
    ObjectMissingError,
    ObjectRetainedError,
    StorageError,
)

PART: Final = 8 << 20
"""Bytes of one part; what is larger goes up in parts, one in memory at a time."""
_PROBE: Final = ".conditional-put"
_TAKEN: Final = (409, 412)
_TRIES: Final = 20


class S3Backend:
    """A bucket, or what lies below a prefix of it, with the contract of `Backend`.

    Args:
        address: `s3://bucket/prefix?endpoint=…&region=…&lock=governance&days=3650`.
        part: Bytes of one part of a large object.

    Raises:
        UnknownBackendError: The address does not follow the rules.
        StorageError: The bucket cannot be used; the message says what to do.
    """

    def __init__(self, address: str, *, part: int = PART) -> None:
        self.place: Place = read_place(address)
        self.part = part
        self.client: Any = open_client(self.place)
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()
        self._probed = False
        with s3_errors(self.place.bucket):
            self.client.head_bucket(Bucket=self.place.bucket)
        if self.place.lock and not self.has_object_lock():
            raise BackendUnfitError(
                f"{self.place.bucket}: lock={self.place.lock.lower()}, no Object Lock on the bucket"
            )

    # --- what the bucket gives ----------------------------------------------------------------------------------------
    def has_object_lock(self) -> bool:
        """Whether the bucket was made with Object Lock; without it an administrator of the bucket can delete."""
        with s3_errors(self.place.bucket):
            try:
                found = self.client.get_object_lock_configuration(Bucket=self.place.bucket)
            except self.client.exceptions.ClientError as error:
                if status_of(error) in (404, 501):
                    return False
                raise
        return bool(found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")

    def hold(self, key: str, *, on: bool) -> None:
        """Set or lift the legal hold of an object; a bucket without Object Lock refuses."""
        with s3_errors(key):
            state = {"Status": "ON" if on else "OFF"}
            self.client.put_object_legal_hold(**self.at(key), LegalHold=state)

    def at(self, key: str) -> dict[str, str]:
        """Return bucket and full name of a key."""
        return {"Bucket": self.place.bucket, "Key": self.place.prefix + check_key(key)}

    def retention(self) -> dict[str, Any]:
        """Return what keeps a new object until its day, when the address asks for it."""
        if not self.place.lock:
            return {}
        until = datetime.now(UTC) + timedelta(days=self.place.days)
        return {"ObjectLockMode": self.place.lock, "ObjectLockRetainUntilDate": until}

    def require_conditional(self) -> None:
        """Refuse a service that overwrites in spite of `If-None-Match: *`: it cannot keep evidence."""
        if self._probed:
            return
        for body in (b"1", b"2"):  # the second must be refused, whoever wrote the first
            with s3_errors(_PROBE):
                try:
                    self.client.put_object(
                        Bucket=self.place.bucket, Key=self.place.prefix + _PROBE, Body=body, IfNoneMatch="*"
                    )
                except self.client.exceptions.ClientError as error:
                    if status_of(error) not in _TAKEN:
                        raise
                    self._probed = True
                    return
        raise BackendUnfitError(f"{self.place.bucket}: If-None-Match")

    # --- the contract -------------------------------------------------------------------------------------------------
    def batch(self) -> AbstractContextManager[Batch]:
        """Return a new group of writes."""
        return _S3Batch(self)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write one object; False when an equal one was there."""
        check_key(key)
        return self.upload(key, io.BytesIO(data))

    def upload(self, key: str, file: BinaryIO) -> bool:
        """Write a stream under a free key; False when equal bytes lie there, `ObjectConflictError` when others do."""
        self.require_conditional()
        file.seek(0)
        sha256, size = sha256_of(file)
        for _ in range(_TRIES):
            file.seek(0)
            try:
                with s3_errors(key):
                    self._put(key, file, sha256, size)
            except ObjectConflictError:
                try:
                    with self.open(key) as there:
                        same = sha256_of(there) == (sha256, size)
                except ObjectMissingError:
                    continue  # the other writer had not finished (409), or gave up: try again
                if not same:
                    raise
                return False
            return True
        raise ObjectConflictError(key)

    def _put(self, key: str, file: BinaryIO, sha256: bytes, size: int) -> None:
        told = {"Metadata": {"sha256": sha256.hex()}, **self.retention(), **self.at(key)}
        if size <= self.part:
            self.client.put_object(
                Body=file.read(), IfNoneMatch="*", ChecksumAlgorithm="SHA256", ChecksumSHA256=base64(sha256), **told
            )
            return
        upload = self.client.create_multipart_upload(ChecksumAlgorithm="SHA256", **told)["UploadId"]
        with contextlib.ExitStack() as undo:
            undo.callback(self._abort, key, upload)
            parts = []
            for number, piece in enumerate(iter(lambda: file.read(self.part), b""), start=1):
                check = base64(sha256_of(io.BytesIO(piece))[0])
                sent = self.client.upload_part(
                    **self.at(key), UploadId=upload, PartNumber=number, Body=piece, ChecksumSHA256=check
                )
                parts.append({"ETag": sent["ETag"], "PartNumber": number, "ChecksumSHA256": check})
            self.client.complete_multipart_upload(
                **self.at(key), UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
            undo.pop_all()

    def _abort(self, key: str, upload: str) -> None:
        with contextlib.suppress(StorageError), s3_errors(key):
            self.client.abort_multipart_upload(**self.at(key), UploadId=upload)

    def get(self, key: str) -> bytes:
        """Return an object, held against the digest it was written with."""
        with self.open(key) as file:
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """Return an object as a stream: fetched whole, large ones on disk, and checked before a byte is given out."""
        return self._fetch(key)[0]

    def _fetch(self, key: str) -> tuple[BinaryIO, str]:
        with contextlib.ExitStack() as undo, s3_errors(key):
            spool = undo.enter_context(spooled())
            found = self.client.get_object(**self.at(key))
            with contextlib.closing(found["Body"]) as body:
                spool.writelines(body.iter_chunks(SPOOL))
            require_digest(spool, found.get("Metadata", {}).get("sha256"), key)
            undo.pop_all()
            return spool, str(found["ETag"])

    def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        with s3_errors(key):
            try:
                self.client.head_object(**self.at(key))
            except self.client.exceptions.ClientError as error:
                if status_of(error) == 404:  # noqa: PLR2004  a HEAD has no words, only the number
                    return False
                raise
        return True

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix, sorted, a page at a time."""
        cut, full = len(self.place.prefix), self.place.prefix + prefix
        with s3_errors(prefix or self.place.bucket):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.place.bucket, Prefix=full):
                yield from (key for row in page.get("Contents", ()) if is_key(key := row["Key"][cut:]))

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Replace `old` by `new`, or change nothing and return False; the service compares, not we."""
        self.require_conditional()
        when = {"IfNoneMatch": "*"}
        if old is not None:
            try:
                stream, tag = self._fetch(key)
            except ObjectMissingError:
                return False
            with stream:
                if stream.read() != old:
                    return False
            when = {"IfMatch": tag}
        digest = sha256_of(io.BytesIO(new))[0]
        told = {"Metadata": {"sha256": digest.hex()}, "ChecksumSHA256": base64(digest)}
        try:
            with s3_errors(key):
                self.client.put_object(Body=new, **when, **told, **self.at(key))
        except (ObjectConflictError, ObjectMissingError):
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove an object, with every version of it; one under retention or hold is `ObjectRetainedError`."""
        where = self.at(key)
        if not self.exists(key):
            raise ObjectMissingError(key)
        for version in list(self._versions(where["Key"])) or [None]:
            which = {"VersionId": version} if version else {}
            with s3_errors(key):
                try:
                    self.client.delete_object(**where, **which)
                except self.client.exceptions.ClientError as error:
                    if status_of(error) == 403 and self.has_object_lock():  # noqa: PLR2004
                        raise ObjectRetainedError(key) from error
                    raise

    def _versions(self, name: str) -> Iterator[str | None]:
        with s3_errors(name):
            pages = self.client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self.place.bucket, Prefix=name):
                rows = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
                yield from (row["VersionId"] for row in rows if row["Key"] == name)

    @contextlib.contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold a lock among the threads of this process; between machines the conditional puts alone decide."""
        with self._guard:
            lock = self._locks.setdefault(check_key(name), threading.RLock())
        with lock:
            yield

    def leftovers(self) -> Iterator[str]:
        """Yield uploads in parts that never finished."""
        with s3_errors(self.place.bucket):
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.place.bucket, Prefix=self.place.prefix):
                yield from (f"{row['Key']} {row['UploadId']}" for row in page.get("Uploads", ()))


class _S3Batch:
    """Staged files of an `S3Backend`: on this machine's disk until they are linked, which is when they go up."""

    def __init__(self, backend: S3Backend) -> None:
        self._backend = backend
        self._staged: list[tuple[str, BinaryIO]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _key, file in self._staged:
            file.close()

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        file = spooled()
        self._staged.append((check_key(key), file))
        file.writelines(chunks)

    def sync(self) -> None:
        """Nothing is up yet, so nothing is to be made durable."""

    def link(self) -> None:
        for key, file in self._staged:
            self._backend.upload(key, file)

    def settle(self) -> None:
        """What the service acknowledged is durable."""
