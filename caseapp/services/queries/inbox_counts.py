"""The figures of the inbox and of incidents in the navigation."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Subquery, func

from caseapp.models import Incident, Post
from caseapp.services.queries.sums import side
from caseapp.services.work import Work

SETTLED: Final = ("closed", "handed_off", "watching")
"""States of an incident that nobody works on."""


def inbox_sides(work: Work, *, sample: bool) -> tuple[Subquery, Subquery]:
    """Return how many posts nobody judged yet (``leads``) and how many incidents are open (``matters``)."""

    def real(model: Any) -> tuple[Any, ...]:
        return () if sample else (model.sample.is_(False),)

    return (
        side(work, Post, Post.verdict.is_(None), *real(Post), leads=func.count()),
        side(work, Incident, Incident.status.not_in(SETTLED), *real(Incident), matters=func.count()),
    )
