"""Incidents: the list, and one incident with its claims, posts, accounts and what happened."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.permissions import Permission
from caseapp.domain.workflow import INCIDENT
from caseapp.models import Incident
from caseapp.services.queries.case import named
from caseapp.services.work import Work


def incident_row(work: Work, key: str) -> Incident:
    """Return the visible incident of a number as it stands in an address.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
        PermissionDeniedError: the roles held in its case read trails only.
    """
    wanted = named(select(Incident).where(Incident.voided_at.is_(None)).order_by(Incident.sample), Incident, key)
    row = work.session.scalar(work.visible(wanted, Incident).limit(1))
    if row is None:
        raise NotFoundError(kind=INCIDENT.label)
    if Permission.CASE_READ not in work.permissions(row):
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    return row
