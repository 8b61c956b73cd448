"""What a person may do in a case, from the memberships in force and the case's state."""

from __future__ import annotations

from caseapp.domain.permissions import SYSTEM_ROLES, Permission, permissions_of
from caseapp.models import Case
from caseapp.services.archiving import READING
from caseapp.services.work import Work


def granted_in(work: Work, case_id: str) -> frozenset[Permission]:
    """Return what the roles held in the case give, and the system's own roles: as ``Work.permissions`` says of its row.

    Desk roles do not count in a case, and whoever stands behind a wall has nothing. In an archived case
    only what reads is left.
    """
    held = {grant.role for grant in work.viewer.grants if grant.case_id == case_id and not grant.wall}
    granted = permissions_of(held | (work.actor.roles & {role.value for role in SYSTEM_ROLES}))
    case = work.session.get(Case, case_id)
    return granted & READING if case is not None and work.archived(case) else granted
