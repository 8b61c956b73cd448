"""A throw-away installation for the demo: keys, database, people, a test timestamp authority and the platforms.

Everything lies in one folder. The application is the ordinary one; what makes it a demo is in its settings: the
resolver table and the demo root (captures are graded 演示), a test authority (测试时间戳) and a shortened interval
between re-checks (演示间隔).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from caseapp import jobs
from caseapp.bootstrap import Application, build_application
from caseapp.config import AuthoritySettings, CaptureOverrides, Settings
from caseapp.demo.authority import TestAuthority
from caseapp.demo.case_data import DemoCase
from caseapp.demo.case_types import DemoUser
from caseapp.demo.site import LocalPlatforms
from caseapp.keys import make_keys, write_trust
from caseapp.models import Desk, User
from caseapp.queue import InlineQueue
from caseapp.services.setup import initialise, is_initialised
from caseapp.services.users import actor_of, create_user
from caseapp.services.work import Actor, open_work

AUTHORITY_NAME = "test-tsa"
RECHECK_SECONDS = 2
ADMIN_LOGIN = "admin"
SETUP = Actor("demo", "示例", frozenset({"admin", "system"}), kind="system")


@dataclass(frozen=True)
class SignIn:
    """How one of the demo's people signs in."""

    login: str
    name: str
    role: str
    password: str


@dataclass(frozen=True)
class Installation:
    """A demo that is ready to be played or served.

    Attributes:
        settings: Of the application.
        application: Wired, with jobs run in this process.
        platforms: Being served.
        trust: trust.json for the verifier.
        sign_ins: The people of the case, the administrator first.
    """

    settings: Settings
    application: Application
    platforms: LocalPlatforms
    trust: Path
    sign_ins: tuple[SignIn, ...]


@contextmanager
def install(folder: Path, *, base: Settings | None = None) -> Iterator[Installation]:
    """Set up the demo in ``folder`` and serve its platforms until the block ends.

    Args:
        folder: Data folder; made when missing, used again when the demo was set up in it before.
        base: Settings to start from (browser, host, port, language); only ``folder`` and the demo's own are replaced.

    Raises:
        CaseError: The folder cannot be set up.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TestAuthority(AUTHORITY_NAME) as authority, LocalPlatforms() as platforms:
        settings = demo_settings(folder, platforms, authority, base)
        make_keys(settings)
        queue = InlineQueue()
        application = build_application(settings, queue=queue)
        queue.run = lambda job_id: _run(application, job_id)
        try:
            sign_ins = people(application, platforms.content.case)
            trust = write_trust(settings, holder=platforms.content.case.organization("org-01").name)
            yield Installation(settings, application, platforms, trust, sign_ins)
        finally:
            application.close()


def demo_settings(
    folder: Path, platforms: LocalPlatforms, authority: TestAuthority, base: Settings | None = None
) -> Settings:
    """The settings of a demo installation; the authority's root is kept in the folder for later verification."""
    roots = folder / "test-tsa-root.pem"
    # The authority forgets its key at the end; tokens of earlier runs in this folder still lead to earlier roots.
    earlier = roots.read_bytes() if roots.exists() else b""
    roots.write_bytes(earlier + authority.roots_pem)
    overrides = CaptureOverrides(platforms.allow_hosts, dict(platforms.resolve), (platforms.root_pem,))
    kept = base or Settings.from_env({})
    return Settings.for_folder(
        folder,
        authorities=(AuthoritySettings(AUTHORITY_NAME, authority.url, roots, test=True),),
        overrides=overrides,
        recheck_seconds=RECHECK_SECONDS,
        second_pass=kept.second_pass,
        video=kept.video,
        host_pauses=(),  # its platforms are this machine's
        ntp_servers=(),
        resolvers=(),
        demo=True,
        chromium=kept.chromium,
        host=kept.host,
        port=kept.port,
        lang=kept.lang,
    )


def people(application: Application, case: DemoCase) -> tuple[SignIn, ...]:
    """Make the organisation's desk and the people of the case, or find them; returns how they sign in.

    Passwords are drawn at random; they are known only to whoever set the demo up, and a second call for the same
    folder returns none.
    """
    if is_initialised(application):
        return ()
    owner = case.organization("org-01")
    password = new_password()
    made = initialise(
        application,
        organization=owner.name,
        login=ADMIN_LOGIN,
        display="系统管理员（示例）",
        password=password,
        uscc=owner.uscc,
        roles=("admin",),
        sample=True,
    )
    sign_ins = [SignIn(ADMIN_LOGIN, "系统管理员（示例）", "admin", password)]
    with open_work(application, SETUP, sample=True) as work:
        for person in case.users:
            sign_in = SignIn(person.login, person.name, person.role, new_password())
            user = create_user(
                work,
                login=person.login,
                display=person.name,
                password=sign_in.password,
                roles=(person.role,),
                dept=person.dept,
                title=person.title,
            )
            user.desk_id = made.desk_id
            sign_ins.append(sign_in)
    return tuple(sign_ins)


def actor_for(application: Application, person: DemoUser) -> Actor:
    """The actor that one of the demo's people is."""
    with application.sessions() as session:
        return actor_of(session.scalars(select(User).where(User.login == person.login)).one())


def desk_of(application: Application) -> str:
    """The key of the demo's desk."""
    with application.sessions() as session:
        return session.scalars(select(Desk.id)).first() or ""


def new_password() -> str:
    """A password a person can type: four groups of four letters and digits without look-alikes."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _run(application: Application, job_id: str) -> None:
    jobs.perform(application, job_id)
