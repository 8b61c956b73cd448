"""Files a person hands in (a contract, a notary's deed, a bank receipt): named safely, sealed like a capture.

What the bytes are decides nothing: they are kept as they came and leave only as a download. Their names are the
sender's word, so they are cleaned before they become paths of a package; the name as sent stays in the record.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.services.ports import Ports
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.storable import storable
from evidence_store import new_ulid
from evidence_store.files import storage_errors

LIMIT: Final = 16 * 1024 * 1024
MOST_FILES: Final = 20
NAME_BYTES: Final = 120
SUFFIX_LENGTH: Final = 10
NAME_KEPT: Final = 300
CHUNK: Final = 1024 * 1024
FILES: Final = Label("文件", "file")
_UNFIT: Final = re.compile(r'[%\\/:*?"<>|\ud800-\udfff]')
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


@dataclass(frozen=True)
class Paper:
    """One file as it was handed in: the sender's name for it, and its bytes to read."""

    name: str
    stream: BinaryIO


def safe_name(name: str, taken: Sequence[str] = ()) -> str:
    """Return a file name every system reads alike: no path, no hidden or reversing signs, short, not ``taken``."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in _HIDDEN)
    whole = unicodedata.normalize("NFC", _UNFIT.sub("_", seen)).strip(" .")
    stem, dot, suffix = whole.rpartition(".")
    if not dot or not 0 < len(suffix) <= SUFFIX_LENGTH or not stem.strip(" ."):
        stem, suffix = whole, ""
    stem = stem.encode()[:NAME_BYTES].decode(errors="ignore").strip(" .") or "file"
    ending = f".{suffix}" if suffix else ""
    known = {one.casefold() for one in taken}
    choices = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(known) + 2))
    return next(f"{one}{ending}" for one in choices if f"{one}{ending}".casefold() not in known)


def seal_papers(app: Ports, papers: Sequence[Paper], *, purpose: str, said: Mapping[str, Any] | None = None) -> Sealed:
    """Seal what was handed in as one package; no transaction is open meanwhile.

    Args:
        app: the ports.
        papers: the files, in the order of the form.
        purpose: what they are, for the record.
        said: what the person says about them, sealed with them.

    Raises:
        InvalidInputError: none, too many, an empty or a too large one.
        EvidenceError: the store refused; nothing half-made is in it.
    """
    if not papers:
        raise InvalidInputError(field=FILES, problem=Label("请选至少一个文件。", "choose at least one file."))
    if len(papers) > MOST_FILES:
        problem = Label(f"一次最多 {MOST_FILES} 个文件。", f"at most {MOST_FILES} files at once.")
        raise InvalidInputError(field=FILES, problem=problem)
    seal_id = new_ulid()
    folder: Path = app.captures_dir / "uploads" / seal_id
    try:
        with storage_errors("uploads"):
            folder.mkdir(parents=True)
            files, names = _lay_out(papers, folder)
        facts: dict[str, Any] = {"source": "upload", "purpose": storable(purpose[:NAME_KEPT]), "file_names": names}
        facts |= {"paper": dict(said)} if said else {}
        return seal_files(app, files, seal_id=seal_id, folder=folder / "package", capture=facts, case_ref=seal_id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out(papers: Sequence[Paper], folder: Path) -> tuple[dict[str, Path], list[str]]:
    files: dict[str, Path] = {}
    names: list[str] = []
    for place, paper in enumerate(papers):
        target = folder / f"upload-{place:02}"  # a name of ours; the sender's is only written into the package
        size = _copy(paper, target)
        if not 0 < size <= LIMIT:
            zh, en = ("是空的", "is empty") if not size else ("超过 16 MB", "is larger than 16 MB")
            shown = safe_name(paper.name)
            raise InvalidInputError(field=FILES, problem=Label(f"“{shown}”{zh}。", f"“{shown}” {en}."))
        files[safe_name(paper.name, list(files))] = target
        names.append(storable(paper.name[:NAME_KEPT]))
    return files, names


def _copy(paper: Paper, target: Path) -> int:
    size = 0
    with target.open("wb") as copy:
        while size <= LIMIT and (part := paper.stream.read(CHUNK)):
            copy.write(part)
            size += len(part)
    return size
