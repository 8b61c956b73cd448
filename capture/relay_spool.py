"""What the relay's process writes to disk: records as JSON lines, bodies as files; and the meters that cap it.

Secrets never reach this folder: header values are redacted here, before anything is written or hashed.
"""

import errno
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_bytes
from typing import Any, BinaryIO, Protocol

from capture.errors import CaptureError, DiskFullError, RecordBrokenError
from capture.models import Limits
from capture.relay_model import KINDS, RECORDS_NAME, Exchange, Headers, LimitHit, Record, Redaction, now, to_json

_NAME_OF = {kind: name for name, kind in KINDS.items()}
_WHOLE = frozenset(("authorization", "proxy-authorization", "cookie2", "set-cookie2"))


class Records(Protocol):
    """Where connections are written down."""

    def write(self, record: Any, /) -> None:
        """Write a record, again when it has changed."""


class Spool:
    """The folder one relay writes.

    Attributes:
        folder: Holds `records.jsonl` and `bodies/`.
        exchanges: Every exchange written, redacted.
        secrets: Values that were redacted; in memory only.
        on_failure: Told once it cannot be written any more: the record is no longer whole, whatever happens next.
    """

    def __init__(self, folder: Path) -> None:
        """Open the record file; the folder must exist."""
        self.folder = folder
        (folder / "bodies").mkdir(mode=0o700, exist_ok=True)
        self._records = (folder / RECORDS_NAME).open("x", encoding="utf-8")
        self.exchanges: list[Exchange] = []
        self.secrets: set[str] = set()
        self._salt = token_bytes(32)  # never written: a token cannot be tried against guesses
        self.on_failure: Callable[[CaptureError], None] = _nobody

    def write(self, record: Record) -> None:
        """Append one record; a later record of the same kind and id replaces an earlier one for readers.

        Raises:
            DiskFullError, RecordBrokenError: It cannot be written.
        """
        line = {"kind": _NAME_OF[type(record)], **to_json(record)}
        with self.guarded():
            self._records.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._records.flush()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn a failing write into a `RecordError`, so that it is never taken for a failing network."""
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            words = f"{self.folder}: {error.strerror or error}"
            failure = DiskFullError(words) if full else RecordBrokenError(words)
            self.on_failure(failure)
            raise failure from error

    def write_exchange(self, exchange: Exchange) -> None:
        """Append an exchange with its secrets replaced, and a `Redaction` for each."""
        request = self._redact(exchange.id, exchange.request_headers)
        response = self._redact(exchange.id, exchange.response_headers)
        clean = replace(exchange, request_headers=request, response_headers=response)
        self.exchanges.append(clean)
        self.write(clean)

    def close(self) -> None:
        """Close the record file."""
        with self.guarded():
            self._records.close()

    def _redact(self, exchange_id: int, headers: Headers) -> Headers:
        clean: list[tuple[str, str]] = []
        for name, value in headers:
            text, tokens = redact(name, value, self._token)
            clean.append((name, text))
            for token in tokens:
                self.write(Redaction(exchange_id, name, token))
        return tuple(clean)

    def _token(self, secret: str) -> str:
        self.secrets.add(secret)
        digest = hashlib.sha256(self._salt + secret.encode("latin-1")).hexdigest()
        return f"[redacted sha256:{digest}]"


def redact(name: str, value: str, token: Callable[[str], str]) -> tuple[str, list[str]]:
    """Replace the secrets in one header value.

    Cookie names and attributes stay (they show that no login was carried in), their values go; Authorization
    goes whole.

    Args:
        name: Field name.
        value: Field value.
        token: Makes the replacement for one secret.

    Returns:
        The value to write and the tokens put in.
    """
    key = name.lower()
    if key == "cookie":
        pieces = [_redact_cookie(piece, token) for piece in value.split(";")]
        return "; ".join(text for text, _ in pieces), [made for _, made in pieces if made]
    if key == "set-cookie":
        first, semicolon, attributes = value.partition(";")
        text, made = _redact_cookie(first, token)
        return text + semicolon + attributes, [made] if made else []
    if key in _WHOLE:
        made = token(value)
        return made, [made]
    return value, []


def _redact_cookie(piece: str, token: Callable[[str], str]) -> tuple[str, str]:
    name, equals, value = piece.strip().partition("=")
    secret = value if equals else name
    if not secret:
        return piece.strip(), ""
    made = token(secret)
    return (f"{name}={made}" if equals else made), made


@dataclass
class Meter:
    """Counts what one capture has used of its limits.

    Attributes:
        limits: The caps.
        record: Called once for each limit that is reached.
        total: Octets of all bodies so far.
        connections: Upstream connections so far.
        expired: Whether the seconds are over.
    """

    limits: Limits
    record: Callable[[LimitHit], None]
    total: int = 0
    connections: int = 0
    expired: bool = False
    _hit: set[str] = field(default_factory=set)

    def hit(self, name: str, url: str = "") -> None:
        """Record that a limit was reached; only body_bytes is recorded more than once (each cut body)."""
        if name != "body_bytes" and name in self._hit:
            return
        self._hit.add(name)
        self.record(LimitHit(name, getattr(self.limits, name), now(), url))

    def admit_connection(self, url: str) -> bool:
        """Count one more upstream connection; False when the cap is reached."""
        if self.connections >= self.limits.connections:
            self.hit("connections", url)
            return False
        self.connections += 1
        return True

    def take(self, size: int, used: int, url: str) -> int:
        """Count octets of a body.

        Args:
            size: Octets at hand.
            used: Octets of this body already kept.
            url: For the record of the limit.

        Returns:
            How many of them may be kept; fewer than `size` means a limit was reached.
        """
        room_body = self.limits.body_bytes - used
        room_total = self.limits.total_bytes - self.total
        if size > room_body:
            self.hit("body_bytes", url)
        if size > room_total:
            self.hit("total_bytes", url)
        kept = max(0, min(size, room_body, room_total))
        self.total += kept
        return kept


class Body:
    """One body on its way to a file; the file appears with its first octet."""

    def __init__(self, spool: Spool, name: str) -> None:
        """Remember where to write: `bodies/<name>` under the spool."""
        self._spool = spool
        self._path = Path("bodies") / name
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append octets.

        Raises:
            DiskFullError, RecordBrokenError: They cannot be written.
        """
        with self._spool.guarded():
            if self._file is None:
                self._file = (self._spool.folder / self._path).open("xb")
            self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def close(self) -> tuple[Path | None, str]:
        """Close the file.

        Returns:
            Its name under the spool and the SHA-256 in hex, or (None, "") for an empty body.

        Raises:
            DiskFullError, RecordBrokenError: The last octets cannot be written.
        """
        if self._file is None:
            return None, ""
        with self._spool.guarded():
            self._file.close()
        return self._path, self._hash.hexdigest()


def _nobody(_failure: CaptureError) -> None:
    """Be told nothing."""
