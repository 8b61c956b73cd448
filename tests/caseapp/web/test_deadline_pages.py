"""Deadlines and tasks by hand: why, confirmed by another, met with proof, moved, given up by two; tasks that matter."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from caseapp.models import Case, Deadline, EvidenceItem, Membership, Task
from caseapp.services.work import open_work, system_actor
from caseapp.web.filters import BEIJING
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import CASE, FOREIGN, NOTICE

Visit = Callable[..., Browser]
PROOF = b"%PDF-1.4 proof"


@pytest.fixture(autouse=True)
def second_counsel(place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        case = work.get_no(Case, CASE)
        for login, role in (("zhou", "counsel"), ("su", "viewer")):
            user = place.people[login].user_id
            work.add(Membership(case_id=case.id, user_id=user, role=role, granted_by="test", desk_id=case.desk_id))


def send(browser: Browser, path: str, file: bytes | None = None, **form: Any) -> TestResponse:
    data: dict[str, Any] = {"csrf_token": browser.token, **form}
    if file is not None:
        data["proof"] = (io.BytesIO(file), "凭证.pdf")
    return browser.client.post(path, data=data, buffered=True)


def one(place: Place, rule: str) -> Deadline:
    with place.application.sessions() as session:
        return session.scalars(select(Deadline).where(Deadline.rule_id == rule)).one()


def local(days: int) -> str:
    return f"{datetime.now(UTC).astimezone(BEIJING) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def appeal(browser: Browser, place: Place) -> Deadline:
    browser.get(f"/deadlines/add?case={CASE}")
    form = {"how": "rule", "rule": "appeal_judgment", "base_event": "收到一审判决书", "base_at": local(0)}
    answer = send(browser, "/deadlines/add", case=CASE, **form)
    assert (answer.status_code, unquote(answer.location)) == (303, f"/cases/{CASE}/deadlines")
    return one(place, "appeal_judgment")


def test_each_says_why_and_leads_to_its_notice(visit: Visit) -> None:
    lin = visit("lin")
    for path in ("/deadlines/", f"/cases/{CASE}/deadlines"):
        page = lin.get(path).text
        assert "平台及时处理提醒" in page
        assert "通知到达后三个工作日，内部提醒。" in page
        assert "民法典第一千一百九十五条" in page
        assert NOTICE in page
    assert "1 件期限已逾期" in lin.get("/deadlines/").text


def test_a_statutory_one_is_confirmed_by_another(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    row = appeal(lin, place)
    page = lin.get(f"/deadlines/{row.id}").text
    assert "法定" in page
    assert "民事诉讼法第一百七十一条" in page
    assert f"{row.id}/confirm" not in page
    assert send(lin, f"/deadlines/{row.id}/confirm").status_code == 409
    assert send(visit("su"), f"/deadlines/{row.id}/confirm").status_code == 403
    zhou.get(f"/deadlines/{row.id}")
    assert send(zhou, f"/deadlines/{row.id}/confirm", version=str(row.version)).status_code == 303
    assert send(zhou, f"/deadlines/{row.id}/confirm", version=str(row.version)).status_code == 409
    assert one(place, "appeal_judgment").confirmed_by == place.people["zhou"].user_id
    assert "周一苇" in zhou.get(f"/deadlines/{row.id}").text


def test_met_with_a_sealed_proof(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    row = appeal(lin, place)
    zhou.get("/deadlines/")
    send(zhou, f"/deadlines/{row.id}/confirm")
    assert send(lin, f"/deadlines/{row.id}/meet", words=" ").status_code == 422
    wrong = send(lin, f"/deadlines/{row.id}/meet", b"MZ", words="已递交上诉状")
    assert wrong.status_code == 422
    assert "已递交上诉状" in wrong.text
    assert "只收截图" in wrong.text
    assert send(visit("su"), f"/deadlines/{row.id}/meet", PROOF, words="x").status_code == 403
    assert send(lin, f"/deadlines/{row.id}/meet", PROOF, words="已递交上诉状").status_code == 303
    with place.application.sessions() as session:
        met = session.get_one(Deadline, row.id)
        proof = session.get_one(EvidenceItem, str(met.proof_evidence_id))
    assert (met.status, proof.seal_state) == ("met", "stamped")
    assert proof.no in lin.get(f"/deadlines/{row.id}").text
    assert visit("su").get(f"/evidence/{proof.no}").status_code == 200


def test_extended_missed_and_given_up(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    row = appeal(lin, place)
    zhou.get("/deadlines/")
    send(zhou, f"/deadlines/{row.id}/confirm")
    early = {"until": local(1), "paper": "准予延期通知", "words": "不可抗力"}
    assert send(lin, f"/deadlines/{row.id}/extend", **early).status_code == 422
    assert send(lin, f"/deadlines/{row.id}/extend", **{**early, "until": local(40)}).status_code == 303
    assert "准予延期通知" in lin.get(f"/deadlines/{row.id}").text
    assert send(lin, f"/deadlines/{row.id}/miss", words="x").status_code == 422
    assert send(lin, f"/deadlines/{row.id}/ask", words="不上诉").status_code == 303
    assert "林知远 申请放弃" in re.sub("<[^>]+>", "", lin.get("/deadlines/").text)
    assert send(lin, f"/deadlines/{row.id}/waive", words="不上诉").status_code == 409
    assert "同意放弃" in zhou.get(f"/deadlines/{row.id}").text
    assert send(zhou, f"/deadlines/{row.id}/waive", words="不上诉").status_code == 303
    assert one(place, "appeal_judgment").status == "waived"


def test_what_is_over_is_recorded_as_missed_with_its_reason(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    row = one(place, "platform_action")
    lin.get(f"/deadlines/{row.id}")
    assert send(lin, f"/deadlines/{row.id}/confirm").status_code == 303
    assert send(lin, f"/deadlines/{row.id}/miss", words=" ").status_code == 422
    assert send(lin, f"/deadlines/{row.id}/miss", words="平台未处理").status_code == 303
    assert one(place, "platform_action").status == "missed"


def test_one_set_by_a_court_names_its_paper(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/deadlines/add?case={CASE}")
    form = {"how": "hand", "kind": "court", "base_event": NASTY, "basis": "补正通知书", "base_at": local(0)}
    wrong = send(lin, "/deadlines/add", case=CASE, due_at=local(-1), **form)
    assert wrong.status_code == 422
    assert "须晚于起算时间" in wrong.text
    assert "<script>alert(1)</script>" not in wrong.text
    assert send(lin, "/deadlines/add", case=CASE, due_at=local(7), **form).status_code == 303
    page = lin.get(f"/cases/{CASE}/deadlines").text
    assert "补正通知书" in page
    assert "法院指定" in page
    assert "<script>alert(1)</script>" not in page
    assert "待第二人确认" in page


@pytest.mark.parametrize(
    "form",
    [
        {"how": "rule", "rule": "none", "base_event": "x", "base_at": "2026-11-01T00:00"},
        {"how": "rule", "rule": "answer", "base_event": "", "base_at": "2026-11-01T00:00"},
        {"how": "rule", "rule": "answer", "base_event": "x", "base_at": "昨天"},
        {"how": "rule", "rule": "answer", "base_event": "长" * 301, "base_at": "2026-11-01T00:00"},
        {"how": "hand", "kind": "statutory", "base_event": "x", "basis": "x"},
        {},
    ],
)
def test_what_is_typed_wrongly_comes_back(place: Place, visit: Visit, form: dict[str, str]) -> None:
    lin = visit("lin")
    assert send(lin, "/deadlines/add", case=CASE, **form).status_code == 422
    with place.application.sessions() as session:
        assert len(session.scalars(select(Deadline)).all()) == 2


def add_task(browser: Browser, **form: str) -> TestResponse:
    browser.get(f"/deadlines/tasks/add?case={CASE}")
    return send(browser, "/deadlines/tasks/add", case=CASE, **form)


def task(place: Place, title: str) -> Task:
    with place.application.sessions() as session:
        return session.scalars(select(Task).where(Task.title == title)).one()


def test_a_task_is_added_begun_and_done(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    form = {"title": "公证购买过程", "assignee": place.people["xu"].user_id, "due_at": local(3), "mandatory": "y"}
    assert add_task(lin, **form).status_code == 303
    row = task(place, "公证购买过程")
    assert row.mandatory
    page = lin.get(f"/cases/{CASE}/deadlines").text
    assert "公证购买过程" in page
    assert "必办" in page
    xu = visit("xu")
    assert "公证购买过程" in xu.get("/").text
    start = send(xu, f"/deadlines/tasks/{row.id}/start", version=str(row.version), next=f"/cases/{CASE}/deadlines")
    assert unquote(start.location) == f"/cases/{CASE}/deadlines"
    assert send(xu, f"/deadlines/tasks/{row.id}/start", version=str(row.version)).status_code == 409
    assert send(xu, f"/deadlines/tasks/{row.id}/finish").status_code == 303
    assert task(place, "公证购买过程").done_by == place.people["xu"].user_id
    assert send(xu, f"/deadlines/tasks/{row.id}/redo", words=" ").status_code == 409
    assert send(xu, f"/deadlines/tasks/{row.id}/redo", words="缺页").status_code == 303
    assert send(xu, f"/deadlines/tasks/{row.id}/cancel", words="改由公证处寄送").status_code == 303
    assert "公证购买过程" in xu.get("/deadlines/tasks").text


@pytest.mark.parametrize(
    "form",
    [
        {"title": ""}, {"title": "长" * 301}, {"title": "x", "assignee": "nobody"}, {"title": "x", "due_at": "昨天"},
    ],
)  # fmt: skip
def test_a_task_typed_wrongly_comes_back(visit: Visit, form: dict[str, str]) -> None:
    assert add_task(visit("lin"), **form).status_code == 422


def test_who_may_not_is_refused(place: Place, visit: Visit) -> None:
    row = task(place, "联系邻里达补取消函原件")
    han, outsider = visit("han"), visit("zhong")
    han.get(f"/cases/{CASE}/deadlines")
    assert send(han, "/deadlines/tasks/add", case=CASE, title="x").status_code == 403
    assert send(han, f"/deadlines/tasks/{row.id}/finish").status_code == 403
    assert outsider.get("/deadlines/").status_code == 403
    assert outsider.get("/deadlines/tasks").status_code == 403
    gao = visit("gao")
    assert gao.get(f"/deadlines/add?case={FOREIGN}").status_code == 404
    assert gao.get(f"/deadlines/tasks/add?case={FOREIGN}").status_code == 404
    gao.get("/")
    assert send(gao, "/deadlines/tasks/add", case=FOREIGN, title="x").status_code == 404
    assert send(gao, f"/deadlines/tasks/{'0' * 26}/finish").status_code == 404
    assert send(gao, f"/deadlines/tasks/{row.id}/bribe").status_code == 404
    assert gao.get(f"/deadlines/{'0' * 26}").status_code == 404
    assert gao.get("/deadlines/x").status_code == 404


def test_lists_leave_as_csv(visit: Visit) -> None:
    lin = visit("lin")
    for path, word in (("/deadlines/", "平台及时处理提醒"), ("/deadlines/tasks", "联系邻里达")):
        answer = lin.get(f"{path}?format=csv")
        assert answer.mimetype == "text/csv"
        assert word in answer.text
    tab = lin.get(f"/cases/{CASE}/deadlines?format=csv&urgency=late")
    assert tab.text.count("\r\n") == 2
