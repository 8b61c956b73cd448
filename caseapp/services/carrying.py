"""Which login an order of many captures carries, for which case, and what happens where the law does not let it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from caseapp.domain.permissions import Permission
from caseapp.models import Case, LoginProfile
from caseapp.services.logins import ImpactAssessmentMissingError, check_usable, is_assessed, logins, serves
from caseapp.services.work import Work


@dataclass(frozen=True, slots=True)
class Carry:
    """A login chosen for a paste.

    Attributes:
        login: the login.
        case: the case it is used for.
        bare: go on logged out when the case has no impact assessment on record, as the person chose.
    """

    login: LoginProfile
    case: Case
    bare: bool = False


def checked(work: Work, carry: Carry | None) -> Carry | None:
    """Return what is carried; None when the person chose to go on logged out without an assessment.

    Raises:
        PermissionDeniedError: not for this person, in general or in the case.
        LoginUnusableError: revoked, or the site wants a new sign-in.
        ImpactAssessmentMissingError: the case has no assessment on record, and nobody chose to go on without.
    """
    if carry is None:
        return None
    work.require(Permission.LOGIN_USE)
    work.require(Permission.CAPTURE_REQUEST, carry.case)
    check_usable(carry.login)
    if is_assessed(work, carry.case.id):
        return carry
    if not carry.bare:
        raise ImpactAssessmentMissingError
    return None


def usable_logins(work: Work, url: str = "") -> list[LoginProfile]:
    """Return the logins this person can choose, for an address if one is given; none for who may not use them."""
    if Permission.LOGIN_USE not in work.permissions():
        return []
    good = [row for row in logins(work) if row.voided_at is None and row.status == "usable"]
    return [row for row in good if not url or serves(row, url)]


def cases_to_carry_for(work: Work) -> list[tuple[str, str, str, bool]]:
    """Return the cases a login can be used for: key, number, title, and whether its assessment is on record."""
    found = select(Case.id, Case.no, Case.title, Case.impact_assessment).where(
        Case.voided_at.is_(None), Case.archived_at.is_(None)
    )
    rows = work.session.execute(work.visible(found.order_by(Case.no.desc()), Case))
    return [(key, str(no), title, bool(done)) for key, no, title, done in rows]
