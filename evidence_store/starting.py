"""The beginning of a capture, stamped before the visit: a package that holds the stamp was made after it.

The statement names the seal-to-be, the address by its digest, the log's head and a fresh nonce. Authorities stamp it;
nobody can foretell their answer, so whatever contains it is younger. With the seal's own stamps this brackets the time
on both sides. That the page was fetched after the stamp rests on the sealed record besides, not on the stamp alone.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from evidence_store.files import storage_errors
from evidence_store.manifest import canonical_json
from evidence_store.moments import moment
from evidence_store.stamps import TimestampAuthority
from evidence_store.timestamp import request_stamps

START_SCHEMA: Final = "bianwu/start/1"
FOLDER: Final = "start"

State = Literal["stamped", "test", "unanswered", "no_authority", "not_asked"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was had before the visit.

    Attributes:
        state: stamped; test (only test authorities answered); unanswered; no_authority (none is set up);
            not_asked (the installation does not stamp beginnings).
        at: The latest genTime of a stamp that counts; None without one.
        files: Name in the payload → file, for the package.
        statement_sha256: Digest of the statement.
        stamped_by: Authorities that answered.
        silent: Authorities that did not, with the error's code.
    """

    state: State
    at: datetime | None
    files: Mapping[str, Path]
    statement_sha256: str
    stamped_by: tuple[str, ...]
    silent: tuple[tuple[str, str], ...]

    @property
    def facts(self) -> dict[str, object]:
        """The same as text and lists, for the seal's capture block."""
        return {
            "state": self.state,
            "at": "" if self.at is None else moment(self.at),
            "statement_sha256": self.statement_sha256,
            "stamped_by": list(self.stamped_by),
            "silent": [f"{name} {code}" for name, code in self.silent],
        }


def begin(
    folder: Path,
    *,
    seal_id: str,
    url: str,
    checkpoint: bytes,
    authorities: Sequence[TimestampAuthority] | None,
    now: Callable[[], datetime],
) -> Beginning:
    """Write the statement and have it stamped by whoever answers; never raises for an authority.

    Args:
        folder: Where the files go; made.
        seal_id: ULID of the seal to come.
        url: The address as it will stand in the seal.
        checkpoint: The signed head of the log, b"" without one.
        authorities: Whom to ask, all at once; None when nobody is to be asked.
        now: The clock.

    Raises:
        StorageError: The folder cannot be written.
    """
    statement = canonical_json({
        "schema": START_SCHEMA,
        "seal_id": seal_id,
        "url_sha256": hashlib.sha256(url.encode()).hexdigest(),
        "nonce": secrets.token_hex(32),
        "at": moment(now()),
        "checkpoint": checkpoint.decode(),
    })  # fmt: skip
    given = request_stamps(statement, authorities or (), k=1, now=now)
    contents = {"statement.json": statement}
    for number, stamp in enumerate(given.stamps, start=1):
        stem = f"{number:02d}-{stamp.name}"
        contents |= {f"{stem}.tsq": stamp.tsq, f"{stem}.tsr": stamp.tsr}
        contents |= {f"{stem}-chain.pem": stamp.chain_pem, f"{stem}-roots.pem": stamp.roots_pem}
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            (folder / name).write_bytes(data)
    real = [stamp for stamp in given.stamps if not stamp.test]
    counted = real or list(given.stamps)
    nobody: State = "not_asked" if authorities is None else "unanswered" if authorities else "no_authority"
    return Beginning(
        "stamped" if real else "test" if counted else nobody,
        max((stamp.gen_time for stamp in counted), default=None),
        {f"{FOLDER}/{name}": folder / name for name in contents},
        hashlib.sha256(statement).hexdigest(),
        tuple(stamp.name for stamp in given.stamps),
        tuple((one.name, one.error.code) for one in given.outcomes if one.error is not None),
    )
