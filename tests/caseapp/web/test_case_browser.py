"""The case page in the real Chromium: tabs, a party, a letter, a proven loss reviewed by another, the bundle."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from caseapp import jobs
from caseapp.models import Job
from caseapp.web.filters import BEIJING
from tests.caseapp.web.house import Place
from tests.caseapp.web.notice_house import picture
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.routes import CASE
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.furnished]


def whole(page: Page) -> None:
    assert faults(page) == []
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CUT) == []


def walk(page: Page, home: str) -> None:
    """The tabs by mouse and keyboard; back leads back, addresses are stable."""
    page.goto(home)
    whole(page)
    page.click("nav.tabs a:has-text('内容')")
    page.wait_for_url("**/posts")
    page.locator("nav.tabs a:has-text('证据')").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/evidence")
    page.go_back()
    page.wait_for_url("**/posts")
    assert "内容" in page.inner_text("nav.tabs [aria-current=page]")


def kept(page: Page, home: str, now: str) -> None:
    """A party and a letter with what came along."""
    page.goto(f"{home}/parties")
    form = page.locator("form[action$='/parties']").first
    if not form.is_visible():
        page.click("summary:has-text('加当事人')")
    form.locator("[name=name]").fill("山石知野科技有限公司")
    form.locator("button").click()
    page.wait_for_selector("td:has-text('山石知野')")
    page.goto(f"{home}/correspondence")
    form = page.locator("form[enctype]")
    if not form.is_visible():
        page.click("summary:has-text('登记来往')")
    for name, value in (("party", "微汛"), ("subject", "请补正材料"), ("at", now)):
        form.locator(f"[name={name}]").fill(value)
    page.set_input_files("#proof", {"name": "来函.png", "mimeType": "image/png", "buffer": picture()})
    form.locator("button.b-primary").click()
    page.wait_for_selector("tr:has-text('请补正材料') td:has-text('证')")


def lost(page: Page, site: str) -> str:
    """A loss with its exhibit, handed in; its address."""
    page.goto(f"{site}/damages/add?case={CASE}")
    for name, value in (("title", "检测费"), ("amount", "3200.00")):
        page.fill(f"main [name={name}]", value)
    page.select_option("main [name=head]", "D5")
    page.click("main button:has-text('加上')")
    page.wait_for_selector("#evidence")
    page.locator("#evidence").select_option(index=1)
    page.click("button:has-text('附上凭证')")
    page.wait_for_selector("button:has-text('撤下'), summary:has-text('撤下')")
    page.locator(".next button.b-primary").click()
    page.wait_for_selector("text=等第二人复核")
    return page.url


def test_the_case_from_tabs_to_bundle(house: Place, site: str, open_as: Open) -> None:
    now = f"{house.application.clock().astimezone(BEIJING) - timedelta(minutes=2):%Y-%m-%dT%H:%M}"
    lin, zhou, su = open_as("lin"), open_as("zhou"), open_as("su")
    home = f"{site}/cases/{CASE}"
    walk(lin, home)
    kept(lin, home, now)
    item = lost(lin, site)
    lin.goto(f"{home}/damages")
    assert "3,200.00" in lin.inner_text("main")
    whole(lin)
    zhou.goto(item)
    zhou.locator(".next button.b-primary").click()
    zhou.wait_for_selector("#toasts :text('已复核')")
    lin.goto(f"{home}/bundle")
    lin.fill("[name=words]", "起诉")
    lin.click("button:has-text('生成材料包')")
    lin.wait_for_selector("#bundles:has-text('排队中')")
    lin.goto(home)  # the page is left; the job goes on
    with house.application.sessions() as session:
        key = session.scalars(select(Job.id).where(Job.kind == "bundle")).one()
    assert jobs.perform(house.application, key)
    lin.goto(f"{home}/bundle")
    assert "下载" in lin.inner_text("#bundles")
    su.goto(item)
    assert su.locator(f"form[action^='{item.removeprefix(site)}']").count() == 0
    answer = su.goto(f"{home}/bundle")
    assert answer is not None
    assert answer.status == 403
