"""What differs from the earlier capture, on the page of the later item."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from caseapp.models import Capture, EvidenceItem
from caseapp.services.evidence import register_evidence
from caseapp.services.queries.earlier import EarlierItem
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work, system_actor
from caseapp.web.changes import LINE_MOST, LINES_MOST, SHOWN_MOST, changes_of, differing
from evidence_store import new_ulid
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import ITEM

Visit = Callable[..., Browser]
NOW = "食安小喇叭\n出炉后要过一遍食用蜡<b>\n本条已由作者编辑，原话作废"
REPORT = {
    "schema": "bianwu/changes/1",
    "earlier": {"seal_id": "x", "finished": "2026-08-10T13:00:00Z"},
    "own_words": "differs",
    "text": {"same_permille": 873, "only_first": ["旧的一行"], "only_second": ["新的一行"]},
    "picture": {"alike_permille": 912, "heights": [5000, 5200]},
    "differs": ["own_words"],
}


def registered(place: Place, folder: Path, report: dict[str, Any], *, seal: str = "") -> str:
    """The address of an item that was compared; with the first item of the house unless told otherwise."""
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False), "utf-8")
    files, seal_id = {"changes/report.json": folder / "report.json"}, new_ulid()
    sealed = seal_files(place.application, files, seal_id=seal_id, folder=folder / "package", capture={})
    with open_work(place.application, system_actor("capture")) as work:
        item = work.session.scalars(select(EvidenceItem).where(EvidenceItem.no == ITEM)).one()
        old = work.session.get_one(Capture, item.capture_id)
        same = {name: getattr(old, name) for name in ("post_id", "case_id", "desk_id", "requested_by", "requested_at")}
        facts = {"changes": {"earlier_seal_id": seal or item.seal_id, "differs": report["differs"]}}
        row = work.add(
            Capture(no=work.next_no("capture"), url="https://a.test/", status="done", result="COMPLETE",
                    outcome="changed", seal_id=seal_id, facts=facts, grade="demo", steps=[], text=NOW,
                    started_at=work.now, finished_at=work.now, title="x", **same)
        )  # fmt: skip
        return f"/evidence/{register_evidence(work, row, sealed).no}"


def test_the_page_shows_figures_and_words(place: Place, visit: Visit, tmp_path: Path) -> None:
    lin = visit("lin")
    item = registered(place, tmp_path, REPORT)
    assert "在线，与前次取证不同" in lin.get(item).text
    page = lin.get(f"{item}?view=changes").text
    for said in ("页面仍在，但与前次取证不同", ITEM, "87.3%", "91.2%", "5,000 → 5,200",
                 'class="insx"', "本条已由作者编辑，原话作废", "&lt;b&gt;"):  # fmt: skip
        assert said in page, said
    assert "<b>\n" not in page
    assert "旧的一行" not in page, "both texts are at hand: the record's shortened list is not needed"


def test_without_the_earlier_item_the_record_speaks(place: Place, visit: Visit, tmp_path: Path) -> None:
    same = REPORT | {"differs": [], "picture": None, "own_words": "same"}
    page = visit("lin").get(f"{registered(place, tmp_path, same, seal='01ARZ3NDEKTSV4RRFFQ69G5FAV')}?view=changes").text
    assert "与前次取证一致" in page
    assert "没有可比的截图" in page
    assert "旧的一行" in page


def test_an_item_that_was_not_compared_has_no_such_view(shared: Place, visit: Visit) -> None:
    assert shared
    page = visit("lin").get(f"/evidence/{ITEM}?view=changes")
    assert page.status_code == 200
    assert "与前次比对" not in page.text


@pytest.mark.parametrize("text", ["[]", "{", '{"text": 3}', '{"earlier": {"finished": "x"}}', "null"])
def test_a_report_that_cannot_be_read_is_left_out(text: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_text(text, "utf-8")
    entry = {"changes/report.json": {"bytes": 9}}
    assert changes_of(lambda _name: (tmp_path / "r").open("rb"), entry, "", None) is None


def test_an_edited_line_is_one_line_and_long_texts_are_cut() -> None:
    assert list(differing("甲乙丙丁\n同", "甲乙戊丁\n同")) == [
        [("same", "甲乙"), ("removed", "丙"), ("added", "戊"), ("same", "丁")]
    ]
    assert list(differing("", "新")) == [[("added", "新")]]
    assert list(differing("旧", "")) == [[("removed", "旧")]]
    assert len(list(differing("", "\n".join(str(n) for n in range(9000))))) == LINES_MOST


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("旧", False),
        ("\n".join(["旧", *[f"行{n}" for n in range(LINES_MOST)]]), True),
        ("长" * (LINE_MOST + 1), True),
        ("\n".join(f"x{n}" * 90 for n in range(SHOWN_MOST + 1)), True),
    ],
)
def test_what_is_not_compared_or_not_shown_is_said(text: str, cut: bool, tmp_path: Path) -> None:
    (tmp_path / "r").write_text(json.dumps(REPORT), "utf-8")
    entry = {"changes/report.json": {"bytes": 9}}
    earlier = EarlierItem("证-2026-000001", sample=False, at=None, text=text)
    found = changes_of(lambda _name: (tmp_path / "r").open("rb"), entry, "新", earlier)
    assert found is not None
    assert found.cut is cut
    assert len(found.lines) <= SHOWN_MOST
