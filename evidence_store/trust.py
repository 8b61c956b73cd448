"""trust.json: whom the reader of a package believes. Written by the issuer, handed over outside any package.

The format is section 4 of docs/package-format.md; the reader is the verifier's own
(`evidence_store.verifier.trustfile`), so a file this module writes is one that verify.py accepts.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence_store.errors import TrustFileError
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.trustfile import TRUST_SCHEMA, TrustFile

_MAX_FILE = 1 << 20


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


def _minimums(value: Any) -> "tuple[TrustedMinimum, ...]":
    if not isinstance(value, list):
        return (TrustedMinimum(value),)
    return tuple(TrustedMinimum(one["least"], _moment(one["since"])) for one in value)


@dataclass(frozen=True)
class TrustedKey:
    """A key that may seal.

    Attributes:
        vkey: C2SP verifier key, ``name+id+base64``.
        holder: Who holds it, for reports.
        not_before: First acceptable ``sealed_at`` (aware, whole seconds), or None.
        not_after: Last acceptable ``sealed_at``, or None.
    """

    vkey: str
    holder: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class RetiredLogKey:
    """An earlier key of the log, believed up to the change of key.

    Attributes:
        vkey: C2SP verifier key.
        last_size: Leaves of the last checkpoint it signed.
        until: When another key took over, RFC 3339 UTC.
    """

    vkey: str
    last_size: int
    until: str


@dataclass(frozen=True)
class TrustedRoot:
    """The root certificate of a timestamp authority.

    Attributes:
        name: What people call the authority.
        sha256: Hex SHA-256 of the certificate's DER.
        test: A test authority: its timestamps are labelled 测试时间戳 and prove nothing.
    """

    name: str
    sha256: str
    test: bool = False


@dataclass(frozen=True)
class TrustedMinimum:
    """How many authorities must have stamped a seal of a period.

    Attributes:
        least: How many.
        since: Sealing time from which this holds (aware, whole seconds); None for the first period.
    """

    least: int
    since: datetime | None = None


@dataclass(frozen=True)
class Trust:
    """Everything a reader believes before opening a package.

    Attributes:
        sealers: Keys that may seal; at least one.
        log: Verifier key of the log, its name being the origin; None when no log is trusted.
        old_log_keys: Earlier keys of the same log, believed without an end.
        retired_log_keys: Earlier keys of the same log, each believed up to its last checkpoint.
        witnesses: Verifier keys of witnesses.
        quorum: How many witnesses must have cosigned a checkpoint.
        roots: Roots of timestamp authorities.
        minimums: How many authorities must have stamped a seal, by periods of the sealing time, in order.
    """

    sealers: tuple[TrustedKey, ...]
    log: str | None = None
    old_log_keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    roots: tuple[TrustedRoot, ...] = ()
    minimums: tuple[TrustedMinimum, ...] = (TrustedMinimum(1),)
    retired_log_keys: tuple[RetiredLogKey, ...] = ()
    parsed: TrustFile = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "parsed", TrustFile(self.to_bytes()))
        except ProblemError as problem:
            raise TrustFileError(problem.en) from problem

    @classmethod
    def load(cls, path: Path) -> "Trust":
        """Read a trust.json.

        Raises:
            TrustFileError: Missing, unreadable, or not exactly in the format.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_FILE + 1)
        except OSError as error:
            raise TrustFileError(f"{path}: {error.strerror}") from error
        return cls.parse(data)

    @classmethod
    def parse(cls, data: bytes) -> "Trust":
        """Read the bytes of a trust.json; errors as `load`."""
        try:
            parsed = TrustFile(data)
        except ProblemError as problem:
            raise TrustFileError(problem.en) from problem
        value: Any = parsed.value
        log = value["log"] or {}
        trust = cls(
            sealers=tuple(
                TrustedKey(
                    one["vkey"], one.get("holder", ""), _moment(one.get("not_before")), _moment(one.get("not_after"))
                )
                for one in value["sealers"]
            ),
            log=log.get("vkey"),
            old_log_keys=tuple(one for one in log.get("old", ()) if isinstance(one, str)),
            retired_log_keys=tuple(
                RetiredLogKey(one["vkey"], one["last_size"], one.get("until", ""))
                for one in log.get("old", ())
                if not isinstance(one, str)
            ),
            witnesses=tuple(value["witnesses"]),
            quorum=value["quorum"],
            roots=tuple(TrustedRoot(one["name"], one["sha256"], one.get("test", False)) for one in value["tsa_roots"]),
            minimums=_minimums(value["min_tokens"]),
        )
        # The fingerprint is that of the file as given, which may leave optional keys out.
        object.__setattr__(trust, "parsed", parsed)
        return trust

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the canonical form of the file read, or of the one `to_bytes` writes; printed in reports."""
        return self.parsed.fingerprint

    @property
    def min_tokens(self) -> int:
        """How many authorities must stamp what is sealed now: the last period's number."""
        return self.minimums[-1].least

    def to_json(self) -> dict[str, Any]:
        """Return the file's value, every key written out."""
        return {
            "schema": TRUST_SCHEMA,
            "log": None if self.log is None else {"vkey": self.log, "old": self._old_json()},
            "sealers": [
                {
                    "vkey": one.vkey,
                    "holder": one.holder,
                    "not_before": _time_text(one.not_before),
                    "not_after": _time_text(one.not_after),
                }
                for one in self.sealers
            ],
            "witnesses": list(self.witnesses),
            "quorum": self.quorum,
            "tsa_roots": [{"name": one.name, "sha256": one.sha256, "test": one.test} for one in self.roots],
            "min_tokens": self._minimums_json(),
        }

    @property
    def earlier_log_keys(self) -> tuple[str, ...]:
        """All earlier keys of the log."""
        return (*self.old_log_keys, *(one.vkey for one in self.retired_log_keys))

    def _old_json(self) -> list[object]:
        ends = [
            {"vkey": one.vkey, "last_size": one.last_size} | ({"until": one.until} if one.until else {})
            for one in self.retired_log_keys
        ]
        return [*self.old_log_keys, *ends]

    def _minimums_json(self) -> object:
        if len(self.minimums) == 1 and self.minimums[0].since is None:
            return self.minimums[0].least
        return [{"since": _time_text(one.since), "least": one.least} for one in self.minimums]

    def to_bytes(self) -> bytes:
        """Return the file: indented JSON, UTF-8."""
        return (json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n").encode()

    def save(self, path: Path) -> None:
        """Write the file; a trust file that is already there is never overwritten.

        Raises:
            TrustFileError: When the path is taken or cannot be written.
        """
        try:
            with path.open("xb") as file:
                file.write(self.to_bytes())
        except OSError as error:
            raise TrustFileError(f"{path}: {error.strerror}") from error
