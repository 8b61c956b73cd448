"""The time stamps of an item by hand: a request out, a token in, a receipt attached; what does not hold stays out."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.models import EvidenceItem
from caseapp.services.work import read_work, system_actor
from evidence_store.byhand import ManualAuthority
from evidence_store.exchange import exchange
from evidence_store.receipts import ChainReceipt
from evidence_store.verifier.tokens import Query
from evidence_store.verify import verify
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import ITEM

HOME = f"/evidence/{ITEM}/stamps"
Visit = Callable[..., Browser]


@pytest.fixture
def asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """The installation with an authority asked by hand and a chain; returns who answers a request."""
    (real,) = place.application.authorities
    roots = place.settings.authorities[0].roots.read_bytes()
    portal = ManualAuthority("portal", "https://portal.invalid/", roots)
    monkeypatch.setitem(place.application.__dict__, "authorities", (real, portal))
    monkeypatch.setitem(place.application.__dict__, "chains", (ChainReceipt("chain", "https://chain.invalid/"),))
    return lambda query: exchange(real.url, query, {}, most=1 << 20)


def row(place: Place) -> EvidenceItem:
    with read_work(place.application, system_actor("test")) as work:
        return work.session.scalars(select(EvidenceItem).where(EvidenceItem.no == ITEM)).one()


def send(browser: Browser, path: str, data: bytes, **fields: Any) -> Any:
    return browser.post(path, file=(io.BytesIO(data), "x.tsr"), **fields)


def test_a_request_goes_out_and_the_token_comes_in(
    visit: Visit, place: Place, asked: Callable[[bytes], bytes], tmp_path: Any
) -> None:
    archivist = visit("xu")
    page = archivist.get(HOME).text
    assert page.count(".tsq") == 2
    assert "吊销清单已收存" in page
    assert "还没有轮到；30 天内每件至少查一次。" in page
    query = archivist.get(f"{HOME}/sha256.tsq").data
    assert Query(query).imprint == ("sha256", bytes.fromhex(str(row(place).package_id)))
    assert Query(archivist.get(f"{HOME}/sm3.tsq").data).imprint[0] == "sm3"
    assert archivist.get(f"{HOME}/md5.tsq").status_code == 422
    before = row(place).stamps
    assert send(archivist, HOME, asked(query), authority="portal").location.endswith("/stamps")
    item = row(place)
    assert (item.stamps, "portal" in item.facts["stamped_by"]) == (before + 1, True)
    assert "人工导入" in archivist.get(HOME).text
    assert "加盖时间戳" in archivist.get(f"/evidence/{ITEM}/custody").text
    package = place.application.store.export(str(item.package_id), tmp_path)
    assert [check.number for check in verify(package, None).failures] == []


def test_what_does_not_hold_stays_out(visit: Visit, place: Place, asked: Callable[[bytes], bytes]) -> None:
    archivist, before = visit("xu"), row(place).stamps
    other = archivist.get(f"{HOME}/sha256.tsq").data.replace(bytes.fromhex(str(row(place).package_id)), bytes(32))
    for data, name, words in (
        (asked(other), "portal", "时间戳与请求不符"),
        (b"rubbish", "portal", ""),
        (b"", "portal", "请选择文件"),
        (asked(other), "nobody", ""),
    ):
        answer = send(archivist, HOME, data, authority=name)
        assert (answer.status_code, words in answer.text) == (422, True), name
    assert row(place).stamps == before
    assert send(visit("su"), HOME, b"x", authority="portal").status_code in {403, 404}


def test_a_receipt_is_attached_and_counts_for_nothing(
    visit: Visit, place: Place, asked: Callable[[bytes], bytes], tmp_path: Any
) -> None:
    assert asked
    archivist, before = visit("xu"), row(place).stamps
    path, digest = f"/evidence/{ITEM}/receipts", str(row(place).package_id)
    named = {"chain": "chain", "receipt_no": "<script>7</script>"}
    assert send(archivist, path, b"sha256: " + digest.encode(), **named).status_code == 303
    assert send(archivist, path, b"%PDF", chain="chain", receipt_no="7").status_code == 303
    for refused in ("", NASTY):  # hidden characters are no receipt's number
        assert send(archivist, path, b"%PDF", chain="chain", receipt_no=refused).status_code == 422
    page = archivist.get(HOME).text
    assert (page.count("不算时间戳") >= 2, "写有本件封存清单的摘要" in page, "找不到本件封存清单" in page) == (
        True,
    ) * 3
    assert "<script>" not in page.split("<main")[1]
    assert row(place).stamps == before
    package = place.application.store.export(digest, tmp_path)
    assert sorted(one.name for one in (package / "seal/receipts").iterdir()) == [
        "01-chain.bin", "01-chain.json", "02-chain.bin", "02-chain.json",
    ]  # fmt: skip
    report = verify(package, None)
    assert [check.number for check in report.failures] == []
    assert any(check.number == 20 and "seal/receipts" in check.detail_en for check in report.checks)
    assert place.application.store.fsck().ok
