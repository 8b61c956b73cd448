"""A login of the firm's own, brought as a file: what it may hold, and which of its values are secrets.

The server has no screen, so a person logs in with a browser of theirs and hands over the state: Playwright's
storage_state, or the list of cookies a browser's cookie exporter writes. Such a file is hostile until read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from capture.errors import RequestRefusedError

BYTES_MOST = 1024 * 1024
COOKIES_MOST = 500
ORIGINS_MOST = 50
ITEMS_MOST = 500  # of one origin's storage
NAME_MOST = 512
VALUE_MOST = 4096  # RFC 6265bis: name and value of a cookie together
STORED_MOST = 256 * 1024
SHORTEST = 8  # shorter values ("1", "zh_CN") stand in every page: replacing them would ruin the record
_DOMAIN = re.compile(r"\.?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=:|%-]{16,}")
_SAME_SITE = {"no_restriction": "None", "none": "None", "strict": "Strict"}  # all else is Lax, as browsers take it


class LoginRefusedError(RequestRefusedError):
    """What was handed over as a login is none, or is not for this page. The detail never repeats a value."""

    code = "capture.login_refused"
    zh = "登录状态文件不可用：{detail}。请导出 Playwright 的 storage_state，或浏览器的 Cookie JSON，再导入。"
    en = "Not a usable login: {detail}. Export Playwright's storage_state or the browser's cookies as JSON, then retry."


@dataclass(frozen=True)
class Login:
    """A login profile as a capture uses it.

    Attributes:
        name: What it is called in the record.
        cookies: Cookies as Playwright takes them.
        origins: Local storage by origin, as Playwright takes it.
    """

    name: str
    cookies: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    origins: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def state(self) -> dict[str, Any]:
        """Return Playwright's storage_state."""
        return {"cookies": [dict(one) for one in self.cookies], "origins": [dict(one) for one in self.origins]}

    def secrets(self) -> frozenset[str]:
        """Return the values that must stand in no record: of cookies, of storage, and tokens inside stored JSON."""
        found = {str(one["value"]) for one in self.cookies}
        for origin in self.origins:
            for item in origin["localStorage"]:
                found.add(item["value"])
                found.update(_tokens(item["value"]))
        return frozenset(value for value in found if len(value) >= SHORTEST)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts it is good for, sorted."""
        named = {str(one["domain"]).lstrip(".").lower() for one in self.cookies}
        named |= {urlsplit(str(one["origin"])).hostname or "" for one in self.origins}
        return tuple(sorted(named - {""}))

    def serves(self, url: str) -> bool:
        """Whether any of it would be sent to, or seen by, the page at an address."""
        host = (urlsplit(url).hostname or "").lower()
        return any(host == one or host.endswith(f".{one}") for one in self.hosts)


def _tokens(stored: str) -> Iterator[str]:
    """The token-like texts inside stored JSON; plain words of a person are none."""
    try:
        waiting = [json.loads(stored)]
    except (ValueError, RecursionError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str) and _TOKEN.fullmatch(node):
            yield node


def read_login(name: str, data: bytes) -> Login:
    """Read what a person handed over.

    Args:
        name: What the profile is called.
        data: A storage_state file, or a list of cookies.

    Raises:
        LoginRefusedError: it is no such file, too large, or holds what no browser would take. The message names the
            place, never a value.
    """
    if len(data) > BYTES_MOST:
        raise LoginRefusedError(f"> {BYTES_MOST // 1024} KiB")
    try:
        given = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise LoginRefusedError("JSON") from None  # the error's own words would repeat the file
    if isinstance(given, list):
        given = {"cookies": given}
    if not isinstance(given, dict):
        raise LoginRefusedError("{ } / [ ]")
    cookies = tuple(_cookie(n, one) for n, one in enumerate(_list(given, "cookies", COOKIES_MOST), start=1))
    origins = tuple(_origin(n, one) for n, one in enumerate(_list(given, "origins", ORIGINS_MOST), start=1))
    if not cookies and not origins:
        raise LoginRefusedError("cookies: 0")
    return Login(name, cookies, origins)


def _list(given: Mapping[str, Any], key: str, most: int) -> list[Any]:
    rows = given.get(key, [])
    if not isinstance(rows, list) or len(rows) > most:
        raise LoginRefusedError(f"{key}: ≤ {most}")
    return rows


def _text(where: str, row: Any, key: str, most: int) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, str) or len(value) > most:
        raise LoginRefusedError(f"{where}: {key}")
    return value


def _cookie(number: int, row: Any) -> dict[str, Any]:
    where = f"cookies[{number}]"
    name, value = _text(where, row, "name", NAME_MOST), _text(where, row, "value", VALUE_MOST)
    domain = _text(where, row, "domain", 255)
    path = row.get("path", "/")
    if not _NAME.fullmatch(name):
        raise LoginRefusedError(f"{where}: name")
    if not _VALUE.fullmatch(value):
        raise LoginRefusedError(f"{where}: value")
    if not _DOMAIN.fullmatch(domain) or ".." in domain:
        raise LoginRefusedError(f"{where}: domain")
    if not isinstance(path, str) or not path.startswith("/") or not _VALUE.fullmatch(path) or len(path) > NAME_MOST:
        raise LoginRefusedError(f"{where}: path")
    expires = row.get("expires", row.get("expirationDate", -1))
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not -1 <= expires < 2**40:
        raise LoginRefusedError(f"{where}: expires")
    expires = float(expires) if expires > 0 else -1
    same = _SAME_SITE.get(str(row.get("sameSite", "")).lower(), "Lax")
    secure = row.get("secure") is True
    same = same if secure or same != "None" else "Lax"  # browsers refuse None without Secure
    return {
        "name": name, "value": value, "domain": domain, "path": path, "expires": expires,
        "httpOnly": row.get("httpOnly") is True, "secure": secure, "sameSite": same,
    }  # fmt: skip


def _origin(number: int, row: Any) -> dict[str, Any]:
    where = f"origins[{number}]"
    address = _text(where, row, "origin", 300)
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and parts.hostname and address == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        good = False
    if not good or "@" in address:
        raise LoginRefusedError(f"{where}: origin")
    stored = [
        {"name": _text(where, one, "name", NAME_MOST), "value": _text(where, one, "value", STORED_MOST)}
        for one in _list(row, "localStorage", ITEMS_MOST)
    ]
    return {"origin": address, "localStorage": stored}
