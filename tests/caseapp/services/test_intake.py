"""A paste of many addresses, line by line; what a captured page says goes into its post and suggests incidents."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from capture.errors import CaptureError
from capture.guard import RelayPolicy, check_url
from caseapp.domain.errors import CaptureRefusedError, InvalidInputError, PermissionDeniedError, WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.models import Account, Capture, Incident, Job, Platform, Post, PostIncident
from caseapp.services import incidents, intake, links
from caseapp.services.work import Actor, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World
from tests.caseapp.services.house import House, Seen

GOOD = "https://weixun.test/1/PX{n}"
SAID = "出炉后要过一遍工业石蜡，一批料掺三公斤，厂里人亲口说的"
BROKEN = (
    ("ftp://weixun.test/1", "http"),
    ("https://user:secret@weixun.test/1", "用户名"),
    ("http://127.0.0.1/x", "内网"),
    ("http://192.168.1.1:8080/", "内网"),
    ("http://[::1]/", "内网"),
    ("http://2130706433/", "内网"),
    ("javascript:alert(1)", "http"),
    ("不是网址", "不是网址"),
    ("<script>alert(1)</script>", "不是网址"),
    ("weixun.test/1/PX1", "缺少"),
    ("https://weixun.test/\u202egnp.exe", "U+202E"),
    ("https://wei\u200bxun.test/1", "U+200B"),
    ("https://weixun.test:99999/", "网址"),
    ("https://" + "a" * 9000, "超过"),
    ("http://localhost/", "内网"),
    ("https:///nohost", "网址"),
)


def strict(url: str) -> None:
    """The capture library's own check, as the application wires it."""
    try:
        check_url(url, RelayPolicy())
    except CaptureError as error:
        raise CaptureRefusedError(what=Label(error.message("zh"), error.message("en"))) from error


class Strict:
    check = staticmethod(strict)


@pytest.fixture
def ports(ports: LocalPorts) -> LocalPorts:
    ports.capturer = Strict()
    return ports


@pytest.fixture
def gao(world: World) -> Actor:
    return world.person("gao", "pr")


def count(work: Any, model: Any) -> int:
    return int(work.session.scalar(select(func.count()).select_from(model)))


@pytest.mark.parametrize(("line", "said"), BROKEN)
def test_each_broken_line_says_why_and_names_itself(line: str, said: str) -> None:
    good, bad = intake.read_lines(f"{GOOD.format(n=1)}\n{line}\n", strict)
    assert good.problem is None
    assert (bad.number, bad.text) == (2, line)
    assert bad.problem is not None
    assert said in bad.problem.zh
    assert bad.problem.en


def test_two_hundred_lines_of_which_fifty_are_broken(ports: LocalPorts, gao: Actor) -> None:
    lines = [GOOD.format(n=n) if n % 4 else f"ftp://broken.test/{n}" for n in range(200)]
    began = time.perf_counter()
    with open_work(ports, gao) as work:
        taken = intake.take_in(work, "\n".join(lines))
    assert time.perf_counter() - began < 20
    assert (len(taken.added), taken.ordered, len(taken.left), taken.repeated) == (150, 150, 50, 0)
    assert taken.box.splitlines() == [line for line in lines if line.startswith("ftp")]
    assert [line.number for line in taken.left[:3]] == [1, 5, 9]
    assert len(ports.queue.pushed) == 150
    with open_work(ports, gao) as work:
        again = intake.take_in(work, "\n".join(lines))
        assert (len(again.added), len(again.known), again.ordered) == (0, 150, 0)
        assert (count(work, Post), count(work, Capture), count(work, Job)) == (150, 150, 150)


def test_the_same_address_in_other_writing_is_one_post(ports: LocalPorts, gao: Actor) -> None:
    text = f"  {GOOD.format(n=7)}#comments \n\nHTTPS://WEIXUN.test/1/PX7\n【标题】 https://weixun.test/1/PX7 复制打开\n"
    with open_work(ports, gao) as work:
        taken = intake.take_in(work, text)
    assert (len(taken.added), taken.repeated, taken.left) == (1, 2, [])


def test_several_addresses_in_a_line_are_taken_apart() -> None:
    found = intake.read_lines(f"{GOOD.format(n=1)} {GOOD.format(n=2)}\t{GOOD.format(n=1)}", strict)
    assert [(line.number, line.first) for line in found] == [(1, None), (1, None), (1, 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "至少一个"), (" \n\t\n", "至少一个"), ("\n".join(GOOD.format(n=n) for n in range(201)), "201"),
     ("长" * 200_000, "500 KB"), ("\x01" * 300_000, "500 KB")],
)  # fmt: skip
def test_a_box_that_is_no_paste_is_refused_whole(ports: LocalPorts, gao: Actor, text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused, open_work(ports, gao) as work:
        intake.take_in(work, text)
    assert said in refused.value.message("zh")
    with read_work(ports, gao) as work:
        assert count(work, Post) == 0


def test_who_may_not_record_posts_pastes_nothing(ports: LocalPorts, world: World) -> None:
    for login, role in (("xu", "archivist"), ("su", "auditor"), ("chen", "staff")):
        with pytest.raises(PermissionDeniedError), open_work(ports, world.person(login, role)) as work:
            intake.take_in(work, GOOD.format(n=1))


def test_a_post_in_somebody_elses_case_stays_in_the_box(ports: LocalPorts, world: World, gao: Actor) -> None:
    zhou = world.person("zhou", "counsel")
    case_id = world.case((zhou, "lead"))
    with open_work(ports, zhou) as work:
        incident = incidents.create_incident(work, title="他人的事件", case_id=case_id)
        intake.take_in(work, GOOD.format(n=1), incident)
    with open_work(ports, gao) as work:
        taken = intake.take_in(work, f"{GOOD.format(n=1)}\n{GOOD.format(n=2)}")
    assert [post.canonical_url for post in taken.added] == [GOOD.format(n=2)]
    assert [line.number for line in taken.left] == [1]
    assert taken.left[0].problem is not None
    assert "他人的" not in taken.left[0].problem.zh


def test_a_paste_into_an_incident_links_every_address(ports: LocalPorts, gao: Actor) -> None:
    with open_work(ports, gao) as work:
        incident = incidents.create_incident(work, title="工业石蜡")
        taken = intake.take_in(work, f"{GOOD.format(n=1)}\n{GOOD.format(n=2)}\nnothing", incident)
        assert [line.text for line in taken.left] == ["nothing"]
        states = work.session.scalars(select(PostIncident.state)).all()
    assert states == ["confirmed", "confirmed"]


def test_a_captured_page_fills_its_post_and_suggests(house: House) -> None:
    url = "https://weixun.test/9900000101/PX1"
    with house.work("gao") as work:
        incident = incidents.create_incident(work, title="工业石蜡")
        incidents.add_rumor_claim(work, incident, quote="出炉后要过一遍工业石蜡", neutral="网传。")
        (post,) = intake.take_in(work, url).added
        work.session.refresh(post)
        assert work.session.get(Platform, post.platform_id) is not None
    fields = [
        {"name": "text", "value": SAID}, {"name": "title", "value": "博文\x00标题"},
        {"name": "author", "value": "食安小喇叭"}, {"name": "author_id", "value": "9900000101"},
        {"name": "published_at", "value": "2026-08-10T12:30:00+08:00"}, {"name": "content_id", "value": "PX1"},
        {"name": "text", "value": "第二段不算"},
    ]  # fmt: skip
    house.camera.next.append(Seen(facts={"fields": fields}))
    assert house.run_jobs() == [True]
    row = house.read(Post, post.id)
    assert (row.text, row.title, row.platform_post_id) == (SAID, "博文␀标题", "PX1")
    assert row.published_at == datetime(2026, 8, 10, 4, 30, tzinfo=UTC)
    assert row.dedupe_key
    assert house.read(Account, row.account_id).handle == "食安小喇叭"
    with house.work("gao") as work:
        (pair,) = work.session.scalars(select(PostIncident).where(PostIncident.post_id == post.id))
        assert (pair.state, pair.incident_id, pair.decided_by) == ("suggested", incident.id, None)
        assert pair.reasons


def test_a_page_never_overwrites_what_is_known_and_a_login_wall_says_nothing(house: House) -> None:
    with house.work("gao") as work:
        one, two = intake.take_in(work, "https://weixun.test/9/PX1\nhttps://weixun.test/9/PX2").added
        work.change(one, title="人写的标题", text="人写的正文")
    fields = [{"name": "text", "value": SAID}, {"name": "published_at", "value": "昨天"}, "x", {"name": "title"}]
    house.camera.next += [Seen(facts={"fields": fields}), Seen(outcome="login_wall", facts={"fields": fields})]
    house.run_jobs()
    kept, blank = house.read(Post, one.id), house.read(Post, two.id)
    assert (kept.title, kept.text, kept.published_at) == ("人写的标题", "人写的正文", None)
    assert (blank.title, blank.text) == (None, None)


def test_ones_own_decision_is_undone_within_minutes_and_by_nobody_else(
    ports: LocalPorts, world: World, gao: Actor
) -> None:
    lin = world.person("lin", "counsel")
    with open_work(ports, gao) as work:
        incident = incidents.create_incident(work, title="工业石蜡")
        (post,) = intake.take_in(work, GOOD.format(n=1)).added
        work.change(post, first_captured_at=work.now)
        links.link_post(work, post, incident)
        assert incident.earliest_captured_post_id == post.id
    with pytest.raises(WorkflowRefusedError), open_work(ports, lin) as work:
        links.undo_decision(work, work.get(Post, post.id), work.get(Incident, incident.id))
    with open_work(ports, gao) as work:
        row = links.undo_decision(work, work.get(Post, post.id), work.get(Incident, incident.id))
        assert row.state == "suggested"
        assert work.get(Incident, incident.id).earliest_captured_post_id is None
        links.reject_suggestion(work, work.get(Post, post.id), work.get(Incident, incident.id))
    ports.clock.now += timedelta(minutes=11)
    with pytest.raises(WorkflowRefusedError), open_work(ports, gao) as work:
        links.undo_decision(work, work.get(Post, post.id), work.get(Incident, incident.id))
