"""The archivist's journey in Chromium: a contract handed in, sealed, verified, held, exported; others refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from evidence_store import Trust, verify
from tests.caseapp.web.house import NASTY, Place
from tests.caseapp.web.quality import CUT, SIDEWAYS, faults
from tests.caseapp.web.serving import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def enter(page: Page, site: str, paper: Path, title: str) -> None:
    page.goto(f"{site}/evidence/")
    page.click("text=登记材料")
    page.set_input_files("#files", paper)
    page.fill("#title", title)
    page.select_option("#kind", "contract")
    page.fill("#source", "法务部纸质档案，许慎行取得")
    page.fill("#proves", "证明与邻里达的供货关系")
    page.click("text=封存并登记")
    page.wait_for_url("**/evidence/%E8%AF%81-*")


def test_a_contract_is_handed_in_sealed_verified_and_exported(
    open_as: Open, site: str, house: Place, tmp_path: Path
) -> None:
    paper = tmp_path / "采购框架合同.pdf"
    paper.write_bytes(b"%PDF-1.7\n" + b"x" * 4096)
    page = open_as("xu")
    loads: list[str] = []
    enter(page, site, paper, "邻里达采购框架合同")
    assert "已封存、入册并登记" in page.inner_text("#toasts")
    assert "已加戳 1/1" in page.inner_text(".head")
    page.on("load", lambda: loads.append(page.url))
    page.click(".acts button:has-text('校验')")
    page.wait_for_selector("#verify .checks li")
    assert "全部相符" in page.inner_text("#verify")
    page.click("summary:has-text('设置法律保留')")
    page.fill("#hold-reason", "诉讼中")
    page.click("form button:has-text('设置法律保留')")
    page.wait_for_selector(".head .chip:has-text('法律保留')")
    assert loads == []  # small acts load no page anew
    page.click("summary:has-text('编入证据目录')")
    page.fill("#ex-no", "2-1")
    page.click("button:has-text('编入目录')")
    page.wait_for_selector(".head .ex:has-text('证2-1')")
    page.click("summary:has-text('导出证据包')")
    page.fill("#export-reason", "提交澜江区法院")
    with page.expect_download() as found:
        page.click("form button:has-text('导出')")
    package = tmp_path / "package.zip"
    found.value.save_as(package)
    assert zipfile.is_zipfile(package)
    assert verify(package, Trust.load(house.settings.data_dir / "trust.json")).verdict == "PASS"


def test_typed_words_survive_leaving_the_page(open_as: Open, site: str) -> None:
    page = open_as("xu")
    page.goto(f"{site}/evidence/register")
    page.fill("#title", "写到一半的题名")  # and away before the timer keeps it
    page.goto(f"{site}/evidence/")
    page.goto(f"{site}/evidence/register")
    page.wait_for_function("() => document.getElementById('title').value === '写到一半的题名'")
    with page.expect_response(lambda answer: "/drafts/" in answer.url and answer.request.method == "POST") as saved:
        page.press("#title", "End")
        page.keyboard.type("，续")
    assert saved.value.ok
    page.wait_for_function("() => document.querySelector('[data-saved]').textContent.trim()")
    page.goto(f"{site}/evidence/")
    page.goto(f"{site}/evidence/register")
    page.wait_for_function("() => document.getElementById('title').value === '写到一半的题名，续'")


def test_who_only_approves_sees_no_way_in(open_as: Open, site: str) -> None:
    page = open_as("han")
    page.goto(f"{site}/evidence/")
    assert page.locator("text=登记材料").count() == 0
    answer = page.goto(f"{site}/evidence/register")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize(
    ("width", "theme"), [(390, "light"), pytest.param(390, "dark", marks=pytest.mark.full), (1440, "dark")]
)
def test_long_hostile_words_leave_the_layout_whole(
    open_as: Open, site: str, tmp_path: Path, width: int, theme: str
) -> None:
    paper = tmp_path / ("长" * 60 + ".txt")
    paper.write_text("x", encoding="utf-8")
    page = open_as("xu", width, theme)
    enter(page, site, paper, (NASTY * 3)[:300])
    address = page.url
    for path in (address, f"{address}?view=files", f"{address}/edit", f"{site}/evidence/"):
        page.goto(path)
        for fold in page.query_selector_all(".deeds summary"):
            fold.click()
            assert faults(page) == []
        assert page.evaluate(SIDEWAYS) == []
        assert page.evaluate(CUT) == []
