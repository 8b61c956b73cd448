"""What holds for every route there is, read from the application: forged forms, methods, refusals, languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from caseapp.web.security import HEADERS
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import address, rules

METHODS = ("GET", "HEAD", "POST", "DELETE")
WRITES = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)", re.IGNORECASE)
OF_THE_VISIT = {"user_sessions", "sign_in_attempts"}
"""Tables that note that somebody was here, whatever they asked for."""


@contextmanager
def nothing_written(place: Place) -> Iterator[None]:
    """Nothing is written into the database meanwhile but the visit itself."""
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found = WRITES.match(statement)
        if found and found[1] not in OF_THE_VISIT:
            written.append(statement)

    event.listen(place.application.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(place.application.engine, "before_cursor_execute", note)
    assert written == []


def test_a_form_that_is_not_of_this_sign_in_changes_nothing_and_says_so(shared: Place) -> None:
    app = shared.app()
    lead, second, other, nobody = (Browser(app.test_client()) for _ in range(4))
    for browser, login in ((lead, "lin"), (second, "lin"), (other, "gao")):
        assert browser.sign_in(login).status_code == 303
    nobody.get("/signin")
    stale = lead.token
    lead.sign_in("lin")
    assert lead.token != stale
    tokens = {"missing": None, "empty": "", "forged": "forged", "stale": stale, "own of another device": second.token,
              "another person's": other.token, "nobody's": nobody.token, "signs": "\u202e<script>"}  # fmt: skip
    with nothing_written(shared):
        for rule in rules(app, "POST"):
            for name, token in tokens.items():
                form = {"words": "写了很久"} | ({} if token is None else {"csrf_token": token})
                _refused(lead.client.post(address(app, rule), data=form), rule, name)
            over = lead.client.post(address(app, rule), data={"csrf_token": stale}, headers={"HX-Request": "true"})
            assert over.status_code == 401, rule  # the page signs in over itself and keeps what was typed
    lead.client.set_cookie("bw_lang", "en")
    assert lead.get("/").status_code == 200


def _refused(answer: TestResponse, rule: object, name: str) -> None:
    assert answer.status_code == 400, (rule, name)
    assert "csrf" in answer.text
    assert "没有任何内容被保存" in answer.text, (rule, name)
    assert "填的内容还在" in answer.text


def test_the_refusal_of_a_form_speaks_english_too(reader: Callable[..., Browser]) -> None:
    answer = reader("lin", "en").client.post("/settings/theme", data={"csrf_token": "x"})
    assert "This form is no longer valid" in answer.text
    assert "Nothing was saved" in answer.text


def test_a_method_that_a_route_does_not_know_is_refused_with_those_it_knows(
    shared: Place, reader: Callable[..., Browser]
) -> None:
    app, lead = shared.app(), reader("lin")
    nobody = app.test_client()
    map_ = app.url_map.bind("localhost")
    paths = dict.fromkeys(address(app, rule) for rule in app.url_map.iter_rules())
    known = {path: set(map_.allowed_methods(unquote(path.partition("?")[0]))) for path in paths}
    with nothing_written(shared):
        for path, methods in known.items():
            for method in set(METHODS) - methods:
                answer = nobody.open(path, method=method)
                assert answer.status_code == 405, (method, path)
                assert set(answer.headers["Allow"].split(", ")) == methods, (method, path)
                assert method == "HEAD" or "这个地址不能这样用" in answer.text
            if "GET" not in methods:
                continue
            asked = lead.client.options(path)
            assert asked.status_code in {200, 403}, path
            assert asked.status_code == 403 or set(asked.headers["Allow"].split(", ")) == methods, path


def test_a_refusal_carries_the_headers_of_a_page(shared: Place) -> None:
    nobody = shared.app().test_client()
    for path in ("/nowhere", "/cases/%00", "/find?q=%00", "/" + "x" * 3000, "/cases/"):
        for method in ("GET", "POST", "DELETE"):
            answer = nobody.open(path, method=method, buffered=True)
            assert answer.status_code < 500, path
            assert HEADERS.items() <= dict(answer.headers).items(), path
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
            assert answer.headers["Cache-Control"] == "no-store", path


LANGUAGES = [
    ("", "zh"), ("*", "zh"), ("en-US,en;q=0.9", "en"), ("en", "en"), ("fr,en;q=0.5", "en"), ("fr", "zh"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("zh-TW", "zh"), ("en;q=0.1,zh;q=0.9", "zh"), ("en;q=0", "zh"),
    ("\x7f;;;q=nan,,", "zh"), ("x" * 9000, "zh"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "given"), LANGUAGES)
def test_before_sign_in_the_browser_says_the_language(shared: Place, asked: str, given: str) -> None:
    client = shared.app().test_client()
    for path in ("/signin", "/signin?ended=1"):
        page = client.get(path, headers={"Accept-Language": asked} if asked else {}).text
        assert f'<html lang="{"en" if given == "en" else "zh-Hans"}"' in page
    client.set_cookie("bw_lang", "zh")
    assert 'lang="zh-Hans"' in client.get("/signin", headers={"Accept-Language": "en"}).text


def test_the_choice_of_a_person_stands_above_the_browser(shared: Place, reader: Callable[..., Browser]) -> None:
    assert '<html lang="zh-Hans"' in reader("lin").client.get("/", headers={"Accept-Language": "en"}).text
