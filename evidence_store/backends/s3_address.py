"""The address of a bucket, read strictly: nothing guessed, no secret in it, plain HTTP only to this machine."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from evidence_store.failures import UnknownBackendError

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*")
_REGION: Final = re.compile(r"[a-z0-9-]{2,40}")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_KNOWN: Final = {"endpoint", "region", "lock", "days"}
_MOST_DAYS: Final = 100 * 366


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says.

    Attributes:
        bucket: The bucket; it is never made by us.
        prefix: What all keys begin with: empty, or ending in a slash.
        endpoint: Address of the service; None means the one boto3 knows for the region.
        region: The region signed for.
        lock: GOVERNANCE or COMPLIANCE when new objects are put under retention, else empty.
        days: For how long.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    lock: str = ""
    days: int = 0


def read_place(address: str) -> Place:
    """Read `s3://bucket/prefix?endpoint=https://…&region=…&lock=governance|compliance&days=N`.

    Raises:
        UnknownBackendError: It does not follow the rules; the message names the part.
    """
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise UnknownBackendError("s3://bucket/prefix?endpoint=https://…") from error
    given = dict(pairs)
    _require(parts.scheme == "s3" and _BUCKET.fullmatch(parts.netloc), "s3://bucket (no user, no password, no port)")
    _require(len(given) == len(pairs) and set(given) <= _KNOWN and not parts.fragment, "?endpoint= region= lock= days=")
    prefix = parts.path.strip("/")
    prefix = prefix and prefix + "/"
    _require(_PREFIX.fullmatch(prefix), "s3://bucket/prefix: A-Z a-z 0-9 . _ -")
    region = given.get("region", "us-east-1")
    _require(_REGION.fullmatch(region), "region=")
    lock = given.get("lock", "").upper()
    _require(lock in ("", "GOVERNANCE", "COMPLIANCE"), "lock=governance / lock=compliance")
    days = given.get("days", "0")
    _require(
        days.isascii() and days.isdigit() and (0 < int(days) <= _MOST_DAYS) == bool(lock), "lock= and days= together"
    )
    return Place(parts.netloc, prefix, _endpoint(given.get("endpoint")), region, lock, int(days))


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UnknownBackendError("endpoint=https://host:port") from error
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    _require(bool(host) and bare and safe, "endpoint=https://host:port (http only for this machine)")
    return f"{parts.scheme}://{parts.netloc}"


def _require(holds: object, words: str) -> None:
    if not holds:
        raise UnknownBackendError(words)
