"""Incidents by hand: recorded, triaged, decided by a second person, answered, claims proven, posts joined, closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import select

from caseapp.models import (
    Case,
    CaseIncident,
    ClaimEvidence,
    EvidenceItem,
    Incident,
    Membership,
    PostIncident,
    RumorClaim,
)
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.leads import leads, spread
from tests.caseapp.web.routes import CASE, ITEM

Visit = Callable[..., Browser]
MADE = "谣-2026-0001"


def at(path: str = "", number: str = MADE) -> str:
    return f"/incidents/{quote(number)}{path}"


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def incident(place: Place, number: str = MADE) -> Incident:
    with place.application.sessions() as session:
        return session.scalars(select(Incident).where(Incident.no == number)).one()


def claim(place: Place, number: str = "张-2026-0001") -> RumorClaim:
    with place.application.sessions() as session:
        return session.scalars(select(RumorClaim).where(RumorClaim.no == number)).one()


def step(browser: Browser, act: str, **form: str) -> int:
    page = browser.get(at()).text
    page = page[page.find('id="acts"') :]
    version = re.search(r'name="version" value="(\d+)"', page)
    return browser.post(at(f"/step/{act}"), version=version[1] if version else "", **form).status_code


def offered(browser: Browser) -> set[str]:
    return set(re.findall(r'id="step-(\w+)"', browser.get(at()).text))


def test_an_incident_needs_one_field_of_three(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    page = gao.get("/incidents/").text
    form = page[page.index('id="new"') : page.index("</form>", page.index('id="new"'))]
    assert len(re.findall(r'<(?:input|select|textarea)[^>]*class="field', form)) <= 3
    assert gao.post("/incidents/", title=" ").status_code == 422
    assert gao.post("/incidents/", title="x" * 301).status_code == 422
    assert gao.post("/incidents/", title="x", severity="V").status_code == 422
    assert gao.post("/incidents/", title="x", detected_at="昨天").status_code == 422
    late = gao.post("/incidents/", title="明天才发现", detected_at="2099-01-01T00:00")
    assert late.status_code == 422
    assert "不能晚于现在" in words(late.text)
    assert "明天才发现" in late.text
    made = gao.post("/incidents/", title=NASTY, severity="III")
    assert made.status_code == 303
    page = gao.get(made.location).text
    assert "24 小时响应时钟起算" in words(page)
    assert "<script>alert" not in page
    assert incident(place, "谣-2026-0002").response_due_at == incident(place, "谣-2026-0002").detected_at + timedelta(
        days=1
    )


def test_the_way_of_an_incident_with_its_second_person(place: Place, visit: Visit) -> None:
    gao, lin, han = visit("gao"), visit("lin"), visit("han")
    assert offered(gao) == {"start_triage"}
    assert step(gao, "start_triage") == 303
    assert step(gao, "start_triage") == 409
    assert "decide_action" not in offered(gao)
    assert step(gao, "decide_action", words="我来决定") in {403, 409}
    assert offered(han) == {"decide_action"}
    assert step(lin, "decide_action", words="") == 422
    assert step(lin, "decide_action", words="主张已认定不实") == 303
    assert step(gao, "respond") == 303
    assert step(gao, "monitor") == 303
    assert step(gao, "close", words="试着结束") == 403
    assert step(lin, "close", words="") == 422
    assert step(lin, "close", words="三平台已下架，无复燃") == 303
    page = words(lin.get(at()).text)
    assert "三平台已下架，无复燃" in page
    assert re.search(r"林知远\s+决定维权", page)
    assert step(gao, "reopen", words="微汛又出现") == 303
    assert incident(place).status == "reopened"
    assert gao.post(at("/step/fly")).status_code == 404


def test_a_step_on_a_stale_tab_is_refused(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    gao.get(at())
    assert gao.post(at("/step/start_triage"), version="99").status_code == 409
    assert incident(place).status == "detected"


def test_the_first_response_stops_the_clock_and_only_the_first_counts(place: Place, visit: Visit) -> None:
    gao = visit("gao")
    assert "逾期" in words(gao.get(at()).text)
    for wrong in ("2020-01-01T00:00", "2099-01-01T00:00", "刚才"):
        assert gao.post(at("/respond"), at=wrong).status_code == 422
    assert gao.post(at("/respond"), at="").status_code == 303
    first = incident(place).first_responded_at
    page = gao.get(at()).text
    assert "超过 24 小时" in words(page)
    assert 'id="respond"' not in page
    gao.post(at("/respond"), at="")
    assert incident(place).first_responded_at == first


def test_of_two_editors_the_second_sees_both_versions(place: Place, visit: Visit) -> None:
    gao, lin = visit("gao"), visit("lin")
    version = str(incident(place).version)
    form = {"title": "高澄的标题", "severity": "I", "summary": "高澄的概要"}
    assert gao.post(at("/edit"), version=version, **form).status_code == 303
    answer = lin.post(at("/edit"), version=version, title="林知远的标题", severity="III")
    assert answer.status_code == 409
    page = words(answer.text)
    for told in ("另一人已修改", "高澄的标题", "高澄的概要", "林知远的标题"):
        assert told in page
    assert incident(place).title == "高澄的标题"
    now = str(incident(place).version)
    assert lin.post(at("/edit"), version=now, title="林知远的标题").status_code == 303
    assert incident(place).title == "林知远的标题"
    assert lin.post(at("/edit"), title="x" * 301).status_code == 422
    assert lin.post(at("/edit"), title="x", six_type="lies").status_code == 422


def test_a_claim_is_proven_before_it_is_found_false(place: Place, visit: Visit) -> None:
    leads(place)
    gao, lin = visit("gao"), visit("lin")
    gao.get(at())
    for form in ({}, {"quote": "只有原句"}, {"quote": "x" * 4001, "neutral": "n", "kind": "fact"},
                 {"quote": "原句", "neutral": "转述", "kind": "lie"}):  # fmt: skip
        answer = gao.post(at("/claims"), **form)
        assert answer.status_code == 422
        assert form.get("quote", "")[:20] in unescape(answer.text)
    made = gao.post(at("/claims"), quote=" 一批料掺三公斤 ", neutral="网传每批掺三公斤。", kind="fact", subject="苜禾")
    assert (made.status_code, made.location.partition("#")[0]) == (303, at())
    row = claim(place, "张-2026-0002")
    assert row.quote == "一批料掺三公斤"
    page = words(gao.get(at()).text)
    assert "还没有反驳证据，不能认定不实" in page
    where = f"/claims/{row.id}"
    assert gao.post(at(f"{where}/verdict"), verdict="false", rationale="我说的").status_code == 403
    refused = lin.post(at(f"{where}/verdict"), verdict="false", rationale="与检验报告相反", version=str(row.version))
    assert refused.status_code == 409
    assert "至少一件反驳证据" in words(refused.text)
    assert "与检验报告相反" in refused.text
    assert gao.post(at(f"{where}/evidence"), evidence="证-2026-999999").status_code == 422
    assert gao.post(at(f"{where}/evidence"), evidence="").status_code == 422
    assert gao.post(at(f"{where}/evidence"), evidence=ITEM, proves="未检出工业石蜡").status_code == 303
    assert lin.post(at(f"{where}/verdict"), verdict="", rationale="x").status_code == 422
    good = lin.post(at(f"{where}/verdict"), verdict="false", rationale="与检验报告相反", version=str(row.version))
    assert good.status_code == 303
    page = words(lin.get(at()).text)
    for told in ("未检出工业石蜡", "高澄", "林知远", "与检验报告相反"):
        assert told in page
    stale = lin.post(at(f"{where}/verdict"), verdict="opinion", rationale="改成意见", version=str(row.version))
    assert stale.status_code == 409
    assert "另一人已认定" in words(stale.text)
    assert claim(place, "张-2026-0002").verdict == "false"


def test_supporting_evidence_is_no_counter_evidence(place: Place, visit: Visit) -> None:
    gao, lin = visit("gao"), visit("lin")
    gao.get(at())
    lin.get(at())
    gao.post(at("/claims"), quote="孩子吃了会住院", neutral="网传致住院。", kind="fact")
    row = claim(place, "张-2026-0002")
    gao.post(at(f"/claims/{row.id}/evidence"), evidence=ITEM, supports="y")
    assert lin.post(at(f"/claims/{row.id}/verdict"), verdict="false", rationale="没有依据").status_code == 409
    assert "支持该说法" in words(lin.get(at()).text)


def test_claims_of_another_incident_and_unknown_ones_are_not_found(place: Place, visit: Visit) -> None:
    gao, lin = visit("gao"), visit("lin")
    gao.post("/incidents/", title="另一件") if gao.get("/incidents/") else None
    row = claim(place)
    lin.get(at())
    other = at(f"/claims/{row.id}", "谣-2026-0002")
    for key in ("/evidence", "/verdict"):
        form = {"evidence": ITEM, "verdict": "opinion", "rationale": "x"}
        assert lin.post(other + key, **form).status_code == 404
        assert lin.post(at(f"/claims/{'0' * 26}{key}"), **form).status_code == 404


def test_posts_are_joined_ruled_out_and_taken_back_from_here(place: Place, visit: Visit) -> None:
    leads(place)
    gao = visit("gao")
    page = gao.get(at()).text
    assert "定下 2 条待确认内容" in words(page)
    with place.application.sessions() as session:
        pairs = session.scalars(select(PostIncident).where(PostIncident.state == "suggested")).all()
    one, two = (pair.post_id for pair in pairs)
    assert gao.post(at(f"/posts/{one}/link")).status_code == 303
    assert 'data-key="z"' in gao.get(at("/posts")).text
    assert gao.post(at(f"/posts/{one}/undo")).status_code == 303
    assert gao.post(at(f"/posts/{one}/link")).status_code == 303
    assert gao.post(at(f"/posts/{one}/reject")).status_code == 409  # a reason is asked
    assert gao.post(at(f"/posts/{one}/reject"), reason="看错了").status_code == 303
    assert gao.post(at(f"/posts/{two}/reject")).status_code == 303
    assert gao.post(at(f"/posts/{two}/fly")).status_code == 404
    assert gao.post(at(f"/posts/{'0' * 26}/link")).status_code == 404
    assert "已排除" in words(gao.get(at("/posts")).text)
    assert f'href="{at("/posts")}"' in gao.get("/incidents/").text


def test_a_new_claim_finds_posts_captured_before(place: Place, visit: Visit) -> None:
    leads(place)
    gao = visit("gao")
    gao.get("/incidents/")
    made = gao.post("/incidents/", title="三公斤").location
    answer = gao.post(f"{made}/claims", quote="一批料掺三公斤", neutral="网传。", kind="fact")
    assert "另有 2 条内容可能属于本事件" in words(gao.get(answer.location.partition("#")[0]).text)


def test_joining_a_case_makes_it_the_cases(place: Place, visit: Visit) -> None:
    gao, lin, zhou = visit("gao"), visit("lin"), visit("zhou")
    gao.get("/incidents/")
    made = gao.post("/incidents/", title="新的一件").location
    assert zhou.get(made).status_code == 200  # the desk's counsel sees what no case holds
    assert "并入案件" in words(lin.get(made).text)
    with place.application.sessions() as session:
        mine, theirs = (session.scalars(select(Case).where(Case.no == no)).one().id for no in (CASE, "案-2026-0002"))
    assert gao.post(f"{made}/case", case=mine).status_code == 403
    assert lin.post(f"{made}/case", case=theirs).status_code == 404
    assert lin.post(f"{made}/case", case="").status_code == 404
    assert lin.post(f"{made}/case", case=mine).status_code == 303
    assert zhou.get(made).status_code == 404
    with place.application.sessions() as session:
        assert session.scalar(
            select(CaseIncident).where(CaseIncident.incident_id == incident(place, "谣-2026-0002").id)
        )


def test_the_spread_is_drawn_with_its_finding_and_its_table(place: Place, visit: Visit) -> None:
    spread(place)
    gao = visit("gao")
    page = gao.get(at()).text
    svg = page[page.index('<svg class="viz wide spread"') :]
    svg = svg[: svg.index("</svg>")]
    finding = re.search(r'role="img" aria-label="([^"]+)"', svg)
    assert finding is not None
    for told in ("9 条已确认内容", "3 个平台", "2 条待确认", "已知最早取证", "1 条时间未知"):
        assert told in finding[1]
    assert svg.count("<circle") == 11 + 1
    assert svg.count('class="wait"') == 2
    assert svg.count('class="halo"') == 1
    assert 'class="e1"' in svg
    assert 'class="e2"' in svg
    assert "百川论坛" in svg
    assert "style=" not in svg
    table = page[page.index("看数据") :]
    assert table[: table.index("</table>")].count("<tr>") == 12
    assert "时间未知" in words(svg)


def test_the_heat_is_drawn_twice_and_told_in_a_table_and_the_tabs_hold_the_rest(place: Place, visit: Visit) -> None:
    spread(place)
    gao = visit("gao")
    page = gao.get(at()).text
    heat = page[page.index('id="heat"') : page.index('id="acts"')]
    assert heat.count('role="img"') == 2
    assert heat.count("最早取证") >= 4  # in both pictures, their finding and the table
    assert heat.count('<th scope="row"') >= 3
    assert "style=" not in heat
    assert 'id="posts"' not in page
    tab = gao.get(at("/posts")).text
    assert tab.count("<tr data-row") == 11
    assert 'id="heat"' not in tab
    assert f'href="{at("/posts")}#posts"' in page  # the next step waits on the tab of the posts
    accounts = words(gao.get(at("/accounts")).text)
    for told in ("路人 0", "路人 1", "百川论坛", "快拍"):
        assert told in accounts


def test_an_empty_incident_says_what_is_missing(visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/incidents/")
    made = gao.post("/incidents/", title="空的").location
    page = words("".join(gao.get(made + tab).text for tab in ("", "/posts", "/accounts")))
    for told in (
        "还没有登记主张",
        "还没有可画的内容",
        "还没有可画的日期",
        "还没有关联内容",
        "还没有平台",
        "还没有账号",
    ):
        assert told in page
    assert gao.get(f"{made}/heat").status_code == 404
    assert words(gao.get("/incidents/?q=没有这一件").text).count("没有符合筛选的行") == 1


@pytest.mark.parametrize("login", ["su", "zhong", "admin"])
def test_who_reads_no_case_is_refused(visit: Visit, place: Place, login: str) -> None:
    browser = visit(login)
    assert browser.get("/incidents/").status_code == 403
    assert browser.get(at()).status_code == 403
    row = claim(place)
    for path in ("/edit", "/step/start_triage", "/respond", "/claims", f"/claims/{row.id}/evidence",
                 f"/claims/{row.id}/verdict", f"/posts/{'0' * 26}/link", "/case"):  # fmt: skip
        assert browser.post(at(path)).status_code == 403, path
    assert browser.post("/incidents/", title="x").status_code == 403
    assert incident(place).status == "detected"


@pytest.mark.parametrize(("login", "acts"), [("xu", set()), ("han", set()), ("gao", {"start_triage"})])
def test_each_role_is_offered_its_own_acts(visit: Visit, login: str, acts: set[str]) -> None:
    browser = visit(login)
    assert offered(browser) == acts
    page = browser.get(at()).text
    assert ("认定这一句" in page or "改认定" in page) == (login == "han")
    assert ("加一句" in page) == (login == "gao")


def test_the_archivist_may_read_and_nothing_else(visit: Visit, place: Place) -> None:
    xu, row = visit("xu"), claim(place)
    xu.get(at())
    form = {"verdict": "true", "rationale": "x", "quote": "x", "neutral": "y", "kind": "fact", "title": "x"}
    for path in ("/edit", "/respond", "/claims", f"/claims/{row.id}/verdict", f"/posts/{'0' * 26}/link", "/case"):
        assert xu.post(at(path), **form).status_code == 403, path
    assert xu.post(at("/step/start_triage")).status_code == 403


def test_other_peoples_incidents_do_not_exist(visit: Visit, place: Place) -> None:
    zhou, row = visit("zhou"), claim(place)
    for number in (MADE, "谣-2026-9999", f"示例-{MADE}", "x", "0" * 300):
        assert zhou.get(at(number=number)).status_code == 404
        assert zhou.get(at("/posts", number=number)).status_code == 404
    form = {"verdict": "true", "rationale": "x", "quote": "x", "neutral": "y", "kind": "fact", "title": "x"}
    for path in ("/edit", "/step/start_triage", "/respond", "/claims", f"/claims/{row.id}/evidence",
                 f"/claims/{row.id}/verdict", f"/posts/{'0' * 26}/link", "/case"):  # fmt: skip
        assert zhou.post(at(path), evidence=ITEM, case="x", **form).status_code == 404, path
    assert MADE not in zhou.get("/incidents/").text
    assert "石蜡" not in zhou.get("/incidents/?format=csv").text


def test_who_only_audits_its_case_reads_no_content(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case = work.get_no(Case, CASE)
        work.add(Membership(case_id=case.id, user_id=place.people["zhou"].user_id, role="auditor", granted_by="test"))
    zhou = visit("zhou")
    assert zhou.get(at()).status_code == 403
    assert "石蜡" not in zhou.get("/incidents/").text


def test_evidence_of_others_is_no_counter_evidence(visit: Visit, place: Place) -> None:
    gao = visit("gao")
    gao.get(at())
    with open_work(place.application, system_actor("test")) as work:
        item = work.get_no(EvidenceItem, ITEM)
        item.privileged = True
        for row in work.session.scalars(select(ClaimEvidence)):
            work.session.delete(row)
    key = claim(place).id
    answer = gao.post(at(f"/claims/{key}/evidence"), evidence=ITEM)
    assert answer.status_code == 422
    assert "没有找到" in words(answer.text)


def test_the_list_filters_orders_and_leaves_as_csv(visit: Visit) -> None:
    gao = visit("gao")
    gao.get("/incidents/")
    gao.post("/incidents/", title="=cmd|' /C calc'!A0", severity="I")
    for query, count in (("", 2), ("?severity=I", 1), ("?state=detected", 2), ("?state=closed", 0), ("?q=calc", 1),
                         ("?sort=-detected", 2), ("?sort=nothing", 2)):  # fmt: skip
        assert gao.get(f"/incidents/{query}").text.count("<tr data-row>") == count, query
    taken = gao.get("/incidents/?format=csv")
    assert taken.mimetype == "text/csv"
    assert "'=cmd" in taken.text


def test_the_same_form_twice_makes_one_incident_and_forgery_none(visit: Visit, place: Place) -> None:
    gao = visit("gao")
    gao.get("/incidents/")
    for _again in range(2):
        assert gao.post("/incidents/", title="一件", once="cd" * 16).status_code == 303
    assert gao.client.post("/incidents/", data={"title": "x", "csrf_token": "no"}).status_code == 400
    with place.application.sessions() as session:
        assert len(session.scalars(select(Incident)).all()) == 2
    for method in ("put", "delete", "patch"):
        assert getattr(gao.client, method)(at(), headers={"X-CSRFToken": gao.token}).status_code == 405
