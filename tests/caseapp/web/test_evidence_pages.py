"""Evidence by hand: the register and its filters, files of paper entered, described, held, exhibited, disposed of."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from caseapp.models import AuditEvent, Case, CustodyEvent, EvidenceItem, Exhibit, Filing, Membership
from caseapp.services import filing_papers
from caseapp.services.custody import append_custody
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import CASE, INCIDENT, ITEM

PDF = b"%PDF-1.7\n" + b"x" * 64
Visit = Callable[..., Browser]


def send(browser: Browser, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    """Send the form of the register as the browser would."""
    browser.get("/evidence/register")
    form: dict[str, Any] = {
        "csrf_token": browser.token, "title": "邻里达采购框架合同", "kind": "contract", "source": "法务部纸质档案",
        "files": [FileStorage(io.BytesIO(data), filename=name) for name, data in files], **fields,
    }  # fmt: skip
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.client.post("/evidence/register", data=body, content_type=kind, buffered=True)


def entered(browser: Browser, **fields: str) -> str:
    """The address of a freshly entered contract."""
    answer = send(browser, ("合同.pdf", PDF), **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def row_of(place: Place, address: str) -> EvidenceItem:
    from urllib.parse import unquote

    with place.application.sessions() as session:
        number = unquote(address).rsplit("/", 1)[-1]
        return session.scalars(select(EvidenceItem).where(EvidenceItem.no == number)).one()


def custody(place: Place, item_id: str) -> list[str]:
    with place.application.sessions() as session:
        found = select(CustodyEvent.type).where(CustodyEvent.evidence_id == item_id).order_by(CustodyEvent.seq)
        return list(session.scalars(found))


def ripe(place: Place, address: str) -> None:
    """File the item for ten years, long ago."""
    with open_work(place.application, system_actor("test")) as work:
        key = row_of(place, address).id
        work.add(
            Filing(evidence_id=key, fonds="谷屿", category="证据", retention="years_10",
                   filed_at=work.now - timedelta(days=366 * 12))
        )  # fmt: skip


def test_files_are_sealed_logged_and_given_a_number(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    said = {"pages": "12", "holder": "法务部档案柜 3 号"}
    address = entered(archivist, proves="证明合同关系", original_or_copy="original", case=CASE, **said)
    row = row_of(place, address)
    assert (row.kind, row.seal_state, row.proves, row.original_or_copy) == (
        "contract",
        "stamped",
        "证明合同关系",
        "original",
    )
    assert list(row.files) == ["合同.pdf"]
    assert custody(place, row.id)[:4] == ["ingest", "seal", "timestamp", "log"]
    page = archivist.get(address).text
    assert "邻里达采购框架合同" in page
    assert "法务部档案柜 3 号" in page
    assert row.facts["paper"] == {"pages": 12, "holder": "法务部档案柜 3 号"}
    sealed = json.loads(place.application.store.read_file(str(row.package_id), "seal/seal.json"))
    assert sealed["capture"]["paper"]["holder"] == "法务部档案柜 3 号", "what is said of a paper is sealed with it"
    sheet = archivist.post("/evidence/labels", numbers=f"{row.no}，证-2026-000001", skip="3")
    assert (sheet.mimetype, sheet.data[:4]) == ("application/pdf", b"%PDF")
    refused = archivist.post("/evidence/labels", numbers=f"{row.no} 证-2026-999999")
    assert (refused.status_code, row.no in refused.text) == (422, True)
    assert "证1-2" in page  # the first free number of the case's list
    assert archivist.get("/evidence/?kind=contract").text.count("data-row") == 1
    assert "全部相符" in archivist.post(f"{address}/verify").text


def test_several_files_make_one_item_and_a_name_never_a_path(visit: Visit, place: Place) -> None:
    names = (
        "../../etc/passwd",
        "C:\\x\\合同.pdf",
        "合同.PDF",
        "\u202egnp.exe",
        "a" * 400 + ".pdf",
        "CON",
        "..",
        "%2e%2e",
    )
    answer = send(visit("xu"), *((name, PDF + name.encode()) for name in names))
    row = row_of(place, answer.location)
    assert len(row.files) == len(names)
    for name in row.files:
        assert not re.search(r'[\\/:*?"<>|%\u202a-\u202e]|^\.|[. ]$', name), name
        assert len(name.encode()) <= 140


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("页.html", b"<script>x()</script>"), ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        ("工具.exe", b"MZ\x90\x00"), ("bomb.zip", b"PK\x03\x04" + b"\x00" * 40),
    ],
)  # fmt: skip
def test_whatever_the_bytes_are_they_leave_only_as_a_download(
    visit: Visit, place: Place, name: str, data: bytes
) -> None:
    archivist = visit("xu")
    address = send(archivist, (name, data)).location
    answer = archivist.get(f"{address}/files/{name}")
    assert answer.data == data
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert archivist.get(address).status_code == 200


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        ((), {}, "至少一个文件"),
        ((("空.pdf", b""),), {}, "空.pdf”是空的"),
        ((("大.pdf", b"0" * (16 * 2**20 + 1)),), {}, "超过 16 MB"),
        (tuple((f"{n}.pdf", PDF) for n in range(21)), {}, "最多 20 个"),
        ((("a.pdf", PDF),), {"title": " "}, "请填写"),
        ((("a.pdf", PDF),), {"title": "长" * 301}, "最多 300 个字"),
        ((("a.pdf", PDF),), {"kind": "web_page"}, "请从列出的选项中选一个"),
    ],
)
def test_what_cannot_be_entered_is_said_and_the_rest_kept(
    visit: Visit, place: Place, files: tuple[tuple[str, bytes], ...], fields: dict[str, str], said: str
) -> None:
    answer = send(visit("xu"), *files, **{"source": "来源原样", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert "来源原样" in answer.text
    with place.application.sessions() as session:
        assert len(session.scalars(select(EvidenceItem)).all()) == 1
    assert not list((place.settings.data_dir / "captures").glob("uploads/*"))


def test_more_than_a_request_may_hold_is_refused(visit: Visit) -> None:
    answer = send(visit("xu"), *((f"{n}.bin", b"0" * (15 * 2**20)) for n in range(3)))
    assert answer.status_code == 413
    assert "30 MB" in answer.text


def test_hostile_words_stay_words(visit: Visit, place: Place) -> None:
    address = entered(visit("xu"), title=NASTY, source=NASTY, proves=NASTY)
    for browser, path in ((visit("xu"), address), (visit("xu"), "/evidence/"), (visit("xu"), f"{address}/edit")):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert 'onerror="alert' not in page


def test_who_may_not_register_finds_no_door(reader: Callable[[str], Browser], visit: Visit) -> None:
    for login in ("han", "zhong", "admin", "su"):
        assert reader(login).get("/evidence/register").status_code == 403
    assert "登记材料" not in reader("han").get("/evidence/").text
    approver = visit("han")
    approver.get("/")
    form = {"csrf_token": approver.token, "title": "x", "kind": "contract", "source": "x"}
    assert approver.client.post("/evidence/register", data=form).status_code == 403


def test_the_register_filters_orders_searches_and_leaves_as_csv(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    entered(archivist, title="甲 100% 合同", proves="")
    entered(archivist, title="乙 =SUM(1)", kind="finance", proves="证明付款")
    for query, count in (
        ("", 3), ("kind=finance", 1), ("need=purpose", 1), ("need=verify", 3), ("need=exhibit", 2), ("need=hold", 0),
        ("seal=stamped", 3), ("status=in_use", 0), (f"case={CASE}", 1), ("case=案-2026-9999", 0), ("q=100%25", 1),
        ("q=%25%25", 0), ("kind=nonsense&sort=nonsense&page=-3", 3), ("page=99999999999999999999", 0),
    ):  # fmt: skip
        page = archivist.get(f"/evidence/?{query}")
        assert (page.status_code, page.text.count("data-row")) == (200, count), query
    order = re.findall(r"[甲乙第] ?[^<]*", archivist.get("/evidence/?sort=-title").text)
    assert order
    lines = list(csv.reader(io.StringIO(archivist.get("/evidence/?format=csv&sort=title").text.lstrip("\ufeff"))))
    assert lines[0][:3] == ["编号", "题名", "类型"]
    assert len(lines) == 4
    assert archivist.get("/evidence/?page=2").status_code == 200


def test_verification_falls_due_after_ninety_days(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    archivist.get(f"/evidence/{ITEM}")
    archivist.post(f"/evidence/{ITEM}/verify")
    assert archivist.get("/evidence/?need=verify").text.count("data-row") == 0
    with open_work(place.application, system_actor("test")) as work:
        row = work.get_no(EvidenceItem, ITEM)
        row.verified_at = work.now - timedelta(days=91)
    assert archivist.get("/evidence/?need=verify").text.count("data-row") == 1


def test_describing_keeps_the_seal_and_shows_a_conflict_side_by_side(visit: Visit, place: Place) -> None:
    first, second = visit("xu"), visit("lin")
    pages = [browser.get(f"/evidence/{ITEM}/edit").text for browser in (first, second)]
    seen = re.search(r'name="version" value="(\d+)"', pages[0])
    assert seen
    said = {"title": "档案的题名", "proves": "档案的目的", "source": "x", "original_or_copy": "", "version": seen[1]}
    assert first.post(f"/evidence/{ITEM}/edit", **said).status_code == 303
    answer = second.post(f"/evidence/{ITEM}/edit", **{**said, "title": "法务的题名"})
    assert answer.status_code == 409
    for words in ("档案的题名", "法务的题名", "没有覆盖任何内容"):
        assert words in answer.text
    again = re.search(r'name="version" value="(\d+)"', answer.text)
    assert again
    assert (
        second.post(f"/evidence/{ITEM}/edit", **{**said, "title": "法务的题名", "version": again[1]}).status_code == 303
    )
    page = second.get(f"/evidence/{ITEM}").text
    assert "法务的题名" in page
    assert "全部相符" in second.post(f"/evidence/{ITEM}/verify").text
    refused = second.post(f"/evidence/{ITEM}/edit", **{**said, "title": "", "version": "nonsense"})
    assert refused.status_code == 422


def test_a_hold_has_a_reason_and_stops_disposal(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    address = entered(archivist)
    item = row_of(place, address)
    assert archivist.post(f"{address}/hold", on="1", reason=" ").status_code == 409
    assert archivist.post(f"{address}/hold", on="1", reason="x" * 1001).status_code == 422
    assert archivist.post(f"{address}/hold", on="1", reason="诉讼中").status_code == 303
    assert "诉讼中" in archivist.get(address).text
    assert "法律保留中，不能处置" in archivist.get(address).text
    refused = archivist.post(f"{address}/steps/request_disposal", reason="重复", basis="待核")
    assert refused.status_code == 409
    assert "没有登记保管期限" in refused.text
    assert archivist.post(f"{address}/hold", on="0", reason="撤诉").status_code == 303
    assert [kind for kind in custody(place, item.id) if kind.startswith("hold")] == ["hold_set", "hold_clear"]


def test_disposal_takes_two_people_and_leaves_register_and_custody(visit: Visit, place: Place) -> None:
    first = visit("xu")
    address = entered(first)
    ripe(place, address)
    assert first.post(f"{address}/steps/request_disposal", reason="", basis="待核").status_code == 409
    assert first.post(f"{address}/steps/request_disposal", reason="重复登记").status_code == 409
    asked = {"reason": "重复登记", "basis": "个人信息保护法第四十七条"}
    assert first.post(f"{address}/steps/request_disposal", **asked).status_code == 303
    assert "撤回处置申请" in first.get(address).text
    assert first.post(f"{address}/steps/withdraw", reason="再想想").status_code == 303
    assert row_of(place, address).status == "registered"
    assert first.post(f"{address}/steps/request_disposal", **asked).status_code == 303
    assert first.post(f"{address}/steps/dispose", reason="自己批准").status_code == 409
    assert "批准处置" not in first.get(address).text
    with open_work(place.application, system_actor("test")) as work:
        from caseapp.models import User

        other = work.session.scalars(select(User).where(User.login == "su")).one()
        other.roles = ["archivist"]
    second = visit("su")
    page = second.get(address).text
    assert "批准处置" in page
    assert "个人信息保护法第四十七条" in page
    assert second.post(f"{address}/steps/dispose", reason="同意").status_code == 303
    row = row_of(place, address)
    assert (row.status, row.package_id is not None) == ("disposed", True)
    assert second.post(f"{address}/steps/dispose", reason="再来").status_code == 409
    assert second.post(f"{address}/steps/nonsense", reason="x").status_code == 409
    with place.application.sessions() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert {"evidence_item.request_disposal", "evidence_item.dispose"} <= actions


def test_an_item_of_a_case_on_hold_is_not_disposed_of(visit: Visit) -> None:
    archivist = visit("xu")
    archivist.get(f"/evidence/{ITEM}")
    assert archivist.post(f"/evidence/{ITEM}/steps/request_disposal", reason="x").status_code == 409


def test_made_an_exhibit_once_in_cases_of_ones_own(visit: Visit, place: Place) -> None:
    lead = visit("lin")
    address = entered(lead)
    assert lead.post(f"{address}/exhibit", case="案-2026-0002", exhibit_no="1-9").status_code == 404
    assert lead.post(f"{address}/exhibit", case=CASE, exhibit_no="九-九").status_code == 422
    assert lead.post(f"{address}/exhibit", case=CASE, exhibit_no="1-1").status_code == 409  # taken
    assert (
        lead.post(f"{address}/exhibit", case=CASE, exhibit_no="2-7", group="损失", proves="证明损失").status_code == 303
    )
    item = row_of(place, address)
    assert item.status == "in_use"
    with place.application.sessions() as session:
        made = session.scalars(select(Exhibit).where(Exhibit.evidence_id == item.id)).one()
    assert (made.exhibit_no, made.group_name, made.proves) == ("证2-7", "损失", "证明损失")
    assert "证2-7" in lead.get(f"/cases/{CASE}/evidence").text
    assert CASE not in re.findall(r'<option value="([^"]+)"', lead.get(address).text)


def test_the_item_says_where_it_is_used_and_what_is_missing(visit: Visit, place: Place) -> None:
    page = visit("lin").get(f"/evidence/{ITEM}").text
    for words in ("用在哪里", "出炉后要过一遍工业石蜡", "消除影响公告费", "演示，不作证明"):
        assert words in page
    with open_work(place.application, system_actor("test")) as work:
        from caseapp.models import Capture

        capture = work.session.scalars(select(Capture)).one()
        capture.result, capture.missing, capture.error_zh, capture.error_en = (
            "PARTIAL", ["mhtml", "archive"], "磁盘写满了", "The disk was full",
        )  # fmt: skip
    page = visit("lin").get(f"/evidence/{ITEM}").text
    assert "网页存档 MHTML、可回放存档 WACZ" in page
    assert "磁盘写满了" in page


def test_other_peoples_items_do_not_exist_and_roles_are_kept_apart(visit: Visit, place: Place) -> None:
    stranger = visit("zhou")
    stranger.get("/")
    for path in (f"/evidence/{ITEM}/edit", f"/evidence/{ITEM}?view=files"):
        assert stranger.get(path).status_code == 404
    for path in ("edit", "hold", "exhibit", "steps/request_disposal", "verify", "export"):
        assert stranger.post(f"/evidence/{ITEM}/{path}", title="x", reason="x", case=CASE).status_code == 404, path
    officer = visit("gao")
    page = officer.get(f"/evidence/{ITEM}").text
    assert "导出证据包" not in page
    assert "设置法律保留" not in page
    assert officer.post(f"/evidence/{ITEM}/hold", on="1", reason="x").status_code == 403
    assert officer.post(f"/evidence/{ITEM}/steps/request_disposal", reason="x").status_code == 403
    approver = visit("han")
    approver.get("/")
    assert approver.get(f"/evidence/{ITEM}/edit").status_code == 403


def test_lists_show_small_pictures_that_cost_nothing_until_seen(reader: Callable[[str], Browser]) -> None:
    lin = reader("lin")
    for path in ("/evidence/", f"/cases/{CASE}/evidence", f"/incidents/{INCIDENT}/posts", "/inbox/?show=all"):
        pictures = re.findall(r'<img [^>]*thumb\.jpg"', lin.get(path).text)
        assert pictures, path
        assert all('loading="lazy"' in one and 'width="160" height="120" alt=""' in one for one in pictures), path
    small = lin.client.get(f"/evidence/{ITEM}/thumb.jpg")
    assert (small.status_code, small.mimetype) == (200, "image/jpeg")
    assert len(small.data) < 10_000
    assert "private" in small.headers["Cache-Control"]
    assert lin.get("/evidence/证-2026-999999/thumb.jpg").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/evidence/", "/evidence/register", f"/evidence/{ITEM}", f"/evidence/{ITEM}/hold"])
def test_unsupported_methods_are_refused(visit: Visit, method: str, path: str) -> None:
    browser = visit("lin")
    browser.get("/")
    answer = getattr(browser.client, method)(path, headers={"X-CSRFToken": browser.token})
    assert answer.status_code == 405


@pytest.mark.parametrize("asked", ["bytes=0-10737418240", "bytes=-1", "bytes=9-1", "bytes=0-1,5-6,7-", "potatoes=1-2"])
def test_odd_ranges_of_a_download_hurt_nobody(visit: Visit, asked: str) -> None:
    answer = visit("lin").get(f"/evidence/{ITEM}/files/text.txt", headers={"Range": asked})
    assert answer.status_code in {200, 206, 416}
    assert len(answer.data) < 2000


@pytest.mark.parametrize("name", ["../keys/cookie.key", "..%2f..%2fkeys", "%00", "text.txt/../x", "\u202etxt.text"])
def test_names_that_lead_elsewhere_are_not_there(visit: Visit, name: str) -> None:
    assert visit("lin").get(f"/evidence/{ITEM}/files/{name}").status_code in {400, 404}


def test_a_form_sent_twice_registers_once(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    once = "ab" * 16
    first = send(archivist, ("合同.pdf", PDF), once=once)
    second = send(archivist, ("合同.pdf", PDF), once=once)
    assert (first.status_code, second.status_code) == (303, 303)
    with place.application.sessions() as session:
        assert len(session.scalars(select(EvidenceItem)).all()) == 2
        assert session.scalars(select(Membership)).all()
        assert session.scalars(select(Case)).all()


def test_the_archive_files_lists_and_counts(visit: Visit, place: Place) -> None:
    archivist = visit("xu")
    archivist.get("/evidence/archive")
    form = {"csrf_token": archivist.token, "title": "证据档案管理规程", "begins": "2026-01-01",
            "file": FileStorage(io.BytesIO(PDF), filename="规程.pdf")}  # fmt: skip
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    assert archivist.client.post("/evidence/archive/procedures", data=body, content_type=kind).status_code == 303
    boundary, body = encode_multipart(form | {"file": FileStorage(io.BytesIO(PDF + b"2"), filename="规程.pdf")})
    again = archivist.client.post(
        "/evidence/archive/procedures", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert again.status_code == 422, "a version begins after the one before"
    filing = {"numbers": ITEM, "fonds": NASTY[:90], "category": "=诉讼", "retention": "permanent", "place": "柜 3"}
    assert archivist.post("/evidence/archive/file", **filing).status_code == 303
    unknown = archivist.post("/evidence/archive/file", **(filing | {"numbers": "证-2026-999999"}))
    assert (unknown.status_code, "证-2026-999999" in unknown.text) == (422, True)
    page = archivist.get("/evidence/archive").text
    assert "证据档案管理规程" in page
    assert " v1</b>" in page
    assert "<script>" not in page.split("<main")[1]
    assert archivist.get("/evidence/archive/list").data[:4] == b"%PDF"
    assert ",'=诉讼," in archivist.get("/evidence/archive/list?format=csv").data.decode()
    key = row_of(place, f"/evidence/{ITEM}").id
    sheet = archivist.get("/evidence/archive/count", query_string={"fonds": NASTY[:90]})
    assert f"f-{key}" in sheet.text
    short = archivist.post("/evidence/archive/count", fonds=NASTY[:90], **{f"f-{key}": "absent"})
    assert short.status_code == 422, "what is absent is explained"
    told = {f"f-{key}": "absent", f"n-{key}": "借出未还"}
    assert archivist.post("/evidence/archive/count", fonds=NASTY[:90], **told).status_code == 303
    page = archivist.get("/evidence/archive").text
    assert "盘-2026-0001" in page
    assert "借出未还" in page
    assert custody(place, key)[-2:] == ["transfer_in", "verify"]
    assert archivist.post(f"/evidence/{ITEM}/custody/export", form="archive").data[:4] == b"%PDF"
    with open_work(place.application, place.people["xu"]) as work:
        item = work.get_no(EvidenceItem, ITEM)
        append_custody(work, item, "transfer_in", reason="归档 · 假")
        kept = [said for _at, said, _by in filing_papers._events(work, item, "zh")]
    assert sum(said.startswith("归档") for said in kept) == 1, "words alone file nothing"
    assert visit("gao").post("/evidence/archive/file", **filing).status_code == 403
