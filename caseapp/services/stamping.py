"""What every row gets before it is written: who and when, the desk, and whether it belongs to the example."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from caseapp.models import Row
from caseapp.services.actors import Actor
from caseapp.services.archiving import check_written, of_sample


def stamp_rows(session: Session, actor: Actor, now: datetime, *, sample: bool) -> None:
    """Fill in the rows of a flush; people write nothing into an archived case.

    A new row of a case of the example belongs to the example, whoever adds it and from wherever.

    Raises:
        CaseArchivedError.
    """
    if actor.kind != "system":
        check_written(session)
    fresh = (
        ("created_at", now),
        ("created_by", actor.user_id),
        ("updated_at", now),
        ("updated_by", actor.user_id),
        ("desk_id", actor.desk_id),
    )
    for row in session.new:
        for name, value in fresh:
            if hasattr(row, name) and getattr(row, name) is None:
                setattr(row, name, value)
        if hasattr(row, "sample") and (sample or of_sample(session, row)):
            row.sample = True
    for row in session.dirty:
        if isinstance(row, Row) and session.is_modified(row):
            row.updated_at, row.updated_by = now, actor.user_id
