"""A statement on a phone in the real Chromium: drafted, filled in, submitted, returned, sent again, approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.caseapp.web.document_house import FILLED, HOME, status
from tests.caseapp.web.house import Place
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.routes import CASE
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.furnished]


def whole(page: Page) -> None:
    assert faults(page) == []
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CUT) == []


def said(page: Page, words: str) -> None:
    page.wait_for_selector(f"#toasts :text('{words}')")


def fill_in(page: Page, site: str, **more: str) -> None:
    """Fill in what the draft lacks, with a line added to each list that has none, and save."""
    page.goto(f"{site}{HOME}/edit")
    for name in ("statement.actions", "statement.channels"):
        if not page.locator(f"[name='{name}.0']").count() and not page.locator(f"[name^='{name}.0']").count():
            page.click(f"button[name=add][value='{name}']")
            page.wait_for_selector(f"[name^='{name}.0']:not([type=hidden])")
    for name, value in (FILLED | more).items():
        field = page.locator(f"[name='{name}']:not([type=hidden])")
        if field.count():
            field.fill(value)
    page.click("button:has-text('存为新稿'):visible")
    said(page, "已存为第")


def submit(page: Page, site: str) -> None:
    page.goto(f"{site}{HOME}")
    page.click("a:has-text('核对并送审')")
    page.click("form[action$='/submit'] button")
    said(page, "已送审")


def approve(page: Page, site: str, words: str) -> None:
    page.goto(f"{site}/documents/")
    page.click(".next-strip a:has-text('审阅')")
    page.evaluate("() => { window.stays = true; }")
    page.dblclick("form[action$='/approve'] button")
    said(page, words)
    assert page.evaluate("() => window.stays") is True


def test_drafted_returned_and_approved_on_a_phone(house: Place, site: str, open_as: Open) -> None:
    lin, su = open_as("lin", 390), open_as("su", 390)
    lin.goto(f"{site}/cases/{CASE}/documents")
    lin.click("a:has-text('起草文书')")
    lin.click("button:has-text('起草第 1 稿')")
    said(lin, "已起草第 1 稿")
    lin.goto(f"{site}{HOME}")
    whole(lin)
    assert lin.locator(".blank").count() >= 5
    fill_in(lin, site)
    submit(lin, site)
    lin.goto(f"{site}{HOME}/review")
    assert "您起草或送审了这一稿" in lin.inner_text(".decide")
    assert lin.locator("form[action$='/approve']").count() == 0
    su.goto(f"{site}{HOME}/review")
    whole(su)
    su.click(".decide summary:has-text('退回')")
    su.fill("#reason", "热线请用总机")
    su.click("button:has-text('退回起草人')")
    said(su, "已退回起草人")
    assert status(house, 2) == "changes_requested"
    lin.goto(f"{site}{HOME}")
    assert "热线请用总机" in lin.inner_text(".approve")
    fill_in(lin, site, **{"statement.hotline": "000-5550-0100"})
    submit(lin, site)
    su.goto(f"{site}{HOME}/review")
    assert "比上一稿改了 1 处" in su.inner_text("main")
    assert "0100" in su.inner_text("ins >> nth=0") or su.locator("del").count()
    whole(su)
    approve(su, site, "已批准，交下一步")
    approve(open_as("zhou", 390), site, "已批准，交下一步")
    approve(open_as("han", 390), site, "已批准并定稿")
    assert status(house, 3) == "approved"


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(390, "dark", "en"), (1440, "dark", "zh"), (1440, "light", "en")]
)
def test_every_page_of_a_document_is_whole(site: str, open_as: Open, width: int, theme: str, language: str) -> None:
    page = open_as("lin", width, theme, language)
    for path in (
        "/documents/",
        HOME,
        f"{HOME}/v/3?view=changes&tab=versions",
        f"{HOME}/leave",
        f"{HOME}/edit",
        f"{HOME}/words",
    ):
        page.goto(site + path)
        whole(page)
