"""Engines, sessions and the base of all tables."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CheckConstraint, Connection, Engine, ForeignKey, MetaData, String, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from caseapp.domain.workflow import Workflow
from caseapp.models.types import Json, Money, UtcDateTime

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LENGTH: Final = 26
_BUSY_SECONDS: Final = 30
CONVENTION: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> str:
    """Return a ULID: 48 bits of milliseconds and 80 random bits in Crockford base 32, so keys sort by age."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_ID_LENGTH - 1), -1, -5))


def dump_json(value: Any) -> str:
    """Write JSON for a column: Chinese stays Chinese."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Base(DeclarativeBase):
    """All tables. Column types follow the annotation."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this plain attribute
        datetime: UtcDateTime,
        Decimal: Money,
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }


class Keyed(Base):
    """A row with a ULID key."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(String(_ID_LENGTH), primary_key=True, default=new_id, sort_order=-100)


class Row(Keyed):
    """A mutable row: desk, optimistic lock, who and when, void instead of delete, sample flag.

    Attributes:
        desk_id: the organisation's desk the row belongs to.
        version: raised by every change; a change on an older version is refused.
        created_at: UTC; with ``created_by`` (user id or a job's name) set by the unit of work, like ``updated_*``.
        voided_at: set instead of deleting, with ``void_reason`` and ``voided_by``.
        sample: 示例: belongs to the example, kept out of numbers and statistics.
    """

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, sort_order=900)
    created_at: Mapped[datetime] = mapped_column(sort_order=901)
    created_by: Mapped[str] = mapped_column(String(64), sort_order=902)
    updated_at: Mapped[datetime] = mapped_column(sort_order=903)
    updated_by: Mapped[str] = mapped_column(String(64), sort_order=904)
    voided_at: Mapped[datetime | None] = mapped_column(sort_order=905)
    voided_by: Mapped[str | None] = mapped_column(String(64), sort_order=906)
    void_reason: Mapped[str | None] = mapped_column(sort_order=907)
    sample: Mapped[bool] = mapped_column(default=False, sort_order=908)

    @declared_attr
    def desk_id(cls) -> Mapped[str | None]:  # noqa: N805 - a declared attribute receives the class
        """The desk's key."""
        return mapped_column(ForeignKey("desks.id"), index=True, sort_order=-90)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a declared attribute receives the class
        """Use ``version`` as the optimistic lock."""
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}


def _quoted(keys: Iterable[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def one_of(column: str, keys: Iterable[str], *, optional: bool = False) -> CheckConstraint:
    """Return the CHECK that ``column`` holds one of ``keys`` (or nothing, when ``optional``)."""
    rule = f"{column} IN ({_quoted(keys)})"
    return CheckConstraint(f"{column} IS NULL OR {rule}" if optional else rule, name=column)


def promises(table: Workflow) -> tuple[CheckConstraint, ...]:
    """Return a workflow's promises as CHECK constraints.

    The state is one of the table's. A state that every way in requires a column for implies that column. A stamped
    person of a four-eyes step is none of its first persons.
    """
    checks = [one_of(table.field, table.keys)]
    for state in table.keys[1:]:
        ways = [step for step in table.transitions if step.target == state]
        needed = set.intersection(*({need.column for need in way.requires} for way in ways)) if ways else set()
        checks += [
            CheckConstraint(f"{table.field} <> '{state}' OR {column} IS NOT NULL", name=f"{state}_{column}")
            for column in sorted(needed)
        ]
    seen: set[str] = set()
    for step in table.transitions:
        for stamp in (name for name in step.stamps if step.four_eyes and name.endswith("_by")):
            for first in (name for name in step.not_by if f"{stamp}_{name}" not in seen):
                seen.add(f"{stamp}_{first}")
                rule = f"{stamp} IS NULL OR {first} IS NULL OR {stamp} <> {first}"
                if step.when:
                    rule = f"{step.when.column} NOT IN ({_quoted(step.when.values)}) OR {rule}"
                checks.append(CheckConstraint(rule, name=f"{stamp}_not_{first}"))
    return tuple(checks)


def make_engine(url: str | URL) -> Engine:
    """Return an engine for SQLite or PostgreSQL with the settings the application relies on.

    SQLite: WAL, synchronous=FULL, foreign keys on, 30 s busy timeout, and every transaction begins IMMEDIATE so that
    concurrent writers wait instead of failing (a reading one, see ``reading``, takes no lock). PostgreSQL: READ
    COMMITTED, checked connections.
    """
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, json_serializer=dump_json, pool_pre_ping=True)
    engine = create_engine(target, json_serializer=dump_json, connect_args={"timeout": _BUSY_SECONDS})

    def on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS}000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("postgresql_readonly", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def reading(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: no write lock on SQLite, READ ONLY on PostgreSQL."""
    return engine.execution_options(postgresql_readonly=True)


def make_sessions(engine: Engine) -> sessionmaker[Any]:
    """Return the session factory; objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)
