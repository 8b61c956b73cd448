"""The inbox by hand: paste, watch, judge, link, undo, capture again, call off; the wrong role is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from caseapp.models import Capture, EvidenceItem, Incident, Job, Membership, Post, PostIncident
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.leads import SAID, finish, leads, order

Visit = Callable[..., Browser]
LISTED, MINE, INCIDENT = "帖-2026-00001", "帖-2026-00004", "谣-2026-0001"
PASTE = "/inbox/paste"


def at(number: str, act: str = "", **more: str) -> str:
    tail = "&".join(f"{key}={quote(value)}" for key, value in more.items())
    return f"/inbox/{quote(number)}{'/' + act if act else ''}{'?' + tail if tail else ''}"


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def post(place: Place, number: str) -> Post:
    with place.application.sessions() as session:
        return session.scalars(select(Post).where(Post.no == number)).one()


def pair(place: Place, number: str) -> PostIncident | None:
    with place.application.sessions() as session:
        return session.scalars(select(PostIncident).where(PostIncident.post_id == post(place, number).id)).first()


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def judge(browser: Browser, number: str, verdict: str, reason: str = "与检验报告相反", **more: str) -> tuple[int, str]:
    page = browser.get(at(number)).text
    form = {"verdict": verdict, "reason": reason, "seen": seen(page), **more}
    answer = browser.post(at(number, "judge"), **form)
    return answer.status_code, answer.location or answer.text


def test_a_paste_takes_the_good_lines_and_leaves_the_others_with_their_reasons(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    box = "https://weixun.test/n/1\nftp://x.test/1\nhttps://weixun.test/n/1#top\nhttp://127.0.0.1/\nweixun.test/n/2"
    answer = gao.post(PASTE, urls=box, draft="inbox:paste")
    assert (answer.status_code, answer.location) == (303, "/inbox/?paste=1")
    page = gao.get(answer.location).text
    said = words(page)
    assert "收下 1 个网址" in said
    assert "1 行重复，已合并" in said
    assert "3 行有问题，留在框里" in said
    left = re.search(r'<textarea[^>]*name="urls"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert left is not None
    assert left[1].strip().splitlines() == ["ftp://x.test/1", "http://127.0.0.1/", "weixun.test/n/2"]
    for told in ("第 2 行", "内网", "缺少开头的 http://"):
        assert told in said
    assert "排队第 1" in said
    with place.application.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "capture")) == 1
    again = gao.post(PASTE, urls="https://weixun.test/n/2", draft="inbox:paste")
    assert again.location == "/inbox/"
    assert 'id="h-wrong"' not in gao.get("/inbox/").text


def test_the_same_paste_sent_twice_is_taken_once(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    for _again in range(2):
        assert gao.post(PASTE, urls="https://weixun.test/n/1", once="ab" * 16).status_code == 303
    with place.application.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Capture).where(Capture.url.like("%/n/1"))) == 1


@pytest.mark.parametrize(
    ("box", "status", "told"),
    [
        ("", 422, "至少一个"),
        ("\n".join(f"https://weixun.test/{n}" for n in range(201)), 422, "201"),
        ("x" * 600_000, 422, "500"),
        ("x" * 10_000_000, 413, "太大"),
    ],
)
def test_a_box_that_is_refused_whole_keeps_what_was_typed(visit: Visit, box: str, status: int, told: str) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    answer = gao.post(PASTE, urls=box)
    assert answer.status_code == status
    assert told in words(answer.text)
    if status == 422:
        assert box[:80] in answer.text


def test_a_paste_into_an_incident_joins_and_into_a_strange_one_does_not_exist(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    assert gao.post(PASTE, urls="https://weixun.test/n/1", incident=INCIDENT).status_code == 303
    joined = pair(place, MINE)
    assert joined is not None
    assert joined.state == "confirmed"
    assert gao.post(PASTE, urls="https://weixun.test/n/2", incident="谣-2026-9999").status_code == 404
    with place.application.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Post).where(Post.canonical_url.like("%/n/2"))) == 0


def test_the_rows_say_what_became_of_each_capture_and_what_to_do(place: Place, visit: Visit) -> None:
    leads(place)
    gao = visit("gao")
    said = words(gao.get("/inbox/").text)
    for told in ("取证完整", "要求登录", "登录页不会当作该内容封存", "未取得", "连接被拒绝", "取证中 9/22", "滚动到底",
                 "排队第 1", "建议归入", "含有原句"):  # fmt: skip
        assert told in said
    english = visit("gao")
    english.post("/settings/language", language="en")
    assert "Connection refused" in english.get("/inbox/").text


def test_the_pulse_sends_only_what_moved_and_stops_when_all_is_done(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    beat = gao.get(f"/inbox/pulse?current={quote(numbers[3])}").text
    assert 'hx-trigger="every 2s"' in beat
    assert "取到" not in beat
    finish(place.application, place, numbers[3])
    beat = gao.get(f"/inbox/pulse?current={quote(numbers[3])}").text
    assert 'id="lead-facts"' in beat
    assert "取到的标题" in beat
    assert 'id="judge"' not in beat  # what is being typed stays
    finish(place.application, place, numbers[5])
    assert "hx-trigger" not in gao.get("/inbox/pulse").text
    for strange in ("since=x", "since=9999-99-99", f"since={quote('2026-01-01T00:00:00')}", "current=%3Cscript%3E"):
        assert gao.get(f"/inbox/pulse?{strange}").status_code == 200


def test_a_judgement_is_recorded_with_its_reason_and_leads_to_the_next(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    status, where = judge(gao, numbers[5], "false_fact")
    assert (status, where) == (303, at(numbers[4]))  # the newest first: the one added before it
    row = post(place, numbers[5])
    assert (row.verdict, row.verdict_reason, row.triaged_by) == (
        "false_fact", "与检验报告相反", place.people["gao"].user_id,
    )  # fmt: skip
    assert "已记为“事实不实”" in words(gao.get(where).text)
    assert numbers[5] not in re.findall(r"帖-2026-\d+", unescape(gao.get("/inbox/").text.replace("%E5%B8%96", "帖")))
    assert "它不能列入侵权通知" in words(gao.get(judge(gao, numbers[4], "fair_comment")[1]).text)


def test_the_next_lead_is_the_next_of_the_list_as_it_is_filtered(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    page = gao.get(at(numbers[0], state="complete")).text
    form = {"verdict": "insult", "reason": "谩骂", "seen": seen(page)}
    answer = gao.post(at(numbers[0], "judge", state="complete", sort="number"), **form)
    assert answer.location == f"{at(numbers[4])}?sort=number&state=complete"


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("", "有理由"), ("lie", "有理由"), ("false_fact", ""), ("insult", " \n"), ("insult", "长" * 2001)],
)
def test_a_judgement_without_type_or_reason_keeps_what_was_typed(
    place: Place, visit: Visit, verdict: str, reason: str
) -> None:
    numbers = leads(place)
    status, page = judge(visit("gao"), numbers[0], verdict, reason)
    assert status == 422
    assert reason.strip() in unescape(page)
    assert post(place, numbers[0]).verdict is None


def test_two_people_judging_at_once_see_both(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao, lin = visit("gao"), visit("lin")
    stale = seen(gao.get(at(numbers[0])).text)
    judge(lin, numbers[0], "insult", "辱骂员工")
    answer = gao.post(at(numbers[0], "judge"), verdict="false_fact", reason="与报告相反", seen=stale, draft="judge:x")
    assert answer.status_code == 409
    said = words(answer.text)
    for told in ("另一人已定性", "辱骂员工", "与报告相反", "林知远"):
        assert told in said
    assert post(place, numbers[0]).verdict == "insult"
    form = {"verdict": "false_fact", "reason": "与报告相反", "seen": seen(answer.text)}
    assert gao.post(at(numbers[0], "judge"), **form).status_code == 303
    assert post(place, numbers[0]).verdict == "false_fact"


def fresh_evidence(place: Place) -> str:
    with open_work(place.application, system_actor("test", desk_id=place.people["lin"].desk_id)) as work:
        return work.add(
            EvidenceItem(no=work.next_no("evidence"), title="复检报告", kind="documentary", obtained_at=work.now)
        ).id


def test_a_genuine_complaint_is_left_only_by_a_second_role_with_new_evidence(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao, lin = visit("gao"), visit("lin")
    old = fresh_evidence(place)
    judge(gao, numbers[0], "genuine_complaint", "消费者确有不适")
    page = gao.get(at(numbers[0])).text
    assert "不能列入侵权通知" in words(page)
    assert page.count("disabled") >= 5
    assert judge(gao, numbers[0], "false_fact", "我改主意了")[0] == 403
    assert judge(lin, numbers[0], "false_fact", "没有新证据")[0] == 409
    assert judge(lin, numbers[0], "false_fact", "旧证据", evidence=old)[0] == 409
    assert judge(lin, numbers[0], "false_fact", "别人的", evidence="0" * 26)[0] == 404
    assert post(place, numbers[0]).verdict == "genuine_complaint"
    new = fresh_evidence(place)
    assert "复检报告" in lin.get(at(numbers[0])).text
    assert judge(lin, numbers[0], "false_fact", "复检证明无关", evidence=new)[0] == 303
    assert post(place, numbers[0]).verdict == "false_fact"


def test_a_suggestion_is_confirmed_undone_refused_and_remembered(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    page = gao.get(at(numbers[0])).text
    assert "含有原句" in words(page)
    assert "<mark>出炉后要过一遍工业石蜡</mark>" in page
    assert gao.post(at(numbers[0], "link"), incident=INCIDENT).status_code == 303
    page = gao.get(at(numbers[0])).text
    assert 'data-key="z"' in page
    joined = pair(place, numbers[0])
    assert joined is not None
    assert joined.state == "confirmed"
    assert gao.post(at(numbers[0], "undo"), incident=INCIDENT).status_code == 303
    gao.post(at(numbers[0], "reject"), incident=INCIDENT)
    assert "没有相近的事件" not in gao.get(at(numbers[0])).text
    refused = pair(place, numbers[0])
    assert refused is not None
    assert refused.state == "rejected"
    assert gao.post(at(numbers[0], "link"), incident=INCIDENT).status_code == 409  # a reason is asked
    assert gao.post(at(numbers[0], "link"), incident=INCIDENT, reason="细看是同一件").status_code == 303
    assert gao.post(at(numbers[0], "reject"), incident=INCIDENT).status_code == 409
    assert gao.post(at(numbers[0], "link"), incident="谣-2026-4242").status_code == 404
    assert gao.post(at(numbers[0], "link")).status_code == 422


def test_a_lead_becomes_an_incident_of_its_own(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    gao.get(at(numbers[1]))
    assert gao.post(at(numbers[1], "new"), title="").status_code == 422
    assert gao.post(at(numbers[1], "new"), title="x" * 301).status_code == 422
    assert gao.post(at(numbers[1], "new"), title=NASTY, severity="II").status_code == 303
    with place.application.sessions() as session:
        made = session.scalars(select(Incident).order_by(Incident.no.desc())).first()
        assert made is not None
        assert (made.title, made.severity) == (NASTY, "II")
    page = gao.get(at(numbers[1])).text
    assert made.no in page
    assert "<script>alert" not in page


def test_a_capture_is_ordered_again_and_called_off_with_a_reason(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    gao.get(at(numbers[2]))
    assert gao.post(at(numbers[2], "capture")).status_code == 303
    with place.application.sessions() as session:
        rows = session.scalars(
            select(Capture).where(Capture.post_id == post(place, numbers[2]).id).order_by(Capture.requested_at)
        ).all()
    assert [row.status for row in rows] == ["done", "queued"]
    assert rows[1].retry_of_id == rows[0].id
    assert gao.post(at(numbers[2], "cancel")).status_code == 409
    assert gao.post(at(numbers[2], "cancel"), reason="网址贴错了").status_code == 303
    assert "取证已取消" in words(gao.get(at(numbers[2])).text)
    assert gao.post(at(numbers[2], "cancel"), reason="再取消").status_code == 303
    assert "没有可取消的" in words(gao.get(at(numbers[2])).text)


@pytest.mark.parametrize("login", ["su", "zhong", "admin", "han", "xu"])
def test_who_does_not_judge_is_refused_everywhere(place: Place, visit: Visit, login: str) -> None:
    numbers = leads(place)
    browser = visit(login)
    for path in ("/inbox/", at(numbers[0]), "/inbox/pulse"):
        assert browser.get(path).status_code == 403
    for act in ("judge", "link", "reject", "undo", "new", "capture", "cancel"):
        assert browser.post(at(numbers[0], act), incident=INCIDENT).status_code == 403
    assert browser.post(PASTE, urls="https://weixun.test/n/1").status_code == 403


def test_a_viewer_of_the_case_reads_the_lead_but_may_not_act(place: Place, visit: Visit) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case_id = work.session.scalars(select(Membership.case_id)).first()
        work.add(Membership(case_id=case_id, user_id=place.people["zhou"].user_id, role="viewer", granted_by="test"))
    zhou = visit("zhou")
    page = zhou.get(at(LISTED)).text
    assert "您在这条内容所属的案件里只能查看" in page
    assert 'id="judge"' not in page
    for act in ("judge", "link", "reject", "capture"):
        form = {"verdict": "insult", "reason": "x", "seen": "", "incident": INCIDENT}
        assert zhou.post(at(LISTED, act), **form).status_code in {403, 409}, act


def test_other_peoples_leads_do_not_exist(place: Place, visit: Visit) -> None:
    zhou = visit("zhou")
    assert zhou.get("/inbox/").status_code == 200
    for number in (LISTED, "帖-2026-99999", "示例-帖-2026-00001", "x", "<b>\u202e", "0" * 400):
        assert zhou.get(at(number)).status_code == 404
        assert zhou.post(at(number, "link"), incident=INCIDENT).status_code == 404
    assert LISTED not in unescape(zhou.get("/inbox/?show=all").text)
    assert zhou.get("/inbox/?show=all&format=csv").text.count("\n") == 1


def test_who_only_audits_a_case_sees_no_content(place: Place, visit: Visit) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case_id = work.session.scalars(select(Membership.case_id)).first()
        work.add(Membership(case_id=case_id, user_id=place.people["zhou"].user_id, role="auditor", granted_by="test"))
    zhou = visit("zhou")
    assert zhou.get(at(LISTED)).status_code == 403
    assert "工业石蜡" not in zhou.get("/inbox/?show=all").text


def test_filters_order_and_csv_stand_in_the_address(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    for query, count in (("", 6), ("?state=failed", 2), ("?state=queued", 1), ("?platform=微汛", 6), ("?q=LEAD3", 1),
                         ("?show=done", 3), ("?show=all", 9), ("?show=all&verdict=false_fact", 2),
                         ("?show=nonsense", 6), ("?sort=-score", 6), ("?sort=nothing", 6),
                         ("?show=check", 0)):  # fmt: skip
        assert gao.get(f"/inbox/{query}").text.count('class="lead') == count, query
    answer = gao.get("/inbox/?format=csv&show=all")
    assert answer.mimetype == "text/csv"
    assert numbers[0] in answer.text
    assert "连接被拒绝" in answer.text


def test_what_hostile_pages_wrote_stays_text(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    for path in ("/inbox/", at(numbers[4])):
        page = gao.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    with open_work(place.application, place.people["gao"]) as work:
        work.change(work.get_no(Post, numbers[1]), title="长" * 300, text=f"\u202e{SAID}\u200b" * 50)
    assert gao.get(at(numbers[1])).status_code == 200


@pytest.mark.parametrize("path", ["/inbox/", "/inbox/pulse", PASTE, at(LISTED), at(LISTED, "judge"), at(LISTED, "fly")])
def test_the_wrong_method_or_act_is_said(visit: Visit, path: str) -> None:
    gao = visit("gao")
    gao.get("/inbox/")
    for method in ("put", "delete", "patch"):
        assert getattr(gao.client, method)(path, headers={"X-CSRFToken": gao.token}).status_code == 405
    assert gao.client.post(at(LISTED, "fly"), data={"csrf_token": gao.token}).status_code == 404
    assert gao.client.post(PASTE, data={"csrf_token": "forged", "urls": "https://a.test/"}).status_code == 400


def test_an_old_decision_is_not_undone_by_a_click(place: Place, visit: Visit) -> None:
    numbers = leads(place)
    gao = visit("gao")
    gao.get(at(numbers[0]))
    gao.post(at(numbers[0], "link"), incident=INCIDENT)
    with open_work(place.application, place.people["gao"]) as work:
        for row in work.session.scalars(
            select(PostIncident).where(PostIncident.post_id == order(work, numbers[0]).post_id)
        ):
            row.decided_at = work.now - timedelta(minutes=11)
    assert gao.post(at(numbers[0], "undo"), incident=INCIDENT).status_code == 409
