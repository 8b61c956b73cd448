"""Errors are calm pages in both languages: a fact, what is safe, what to do; a code and an id, never a stack."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from caseapp.domain import errors as domain
from caseapp.domain.labels import Label
from caseapp.web.access import public
from caseapp.web.errors import STATUS, status_of
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE, ITEM


def kinds(root: type[domain.CaseError]) -> list[type[domain.CaseError]]:
    return [root, *(found for child in root.__subclasses__() for found in kinds(child))]


def broken(place: Place) -> Flask:
    """The application with faulty routes."""
    app = place.app()
    kind = Label("案件", "case")

    @public("a fault for the test")
    def explode() -> str:
        raise OperationalError("SELECT secret FROM users", {}, Exception("disk I/O error"))

    @public("a fault for the test")
    def stale() -> str:
        raise domain.StaleVersionError

    @public("a fault for the test")
    def refused() -> str:
        raise domain.InvalidInputError(field=kind, problem=Label("太长。", "too long."))

    @public("a fault for the test")
    def away() -> str:
        raise domain.SchemaBehindError(at="0001", newest="0002")

    for view in (explode, stale, refused, away):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
    return app


@pytest.mark.parametrize(
    ("path", "status", "zh", "en"),
    [
        ("/nowhere", 404, "没有找到这一页", "This page was not found"),
        ("/explode", 500, "程序出了错，数据没有改动", "Something broke; no data was changed"),
        ("/stale", 409, "与现在的状态对不上", "This does not fit the present state"),
        ("/refused", 422, "有一项需要改", "Something needs correcting"),
    ],
)
def test_pages(shared: Place, path: str, status: int, zh: str, en: str) -> None:
    client = broken(shared).test_client()
    for language, words in (("zh", zh), ("en", en)):
        client.set_cookie("bw_lang", language)
        answer = client.get(path)
        assert answer.status_code == status
        assert words in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        for trace in ("Traceback", "OperationalError", "SELECT", "secret", "disk I/O", ".py"):
            assert trace not in answer.text


def test_a_machine_gets_json_and_a_part_gets_a_line(shared: Place) -> None:
    client = broken(shared).test_client()
    found = client.get("/refused", headers={"Accept": "application/json"}).get_json()
    assert found["error"]["code"] == "invalid-input"
    assert found["error"]["retryable"] is False
    line = client.get("/refused", headers={"HX-Request": "true"}).text
    assert line.strip().startswith('<div class="alert-line"')
    assert "<html" not in line


def test_a_part_that_is_away_says_when_to_ask_again(shared: Place) -> None:
    answer = broken(shared).test_client().get("/away")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_body_too_large_is_refused_before_it_is_read(visit: Callable[..., Browser]) -> None:
    lead = visit("lin")
    answer = lead.client.post("/settings/theme", data={"csrf_token": lead.token, "theme": "x" * (17 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "没有收下" in answer.text


def test_an_unsupported_method(visit: Callable[..., Browser]) -> None:
    assert visit("lin").client.get("/settings/theme").status_code == 405


def test_every_error_of_the_domain_has_a_status() -> None:
    for kind in kinds(domain.CaseError):
        if kind.__module__ == domain.__name__ and kind is not domain.CaseError:
            assert any(parent in STATUS for parent in kind.__mro__), kind
    assert status_of(domain.CaseError()) == 500


def test_an_ended_session_in_a_part_asks_to_sign_in(shared: Place) -> None:
    answer = shared.app().test_client().get("/today/queue", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "登录" in answer.text


@pytest.mark.parametrize("path", ["/cases/%00", "/find?q=%00", "/evidence/?before=a%00b", "/signin?next=%00"])
def test_a_nul_is_refused_before_any_statement(reader: Callable[..., Browser], path: str) -> None:
    assert reader("lin").client.get(path).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/cases/%E6%A1%88%FF",
        "/cases/" + "9" * 5000,
        "/find?q=" + "%F0%9F%92%A3" * 500,
        f"/cases/{CASE}/audit?before={10**30}",
        f"/cases/{CASE}/audit?before=" + "9" * 5000,
        f"/cases/{CASE}/audit?before=-1",
        f"/evidence/{ITEM}/shot/{10**20}/0/0.jpg",
        f"/evidence/{ITEM}/shot/0/{10**30}/{10**30}.jpg",
        f"/evidence/{ITEM}/shot/{'9' * 5000}/0/0.jpg",
    ],
)
def test_odd_addresses_are_ordinary_misses(reader: Callable[..., Browser], path: str) -> None:
    assert reader("lin").client.get(path).status_code in {200, 404}


def test_a_redirect_stays_here_whatever_host_the_sender_names(reader: Callable[..., Browser]) -> None:
    answer = reader("lin").client.get("/cases?x=1", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/cases/?x=1")


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/people/", 403), ("/explode", 500)])
def test_whoever_is_signed_in_stays_within_the_frame(place: Place, path: str, status: int) -> None:
    browser = Browser(broken(place).test_client())
    assert 'class="rail"' not in browser.get(path, follow_redirects=True).text
    browser.sign_in("lin")
    answer = browser.get(path)
    assert answer.status_code == status
    assert 'class="rail"' in answer.text
    assert answer.text.count("<main") == 1
    assert answer.text.count("<h1") == 1
    assert browser.get(path, headers={"HX-Request": "true"}).text.strip().startswith('<div class="alert-line"')


@pytest.mark.parametrize("host", ["x" * 5000, "a..b"])
def test_a_host_header_that_is_none_gets_a_plain_answer(place: Place, host: str) -> None:
    answer = place.app().test_client().get("/signin", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
