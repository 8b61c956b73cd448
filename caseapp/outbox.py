"""The local outbox: what leaves the house, as files a person hands over; the same key is sent once."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label
from caseapp.services.ports import Envelope, Sent

PROOF = "proof.json"
NAME_BYTES = 200
"""Longest file name laid down; file systems take 255 bytes."""
ENDING_BYTES = 10
"""What stands after the last dot is an ending when it is no longer than this."""


class OutboxError(CaseError):
    """The outbox could not be written; nothing was sent. Facts: ``detail``."""

    code = "outbox-failed"
    retryable = True
    text = Label(
        "发件箱写入失败（{detail}），未发出任何内容。请检查磁盘空间和目录权限，系统会重试。",
        "The outbox cannot be written ({detail}); nothing was sent. Check space and permissions; it is tried again.",
    )


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
            OutboxError: the folder cannot be written; nothing is left in it.
        """
        name = hashlib.sha256(envelope.key.encode()).hexdigest()[:32]
        target = self._folder / name
        draft = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            if not (target / PROOF).is_file():
                self._lay_down(envelope, draft, target)
            return _read(target / PROOF)
        except OSError as error:
            raise OutboxError(detail=error.strerror or str(error)) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _lay_down(self, envelope: Envelope, draft: Path, target: Path) -> None:
        draft.mkdir(parents=True)
        for number, (title, data) in enumerate(sorted(envelope.attachments.items()), 1):
            _write(draft / f"{number:02d}-{safe_name(title)}", data)
        record = {
            "at": self._clock().isoformat(),
            "digest": digest_of(envelope),
            "tracking": target.name,
            "facts": _facts(envelope),
        }
        _write(draft / PROOF, json.dumps(record, ensure_ascii=False, indent=1).encode())
        _sync(draft)
        try:
            draft.rename(target)
        except OSError:
            # Another process laid the same envelope down first: its proof is the proof.
            if not (target / PROOF).is_file():
                raise
        _sync(self._folder)


def digest_of(envelope: Envelope) -> str:
    """SHA-256 of the attachments in order of their names; of the one attachment's bytes when there is one."""
    parts = [envelope.attachments[title] for title in sorted(envelope.attachments)]
    if len(parts) == 1:
        return hashlib.sha256(parts[0]).hexdigest()
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def safe_name(title: str) -> str:
    """A file name without separators or control marks, at most `NAME_BYTES` long; the ending stays."""
    kept = "".join(char if char.isalnum() or char in "-_.()（）《》" else "_" for char in title).strip(".")
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending.encode()) > ENDING_BYTES:
        stem, dot, ending = kept, "", ""
    room = NAME_BYTES - len((dot + ending).encode())
    short = stem.encode()[:room].decode("utf-8", "ignore")
    return (short + dot + ending) or "attachment"


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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> Sent:
    record = json.loads(path.read_text("utf-8"))
    return Sent(datetime.fromisoformat(record["at"]), record["digest"], record["tracking"], record["facts"])
