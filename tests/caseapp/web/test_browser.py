"""The pages in the real Chromium: accessible, whole at every width, quiet under their policy, usable by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.caseapp.web.house import NASTY, Place
from tests.caseapp.web.quality import SIDEWAYS, faults, settle
from tests.caseapp.web.routes import CASE, ITEM
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = 390


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_before_sign_in(open_as: Open, site: str, width: int, language: str) -> None:
    for theme in ("light", "dark"):
        page = open_as(None, width, theme, language)
        page.goto(site + "/signin")
        assert faults(page) == []
        assert page.evaluate(SIDEWAYS) == []


def test_an_error_page_is_accessible(open_as: Open, site: str) -> None:
    page = open_as("lin", 390, "dark")
    answer = page.goto(site + "/nowhere")
    assert answer is not None
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "没有找到这一页"
    assert faults(page) == []


def test_the_screenshot_opens_zooms_and_is_read_by_wheel(open_as: Open, site: str) -> None:
    page = open_as()
    page.goto(f"{site}/evidence/{ITEM}")
    settle(page)
    page.wait_for_function("() => document.getElementById('zoom').textContent.endsWith('%')")
    before = page.inner_text("#zoom")
    page.click("[data-view=in]")
    page.wait_for_function("(old) => document.getElementById('zoom').textContent !== old", arg=before)
    assert page.locator(".fb.osd").count() == 2
    page.click("[data-view=boxes]")
    assert page.locator(".fb.osd >> visible=true").count() == 0
    assert page.locator(".viewer .map img").count() > 0
    page.wait_for_function("() => [...document.querySelectorAll('.map img')].every((i) => i.naturalWidth)")
    page.click("[data-view=top]")
    top = page.evaluate("() => document.querySelector('.map i').style.top")
    page.hover("#viewer .canvas")
    page.mouse.wheel(0, 900)
    page.wait_for_function("(old) => document.querySelector('.map i').style.top !== old", arg=top)


def test_verifying_swaps_the_result_in_place(open_as: Open, site: str) -> None:
    page = open_as()
    page.goto(f"{site}/evidence/{ITEM}")
    settle(page)
    page.click(".acts button:has-text('校验')")
    page.wait_for_selector("#verify .checks li")
    assert "全部相符" in page.inner_text("#verify")
    assert "verify" not in page.url
    assert faults(page) == []


def test_exporting_downloads_one_file(open_as: Open, site: str, tmp_path: Path) -> None:
    page = open_as()
    page.goto(f"{site}/evidence/{ITEM}")
    deed = page.locator("details", has=page.locator("summary:has-text('导出证据包')"))
    deed.locator("summary").click()
    deed.locator("input[name=reason], textarea[name=reason]").fill("提交法院")
    with page.expect_download() as found:
        deed.locator("button").click()
    assert found.value.suggested_filename.endswith(".zip")


def test_by_keyboard_alone(open_as: Open, site: str) -> None:
    page = open_as()
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.name") == "q"
    page.keyboard.type("证-2026-000001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/evidence/**")
    page.locator("details.who-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details.who-menu[open] .menu >> visible=true").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("details.who-menu[open]").count() == 0


def test_a_long_hostile_title_breaks_no_page(open_as: Open, site: str, house: Place) -> None:
    with house.application.engine.begin() as connection:
        before = connection.execute(text("SELECT id, title FROM cases")).all()
        connection.execute(text("UPDATE cases SET title = :title"), {"title": NASTY * 5})
    try:
        page = open_as("lin", 390)
        for path in ("/cases/", f"/cases/{CASE}", f"/find?q={'长' * 40}"):
            page.goto(site + path)
            assert page.evaluate(SIDEWAYS) == []
    finally:
        with house.application.engine.begin() as connection:
            for key, title in before:
                connection.execute(text("UPDATE cases SET title = :t WHERE id = :k"), {"t": title, "k": key})
