"""What the reading view hides of a page and what it leaves alone, in the real browser with our own script."""

from collections.abc import Iterator
from importlib import resources

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.capture.overlay_pages import OVERLAYS, POST, Overlay
from tests.caseapp.web.serving import launch

CLOSE = resources.files("capture").joinpath("scripts", "close_overlays.js").read_text("utf-8")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_page()
        browser.close()


EXPAND = resources.files("capture").joinpath("scripts", "expand.js").read_text("utf-8")
OPENS = (
    "展开", "展开全文", "点击展开", "展开阅读全文",
    "显示更多", "查看全部", "查看更多回复", "展开 12 条回复", "更多评论", "阅读原文", "全文",
    "展開全文", "Show more", "read more…", "See more", "Show all",
    "Continue reading", "View 3 replies", "Load more comments ▼",
)  # fmt: skip
STAYS = (
    "评论",
    "回复",
    "转发",
    "全文搜索",
    "更多",
    "展开新业务",
    "Comments",
    "View profile",
    "Expand your business",
    "登录后展开",
)


def test_what_unfolds_is_clicked_and_nothing_else(page: Page) -> None:
    buttons = "".join(f"<button onclick='this.dataset.hit=1'>{words}</button>" for words in (*OPENS, *STAYS))
    page.set_content(f"<meta charset=utf-8>{buttons}<a href='/away' onclick='this.dataset.hit=1'>展开全文</a>")
    clicked = page.evaluate(EXPAND, {"most": 60})
    assert {click["label"] for click in clicked} == set(OPENS)
    assert page.locator("[data-hit]").count() == len(OPENS)


def test_pictures_a_page_never_came_round_to_are_loaded_once(page: Page) -> None:
    size = "width=200 height=100"
    page.set_content(
        f"<img id=late data-src='/p/1.png' {size}><img id=blank src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' "
        f"data-original='//img.test/2.png' {size}><img id=own src='/p/3.png' {size}>"
        f"<img id=odd data-src='javascript:alert(1)' {size}><img id=tiny data-src='/p/4.png' width=1 height=1>"
    )
    page.wait_for_function("document.getElementById('blank').complete")
    done = page.evaluate(CLOSE, {"most": 60})["done"]
    assert [(act["selector"], act["kind"]) for act in done] == [("#late", "lazy"), ("#blank", "lazy")]
    assert page.get_attribute("#late", "src") == "/p/1.png"
    assert page.evaluate(CLOSE, {"most": 60})["done"] == []


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda one: one.name)
def test_what_lies_over_the_page_is_hidden_and_nothing_else(overlay: Overlay, page: Page) -> None:
    page.set_content(f"<meta charset=utf-8>{overlay.body}{POST}")
    found = page.evaluate(CLOSE, {"most": 60})
    done = {act["selector"]: act["kind"] for act in found["done"] if act["kind"] != "scroll_lock"}
    assert done == {f"#{name}": kind for name, kind in overlay.hidden.items()}
    assert {act["selector"]: act["kind"] for act in found["left"]} == {
        f"#{n}": kind for n, kind in overlay.left.items()
    }
    assert page.locator("#post").is_visible()
    assert all(not page.locator(f"#{name}").is_visible() for name in overlay.hidden)
    assert all(page.locator(f"#{name}").is_visible() for name in overlay.left)
    locked = {act["selector"] for act in found["done"] if act["kind"] == "scroll_lock"}
    assert locked == ({"html", "html > body"} if "overflow:hidden" in overlay.body else set())
    for act in found["done"]:
        assert act["at"]
        assert act["what"]
        assert len(act["box"]) == 4
