"""Every page a person can open, found in the application itself: accessible, whole, quiet, translated, printable."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Response
from pypdf import PdfReader

from tests.caseapp.web.house import PASSWORD, Place
from tests.caseapp.web.quality import (
    CUT,
    HAN_LEFT,
    HEADINGS,
    INLINE,
    SHELL,
    SHELL_SHOWN,
    SIDEWAYS,
    THEME,
    faults,
    settle,
)
from tests.caseapp.web.serving import served
from tools.walk import Stop, Walk, signed_in, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = ("lin", "han", "gao", "xu", "zhong", "admin", "su")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
BETWEEN = (1024, 320)
PRINTED = ("case-page", "case-tab", "evidence-page")
A4_POINTS = (595, 842)


@dataclass
class Tour:
    """The installation being served, its pages, and everybody's cookies in both languages."""

    site: str
    found: Walk
    cookies: dict[str, dict[str, str]]
    said: list[str] = field(default_factory=list)

    def open_as(self, chromium: Chromium, login: str, language: str) -> BrowserContext:
        """Open a context whose console and requests are listened to."""
        context = chromium.new_context(viewport=DESK, reduced_motion="reduce", locale="zh-CN")  # type: ignore[arg-type]
        cookies = {"bw_theme": "light", "bw_lang": language, "bianwu": self.cookies[language][login]}
        context.add_cookies([{"name": name, "value": value, "url": self.site} for name, value in cookies.items()])
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        context.on("request", lambda sent: self.hear(sent.url))
        return context

    def hear(self, url: str) -> None:
        """Note a request to anywhere else."""
        if not url.startswith((self.site, "data:", "blob:")):
            self.said.append(f"a request to {url}")


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("bianwu")
    assert found is not None
    return str(found.value)


@pytest.fixture(scope="module")
def tour(house: Place) -> Iterator[Tour]:
    people = {}
    for language in ("zh", "en"):
        app = house.app()  # one each: attempts to sign in are counted
        people[language] = {login: signed_in(app, login, PASSWORD, language) for login in PEOPLE}
    app = house.app()
    found = walk(app, house.application, people["zh"])
    cookies = {lang: {login: cookie(client) for login, client in who.items()} for lang, who in people.items()}
    with served(app) as site:
        yield Tour(site, found, cookies)


def whole(tour: Tour) -> list[Stop]:
    return sorted((stop for stop in tour.found.stops if stop.whole), key=lambda stop: stop.login)


def open_page(page: Page, tour: Tour, stop: Stop) -> Response:
    answer = page.goto(tour.site + stop.path)
    assert answer is not None
    settle(page)
    return answer


def one_page(page: Page, answer: Response, language: str, looks: Collection[str]) -> Iterator[str]:
    """Everything that is asked of one page; it stands at desk width in the light."""
    yield from (f"inline: {found[:80]}" for found in INLINE.findall(answer.text()))
    headings = page.evaluate(HEADINGS)
    if headings != 1:
        yield f"{headings} h1"
    if language == "en":
        yield from (f"not translated: {words}" for words in page.evaluate(HAN_LEFT))
    if "light at 1440" in looks:
        yield from faults(page)
    yield from (f"at 1440 sideways: {place}" for place in page.evaluate(SIDEWAYS))
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": 900})
        yield from (f"at {width} sideways: {place}" for place in page.evaluate(SIDEWAYS))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield from (f"at 390 sideways: {place}" for place in page.evaluate(SIDEWAYS))
    yield from (f"at 390 cut: {place}" for place in page.evaluate(CUT))
    if "light at 390" in looks:
        yield from (f"at 390 {fault}" for fault in faults(page))
    page.evaluate(THEME, "dark")  # the same elements in other colours
    if "dark at 390" in looks:
        yield from (f"dark at 390 {fault}" for fault in faults(page, "color-contrast"))
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    if "dark at 1440" in looks:
        yield from (f"dark at 1440 {fault}" for fault in faults(page, "color-contrast"))


LOOKS = ("light at 1440", "light at 390", "dark at 390", "dark at 1440")


def test_every_page_is_whole_and_quiet_and_accessible_in_one_look(chromium: Chromium, tour: Tour) -> None:
    """What axe finds is asked of each page in one look, in turn, and of each person in one language."""
    wrong: list[str] = []
    for turn, login in enumerate(people_of(tour)):
        wrong += walked(chromium, tour, login, ("zh", "en")[turn % 2], lambda index: LOOKS[index % 4 :][:1])
    assert not wrong, "\n".join(wrong)


@pytest.mark.full
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_in_every_look(chromium: Chromium, tour: Tour, language: str) -> None:
    wrong: list[str] = []
    for login in people_of(tour):
        wrong += walked(chromium, tour, login, language, lambda _: LOOKS)
    assert not wrong, "\n".join(wrong)


def people_of(tour: Tour) -> list[str]:
    return list(dict.fromkeys(stop.login for stop in whole(tour)))


def walked(
    chromium: Chromium, tour: Tour, login: str, language: str, looks: Callable[[int], Collection[str]]
) -> Iterator[str]:
    """What is wrong on the pages this person opens."""
    tour.said.clear()
    context = tour.open_as(chromium, login, language)
    page = context.new_page()
    for index, stop in enumerate(one for one in whole(tour) if one.login == login):
        answer = open_page(page, tour, stop)
        assert answer.status == 200, stop
        yield from (f"{stop.path} ({login}) {line}" for line in one_page(page, answer, language, looks(index)))
        yield from (f"{stop.path} ({login}) says {line}" for line in tour.said)
        tour.said.clear()
    context.close()


def test_every_link_opens_for_whom_it_is_shown(tour: Tour) -> None:
    assert not tour.found.faults, "\n".join(tour.found.faults)


@pytest.mark.full
def test_case_and_evidence_print_on_a4_without_the_shell(chromium: Chromium, tour: Tour) -> None:
    wrong: list[str] = []
    context = tour.open_as(chromium, "lin", "zh")
    page = context.new_page()
    for stop in (one for one in whole(tour) if one.name.startswith(PRINTED) and one.login == "lin"):
        open_page(page, tour, stop)
        page.emulate_media(media="print")
        wrong += [f"{stop.path} prints {place}" for place in page.evaluate(SHELL_SHOWN, SHELL)]
        sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
        size = sheets[0].mediabox
        assert (round(float(size.width)), round(float(size.height))) == A4_POINTS
        text = "".join(sheet.extract_text() for sheet in sheets)
        if not re.search(r"[案证]-2026-\d+", text):
            wrong.append(f"{stop.path} prints no number")
        page.emulate_media(media="screen")
    context.close()
    assert not wrong, "\n".join(wrong)
