"""In the real Chromium: sessions that end in a form, two tabs, double clicks, the back button, long jobs, the keys."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import func, select, update

from caseapp import jobs
from caseapp.models import Case, Correspondence, Job, Task, UserSession
from tests.caseapp.web.house import PASSWORD, Place
from tests.caseapp.web.quality import faults
from tests.caseapp.web.routes import CASE, ITEM
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.furnished]
STAYS = "() => { window.stays = true; }"
STAYED = "() => window.stays === true"


def count(house: Place, entity: type, *conditions: object) -> int:
    with house.application.sessions() as session:
        found = select(func.count()).select_from(entity).where(*conditions)  # type: ignore[arg-type]
        return session.scalar(found) or 0


def end_every_session(house: Place) -> None:
    with house.application.engine.begin() as connection:
        connection.execute(update(UserSession).values(revoked_at=UserSession.created_at, revoked_by="test"))


def letter(page: Page, site: str, words: str) -> None:
    """Fill in the long form of a letter."""
    page.goto(f"{site}/cases/{CASE}/correspondence")
    page.click("summary:has-text('登记来往')")
    page.select_option("#direction", index=1)
    page.select_option("#channel", index=1)
    page.fill("#party", "澜江区市场监督管理局")
    page.fill("#at", "2026-11-20T10:00")
    page.fill("#subject", words)
    page.fill("#body", "电话里说收到材料，七日内答复。" * 40)


def test_a_session_that_ends_in_a_long_form_loses_no_word_and_sends_once(
    house: Place, site: str, open_as: Open
) -> None:
    page = open_as()
    letter(page, site, "来电问询")
    expect(page.locator("[data-saved]")).to_contain_text("已保存")  # kept while the session lived
    page.evaluate(STAYS)
    end_every_session(house)
    page.click("button:has-text('登记'):visible >> nth=-1")
    again = page.locator("#again")
    expect(again).to_be_visible()
    assert page.input_value("#subject") == "来电问询"
    assert count(house, Correspondence) == 0
    assert faults(page) == []
    again.locator("[name=password]").fill("不对的密码 1234")
    again.locator("button[type=submit], button:not([type])").first.click()
    expect(again.locator("[role=alert]")).to_be_visible()
    again.locator("[name=password]").fill(PASSWORD)
    again.locator("button[type=submit], button:not([type])").first.click()
    expect(page.locator("#toasts")).to_contain_text("登记")
    expect(again).not_to_be_visible()
    assert page.evaluate(STAYED)
    expect(page.locator("tbody tr")).to_have_count(1)
    assert count(house, Correspondence, Correspondence.subject == "来电问询") == 1


def test_typing_into_a_form_of_an_ended_session_asks_and_keeps_the_words(
    house: Place, site: str, open_as: Open
) -> None:
    page = open_as()
    page.goto(f"{site}/cases/{CASE}/correspondence")
    page.click("summary:has-text('登记来往')")
    end_every_session(house)
    page.fill("#subject", "还没写完的一句")
    expect(page.locator("#again")).to_be_visible()  # the autosave met the ended session
    page.locator("#again [name=password]").fill(PASSWORD)
    page.locator("#again button[type=submit], #again button:not([type])").first.click()
    expect(page.locator("#again")).not_to_be_visible()
    assert page.input_value("#subject") == "还没写完的一句"
    page.goto(f"{site}/")
    page.goto(f"{site}/cases/{CASE}/correspondence")
    page.click("summary:has-text('登记来往')")
    expect(page.locator("#subject")).to_have_value("还没写完的一句")


def test_two_tabs_see_both_versions_and_overwrite_nothing(house: Place, site: str, open_as: Open) -> None:
    context = open_as().context
    mine, theirs = context.new_page(), context.new_page()
    for tab, words in ((mine, "甲页改的题名"), (theirs, "乙页改的题名")):
        tab.goto(f"{site}/cases/{CASE}/edit")
        tab.fill("#title", words)
    theirs.click("main form:has(#title) button:has-text('保存')")
    theirs.wait_for_url("**/cases/*-0001")
    mine.evaluate(STAYS)
    mine.click("main form:has(#title) button:has-text('保存')")
    pair = mine.locator(".pair-x")
    expect(pair).to_contain_text("甲页改的题名")
    expect(pair).to_contain_text("乙页改的题名")
    assert mine.input_value("#title") == "甲页改的题名"
    assert mine.evaluate(STAYED)
    assert count(house, Case, Case.title == "乙页改的题名") == 1
    mine.click("main form:has(#title) button:has-text('保存')")  # having seen both
    mine.wait_for_url("**/cases/*-0001")
    assert count(house, Case, Case.title == "甲页改的题名") == 1


def test_a_double_click_makes_one_row_and_back_sends_nothing_again(house: Place, site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(f"{site}/cases/{CASE}/deadlines")
    page.click("a:has-text('加任务')")
    page.fill("#title", "按两下的任务")
    page.fill("#due_at", "2026-12-01T10:00")
    before = page.url
    page.dblclick("main button:has-text('加任务')")
    expect(page.locator("#toasts")).to_be_visible()
    page.wait_for_url(lambda url: url != before)
    after = page.url
    assert count(house, Task, Task.title == "按两下的任务") == 1
    page.go_back()
    page.wait_for_url(before)
    expect(page.locator("main h1")).to_have_text("加任务")
    page.go_forward()
    page.wait_for_url(after)
    expect(page.locator("main")).to_contain_text("按两下的任务")
    page.go_back()
    page.go_back()
    page.wait_for_url("**/deadlines")
    expect(page.locator("main .tabs [aria-current]")).to_contain_text("期限")
    assert count(house, Task, Task.title == "按两下的任务") == 1


def test_a_long_job_is_left_and_found_again_as_far_as_it_is(house: Place, site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(f"{site}/cases/{CASE}/bundle")
    page.fill("#words", "起诉用")
    page.click("button:has-text('生成材料包')")
    expect(page.locator("#bundles")).to_contain_text("排队中")
    page.goto(f"{site}/")
    with house.application.engine.begin() as connection:
        key = connection.execute(select(Job.id).where(Job.kind == "bundle")).scalar_one()
        connection.execute(update(Job).values(status="running", step="zip", step_done=2, step_total=3))
    page.goto(f"{site}/cases/{CASE}/bundle")
    expect(page.locator("#bundles")).to_contain_text("第 3 步，共 3 步")
    page.evaluate(STAYS)
    with house.application.engine.begin() as connection:
        connection.execute(update(Job).values(status="queued", step=None, step_done=0))
    jobs.perform(house.application, key)
    expect(page.locator("#bundles button:has-text('下载')")).to_be_visible(timeout=10_000)
    assert page.evaluate(STAYED)
    assert page.locator("#bundles[hx-get]").count() == 0  # nothing asks any more
    with page.expect_download() as found:
        page.click("#bundles button:has-text('下载')")
    assert found.value.suggested_filename.endswith(".zip")


def test_the_keyboard_map_says_what_the_keys_do(site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(site)
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    for words in ("下一行、上一行", "撤销刚才的操作", "全站搜索", "线索箱"):
        expect(keys).to_contain_text(words)
    assert faults(page) == []
    page.keyboard.press("j")  # asleep below a dialog
    assert page.locator("[data-row].on").count() == 0
    page.keyboard.press("?")
    expect(keys).not_to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()


def test_a_list_is_walked_and_opened_by_keys(site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(f"{site}/deadlines/")
    rows = page.locator("[data-row]")
    assert rows.count() >= 2
    page.keyboard.press("j")
    expect(rows.nth(0)).to_have_class("on")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class("on")
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class("on")
    leads = rows.nth(0).locator("[data-default], a[href]").first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(leads or "?"))
    page.go_back()
    page.keyboard.press("f")  # the list's own box; what is typed there is no command
    page.keyboard.type("jgt?")
    assert page.evaluate("() => document.activeElement.value") == "jgt?"
    assert page.url.endswith("/deadlines/")
    page.keyboard.press("Tab")
    page.goto(f"{site}/cases/{CASE}")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/notices/")


def test_an_item_prints_its_screenshot_at_full_length(site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(f"{site}/evidence/{ITEM}")
    page.wait_for_selector("#viewer[data-ready]")
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    assert page.locator(".on-paper").count() == 0  # nothing is fetched for paper before somebody prints
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.printed")
    ranges = page.locator(".on-paper figcaption").all_text_contents()
    assert ranges[0].startswith("0–")
    assert ranges[-1].endswith("–5,000 / 5,000 px")
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    pictures = [number for number, sheet in enumerate(paper.pages) if len(sheet.images)]
    assert pictures == list(range(len(ranges)))  # one strip a sheet, the first below the head
    assert "1 / " in paper.pages[0].extract_text()


def test_keys_can_be_switched_off(site: str, open_as: Open) -> None:
    page = open_as()
    page.goto(f"{site}/settings")
    page.click("form:has(#l-keys) button:has-text('停用')")
    page.goto(f"{site}/deadlines/")
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert page.locator("[data-row].on").count() == 0
    expect(page.locator("#keys")).not_to_be_visible()
