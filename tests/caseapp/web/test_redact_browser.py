"""A redacted copy in Chromium: a rectangle drawn with the mouse, finds unticked, the preview live, the copy made."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from caseapp.models import EvidenceItem
from tests.caseapp.web.house import Place
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.serving import Open
from tests.caseapp.web.test_redact_pages import PHONE, original, run

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.full]


def test_a_mask_is_drawn_seen_and_made(open_as: Open, site: str, house: Place, tmp_path: Path) -> None:
    number = original(house, tmp_path / "o")
    page = open_as("xu")
    page.goto(f"{site}/evidence/{quote(number)}/redact?names=小葵")
    page.wait_for_selector(".veil")
    assert page.locator(".veil").count() == 1  # the place the rules propose
    text = page.locator("pre.text-copy")
    assert PHONE not in text.inner_text()
    page.locator("input[name=find]").nth(1).uncheck()
    assert PHONE in text.inner_text()
    page.locator("input[name=find]").nth(1).check()
    assert "█" * 11 in text.inner_text()
    page.click("#draw")
    pane = page.locator(".viewer .canvas").bounding_box()
    assert pane is not None
    page.mouse.move(pane["x"] + 60, pane["y"] + 50)
    page.mouse.down()
    page.mouse.move(pane["x"] + 160, pane["y"] + 110, steps=4)
    page.mouse.up()
    row = page.locator("#rows fieldset").first
    drawn = [int(row.locator(f"[name={side}]").input_value()) for side in ("left", "top", "width", "height")]
    assert min(drawn) > 0
    assert page.locator(".veil").count() == 2
    page.locator("#rows [name=left]").nth(1).fill("10")
    for side, value in (("top", "20"), ("width", "30"), ("height", "40")):
        page.locator(f"#rows [name={side}]").nth(1).fill(value)
    assert page.locator(".veil").count() == 3
    assert "3" in page.inner_text("#drawn")
    folder = os.environ.get("BIANWU_LOOK")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.evaluate(
                "(t) => { document.documentElement.dataset.theme = document.documentElement.dataset.bsTheme = t; }",
                theme,
            )
            assert page.evaluate(SIDEWAYS) == []
            assert page.evaluate(CUT) == []
            if folder:
                page.screenshot(path=f"{folder}/redact-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert faults(page) == []
    page.fill("#reason", "交给平台，遮去旁人")
    page.click("button:has-text('制作并封存副本')")
    page.wait_for_selector("#redacting:has-text('排队中')")
    run(house)
    page.wait_for_selector("#redacting:has-text('遮盖副本已登记')")
    page.click("#redacting a")
    page.wait_for_selector("text=这是遮盖副本，不是原件")
    if folder:
        page.wait_for_timeout(800)
        page.screenshot(path=f"{folder}/copy.png", full_page=True)
    with house.application.sessions() as session:
        copy = session.scalars(select(EvidenceItem).where(EvidenceItem.derived_from_id.is_not(None))).one()
    assert copy.facts["redaction"]["boxes"] == 3
