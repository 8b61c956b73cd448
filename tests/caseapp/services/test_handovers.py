"""Custody taken out, evidence handed over and back, links for people outside."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NotFoundError, PermissionDeniedError, ReasonRequiredError
from caseapp.domain.labels import Lang
from caseapp.models import CustodyEvent, EvidenceItem, Handover, ShareLink
from caseapp.services import custody_exports, handovers, sharing
from caseapp.services.handovers import OriginalAwayError, Terms
from caseapp.services.integrity import check_records
from caseapp.services.sharing import LinkEndedError
from caseapp.services.times import SHANGHAI
from caseapp.services.work import open_work, read_work
from tests.caseapp.services.house import House

DAY = timedelta(days=1)


def types(house: House, key: str) -> list[str]:
    with house.ports.sessions() as session:
        found = select(CustodyEvent.type).where(CustodyEvent.evidence_id == key).order_by(CustodyEvent.seq)
        return list(session.scalars(found))


def terms(house: House, **more: Any) -> Terms:
    today = house.clock().astimezone(SHANGHAI).date()
    known = {"direction": "out", "form": "original", "copies": 1, "party": "王律师", "purpose": "起诉立案"}
    return Terms(**(known | {"due_back": today + DAY} | more))


def test_an_original_goes_out_once_comes_back_and_every_touch_is_in_the_chain(house: House) -> None:
    key = house.paper("证4-2")
    with house.work("xu") as work:
        item = work.get(EvidenceItem, key)
        made = handovers.hand_over(work, item, terms(house))
        assert (made.no, made.status, made.handled_by) == ("交-2026-0001", "out", house["xu"].display)
        with pytest.raises(OriginalAwayError):
            handovers.hand_over(work, item, terms(house))
        copied = handovers.hand_over(work, item, terms(house, form="copy", due_back=None))
        assert copied.status == "settled"  # nothing to come back
    for lang, words in (("zh", "证据移交单"), ("en", "handover receipt")):
        with house.work("xu") as work:
            receipt = handovers.handover_receipt(work, work.get(Handover, made.id), lang=_lang(lang))
        pages = [page.extract_text() for page in PdfReader(BytesIO(receipt)).pages]
        assert len(pages) == 2
        assert all(words in page and made.no in page for page in pages)
    with house.work("xu") as work, pytest.raises(ReasonRequiredError):
        handovers.end_handover(work, work.get(Handover, made.id), "give_back", reason=" ")
    with house.work("xu") as work:
        handovers.end_handover(work, work.get(Handover, made.id), "give_back", reason="完好")
    assert types(house, key)[-3:] == ["transfer_out", "transfer_out", "transfer_in"]
    with house.work("xu") as work:
        assert [row.status for row in handovers.handovers_of(work, work.get(EvidenceItem, key))] == [
            "settled", "returned",
        ]  # fmt: skip
        assert handovers.original_away(work, work.get(EvidenceItem, key)) is None
    assert check_records(house.ports).ok


def _lang(name: str) -> Lang:
    return "zh" if name == "zh" else "en"


def test_a_signed_receipt_is_evidence_tied_to_its_handover(house: House) -> None:
    key, scan = house.paper("证4-2"), house.paper("证4-3", "签字的移交单")
    with house.work("xu") as work:
        made = handovers.hand_over(work, work.get(EvidenceItem, key), terms(house))
        handovers.sign_handover(work, made, work.get(EvidenceItem, scan))
    assert house.read(Handover, made.id).receipt_evidence_id == scan


@pytest.mark.parametrize(
    "wrong",
    [{"party": " "}, {"purpose": ""}, {"copies": 0}, {"copies": 100}, {"form": "x"}, {"direction": "x"},
     {"party": "长" * 301}, {"due_back": -1}],
)  # fmt: skip
def test_terms_are_checked_before_anything_is_written(house: House, wrong: dict[str, Any]) -> None:
    key = house.paper("证4-2")
    if "due_back" in wrong:
        wrong = {"due_back": house.clock().astimezone(SHANGHAI).date() - DAY}
    with pytest.raises(InvalidInputError), house.work("xu") as work:
        handovers.hand_over(work, work.get(EvidenceItem, key), terms(house, **wrong))
    assert "transfer_out" not in types(house, key)


def test_who_only_reads_hands_nothing_over_and_shares_nothing(house: House) -> None:
    key = house.paper("证4-2")
    with house.work("gao") as work:
        item = work.get(EvidenceItem, key)
        for act in (
            lambda: handovers.hand_over(work, item, terms(house)),
            lambda: sharing.share_evidence(work, item, recipient="a", purpose="b", span=DAY, most_views=None),
            lambda: custody_exports.export_custody(work, item, "pdf", lang="zh"),
        ):
            with pytest.raises(PermissionDeniedError):
                act()


def test_the_chain_leaves_in_three_forms_and_the_export_is_its_last_event(house: House) -> None:
    key = house.paper("证4-2")
    written: dict[str, bytes] = {}
    for form in custody_exports.FORMS:
        with house.work("xu") as work:
            _name, written[form] = custody_exports.export_custody(work, work.get(EvidenceItem, key), form, lang="zh")
    assert "保管链" in PdfReader(BytesIO(written["pdf"])).pages[0].extract_text()
    graph = json.loads(written["case"])["@graph"]
    assert [node["core:name"] for node in graph if node["@type"].endswith("Action")][-2:] == ["export", "export"]
    assert ET.fromstring(written["premis"]).tag.endswith("premis")  # noqa: S314  our own bytes
    with house.work("xu") as work, pytest.raises(NotFoundError):
        custody_exports.export_custody(work, work.get(EvidenceItem, key), "docx", lang="zh")


def share(house: House, key: str, **more: Any) -> tuple[str, str]:
    with house.work("xu") as work:
        known = {"recipient": "李法官 · 澜江区法院", "purpose": "庭前查阅", "span": DAY, "most_views": None}
        row, token = sharing.share_evidence(work, work.get(EvidenceItem, key), **(known | more))
        return row.id, token


def opened(house: House, token: str, *, counted: bool = True) -> str:
    actor = sharing.visitor_of(token, ip="127.0.0.1", request_id=None)
    with (open_work if counted else read_work)(house.ports, actor) as work:
        return sharing.open_share(work, token, counted=counted).watermark


def test_a_link_shows_the_item_until_it_ends_and_every_opening_is_on_record(house: House) -> None:
    key = house.paper("证4-2")
    link, token = share(house, key, most_views=2)
    with pytest.raises(LinkEndedError):
        opened(house, token, counted=False)  # its pictures only come with an opening
    assert "李法官" in opened(house, token)
    opened(house, token, counted=False)
    opened(house, token)
    with pytest.raises(LinkEndedError):
        opened(house, token)
    assert types(house, key)[-2:] == ["view", "view"]
    row = house.read(ShareLink, link)
    assert (row.views, token in str(vars(row))) == (2, False)
    assert check_records(house.ports).ok


def test_a_link_ends_by_time_by_hand_and_with_its_item(house: House) -> None:
    key = house.paper("证4-2")
    _late, expired = share(house, key)
    house.clock.now += DAY
    kept, revoked = share(house, key)
    with house.work("xu") as work:
        with pytest.raises(ReasonRequiredError):
            sharing.end_share(work, work.get(ShareLink, kept), reason=" ")
        sharing.end_share(work, work.get(ShareLink, kept), reason="发错了人")
    _link, barred = share(house, key)
    with house.work("xu") as work:
        work.change(work.get(EvidenceItem, key), withheld=True)
    for token in (expired, revoked, barred):
        with pytest.raises(LinkEndedError):
            opened(house, token)
    with pytest.raises(NotFoundError):
        opened(house, "x" * 43)
    with pytest.raises(PermissionDeniedError):
        share(house, key)


@pytest.mark.parametrize(
    "wrong", [{"recipient": ""}, {"purpose": " "}, {"span": 31 * DAY}, {"span": DAY * 0}, {"most_views": 0}]
)
def test_a_link_is_for_someone_for_a_time(house: House, wrong: dict[str, Any]) -> None:
    key = house.paper("证4-2")
    with pytest.raises(InvalidInputError):
        share(house, key, **wrong)
