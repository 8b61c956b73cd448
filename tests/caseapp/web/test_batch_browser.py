"""A batch, an upload and a sent address in the real Chromium: progress moves, nothing is clipped, axe finds nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.caseapp.web.house import Place
from tests.caseapp.web.leads import finish, leads
from tests.caseapp.web.quality import HAN_LEFT, SIDEWAYS, faults
from tests.caseapp.web.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
LOOKS = (("zh", "light", 1440), ("en", "dark", 390))


@pytest.fixture
def house(place: Place) -> Place:
    """Every test changes what it finds: a copy of its own."""
    return place


@pytest.fixture
def site(house: Place) -> Iterator[str]:
    with served(house.app()) as address:
        yield address


def looked_at(page: Page, name: str, language: str, folder: Path) -> None:
    assert faults(page) == [], name
    assert page.evaluate(SIDEWAYS) == [], name
    if language == "en":
        assert page.evaluate(HAN_LEFT) == [], name
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def test_progress_moves_and_the_acts_change_it_without_a_reload(
    house: Place, site: str, open_as: Callable[..., Page]
) -> None:
    numbers = leads(house)
    page = open_as("gao")
    page.goto(f"{site}/inbox/")
    page.evaluate("() => { window.stays = true; }")
    now = page.locator(".batch-now")
    expect(now).to_contain_text("4 / 6 条已结束")
    finish(house.application, house, numbers[3])
    expect(now).to_contain_text("5 / 6 条已结束", timeout=6000)
    now.get_by_role("button", name="暂停").click()
    expect(page.locator(".batch-now")).to_contain_text("已暂停 1")
    page.locator(".batch-now").get_by_role("button", name="未取得的全部重取").click()
    expect(page.locator(".batch-now")).to_contain_text("排队 2")
    page.locator(".batch summary").click()
    page.get_by_placeholder("为什么取消").fill("粘错了")
    page.locator(".batch form").get_by_role("button", name="取消排队中的").click()
    expect(page.locator(".batch-now")).to_have_count(0)
    assert page.evaluate("() => window.stays")


@pytest.mark.parametrize("look", [LOOKS[0], pytest.param(LOOKS[1], marks=pytest.mark.full)], ids=str)
def test_the_pages_are_whole(
    house: Place, site: str, open_as: Callable[..., Page], look: tuple[str, str, int], tmp_path: Path
) -> None:
    folder, (language, theme, width) = tmp_path / "shots", look
    leads(house)
    page = open_as("gao", width, theme, language)
    page.goto(f"{site}/inbox/")
    looked_at(page, f"batch-{width}", language, folder)
    page.goto(f"{site}/inbox/send")
    looked_at(page, f"send-{width}", language, folder)
    page.goto(f"{site}/inbox/send?url=https://weixun.test/u/2")
    expect(page.locator("textarea[name=urls]")).to_be_visible()
    page.goto(f"{site}/evidence/upload?url=https://weixun.test/u/1")
    looked_at(page, f"upload-{width}", language, folder)
    page.set_input_files("#file", {"name": "shot.png", "mimeType": "image/png", "buffer": PNG})
    page.locator("select[name=device]").select_option("phone")
    page.locator("main form button.b-primary").click()
    expect(page).to_have_url(re.compile(r"/evidence/(?!upload)"))
    looked_at(page, f"uploaded-{width}", language, folder)
