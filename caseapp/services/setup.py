"""First use: the schema, the organization, its desk and the first administrator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import inspect, select

from caseapp import migrations
from caseapp.domain.errors import AlreadyExistsError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.uscc import clean_uscc
from caseapp.models import Desk, Organization, User
from caseapp.services.ports import Ports
from caseapp.services.users import create_user
from caseapp.services.work import Actor, open_work


class AlreadyInitialisedError(AlreadyExistsError):
    """This installation already has users."""

    code = "already-initialised"
    text = Label(
        "系统已初始化，未作任何改动。新增用户请用 bianwu user add。",
        "Already set up; nothing was changed. Add people with: bianwu user add.",
    )


@dataclass(frozen=True, slots=True)
class Initialised:
    """Keys of what was made."""

    desk_id: str
    organization_id: str
    user_id: str


def is_initialised(app: Ports) -> bool:
    """Whether the schema is there and someone can sign in."""
    if not inspect(app.engine).has_table(User.__tablename__):
        return False
    with app.sessions() as session:
        return session.scalar(select(User.id).limit(1)) is not None


def initialise(
    app: Ports,
    *,
    organization: str,
    login: str,
    display: str,
    password: str,
    uscc: str | None = None,
    desk: str = "法务部",
    roles: Iterable[str] = ("admin", "counsel"),
    sample: bool = False,
) -> Initialised:
    """Make the schema, the organization, its desk and the first user.

    Raises:
        AlreadyInitialisedError: somebody is there already.
        InvalidInputError: login, password or credit code refused.
    """
    uscc = clean_uscc(uscc) if uscc else None
    migrations.upgrade(app.engine)
    if is_initialised(app):
        raise AlreadyInitialisedError
    setup = Actor("setup", "初始化", frozenset({"admin", "system"}), kind="system")
    with open_work(app, setup, sample=sample) as work:
        place = work.add(Desk(name=desk))
        own = work.add(Organization(desk_id=place.id, name=organization, kind="self", uscc=uscc))
        place.organization_id = own.id
        user = create_user(work, login=login, display=display, password=password, roles=roles)
        user.desk_id = place.id
        work.record(Event.SYSTEM_INITIALISED, place, after={"organization": organization, "desk": desk})
        return Initialised(place.id, own.id, user.id)
