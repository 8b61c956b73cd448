"""来往函件: what came and went in a case outside its notices, each with what came along as sealed evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DIRECTION, LETTER_CHANNEL
from caseapp.models import Case, Correspondence, CorrespondenceEvidence, EvidenceItem
from caseapp.services.case_state import check_writable
from caseapp.services.evidence import keep_files
from caseapp.services.proofs import Upload
from caseapp.services.storable import storable
from caseapp.services.work import Work

LINE: Final = 300
BODY: Final = 20_000
_MINUTE: Final = dt.timedelta(minutes=1)


def add_letter(
    work: Work,
    case: Case,
    *,
    direction: str,
    channel: str,
    party: str,
    at: dt.datetime,
    subject: str,
    body: str = "",
    privileged: bool = False,
    upload: Upload | None = None,
    evidence: Sequence[EvidenceItem] = (),
) -> Correspondence:
    """Record a letter, mail, call or meeting; what came along is registered and linked in the same transaction.

    Args:
        work: the unit of work.
        case: of which case.
        direction: received or sent.
        channel: a word of ``LETTER_CHANNEL``.
        party: the other side, as it names itself.
        at: when it arrived or left; not in the future.
        subject: what it is about.
        body: its words.
        privileged: with one's lawyers; then what came along is privileged too.
        upload: a sealed attachment.
        evidence: items of this house that belong to it.

    Raises:
        NotFoundError, PermissionDeniedError: the case or an item is not for this person.
        InvalidInputError: something lacks, is too long or lies in the future.
        WorkflowRefusedError: the case is archived.
    """
    work.require(Permission.CORRESPONDENCE_EDIT, case)
    check_writable(case)
    DIRECTION.require(direction)
    LETTER_CHANNEL.require(channel)
    party = _line(party, Label("对方", "other side"))
    subject = _line(subject, Label("事由", "subject"))
    _check(work, body, at)
    if privileged:
        work.require(Permission.CASE_READ_PRIVILEGED, case)
    row = work.add(
        Correspondence(
            case_id=case.id, desk_id=case.desk_id, direction=direction, channel=channel, party=party, at=at,
            subject=subject, body=storable(body) or None, privileged=privileged,
        )
    )  # fmt: skip
    work.record(Event.ROW_CREATED, row, after={"direction": direction, "party": party, "subject": subject})
    if upload is not None:
        _attach(work, row, _registered(work, row, upload))
    for item in evidence:
        work.require(Permission.EVIDENCE_READ, item)
        _attach(work, row, item)
    return row


def _check(work: Work, body: str, at: dt.datetime) -> None:
    if len(body) > BODY:
        problem = Label(f"最多 {BODY} 字。", f"use at most {BODY} characters.")
        raise InvalidInputError(field=Label("内容", "text"), problem=problem)
    if at > work.now + _MINUTE:
        problem = Label("晚于现在。", "it lies in the future.")
        raise InvalidInputError(field=Label("时间", "time"), problem=problem)


def _line(text: str, field: Label) -> str:
    said: str = storable(text.strip())
    if not said or len(said) > LINE:
        problem = Label(f"须填写，最多 {LINE} 字。", f"fill it in, with at most {LINE} characters.")
        raise InvalidInputError(field=field, problem=problem)
    return said


def _registered(work: Work, row: Correspondence, upload: Upload) -> EvidenceItem:
    return keep_files(
        work, upload.sealed, title=f"来往函件：{row.subject}"[:LINE], kind=upload.kind, source=row.party,
        desk_id=row.desk_id, proves=row.subject, original_or_copy="copy", privileged=row.privileged,
    )  # fmt: skip


def _attach(work: Work, row: Correspondence, item: EvidenceItem) -> None:
    known = select(CorrespondenceEvidence.id).where(
        CorrespondenceEvidence.correspondence_id == row.id, CorrespondenceEvidence.evidence_id == item.id
    )
    if work.session.scalar(known) is None:
        link = work.add(CorrespondenceEvidence(correspondence_id=row.id, evidence_id=item.id, desk_id=row.desk_id))
        work.record(Event.ROW_CREATED, link, case=row.case_id, after={"letter": row.subject, "evidence": item.no})


def void_letter(work: Work, row: Correspondence, *, reason: str) -> None:
    """Void a letter recorded by mistake; it stays in the trail.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError, WorkflowRefusedError: the case is archived.
    """
    case = work.get(Case, row.case_id)
    work.require(Permission.CORRESPONDENCE_EDIT, row)
    check_writable(case)
    work.void(row, reason)
