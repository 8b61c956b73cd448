"""Files → sealed, stamped, logged package in the store: hops 3 and 4. No transaction is open meanwhile."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caseapp.services.ports import Ports
from evidence_store import Beginning, EvidenceError, Package, Receipt, SealFacts, StampReport, begin, seal, stamp
from evidence_store.files import storage_errors


@dataclass(frozen=True)
class Sealed:
    """A package that the store holds and the log lists.

    Attributes:
        package: the folder it was sealed in (a copy; the store holds the original).
        receipt: proof that the store admitted it: durable log index, inclusion proof, checkpoint.
        stamps: what each timestamp authority answered; without a token the seal is self-timed.
    """

    package: Package
    receipt: Receipt
    stamps: StampReport

    @property
    def files(self) -> dict[str, Any]:
        """Payload name below data/ → {"sha256": hex, "sm3": hex, "bytes": n}."""
        return {
            entry.path.removeprefix("data/"): {"sha256": entry.sha256, "sm3": entry.sm3, "bytes": entry.size}
            for entry in self.package.files
            if entry.path.startswith("data/")
        }


def stamp_beginning(app: Ports, seal_id: str, url: str, folder: Path) -> Beginning:
    """Have the authorities stamp what is about to be visited, before it is; whoever does not answer is written down.

    A damaged log shows when the package is admitted; here it must not keep a page from being captured while it lasts.
    """
    try:
        head = app.store.log.head().signed
    except EvidenceError:
        head = b""
    asked = [one for one in app.authorities if not one.by_hand] if app.start_stamps else None
    return begin(folder, seal_id=seal_id, url=url, checkpoint=head, authorities=asked, now=app.clock)


def seal_files(
    app: Ports,
    files: Mapping[str, Path],
    *,
    seal_id: str,
    folder: Path,
    capture: Mapping[str, Any],
    host: Mapping[str, Any] | None = None,
    clock: Mapping[str, Any] | None = None,
    case_ref: str = "",
) -> Sealed:
    """Seal files, have the seal stamped and admit the package.

    Args:
        app: the ports; its store, signer and authorities are used.
        files: payload name below data/ → file.
        seal_id: ULID chosen before.
        folder: scratch folder for the package; what an earlier run left in it is replaced.
        capture: the ``capture`` block of seal.json.
        host: its ``host`` block.
        clock: its ``clock`` block.
        case_ref: opaque reference, no personal data.

    Raises:
        EvidenceError: the files, the key, the disk or the log refused; nothing half-made is in the store.
    """
    with storage_errors(folder.name):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    names = [authority.name for authority in app.authorities]
    facts = SealFacts(
        seal_id=seal_id,
        case_ref=case_ref,
        sealed_at=app.clock(),
        capture=dict(capture),
        host=dict(host) if host else {"os": platform.platform(), "python": platform.python_version()},
        clock=dict(clock) if clock else {"state": "unchecked"},
        log_origin=app.store.log.origin,
        tsa_policy={"k": min(app.least_stamps, len(names)), "n": len(names), "names": names},
    )
    package = seal(files, facts, app.signer, folder)
    stamps = stamp(package, app.authorities, now=app.clock)
    receipt = app.store.admit(package)
    return Sealed(package, receipt, stamps)
