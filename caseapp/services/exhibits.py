"""The list of evidence of a case: numbers, groups, order and what each exhibit proves."""

from __future__ import annotations

import json
import re
from typing import Final

from sqlalchemy import select

from caseapp.domain.errors import AlreadyExistsError, InvalidInputError, StaleVersionError, WorkflowRefusedError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, Document, DocumentVersion, Exhibit
from caseapp.services.approvals import FROZEN
from caseapp.services.case_state import check_writable
from caseapp.services.evidence import EXHIBIT_NO
from caseapp.services.typed import REASON, typed
from caseapp.services.work import Work

GROUP: Final = 300
PROVES: Final = 1000


class ExhibitCitedError(WorkflowRefusedError):
    """An approved paper names the exhibit. Facts: ``number`` and ``document``."""

    code = "exhibit-cited"
    text = Label(
        "定稿文书 {document} 已引用 {number}，编号不能再改；说明仍可修改。",
        "The approved document {document} cites {number}; its number stays. What it proves can still be changed.",
    )


def cited_in(work: Work, row: Exhibit) -> str | None:
    """Return the number of an approved paper of the case that cites the exhibit by its number."""
    whole = re.compile(rf"{re.escape(row.exhibit_no)}(?![0-9])")
    papers = work.session.execute(
        select(Document.no, DocumentVersion.model)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(Document.case_id == row.case_id, DocumentVersion.status.in_(FROZEN))
    )
    return next((no for no, model in papers if whole.search(json.dumps(model, ensure_ascii=False))), None)


def change_exhibit(
    work: Work, row: Exhibit, *, number: str, group: str, proves: str, seen_version: int | None = None
) -> None:
    """Change number, group and purpose of an exhibit.

    Raises:
        NotFoundError, PermissionDeniedError, StaleVersionError.
        InvalidInputError: the number is not like 证1-3. AlreadyExistsError: another item has it.
        ExhibitCitedError: an approved paper cites it. WorkflowRefusedError: the case is archived.
    """
    case = _case(work, row)
    number = number.strip()
    number = number if number.startswith("证") else f"证{number}"
    found = EXHIBIT_NO.fullmatch(number)
    if found is None:
        problem = Label("应像 证1-3。", "write it like 证1-3.")
        raise InvalidInputError(field=Label("证据编号", "exhibit number"), problem=problem)
    if seen_version is not None and seen_version != row.version:
        raise StaleVersionError
    if number != row.exhibit_no:
        _check_free(work, case, row, number)
    work.change(
        row,
        Event.EXHIBIT_CHANGED,
        exhibit_no=number,
        group_no=int(found[1]),
        order_no=int(found[2]),
        group_name=typed(group, Label("组名", "name of the group"), GROUP) or None,
        proves=typed(proves, Label("证明目的", "what it proves"), PROVES) or None,
    )


def _check_free(work: Work, case: Case, row: Exhibit, number: str) -> None:
    _check_uncited(work, row)
    taken = select(Exhibit.id).where(Exhibit.case_id == case.id, Exhibit.exhibit_no == number, Exhibit.id != row.id)
    if work.session.scalar(taken) is not None:
        raise AlreadyExistsError(kind=kind_label("exhibits"))


def _check_uncited(work: Work, row: Exhibit) -> None:
    paper = cited_in(work, row)
    if paper is not None:
        raise ExhibitCitedError(number=row.exhibit_no, document=paper)


def move_exhibit(work: Work, row: Exhibit, *, up: bool) -> bool:
    """Change places with the exhibit before or after it in its group; returns whether there was one.

    Raises:
        NotFoundError, PermissionDeniedError; ExhibitCitedError: an approved paper cites one of the two.
        WorkflowRefusedError: the case is archived.
    """
    case = _case(work, row)
    before = Exhibit.order_no < row.order_no if up else Exhibit.order_no > row.order_no
    order = Exhibit.order_no.desc() if up else Exhibit.order_no.asc()
    other = work.session.scalar(
        select(Exhibit)
        .where(Exhibit.case_id == case.id, Exhibit.group_no == row.group_no, Exhibit.voided_at.is_(None), before)
        .order_by(order)
        .limit(1)
    )
    if other is None:
        return False
    _check_uncited(work, row)
    _check_uncited(work, other)
    mine, theirs = (row.exhibit_no, row.order_no), (other.exhibit_no, other.order_no)
    row.exhibit_no = f"~{row.id[-10:]}"  # two rows of one case never hold one number, not even for a moment
    work.session.flush()
    work.change(other, Event.EXHIBIT_CHANGED, exhibit_no=mine[0], order_no=mine[1])
    row.exhibit_no, row.order_no = theirs
    work.record(Event.EXHIBIT_CHANGED, row, before={"exhibit_no": mine[0]}, after={"exhibit_no": theirs[0]})
    work.session.flush()
    return True


def drop_exhibit(work: Work, row: Exhibit, *, reason: str) -> None:
    """Take an item out of the list of evidence; the item itself stays, and so does the trail.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError; ExhibitCitedError: an approved paper cites it.
        WorkflowRefusedError: the case is archived.
    """
    _case(work, row)
    _check_uncited(work, row)
    number = row.exhibit_no
    work.void(row, typed(reason, REASON, PROVES))
    row.exhibit_no = f"~{row.id[-10:]}"  # its number is free again
    work.record(Event.EXHIBIT_CHANGED, row, before={"exhibit_no": number}, after={"exhibit_no": None})
    work.session.flush()


def _case(work: Work, row: Exhibit) -> Case:
    work.require(Permission.EVIDENCE_EXHIBIT, row)
    case = work.get(Case, row.case_id)
    check_writable(case)
    return case
