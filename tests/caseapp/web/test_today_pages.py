"""今日 for every role: what is due, what waits for a second person, what came back, the first steps, the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from caseapp.models import Capture, Case, Deadline, DocumentVersion, Incident, Notice, NoticeItem, Task
from caseapp.services.queries.first_steps import STEPS, first_steps
from caseapp.services.work import open_work, read_work, system_actor
from caseapp.web.calendar import calendar_file
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import CASE

Visit = Callable[..., Browser]


def panel(page: str, name: str) -> str:
    """The words of one panel."""
    return re.sub(r"</?bdi[^>]*>", "", page.split(f'id="h-{name}"', 1)[1].split("</section>", 1)[0])


def propose(place: Place, kind: str = "statutory", by: str = "lin") -> str:
    with open_work(place.application, place.people[by]) as work:
        case = work.get_no(Case, CASE)
        row = work.add(
            Deadline(case_id=case.id, desk_id=case.desk_id, object_type="cases", object_id=case.id,
                     rule_id="limitation_damages", kind=kind, basis="民法典第一百八十八条",
                     base_event="知道损害及发布者", base_at=work.now, length=3, unit="year",
                     due_at=work.now + timedelta(days=20), explanation_zh="三年", explanation_en="three years")
        )  # fmt: skip
        return row.id


def test_a_proposal_waits_for_a_second_person_alone(visit: Visit, place: Place) -> None:
    before = {login: visit(login).get("/").text for login in ("lin", "han", "gao", "xu")}
    assert "没有等您确认的事" in panel(before["han"], "wait")
    propose(place)
    assert "确认期限：损害赔偿诉讼时效" in panel(visit("han").get("/").text, "wait")
    for login in ("lin", "gao", "xu"):  # who proposed it; whose role does not confirm
        assert "没有等您确认的事" in panel(visit(login).get("/").text, "wait"), login


def test_the_rail_and_the_title_count_the_same(visit: Visit, place: Place) -> None:
    approver = visit("han")
    propose(place)
    page = approver.get("/").text
    figure = page.split('aria-current="page">', 1)[1].split('class="n', 1)[1].split(">", 1)[1].split("<")[0]
    assert f"今天 {figure} 件要办" in page


def test_closing_and_giving_up_wait_too(visit: Visit, place: Place) -> None:
    with open_work(place.application, place.people["lin"]) as work:
        work.change(work.get_no(Case, CASE), close_requested_by=work.actor.user_id, close_reason="和解")
        row = work.session.scalars(work.visible(select(Deadline), Deadline)).first()
        assert row is not None
        work.change(row, waive_requested_by=work.actor.user_id)
    words = panel(visit("han").get("/").text, "wait")
    assert "结案：苜禾脆穗燕麦圈不实信息维权案" in words
    assert "放弃期限：" in words
    assert "林知远 提出" in words


def test_a_paper_waits_for_whoever_holds_its_open_step(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        version = work.session.scalars(select(DocumentVersion).where(DocumentVersion.n == 2)).one()
        version.route = [
            {"role": "pr", "label": {"zh": "公关", "en": "PR"}}, {"role": "leader", "label": {"zh": "高层", "en": "x"}}
        ]  # fmt: skip
    assert "侵权通知书" in panel(visit("gao").get("/").text, "app")
    for login in ("han", "lin", "xu"):
        assert "没有等您批准的文书" in panel(visit(login).get("/").text, "app"), login


def test_what_came_back_stands_first(visit: Visit, place: Place) -> None:
    assert 'id="h-rel"' not in visit("lin").get("/").text
    with open_work(place.application, system_actor("test")) as work:
        for item in work.session.scalars(select(NoticeItem)):
            item.outcome = "relapsed"
    page = visit("lin").get("/").text
    assert "1 条内容又能看到" in panel(page, "rel")
    assert page.index('id="h-rel"') < page.index('id="h-due"')
    assert 'id="h-rel"' not in visit("zhou").get("/").text


@pytest.mark.parametrize(
    ("login", "words", "absent"),
    [
        ("zhong", "校验操作日志", 'id="h-due"'),
        ("admin", "看一遍系统状态", 'id="h-due"'),
        ("su", "您还没有参与案件", 'id="h-due"'),
        ("xu", 'id="h-due"', "没有案件在您名下"),
    ],
)
def test_everybody_is_told_what_is_theirs(visit: Visit, login: str, words: str, absent: str) -> None:
    page = visit(login).get("/").text
    assert words in page
    assert absent not in page


def test_a_refused_notice_is_the_next_step_when_nothing_is_dated(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        for row in (*work.session.scalars(select(Deadline)), *work.session.scalars(select(Task))):
            row.due_at = work.now + timedelta(days=60)
        for incident in work.session.scalars(select(Incident)):
            incident.first_responded_at = work.now
    page = visit("lin").get("/").text
    assert "升级" in panel(page, "next")
    assert "没有到期的事</h1>" in page
    assert "没有待办" in panel(visit("zhou").get("/").text, "next")


def test_no_step_leads_where_this_person_may_not_go(visit: Visit) -> None:
    assert "粘贴第一个网址取证" in panel(visit("han").get("/").text, "first")
    assert 'href="/inbox/"' not in visit("han").get("/").text
    assert 'href="/inbox/"' in visit("lin").get("/").text


def test_a_new_installation_begins_with_the_first_capture(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        for kind in (Deadline, Task, Notice, Capture):
            for row in work.session.scalars(select(kind)):
                row.voided_at = work.now
        for incident in work.session.scalars(select(Incident)):
            incident.first_responded_at = work.now
    page = visit("lin").get("/").text
    assert "粘贴第一个网址取证" in panel(page, "next")
    assert 'href="/inbox/"' in panel(page, "next")


def test_the_first_steps_are_ticked_by_real_use(visit: Visit, place: Place) -> None:
    with read_work(place.application, place.people["lin"]) as work:
        assert list(first_steps(work)) == list(STEPS)
        before = first_steps(work)
    assert before["capture"]
    assert before["sealed"]
    assert not before["verified"]
    assert not before["calendar"]
    counsel = visit("lin")
    first = panel(counsel.get("/").text, "first")
    assert "校验一件证据" in first
    assert counsel.post("/today/calendar").status_code == 200
    with read_work(place.application, place.people["lin"]) as work:
        assert first_steps(work)["calendar"]
    with open_work(place.application, system_actor("test")) as work:
        work.session.scalars(select(Notice)).first().sample = True  # type: ignore[union-attr]
    assert 'id="h-first"' not in visit("zhong").get("/").text


def test_the_calendar_takes_open_deadlines_without_case_titles(visit: Visit) -> None:
    counsel = visit("lin")
    counsel.get("/")
    answer = counsel.post("/today/calendar")
    assert answer.mimetype == "text/calendar"
    body = answer.text.replace("\r\n ", "")
    assert body.count("BEGIN:VEVENT") == 2
    assert "苜禾" not in body
    assert "SUMMARY:不侵权声明后的合理期限" in body
    stranger = visit("zhou")
    stranger.get("/")
    assert stranger.post("/today/calendar").status_code == 303
    assert visit("zhong").post("/today/calendar").status_code == 403


def test_a_calendar_line_is_folded_by_octets_and_escaped() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    body = calendar_file([("key", now, NASTY * 4, "一，二; three, \\ four\nfive\u202e")], now)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    text = body.decode().replace("\r\n ", "")
    assert "three\\, \\\\ four\\nfive" in text
    assert "\u202e" not in text
    assert text.endswith("END:VCALENDAR\r\n")
