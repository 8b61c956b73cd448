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
IMAGE = re.compile(r"(?:[a-z0-9][a-z0-9._:/-]{0,200}@)?sha256:[0-9a-f]{64}")
AUTHORITY_KINDS = ("rfc3161-http", "json-wrapped", "manual-import", "chain-receipt")
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
        url: where it is asked; of one a person asks, where that person goes.
        roots: PEM file with the authority's root certificates; a chain of receipts has none.
        test: True for an authority that proves nothing (labelled 测试时间戳 everywhere).
        kind: the adapter, one of `AUTHORITY_KINDS`.
        options: what that adapter needs besides, as in `evidence_store.rfc3161.JsonWrappedAuthority`.
    """

    name: str
    url: str
    roots: Path
    test: bool = False
    kind: str = "rfc3161-http"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stamps(self) -> bool:
        """Whether it gives time stamps: the receipts of a chain are attached and count for nothing."""
        return self.kind != "chain-receipt"


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


def image(env: Mapping[str, str]) -> str:
    """The digest of a container image; a tag alone can mean another image tomorrow."""
    text = (env.get("BIANWU_IMAGE") or "").strip()
    if text and not IMAGE.fullmatch(text):
        raise SettingsError(name="BIANWU_IMAGE", problem=f"{text!r} (…@sha256:…)")
    return text


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


def folder(env: Mapping[str, str], name: str, *others: str) -> str:
    """The address of a folder, never a relative one (another folder wherever a command starts), or of other schemes."""
    text = address(env, name, ("file", *others)) if ":" in (env.get(name) or "") else env.get(name) or ""
    if text.partition(":")[0] not in others and text and not text.removeprefix("file:").startswith("/"):
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
        at = error.pos + 1
        raise SettingsError(
            name=name, problem=Label(f"JSON 第 {at} 字处有误", f"broken JSON at character {at}")
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(name=name, problem=Label("不是 JSON", "not JSON")) from error


class MisfitError(ValueError):
    """A part of a JSON setting does not fit. The words say which."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Label(zh, en)

    def of(self, name: str, form: str) -> SettingsError:
        """The refusal of the whole setting, with the form it should have."""
        problem = Label(f"{self.words.zh}；应为 {form}", f"{self.words.en}; it should be {form}")
        return SettingsError(name=name, problem=problem)


def fitting(fits: bool, zh: str, en: str) -> None:  # noqa: FBT001  reads as an assertion
    """Refuse what does not fit, in these words.

    Raises:
        MisfitError: it does not.
    """
    if not fits:
        raise MisfitError(zh, en)


def parts_of(row: Any, needed: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object with these fields and no others.

    Raises:
        MisfitError: naming the field that is missing or that nobody knows.
    """
    fitting(isinstance(row, dict), "不是 JSON 对象", "no JSON object")
    odd = ", ".join(str(part)[:40] for part in row if part not in needed + allowed)
    lacking = ", ".join(part for part in needed if part not in row)
    fitting(not odd, f"不认识的字段 {odd}", f"unknown field {odd}")
    fitting(not lacking, f"缺字段 {lacking}", f"missing field {lacking}")
    parts: dict[str, Any] = row
    return parts


def authorities(env: Mapping[str, str]) -> tuple[AuthoritySettings, ...]:
    """The timestamp authorities."""
    name = "BIANWU_AUTHORITIES"
    rows = json_of(env, name, [])
    try:
        fitting(isinstance(rows, list), "不是 JSON 数组", "no JSON array")
        return tuple(authority(**parts_of(row, ("name", "url"), ("roots", "test", "kind", "options"))) for row in rows)
    except MisfitError as error:
        form = '[{"name": …, "url": …, "roots": FILE, "test": true/false, "kind": …, "options": {…}}, …]'
        raise error.of(name, form) from error


def authority(
    *, name: Any, url: Any, roots: Any = "", test: Any = False, kind: Any = "rfc3161-http", options: Any = None
) -> AuthoritySettings:
    """One of them."""
    named = isinstance(name, str) and AUTHORITY_NAME.fullmatch(name) is not None
    fitting(named, "name 只能含小写字母、数字与连字符", "a name has lower-case letters, digits and hyphens")
    right = isinstance(url, str) and isinstance(roots, str) and isinstance(test, bool)
    fitting(right, "url、roots 是文字，test 是 true 或 false", "url and roots are text, test is true or false")
    known = ", ".join(AUTHORITY_KINDS)
    fitting(kind in AUTHORITY_KINDS, f"kind 须为 {known} 之一", f"kind is one of {known}")
    fitting(bool(roots) or kind == "chain-receipt", "缺字段 roots", "missing field roots")
    fitting(options is None or isinstance(options, dict), "options 不是 JSON 对象", "options is no JSON object")
    return AuthoritySettings(name, url, Path(roots), test, kind, options or {})


def overrides(env: Mapping[str, str]) -> CaptureOverrides:
    """What stands in for DNS and trust roots."""
    name = "BIANWU_OVERRIDES"
    row = json_of(env, name, {})
    try:
        return override(**parts_of(row, (), ("allow_hosts", "resolve", "extra_roots")))
    except MisfitError as error:
        form = '{"allow_hosts": ["HOST:PORT"], "resolve": {"HOST": ["IP", PORT]}, "extra_roots": ["FILE"]}'
        raise error.of(name, form) from error


def override(*, allow_hosts: Any = (), resolve: Any = (), extra_roots: Any = ()) -> CaptureOverrides:
    """The same, its parts checked."""
    for part, value in (("allow_hosts", allow_hosts), ("extra_roots", extra_roots)):
        fitting(not isinstance(value, str), f"{part} 不是数组", f"{part} is no array")  # a list of letters
    try:
        return CaptureOverrides(
            allow_hosts=frozenset(str(host) for host in allow_hosts),
            resolve={str(h): (str(t[0]), int(t[1])) for h, t in dict(resolve).items()},
            extra_roots=tuple(Path(path) for path in extra_roots),
        )
    except (TypeError, LookupError, ValueError) as error:
        raise MisfitError("有一项的写法不对", "a part has another form") from error


def witness(env: Mapping[str, str]) -> WitnessSettings | None:
    """The witness relay, if one is set.

    Raises:
        SettingsError: it cannot be read.
    """
    name = "BIANWU_WITNESS"
    row = json_of(env, name, None)
    if row is None:
        return None
    form = '{"address": "HOST:PORT", "token": …, "key": …, "third_party": true/false}'
    try:
        made = WitnessSettings(**parts_of(row, ("address", "token", "key"), ("third_party",)))
        texts: tuple[object, ...] = (made.address, made.token, made.key)
        ascii_texts = all(isinstance(text, str) and text.isascii() and text for text in texts)
        fitting(ascii_texts, "address、token、key 是 ASCII 文字", "address, token and key are ASCII text")
        fitting(isinstance(made.third_party, bool), "third_party 是 true 或 false", "third_party is true or false")
    except MisfitError as error:
        raise error.of(name, form) from error
    return made
