"""The custody page of an item by hand: the chain taken away, a handover with its receipt, a link seen from outside."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import ITEM

HOME = f"/evidence/{ITEM}/custody"
TRANSFERS = f"/evidence/{ITEM}/handovers"
LINKS = f"/evidence/{ITEM}/links"
Visit = Callable[..., Browser]


def test_the_chain_is_taken_away_in_every_form(visit: Visit) -> None:
    archivist = visit("xu")
    page = archivist.get(HOME).text
    assert page.count("custody/export") == 4
    for form, mime, first in (
        ("pdf", "application/pdf", b"%PDF"),
        ("archive", "application/pdf", b"%PDF"),
        ("case", "application/ld+json", b"{"),
        ("premis", "application/xml", b"<?xml"),
    ):
        answer = archivist.post(f"{HOME}/export", form=form)
        assert (answer.status_code, answer.mimetype, answer.data[: len(first)]) == (200, mime, first)
    assert archivist.post(f"{HOME}/export", form="../x").status_code == 404
    assert visit("gao").post(f"{HOME}/export", form="pdf").status_code == 403


def test_a_handover_is_recorded_printed_and_ended(visit: Visit) -> None:
    archivist = visit("xu")
    typed = {"direction": "out", "shape": "original", "party": NASTY, "purpose": "送鉴定", "due_back": "2099-01-01"}
    assert archivist.post(TRANSFERS, **typed).location.endswith("/custody")
    page = archivist.get(HOME).text
    assert "交-2026-0001" in page
    assert "<script>" not in page.split("<main")[1]
    again = archivist.post(TRANSFERS, **typed)
    assert (again.status_code, "尚未归还" in again.text, "送鉴定" in again.text) == (422, True, True)
    key = re.search(r"handovers/([0-9A-Z]{26})/receipt", page)
    assert key is not None
    receipt = archivist.get(f"{TRANSFERS}/{key[1]}/receipt")
    assert (receipt.mimetype, receipt.data[:4]) == ("application/pdf", b"%PDF")
    assert archivist.get(f"/evidence/证-2026-000002/handovers/{key[1]}/receipt").status_code == 404
    assert archivist.post(f"{TRANSFERS}/{key[1]}/give_back", reason="").status_code == 409
    assert archivist.post(f"{TRANSFERS}/{key[1]}/give_back", reason="完好").status_code == 303
    assert archivist.post(f"{TRANSFERS}/{key[1]}/give_back", reason="完好").status_code == 409
    assert archivist.post(f"{TRANSFERS}/{key[1]}/fly", reason="x").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"party": ""},
        {"copies": "x"},
        {"copies": "0"},
        {"due_back": "2026-02-31"},
        {"shape": "x"},
        {"party": "长" * 400},
    ],
)
def test_a_refused_handover_keeps_what_was_typed(visit: Visit, wrong: dict[str, str]) -> None:
    typed = {"direction": "out", "shape": "copy", "party": "王律师", "purpose": "起诉立案", **wrong}
    answer = visit("xu").post(TRANSFERS, **typed)
    assert answer.status_code == 422
    assert "起诉立案" in answer.text


def test_a_link_shows_the_item_to_someone_without_an_account_until_it_is_revoked(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    made = archivist.post(LINKS, recipient="李法官", purpose="庭前查阅", days="7", most_views="3")
    link = re.search(r"/shared/[A-Za-z0-9_-]{43}", made.text)
    assert link is not None
    assert link[0] not in archivist.get(HOME).text  # shown once
    outside = Browser(place.app().test_client())
    page = outside.client.get(link[0])
    assert page.status_code == 200
    assert "李法官" in page.text
    assert outside.client.get(f"{link[0]}/0.jpg").mimetype == "image/jpeg"
    assert outside.client.get(f"{link[0]}/99.jpg").status_code == 404
    assert outside.client.get(link[0][:-1] + ("A" if link[0][-1] != "A" else "B")).status_code == 404
    key = re.search(r"links/([0-9A-Z]{26})/end", archivist.get(HOME).text)
    assert key is not None
    assert visit("gao").post(f"{LINKS}/{key[1]}/end", reason="x").status_code == 403
    assert archivist.post(f"{LINKS}/{key[1]}/end", reason="发错了人").status_code == 303
    assert (outside.client.get(link[0]).status_code, outside.client.get(f"{link[0]}/0.jpg").status_code) == (410, 410)


@pytest.mark.parametrize("wrong", [{"recipient": ""}, {"days": "400"}, {"most_views": "-1"}, {"recipient": "长" * 101}])
def test_a_refused_link_is_not_made(visit: Visit, wrong: dict[str, str]) -> None:
    typed = {"recipient": "李法官", "purpose": "查阅", "days": "1", **wrong}
    answer = visit("xu").post(LINKS, **typed)
    assert answer.status_code == 422
    assert "/shared/" not in answer.text
