"""What people do with an item once it is registered: describe it, hold it, hand it in, ask for its disposal."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, ReasonRequiredError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, EvidenceItem, Exhibit
from caseapp.services.custody import append_custody
from caseapp.services.evidence import REASON_LENGTH, add_exhibit
from caseapp.services.storable import storable
from caseapp.services.visibility import case_ids
from caseapp.services.work import Work

HOLD: Final = Label("设置法律保留", "set a legal hold")
RELEASE: Final = Label("解除法律保留", "release the legal hold")
HELD: Final = Label("法律保留中", "on legal hold")
STEPS: Final = ("produce", "request_disposal", "keep", "dispose")
"""The steps of the table a person takes on the item's page; ``use`` is taken by making it an exhibit."""
REASON: Final = Label("理由", "reason")


def describe_evidence(work: Work, item: EvidenceItem, *, seen_version: int, **values: Any) -> None:
    """Change what is said about an item (title, what it proves, source, original or copy); its bytes stay sealed.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not for this person to describe.
        StaleVersionError: someone else changed it meanwhile.
    """
    work.require(Permission.EVIDENCE_REGISTER, item)
    work.change(item, seen_version=seen_version, **{name: storable(value) for name, value in values.items()})


def hold_evidence(work: Work, item: EvidenceItem, *, on: bool, reason: str) -> None:
    """Set or release a legal hold; while it is on, nothing of the item may be disposed of.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not for this person to hold.
        ReasonRequiredError: no reason given.
        InvalidInputError: the reason is too long.
    """
    work.require(Permission.EVIDENCE_HOLD, item)
    reason = _reason(reason, HOLD if on else RELEASE)
    if item.hold == on:
        return
    work.change(item, hold=on, hold_reason=reason if on else None, reason=reason)
    if item.package_id is not None:
        append_custody(work, item, "hold_set" if on else "hold_clear", reason=reason)


def step_evidence(work: Work, item: EvidenceItem, action: str, *, reason: str) -> None:
    """Take a step of the item's table: hand it in, ask for its disposal, refuse or approve that as second person.

    Disposal is a decision on record; register entry, digests, custody and the sealed bytes stay where they are.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds).
        InvalidInputError: the reason is too long.
    """
    if action not in STEPS:
        raise WorkflowRefusedError(
            workflow=workflow.EVIDENCE_ITEM.label, action=Label(action, action), state=_state(item)
        )
    step = workflow.EVIDENCE_ITEM.find(item, action)
    if action in {"request_disposal", "dispose"} and held(work, item):
        work.require(step.permission, item)
        raise WorkflowRefusedError(workflow=workflow.EVIDENCE_ITEM.label, action=step.label, state=HELD)
    work.transition(workflow.EVIDENCE_ITEM, item, action, reason=_short(reason))


def held(work: Work, item: EvidenceItem) -> bool:
    """Whether the item, or a case it belongs to, is on legal hold."""
    linked = case_ids(work.session, item)
    of_case = select(Case.id).where(Case.id.in_(linked), Case.legal_hold.is_(True)).limit(1)
    return item.hold or work.session.scalar(of_case) is not None


def next_exhibit_no(work: Work, case: Case, group: int) -> str:
    """Return the next free number of a group in a case's list of evidence, like 证2-4."""
    numbers = select(Exhibit.exhibit_no, Exhibit.order_no).where(Exhibit.case_id == case.id, Exhibit.group_no == group)
    last = max((order for _number, order in work.session.execute(numbers)), default=0)
    return f"证{group}-{last + 1}"


def exhibit_evidence(
    work: Work, case: Case, item: EvidenceItem, exhibit_no: str, *, group: str, proves: str
) -> Exhibit:
    """Make an item an exhibit; the description of the item is taken where nothing is said.

    Raises:
        NotFoundError, PermissionDeniedError, InvalidInputError, AlreadyExistsError: see ``add_exhibit``.
    """
    number = exhibit_no.strip() or next_exhibit_no(work, case, 1)
    number = number if number.startswith("证") else f"证{number}"
    return add_exhibit(work, case, item, number, group=storable(group), proves=storable(proves or item.proves or ""))


def _state(item: EvidenceItem) -> Label:
    return workflow.EVIDENCE_ITEM.labels[item.status]


def _short(reason: str) -> str:
    if len(reason) > REASON_LENGTH:
        problem = Label(f"最多 {REASON_LENGTH} 个字符。", f"use at most {REASON_LENGTH} characters.")
        raise InvalidInputError(field=REASON, problem=problem)
    return storable(reason.strip())  # type: ignore[no-any-return]  # a text stays one


def _reason(reason: str, action: Label) -> str:
    written = _short(reason)
    if not written:
        raise ReasonRequiredError(action=action)
    return written
