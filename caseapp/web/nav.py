"""The rail, the bottom bar of the phone, and the addresses of static files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, current_app, g, request, url_for

from caseapp.web.access import declared, here
from caseapp.web.i18n import N_, _

STATIC = Path(__file__).resolve().parent / "static"
YEAR = 365 * 24 * 3600
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "bw_theme"
KEYS_COOKIE = "bw_keys"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    href: str
    text: str
    icon: str
    current: bool
    count: int | None = None
    hot: bool = False
    go: str = ""


ENTRIES = (
    ("today.page", N_("今日"), "sun", "today", "t"),
    ("inbox.index", N_("线索箱"), "inbox", "inbox", "i"),
    ("incident.index", N_("谣言事件"), "affiliate", "incident", "r"),
    ("case.index", N_("案件"), "folder", "case", "c"),
    ("evidence.index", N_("证据库"), "archive", "evidence", "e"),
    ("document.index", N_("文书"), "file-text", "document", "w"),
    ("notice.index", N_("通知"), "mail-forward", "notice", "n"),
    ("damage.index", N_("损失"), "coins", "damage", "d"),
    ("deadline.index", N_("期限"), "calendar-event", "deadline", "q"),
    ("audit.index", N_("审计台"), "shield-check", "audit", "a"),
    ("people.index", N_("用户与角色"), "users", "people", "u"),
    ("login.index", N_("登录身份"), "key", "login", "l"),
    ("system.health", N_("系统状态"), "heartbeat", "system", "h"),
)
"""Page, word, icon, blueprint, and the key that follows G."""
PHONE = ("today", "inbox", "case", "evidence")
KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("?",), N_("这张表")),
    (("/",), N_("全站搜索")),
    (("F",), N_("在本列表中查找")),
    (("J", "K"), N_("下一行、上一行")),
    (("X",), N_("选中这一行")),
    (("Shift",), N_("按住并点击：选中之间的各行")),
    (("Enter",), N_("打开这一行，或办下一步")),
    (("1", "…", "7"), N_("在线索箱给内容定性")),
    (("C",), N_("取证")),
    (("M",), N_("归入事件")),
    (("E",), N_("修改")),
    (("N",), N_("新建或登记（证据库、用户）")),
    (("T",), N_("移交这件证据")),
    (("V",), N_("校验操作日志")),
    (("R",), N_("重新检查系统")),
    (("Z",), N_("撤销刚才的操作")),
    (("Esc",), N_("关闭")),
)
MORE = ("account.more", N_("更多"), "dots", "account")


@cache
def version(name: str) -> str:
    """Return a short digest of a static file: its address changes when it does."""
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def asset(name: str) -> str:
    """Return the address of a static file, safe to cache for a year."""
    return f"{request.script_root}{_asset(name)}"


@cache
def _asset(name: str) -> str:
    return f"/static/{name}?v={version(name)}"


def entries() -> list[tuple[str, str, str, str, str]]:
    """Return the entries whose page opens for this person: a link that is refused is no navigation."""
    person = g.get("visitor")
    held = person.permissions if person else frozenset()
    known = (entry for entry in ENTRIES if entry[0] in current_app.view_functions)
    found = [(entry, declared(current_app, entry[0])) for entry in known]
    return [entry for entry, access in found if access is not None and access.permission in {None, *held}]


def rail() -> list[Place]:
    """Return the entries of the rail, with the counts the page provided."""
    counts: dict[str, int] = g.get("counts") or {}
    at, late = request.blueprint, counts.get("overdue", 0) > 0
    return [
        Place(url_for(end), _(text), icon, at == blue, counts.get(blue), blue == "today" and late, go)
        for end, text, icon, blue, go in entries()
    ]


def tabbar() -> list[Place]:
    """Return the entries of the bottom bar."""
    shown = [entry[:4] for entry in entries() if entry[3] in PHONE]
    return [Place(url_for(end), _(text), icon, request.blueprint == blue) for end, text, icon, blue in (*shown, MORE)]


def beyond() -> list[Place]:
    """Return what the rail holds and the bottom bar of a phone does not."""
    barred = {url_for(end) for end, _text, _icon, blue, _go in entries() if blue in PHONE}
    return [place for place in rail() if place.href not in barred]


def keyboard() -> list[tuple[tuple[str, ...], str]]:
    """Return the keyboard map: G and a letter go to a page, single keys act on it."""
    places = [(("G", go.upper()), _(text)) for _end, text, _icon, _blue, go in entries()]
    return [*places, *((keys, _(what)) for keys, what in KEYS)]


def theme() -> str:
    """Return the chosen theme: auto, light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def keys_off() -> bool:
    """Whether this device's single keys are switched off."""
    return request.cookies.get(KEYS_COOKIE) == "off"


def init_app(app: Flask) -> None:
    """Give the templates their navigation."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.jinja_env.globals.update(
        asset=asset,
        rail=rail,
        beyond=beyond,
        tabbar=tabbar,
        theme=theme,
        here=here,
        keyboard=keyboard,
        keys_off=keys_off,
    )
