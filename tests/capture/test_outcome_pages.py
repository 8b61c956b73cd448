"""The classifier on whole pages of every outcome, read by the real browser with our own script."""

from collections.abc import Iterator
from importlib import resources
from typing import get_args

import pytest
from playwright.sync_api import Page, sync_playwright

from capture.adapters import GENERIC
from capture.models import OutcomeKind
from capture.outcome import Seen, classify
from tests.capture.outcome_pages import PAGES, FixturePage
from tests.caseapp.web.serving import launch

URL = "https://weixun.test/9900000101/PX260810A017"
READ = resources.files("capture").joinpath("scripts", "read.js").read_text("utf-8")
PAINTED_MS = 40  # the dialogs of the pages come in after ten


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_page()
        browser.close()


def test_there_are_enough_of_every_outcome() -> None:
    assert len(PAGES) >= 60
    assert len({one.name for one in PAGES}) == len(PAGES)
    told_otherwise = {"file", "tls_failure", "changed"}  # no page is shown; an earlier capture is needed
    assert {one.kind for one in PAGES} == set(get_args(OutcomeKind)) - told_otherwise


@pytest.mark.browser
@pytest.mark.parametrize("fixture", PAGES, ids=lambda one: one.name)
def test_a_page_is_what_it_is(fixture: FixturePage, page: Page) -> None:
    page.set_content(fixture.html)
    page.wait_for_timeout(PAINTED_MS)
    read = page.evaluate(READ)
    found = classify(
        Seen(
            url=URL,
            url_final=fixture.final or URL,
            status=fixture.status,
            title=read["title"],
            text=read["text"],
            password_fields=read["password_fields"],
        ),
        GENERIC.phrases,
    )
    assert found.kind == fixture.kind, (found, read["text"])
