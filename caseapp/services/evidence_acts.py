"""What people do with an item once it is registered: describe it, exhibit it, hand it in, ask for its disposal."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Case, EvidenceItem, Exhibit
from caseapp.services.disposal import approve_disposal, refuse_disposal, request_disposal, withdraw_disposal
from caseapp.services.evidence import add_exhibit
from caseapp.services.holds import hold_evidence, written
from caseapp.services.redactions import marked
from caseapp.services.storable import storable
from caseapp.services.work import Work

__all__ = ["STEPS", "describe_evidence", "exhibit_evidence", "hold_evidence", "next_exhibit_no", "step_evidence"]

STEPS: Final = ("produce", "request_disposal", "withdraw", "keep", "dispose")
"""The steps of the table a person takes on the item's page; ``use`` is taken by making it an exhibit."""


def describe_evidence(work: Work, item: EvidenceItem, *, seen_version: int, **values: Any) -> None:
    """Change what is said about an item (title, what it proves, source, original or copy); its bytes stay sealed.

    A redacted copy stays marked as one, and a copy, whatever is said of it.

    Raises:
        NotFoundError, PermissionDeniedError: the item is not for this person to describe.
        StaleVersionError: someone else changed it meanwhile.
    """
    work.require(Permission.EVIDENCE_REGISTER, item)
    if item.derived_from_id is not None:
        values |= {"original_or_copy": "copy"}
        if "title" in values:
            values["title"] = marked(str(values["title"] or ""))
    work.change(item, seen_version=seen_version, **{name: storable(value) for name, value in values.items()})


def step_evidence(
    work: Work, item: EvidenceItem, action: str, *, reason: str, basis: str = "", keep_derived: bool = False
) -> None:
    """Take a step of the item's table: hand it in, ask for its disposal, withdraw that, refuse or approve it.

    Args:
        work: the unit of work.
        item: which.
        action: a word of ``STEPS``.
        reason: why.
        basis: the legal basis of a disposal.
        keep_derived: see ``request_disposal``.

    Raises:
        NotFoundError, PermissionDeniedError, WorkflowRefusedError (and its kinds, also what stands against it).
        InvalidInputError: the reason is too long.
    """
    if action == "request_disposal":
        request_disposal(work, item, reason=reason, basis=basis, keep_derived=keep_derived)
    elif action == "dispose":
        approve_disposal(work, item, reason=reason)
    elif action == "keep":
        refuse_disposal(work, item, reason=reason)
    elif action == "withdraw":
        withdraw_disposal(work, item, reason=reason)
    elif action == "produce":
        work.transition(workflow.EVIDENCE_ITEM, item, action, reason=written(reason))
    else:
        said = Label(action[:40], action[:40])
        raise WorkflowRefusedError(workflow=workflow.EVIDENCE_ITEM.label, action=said, state=_state(item))


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
