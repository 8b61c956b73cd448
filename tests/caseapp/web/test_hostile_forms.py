"""Every form of every page, found by walking the pages, filled with hostile values field by field.

Whatever is typed: never a fault of ours, never a script let loose, never a field that says nothing when it is refused.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from werkzeug.test import TestResponse

from caseapp.demo.authority import TestAuthority
from tests.caseapp.web.conftest import copy_of
from tests.caseapp.web.house import Browser, Place

pytestmark = [pytest.mark.furnished, pytest.mark.slow]

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
HOSTILE = {
    "script": SCRIPT,
    "template": "{{7*7}}${7*7}%(x)s%s{0}",
    "nul": "a\x00b",
    "turned": "\u202e谣言\u2066\u200b\ufeff",
    "long": "长" * 300,
    "longer": "长" * 20_001,
    "huge number": "1e400",
    "below zero": "-1",
    "many digits": "9" * 40,
    "not a number": "NaN",
    "no day": "0000-00-00",
    "far day": "99999-12-31T99:99",
    "first day": "0001-01-01T00:00",
    "last day": "9999-12-31T23:59",
    "way out": "../../etc/passwd",
    "quote": "'; DROP TABLE post;--",
    "lines": "一\r\n二\n" * 200,
    "lone": "\ud800".encode("utf-8", "surrogatepass"),
    "not utf-8": b"\xff\xfe\xb9\xe3",
    "empty": "",
    "blank": " \u3000\t",
}
LOOSE = re.compile(r"<script>alert|<img src=x|onerror=alert\(2\)>", re.IGNORECASE)
LEAVING = {"/signout", "/settings/password", "/signin", "/signin/again"}
SOME, ALL = 60, 400
EACH = 12
PEOPLE = ("lin", "admin", "han", "gao", "xu", "zhong")


@dataclass(frozen=True)
class Found:
    """A form as a page shows it: where it leads, and its fields with what stands in them."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> tuple[str, tuple[str, ...]]:
        """What tells one kind of form from another: the address without its numbers, and the names of the fields."""
        return re.sub(r"[A-Z0-9]{20,}|[\u4e00-\u9fff]-\d{4}-\d+|\d+", "#", unquote(self.action)), tuple(
            sorted({name for name, _ in self.fields})
        )


def forms_of(page: str, text: str) -> Iterator[Found]:
    """Yield the forms of a page that change something."""
    for form in html.fromstring(text).forms:
        if form.method == "POST":
            fields = [(name, value) for name, value in form.form_values() if name and name != "csrf_token"]
            fields += [
                (one.name, "")
                for one in form.inputs
                if one.name and one.name not in dict(fields) and one.tag != "button"
            ]
            kept = tuple((name, str(value or "")) for name, value in fields if name != "csrf_token")
            yield Found(page, urlsplit(form.action or page).path, kept)
            for button in form.xpath(".//button[@name or @formaction]"):
                action = urlsplit(button.get("formaction") or form.action or page).path
                extra = ((button.get("name"), button.get("value") or ""),) if button.get("name") else ()
                yield Found(page, action, (*kept, *extra))


def walk(browser: Browser, most: int) -> dict[tuple[str, tuple[str, ...]], Found]:
    """Open every page that links lead to, once for each kind of address; return one form of each shape."""
    found: dict[tuple[str, tuple[str, ...]], Found] = {}
    waiting, seen = ["/"], {"/"}
    kinds: dict[str, int] = {}
    for _ in range(most):
        if not waiting:
            break
        path = waiting.pop(0)
        answer = browser.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in forms_of(path, answer.text):
            if form.action not in LEAVING:
                found.setdefault(form.shape, form)
        for href in html.fromstring(answer.text).xpath("//a/@href | //*[@hx-get]/@hx-get"):
            parts = urlsplit(href)
            if parts.netloc or parts.scheme or not parts.path.startswith("/") or parts.path.startswith("/static"):
                continue
            kind = re.sub(r"\d+", "#", unquote(href))
            kinds[kind] = kinds.get(kind, 0) + 1
            if href not in seen and kinds[kind] <= 2:
                seen.add(href)
                waiting.append(href)
    return found


def send(browser: Browser, form: Found, field: str, value: str | bytes) -> TestResponse:
    """Send a form with one field changed."""
    data: dict[str, list[str | bytes]] = {"csrf_token": [browser.token]}
    for name, known in form.fields:
        data.setdefault(name, []).append(known)
    data[field] = [value]
    if field != "once":  # the same form sent again would only be told that it was carried out
        data["once"] = [secrets.token_hex(16)]
    return browser.client.post(form.action, data=data, buffered=True)


def check(answer: TestResponse, what: str) -> None:
    """An answer to something hostile is an ordinary one."""
    assert answer.status_code < 500 or answer.status_code == 503, (what, answer.status_code)
    assert answer.status_code not in {405, 404} or "page" in answer.text, what
    if answer.mimetype == "text/html":
        assert not LOOSE.search(answer.text), what
        assert "Traceback" not in answer.text, what


def cases(forms: list[Found]) -> list[tuple[Found, str, str]]:
    """Return every field of every form with every hostile value."""
    return [
        (form, field, key) for form in forms for field in sorted({name for name, _ in form.fields}) for key in HOSTILE
    ]


def test_hostile_words_in_a_sample_of_all_fields(place: Place, visit: Callable[..., Browser]) -> None:
    lead = visit("lin")
    forms = list(walk(lead, SOME).values())
    assert len(forms) > 20
    for form, field, key in random.Random(11).sample(cases(forms), 40):
        check(send(lead, form, field, HOSTILE[key]), f"{form.action} {field} {key}")
    for page in sorted({form.page for form in forms})[:6]:
        check(lead.get(page), page)


@pytest.mark.full
@pytest.mark.parametrize("login", PEOPLE)
def test_hostile_words_in_every_field(
    base: Path, tmp_path: Path, authority: TestAuthority, visit: Callable[..., Browser], login: str
) -> None:
    forms = list(walk(visit(login), ALL).values())
    for number, form in enumerate(forms):
        made = copy_of(base, tmp_path / str(number), authority)
        try:
            browser = Browser(made.app().test_client())
            browser.sign_in(login)
            tried = cases([form])
            for _, field, key in random.Random(number).sample(tried, min(EACH, len(tried))):
                check(send(browser, form, field, HOSTILE[key]), f"{form.action} {field} {key}")
                if browser.client.get_cookie("bianwu") is None:
                    browser.sign_in(login)
            check(browser.get(form.page), form.page)
        finally:
            made.application.close()
