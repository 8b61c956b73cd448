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
