"""Opening a case: title, type and the other side, whose conflict of interest is checked first."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.domain.vocabulary import CASE_TYPE
from caseapp.models import Case, Organization
from caseapp.services.case_state import checked_line
from caseapp.services.cases import create_case
from caseapp.services.parties import name_party
from caseapp.services.work import Work


def own_organizations(work: Work) -> list[str]:
    """Return the ids of our own organizations, the oldest first: whom cases are usually for."""
    found = (
        select(Organization.id)
        .where(Organization.kind == "self", Organization.voided_at.is_(None), Organization.sample.is_(work.sample))
        .order_by(Organization.created_at, Organization.id)
    )
    return list(work.session.scalars(work.visible(found, Organization)))


def open_case(
    work: Work,
    *,
    title: str,
    kind: str,
    opponent: str = "",
    cleared: str = "",
    principal_id: str | None = None,
) -> Case:
    """Open a case with the actor as its lead; the other side becomes its first party.

    Args:
        work: the unit of work.
        title: what it is called.
        kind: a word of ``CASE_TYPE``.
        opponent: the other side, if it is known.
        cleared: why a found clash is no conflict of interest.
        principal_id: the organization it is for.

    Raises:
        ConflictOfInterestError: the other side also stands on ours, and nobody said why that is no conflict.
        InvalidInputError, NotFoundError, PermissionDeniedError: see ``create_case``.
    """
    CASE_TYPE.require(kind)
    case = create_case(work, title=checked_line(title, "title"), type=kind, principal_id=principal_id)
    if opponent.strip():
        name_party(work, case, role="target", name=opponent, identity_level="displayed", cleared=cleared)
    return case
