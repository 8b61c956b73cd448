"""The pages in the real Chromium: pictures load when scrolled to, folds open, nothing leaves the machine."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from caseapp.demo.case_data import load_case
from caseapp.demo.site import LocalPlatforms

CASE = load_case()
CHROMIUM = os.environ.get("BIANWU_CHROMIUM") or shutil.which("chromium") or ""
WIDTHS = (1280, 390)
EXTRA = (
    "https://weixun.test/",
    "https://zhiye.test/",
    "https://lanjiangbbs.test/",
    "https://weixun.test/9900000101",
    "https://weixun.test/help/tort",
    "https://weixun.test/signin",
    "https://zhiye.test/unhuman",
    "https://www.muhe-food.test/news/20260813",
    "https://scjg.lanjiang-tc.test/notice/20260813.html",
    "https://zhiye.test/question/6600881",
)

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def browser(served: LocalPlatforms) -> Iterator[Browser]:
    rules = f"--host-resolver-rules=MAP *.test:443 127.0.0.1:{served.port}"
    with sync_playwright() as playwright:
        # The pages are under test here, not the sandbox; the capture engine's own tests prove that one.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", rules])
        yield running
        running.close()


@pytest.fixture
def tab(browser: Browser, platforms: LocalPlatforms, request: pytest.FixtureRequest) -> Iterator[Page]:
    width = getattr(request, "param", WIDTHS[0])
    context = browser.new_context(viewport={"width": width, "height": 800}, ignore_https_errors=True, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


def scroll_down(page: Page) -> None:
    step = "() => { scrollBy(0, 400); return innerHeight + scrollY >= document.documentElement.scrollHeight - 2 }"
    for _ in range(60):
        page.wait_for_timeout(40)
        if page.evaluate(step):
            page.wait_for_timeout(200)
            if page.evaluate(step):
                return


@pytest.mark.full
@pytest.mark.parametrize("tab", WIDTHS, indirect=True)
def test_every_page_is_whole_and_keeps_to_itself(tab: Page) -> None:
    asked: list[str] = []
    broken: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: broken.append(str(error)))
    for url in (*(post.url for post in CASE.posts), *EXTRA):
        tab.goto(url)
        scroll_down(tab)
        assert tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), url
        tab.wait_for_function("() => [...document.images].every(i => i.complete && i.naturalWidth > 0)")
        assert tab.locator(".fictional").inner_text().startswith("示例·虚构")
    assert not broken
    assert {url for url in asked if ".test/" not in url.split("?")[0]} == set()


def test_pictures_wait_until_they_are_scrolled_to(tab: Page, platforms: LocalPlatforms) -> None:
    tab.goto(platforms.url("post-01"))
    waiting = "() => document.querySelectorAll('img[data-src]').length"
    assert tab.evaluate(waiting) > 0
    scroll_down(tab)
    assert tab.evaluate(waiting) == 0


def test_unfolding_shows_exactly_the_text(tab: Page, platforms: LocalPlatforms) -> None:
    for key in ("post-01", "post-03", "post-08", "post-13"):
        record = CASE.post(key)
        platforms.advance(record.metrics[0].at)
        tab.goto(record.url)
        text = tab.locator(".post .words").first
        assert text.inner_text() != record.text
        tab.locator("button.unfold").click()
        assert text.inner_text() == record.text


def test_more_comments_load_on_a_click_and_on_scrolling(tab: Page, platforms: LocalPlatforms) -> None:
    tab.goto(platforms.url("post-03"))
    assert tab.locator("#remarks > li").count() == 5
    tab.get_by_role("button", name="查看更多评论").click()
    tab.wait_for_function("() => document.querySelectorAll('#remarks > li').length === 10")
    tab.goto(platforms.url("post-13"))
    scroll_down(tab)
    tab.wait_for_function("() => document.querySelectorAll('#remarks > li').length === 7")


def test_a_removed_post_shows_only_the_words(tab: Page, platforms: LocalPlatforms) -> None:
    words = platforms.remove("post-04")
    tab.goto(platforms.url("post-04"))
    assert tab.locator("h1").inner_text() == words
    assert "88号" not in tab.locator("body").inner_text()
