"""In the real Chromium: a disposal asked for, approved by another person, carried out, and the certificate taken."""

from __future__ import annotations

import pytest

from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.quality import CUT, SIDEWAYS
from tests.caseapp.web.serving import Open
from tests.caseapp.web.test_disposal_pages import an_approver, erase_now, ripe
from tests.caseapp.web.test_evidence_pages import entered

pytestmark = [pytest.mark.browser, pytest.mark.full]


def test_two_people_dispose_of_an_item(open_as: Open, site: str, house: Place) -> None:
    hand = Browser(house.app().test_client())
    hand.sign_in("xu")
    place_of = entered(hand)
    first = open_as("xu")
    first.goto(f"{site}{place_of}")
    first.click("summary:has-text('申请处置')")
    first.wait_for_selector("text=没有登记保管期限")  # said before anybody types a word
    ripe(house, place_of)
    first.reload()
    first.click("summary:has-text('申请处置')")
    first.fill("#step-request_disposal", "保管期限届满")
    first.fill("#dispose-basis", "个人信息保护法第四十七条（待核）")
    first.click("button:has-text('申请处置')")
    first.wait_for_selector("#toasts :text('须由另一人决定')")
    an_approver(house)
    second = open_as("su")
    second.goto(f"{site}{place_of}")
    second.click("summary:has-text('批准处置')")
    second.fill("#step-dispose", "核对无误")
    second.click("button:has-text('批准处置')")
    second.wait_for_selector("#toasts :text('已批准处置')")
    erase_now(house)
    second.goto(f"{site}{place_of}")
    second.wait_for_selector("text=原件已依法处置并抹除")
    for width in (1440, 390):
        second.set_viewport_size({"width": width, "height": 900})
        assert not second.evaluate(SIDEWAYS)
        assert not second.evaluate(CUT)
    with second.expect_download() as saved:
        second.click("text=销毁证明 PDF")
    assert saved.value.path().read_bytes().startswith(b"%PDF")
