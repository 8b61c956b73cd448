"""Who may see a row: the one rule, pure. The database filter in ``services.visibility`` says the same in SQL.

Every row carries its desk. Before it is linked to a case, that desk's lead, counsel, PR and archivist see it.
Linked to cases, members of **any** linked case see it unless a wall denies; privilege and scope are those of the
**strictest** linked case. Shared registers (organizations, platforms) are open to the desk.
The auditor reads trails, not content.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from caseapp.domain.permissions import DESK_READERS, Permission, permissions_of
from caseapp.domain.vocabulary import CONFIDENTIALITY


class Reach(StrEnum):
    """What sort of row it is, for scopes: evidence-only and report-only members see just that sort."""

    CONTENT = "content"
    EVIDENCE = "evidence"
    REPORT = "report"
    CASE = "case"


SCOPE_REACH: Final = {
    "all": frozenset(Reach),
    "no_privileged": frozenset(Reach),
    "evidence_only": frozenset({Reach.EVIDENCE, Reach.CASE}),
    "report_only": frozenset({Reach.REPORT, Reach.CASE}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One membership in force: in which case, as what, how far; ``wall`` is an explicit denial."""

    case_id: str
    role: str
    scope: str = "all"
    wall: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person asking: desk, desk roles and memberships in force at this moment."""

    desk_id: str | None
    roles: frozenset[str]
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the rule needs to know of a row."""

    desk_id: str | None
    case_ids: frozenset[str]
    reach: Reach = Reach.CONTENT
    privileged: bool = False


def sees_privileged(role: str, scope: str) -> bool:
    """Whether a membership reads privileged matter."""
    return scope == "all" and Permission.CASE_READ_PRIVILEGED in permissions_of([role])


def reads_desk(roles: Iterable[str]) -> bool:
    """Whether desk roles let their holder see rows not yet linked to a case."""
    return bool({role.value for role in DESK_READERS} & set(roles))


def may_see(viewer: Viewer, row: RowFacts) -> bool:
    """Apply the rule of this module.

    Within one case the viewer's roles add up. Across the linked cases the strictest counts: each case the viewer is
    a member of must allow the row's reach and its privilege; one wall in any linked case denies.
    """
    if "system" in viewer.roles:
        return True
    if not row.case_ids:
        if viewer.desk_id is None or viewer.desk_id != row.desk_id or not reads_desk(viewer.roles):
            return False
        return not row.privileged or Permission.CASE_READ_PRIVILEGED in permissions_of(viewer.roles)
    by_case: dict[str, bool] = {}
    for grant in viewer.grants:
        if grant.case_id in row.case_ids:
            if grant.wall:
                return False
            by_case[grant.case_id] = by_case.get(grant.case_id, False) or _allows(grant, row)
    return bool(by_case) and all(by_case.values())


def _allows(grant: Grant, row: RowFacts) -> bool:
    if row.reach not in SCOPE_REACH[grant.scope]:
        return False
    return not row.privileged or sees_privileged(grant.role, grant.scope)


def strictest(levels: Iterable[str]) -> str:
    """Return the strictest confidentiality of the linked cases (``internal`` where there is none)."""
    order = CONFIDENTIALITY.keys
    return max(levels, key=order.index, default="internal")
