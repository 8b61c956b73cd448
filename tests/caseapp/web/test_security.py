"""Forged forms, stolen cookies, guessing, headers, and script in every field."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import String, Text, func, select

from caseapp.models import (
    Account,
    Capture,
    Case,
    DamageItem,
    Deadline,
    Document,
    EvidenceItem,
    Incident,
    Notice,
    Platform,
    Post,
    RumorClaim,
    SignInAttempt,
    Task,
    User,
    UserSession,
)
from caseapp.web.security import HEADERS
from tests.caseapp.web.house import NASTY, PASSWORD, Browser, Place
from tests.caseapp.web.routes import CASE, ITEM, address, rules
from tests.caseapp.web.test_pages import PAGES

INLINE = re.compile(r"\s(?:style|on[a-z]+)\s*=|<style|javascript:", re.IGNORECASE)
KEPT = {"login", "password_hash", "no", "id", "url_as_seen", "currency", "capture_id"}


def test_every_changing_route_refuses_a_forged_form(shared: Place, reader: Callable[[str], Browser]) -> None:
    app, lead = shared.app(), reader("lin")
    for rule in rules(app, "POST"):
        for form in ({}, {"csrf_token": "forged"}):
            answer = lead.client.post(address(app, rule), data=form)
            assert answer.status_code == 400, rule
            assert "csrf" in answer.text


def test_a_token_of_another_session_is_refused(visit: Callable[..., Browser]) -> None:
    first, second = visit("lin"), visit("gao")
    assert second.client.post("/signout", data={"csrf_token": first.token}).status_code == 400


def test_only_get_and_declared_methods(visit: Callable[..., Browser]) -> None:
    lead = visit("lin")
    for method in ("put", "delete", "patch"):
        answer = getattr(lead.client, method)(f"/cases/{CASE}", data={"csrf_token": lead.token})
        assert answer.status_code in {400, 405}
    assert lead.client.get("/signout").status_code == 405


def test_only_a_form_is_an_attempt_to_sign_in(visit: Callable[..., Browser], place: Place) -> None:
    form = {"login": "lin", "password": PASSWORD}
    assert visit().client.head("/signin", data=form).status_code == 200
    with place.application.sessions() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


def test_the_session_cookie_is_fresh_signed_and_closed(place: Place) -> None:
    browser = Browser(place.app().test_client())
    browser.get("/signin")
    before = browser.client.get_cookie("bianwu")
    answer = browser.post("/signin", login="lin", password=PASSWORD)
    after = browser.client.get_cookie("bianwu")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    line = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("bianwu="))
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    browser.client.set_cookie("bianwu", after.value[:-2] + "xx")
    assert browser.client.get("/").status_code == 302


def test_behind_tls_the_cookie_is_host_bound_and_secure(place: Place) -> None:
    browser = place.app(secure_cookies=True).test_client()
    line = browser.get("/signin", base_url="https://bianwu.test").headers["Set-Cookie"]
    assert line.startswith("__Host-bianwu=")
    assert "Secure" in line
    assert "Strict-Transport-Security" in browser.get("/signin", base_url="https://bianwu.test").headers


def test_a_revoked_device_is_out_at_once(visit: Callable[..., Browser], place: Place) -> None:
    laptop, phone = visit("lin"), visit("lin")
    page = laptop.get("/settings").text
    assert page.count("/revoke") == 2
    with place.application.sessions() as session:
        newest = session.scalars(select(UserSession).order_by(UserSession.created_at.desc())).first()
        assert newest is not None
        key = newest.id
    assert laptop.post(f"/settings/sessions/{key}/revoke").status_code == 303
    assert phone.get("/").location.startswith("/signin?next=/&ended=1")
    assert "登录已失效" in phone.get("/signin?ended=1").text
    assert laptop.get("/").status_code == 200


def test_nobody_revokes_other_peoples_devices(visit: Callable[..., Browser], place: Place) -> None:
    visit("lin")
    other = visit("gao")
    with place.application.sessions() as session:
        user = session.scalars(select(User.id).where(User.login == "lin")).one()
        key = session.scalars(select(UserSession.id).where(UserSession.user_id == user)).one()
    assert other.post(f"/settings/sessions/{key}/revoke").status_code == 404


def test_signing_out_ends_the_session_on_the_server(visit: Callable[..., Browser]) -> None:
    lead = visit("lin")
    stolen = lead.client.get_cookie("bianwu")
    assert stolen is not None
    assert lead.post("/signout").status_code == 303
    thief = visit()
    thief.client.set_cookie("bianwu", stolen.value)
    assert thief.get("/").status_code == 302


def test_a_new_password_ends_every_session(visit: Callable[..., Browser]) -> None:
    lead, phone = visit("lin"), visit("lin")
    wrong = lead.post("/settings/password", current="nonsense", new="崭新的一句口令 2026")
    assert wrong.status_code == 422
    assert "登录名或密码不对" in wrong.text
    assert lead.post("/settings/password", current=PASSWORD, new="短").status_code == 422
    lead.get("/settings")
    assert lead.post("/settings/password", current=PASSWORD, new="崭新的一句口令 2026").status_code == 303
    assert phone.get("/").status_code == 302
    assert lead.sign_in("lin", "崭新的一句口令 2026").status_code == 303


def test_wrong_passwords_and_unknown_people_look_the_same(visit: Callable[..., Browser]) -> None:
    nobody = visit()
    nobody.get("/signin")
    answers = [nobody.post("/signin", login=login, password="x" * 12) for login in ("lin", "nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    bare = [re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.text) for answer in answers]
    assert bare[0] == bare[1]


def test_an_account_slows_down_and_says_for_how_long(visit: Callable[..., Browser]) -> None:
    nobody = visit()
    nobody.get("/signin")
    answers = [nobody.post("/signin", login="lin", password="x" * 12) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "尝试次数过多" in answers[-1].text
    assert nobody.post("/signin", login="lin", password=PASSWORD).status_code == 429


@pytest.mark.slow
def test_an_address_is_limited_over_all_accounts(visit: Callable[..., Browser]) -> None:
    nobody = visit()
    nobody.get("/signin")
    codes = [nobody.post("/signin", login=f"someone{n}", password="").status_code for n in range(22)]
    assert codes[:20] == [401] * 20
    assert codes[-1] == 429
    assert nobody.get("/signin").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_foreign_and_run_nothing_inline(reader: Callable[[str], Browser], path: str) -> None:
    answer = reader("lin").get(path)
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce
    assert "unsafe" not in policy
    page = answer.text
    assert not INLINE.search(page.replace("data-copy=", "").replace("data-done=", ""))
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
    for tag in re.findall(r"<script[^>]*>", page) + re.findall(r"<link[^>]*stylesheet[^>]*>", page):
        assert f'nonce="{nonce[1]}"' in tag
    for name in ("X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "X-Request-Id", "X-Frame-Options"):
        assert name in answer.headers


def test_every_answer_carries_the_headers_and_is_kept_by_nobody_else(
    shared: Place, reader: Callable[[str], Browser]
) -> None:
    app, lead = shared.app(), reader("lin")
    paths = [address(app, rule) for rule in rules(app, "GET") if rule.endpoint != "static"]
    for path in (*paths, "/nowhere", "/cases/案-2026-9999", "/signout"):
        answer = lead.client.get(path, buffered=True)
        assert HEADERS.items() <= dict(answer.headers).items(), path
        assert answer.headers["X-Request-Id"], path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["Cache-Control"] in {"no-store", "private, max-age=3600"}, path


def test_every_answer_has_its_own_nonce(reader: Callable[[str], Browser]) -> None:
    lead = reader("lin")
    assert len({lead.get("/").headers["Content-Security-Policy"] for _ in range(3)}) == 3


def test_script_in_every_field_stays_text(place: Place) -> None:
    models = (Account, Capture, Case, DamageItem, Deadline, Document, EvidenceItem, Incident, Notice,
              Platform, Post, RumorClaim, Task, User)  # fmt: skip
    with place.application.sessions() as session:
        for model in models:
            free = [
                column.key
                for column in model.__table__.columns
                if isinstance(column.type, (String, Text)) and not getattr(column.type, "length", None)
            ]
            for row in session.scalars(select(model)):
                for column in set(free) - KEPT:
                    if getattr(row, column) is not None or column in {"formula", "proves", "platform_words"}:
                        setattr(row, column, f"{NASTY}{row.no}" if hasattr(row, "no") else f"{NASTY}{row.id}")
        session.commit()
    browser = Browser(place.app().test_client())
    browser.sign_in("lin")
    seen = 0
    for path in PAGES:
        page = browser.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        seen += page.count("&lt;script&gt;alert(1)")
    assert seen > 50


def test_downloads_are_never_shown_as_pages(visit: Callable[..., Browser]) -> None:
    answer = visit("lin").get(f"/evidence/{ITEM}/files/text.txt")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["../seal/seal.json", "..%2Fseal%2Fseal.json", "/etc/passwd", "seal/seal.json", "x"])
def test_downloads_reach_payload_files_only(visit: Callable[..., Browser], name: str) -> None:
    assert visit("lin").get(f"/evidence/{ITEM}/files/{name}").status_code in {302, 308, 404}
