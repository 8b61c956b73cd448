"""Installations and signed-in browsers for the tests of the pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from caseapp.bootstrap import build_application
from caseapp.config import AuthoritySettings, Settings
from caseapp.demo.authority import TestAuthority
from caseapp.models import User
from caseapp.queue import InlineQueue
from caseapp.services.work import Actor
from tests.caseapp.web.house import Browser, Place, build
from tests.caseapp.web.notice_house import furnish
from tests.caseapp.web.serving import REFUSED, Open, launch, opening, served

POSTS = "posts.txt"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs an installation of its own is no unit test; pages that are only read share one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "place" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def authority() -> Iterator[TestAuthority]:
    with TestAuthority() as running:
        yield running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, authority: TestAuthority) -> Path:
    folder = tmp_path_factory.mktemp("house") / "data"
    built = build(folder, authority)
    built.application.close()
    return folder


def copy_of(template: Path, folder: Path, authority: TestAuthority) -> Place:
    """Open a copy of the installation."""
    shutil.copytree(template, folder)
    authorities = (AuthoritySettings("test-tsa", authority.url, folder / "roots.pem", test=True),)
    settings = Settings.for_folder(folder, authorities=authorities, ntp_servers=(), resolvers=(), host_pauses=())
    application = build_application(settings, queue=InlineQueue())
    with application.sessions() as session:
        people = {
            user.login: Actor(user.id, user.display, frozenset(user.roles), desk_id=user.desk_id)
            for user in session.scalars(select(User))
        }
    return Place(application, settings, people)


@pytest.fixture(scope="session")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory, authority: TestAuthority) -> Path:
    """The installation with what notices, papers and a ledger need; keys of its posts by path are in posts.txt."""
    folder = tmp_path_factory.mktemp("furnished")
    made = copy_of(template, folder / "data", authority)
    keys = furnish(made, folder / "scratch")
    (folder / "data" / POSTS).write_text("\n".join(f"{path} {key}" for path, key in keys.items()), "utf-8")
    made.application.close()
    return folder / "data"


@pytest.fixture(scope="module")
def base(request: pytest.FixtureRequest) -> Path:
    """What the tests of a module copy: the furnished installation when they are marked so, else the plain one."""
    kind = "furnished" if request.node.get_closest_marker("furnished") else "template"
    found: Path = request.getfixturevalue(kind)
    return found


@pytest.fixture
def place(base: Path, tmp_path: Path, authority: TestAuthority) -> Iterator[Place]:
    """A copy of the installation for one test."""
    made = copy_of(base, tmp_path / "data", authority)
    yield made
    made.application.close()


@pytest.fixture(scope="module")
def house(base: Path, tmp_path_factory: pytest.TempPathFactory, authority: TestAuthority) -> Iterator[Place]:
    """A copy for a module's journey in the browser."""
    made = copy_of(base, tmp_path_factory.mktemp("house-copy") / "data", authority)
    yield made
    made.application.close()


@pytest.fixture(scope="module")
def site(house: Place) -> Iterator[str]:
    """The address where it is served."""
    with served(house.app()) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The real browser; one a module, for its driver holds the thread's event loop."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_as(chromium: Chromium, site: str) -> Iterator[Open]:
    """Open a signed-in page; its console must stay silent but for answers that refuse."""
    with opening(chromium, site, REFUSED) as give:
        yield give


@pytest.fixture(scope="session")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory, authority: TestAuthority) -> Iterator[Place]:
    """A copy that tests only read."""
    made = copy_of(template, tmp_path_factory.mktemp("shared") / "data", authority)
    yield made
    made.application.close()


@pytest.fixture(scope="session")
def reader(shared: Place) -> Callable[..., Browser]:
    """Give the signed-in browser of a person, the same one every time; for tests that change nothing."""
    app = shared.app()
    known: dict[tuple[str, str], Browser] = {}

    def give(login: str, language: str = "zh") -> Browser:
        if (login, language) not in known:
            known[login, language] = Browser(app.test_client())
            assert known[login, language].sign_in(login, language=language).status_code == 303
        return known[login, language]

    return give


@pytest.fixture
def visit(place: Place) -> Callable[..., Browser]:
    """Make a browser over this test's own copy, signed in as ``login`` if given."""
    app = place.app()

    def make(login: str | None = None) -> Browser:
        browser = Browser(app.test_client())
        if login:
            assert browser.sign_in(login).status_code == 303
        return browser

    return make
