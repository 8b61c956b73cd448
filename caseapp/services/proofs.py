"""A proof a person uploads (a receipt, a platform's answer) is sealed like a capture and registered as evidence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Deadline, Dispatch, EvidenceItem, Notice
from caseapp.services.evidence import keep_files
from caseapp.services.ports import Ports
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.storable import storable
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.files import storage_errors

LIMIT: Final = 16 * 1024 * 1024
NAME_LENGTH: Final = 200
_FILE: Final = Label("凭证文件", "proof file")
_RIFF: Final = 12
_NEEDED: Final = {
    Notice: Permission.NOTICE_RECORD, Deadline: Permission.DEADLINE_MEET, Dispatch: Permission.DOCUMENT_DISPATCH,
}  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """A sealed upload: its package, and a word of `EVIDENCE_KIND`."""

    sealed: Sealed
    kind: str


def file_type(data: bytes) -> str:
    """Return png, jpg, webp or pdf by what the bytes say; a name proves nothing.

    Raises:
        InvalidInputError: empty, too large, or of another kind.
    """
    if not data:
        raise InvalidInputError(field=_FILE, problem=Label("文件是空的。", "the file is empty."))
    if len(data) > LIMIT:
        raise InvalidInputError(field=_FILE, problem=Label("最大 16 MB。", "at most 16 MB."))
    starts = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"%PDF-": "pdf"}
    found = next((kind for start, kind in starts.items() if data.startswith(start)), None)
    if found is None and data.startswith(b"RIFF") and data[8:_RIFF] == b"WEBP":
        found = "webp"
    if found is None:
        problem = Label("只收截图（PNG、JPEG、WebP）或 PDF。", "use a screenshot (PNG, JPEG, WebP) or a PDF.")
        raise InvalidInputError(field=_FILE, problem=problem)
    return found


def seal_upload(app: Ports, data: bytes, *, name: str, purpose: str) -> Upload:
    """Seal what was uploaded; no transaction is open meanwhile.

    Args:
        app: the ports.
        data: the file.
        name: its name on the sender's side; kept in the record, never used as a path.
        purpose: what it proves, for the record.

    Raises:
        InvalidInputError: see `file_type`.
        EvidenceError: the store refused; nothing half-made is in it.
    """
    kind = file_type(data)
    seal_id = new_ulid()
    folder: Path = app.captures_dir / "uploads" / seal_id
    try:
        with storage_errors("uploads"):
            folder.mkdir(parents=True)
            (folder / f"proof.{kind}").write_bytes(data)
        facts = {"source": "upload", "purpose": purpose, "file_name": storable(name[:NAME_LENGTH])}
        sealed = seal_files(
            app,
            {f"proof.{kind}": folder / f"proof.{kind}"},
            seal_id=seal_id,
            folder=folder / "package",
            capture=facts,
            case_ref=seal_id,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Upload(sealed, "documentary" if kind == "pdf" else "screenshot")


def keep_upload(
    work: Work, upload: Upload, about: Notice | Deadline | Dispatch, *, title: str, proves: str
) -> EvidenceItem:
    """Register a sealed upload as the proof of something this person may record.

    Raises:
        NotFoundError, PermissionDeniedError: the notice, deadline or dispatch is not for this person to record on.
    """
    work.require(_NEEDED[type(about)], about)
    desk = {"desk_id": about.desk_id, "proves": proves, "original_or_copy": "copy"}
    return keep_files(work, upload.sealed, title=title, kind=upload.kind, source="upload", **desk)


def check_proof(work: Work, evidence_id: str | None) -> None:
    """Refuse evidence that is not for this person; what he registers in this very transaction is linked by it.

    Raises:
        NotFoundError.
    """
    if evidence_id is None:
        return
    row = work.session.get(EvidenceItem, evidence_id)
    fresh = row is not None and row.created_by == work.actor.user_id and row.created_at == work.now
    if row is None or not (fresh or work.sees(row)):
        raise NotFoundError(kind=kind_label("evidence_items"))
