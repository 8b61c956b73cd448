"""Evidence handed over and taken in, with a receipt both sides sign; each handover is in the chain of custody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from caseapp.documents.printouts import HandoverReceipt, receipt_pdf
from caseapp.domain import workflow
from caseapp.domain.errors import ConflictError, InvalidInputError, NotFoundError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import HANDOVER_DIRECTION, HANDOVER_FORM
from caseapp.models import CustodyEvent, EvidenceItem, Handover
from caseapp.services.custody import append_custody
from caseapp.services.holds import require_kept
from caseapp.services.storable import storable
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work

MOST_COPIES: Final = 99
LENGTHS: Final = {"party": 300, "purpose": 1000, "basis": 1000, "note": 1000}
NAMES: Final = {
    "party": Label("对方", "other side"),
    "purpose": Label("用途", "purpose"),
    "basis": Label("依据", "authority"),
    "note": Label("备注", "note"),
}


class OriginalAwayError(ConflictError):
    """The original is out already. Facts: ``number``."""

    code = "original-away"
    text = Label(
        "原件已按 {number} 移出、尚未归还。先登记归还，再移交。",
        "The original is out under {number} and not back. Record its return first.",
    )


@dataclass(frozen=True)
class Terms:
    """What was agreed at a handover.

    Attributes:
        direction: ``out`` or ``taken``; form: original, copy or package; copies: how many.
        party: the other side: name, organisation, how it proved who it is.
        purpose, basis, note: why, on what authority, what else.
        due_back: day a thing lent comes back; None when it stays there.
    """

    direction: str
    form: str
    copies: int
    party: str
    purpose: str
    basis: str = ""
    note: str = ""
    due_back: date | None = None


def hand_over(work: Work, item: EvidenceItem, terms: Terms) -> Handover:
    """Record that the item went to, or came from, someone.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not there for this person to hand over.
        InvalidInputError: something is missing, too long, or the day of return is past.
        OriginalAwayError: the original is out already. AlreadyDisposedError: it was disposed of.
    """
    work.require(Permission.EVIDENCE_TRANSFER, item)
    if item.package_id is None:
        raise NotFoundError(kind=kind_label("evidence_items"))
    require_kept(work, item)
    words = _checked(work, terms)
    if terms.form == "original" and terms.direction == "out" and (away := original_away(work, item)):
        raise OriginalAwayError(number=away.no)
    kind = "transfer_out" if terms.direction == "out" else "transfer_in"
    number = work.next_no("handover")
    event = append_custody(work, item, kind, reason=f"{number} {words['party']}：{words['purpose']}")
    row = work.add(
        Handover(
            no=number,
            evidence_id=item.id,
            desk_id=item.desk_id,
            direction=terms.direction,
            form=terms.form,
            copies=terms.copies,
            handled_by=work.actor.display,
            at=work.now,
            due_back=terms.due_back,
            package_id=item.package_id,
            event_id=event.id,
            status="out" if terms.direction == "out" and terms.due_back else "settled",
            **words,
        )
    )
    known = {"no": row.no, "evidence": item.no, "direction": row.direction, "form": row.form, "copies": row.copies}
    work.record(Event.EVIDENCE_HANDED_OVER, row, after=known, reason=words["purpose"])
    return row


def end_handover(work: Work, row: Handover, action: str, *, reason: str) -> None:
    """Record that a thing lent came back (``give_back``), or that it need not (``settle``).

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds), ReasonRequiredError.
        InvalidInputError: the reason is too long.
    """
    reason = _short("note", reason)
    work.transition(workflow.HANDOVER, row, action, reason=reason)
    if action == "give_back":
        item = work.session.get_one(EvidenceItem, row.evidence_id)
        event = append_custody(work, item, "transfer_in", reason=f"{row.no} {reason}")
        row.returned_event_id = event.id
        work.session.flush()


def sign_handover(work: Work, row: Handover, receipt: EvidenceItem) -> None:
    """Tie the signed receipt, registered as evidence, to its handover.

    Raises:
        NotFoundError, PermissionDeniedError: one of the two is not for this person.
    """
    work.require(Permission.EVIDENCE_TRANSFER, work.session.get_one(EvidenceItem, row.evidence_id))
    work.require(Permission.EVIDENCE_READ, receipt)
    work.change(row, receipt_evidence_id=receipt.id)


def original_away(work: Work, item: EvidenceItem) -> Handover | None:
    """Return the handover under which the original is out, if it is."""
    return work.session.scalar(
        select(Handover).where(
            Handover.evidence_id == item.id,
            Handover.form == "original",
            Handover.status == "out",
            Handover.voided_at.is_(None),
        )
    )


def handovers_of(work: Work, item: EvidenceItem) -> list[Handover]:
    """Return the item's handovers, newest first."""
    found = select(Handover).where(Handover.evidence_id == item.id).order_by(Handover.at.desc(), Handover.no.desc())
    return list(work.session.scalars(work.visible(found, Handover)))


def handover_receipt(work: Work, row: Handover, *, lang: Lang) -> bytes:
    """Return the receipt as PDF: two copies, each with room for both signatures.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not for this person to hand over.
    """
    item = work.get(EvidenceItem, row.evidence_id)
    work.require(Permission.EVIDENCE_TRANSFER, item)
    event = work.session.get_one(CustodyEvent, row.event_id)
    ours, theirs = row.handled_by, row.party
    out = row.direction == "out"
    return receipt_pdf(
        HandoverReceipt(
            number=row.no,
            direction=row.direction,
            evidence=item.no,
            title=item.title,
            package_id=row.package_id,
            form=HANDOVER_FORM[row.form].text(lang),
            copies=row.copies,
            giver=ours if out else theirs,
            receiver=theirs if out else ours,
            purpose=row.purpose,
            basis=row.basis or "",
            at=row.at,
            due_back=row.due_back,
            note=row.note or "",
            qr=f"{row.no}\nseal sha256:{row.package_id}\ncustody sha256:{event.hash}",
            digest=event.hash,
            printed_at=work.now,
            sample=row.sample,
        ),
        lang,
    )


def _checked(work: Work, terms: Terms) -> dict[str, str]:
    HANDOVER_DIRECTION.require(terms.direction)
    HANDOVER_FORM.require(terms.form)
    if not 1 <= terms.copies <= MOST_COPIES:
        problem = Label(f"填 1 到 {MOST_COPIES}。", f"give 1 to {MOST_COPIES}.")
        raise InvalidInputError(field=Label("份数", "copies"), problem=problem)
    if terms.due_back is not None and terms.due_back < work.now.astimezone(SHANGHAI).date():
        problem = Label("不能早于今天。", "it cannot be before today.")
        raise InvalidInputError(field=Label("应归还日", "day of return"), problem=problem)
    words = {name: _short(name, getattr(terms, name)) for name in LENGTHS}
    for name in ("party", "purpose"):
        if not words[name]:
            raise InvalidInputError(field=NAMES[name], problem=Label("请填写。", "fill it in."))
    return words


def _short(name: str, words: str) -> str:
    limit = LENGTHS[name]
    if len(words) > limit:
        problem = Label(f"最多 {limit} 个字符。", f"use at most {limit} characters.")
        raise InvalidInputError(field=NAMES[name], problem=problem)
    return str(storable(words.strip()))
