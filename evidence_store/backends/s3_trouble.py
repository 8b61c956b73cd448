"""What an S3 service can answer, said in the errors of this package with what to do about it."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any, Final

from evidence_store.backends.s3_address import Place
from evidence_store.failures import (
    BackendClockError,
    BackendCredentialsError,
    BackendDriverError,
    BackendUnreachableError,
    BucketMissingError,
    ObjectConflictError,
    ObjectMissingError,
    StorageFailedError,
)

_SESSIONS: Final = threading.Lock()
_KINDS: Final[dict[str, type[Exception]]] = {
    "NoSuchKey": ObjectMissingError,
    "NoSuchBucket": BucketMissingError,
    "404": BucketMissingError,  # the HEAD of a bucket; that of an object is answered before it comes here
    "PreconditionFailed": ObjectConflictError,
    "ConditionalRequestConflict": ObjectConflictError,
    "RequestTimeTooSkewed": BackendClockError,
    "AccessDenied": BackendCredentialsError,
    "InvalidAccessKeyId": BackendCredentialsError,
    "SignatureDoesNotMatch": BackendCredentialsError,
    "ExpiredToken": BackendCredentialsError,
    "InvalidToken": BackendCredentialsError,
    "401": BackendCredentialsError,
    "403": BackendCredentialsError,
    "SlowDown": BackendUnreachableError,
    "ServiceUnavailable": BackendUnreachableError,
    "InternalError": BackendUnreachableError,
    "503": BackendUnreachableError,
}


@functools.cache
def _session(maker: Any) -> Any:
    """Return the one session of the process: describing the service is read once, which is most of the work."""
    return maker()


def open_client(place: Place) -> Any:
    """Return boto3's client for a place; nothing is sent yet.

    Raises:
        BackendDriverError: boto3 is not installed.
    """
    try:
        import boto3  # noqa: PLC0415  15 MB that only an installation with a bucket needs
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise BackendDriverError("boto3") from error
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with s3_errors(place.bucket), _SESSIONS:
        session = _session(boto3.session.Session)
        return session.client("s3", endpoint_url=place.endpoint, region_name=place.region, config=config)


def status_of(error: Any) -> int:
    """Return the number of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextlib.contextmanager
def s3_errors(what: str) -> Iterator[None]:
    """Turn boto3's errors inside the block into a `StorageError` that names `what`."""
    from botocore import exceptions as boto  # noqa: PLC0415

    try:
        yield
    except boto.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        kind = _KINDS.get(code, StorageFailedError)
        plain = kind in (ObjectMissingError, ObjectConflictError)
        raise kind(what if plain else f"{what}: {code}") from error
    except (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.ProfileNotFound,
        boto.TokenRetrievalError,
    ) as error:
        raise BackendCredentialsError(f"{what}: {type(error).__name__}") from error
    except (boto.HTTPClientError, boto.EndpointConnectionError) as error:
        raise BackendUnreachableError(f"{what}: {type(error).__name__}") from error
    except boto.BotoCoreError as error:
        raise StorageFailedError(f"{what}: {type(error).__name__}") from error
