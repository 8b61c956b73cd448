"""What stands in an environment variable, read into a value, or refused with the variable's name and the fix."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caseapp.domain.errors import CaseError
from caseapp.domain.labels import Label

DATABASE_SCHEMES = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Spellings that other tools use → the driver that is installed."""
PAUSE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?")
MOST_PAUSE = 3600.0
AUTHORITY_NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")
"""It becomes part of file names in a package (docs/package-format.md)."""


class SettingsError(CaseError):
    """A setting cannot be used; the message names it and the fix."""

    code = "settings-invalid"
    text = Label(
        "设置 {name} 无法使用：{problem}。请改正后再启动。",
        "Setting {name} cannot be used: {problem}. Correct it and start again.",
    )


@dataclass(frozen=True)
class AuthoritySettings:
    """One timestamp authority.

    Attributes:
        name: short ASCII name; becomes part of file names in a package.
        url: where RFC 3161 queries are posted; the scheme prefix picks the adapter.
        roots: PEM file with the authority's root certificates.
        test: True for an authority that proves nothing (labelled 测试时间戳 everywhere).
    """

    name: str
    url: str
    roots: Path
    test: bool = False


@dataclass(frozen=True)
class CaptureOverrides:
    """Overrides of DNS and trust roots; any of them grades a capture 演示.

    Attributes:
        allow_hosts: "host:port" targets allowed although their address is not global.
        resolve: host name to (address, port) used in place of DNS.
        extra_roots: PEM files trusted beside the system store (附加信任根).
    """

    allow_hosts: frozenset[str] = frozenset()
    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    extra_roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class WitnessSettings:
    """A witness relay the second visit of a capture goes through (`bianwu witness-relay` on another machine).

    Attributes:
        address: "host:port".
        token: what it wants to be shown.
        key: its verifier key, as it prints it at its start.
        third_party: somebody who is not ours runs it: 见证 instead of 双源印证.
    """

    address: str
    token: str = field(repr=False)
    key: str
    third_party: bool = False


FLAGS = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


def flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Yes or no; a word that is neither is refused, never taken for the default."""
    text = (env.get(name) or "").strip().lower()
    if text and text not in FLAGS:
        raise SettingsError(name=name, problem=f"{env[name]!r} (1 / 0)")
    return FLAGS.get(text, default)


def number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number between ``low`` and ``high``."""
    text = env.get(name) or ""
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(name=name, problem=f"{text!r} ({low}…{high})")
    return int(text)


def address(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    """An address that begins with one of ``schemes``."""
    text = env.get(name) or ""
    if text and text.partition(":")[0] not in schemes:
        raise SettingsError(name=name, problem=" / ".join(f"{scheme}:" for scheme in schemes))
    return text


def folder(env: Mapping[str, str], name: str) -> str:
    """The address of a folder; a relative one would be another folder wherever the command is started."""
    text = address(env, name, ("file",)) if ":" in (env.get(name) or "") else env.get(name) or ""
    if text and not text.removeprefix("file:").startswith("/"):
        raise SettingsError(name=name, problem=f"{text!r} (file:///…)")
    return text


def one_of(env: Mapping[str, str], name: str, words_allowed: tuple[str, ...]) -> str:
    """One of so many words, in capitals or not, or a locale that begins with it (``en_US.UTF-8``)."""
    text = (env.get(name) or "").lower()
    if text and re.split("[_.@-]", text)[0] not in words_allowed:
        raise SettingsError(name=name, problem=f"{env[name]!r} ({' / '.join(words_allowed)})")
    return text


def database(env: Mapping[str, str]) -> str:
    """The database's address with the installed driver; it is never shown, for it may hold a password."""
    text = env.get("DATABASE_URL") or ""
    scheme, colon, rest = text.partition("://")
    scheme = DATABASE_SCHEMES.get(scheme, scheme)
    if text and (not colon or scheme not in ("sqlite", *DATABASE_SCHEMES.values())):
        raise SettingsError(name="DATABASE_URL", problem="sqlite:///FILE, postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return f"{scheme}{colon}{rest}"


def words(env: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Words separated by space; ``none`` means none."""
    text = env.get(name) or ""
    return () if text == "none" else tuple(text.split()) or default


def pauses(env: Mapping[str, str], default: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Pauses by domain, ``*=2 weibo.com=10``; a bare number is for every host."""
    name, read = "BIANWU_HOST_PAUSE", []
    for word in words(env, name, tuple(f"{domain}={seconds:g}" for domain, seconds in default)):
        domain, _, seconds = word.rpartition("=")
        if not PAUSE.fullmatch(seconds) or float(seconds) > MOST_PAUSE:
            raise SettingsError(name=name, problem=f"{word!r} (*=2 weibo.com=10)")
        read.append((domain.lower().strip(".") or "*", float(seconds)))
    return tuple(read)


def json_of(env: Mapping[str, str], name: str, empty: Any) -> Any:
    """JSON, or ``empty`` when unset."""
    text = env.get(name) or ""
    if not text:
        return empty
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(name=name, problem=f"JSON, {error.pos + 1} / {len(text)}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(name=name, problem="JSON") from error


def parts_of(row: Any, needed: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object with these fields and no others.

    Raises:
        ValueError: naming the field that is missing or that nobody knows.
    """
    if not isinstance(row, dict):
        raise ValueError(f"{row!r:.40} ≠ {{…}}")  # noqa: TRY004  one error for whatever does not fit
    odd = [f"{part} ?" for part in row if part not in needed + allowed]
    odd += [f"{part} = ∅" for part in needed if part not in row]
    if odd:
        raise ValueError(", ".join(odd)[:80])
    return row


def authorities(env: Mapping[str, str]) -> tuple[AuthoritySettings, ...]:
    """The timestamp authorities."""
    name = "BIANWU_AUTHORITIES"
    try:
        rows = json_of(env, name, [])
        return tuple(authority(**parts_of(row, ("name", "url", "roots"), ("test",))) for row in rows)
    except (TypeError, ValueError) as error:
        why = "≠ […]" if isinstance(error, TypeError) else error
        raise SettingsError(name=name, problem=f"[{{name, url, roots, test}}, …]: {why}") from error


def authority(*, name: Any, url: Any, roots: Any, test: Any = False) -> AuthoritySettings:
    """One of them."""
    if not isinstance(name, str) or not AUTHORITY_NAME.fullmatch(name) or not isinstance(test, bool):
        raise ValueError(f"{name!r}: [a-z0-9-], test: true/false")
    return AuthoritySettings(name, str(url), Path(str(roots)), test)


def overrides(env: Mapping[str, str]) -> CaptureOverrides:
    """What stands in for DNS and trust roots."""
    name = "BIANWU_OVERRIDES"
    try:
        return override(**parts_of(json_of(env, name, {}), (), ("allow_hosts", "resolve", "extra_roots")))
    except ValueError as error:
        problem = (
            f'{{"allow_hosts": ["HOST:PORT"], "resolve": {{"HOST": ["IP", PORT]}}, "extra_roots": ["FILE"]}}: {error}'
        )
        raise SettingsError(name=name, problem=problem) from error


def override(*, allow_hosts: Any = (), resolve: Any = (), extra_roots: Any = ()) -> CaptureOverrides:
    """The same, its parts checked."""
    for part, value in (("allow_hosts", allow_hosts), ("extra_roots", extra_roots)):
        if isinstance(value, str):  # a string is a list of letters
            raise ValueError(f"{part} ≠ […]")  # noqa: TRY004  one error for whatever does not fit
    try:
        return CaptureOverrides(
            allow_hosts=frozenset(str(host) for host in allow_hosts),
            resolve={str(h): (str(t[0]), int(t[1])) for h, t in dict(resolve).items()},
            extra_roots=tuple(Path(path) for path in extra_roots),
        )
    except (TypeError, LookupError, ValueError) as error:
        raise ValueError("?") from error


def witness(env: Mapping[str, str]) -> WitnessSettings | None:
    """The witness relay, if one is set.

    Raises:
        SettingsError: it cannot be read.
    """
    name = "BIANWU_WITNESS"
    row = json_of(env, name, None)
    if row is None:
        return None
    try:
        made = WitnessSettings(**parts_of(row, ("address", "token", "key"), ("third_party",)))
    except ValueError as error:
        raise SettingsError(name=name, problem=f"{{address, token, key, third_party}}: {error}") from error
    texts: tuple[object, ...] = (made.address, made.token, made.key)
    if not all(isinstance(text, str) and text.isascii() and text for text in texts) or made.third_party not in {
        True,
        False,
    }:
        raise SettingsError(name=name, problem="{address, token, key, third_party}")
    return made
