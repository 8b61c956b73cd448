"""用户端取证: sealed as it came with what was said about it, graded lowest, the server's own visit ordered at once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, select

from caseapp.domain.errors import AlreadyExistsError, CaseError, InvalidInputError, PermissionDeniedError
from caseapp.models import Capture, EvidenceItem, Post
from caseapp.services import handed_in
from caseapp.services.handed_in import Told, hand_in
from caseapp.services.queries.handed_in import companions
from caseapp.services.work import open_work
from evidence_store import Package
from tests.capture.test_handed_in import MHTML, SINGLE, wacz
from tests.caseapp.services.house import URL, House, Seen, stranger

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def send(house: House, data: bytes, told: Told | None = None, *, login: str = "gao", name: str = "截图.png") -> Any:
    return hand_in(house.ports, (lambda: house.work(login),) * 2, name, io.BytesIO(data), told or Told(url=URL))


def test_an_upload_is_sealed_and_its_address_is_visited_at_once(house: House) -> None:
    item, order = send(house, PNG, Told(url=URL, device="phone", note="平台要求登录，用手机截的"))
    assert (item.kind, item.grade, item.original_or_copy) == ("screenshot", "self_made", "copy")
    assert set(item.files) == {"截图.png"}
    said = item.facts["user_side"]
    assert (said["device"], said["url"], said["handed_in_by"]) == ("phone", URL, house["gao"].user_id)
    exported = house.ports.store.export(item.package_id, house.folder / "out", as_zip=False)
    assert Package.open(exported).seal["capture"]["user_side"] == said
    assert (order.url, order.upload_id, order.status) == (URL, item.id, "queued")
    assert item.post_id == order.post_id
    assert list((house.folder / "captures").rglob("*.*")) == []
    assert all(house.run_jobs())
    with house.work("gao") as work:
        visit = work.session.scalars(select(EvidenceItem).where(EvidenceItem.capture_id == order.id)).one()
        (one,) = companions(work, item.id)
        assert (one.upload, one.evidence and one.evidence.number) == (False, visit.no)
        (other,) = companions(work, visit.id)
        assert (other.upload, other.evidence and other.evidence.number) == (True, item.no)


def test_a_wall_leaves_the_upload_with_a_visit_that_says_so(house: House) -> None:
    house.camera.next = [Seen(outcome="login_wall")]
    item, _order = send(house, PNG)
    house.run_jobs()
    with house.work("gao") as work:
        (one,) = companions(work, item.id)
        assert one.evidence is None
        assert one.capture is not None
        assert one.capture.walled


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [(MHTML.format(url=URL).encode(), "页.mhtml", "web_page"), (wacz(URL), "a.wacz", "web_page"),
     (SINGLE.format(url=URL).encode(), "b.html", "web_page")],
)  # fmt: skip
def test_the_address_is_read_from_the_file(house: House, data: bytes, name: str, kind: str) -> None:
    item, order = send(house, data, Told(), name=name)
    assert (item.kind, order.url, item.facts["user_side"]["urls_differ"]) == (kind, URL, False)


def test_two_different_addresses_are_both_on_record(house: House) -> None:
    item, order = send(house, MHTML.format(url=URL).encode(), Told(url=URL + "?from=phone"))
    said = item.facts["user_side"]
    assert (order.url, said["urls_differ"], said["url_in_file"]) == (URL + "?from=phone", True, URL)


BAD = {
    "no address": (PNG, Told()),
    "private address": (PNG, Told(url="https://private.test/")),
    "private address in the file": (MHTML.format(url="https://private.test/").encode(), Told()),
    "no http": (PNG, Told(url="javascript:alert(1)")),
    "empty": (b"", Told(url=URL)),
    "a page of no known kind": (b"<html><script>alert(1)</script>", Told(url=URL)),
    "an executable": (b"MZ" + b"\0" * 99, Told(url=URL)),
    "an unknown device": (PNG, Told(url=URL, device="fax")),
}


@pytest.mark.parametrize(("data", "told"), BAD.values(), ids=BAD)
def test_what_is_refused_leaves_nothing(house: House, data: bytes, told: Told) -> None:
    with pytest.raises(InvalidInputError) as refused:
        send(house, data, told)
    assert refused.value.message("zh") != refused.value.message("en")
    with house.ports.sessions() as session:
        for model in (Capture, EvidenceItem, Post):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    assert [path for path in (house.folder / "captures").rglob("*") if path.is_file()] == []


def test_too_large_a_file_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST", 1024)
    with pytest.raises(InvalidInputError, match="MB"):
        send(house, PNG + b"\0" * 5000)


def test_only_who_may_hands_in(house: House) -> None:
    for login in ("he", "han"):
        with pytest.raises(PermissionDeniedError):
            send(house, PNG, login=login)
    with pytest.raises(CaseError):
        hand_in(house.ports, (lambda: open_work(house.ports, stranger(house)),) * 2, "a.png", io.BytesIO(PNG), Told())


def test_an_address_of_a_case_one_may_not_see_is_refused_before_anything_is_sealed(house: House) -> None:
    house.rumor()
    before = sorted((house.folder / "evidence").rglob("*"))
    with pytest.raises(AlreadyExistsError):
        send(house, PNG, login="outside")
    assert sorted((house.folder / "evidence").rglob("*")) == before


def test_an_archivist_files_it_without_a_post(house: House) -> None:
    item, order = send(house, PNG, login="xu")
    assert (item.post_id, order.post_id, order.upload_id) == (None, None, item.id)


def test_a_hostile_name_is_cleaned_and_kept_in_the_record(house: House) -> None:
    item, _order = send(house, PNG, name="../../etc/\u202egnp.证据<script>.png")
    (name,) = item.files
    assert not set(name) & set('/\\<>"\u202e')
    assert "script" in item.facts["user_side"]["file_name"]
