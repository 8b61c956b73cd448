"""Shared fixtures: both database engines, a world of desk and people, ports that need no network."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from caseapp import migrations
from caseapp.models import (
    Case,
    Desk,
    Incident,
    Membership,
    Organization,
    Platform,
    Post,
    User,
    make_engine,
    make_sessions,
)
from caseapp.services.work import Actor, Work, open_work, system_actor
from tests.caseapp import postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL pattern with {name}; a migrated database ``bianwu_template`` is on it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rsplit("/", 1)[0] + "/{name}"
        return
    with postgres.server() as url:
        yield url


def create_database(pattern: str, name: str, template: str = "template1") -> None:
    admin = create_engine(pattern.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    admin.dispose()


def drop_database(pattern: str, name: str) -> None:
    admin = create_engine(pattern.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    name = f"bianwu_template_{secrets.token_hex(4)}"
    create_database(postgres_server, name)
    engine = make_engine(postgres_server.format(name=name))
    migrations.upgrade(engine)
    engine.dispose()
    yield name
    drop_database(postgres_server, name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "case.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        made = make_engine(f"sqlite:///{path}")
        yield made
        made.dispose()
        return
    pattern = request.getfixturevalue("postgres_server")
    name = f"t_{secrets.token_hex(6)}"
    create_database(pattern, name, request.getfixturevalue("postgres_template"))
    made = make_engine(pattern.format(name=name))
    yield made
    made.dispose()
    drop_database(pattern, name)


@dataclass
class Clock:
    """A clock the test moves; starts on day one of the example."""

    now: datetime = datetime(2026, 8, 11, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class LocalQueue:
    """Keeps the ids pushed."""

    pushed: list[str] = field(default_factory=list)

    def push(self, job_id: str) -> None:
        self.pushed.append(job_id)


@dataclass
class LocalPorts:
    """The ports a use case needs, over a real database."""

    engine: Engine
    sessions: sessionmaker[Session]
    clock: Clock = field(default_factory=Clock)
    queue: LocalQueue = field(default_factory=LocalQueue)
    capturer: Any = None
    outbox: Any = None
    logins: Any = None
    store: Any = None
    signer: Any = None
    mend: Any = None
    has_replica: bool = False
    open_replica: Any = None
    authorities: tuple[Any, ...] = ()
    chains: tuple[Any, ...] = ()
    captures_dir: Path = Path("/nonexistent")
    least_stamps: int = 1
    start_stamps: bool = True
    recheck_seconds: int = 6 * 3600
    check_days: int = 30
    host_pauses: tuple[tuple[str, float], ...] = ()


@pytest.fixture
def ports(engine: Engine) -> LocalPorts:
    return LocalPorts(engine, make_sessions(engine))


@dataclass
class World:
    """A desk with people: ``world.actor("counsel")``, ``world.person("pr", name="高澄")``, and small makers of rows."""

    ports: LocalPorts
    desk_id: str
    people: dict[str, Actor] = field(default_factory=dict)

    def person(self, name: str, *roles: str, desk_id: str | None = None) -> Actor:
        """A user with desk roles, made once."""
        if name not in self.people:
            with open_work(self.ports, system_actor("test", desk_id=desk_id or self.desk_id)) as work:
                user = work.add(User(login=name, display=name, roles=list(roles)))
                self.people[name] = Actor(user.id, name, frozenset(roles), desk_id=desk_id or self.desk_id)
        return self.people[name]

    def case(self, *members: tuple[Actor, str], **values: Any) -> str:
        """A case with members (person, role)."""
        with open_work(self.ports, system_actor("test", desk_id=self.desk_id)) as work:
            case = work.add(Case(**{"no": work.next_no("case"), "title": "苜禾案", "status": "open", **values}))
            for person, role in members:
                work.add(Membership(case_id=case.id, user_id=person.user_id, role=role, granted_by="test"))
            return case.id

    def make(self, maker: Callable[[Work], Any]) -> Any:
        """Run ``maker`` as the system; returns what it returns."""
        with open_work(self.ports, system_actor("test", desk_id=self.desk_id)) as work:
            return maker(work)

    def post(self, **values: Any) -> str:
        """A post."""

        def maker(work: Work) -> str:
            no = work.next_no("post")
            url = f"https://weixun.test/{no}"
            return work.add(Post(**{"no": no, "canonical_url": url, "url_as_seen": url, **values})).id

        return str(self.make(maker))

    def incident(self, **values: Any) -> str:
        """An incident."""

        def maker(work: Work) -> str:
            return work.add(
                Incident(**{"no": work.next_no("incident"), "title": "谣言", "detected_at": work.now, **values})
            ).id

        return str(self.make(maker))

    def platform(self, **values: Any) -> str:
        """A platform with its operator."""

        def maker(work: Work) -> str:
            name = str(values.get("name", "微汛"))
            operator = work.add(Organization(name=f"{name}公司", kind="platform_operator"))
            return work.add(
                Platform(**{"name": name, "domain": "weixun.test", "operator_id": operator.id, **values})
            ).id

        return str(self.make(maker))


@pytest.fixture
def world(ports: LocalPorts) -> World:
    with open_work(ports, system_actor("test")) as work:
        desk = work.add(Desk(name="法务部"))
        return World(ports, desk.id)
