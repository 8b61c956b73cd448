"""In the real Chromium: a user made, changing the password, barred; the auditor; an ended session; the keyboard."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from sqlalchemy import func, select, update

from caseapp.models import AuditEvent, User, UserSession
from caseapp.services.board import BoardWriter, Entry
from tests.caseapp.web.house import PASSWORD, Place
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.routes import CASE
from tests.caseapp.web.serving import Open, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEXT_PASSWORD = "另一句很长的口令 7"


def count(house: Place, action: str) -> int:
    with house.application.sessions() as session:
        return session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def end_sessions(house: Place, login: str) -> None:
    with house.application.sessions() as session, session.begin():
        person = session.scalars(select(User.id).where(User.login == login)).one()
        session.execute(update(UserSession).where(UserSession.user_id == person).values(revoked_at=func.now()))


def test_from_new_user_to_barred(open_as: Open, site: str) -> None:
    admin = open_as("admin")
    admin.goto(f"{site}/people/")
    admin.keyboard.press("n")
    admin.wait_for_url(f"{site}/people/new")
    admin.fill("#login", "yu.lan")
    admin.fill("#display", "余岚")
    admin.click("button:has-text('新建用户')")  # no role: refused, everything typed stays
    admin.wait_for_selector("main :text('至少选一个角色')")
    assert admin.input_value("#display") == "余岚"
    admin.check("input[value=counsel]")
    admin.click("button:has-text('新建用户')")
    once = admin.wait_for_selector("#once-password")
    assert once is not None
    password = once.inner_text()
    newcomer = open_as(None)
    newcomer.goto(f"{site}/signin")
    newcomer.fill("#login", "yu.lan")
    newcomer.fill("#password", password)
    newcomer.click("button.b-primary")
    newcomer.wait_for_url(f"{site}/settings#password")
    newcomer.goto(f"{site}/cases/")
    newcomer.wait_for_url(f"{site}/settings#password")
    newcomer.fill("#current", password)
    newcomer.fill("#new", NEXT_PASSWORD)
    newcomer.click("button:has-text('更换密码')")
    newcomer.wait_for_url(lambda url: "/signin" in url)
    newcomer.fill("#login", "yu.lan")
    newcomer.fill("#password", NEXT_PASSWORD)
    newcomer.click("button.b-primary")
    newcomer.wait_for_url(f"{site}/")
    assert newcomer.goto(f"{site}/cases/").status == 200  # type: ignore[union-attr]
    admin.goto(f"{site}/people/yu.lan")
    admin.click("summary:has-text('停用账号')")
    admin.fill("#bar-reason", "试用结束")
    admin.click("button:has-text('停用账号')")
    admin.wait_for_selector("#toasts :text('已停用')")
    newcomer.goto(f"{site}/cases/")
    newcomer.wait_for_url(lambda url: "/signin" in url)


def test_the_auditor_reads_the_trail_checks_it_and_is_refused_content(open_as: Open, site: str) -> None:
    page = open_as("zhong")
    page.goto(f"{site}/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(f"{site}/audit/")
    page.keyboard.press("v")
    page.wait_for_selector("#toasts :text('链条完整')")
    page.click("a.chip:has-text('人员与权限变更')")
    page.wait_for_selector("[aria-current]:has-text('人员与权限变更')")
    with page.expect_download() as told:
        page.click("button:has-text('导出 CSV')")
    body = Path(told.value.path()).read_bytes()
    head, _blank, table = body.partition(b"\r\n\r\n")
    assert hashlib.sha256(table).hexdigest() in head.decode("utf-8-sig")
    answer = page.goto(f"{site}/cases/{CASE}")
    assert answer is not None
    assert answer.status == 403
    assert page.locator(".rail").is_visible()
    assert page.locator("h1").inner_text() == "这里需要另一项权限"


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(open_as: Open, site: str, house: Place) -> None:
    page = open_as("admin")
    page.goto(f"{site}/people/gao")
    page.check("input[value=archivist]")
    page.fill("#reason", "兼管档案")
    end_sessions(house, "admin")
    changed = count(house, "user.changed")
    page.click("button:has-text('变更角色')")
    page.wait_for_selector("#again[open]")
    assert page.input_value("#reason") == "兼管档案"
    page.fill("#again-password", "不对的口令")
    page.click("#again button.b-primary")
    page.wait_for_selector("#again [role=alert]:not([hidden])")
    page.fill("#again-password", PASSWORD)
    page.click("#again button.b-primary")
    page.wait_for_selector("#toasts :text('角色已变更')")
    assert count(house, "user.changed") == changed + 1
    assert page.is_checked("input[value=archivist]")


def test_the_keyboard_alone(open_as: Open, site: str) -> None:
    page = open_as("lin")
    page.goto(f"{site}/")
    page.keyboard.press("j")
    assert page.locator("[data-row].on").count() == 1
    first = page.locator("[data-row].on").inner_text()
    page.keyboard.press("j")
    assert page.locator("[data-row].on").inner_text() != first
    page.keyboard.press("k")
    assert page.locator("[data-row].on").inner_text() == first
    page.keyboard.press("?")
    assert page.locator("#keys[open]").is_visible()
    assert "用户与角色" not in page.locator("#keys").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#keys[open]").count() == 0
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(f"{site}/cases/")
    page.keyboard.press("/")
    page.keyboard.type("gt")  # letters in a field are letters
    assert page.input_value("input[name=q][data-key='/']") == "gt"
    assert page.url == f"{site}/cases/"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url(f"{site}/")


def test_refused_and_odd_states_are_accessible_and_whole(open_as: Open, site: str) -> None:
    """What the walk over every page does not meet; each in one look."""
    wrong: list[str] = []
    pages = {"admin": ("/people/?q=zzz", "/cases/"), "zhong": ("/audit/?since=x", "/audit/?case=none", "/")}
    for login, paths in pages.items():
        page = open_as(login, 390, "dark", "en")
        for path in paths:
            page.goto(site + path)
            wrong += [f"{path} {fault}" for fault in faults(page)]
            wrong += [f"{path} sideways {place}" for place in page.evaluate(SIDEWAYS)]
            wrong += [f"{path} cut {place}" for place in page.evaluate(CUT)]
    assert wrong == []


def test_the_stage_moves_by_itself_and_ends(house: Place, chromium: Chromium) -> None:
    hops = [(n, f"第{n}步", f"hop {n}") for n in range(1, 11)]
    writer = BoardWriter(house.settings.data_dir, hops, [Entry("lin", "林知远", "counsel", PASSWORD)])
    with served(house.app(demo=True)) as site:
        context = chromium.new_context(viewport={"width": 390, "height": 900}, reduced_motion="reduce", locale="zh-CN")
        page = context.new_page()
        page.goto(f"{site}/demo/?key={writer.board.key}")
        writer.hear({"hop": 1, "event": "start", "zh": "", "en": "", "done": 0, "total": 0})
        page.wait_for_selector("li.running:has-text('第1步')")
        assert faults(page) == []
        for hop in range(1, 11):
            writer.hear({"hop": hop, "event": "done", "zh": "", "en": "", "done": 0, "total": 0})
        writer.finish(ok=True)
        page.wait_for_selector("h1:has-text('示例案件已播放完')")
        page.wait_for_selector("#hops:not([hx-get])")
        assert page.evaluate(SIDEWAYS) == []
        page.click("button:has-text('进入')")
        page.wait_for_url(f"{site}/")
        context.close()
