"""用户端取证: what a person took at their own side, kept as lesser evidence; the server visits its address at once.

It proves less than a capture of ours: nobody but the person saw how it was made. So it is graded 自证, says in its seal
who handed it in and what they said about it, and is linked with the visit that is to bear it out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, EvidenceItem, Post
from caseapp.services.captures import canonical_url, request_capture
from caseapp.services.evidence import keep_files
from caseapp.services.papers import NAME_KEPT, safe_name
from caseapp.services.ports import HandedInFile, Ports
from caseapp.services.posts import add_post, find_post
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.storable import storable
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.files import storage_errors

MOST: Final = 200 * 1024 * 1024
CHUNK: Final = 1024 * 1024
DEVICES: Final = ("phone", "desktop", "other")
Open = Callable[[], AbstractContextManager[Work]]
SOURCE: Final = "用户端取证"
FILE: Final = Label("文件", "file")
ADDRESS: Final = Label("网址", "address")
_FORMATS: Final = Label(
    "不是可收的格式：手机或电脑录屏（mp4、webm）、截图（png、jpeg）、MHTML、WACZ 或 SingleFile 网页。",
    "it is none of the formats taken: screen recording (mp4, webm), screenshot (png, jpeg), MHTML, WACZ or SingleFile.",
)
_NO_ADDRESS: Final = Label(
    "文件里没有网址，请填写它取自哪个网址。", "the file names no address; fill in where it was taken."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the person says about the file: where it was taken, on what, when; their words."""

    url: str = ""
    device: str = "other"
    taken_at: datetime | None = None
    note: str = ""


@dataclass(slots=True)
class Seen:
    """A file laid out and looked at, before anything is sealed.

    Attributes:
        url: the canonical address to visit.
        facts: the ``user_side`` block of the seal.
    """

    folder: Path
    file: Path
    name: str
    found: HandedInFile
    url: str
    facts: dict[str, Any] = field(default_factory=dict)


def receive(work: Work, name: str, stream: BinaryIO, told: Told, *, folder: Path) -> Seen:
    """Lay the file out and look at it; nothing is written to database or store.

    Args:
        work: a unit of work that reads.
        name: the sender's name for it.
        stream: its bytes.
        told: what the person says about it.
        folder: scratch folder of this upload; the caller removes it.

    Raises:
        PermissionDeniedError: the actor may not register evidence or order captures.
        InvalidInputError: no file, an empty, too large or unknown one; no address, or one that may not be visited.
        AlreadyExistsError: the address is recorded in a case this person may not see.
    """
    work.require(Permission.EVIDENCE_REGISTER)
    work.require(Permission.CAPTURE_REQUEST)
    if told.device not in DEVICES:
        raise InvalidInputError(field=Label("设备", "device"), problem=Label("请从列出的中选。", "choose one listed."))
    path = folder / "handed-in"
    with storage_errors("uploads"):
        folder.mkdir(parents=True, exist_ok=True)
        size = _copy(stream, path)
    if not 0 < size <= MOST:
        most = MOST // CHUNK
        words = ("是空的。", "it is empty.") if not size else (f"超过 {most} MB。", f"it is larger than {most} MB.")
        raise InvalidInputError(field=FILE, problem=Label(*words))
    found = work.app.capturer.look_at(path)
    if found is None:
        raise InvalidInputError(field=FILE, problem=_FORMATS)
    said = told.url.strip() or found.url
    if not said:
        raise InvalidInputError(field=ADDRESS, problem=_NO_ADDRESS)
    url = canonical_url(said)
    try:
        work.app.capturer.check(said)
    except InvalidInputError:
        raise
    except CaseError as refusal:
        problem = Label(refusal.message("zh"), refusal.message("en"))
        raise InvalidInputError(field=ADDRESS, problem=problem) from refusal
    find_post(work, url)
    return Seen(folder, path, name, found, url, _facts(work, name, told, found, url))


def _copy(stream: BinaryIO, path: Path) -> int:
    size = 0
    with path.open("wb") as copy:
        while size <= MOST and (part := stream.read(CHUNK)):
            copy.write(part)
            size += len(part)
    return size


def _facts(work: Work, name: str, told: Told, found: HandedInFile, url: str) -> dict[str, Any]:
    in_file = canonical_url(found.url) if found.url else ""
    made: dict[str, Any] = storable(
        {
            "format": found.format,
            "media_type": found.media_type,
            "url": url,
            "url_typed": told.url.strip(),
            "url_in_file": found.url,
            "url_found_in": found.where,
            "urls_differ": bool(in_file) and in_file != url,
            "device": told.device,
            "taken_at": told.taken_at.isoformat() if told.taken_at else "",
            "note": told.note,
            "file_name": name[:NAME_KEPT],
            "handed_in_by": work.actor.user_id,
        }
    )
    return made


def seal_handed_in(app: Ports, seen: Seen) -> Sealed:
    """Seal the file as it came, with what was said about it; no transaction is open meanwhile.

    Raises:
        EvidenceError: the store refused; nothing half-made is in it.
    """
    seal_id = new_ulid()
    facts = {"source": "user_side", "url": seen.url, "user_side": seen.facts}
    files = {safe_name(seen.name): seen.file}
    return seal_files(app, files, seal_id=seal_id, folder=seen.folder / "package", capture=facts, case_ref=seal_id)


def keep_handed_in(work: Work, seen: Seen, sealed: Sealed, *, title: str = "") -> tuple[EvidenceItem, Capture]:
    """Register the sealed file and order the server's own visit of its address, each naming the other.

    Raises:
        PermissionDeniedError, AlreadyExistsError, InvalidInputError: as ``receive``.
    """
    work.require(Permission.EVIDENCE_REGISTER)
    post = _post(work, seen.url)
    post_id = post.id if post is not None else None
    item = keep_files(
        work,
        sealed,
        title=title.strip() or f"{SOURCE}：{(post.title if post else None) or seen.url}"[:300],
        kind=seen.found.kind,
        source=f"{SOURCE}：{seen.url}",
        original_or_copy="copy",
        post_id=post_id,
    )
    work.change(item, facts={**item.facts, "user_side": seen.facts})
    order = request_capture(work, seen.url, post_id=post_id, upload_id=item.id)
    return item, order


def _post(work: Work, url: str) -> Post | None:
    """The post of the address; an archivist, who records none, files the upload without one."""
    if Permission.POST_EDIT in work.permissions():
        return add_post(work, url)
    return find_post(work, url)


def hand_in(
    app: Ports, opened: tuple[Open, Open], name: str, stream: BinaryIO, told: Told, *, title: str = ""
) -> tuple[EvidenceItem, Capture]:
    """Do all of it: look, seal, register, order the visit.

    Args:
        app: the ports.
        opened: opens a unit of work of the person to look, and one to act.
        name: the sender's name for the file.
        stream: its bytes.
        told: what the person says about it.
        title: a title for the item; made from the post or the address when empty.

    Raises:
        CaseError, EvidenceError: see ``receive``, ``seal_handed_in``, ``keep_handed_in``.
    """
    folder = app.captures_dir / "uploads" / new_ulid()
    try:
        with opened[0]() as work:
            seen = receive(work, name, stream, told, folder=folder)
        sealed = seal_handed_in(app, seen)
        with opened[1]() as work:
            return keep_handed_in(work, seen, sealed, title=title)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
