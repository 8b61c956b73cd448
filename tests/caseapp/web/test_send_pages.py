"""An address sent by a bookmark or shared from a phone: filled in, sign-in kept, nothing taken before the button."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import func, select

from caseapp.models import Capture
from tests.caseapp.web.house import PASSWORD, Browser, Place

Visit = Callable[..., Browser]
URL = "https://weixun.test/s/1?a=1&b=2"

MANY = [f"https://a.test/{n}" for n in range(50)]


def box(page: str) -> str:
    found = re.search(r'<textarea[^>]*name="urls"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found[1]).strip()


def captures(place: Place) -> int:
    with place.application.sessions() as session:
        return int(session.scalar(select(func.count()).select_from(Capture)) or 0)


def test_an_address_is_filled_in_and_taken_by_the_button_alone(place: Place, visit: Visit) -> None:
    gao, before = visit("gao"), captures(place)
    page = gao.get(f"/inbox/send?url={quote(URL)}&title={quote('<b>谣言</b>')}").text
    assert box(page) == URL
    assert "&lt;b&gt;谣言&lt;/b&gt;" in page
    assert captures(place) == before
    answer = gao.post("/inbox/paste", urls=box(page))
    assert answer.status_code == 303
    assert captures(place) == before + 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"text={quote('你看这个：https://weixun.test/s/2。转发！')}", "https://weixun.test/s/2"),
        (f"text={quote('a https://a.test/1, b (https://b.test/2) https://a.test/1')}", "https://a.test/1\nhttps://b.test/2"),
        (f"title={quote('标题 https://weixun.test/s/3')}&text=", "https://weixun.test/s/3"),
        ("text=no+address", ""),
        ("", ""),
        (f"url={quote('javascript:alert(1)')}", "javascript:alert(1)"),
        (f"url={quote('https://a.test/1 https://a.test/2')}", "https://a.test/1 https://a.test/2"),
        (f"text={quote(' '.join(MANY))}", "\n".join(MANY[:20])),
    ],
)  # fmt: skip
def test_what_a_phone_shares(shared: Place, reader: Callable[[str], Browser], query: str, shown: str) -> None:
    assert captures(shared) >= 0
    assert box(reader("gao").get(f"/inbox/send?{query}").text) == shown


def test_a_hostile_address_is_refused_by_the_form_and_shown_as_text(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    for hostile in (
        "javascript:alert(1)",
        "http://127.0.0.1/",
        "https://a.test/\u202egnp",
        '"><script>alert(1)</script>',
    ):
        page = gao.get(f"/inbox/send?url={quote(hostile)}").text
        assert "<script>alert" not in page
        before = captures(place)
        gao.post("/inbox/paste", urls=box(page))
        assert captures(place) == before
    assert gao.get(f"/inbox/send?url={'a' * 30_000}&text={'b' * 30_000}").status_code in {200, 414}


def test_signing_in_comes_back_with_the_address(shared: Place) -> None:
    stranger = Browser(shared.app().test_client())
    answer = stranger.client.get(f"/inbox/send?url={quote(URL, safe='')}")
    assert answer.status_code == 302
    following = parse_qs(urlsplit(answer.location).query)["next"][0]
    stranger.get(answer.location)
    signed = stranger.post("/signin", login="gao", password=PASSWORD, next=following)
    assert signed.status_code == 303
    assert box(stranger.get(signed.location).text) == URL


@pytest.mark.parametrize("login", ["su", "admin"])
def test_who_may_not_record_is_told_so(reader: Callable[[str], Browser], login: str) -> None:
    assert reader(login).get(f"/inbox/send?url={quote(URL)}").status_code == 403


def test_the_bookmark_opens_this_house_and_nothing_else(reader: Callable[[str], Browser]) -> None:
    page = reader("gao").get("/inbox/send").text
    found = re.search(r'href="(javascript:[^"]+)"', page)
    assert found is not None
    said = unescape(found[1])
    assert said.startswith("javascript:void(window.open('http://localhost/inbox/send'+'?url='+encodeURIComponent(")
    assert "noopener" in said
    assert not re.search(r"fetch|cookie|innerHTML|eval", said)


def test_the_installed_application_takes_what_is_shared(reader: Callable[[str], Browser]) -> None:
    gao = reader("gao")
    found = re.search(r'<link rel="manifest" href="([^"]+)"', gao.get("/").text)
    assert found is not None
    answer = gao.client.get(found[1])
    manifest = json.loads(answer.data)
    answer.close()
    assert (answer.status_code, answer.mimetype) == (200, "application/manifest+json")
    assert manifest["share_target"] == {
        "action": "../inbox/send", "method": "GET", "params": {"title": "title", "text": "text", "url": "url"},
    }  # fmt: skip
    with gao.client.get("/static/" + manifest["icons"][0]["src"]) as icon:
        assert icon.status_code == 200
