"""Small packages and stores for the tests; real keys, real files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence_store import EvidenceStore, Package, SealFacts, Signer, new_ulid, seal
from evidence_store.backends import LocalBackend
from evidence_store.files import FilePort
from tests.evidence_store.faults import FaultyPort

SEALER = Signer("sealer.example", bytes(range(32)))
LOG = Signer("log.example", bytes(range(1, 33)))
SEALED_AT = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def facts(**changes: Any) -> SealFacts:
    values: dict[str, Any] = {
        "seal_id": new_ulid(),
        "case_ref": "case-1",
        "sealed_at": datetime.now(UTC),
        "capture": {"url": "https://weixun.test/p/1", "http_status": 200},
        "host": {"os": "Debian 12"},
        "clock": {"state": "unchecked"},
        "tsa_policy": {"k": 1, "n": 1, "names": ["test-tsa"]},
        "log_origin": LOG.name,
    }
    return SealFacts(**(values | changes))


def payload(folder: Path, contents: Mapping[str, bytes] | None = None) -> dict[str, Path]:
    """Write files and return name below data/ → file."""
    given = {"text.txt": b"hello", "shots/page.png": b"\x89PNG" * 1000, "正文 一.html": b"<p>x</p>"}
    files = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, data) in enumerate((given if contents is None else contents).items()):
        files[name] = folder / f"source-{number}"
        files[name].write_bytes(data)
    return files


def sealed(
    folder: Path, *, port: FilePort | None = None, contents: Mapping[str, bytes] | None = None, **changes: Any
) -> Package:
    """Seal a small package; without a port of its own nothing is synced, which only makes it quicker."""
    files = payload(folder / "in", contents)
    return seal(files, facts(**changes), SEALER, folder / "out", port=port or FaultyPort())


def store(address: Path | str, **more: Any) -> EvidenceStore:
    """Open a store that does not sync."""
    place = LocalBackend(address, port=FaultyPort()) if isinstance(address, Path) else address
    return EvidenceStore(place, log_signer=LOG, port=FaultyPort(), **more)


def custody(seal_id: str, count: int = 3) -> list[dict[str, Any]]:
    """Return a chain of events about one item."""
    from evidence_store import custody_event

    events: list[dict[str, Any]] = []
    for number in range(count):
        events.append(
            custody_event(
                events[-1] if events else None,
                event_id=new_ulid(),
                item=seal_id,
                kind="view" if number else "ingest",
                at="2026-03-01T08:00:00Z",
                agent={"id": "u1", "role": "lawyer", "auth": "password"},
                instrument={"tool": "bianwu", "version": "0.1", "host": "h"},
                objects=[{"path": "data/text.txt", "sha256": "0" * 64}],
                salt=f"{number:032x}",
            )
        )
    return events
