"""The reading view of a capture on its page: beside the untouched one, never taken for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from caseapp.models import Capture
from caseapp.services.evidence import register_evidence
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work, system_actor
from caseapp.web.captured import beginning
from caseapp.web.readingview import reading_of
from evidence_store import new_ulid
from tests.caseapp.web.house import Browser, Place, tall_screenshot
from tests.caseapp.web.routes import ITEM

Visit = Callable[..., Browser]
BAR = {"kind": "cookie", "text": "本站使用 Cookie <b>接受</b>", "selector": "#bar", "box": [0, 680, 1280, 120],
       "what": "display: none", "position": "fixed", "at": 1}  # fmt: skip
LEFT = {**BAR, "kind": "login", "selector": "#wall", "text": "登录后查看更多", "what": "left: log-in prompt"}
START = {"state": "stamped", "at": "2026-11-23T08:00:07Z", "stamped_by": ["one", "two"], "silent": []}


def with_reading(folder: Path) -> dict[str, Path]:
    """The files of a capture with a reading view."""
    files = tall_screenshot(folder)
    Image.new("RGB", (1280, 900), "teal").save(folder / "reading.png")
    report = {"done": [BAR, {**BAR, "kind": "scroll_lock", "selector": "html"}], "left": [LEFT], "back_again": True}
    (folder / "reading.json").write_text(json.dumps(report, ensure_ascii=False), "utf-8")
    return files | {"reading/page-001.png": folder / "reading.png", "reading/report.json": folder / "reading.json"}


def registered(place: Place, folder: Path) -> str:
    """The address of an item with both views."""
    seal_id = new_ulid()
    files = with_reading(folder / "files")
    sealed = seal_files(place.application, files, seal_id=seal_id, folder=folder / "package", capture={})
    with open_work(place.application, system_actor("capture")) as work:
        old = work.session.scalars(select(Capture).limit(1)).one()
        same = {name: getattr(old, name) for name in ("post_id", "case_id", "desk_id", "requested_by", "requested_at")}
        row = work.add(
            Capture(no=work.next_no("capture"), url="https://a.test/", status="done", result="COMPLETE",
                    outcome="live", seal_id=seal_id, facts={"start": START}, grade="demo", steps=[],
                    started_at=work.now, finished_at=work.now, title="x", **same)
        )  # fmt: skip
        return f"/evidence/{register_evidence(work, row, sealed).no}"


@pytest.fixture
def item(place: Place, tmp_path: Path) -> str:
    return registered(place, tmp_path)


def test_both_views_are_shown_with_the_difference_clear(item: str, visit: Visit) -> None:
    lin = visit("lin")
    first = lin.get(item).text
    assert "截图（未经触碰）" in first
    assert "阅读视图（派生）" in first
    assert "派生的阅读视图，不是页面原貌" not in first
    assert '/shot" data-width="1280"' in first
    assert "不早于 2026-11-23 16:00:07：访问前已由 one、two 加盖时间戳" in first
    page = lin.get(f"{item}?view=reading").text
    assert "派生的阅读视图，不是页面原貌" in page
    assert "改动 2 处（遮去、解除或补载），未点击任何元素 · 保留 1 处" in page
    assert "本站使用 Cookie &lt;b&gt;接受&lt;/b&gt;" in page
    assert "0, 680 · 1280 × 120" in page
    assert "登录提示" in page
    assert "页面曾把遮去的元素放回" in page
    assert '/reading" data-width="1280" data-height="900"' in page
    assert "字段框" not in page, "the fields stand on the untouched picture"
    tile = lin.get(f"{item}/reading/0/0/0.jpg")
    assert (tile.status_code, tile.mimetype) == (200, "image/jpeg")
    assert lin.get(f"{item}/reading/0/0/99.jpg").status_code == 404


def test_an_item_without_one_says_nothing_of_it(place: Place, visit: Visit) -> None:
    assert place
    lin = visit("lin")
    page = lin.get(f"/evidence/{ITEM}?view=reading")
    assert page.status_code == 200
    assert "阅读视图" not in page.text
    assert lin.get(f"/evidence/{ITEM}/reading/0/0/0.jpg").status_code == 404


@pytest.mark.parametrize("text", ["[]", "{", '{"done": 3}', '{"done": [{"box": ["x", 1, 2, 3]}]}', '{"done": ["x"]}'])
def test_a_report_that_cannot_be_read_is_left_out(text: str, shared: Place, tmp_path: Path) -> None:
    (tmp_path / "r").write_text(text, "utf-8")
    with shared.app().test_request_context("/"):
        assert reading_of(lambda _name: (tmp_path / "r").open("rb"), {"reading/report.json": {"bytes": 9}}) is None


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (None, ""),
        ({"state": "test"}, "访问前只取得测试时间戳，不能证明开始时间"),
        ({"state": "unanswered"}, "访问前没有时间戳机构答复，开始时间由本机自记"),
        ({"state": "no_authority"}, "没有设置时间戳机构，开始时间由本机自记"),
        ({"state": "not_asked"}, "按设置访问前不取时间戳，开始时间由本机自记"),
        ({"state": "other"}, ""),
    ],
)
def test_the_beginning_is_said_as_it_is(start: Any, said: str, shared: Place) -> None:
    with shared.app().test_request_context("/"):
        assert beginning({"start": start}) == said
