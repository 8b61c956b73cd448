"""The database's schema, step by step (Alembic).

``upgrade(engine)`` brings a database to the newest schema; a new database is made the same way, so tests, the demo and
production share one path. A released step is never edited: a change is a new step.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to ``revision``; all steps in one transaction."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the schema down to ``revision``."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def newest() -> str:
    """Return the id of the newest step."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return head or ""


def knows(revision: str) -> bool:
    """Whether ``revision`` is one of this version's steps."""
    return revision in {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}


def current(engine: Engine) -> str:
    """Return the step the database is at; empty for a new database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""
