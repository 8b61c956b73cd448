"""Pictures of every page, in both languages and themes, on a desk and on a phone: ``make screens``.

The fictional case is played headless on an installation of its own (``--quick``: the small one of the tests), every
page a person can open is looked up in the application itself, and pictures are laid into ``build/screens`` with an
``index.html``. A page that answers with an error, or says something in the console, ends it with a list.

Usage: ``python -m tools.screens [--quick] [--whole] [--only WORD] [--out DIR] [--languages zh,en] ...``
"""

from __future__ import annotations

import argparse
import html
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from playwright.sync_api import Error as BrowserError
from sqlalchemy import select
from waitress.server import create_server

from caseapp.app import create_app
from caseapp.bootstrap import Application
from caseapp.demo.authority import TestAuthority
from caseapp.demo.installation import install
from caseapp.demo.play import play
from caseapp.models import Case
from caseapp.web.unit import key_of
from tests.caseapp.web.house import PASSWORD, build
from tools.walk import Stop, Walk, signed_in, walk

OUT = Path("build/screens")
LANGUAGES, THEMES, WIDTHS = ("zh", "en"), ("light", "dark"), (1440, 390)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
HEIGHT, TALLEST = 900, 6000
QUICK = ("lin", "han", "gao", "xu", "zhong", "admin", "su")
FIRST = ("lead", "counsel", "approver", "pr", "archivist", "auditor", "admin")
BAD, MISSING = 400, 404
GRID = (
    "body{font:14px sans-serif;margin:16px}img{width:100%;border:1px solid #bbb}"
    "section{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;align-items:start}figure{margin:0}"
)


@dataclass(frozen=True)
class House:
    """An installation with people who can sign in, those who read most first."""

    app: Flask
    application: Application
    passwords: Mapping[str, str]
    played: bool = True


@dataclass
class Look:
    """One language, theme and width, and what went wrong in it."""

    language: str
    theme: str
    width: int
    faults: list[str] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The part of the file name that says so."""
        return f"{self.language}-{self.theme}-{self.width}"


@contextmanager
def quick_house() -> Iterator[House]:
    """The small installation of the tests."""
    with tempfile.TemporaryDirectory(prefix="bianwu-screens-") as folder, TestAuthority() as authority:
        place = build(Path(folder) / "d", authority)
        try:
            yield House(place.app(), place.application, dict.fromkeys(QUICK, PASSWORD))
        finally:
            place.application.close()


@contextmanager
def demo_house(*, core: bool) -> Iterator[House]:
    """The fictional case, played to its end."""
    with tempfile.TemporaryDirectory(prefix="bianwu-screens-") as folder, install(Path(folder) / "d") as house:
        result = play(
            house.application,
            house.platforms,
            out=Path(folder) / "out",
            trust=house.trust,
            on_event=lambda event: print(f"  {event['hop']:>2} {event['zh']}", end="\r", file=sys.stderr),
            core=core,
        )
        house.application.capturer.close()
        if not result["ok"]:
            print(f"the case was not played to its end: {result['hops']}", file=sys.stderr)
        people = sorted(house.sign_ins, key=lambda row: FIRST.index(row.role) if row.role in FIRST else len(FIRST))
        passwords = {row.login: row.password for row in people}
        yield House(create_app(house.application), house.application, passwords, played=bool(result["ok"]))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve on a free loopback port; gives the address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=10)


def clients(house: House, language: str) -> dict[str, FlaskClient]:
    """Sign everybody in, in one language; an application of its own, for attempts are counted."""
    app = create_app(house.application)
    return {login: signed_in(app, login, password, language) for login, password in house.passwords.items()}


def context_of(browser: Browser, site: str, look: Look, client: FlaskClient | None) -> BrowserContext:
    """Open a browser context with the cookies of a signed-in client and the wanted look."""
    size = {"width": look.width, "height": HEIGHT}
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]  # a TypedDict
        reduced_motion="reduce",
        locale=LOCALES.get(look.language),  # what the browser itself writes: date fields, the file button
    )
    cookies = {"bw_theme": look.theme, "bw_lang": look.language}
    session = client.get_cookie("bianwu") if client else None
    if session:
        cookies["bianwu"] = session.value
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])

    def asked(sent: Request) -> None:
        if not sent.url.startswith((site, "data:", "blob:")):
            look.faults.append(f"a request to {sent.url}")

    context.on("console", lambda said: look.faults.append(f"{said.type}: {said.text} ({said.page and said.page.url})"))
    context.on("request", asked)
    return context


def settle(page: Page) -> None:
    """Wait until the picture of an evidence page, if there is one, has opened."""
    if page.locator("#viewer").count():
        page.wait_for_selector("#viewer[data-ready]", timeout=15_000)


def take(page: Page, address: str, target: Path) -> int:
    """Take a picture of one page; returns its status."""
    answer = page.goto(address)
    settle(page)
    height = min(page.evaluate("() => document.documentElement.scrollHeight"), TALLEST)
    size = page.viewport_size or {"width": 0}
    clip = {"x": 0, "y": 0, "width": size["width"], "height": max(height, HEIGHT)}
    page.screenshot(path=target, full_page=True, clip=clip)  # type: ignore[arg-type]  # a TypedDict
    return answer.status if answer else 0


def picture(browser: Browser, site: str, look: Look, people: Mapping[str, FlaskClient], stops: Sequence[Stop],
            out: Path) -> None:  # fmt: skip
    """Take every page in one look."""
    for login in dict.fromkeys(stop.login for stop in stops):
        context = context_of(browser, site, look, people.get(login))
        page = context.new_page()
        for stop in (one for one in stops if one.login == login):
            target = out / f"{stop.name}-{look.tag}.png"
            said = len(look.faults)
            try:
                status = take(page, site + stop.path, target)
            except BrowserError as error:
                look.faults.append(f"{stop.path}: {str(error).splitlines()[0]}")
                continue
            wanted = MISSING if stop.endpoint == "?" else 0
            if status >= BAD and status != wanted:
                look.faults.append(f"{status} {stop.path} ({login})")
            elif wanted:
                del look.faults[said:]  # the browser says that the page is missing; it is meant to be
        context.close()


def contents(stops: Sequence[Stop], looks: Sequence[Look], found: Walk, faults: Sequence[str]) -> str:
    """Return the index of the pictures."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Screens</title><style>{GRID}</style><h1>{len(stops)}</h1>"]
    listed = "".join(f"<li>{html.escape(line)}" for line in (*faults, *(f"no example: {r}" for r in found.unreached)))
    parts.append(f"<ul>{listed}</ul>")
    for stop in stops:
        parts.append(f"<h2 id={stop.name}>{stop.name} · {html.escape(stop.path)} · {stop.login}</h2><section>")
        for look in looks:
            name = f"{stop.name}-{look.tag}.png"
            parts.append(f'<figure><a href="{name}"><img loading=lazy src="{name}" alt="{look.tag}"></a>{look.tag}')
        parts.append("</section>")
    return "\n".join(parts)


@contextmanager
def browsing(house: House, language: str) -> Iterator[Browser]:
    """Start Chromium in a language: date fields and file buttons are its own words."""
    locale = LOCALES.get(language, language)
    arguments = [f"--lang={locale}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(house.application.settings.chromium or "/usr/bin/chromium"),
            args=arguments,
            env={**os.environ, "LANGUAGE": locale.replace("-", "_")},
        )
        yield browser
        browser.close()


def cover(house: House, target: Path) -> list[str]:
    """Take the picture of README.md: the case at a glance, small enough for a repository; returns what went wrong."""
    if not house.played:
        return ["the case was not played to its end"]
    look = Look("zh", "light", 1440)
    with house.application.sessions() as session:
        number, sample = session.execute(select(Case.no, Case.sample).order_by(Case.no)).first() or ("", False)
    login = next(iter(house.passwords))
    stop = Stop(target.stem, f"/cases/{key_of(number, sample=sample)}", login, "case.page", 0, whole=True)
    people = {login: signed_in(create_app(house.application), login, house.passwords[login], look.language)}
    with tempfile.TemporaryDirectory() as folder, served(house.app) as site, browsing(house, look.language) as browser:
        picture(browser, site, look, people, [stop], Path(folder))
        taken = Path(folder) / f"{stop.name}-{look.tag}.png"
        if taken.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.open(taken).convert("RGB").save(target, optimize=True)
    return look.faults


def shoot(house: House, out: Path, looks: Sequence[Look], only: str) -> list[str]:
    """Walk the installation and take every picture; returns what went wrong."""
    people = {language: clients(house, language) for language in dict.fromkeys(look.language for look in looks)}
    found = walk(house.app, house.application, next(iter(people.values())))
    missing = Stop("error-404", "/nowhere", next(iter(house.passwords)), "?", 0, whole=True)
    door = Stop("account-sign_in", "/signin", "", "account.sign_in", 0, whole=True)
    stops = [stop for stop in (*found.stops, missing, door) if stop.whole and only in stop.name]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with served(house.app) as site:
        for look in looks:
            with browsing(house, look.language) as browser:
                picture(browser, site, look, people[look.language], stops, out)
            print(f"{look.tag}: {len(stops)} pages", file=sys.stderr)
    faults = [*found.faults, *(f"[{look.tag}] {line}" for look in looks for line in look.faults)]
    (out / "index.html").write_text(contents(stops, looks, found, faults), encoding="utf-8")
    for line in found.unreached:
        print(f"no example: {line}", file=sys.stderr)
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; 1 when a page answered with an error."""
    parser = argparse.ArgumentParser(description="Pictures of every page")
    parser.add_argument("--quick", action="store_true", help="the tests' small installation instead of the played case")
    parser.add_argument("--whole", action="store_true", help="play all posts and notices, not the shortest case")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--cover", type=Path, help="only the picture of README.md, into this file")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--themes", default=",".join(THEMES))
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    asked = parser.parse_args(arguments)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    looks = [
        Look(language, theme, int(width))
        for language, theme, width in product(
            asked.languages.split(","), asked.themes.split(","), asked.widths.split(",")
        )
    ]
    opened = quick_house() if asked.quick else demo_house(core=not asked.whole)
    with opened as house:
        faults = cover(house, asked.cover) if asked.cover else shoot(house, asked.out, looks, asked.only)
    for line in faults:
        print(line, file=sys.stderr)
    print(asked.cover or asked.out / "index.html", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
