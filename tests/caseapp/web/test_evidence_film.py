"""The film of a capture on its page: chapters in both languages, ranges, refused to who may not see the item."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from capture.film_cut import Chapter, Frame, Job, cut, webvtt
from caseapp.models import Capture
from caseapp.services.evidence import register_evidence
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work, system_actor
from caseapp.web.film import film_of, worded
from evidence_store import new_ulid
from tests.caseapp.web.house import Browser, Place, tall_screenshot
from tests.caseapp.web.routes import ITEM

Visit = Callable[..., Browser]
CHAPTERS = (Chapter(0, 1, "navigate"), Chapter(61.5, 62, "scroll"))


def with_film(folder: Path) -> dict[str, Path]:
    """The files of a capture with a film of one frame."""
    files = tall_screenshot(folder)
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(picture, "JPEG")
    (folder / "frames.mjpeg").write_bytes(picture.getvalue())
    frames = [Frame(0.0, 0, picture.tell(), "")]
    cut(Job(folder / "frames.mjpeg", frames, CHAPTERS, "https://a.test/", (320, 200), 1e12), folder / "film.webm")
    (folder / "chapters.vtt").write_text(webvtt(CHAPTERS), "utf-8")
    (folder / "frames.json").write_text(json.dumps({"stopped": "1 frames", "frames": [{}]}), "utf-8")
    video = {"video.webm": "film.webm", "video/chapters.vtt": "chapters.vtt", "video/frames.json": "frames.json"}
    return files | {name: folder / own for name, own in video.items()}


@pytest.fixture
def filmed(place: Place, tmp_path: Path) -> str:
    """The address of an item with a film."""
    seal_id = new_ulid()
    sealed = seal_files(
        place.application, with_film(tmp_path / "film"), seal_id=seal_id, folder=tmp_path / "package", capture={}
    )
    with open_work(place.application, system_actor("capture")) as work:
        old = work.session.scalars(select(Capture)).one()
        same = {name: getattr(old, name) for name in ("post_id", "case_id", "desk_id", "requested_by", "requested_at")}
        row = work.add(
            Capture(no=work.next_no("capture"), url="https://a.test/", status="done", result="COMPLETE",
                    outcome="live", seal_id=seal_id, facts={}, grade="demo", steps=[], started_at=work.now,
                    finished_at=work.now, title="x", **same)
        )  # fmt: skip
        return f"/evidence/{register_evidence(work, row, sealed).no}"


def test_the_page_plays_it_with_chapters_and_says_what_is_added(filmed: str, visit: Visit) -> None:
    page = visit("lin").get(f"{filmed}?view=film").text
    assert "过程录像" in page
    assert 'data-seek="61.5"' in page
    assert ">1:01</span>滚动到底" in page
    assert "由系统事后叠加" in page
    assert "1 帧原始画面" in page
    assert "录像到上限即停：1 frames" in page
    assert "media-src 'self'" in visit("lin").get(filmed).headers["Content-Security-Policy"]


def test_it_is_answered_whole_and_in_ranges(filmed: str, visit: Visit) -> None:
    lin = visit("lin")
    whole = lin.get(f"{filmed}/film.webm")
    assert whole.mimetype == "video/webm"
    assert whole.data.startswith(b"\x1a\x45\xdf\xa3")  # EBML
    part = lin.get(f"{filmed}/film.webm", headers={"Range": "bytes=4-9"})
    assert part.status_code == 206
    assert part.data == whole.data[4:10]
    assert lin.get(f"{filmed}/film.webm", headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize(("language", "words"), [("zh", "打开网址"), ("en", "opening the address")])
def test_chapters_speak_the_readers_language(filmed: str, place: Place, language: str, words: str) -> None:
    browser = Browser(place.app().test_client())
    browser.sign_in("lin", language=language)
    text = browser.get(f"{filmed}/film.vtt").text
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n")
    assert words in text.lower()


def test_who_does_not_see_the_item_gets_nothing(filmed: str, visit: Visit) -> None:
    for name in ("film.webm", "film.vtt"):
        assert visit("zhou").get(f"{filmed}/{name}").status_code == 404


def test_an_item_without_a_film_shows_none(visit: Visit) -> None:
    lin = visit("lin")
    assert "view=film" not in lin.get(f"/evidence/{ITEM}").text
    assert lin.get(f"/evidence/{ITEM}/film.webm").status_code == 404
    assert lin.get(f"/evidence/{ITEM}/film.vtt").status_code == 404


def test_a_strange_list_of_chapters_is_no_list() -> None:
    files = {"video/chapters.vtt": {}}
    assert film_of(lambda _name: io.BytesIO(b"WEBVTT\n\n00:00 --> x\n<script>"), files).chapters == []
    assert worded("WEBVTT\n\n<b>") == "WEBVTT\n\n<b>"
