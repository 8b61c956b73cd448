"""The rail, the bottom bar of the phone, and the addresses of static files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, g, request, url_for

from caseapp.web.access import here
from caseapp.web.i18n import N_, _

STATIC = Path(__file__).resolve().parent / "static"
YEAR = 365 * 24 * 3600
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "bw_theme"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    href: str
    text: str
    icon: str
    current: bool
    count: int | None = None
    hot: bool = False


ENTRIES = (
    ("today.page", N_("今日"), "sun", "today"),
    ("case.index", N_("案件"), "folder", "case"),
    ("evidence.index", N_("证据库"), "archive", "evidence"),
)
MORE = ("account.more", N_("更多"), "dots", "account")


@cache
def version(name: str) -> str:
    """Return a short digest of a static file: its address changes when it does."""
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def asset(name: str) -> str:
    """Return the address of a static file, safe to cache for a year."""
    return url_for("static", filename=name, v=version(name))


def rail() -> list[Place]:
    """Return the entries of the rail, with the counts the page provided."""
    counts: dict[str, int] = g.get("counts") or {}
    at, late = request.blueprint, counts.get("overdue", 0) > 0
    return [
        Place(url_for(end), _(text), icon, at == blue, counts.get(blue), blue == "today" and late)
        for end, text, icon, blue in ENTRIES
    ]


def tabbar() -> list[Place]:
    """Return the entries of the bottom bar."""
    return [Place(url_for(end), _(text), icon, request.blueprint == blue) for end, text, icon, blue in (*ENTRIES, MORE)]


def theme() -> str:
    """Return the chosen theme: auto, light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def init_app(app: Flask) -> None:
    """Give the templates their navigation."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.jinja_env.globals.update(asset=asset, rail=rail, tabbar=tabbar, theme=theme, here=here)
