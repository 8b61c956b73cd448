"""用户端取证 by hand: handed in, shown with its label, linked with the server's visit; the rest is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from caseapp.models import Capture, EvidenceItem, Post
from tests.capture.test_handed_in import MHTML, SINGLE, wacz
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.leads import leads

Visit = Callable[..., Browser]
AT = "/evidence/upload"
URL = "https://weixun.test/up/1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def send(browser: Browser, data: bytes, name: str = "截图.png", **more: str) -> Any:
    browser.get(AT)
    form = {"url": URL, "device": "phone", **more}
    return browser.client.post(
        AT, data={**form, "csrf_token": browser.token, "file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )  # fmt: skip


def count(place: Place) -> int:
    with place.application.sessions() as session:
        return int(session.scalar(select(func.count()).select_from(EvidenceItem)) or 0)


def test_an_upload_says_loudly_what_it_is_and_where_the_servers_visit_stands(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    answer = send(gao, PNG, note="平台要求登录", taken_at="2026-08-11 09:30")
    assert answer.status_code == 303
    page = gao.get(answer.location).text
    said = words(page)
    for told in ("用户端取证", "证明力弱于服务器取证", "自证", URL, "手机", "平台要求登录", "服务器重取", "排队中"):
        assert told in said
    with place.application.sessions() as session:
        order = session.scalars(select(Capture).where(Capture.url == URL)).one()
        post = session.get_one(Post, order.post_id)
    assert order.upload_id
    lead = words(gao.get(f"/inbox/{quote(post.no)}").text)
    assert "用户端取证" in lead
    gao.post("/settings/language", language="en")
    assert "proves less than a server capture" in words(gao.get(answer.location).text)


@pytest.mark.parametrize(
    ("data", "name"),
    [(MHTML.format(url=URL).encode(), "页.mhtml"), (wacz(URL), "a.wacz"), (SINGLE.format(url=URL).encode(), "b.html")],
)
def test_the_address_comes_from_the_file(place: Place, visit: Visit, data: bytes, name: str) -> None:
    assert send(visit("gao"), data, name, url="").status_code == 303
    with place.application.sessions() as session:
        assert session.scalars(select(Capture.url).where(Capture.url == URL)).one() == URL


BAD = {
    "no address anywhere": (PNG, {"url": ""}),
    "a private address": (PNG, {"url": "http://127.0.0.1/"}),
    "a script": (PNG, {"url": "javascript:alert(1)"}),
    "credentials": (PNG, {"url": "https://u:p@weixun.test/"}),
    "no file to speak of": (b"", {}),
    "a page with a script": (b"<html><script>alert(1)</script>", {}),
    "a program": (b"MZ\0", {}),
    "no device": (PNG, {"device": "fax"}),
    "a strange time": (PNG, {"taken_at": "yesterday"}),
    "a long title": (PNG, {"title": "长" * 301}),
    "a long address": (PNG, {"url": "https://weixun.test/" + "a" * 9000}),
}


@pytest.mark.parametrize(("data", "form"), BAD.values(), ids=BAD)
def test_what_is_refused_keeps_what_was_typed(
    shared: Place, reader: Callable[[str], Browser], data: bytes, form: dict[str, str]
) -> None:
    before = count(shared)
    answer = send(reader("gao"), data, note="写了很久的经过", **form)
    assert answer.status_code == 422
    assert "写了很久的经过" in answer.text
    assert count(shared) == before


def test_hostile_text_is_shown_as_text(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    answer = send(gao, PNG, name=f"{NASTY[:60]}.png", note=NASTY, title="<b>x</b>\u202egnp")
    assert answer.status_code == 303
    page = gao.get(answer.location).text
    assert "<b>x</b>" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("login", ["su", "admin"])
def test_the_wrong_role_is_refused(shared: Place, reader: Callable[[str], Browser], login: str) -> None:
    before = count(shared)
    assert reader(login).get(AT).status_code == 403
    assert send(reader(login), PNG).status_code == 403
    assert count(shared) == before


def test_a_form_without_a_file_is_shown_again(shared: Place, reader: Callable[[str], Browser]) -> None:
    answer = reader("gao").post(AT, url=URL, device="phone")
    assert answer.status_code == 422
    assert "请再选一次文件" in answer.text


def test_a_blocked_lead_leads_here_with_its_address(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    page = gao.get(f"/inbox/{quote(numbers[1])}").text
    found = re.search(r'href="(/evidence/upload\?url=[^"]+)"', page)
    assert found is not None
    assert 'value="https://weixun.test/99/LEAD2"' in gao.get(unescape(found[1])).text
