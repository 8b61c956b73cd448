"""A batch by hand: progress, pause, go on, retry, call off; the window of a running capture; the wrong are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import select

from caseapp.models import Capture, Job
from caseapp.services.work import open_work
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.leads import leads, order

Visit = Callable[..., Browser]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def batch(place: Place) -> tuple[str, list[str]]:
    """Six leads of one paste: two sealed, one walled, one failed, one running, one waiting."""
    numbers = leads(place)
    with open_work(place.application, place.people["gao"]) as work:
        return str(
            work.session.scalars(select(Capture.batch_id).where(Capture.batch_id.is_not(None)).distinct()).one()
        ), numbers


def states(place: Place) -> list[tuple[str, bool]]:
    with place.application.sessions() as session:
        rows = session.scalars(select(Capture).where(Capture.batch_id.is_not(None)).order_by(Capture.id))
        return [(row.status, row.paused_at is not None) for row in rows]


def test_progress_is_shown_and_sent_again(batch: tuple[str, list[str]], visit: Visit) -> None:
    key, _numbers = batch
    gao = visit("gao")
    page = gao.get("/inbox/").text
    said = words(page)
    for told in ("一批 6 个网址", "4 / 6 条已结束", "封存 2", "未取得 2", "取证中 1", "排队 1"):
        assert told in said
    assert f'id="batch-{key}" hx-swap-oob="true"' in gao.get("/inbox/pulse").text
    gao.post("/settings/language", language="en")
    assert "4 of 6 finished" in words(gao.get("/inbox/").text)


def test_the_acts_of_a_batch_by_hand(place: Place, batch: tuple[str, list[str]], visit: Visit) -> None:
    key, _numbers = batch
    gao = visit("gao")

    def act(name: str, **more: str) -> str:
        answer = gao.post(f"/inbox/batch/{key}/{name}", **more)
        assert answer.status_code == 303
        return words(gao.get(answer.location).text)

    assert "已暂停 1 条" in act("pause")
    assert ("queued", True) in states(place)
    assert "排队 1" not in words(gao.get("/inbox/").text)
    assert "继续取证 1 条" in act("resume")
    assert "重新取证 2 条" in act("retry")
    assert len(states(place)) == 8
    assert "未取得 2" not in words(gao.get("/inbox/").text)
    assert gao.post(f"/inbox/batch/{key}/cancel", reason=" ").status_code == 409
    assert "已取消 3 条排队中的取证" in act("cancel", reason="粘错了")
    with place.application.sessions() as session:
        assert "queued" not in set(session.scalars(select(Job.status).where(Job.kind == "capture")))


def test_a_paused_batch_needs_no_pulse(place: Place, batch: tuple[str, list[str]], visit: Visit) -> None:
    key, numbers = batch
    gao = visit("gao")
    gao.post(f"/inbox/batch/{key}/pause")
    with open_work(place.application, place.people["gao"]) as work:
        order(work, numbers[3]).status = "cancelled"
    page = gao.get("/inbox/").text
    assert 'hx-trigger="every 2s"' not in page
    assert "已暂停 1" in words(page)


def test_the_window_of_a_running_capture_is_for_those_who_may_see_it(
    place: Place, batch: tuple[str, list[str]], visit: Visit
) -> None:
    _key, numbers = batch
    gao = visit("gao")
    at = f"/inbox/{quote(numbers[3])}/live.jpg"
    assert at in gao.get("/inbox/").text
    assert gao.get(at).data.startswith(b"<svg")  # nothing shown yet
    with open_work(place.application, place.people["gao"]) as work:
        home = place.application.captures_dir / order(work, numbers[3]).id
    for fence, picture in ((2, b"old"), (10, b"\xff\xd8new")):
        (home / str(fence)).mkdir(parents=True)
        (home / str(fence) / "live.jpg").write_bytes(picture)
    answer = gao.get(at)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"\xff\xd8new", "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert gao.get(f"/inbox/{quote(numbers[0])}/live.jpg").status_code == 404  # it is over
    assert visit("su").get(at).status_code in {403, 404}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/inbox/batch/{key}/fly", 404), ("/inbox/batch/x/pause", 404), ("/inbox/batch/" + "0" * 26 + "/pause", 404),
     ("/inbox/batch/%3Cscript%3E/retry", 404), ("/inbox/batch/" + "x" * 3000 + "/pause", 404)],
)  # fmt: skip
def test_a_strange_batch_is_none(batch: tuple[str, list[str]], visit: Visit, path: str, status: int) -> None:
    assert visit("gao").post(path.format(key=batch[0])).status_code == status


@pytest.mark.parametrize("login", ["su", "admin"])
@pytest.mark.parametrize("act", ["pause", "resume", "retry", "cancel"])
def test_the_wrong_person_changes_nothing(
    place: Place, batch: tuple[str, list[str]], visit: Visit, login: str, act: str
) -> None:
    before = states(place)
    assert visit(login).post(f"/inbox/batch/{batch[0]}/{act}", reason="x").status_code in {403, 404}
    assert states(place) == before


def test_looking_changes_nothing(batch: tuple[str, list[str]], visit: Visit) -> None:
    assert visit("gao").get(f"/inbox/batch/{batch[0]}/pause").status_code == 405
