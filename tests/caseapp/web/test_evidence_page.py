"""The evidence page: verified by numbers, exported whole, every look and copy in the custody chain."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from caseapp.models import AuditEvent, CustodyEvent, EvidenceItem
from caseapp.services.verification import check_package
from caseapp.services.work import open_work, system_actor
from evidence_store import Trust, verify
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import ITEM


def custody(place: Place) -> list[str]:
    with place.application.sessions() as session:
        return list(session.scalars(select(CustodyEvent.type).order_by(CustodyEvent.seq)))


def test_looking_is_written_once_an_hour_and_person(visit: Callable[..., Browser], place: Place) -> None:
    before = custody(place)
    lead, officer = visit("lin"), visit("gao")
    for browser in (lead, lead, officer):
        browser.get(f"/evidence/{ITEM}")
    assert custody(place) == [*before, "view", "view"]
    with place.application.sessions() as session:
        actions = list(session.scalars(select(AuditEvent.action).where(AuditEvent.action == "evidence.read")))
    assert len(actions) == 2


def test_verifying_shows_every_numbered_check(visit: Callable[..., Browser], place: Place) -> None:
    lead = visit("lin")
    assert "开始校验" in lead.get(f"/evidence/{ITEM}").text
    page = lead.post(f"/evidence/{ITEM}/verify").text
    assert "全部相符" in page
    for name in ("封印签名", "日志收录", "时间戳", "内容 SHA-256", "内容 SM3"):
        assert name in page
    assert custody(place)[-1] == "verify"
    assert "开始校验" not in lead.get(f"/evidence/{ITEM}").text


def test_others_write_while_a_package_is_checked(
    visit: Callable[..., Browser], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = visit("lin")
    lead.get(f"/evidence/{ITEM}")
    wrote: list[object] = []

    def slow(*given: Any) -> Any:
        with open_work(place.application, system_actor("test")) as work:  # would wait for the check's transaction
            wrote.append(work.now)
        return check_package(*given)

    monkeypatch.setattr(import_module("caseapp.web.pages.evidence"), "check_package", slow)
    assert "全部相符" in lead.post(f"/evidence/{ITEM}/verify").text
    assert wrote


def test_a_part_of_the_page_can_be_verified_alone(visit: Callable[..., Browser]) -> None:
    lead = visit("lin")
    lead.get(f"/evidence/{ITEM}")
    answer = lead.client.post(
        f"/evidence/{ITEM}/verify", data={"csrf_token": lead.token}, headers={"HX-Request": "true"}
    )
    assert "<html" not in answer.text
    assert "全部相符" in answer.text


def test_a_changed_byte_raises_the_alarm(visit: Callable[..., Browser], place: Place) -> None:
    stored = [path for path in (place.settings.data_dir / "evidence").rglob("*") if path.is_file()]
    shots = [path for path in stored if path.read_bytes()[:4] == b"\x89PNG"]
    assert shots
    for path in shots:
        path.chmod(0o600)
        content = bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(bytes(content))
    lead = visit("lin")
    lead.get(f"/evidence/{ITEM}")
    answer = lead.post(f"/evidence/{ITEM}/verify")
    assert answer.status_code in {200, 500}
    assert "全部相符" not in answer.text
    assert "Traceback" not in answer.text


def test_the_exported_package_verifies_without_us(visit: Callable[..., Browser], place: Place, tmp_path: Path) -> None:
    lead = visit("lin")
    lead.get(f"/evidence/{ITEM}")
    answer = lead.post(f"/evidence/{ITEM}/export", reason="提交法院")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    path = tmp_path / "package.zip"
    path.write_bytes(answer.data)
    assert zipfile.is_zipfile(path)
    report = verify(path, Trust.load(place.settings.data_dir / "trust.json"))
    assert report.verdict == "PASS", [check for check in report.checks if check.status == "FAIL"]
    assert custody(place)[-1] == "export"


def test_a_download_is_the_sealed_file_and_is_written_down(visit: Callable[..., Browser], place: Place) -> None:
    assert visit("lin").get(f"/evidence/{ITEM}/files/text.txt").data == "出炉后要过一遍工业石蜡\n".encode()
    assert custody(place)[-1] == "view"


def test_tiles_are_pictures_and_private(reader: Callable[[str], Browser]) -> None:
    lead = reader("lin")
    answer = lead.get(f"/evidence/{ITEM}/shot/0/0/0.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"].startswith("private")
    assert Image.open(io.BytesIO(answer.data)).size == (512, 512)
    assert lead.get(f"/evidence/{ITEM}/shot/0/9/0.jpg").status_code == 404
    assert lead.get(f"/evidence/{ITEM}/shot/99/0/0.jpg").status_code == 404


def test_the_page_says_what_a_test_stamp_is_worth(reader: Callable[[str], Browser]) -> None:
    page = reader("lin").get(f"/evidence/{ITEM}").text
    assert "测试时间戳" in page
    assert "只有测试时间戳，不能证明时间" in page
    assert "未经真实站点核验" in page
    assert "已加戳 1/1" in page


def test_paper_without_a_package_has_a_page_too(visit: Callable[..., Browser], place: Place) -> None:
    with place.application.sessions() as session:
        row = session.scalars(select(EvidenceItem)).one()
        row.package_id, row.files, row.capture_id, row.seal_state, row.stamps, row.test_stamps = (
            None, {}, None, "stored", 0, 0,
        )  # fmt: skip
        session.commit()
    page = visit("lin").get(f"/evidence/{ITEM}")
    assert page.status_code == 200
    assert "没有电子文件" in page.text
    assert "导出证据包" not in page.text
