"""遮盖副本: a sealed copy of an item with personal data hidden, linked to its original and never taken for one.

The original is not touched. Masks are asked for by a person, with a reason; the copy is a new item that goes where the
original goes (same cases, same walls), so that whoever lacks the right to the original can be given the copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.personal_data import find_personal
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.evidence import keep_files
from caseapp.services.mask_making import Bench, Made, write_masked
from caseapp.services.mask_proof import SEAL
from caseapp.services.masking import Box, Span, checked_boxes, checked_spans, covered
from caseapp.services.ports import Ports, Progress
from caseapp.services.redaction_places import Proposal, propose
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.storable import storable
from caseapp.services.work import Work
from evidence_store import new_ulid
from evidence_store.files import storage_errors

MARK: Final = Label("遮盖副本", "redacted copy")
PREFIX: Final = "【遮盖副本】"
TITLE_LENGTH: Final = 300
REASON_LENGTH: Final = 1000
SHOWN_TEXT: Final = 100_000
MAKE: Final = Label("制作遮盖副本", "make a redacted copy")
_MASKS: Final = Label("遮盖处", "masks")
Open = Callable[[], AbstractContextManager[Work]]


class OriginalErasedError(WorkflowRefusedError):
    """The original is disposed of. Fact: ``number``."""

    code = "original-erased"
    text = Label(
        "{number} 已处置，原件不在了，不能再制作遮盖副本。已有的副本仍可使用。",
        "{number} was disposed of: its bytes are gone and no copy can be made. Copies made before remain.",
    )


class NotAnOriginalError(WorkflowRefusedError):
    """The item is a redacted copy itself. Fact: ``number``."""

    code = "redacted-already"
    text = Label(
        "{number} 本身是遮盖副本。请从它的原件制作新的副本。",
        "{number} is a redacted copy itself. Make the new copy from its original.",
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for.

    Attributes:
        reason: why, kept in both chains of custody.
        boxes: rectangles of the whole screenshot.
        spans: name of a text → its masked characters.
        pictures: whether the pictures go into the copy; texts: whether the texts do.
        title: of the copy; made from the original's when empty, what the rules find in it covered.
        unprivileged: a copy of a privileged item that is not privileged itself.
    """

    reason: str
    boxes: Sequence[Box] = ()
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    pictures: bool = True
    texts: bool = True
    title: str = ""
    unprivileged: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the order as JSON holds it."""
        spans = {name: [asdict(one) for one in listed] for name, listed in self.spans.items()}
        known: dict[str, Any] = storable(
            {"reason": self.reason, "title": self.title, "boxes": [asdict(one) for one in self.boxes], "spans": spans}
        )
        return known | {"pictures": self.pictures, "texts": self.texts, "unprivileged": self.unprivileged}

    @classmethod
    def read(cls, known: Mapping[str, Any]) -> Order:
        """Return an order from what `plain` gave."""
        spans = {name: [Span(**one) for one in listed] for name, listed in known["spans"].items()}
        names = ("reason", "title", "pictures", "texts", "unprivileged")
        return cls(boxes=[Box(**one) for one in known["boxes"]], spans=spans, **{name: known[name] for name in names})


@dataclass(frozen=True, slots=True)
class Source:
    """What a copy is made of, read while the unit of work was open."""

    item_id: str
    number: str
    package_id: str
    files: Mapping[str, Any]
    who: str


def redactable(work: Work, item: EvidenceItem) -> None:
    """Refuse an item this person may make no copy of, or of which none can be made.

    Raises:
        NotFoundError, PermissionDeniedError, CaseArchivedError: not for this person, not here.
        OriginalErasedError, NotAnOriginalError: there is no original to copy.
        InvalidInputError: the item was never sealed.
    """
    work.require(Permission.EVIDENCE_READ, item)
    work.require(Permission.EVIDENCE_REGISTER, item)
    if item.status == "disposed":
        raise OriginalErasedError(number=item.no)
    if item.derived_from_id is not None:
        raise NotAnOriginalError(number=item.no)
    if item.package_id is None:
        problem = Label(f"{item.no} 未封存。", f"{item.no} is not sealed.")
        raise InvalidInputError(field=Label("证据编号", "evidence number"), problem=problem)


def opener(app: Ports, package_id: str) -> Callable[[str], AbstractContextManager[BinaryIO]]:
    """Return what opens a payload file of a package by its name."""

    def open_file(name: str) -> BinaryIO:
        stream: BinaryIO = app.store.open_file(package_id, f"data/{name}")
        return stream

    return open_file


def proposal(work: Work, item: EvidenceItem, names: Sequence[str] = ()) -> Proposal:
    """Return what could be hidden in an item; a person decides.

    Raises:
        CaseError: as `redactable`. InvalidInputError: a picture cannot be masked, or nothing in the item can.
        EvidenceError: the store cannot give a file.
    """
    redactable(work, item)
    found = propose(item.files, opener(work.app, str(item.package_id)), names)
    if not found.strips and not found.texts:
        problem = Label(
            "这件证据里没有可遮盖的截图、图片（PNG、JPEG）或 UTF-8 纯文本。",
            "there is no screenshot, picture (PNG, JPEG) or UTF-8 text in it that could be masked.",
        )
        raise InvalidInputError(field=_MASKS, problem=problem)
    return found


def checked(order: Order, found: Proposal) -> Order:
    """Return the order as it will be carried out: masks in order, of what goes into the copy alone.

    Raises:
        ReasonRequiredError: nobody says why.
        InvalidInputError: too long, a mask outside, no mask at all, or nothing goes into the copy.
    """
    reason = storable(order.reason.strip())
    if not reason:
        raise ReasonRequiredError(action=MAKE)
    for words, most in ((reason, REASON_LENGTH), (order.title, TITLE_LENGTH - len(PREFIX))):
        if len(words) > most:
            problem = Label(f"最多 {most} 个字符。", f"use at most {most} characters.")
            raise InvalidInputError(field=Label("理由或题名", "reason or title"), problem=problem)
    pictures, texts = order.pictures and bool(found.strips), order.texts and bool(found.texts)
    boxes = checked_boxes(order.boxes, found.strips) if pictures else []
    if texts and not order.spans.keys() <= found.texts.keys():
        raise InvalidInputError(field=_MASKS, problem=Label("没有这个文本文件。", "there is no such text."))
    spans = {name: checked_spans(listed, found.texts[name]) for name, listed in order.spans.items() if texts}
    if not boxes and not any(spans.values()):
        problem = Label("至少选一处遮盖。", "choose at least one mask.")
        raise InvalidInputError(field=_MASKS, problem=problem)
    return Order(reason, boxes, spans, pictures, texts, storable(order.title.strip()), order.unprivileged)


def make_copy(
    app: Ports,
    opened: tuple[Open, Open],
    item_id: str,
    order: Order,
    *,
    progress: Progress | None = None,
    then: Callable[[Work, EvidenceItem], None] | None = None,
) -> EvidenceItem:
    """Mask, seal, stamp, log and register; nothing half-made stays.

    Args:
        app: the ports.
        opened: opens a unit of work of the person to look, and one to act.
        item_id: the original.
        order: what is to be hidden.
        progress: hears of each picture.
        then: done in the transaction that registers the copy.

    Raises:
        CaseError, EvidenceError: see `redactable`, `checked`, `write_masked`, `seal_files`.
    """
    with opened[0]() as work:
        item = work.get(EvidenceItem, item_id)
        found = proposal(work, item)
        order = checked(order, found)
        source = Source(item.id, item.no, str(item.package_id), dict(item.files), work.actor.display)
    folder = app.captures_dir / "uploads" / new_ulid()
    try:
        made, sealed = _sealed(app, source, found, order, folder, progress)
        with opened[1]() as work:
            copy = register_copy(work, source, order, made, sealed)
            if then is not None:
                then(work, copy)
            return copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sealed(
    app: Ports, source: Source, found: Proposal, order: Order, folder: Path, progress: Progress | None
) -> tuple[Made, Sealed]:
    said = {"reason": hidden(order.reason), "made_at": app.clock().isoformat(timespec="seconds"), "made_by": source.who}
    original = {"number": source.number, "package_id": source.package_id}
    texts = found.texts if order.texts else {}
    strips = found.strips if order.pictures else ()
    with storage_errors("uploads"):
        folder.mkdir(parents=True)
        bench = Bench(opener(app, source.package_id), folder, app.store.read_file(source.package_id, SEAL))
        tell = progress or (lambda _step, _done, _total: None)
        masks = (order.boxes, order.spans)
        made = write_masked(bench, strips, texts, masks, original=original, said=said, progress=tell)
    facts = {"source": "redaction", "original": original, "redaction": made.summary}
    seal_id = new_ulid()
    sealed = seal_files(app, made.files, seal_id=seal_id, folder=folder / "package", capture=facts, case_ref=seal_id)
    return made, sealed


def register_copy(work: Work, source: Source, order: Order, made: Made, sealed: Sealed) -> EvidenceItem:
    """Register a sealed copy and write the deed into both chains of custody.

    Raises:
        CaseError: as `redactable`: what was allowed before may no longer be.
    """
    item = work.get(EvidenceItem, source.item_id)
    redactable(work, item)
    title = order.title or hidden(item.title)
    copy = keep_files(
        work,
        sealed,
        title=marked(title),
        kind="screenshot" if made.summary["pictures"] else item.kind,
        source=f"遮盖副本，制自 {item.no}",
        proves=hidden(item.proves) if item.proves else None,
        original_or_copy="copy",
        derived_from_id=item.id,
        desk_id=item.desk_id,
        privileged=item.privileged and not order.unprivileged,
    )
    shown = "\n\n".join(made.texts.values())[:SHOWN_TEXT]
    work.change(copy, facts={**copy.facts, "redaction": {**made.summary, "text": storable(shown)}})
    append_custody(work, item, "derive", reason=f"{copy.no}：{order.reason}")
    append_custody(work, copy, "derive", reason=f"{item.no}：{order.reason}")
    told = {"copy": copy.no, "original": item.no, "masks": made.summary["kinds"], "privileged": copy.privileged}
    work.record(Event.EVIDENCE_REDACTED, item, after=told, reason=order.reason)
    return copy


def marked(title: str) -> str:
    """Return a title that says it is a redacted copy's."""
    return f"{PREFIX}{title.removeprefix(PREFIX)}"[:TITLE_LENGTH]


def hidden(words: str) -> str:
    """Return words with what the rules find in them covered."""
    return covered(words, [Span(one.start, one.end) for one in find_personal(words)])


def copies_of(work: Work, item: EvidenceItem) -> list[EvidenceItem]:
    """Return the redacted copies of an item that this person sees, newest first."""
    found = (
        select(EvidenceItem)
        .where(EvidenceItem.derived_from_id == item.id, EvidenceItem.voided_at.is_(None))
        .order_by(EvidenceItem.created_at.desc(), EvidenceItem.no.desc())
    )
    return list(work.session.scalars(work.visible(found, EvidenceItem)))


def original_of(work: Work, item: EvidenceItem) -> EvidenceItem | None:
    """Return what a copy was made from, when this person may see it."""
    if item.derived_from_id is None:
        return None
    found = select(EvidenceItem).where(EvidenceItem.id == item.derived_from_id)
    return work.session.scalar(work.visible(found, EvidenceItem))
