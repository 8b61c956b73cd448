"""The audit console: who reads which trail, its filters, its export that can be checked, and the check of the chain."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from caseapp.domain import workflow
from caseapp.models import AuditDetail, AuditEvent, Case, Deadline, EvidenceItem, User
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.routes import CASE, FOREIGN, ITEM

Visit = Callable[..., Browser]
CONTENT = ("出炉后要过一遍工业石蜡", "苜禾脆穗燕麦圈", "邻里达取消订单")


def last(place: Place, action: str) -> str:
    with place.application.sessions() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq.desc()))
        event = found.first()
        return (session.get_one(AuditDetail, event.id).body or "") if event else ""


def test_the_auditor_reads_every_trail_and_no_content(visit: Visit) -> None:
    page = visit("zhong").get("/audit/")
    assert page.status_code == 200
    assert "全部案件的操作日志" in page.text
    for words in CONTENT:
        assert words not in page.text
    for path in ("/cases/", f"/cases/{CASE}", f"/evidence/{ITEM}", "/find?q=石蜡", "/people/"):
        assert visit("zhong").get(path).status_code == 403, path


@pytest.mark.parametrize("login", ["gao", "xu", "su", "admin"])
def test_others_are_refused(visit: Visit, login: str) -> None:
    browser = visit(login)
    assert browser.get("/audit/").status_code == 403
    for path in ("/audit/export", "/audit/verify"):
        assert browser.post(path).status_code == 403


def test_lead_counsel_reads_his_own_cases_alone(visit: Visit, place: Place) -> None:
    with open_work(place.application, place.people["zhou"]) as work:
        work.change(work.get_no(Case, FOREIGN), title="改过的标题", reason="别人的理由")
    with open_work(place.application, place.people["lin"]) as work:
        work.change(work.get_no(Case, CASE), title="新标题", reason="自己的理由")
    page = visit("lin").get("/audit/").text
    assert "您主办的案件" in page
    assert "自己的理由" in page
    assert "别人的理由" not in page
    assert FOREIGN not in page
    assert 'action="/audit/verify"' not in page
    assert visit("lin").post("/audit/verify").status_code == 403
    both = visit("zhong").get("/audit/").text
    assert 'action="/audit/verify"' in both
    assert "自己的理由" in both
    assert "别人的理由" in both
    assert "新标题" not in both


def test_filters_stand_in_the_address_and_add_up(visit: Visit, place: Place) -> None:
    auditor = visit("zhong")
    with open_work(place.application, place.people["lin"]) as work:
        work.change(work.get_no(Case, CASE), title="甲", reason="理由甲")
        lin = work.actor.user_id
    page = auditor.get(f"/audit/?who={lin}&what=row.changed&case={CASE}").text
    assert "理由甲" in page
    assert 'class="faint small num">1<' in page
    assert "理由甲" not in auditor.get(f"/audit/?who={place.people['gao'].user_id}").text
    assert "理由甲" not in auditor.get("/audit/?until=2000-01-01").text
    assert "没有符合筛选的记录" in auditor.get("/audit/?case=案-2026-9999").text


@pytest.mark.parametrize(
    "query",
    ["since=gestern", "since=2026-02-30", "until=9999-12-31", "view=other", "since=<script>", "until=0001-01-01"],
)
def test_a_filter_that_cannot_be_read_shows_nothing_rather_than_all(visit: Visit, query: str) -> None:
    page = visit("zhong").get(f"/audit/?{query}")
    assert page.status_code == 200
    assert "筛选条件读不懂" in page.text
    assert "<script>" not in page.text.split("<body>")[1].replace("<script nonce", "")
    assert 'class="tbl cards trail"' not in page.text


@pytest.mark.parametrize(
    "query", ["before=-1", "before=" + "9" * 40, "before=x", "who=" + "a" * 5000, "what=%E2%80%AE", "case=%00"]
)
def test_odd_places_break_nothing(visit: Visit, query: str) -> None:
    assert visit("zhong").get(f"/audit/?{query}").status_code == (400 if "%00" in query else 200)


def test_the_ready_filters(visit: Visit, place: Place) -> None:
    with open_work(place.application, place.people["lin"]) as work:
        case = work.get_no(Case, CASE)
        work.change(case, confidentiality="secret")
        work.record("evidence.read", work.get_no(EvidenceItem, ITEM))
        work.record("list.exported", case, reason="导出一次")
    auditor = visit("zhong")
    assert "导出一次" in auditor.get("/audit/?view=exports").text
    assert "查看证据" in auditor.get("/audit/?view=confidential").text
    assert "没有符合筛选的记录" in auditor.get("/audit/?view=separation").text
    assert "没有符合筛选的记录" in auditor.get("/audit/?view=erased").text
    visit().sign_in("lin", "wrong password")
    assert "登录被拒" in auditor.get("/audit/?view=refused").text


def test_an_approval_without_separation_is_found(visit: Visit, place: Place) -> None:
    with open_work(place.application, system_actor("test")) as work:
        row = work.session.scalars(select(Deadline)).first()
        assert row is not None
        row.kind, key = "statutory", row.id
    with open_work(place.application, place.people["han"]) as work:
        work.transition(workflow.DEADLINE, work.get(Deadline, key), "confirm")
    auditor = visit("zhong")
    assert "没有符合筛选的记录" in auditor.get("/audit/?view=separation").text
    with place.application.engine.begin() as connection:  # an insider who can write to the database, past its checks
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.execute(text("UPDATE deadlines SET created_by = confirmed_by WHERE id = :key"), {"key": key})
        connection.execute(text("PRAGMA ignore_check_constraints = OFF"))
    assert "期限：确认期限" in auditor.get("/audit/?view=separation").text


def test_the_export_says_its_filter_count_and_digest(visit: Visit, place: Place) -> None:
    with open_work(place.application, place.people["lin"]) as work:
        work.change(work.get_no(Case, CASE), title="甲", reason="=HYPERLINK(1)")
    auditor = visit("zhong")
    auditor.get("/audit/")
    answer = auditor.post("/audit/export", what="row.changed", case=CASE)
    assert answer.mimetype == "text/csv"
    head, _blank, table = answer.data.partition(b"\r\n\r\n")
    rows = list(csv.reader(io.StringIO(head.decode("utf-8-sig"))))
    assert rows[0] == ["筛选", f"做了什么=修改记录; 案件={CASE}"]
    assert rows[1] == ["行数", "1"]
    assert rows[2][:2] == ["导出", "钟九思"]
    assert rows[3][1] == hashlib.sha256(table).hexdigest() == answer.headers["X-Table-SHA256"]
    body = list(csv.reader(io.StringIO(table.decode())))
    assert len(body) == 2
    assert "'=HYPERLINK(1)" in body[1]
    written = last(place, "list.exported")
    assert rows[3][1] in written
    assert CASE in written


def test_the_check_is_written_down_and_finds_an_edit(visit: Visit, place: Place) -> None:
    auditor = visit("zhong")
    assert "还没有校验过" in auditor.get("/audit/").text
    answer = auditor.post("/audit/verify")
    assert (answer.status_code, answer.location) == (303, "/audit/")
    page = auditor.get("/audit/").text
    assert "链条完整" in page
    assert "上次校验" in page
    assert '"faults":0' in last(place, "audit.verified")
    with place.application.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_events_no_update"))
        connection.execute(text("UPDATE audit_events SET action = 'row.read' WHERE seq = 3"))
    broken = auditor.post("/audit/verify")
    assert broken.status_code == 200
    assert "链条不完整" in broken.text
    assert "#3" in broken.text
    assert "不完整" in auditor.get("/audit/").text


def test_reasons_are_shown_as_text(visit: Visit, place: Place) -> None:
    with open_work(place.application, place.people["lin"]) as work:
        work.change(work.get_no(Case, CASE), title="甲", reason=NASTY)
    page = visit("zhong").get("/audit/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_rights_are_told_with_their_values(visit: Visit, place: Place) -> None:
    admin = visit("admin")
    admin.get("/people/gao")
    with place.application.sessions() as session:
        version = session.scalars(select(User.version).where(User.login == "gao")).one()
    admin.post("/people/gao/roles", version=str(version), roles="counsel", reason="转岗")
    page = visit("zhong").get("/audit/?view=rights").text
    assert "roles: pr → counsel" in page
    assert "转岗" in page
