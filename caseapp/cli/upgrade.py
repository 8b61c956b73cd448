"""`bianwu upgrade`: bring the database of an existing installation to this version's schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from caseapp.cli.house import SQLITE, file_of, only_one, opened, require_database
from caseapp.cli.trouble import DatabaseUnfitError, refuse_without_room, shown_address
from caseapp.cli.words import command, option, say
from caseapp.config import Settings
from caseapp.domain.errors import SchemaAheadError, SchemaBehindError

STEPS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


@command(
    "upgrade",
    "把数据库升级到本版本的结构；SQLite 先自动备份。",
    "Bring the database to this version's schema; SQLite is backed up first.",
)
@option(
    "--backed-up",
    zh="PostgreSQL：已另行备份（pg_dump）",
    en="PostgreSQL: it is backed up already (pg_dump)",
    is_flag=True,
)
def upgrade(backed_up: bool) -> None:
    """Hold the installation's lock, back up, upgrade in one transaction, say what was done."""
    from caseapp import migrations
    from caseapp.services.schema import upgrade_schema

    settings = Settings.from_env()
    settings.require_initialised()
    with only_one(settings.data_dir), opened(settings) as app:
        at, newest = migrations.current(app.engine), migrations.newest()
        if at == newest:
            click.echo(say(f"✓ 数据库结构已是 {at}，无须升级", f"✓ The schema is {at} already; nothing to do"))
            return
        copy = back_up(settings, at, backed_up=backed_up)
        before, after = upgrade_schema(app)
    if copy:
        click.echo(say(f"✓ 备份 {copy}", f"✓ backup {copy}"))
    click.echo(say(f"✓ 数据库结构 {before} → {after}", f"✓ schema {before} → {after}"))
    click.echo("→ bianwu doctor")


def back_up(settings: Settings, at: str, *, backed_up: bool) -> Path | None:
    """Copy an SQLite database as it is now beside itself; another engine has to be backed up by its own means.

    Raises:
        click.UsageError: another engine, and nobody said that it is backed up.
    """
    if not settings.database_url.startswith(SQLITE):
        if backed_up:
            return None
        place = shown_address(settings.database_url)
        raise click.UsageError(
            say(f"请先用 pg_dump 备份 {place}，再加 --backed-up。", f"Back up {place} with pg_dump, add --backed-up.")
        )
    source = file_of(settings)
    copy = source.with_name(f"{source.name}.{at}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    copy.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    return copy


def refuse_other_schema(settings: Settings) -> None:
    """Before anything starts: an SQLite database must be at this version's schema (the pages ask another engine).

    Raises:
        SchemaBehindError, SchemaAheadError: it is not.
        DatabaseUnfitError: it is gone, or none of ours.
    """
    if not settings.database_url.startswith(SQLITE):
        return
    require_database(settings)
    steps = {path.name.partition("_")[0] for path in STEPS.glob("[0-9]*.py")}
    try:
        with closing(sqlite3.connect(f"file:{file_of(settings)}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        refuse_without_room(str(error), settings)
        raise DatabaseUnfitError(place=shown_address(settings.database_url), problem=str(error)) from error
    at, newest = (found[0] if found else ""), max(steps)
    if at != newest:
        raise (SchemaBehindError if at in steps or not at else SchemaAheadError)(at=at or "–", newest=newest)
