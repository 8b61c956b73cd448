"""A disposed item on every page: said plainly, nothing given out, no page broken; the certificate is signed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from caseapp import jobs
from caseapp.models import Case, Disposal, EvidenceItem, User
from caseapp.services.disposal_papers import check_certificate
from caseapp.services.erasing import sweep_erasures
from caseapp.services.work import open_work, system_actor
from evidence_store.errors import EvidenceError
from evidence_store.trust import Trust
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import CASE, ITEM, VALUES, address, rules
from tests.caseapp.web.test_evidence_pages import custody, entered, ripe, row_of

Visit = Callable[[str], Browser]
BASIS = "个人信息保护法第四十七条（待核）"


def erase_now(place: Place) -> None:
    """What the worker does after the approval."""
    for key in list(dict.fromkeys(place.application.queue.waiting)):
        jobs.perform(place.application, key)


def an_approver(place: Place, login: str = "su") -> None:
    with open_work(place.application, system_actor("test")) as work:
        work.session.scalars(select(User).where(User.login == login)).one().roles = ["archivist"]


def test_from_request_to_certificate(visit: Visit, place: Place) -> None:
    first = visit("xu")
    place_of = entered(first)
    ripe(place, place_of)
    asked = {"reason": "保管期限届满", "basis": BASIS}
    assert first.post(f"{place_of}/steps/request_disposal", **asked).status_code == 303
    assert first.get(f"{place_of}/disposal.pdf").status_code == 404
    an_approver(place)
    second = visit("su")
    assert second.post(f"{place_of}/steps/dispose", reason="同意").status_code == 303
    assert "等待抹除" in second.get(place_of).text
    erase_now(place)
    item = row_of(place, place_of)
    assert custody(place, item.id)[-1] == "erase"
    page = second.get(place_of).text
    for words in ("原件已依法处置并抹除", BASIS, "保管期限届满", "销毁证明 PDF"):
        assert words in page
    for path in ("files/合同.pdf", "thumb.jpg", "replay"):
        answer = second.get(f"{place_of}/{path}")
        assert answer.status_code == 410, path
        assert "已依法处置" in answer.text
    for path in ("verify", "export"):
        answer = second.post(f"{place_of}/{path}", reason="x")
        assert (answer.status_code, "已依法处置" in answer.text) == (410, True), path
    assert row_of(place, place_of).seal_state != "mismatch"
    pdf, note = (second.client.get(f"{place_of}/disposal.{kind}", buffered=True) for kind in ("pdf", "note"))
    assert (pdf.status_code, note.status_code) == (200, 200)
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.data)).pages).replace("\n", "")
    for part in ("销毁证明", "处-", str(item.package_id)[:32], BASIS):
        assert part in text, part
    trust = Trust.load(place.settings.data_dir / "trust.json")
    assert check_certificate(pdf.data, note.data, trust).startswith("处-")
    with pytest.raises(EvidenceError):
        check_certificate(pdf.data + b" ", note.data, trust)


@pytest.mark.full
def test_no_page_breaks_over_a_disposed_item(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        item = work.get_no(EvidenceItem, ITEM)
        work.get_no(Case, CASE).legal_hold = False
        work.change(item, status="disposed", disposal_requested_by="a", disposed_by="b", disposed_at=work.now)
        work.add(
            Disposal(no="处-2026-0001", evidence_id=item.id, reason="届满", basis=BASIS, requested_by="a",
                     requested_name="甲", requested_at=work.now, decision="approved", decided_by="b", decided_name="乙",
                     decided_at=work.now, decision_reason="同意")
        )  # fmt: skip
        sweep_erasures(work)
    erase_now(place)
    lin, seen = visit("lin"), 0
    app = lin.client.application
    for rule in rules(app, "GET"):
        if set(rule.arguments) - VALUES.keys():
            continue
        answer = lin.client.get(address(app, rule), buffered=True)
        assert answer.status_code < 500, (rule.rule, answer.status_code)
        seen += answer.status_code == 200
    assert seen > 40
    page = lin.get(f"/evidence/{ITEM}").text
    assert "原件已依法处置" in page
    assert not re.search(r'href="[^"]*/files/', page)
    for path in ("shot/3/0/0.jpg", "thumb.jpg"):
        assert lin.get(f"/evidence/{ITEM}/{path}").status_code == 410


def test_a_case_is_held_and_released_on_its_page_also_in_the_archive(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case = work.get_no(Case, CASE)
        ended = {"close_reason": "判决生效", "close_requested_by": "a", "closed_by": "b", "closed_at": work.now}
        work.change(case, status="archived", archived_at=work.now, legal_hold=False, **ended)
        key = work.get_no(EvidenceItem, ITEM).id
    lin = visit("lin")
    assert "设置法律保留" in lin.get(f"/cases/{CASE}").text
    assert lin.post(f"/cases/{CASE}/hold", on="1", reason=" ").status_code == 409
    assert lin.post(f"/cases/{CASE}/hold", on="1", reason="另案").status_code == 303
    assert "解除法律保留" in lin.get(f"/cases/{CASE}").text
    assert lin.post(f"/cases/{CASE}/hold", on="0", reason="另案已结").status_code == 303
    assert custody(place, key)[-2:] == ["hold_set", "hold_clear"]
    officer = visit("gao")
    officer.get(f"/cases/{CASE}")
    assert officer.post(f"/cases/{CASE}/hold", on="1", reason="x").status_code == 403
