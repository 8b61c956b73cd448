"""Serve a web application on a loopback port for a real browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from waitress.server import create_server

from tests.caseapp.web.house import PASSWORD

CHROMIUM = os.environ.get("BIANWU_CHROMIUM") or "/usr/bin/chromium"
STATIC = Path(__file__).resolve().parents[3] / "caseapp" / "web" / "static"
REFUSED = "the server responded with a status of 4"
"""What Chromium says in the console of an answer that refuses."""
Open = Callable[..., Page]
AXE = STATIC / "vendor" / "axe.min.js"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve ``app`` with the product's own server until the block ends; gives its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except (OSError, ValueError):  # its sockets are closed under a poll that has begun
            if not closing.is_set():
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        closing.set()
        server.close()
        thread.join(timeout=10)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium; the sandbox is off only for root, who cannot have one."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


def sign_in(context: BrowserContext, address: str, login: str, password: str) -> None:
    """Sign in through the form as a person does."""
    page = context.new_page()
    page.goto(f"{address}/signin")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("button[type=submit].b-primary")
    page.wait_for_url(f"{address}/")
    page.close()


@contextmanager
def opening(chromium: Browser, site: str, *expected: str) -> Iterator[Open]:
    """Give a function that opens a page in a context of its own, signed in if a login is given.

    At the end no console may have said anything but what is expected, and no request may have gone elsewhere.
    """
    made: list[BrowserContext] = []
    said: list[str] = []
    own = (site, "data:", "blob:")

    def give(
        login: str | None = "lin", width: int = 1440, theme: str = "light", language: str = "zh", height: int = 900
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="zh-CN"
        )
        cookies = {"bw_theme": theme, "bw_lang": language}
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        context.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        context.on("request", lambda sent: said.extend([] if sent.url.startswith(own) else [sent.url]))
        if login:
            sign_in(context, site, login, PASSWORD)
        made.append(context)
        return context.new_page()

    yield give
    for context in made:
        context.close()
    assert [line for line in said if not any(words in line for words in expected)] == []
