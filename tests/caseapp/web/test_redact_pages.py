"""制作遮盖副本 on the page: proposed, ticked, typed, made by a worker, marked everywhere; hostile forms are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from caseapp import jobs
from caseapp.models import Case, EvidenceItem, Job
from caseapp.services import evidence
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work
from evidence_store import new_ulid
from tests.caseapp.web.house import Browser, Place, tall_screenshot
from tests.caseapp.web.routes import ITEM

Visit = Callable[..., Browser]
PHONE = "13800138000"
TEXT = f"网友小葵说：打 {PHONE} 找老板。<b>石蜡</b>"


def original(place: Place, folder: Path) -> str:
    """A sealed item with two strips and a text in the case; its number."""
    files = tall_screenshot(folder)
    files["text.txt"].write_text(TEXT, "utf-8")
    record = json.loads(files["capture.json"].read_text("utf-8"))
    record["fields"].append({"name": "text", "raw": PHONE, "box": {"x": 220, "y": 700, "width": 300, "height": 40}})
    files["capture.json"].write_text(json.dumps(record), "utf-8")
    seal_id = new_ulid()
    sealed = seal_files(
        place.application, files, seal_id=seal_id, folder=folder / "package", capture={"source": "test"},
        case_ref=seal_id,
    )  # fmt: skip
    with open_work(place.application, place.people["xu"]) as work:
        item = evidence.register_files(work, sealed, title=f"{PHONE} 的博文", kind="web_page", source="微汛")
    with open_work(place.application, place.people["lin"]) as work:
        case = work.session.scalars(select(Case)).first()
        assert case is not None
        evidence.add_exhibit(work, case, work.get(EvidenceItem, item.id), "证7-1", group="第七组", proves="侵害")
    return item.no


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


def run(place: Place) -> None:
    with place.application.sessions() as session:
        waiting = list(session.scalars(select(Job.id).where(Job.kind == "redact", Job.status == "queued")))
    assert [jobs.perform(place.application, key) for key in waiting] == [True] * len(waiting)


def test_a_copy_is_proposed_made_and_shown_beside_its_original(place: Place, visit: Visit, tmp_path: Path) -> None:
    number = original(place, tmp_path / "o")
    at, xu = f"/evidence/{quote(number)}", visit("xu")
    assert "制作遮盖副本" in words(xu.get(at).text)
    page = xu.get(f"{at}/redact?names=小葵").text
    finds = re.findall(r'name="find" value="([^"]+)" checked', page)
    assert [one.split(":")[3] for one in finds] == ["name", "mobile"]
    places = re.findall(r'name="place" value="([^"]+)" checked', page)
    assert places == ["220:700:300:40:mobile:mobile"]
    assert "<b>石蜡" not in page
    assert xu.get(f"{at}/redact/shot/3/0/0.jpg").mimetype == "image/jpeg"
    form = {
        "reason": "交给平台，遮去旁人", "pictures": "y", "texts": "y", "find": finds, "place": places,
        "left": ["5", "", " 7 "], "top": ["6", "", "4990"], "width": ["10", "", "3"], "height": ["10", "", "10"],
        "box_kind": ["portrait", "other", "name"], "in": ["0"], "from": ["1"], "to": ["2"], "span_kind": ["other"],
        "csrf_token": xu.token, "names": "小葵",
    }  # fmt: skip
    answer = xu.client.post(f"{at}/redact", data=form)
    assert answer.status_code == 303, words(answer.text)
    assert "排队中" in words(xu.get(f"{at}/redact", headers={"HX-Request": "true"}).text)
    run(place)
    done = words(xu.get(f"{at}/redact").text)
    with place.application.sessions() as session:
        copy = session.scalars(select(EvidenceItem).where(EvidenceItem.derived_from_id.is_not(None))).one()
    assert copy.no in done
    assert copy.facts["redaction"]["kinds"] == {"mobile": 2, "name": 2, "other": 1, "portrait": 1}
    shown = words(xu.get(f"/evidence/{quote(copy.no)}?view=text").text)
    for told in ("【遮盖副本】", "这是遮盖副本，不是原件", "复制件", number, "█" * 11, "派生副本"):
        assert told in shown
    assert PHONE not in shown
    assert xu.get(f"/evidence/{quote(copy.no)}/shot/3/0/0.jpg").status_code == 200
    beside = words(xu.get(at).text)
    assert "派生件" in beside
    assert copy.no in beside
    assert "遮盖副本" in words(xu.get("/evidence/").text)
    xu.post("/settings/language", language="en")
    assert "redacted copy" in words(xu.get(f"/evidence/{quote(copy.no)}").text).lower()
    assert "Bystanders" in words(xu.get(f"{at}/redact").text)
    assert xu.get(f"/evidence/{quote(copy.no)}/redact").status_code == 409


BAD: tuple[dict[str, Any], ...] = (
    {"reason": ""}, {"find": "9:1:2:x:y"}, {"find": "0:5:2:mobile:mobile"}, {"find": "x"}, {"find": "0:0:999999:x:y"},
    {"place": "1:2:3"}, {"place": "nan:0:5:5"}, {"place": "0:0:99999:5"}, {"left": "-1", "top": "0", "width": "5"},
    {"left": "1e3", "top": "0", "width": "5", "height": "5"}, {"left": "²", "top": "0", "width": "5", "height": "5"},
    {"in": "7", "from": "1", "to": "2", "span_kind": "x"}, {"in": "0", "from": "0", "to": "0", "span_kind": "x"},
    {"in": "0", "from": "9", "to": "1" * 40, "span_kind": "x"}, {}, {"reason": "长" * 1001}, {"title": "长" * 400},
    {"place": ["0:0:5:5"] * 2500},
)  # fmt: skip


def test_hostile_forms_are_refused_and_what_was_typed_stays(place: Place, visit: Visit, tmp_path: Path) -> None:
    number = original(place, tmp_path / "o")
    at, xu = f"/evidence/{quote(number)}/redact", visit("xu")
    xu.get(at)
    for bad in BAD:
        form = {"reason": "理由", "pictures": "y", "texts": "y", "csrf_token": xu.token, **bad}
        answer = xu.client.post(at, data=form)
        assert answer.status_code == 422, (bad, words(answer.text)[:200])
    kept = {"reason": "保住这句", "left": "12345", "top": "0", "width": "9", "height": "9"}
    again = xu.client.post(at, data={"csrf_token": xu.token, "pictures": "y", **kept}).text
    assert "保住这句" in again
    assert 'value="12345"' in again
    with place.application.sessions() as session:
        assert session.scalars(select(Job).where(Job.kind == "redact")).all() == []


@pytest.mark.full
def test_who_may_not_register_makes_none(place: Place, visit: Visit, tmp_path: Path) -> None:
    number = original(place, tmp_path / "o")
    for login, status in (("he", 403), ("outside", 403)):
        if login in place.people:
            browser = visit(login)
            assert browser.get(f"/evidence/{quote(number)}/redact").status_code in {status, 404}
    with open_work(place.application, place.people["lin"]) as work:
        work.session.scalars(select(EvidenceItem).where(EvidenceItem.no == number)).one().status = "disposed"
    assert visit("xu").get(f"/evidence/{quote(number)}/redact").status_code == 409
    assert visit("xu").get(f"/evidence/{quote(ITEM)}/redact").status_code == 200
