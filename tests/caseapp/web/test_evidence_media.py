"""Video, sound and pictures of a capture on its page: played in ranges, written into the chain, refused to others."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from caseapp.models import Capture, CustodyDetail, CustodyEvent
from caseapp.services.evidence import register_evidence
from caseapp.services.sealing import seal_files
from caseapp.services.work import open_work, system_actor
from caseapp.web.mediaview import media_of, type_of
from evidence_store import new_ulid
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import ITEM

Visit = Callable[..., Browser]
FILM = b"\x1aE\xdf\xa3" + bytes(range(256)) * 40
CLIP = {"url": "https://a.test/v.webm", "name": "media/001.webm", "mime": "video/webm", "bytes": len(FILM),
        "sha256": "ab" * 32, "missing": []}  # fmt: skip
LISTED = {
    "media": [CLIP, {**CLIP, "url": "https://a.test/cut.mp4", "name": "", "mime": "video/mp4", "missing": [[0, 2048]],
                     "sha256": ""}],
    "images": [
        {"url": "https://a.test/p.png", "name": "images/001.png", "alt": NASTY, "bytes": 90, "sha256": "cd" * 32,
         "size": [600, 400]},
        {"url": "https://a.test/q.png", "name": "", "alt": "", "bytes": 0, "sha256": "", "size": [640, 480]},
    ],
}  # fmt: skip


def with_media(folder: Path) -> dict[str, Path]:
    """The files of a capture with a film, a picture, and a page that would like to be shown."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "PNG")
    data = {"media.json": json.dumps(LISTED).encode(), "media/001.webm": FILM, "images/001.png": picture.getvalue(),
            "media/002.html": b"<script>alert(1)</script>", "dom.html": b"<p>"}  # fmt: skip
    folder.mkdir()
    for number, name in enumerate(data):
        (folder / str(number)).write_bytes(data[name])
    return {name: folder / str(number) for number, name in enumerate(data)}


@pytest.fixture
def item(place: Place, tmp_path: Path) -> str:
    """The address of an item with media."""
    seal_id, files = new_ulid(), with_media(tmp_path / "files")
    sealed = seal_files(place.application, files, seal_id=seal_id, folder=tmp_path / "package", capture={})
    with open_work(place.application, system_actor("capture")) as work:
        old = work.session.scalars(select(Capture).limit(1)).one()
        same = {name: getattr(old, name) for name in ("post_id", "case_id", "desk_id", "requested_by", "requested_at")}
        row = work.add(
            Capture(no=work.next_no("capture"), url="https://a.test/", status="done", result="COMPLETE",
                    outcome="live", seal_id=seal_id, facts={}, grade="demo", steps=[], started_at=work.now,
                    finished_at=work.now, title="x", **same)
        )  # fmt: skip
        return f"/evidence/{register_evidence(work, row, sealed).no}"


def played(place: Place) -> int:
    with place.application.sessions() as session:
        bodies = session.scalars(select(CustodyDetail.body).join(CustodyEvent)).all()
    return sum("media/001.webm" in (body or "") for body in bodies)


def test_the_page_plays_what_is_whole_and_says_what_is_not(item: str, visit: Visit) -> None:
    page = visit("lin").get(f"{item}?view=media").text
    for said in ('<video class="film" controls preload="none"', "media/001.webm", "缺 2.0 KB", "没有取全，不成文件",
                 "600 × 400", "没有取得原文件", "images/001.png"):  # fmt: skip
        assert said in page, said
    assert "<script>alert(1)" not in page


def test_it_is_served_in_ranges_and_playing_is_in_the_chain_once(item: str, visit: Visit, place: Place) -> None:
    lin = visit("lin")
    assert played(place) == 0
    whole = lin.get(f"{item}/kept/media/001.webm")
    assert (whole.status_code, whole.data, whole.mimetype) == (200, FILM, "video/webm")
    part = lin.get(f"{item}/kept/media/001.webm", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, FILM[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(FILM)}"
    assert lin.get(f"{item}/kept/media/001.webm", headers={"Range": "bytes=-4"}).data == FILM[-4:]
    past = lin.get(f"{item}/kept/media/001.webm", headers={"Range": f"bytes={len(FILM)}-"})
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{len(FILM)}")
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert played(place) == 1
    picture = lin.get(f"{item}/kept/images/001.png")
    assert (picture.status_code, picture.mimetype) == (200, "image/png")


@pytest.mark.parametrize("name", ["dom.html", "media/002.html", "media/009.webm", "../seal", "images/001.svg"])
def test_nothing_else_is_shown_from_here(item: str, visit: Visit, name: str) -> None:
    assert visit("lin").get(f"{item}/kept/{name}").status_code == 404


def test_who_may_not_see_the_item_gets_no_byte(item: str, visit: Visit) -> None:
    assert visit("zhou").get(f"{item}/kept/media/001.webm").status_code == 404
    assert visit("lin").get(f"/evidence/{ITEM}/kept/media/001.webm").status_code == 404


@pytest.mark.parametrize("text", ["[]", "{", '{"media": 3}', '{"media": [{"name": 1}]}', "null"])
def test_a_list_that_cannot_be_read_is_left_out(text: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_text(text, "utf-8")
    assert media_of(lambda _name: (tmp_path / "r").open("rb"), {"media.json": {"bytes": 9}}) is None
    assert type_of("media/001.flv") == type_of("media/1.mp4") == ""
