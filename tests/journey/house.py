"""A small real installation for journeys: keys, SQLite, store, a lead, and jobs that run in this process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from caseapp import jobs
from caseapp.bootstrap import Application, build_application
from caseapp.config import CaptureOverrides, Settings
from caseapp.keys import make_keys
from caseapp.models import Capture, Job, User
from caseapp.queue import InlineQueue
from caseapp.services.captures import request_capture
from caseapp.services.setup import initialise
from caseapp.services.users import actor_of, create_user
from caseapp.services.work import Actor, open_work

PASSWORD = "三月桃花流水鳜鱼肥 42"


@dataclass
class House:
    """The installation, and what the tests do in it."""

    app: Application
    people: dict[str, Actor]

    def order(self, url: str) -> str:
        """Order a capture as the lead; returns its key."""
        with open_work(self.app, self.people["lin"]) as work:
            return request_capture(work, url).id

    def capture(self, url: str) -> Capture:
        """Order a capture and run its job once."""
        key = self.order(url)
        jobs.perform(self.app, self.job(key).id)
        return self.row(key)

    def row(self, key: str) -> Capture:
        """The capture as the database has it."""
        with self.app.sessions() as session:
            return session.get_one(Capture, key)

    def job(self, key: str) -> Job:
        """The job of a capture."""
        with self.app.sessions() as session:
            return session.scalars(select(Job).where(Job.object_id == key)).one()

    def read(self, question: Callable[[Any], Any]) -> Any:
        """Ask the database."""
        with self.app.sessions() as session:
            return question(session)


@contextmanager
def house(folder: Path, **changes: Any) -> Iterator[House]:
    """Set up an installation in `folder`."""
    changes.setdefault("host_pauses", ())  # jobs run at once, nobody comes back for one that waits
    settings = Settings.for_folder(folder, ntp_servers=(), resolvers=(), **changes)
    folder.mkdir(parents=True, exist_ok=True)
    make_keys(settings)
    app = build_application(settings, queue=InlineQueue())
    try:
        made = initialise(app, organization="示例单位", login="root-admin", display="管理员", password=PASSWORD)
        setup = Actor("setup", "初始化", frozenset({"admin"}), kind="system", desk_id=made.desk_id)
        with open_work(app, setup) as work:
            for login, roles in (("lin", ("lead", "counsel")), ("han", ("approver",)), ("gao", ("pr",))):
                create_user(work, login=login, display=login, password=PASSWORD, roles=roles).desk_id = made.desk_id
        with app.sessions() as session:
            people = {user.login: actor_of(user) for user in session.scalars(select(User))}
        yield House(app, people)
    finally:
        app.close()


def overrides(*allow: str, **resolve: tuple[str, int]) -> CaptureOverrides:
    """Local targets a capture may visit; names are given with _ for the dot."""
    return CaptureOverrides(frozenset(allow), {name.replace("_", "."): target for name, target in resolve.items()})


def closed_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
