"""The roles a person can be given, in the order they are offered."""

from __future__ import annotations

from collections.abc import Sequence

from caseapp.domain.permissions import CASE_ROLES, Role
from caseapp.web.marks import say

GIVEN = tuple(role for role in Role if role is not Role.SYSTEM)
ORDER = (Role.ADMIN, Role.AUDITOR, Role.STAFF, *(role for role in GIVEN if role in CASE_ROLES))


def choices_of(chosen: Sequence[str]) -> list[tuple[str, str, str, bool]]:
    """Return key, word, kind and whether it is ticked of every role that can be given."""
    return [
        (role.value, say(role.label), "desk" if role in CASE_ROLES else "system", role.value in chosen)
        for role in ORDER
    ]
