"""Serve a web application on a loopback port for a real browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright
from waitress.server import create_server

CHROMIUM = os.environ.get("BIANWU_CHROMIUM") or "/usr/bin/chromium"
STATIC = Path(__file__).resolve().parents[3] / "caseapp" / "web" / "static"
AXE = STATIC / "vendor" / "axe.min.js"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve ``app`` with the product's own server until the block ends; gives its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
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
