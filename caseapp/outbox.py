"""The local outbox: what leaves the house, as files a person hands over; the same key is sent once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from caseapp.services.ports import Envelope, Sent

PROOF = "proof.json"


class LocalOutbox:
    """Writes each envelope into a folder of its own, complete or not at all.

    Args:
        folder: the outbox.
        clock: aware UTC now.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, envelope: Envelope) -> Sent:
        """Lay the attachments down with a proof of sending; the same key again returns the first proof.

        Raises:
            OSError: the folder cannot be written.
        """
        name = hashlib.sha256(envelope.key.encode()).hexdigest()[:32]
        target = self._folder / name
        if (target / PROOF).is_file():
            return _read(target / PROOF)
        draft = self._folder / f".{name}.{os.getpid()}"
        draft.mkdir(parents=True, exist_ok=True)
        for number, (title, data) in enumerate(sorted(envelope.attachments.items()), 1):
            _write(draft / f"{number:02d}-{safe_name(title)}", data)
        sent = Sent(at=self._clock(), digest=digest_of(envelope), tracking=name, facts=_facts(envelope))
        record = {"at": sent.at.isoformat(), "digest": sent.digest, "tracking": name, "facts": dict(sent.facts)}
        _write(draft / PROOF, json.dumps(record, ensure_ascii=False, indent=1).encode())
        draft.rename(target)
        return sent


def digest_of(envelope: Envelope) -> str:
    """SHA-256 of the attachments in order of their names; of the one attachment's bytes when there is one."""
    parts = [envelope.attachments[title] for title in sorted(envelope.attachments)]
    if len(parts) == 1:
        return hashlib.sha256(parts[0]).hexdigest()
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def safe_name(title: str) -> str:
    """A file name without separators, at most 120 characters."""
    kept = "".join(char if char.isalnum() or char in "-_.()（）《》" else "_" for char in title)
    return kept.strip(".")[:120] or "attachment"


def _facts(envelope: Envelope) -> dict[str, Any]:
    return {
        "channel": envelope.channel,
        "recipient": envelope.recipient,
        "address": envelope.address,
        "subject": envelope.subject,
    }


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Sent:
    record = json.loads(path.read_text("utf-8"))
    return Sent(datetime.fromisoformat(record["at"]), record["digest"], record["tracking"], record["facts"])
