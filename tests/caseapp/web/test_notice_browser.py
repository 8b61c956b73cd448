"""A notice from chosen posts to the platform's answers in the real Chromium, by two counsel; others are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from caseapp.web.filters import BEIJING
from tests.caseapp.web.house import Place
from tests.caseapp.web.notice_house import FRESH, approve_paper, picture, state_of, work_off
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.routes import CASE
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.furnished]
NEW = "函-2026-0002"


def pressed(page: Page, verb: str, words: str) -> None:
    """Press the filled button of the next step and read what the page then says; it was not loaded anew."""
    page.evaluate("() => { window.stays = true; }")
    page.click(f"#do button:has-text('{verb}')")
    page.wait_for_selector(f"#toasts :text('{words}')")
    assert page.evaluate("() => window.stays") is True


def filled(page: Page, act: str, verb: str, **fields: str) -> None:
    """Open another act, fill it in and send it."""
    form = page.locator(f"form[action$='/{act}']")
    if not form.locator("xpath=ancestor::details[@open]").count() and form.locator("xpath=ancestor::details").count():
        form.locator("xpath=ancestor::details/summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("(el) => el.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator(f"button:has-text('{verb}')").click()


def whole(page: Page) -> None:
    assert faults(page) == []
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CUT) == []


def test_from_chosen_posts_to_a_refusal_and_a_removal(house: Place, site: str, open_as: Open) -> None:
    lin, zhou = open_as("lin"), open_as("zhou")
    lin.goto(f"{site}/cases/{CASE}/notices")
    lin.click("a:has-text('准备通知')")
    lin.wait_for_selector("text=不能列入")
    whole(lin)
    lin.locator("section:has(h2:has-text('知野')) input[name=post]").uncheck()
    lin.click("button:has-text('准备并起草')")
    lin.wait_for_url("**/notices/*-2026-0002")
    pressed(lin, "送审", "通知书已送审")
    approve_paper(house, NEW)
    lin.goto(f"{site}/notices/{NEW}")
    assert lin.locator("#do button").count() == 0
    zhou.goto(f"{site}/notices/{NEW}")
    pressed(zhou, "批准提交", "已批准")
    lin.goto(f"{site}/notices/")
    lin.click(f"tr:has-text('{NEW}') a:has-text('标记已提交')")
    pressed(lin, "标记已提交", "已标记提交")
    assert work_off(house) == [True]
    lin.fill("#receipt_no", "WX-RC-9")
    arrived = house.application.clock().astimezone(BEIJING) - timedelta(minutes=2)
    lin.fill("#do [name=at]", f"{arrived:%Y-%m-%dT%H:%M}")
    lin.set_input_files("#do [name=proof]", {"name": "回执.png", "mimeType": "image/png", "buffer": picture()})
    pressed(lin, "登记回执", "回执已登记并封存")
    assert "平台公示，非法定" in lin.inner_text(".docket")
    refusal = lin.locator("form[action$='/refuse']")
    refusal.locator("xpath=ancestor::details/summary").click()
    refusal.locator(f"label:has-text('{FRESH[1]}') input").uncheck()
    filled(lin, "refuse", "登记拒绝", words="需提供司法文书")
    lin.wait_for_selector("#toasts :text('被拒绝')")
    removal = lin.locator("form[action$='/measure']")
    removal.locator(f"label:has-text('{FRESH[0]}') input").uncheck()
    filled(lin, "measure", "登记处置", words="已删除", measure="removed")
    lin.wait_for_selector("#toasts :text('复查证实后才算下架')")
    table = lin.inner_text("#links")
    assert "需提供司法文书" in table
    assert "已删除" in table
    assert state_of(house, NEW) == "measure_taken"
    whole(lin)


@pytest.mark.parametrize("login", ["su", "xu"])
def test_viewer_and_archivist_record_nothing(house: Place, site: str, open_as: Open, login: str) -> None:
    page = open_as(login)
    page.goto(f"{site}/notices/{NEW}")
    assert page.locator("form[action$='/measure'], form[action$='/withdraw'], form[action$='/escalate']").count() == 0
    refused = page.evaluate(
        """async (path) => { const body = new FormData();
        body.append('csrf_token', document.querySelector('[name=csrf_token]').value); body.append('words', 'x');
        return (await fetch(path, {method: 'POST', body})).status; }""",
        f"/notices/{NEW}/withdraw",
    )
    assert refused in {403, 409}
    answer = page.goto(f"{site}/notices/prepare?case={CASE}")
    assert answer is not None
    assert answer.status == 403
    assert "您没有“准备侵权通知”的权限" in page.inner_text("main")


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "dark", "zh"), (390, "light", "en")])
def test_pages_are_whole_on_a_phone(site: str, open_as: Open, width: int, theme: str, language: str) -> None:
    page = open_as("lin", width, theme, language)
    for path in ("/notices/", f"/notices/{NEW}", f"/notices/prepare?case={CASE}", "/deadlines/", "/deadlines/tasks"):
        page.goto(site + path)
        whole(page)
