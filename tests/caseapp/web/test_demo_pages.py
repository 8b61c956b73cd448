"""The page that plays: only in a demo installation; progress for everybody, sign-ins for whoever has the key."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from sqlalchemy import update

from caseapp.models import Case, EvidenceItem
from caseapp.services.board import FILE, BoardWriter, Entry, read_board
from tests.caseapp.web.house import PASSWORD, Browser, Place
from tests.caseapp.web.routes import CASE, ITEM

HOPS = [(n, f"第{n}步的名字", f"hop {n}") for n in range(1, 11)]
PEOPLE = [
    Entry("admin", "管理员", "admin", "x"),
    Entry("lin", "林知远", "counsel", PASSWORD),
    Entry("gao", "高澄", "pr", PASSWORD),
    Entry("zhong", "钟九思", "auditor", PASSWORD),
]


class Clock:
    """Seconds that pass when told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def event(hop: int, what: str, zh: str = "", done: int = 0, total: int = 0) -> dict[str, object]:
    return {"hop": hop, "event": what, "zh": zh, "en": zh.upper(), "done": done, "total": total}


@pytest.fixture
def demo(place: Place) -> tuple[Browser, BoardWriter, Clock]:
    """The installation as a demo whose case is the example's."""
    with place.application.sessions() as session, session.begin():
        for model in (Case, EvidenceItem):
            session.execute(update(model).values(sample=True))
    clock = Clock()
    writer = BoardWriter(place.settings.data_dir, HOPS, PEOPLE, clock)
    return Browser(place.app(demo=True).test_client()), writer, clock


def test_an_ordinary_installation_has_no_such_page(place: Place) -> None:
    BoardWriter(place.settings.data_dir, HOPS, PEOPLE)
    browser = Browser(place.app().test_client())
    browser.get("/signin")
    for path in ("/demo/", "/demo/hops", f"/demo/shot/{ITEM}.jpg"):
        assert browser.get(path).status_code == 404, path
    assert browser.post("/demo/enter", login="lin").status_code == 404


def test_a_demo_without_a_board_has_none_either(place: Place) -> None:
    assert Browser(place.app(demo=True).test_client()).get("/demo/").status_code == 404
    (place.settings.data_dir / FILE).write_text("{", "utf-8")
    assert Browser(place.app(demo=True).test_client()).get("/demo/").status_code == 404


def test_progress_is_open_and_the_sign_ins_are_not(demo: tuple[Browser, BoardWriter, Clock]) -> None:
    browser, writer, clock = demo
    assert "示例案件即将开始" in browser.get("/demo/").text
    writer.hear(event(1, "start"))
    clock.now += 2
    writer.hear(event(1, "step", "取-1 某页", 3, 11))
    page = browser.get("/demo/")
    assert page.status_code == 200
    assert "第 1 步，共 10 步" in page.text
    assert "取-1 某页" in page.text
    assert "3 / 11" in page.text
    assert "示例" in page.text
    assert "hx-trigger" in page.text
    assert PASSWORD not in page.text
    assert PASSWORD not in browser.get("/demo/?key=wrong").text
    assert writer.board.key not in page.text


def test_the_key_shows_how_to_sign_in_and_one_button_does(demo: tuple[Browser, BoardWriter, Clock]) -> None:
    browser, writer, _clock = demo
    page = browser.get(f"/demo/?key={writer.board.key}").text
    assert page.index("法务") < page.index("公关") < page.index("审计")
    assert PASSWORD in page
    assert browser.post("/demo/enter", key="wrong", login="lin").status_code == 404
    assert browser.post("/demo/enter", key=writer.board.key, login="nobody").status_code == 404
    answer = browser.post("/demo/enter", key=writer.board.key, login="lin", next="//evil.test")
    assert (answer.status_code, answer.location) == (303, "/")
    assert "林知远" in browser.get("/").text
    refused = browser.post("/demo/enter", key=writer.board.key, login="admin")
    assert (refused.status_code, refused.location) == (303, f"/demo/?key={writer.board.key}")


def test_objects_appear_as_links_and_pictures(demo: tuple[Browser, BoardWriter, Clock]) -> None:
    browser, writer, clock = demo
    for hop in range(1, 11):
        writer.hear(event(hop, "start"))
        clock.now += 1
        writer.hear(event(hop, "done"))
    page = browser.get("/demo/").text
    assert f'lang="zh-Hans">{CASE}</a>' in page
    assert f"/demo/shot/{quote(ITEM)}.jpg" in page
    shot = browser.client.get(f"/demo/shot/{ITEM}.jpg")
    assert (shot.status_code, shot.mimetype) == (200, "image/jpeg")
    assert browser.client.get("/demo/shot/证-2026-999999.jpg").status_code == 404
    writer.finish(ok=True)
    hops = browser.get("/demo/hops")
    assert hops.headers["HX-Refresh"] == "true"
    assert "10 秒" in hops.text
    assert "hx-trigger" not in hops.text
    assert "选一个身份" in browser.get("/demo/").text


def test_only_the_examples_pictures_are_open(place: Place) -> None:
    BoardWriter(place.settings.data_dir, HOPS, PEOPLE)
    assert Browser(place.app(demo=True).test_client()).get(f"/demo/shot/{ITEM}.jpg").status_code == 404


def test_a_failed_hop_is_said(demo: tuple[Browser, BoardWriter, Clock]) -> None:
    browser, writer, _clock = demo
    writer.hear(event(1, "start"))
    writer.hear(event(1, "failed"))
    writer.finish(ok=False)
    page = browser.get("/demo/").text
    assert "播放停在第 1 步" in page
    assert "未成" in page


def test_the_board_is_private_and_read_whole(place: Place) -> None:
    writer = BoardWriter(place.settings.data_dir, HOPS, PEOPLE)
    path = place.settings.data_dir / FILE
    assert path.stat().st_mode & 0o077 == 0
    assert read_board(place.settings.data_dir) == writer.board
    path.write_text(json.dumps({"hops": [{}], "entries": []}), "utf-8")
    assert read_board(place.settings.data_dir) is None
