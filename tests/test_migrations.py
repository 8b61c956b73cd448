"""Every migration goes up and down with data in the tables, on both engines, and ends where the models are."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, insert, inspect, text
from sqlalchemy import column as bare_column
from sqlalchemy import table as bare_table

from caseapp import migrations
from caseapp.models import Base, make_engine
from caseapp.models.triggers import create_sql, triggers
from tests.caseapp import postgres
from tests.caseapp.conftest import create_database, drop_database

STEPS = [step.revision for step in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()][::-1]
DAY = "2026-08-11 04:00:00.000000"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a schema."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    pattern, name = request.getfixturevalue("server"), f"m_{secrets.token_hex(6)}"
    create_database(pattern, name)
    engine = make_engine(pattern.format(name=name))
    yield engine
    engine.dispose()
    drop_database(pattern, name)


def _value(column: Any, table: Table) -> Any:
    """A value the column's own checks accept: the first allowed word, or something plain of its type."""
    if column.foreign_keys:
        return f"{next(iter(column.foreign_keys)).column.table.name}-1"
    for check in table.constraints:
        rule = str(getattr(check, "sqltext", ""))
        if rule.startswith(f"{column.name} IN ("):
            return rule.split("'")[1]
    kind = type(column.type).__name__
    plain = {
        "Integer": 1,
        "BigInteger": 1,
        "Boolean": False,
        "JSON": "{}",
        "Float": 1.0,
        "Money": 1,
        "UtcDateTime": DAY,
        "Date": DAY[:10],
    }
    return plain.get(kind, f"{table.name}-1"[: getattr(column.type, "length", None) or 26])


def fill(engine: Engine) -> int:
    """Put one row into every table there is; returns how many."""
    present = set(inspect(engine).get_table_names()) - {"alembic_version"}
    count = 0
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in present:
                continue
            here = {column["name"] for column in inspect(connection).get_columns(table.name)}
            needed = [c for c in table.columns if c.name in here and (not c.nullable or c.primary_key)]
            values = {column.name: _value(column, table) for column in needed}
            if table.name == "approvals":
                values["author_id"] = "someone-else"
                values["decision"] = "changes"
            plain = bare_table(table.name, *(bare_column(name) for name in values))
            connection.execute(insert(plain).values(**values))
            count += 1
    return count


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_each_step_up_and_down_with_data(empty: Engine, step: int) -> None:
    migrations.upgrade(empty, STEPS[step])
    if step == len(STEPS) - 1:
        before = fill(empty)
        assert before == len(Base.metadata.tables)
    below = STEPS[step - 1] if step else "base"
    migrations.downgrade(empty, below)
    assert migrations.current(empty) == ("" if below == "base" else below)
    migrations.upgrade(empty)
    assert migrations.current(empty) == migrations.newest() == STEPS[-1]


def test_newest_schema_is_the_models(empty: Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        checks = {name for table in Base.metadata.tables for name in _checks(connection, table)}
    declared = {
        str(check.name)
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if type(check).__name__ == "CheckConstraint"
    }
    assert checks == declared


def _checks(connection: Any, table: str) -> list[str]:
    return [str(check["name"]) for check in inspect(connection).get_check_constraints(table)]


def test_every_trigger_is_in_place_and_gone_after_down(empty: Engine) -> None:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[empty.dialect.name]
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert set(connection.scalars(text(query))) >= {trigger.name for trigger in triggers()}
        assert len(set(connection.scalars(text(query)))) * (2 if empty.dialect.name == "postgresql" else 1) == len(
            create_sql(empty.dialect.name)
        )
    migrations.downgrade(empty)
    with empty.connect() as connection:
        assert not connection.scalars(text(query)).all()
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}


def test_up_twice_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert migrations.current(empty) == migrations.newest()
