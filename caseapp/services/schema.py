"""The database's schema against the one this version needs: found behind, brought up, put on record."""

from __future__ import annotations

from typing import Final

from alembic.util import CommandError
from sqlalchemy import select

from caseapp import migrations
from caseapp.domain.errors import SchemaAheadError, SchemaBehindError
from caseapp.domain.events import Event
from caseapp.models import Desk
from caseapp.services.ports import Ports
from caseapp.services.work import Actor, open_work

_UPGRADER: Final = Actor("upgrade", "升级", frozenset({"system"}), kind="system")


def check_schema(app: Ports) -> None:
    """Refuse to work on another schema than this version's.

    Raises:
        SchemaBehindError, SchemaAheadError: it is another one.
    """
    at, newest = migrations.current(app.engine), migrations.newest()
    if at != newest:
        behind = not at or migrations.knows(at)
        raise (SchemaBehindError if behind else SchemaAheadError)(at=at or "–", newest=newest)


def upgrade_schema(app: Ports) -> tuple[str, str]:
    """Bring the schema up and write it into the audit trail; returns the steps before and after.

    All steps run in one transaction: when one fails nothing has changed.

    Raises:
        SchemaAheadError: a newer version wrote it.
    """
    before = migrations.current(app.engine)
    try:
        migrations.upgrade(app.engine)
    except CommandError as error:
        raise SchemaAheadError(at=before, newest=migrations.newest()) from error
    after = migrations.current(app.engine)
    if after != before:
        with open_work(app, _UPGRADER) as work:
            for desk in work.session.scalars(select(Desk)):
                work.record(Event.SYSTEM_UPGRADED, desk, before={"schema": before}, after={"schema": after})
    return before, after
