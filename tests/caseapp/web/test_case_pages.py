"""A case by hand: opened, edited, staffed, closed by two; its posts, evidence, letters, timeline, trail and bundle."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from caseapp import jobs
from caseapp.models import (
    AuditEvent,
    Capture,
    Case,
    Correspondence,
    CustodyEvent,
    DamageItem,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Job,
    Membership,
    Notice,
    NoticeItem,
    Organization,
    Party,
    Post,
    Relief,
    Task,
)
from caseapp.queue import InlineQueue
from caseapp.services.bundle_jobs import clear_bundles, path_of
from caseapp.services.work import open_work, system_actor
from tests.caseapp.web.house import NASTY, Browser, Place
from tests.caseapp.web.notice_house import picture, system
from tests.caseapp.web.routes import CASE, FOREIGN, ITEM

NEW = "案-2026-0003"
pytestmark = pytest.mark.furnished
Visit = Callable[..., Browser]


def send(browser: Browser, path: str, **form: Any) -> TestResponse:
    return browser.client.post(path, data={"csrf_token": browser.token, **form}, buffered=True)


def led(answer: TestResponse) -> str:
    return unquote(answer.location or "")


def field(page: str, name: str) -> str:
    """What a field of a page holds."""
    tags = re.findall(r"<input[^>]*>", page)
    found = next((tag for tag in tags if f'name="{name}"' in tag), None)
    assert found is not None, name
    held = re.search(r'value="([^"]*)"', found)
    return held[1] if held else ""


def count(place: Place, model: Any, *rules: Any) -> int:
    with place.application.sessions() as session:
        return int(session.scalar(select(func.count()).select_from(model).where(*rules)) or 0)


def one(place: Place, model: Any, *rules: Any) -> Any:
    with place.application.sessions() as session:
        return session.scalars(select(model).where(*rules)).one()


def whole_form(page: str, **changes: str) -> dict[str, str]:
    """The fields of the edit form as they stand, with changes."""
    form = next(part for part in page.split("<form") if 'name="version"' in part)
    picked = re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL)
    chosen = {name: re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options) for name, options in picked}
    values = {name: found[1] if found else "" for name, found in chosen.items()}
    values |= {name: field(form, name) for name in ("version", "title", "cause", "court_no", "hold_basis")}
    return values | {"legal_hold": "y"} | changes


def test_three_fields_open_a_case_and_its_opener_leads_it(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    page = lin.get("/cases/new").text
    assert len(re.findall(r'<(?:input|select|textarea) class="field[^>]*name=|class="field[^"]*" id="\w+"', page)) <= 3
    answer = send(lin, "/cases/new", title=f" {NASTY} ", type="response", opponent="山石知野科技有限公司")
    assert (answer.status_code, led(answer)) == (303, f"/cases/{NEW}")
    page = lin.get(f"/cases/{NEW}").text
    assert "<script>alert(1)" not in page
    assert "已立案" in page
    assert count(place, Membership, Membership.case_id == one(place, Case, Case.no == NEW).id) == 1
    assert "山石知野科技有限公司" in lin.get(f"/cases/{NEW}/parties").text
    for login in ("su", "gao", "xu", "zhong"):
        other = visit(login)
        assert send(other, "/cases/new", title="x", type="response").status_code == 403
        assert "case.new" not in other.get("/cases/").text
    assert visit("zhou").get(f"/cases/{NEW}").status_code == 404


def test_a_conflict_of_interest_is_named_and_cleared_with_a_reason(place: Place, visit: Visit) -> None:
    with system(place) as work:
        desk = work.get_no(Case, CASE).desk_id
        work.add(Organization(name="邻里达超市有限公司", kind="customer", desk_id=desk))
    lin = visit("lin")
    form = {"title": "新案", "type": "enforcement", "opponent": "邻里达 超市有限公司"}
    refused = send(lin, "/cases/new", **form)
    assert refused.status_code == 422
    assert "可能有利益冲突" in refused.text
    assert "邻里达超市有限公司" in refused.text
    assert count(place, Case) == 2
    assert send(lin, "/cases/new", **form, cleared="该客户只供货，与本案账号无关").status_code == 303
    assert count(place, AuditEvent, AuditEvent.action == "conflict.cleared") == 1


def test_the_list_is_filtered_ordered_and_taken_away(visit: Visit) -> None:
    lin = visit("lin")
    assert CASE in lin.get("/cases/?status=open").text
    assert "没有符合筛选的行" in lin.get("/cases/?status=closed").text
    answer = lin.get("/cases/?format=csv&sort=-number")
    assert answer.mimetype == "text/csv"
    assert CASE in answer.text
    assert FOREIGN not in answer.text


def test_a_stale_edit_shows_both_versions_and_writes_nothing(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    mine, theirs = lin.get(f"/cases/{CASE}/edit").text, zhou.get(f"/cases/{CASE}/edit").text
    assert send(zhou, f"/cases/{CASE}/edit", **whole_form(theirs, cause="网络侵权责任纠纷")).status_code == 303
    answer = send(lin, f"/cases/{CASE}/edit", **whole_form(mine, cause="名誉权纠纷"))
    assert answer.status_code == 409
    assert "别人刚改过" in answer.text
    assert "网络侵权责任纠纷" in answer.text
    assert "名誉权纠纷" in answer.text
    assert one(place, Case, Case.no == CASE).cause == "网络侵权责任纠纷"
    again = whole_form(answer.text, cause="名誉权纠纷")
    assert send(lin, f"/cases/{CASE}/edit", **again).status_code == 303
    assert one(place, Case, Case.no == CASE).cause == "名誉权纠纷"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "请填写"), ({"title": "长" * 301}, "最多 300 个字"), ({"type": "bribe"}, "选一个"),
        ({"lead_id": "0" * 26}, "选一个"), ({"legal_hold": ""}, "须写明理由"),
    ],
)  # fmt: skip
def test_what_an_edit_refuses(place: Place, visit: Visit, changes: dict[str, str], said: str) -> None:
    lin = visit("lin")
    form = whole_form(lin.get(f"/cases/{CASE}/edit").text, cause="新案由", **changes)
    form = {name: value for name, value in form.items() if value or name != "legal_hold"}
    answer = send(lin, f"/cases/{CASE}/edit", **form)
    assert answer.status_code == 422
    assert said in answer.text or "理由" in answer.text
    assert one(place, Case, Case.no == CASE).cause is None


def test_stages_and_suspension_are_kept(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/edit")
    assert send(lin, f"/cases/{CASE}/stage", stage="first_instance", words="已立案受理").status_code == 303
    assert send(lin, f"/cases/{CASE}/stage", stage="bribe").status_code == 422
    assert "已立案受理" in lin.get(f"/cases/{CASE}/edit").text
    assert send(lin, f"/cases/{CASE}/way/suspend", words=" ").status_code == 409
    assert send(lin, f"/cases/{CASE}/way/suspend", words="等待另案").status_code == 303
    assert one(place, Case, Case.no == CASE).status == "suspended"
    assert send(lin, f"/cases/{CASE}/way/resume").status_code == 303
    assert send(lin, f"/cases/{CASE}/way/close").status_code == 404
    assert send(visit("su"), f"/cases/{CASE}/way/suspend", words="x").status_code == 403


def test_closing_names_what_blocks_it_and_takes_two(place: Place, visit: Visit) -> None:
    with system(place) as work:
        case = work.get_no(Case, CASE)
        work.add(Task(case_id=case.id, title="退还保证金", mandatory=True, desk_id=case.desk_id))
    lin, han = visit("lin"), visit("han")
    page = lin.get(f"/cases/{CASE}/closing").text
    assert "退还保证金" in page
    assert 'aria-disabled="true"' in page
    assert send(lin, f"/cases/{CASE}/closing", act="ask", words="判决履行完毕", known="1").status_code == 409
    with system(place) as work:
        work.session.scalars(select(Task).where(Task.title == "退还保证金")).one().status = "done"
    assert send(lin, f"/cases/{CASE}/closing", act="ask", words="判决履行完毕").status_code == 409
    assert send(lin, f"/cases/{CASE}/closing", act="ask", words=" ", known="1").status_code == 422
    assert send(lin, f"/cases/{CASE}/closing", act="ask", words="判决履行完毕", known="1").status_code == 303
    assert "等另一人办理" in lin.get(f"/cases/{CASE}").text
    assert send(lin, f"/cases/{CASE}/closing", act="close", known="1").status_code == 409
    page = han.get(f"/cases/{CASE}/closing").text
    assert "判决履行完毕" in page
    assert send(han, f"/cases/{CASE}/closing", act="close", known="1").status_code == 303
    assert one(place, Case, Case.no == CASE).status == "closed"
    assert send(lin, f"/cases/{CASE}/closing", act="archive").status_code == 303
    page = lin.get(f"/cases/{CASE}").text
    assert "已归档，只读" in page
    for path, form in (
        ("parties", {"role": "defendant", "name": "x", "identity_level": "unknown"}),
        ("members", {"login": "su", "role": "viewer", "scope": "all"}),
        ("reliefs", {"kind": "stop", "wanted": "x"}),
    ):
        assert send(lin, f"/cases/{CASE}/{path}", **form).status_code == 409, path


def test_members_come_with_scope_and_end_and_go_with_a_reason(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{NEW}")
    send(lin, "/cases/new", title="新案", type="response")
    lin.get(f"/cases/{NEW}/members")
    form = {"login": "gao", "role": "external", "scope": "evidence_only", "expires_at": "2000-01-01T00:00"}
    assert send(lin, f"/cases/{NEW}/members", **form).status_code == 422
    form["expires_at"] = f"{place.application.clock() + timedelta(days=9):%Y-%m-%dT%H:%M}"
    assert send(lin, f"/cases/{NEW}/members", **form).status_code == 303
    gao = visit("gao")
    assert gao.get(f"/cases/{NEW}").status_code == 200
    assert "仅证据" in lin.get(f"/cases/{NEW}/members").text
    assert send(gao, f"/cases/{NEW}/members", login="su", role="viewer", scope="all").status_code == 403
    key = one(place, Membership, Membership.role == "external").id
    assert send(lin, f"/cases/{NEW}/members/{key}/revoke", words=" ").status_code == 409
    assert send(lin, f"/cases/{NEW}/members/{key}/revoke", words="委托结束").status_code == 303
    assert gao.get(f"/cases/{NEW}").status_code == 404
    page = lin.get(f"/cases/{NEW}/members").text
    assert "委托结束" in page
    mine = one(place, Membership, Membership.case_id == one(place, Case, Case.no == NEW).id, Membership.role == "lead")
    refused = send(lin, f"/cases/{NEW}/members/{mine.id}/revoke", words="走了")
    assert refused.status_code == 422
    assert "须有主办" in refused.text
    assert lin.get(f"/cases/{NEW}/members?format=csv").mimetype == "text/csv"


def test_a_wall_wins_over_every_role(place: Place, visit: Visit) -> None:
    lin, gao = visit("lin"), visit("gao")
    assert gao.get(f"/cases/{CASE}").status_code == 200
    lin.get(f"/cases/{CASE}/members")
    assert send(lin, f"/cases/{CASE}/members", act="wall", login="gao", words="").status_code == 422
    assert send(lin, f"/cases/{CASE}/members", act="wall", login="lin", words="x").status_code == 422
    assert send(lin, f"/cases/{CASE}/members", act="wall", login="gao", words="亲属").status_code == 303
    assert gao.get(f"/cases/{CASE}").status_code == 404
    assert gao.get(f"/evidence/{ITEM}").status_code == 404
    assert send(visit("zhou"), f"/cases/{CASE}/members", act="wall", login="han", words="x").status_code == 403
    wall = one(place, Membership, Membership.wall.is_(True)).id
    assert send(lin, f"/cases/{CASE}/members/{wall}/revoke", words="已回避完毕").status_code == 303
    assert gao.get(f"/cases/{CASE}").status_code == 200


def test_parties_and_reliefs_are_added_and_voided(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/parties")
    party = {"role": "defendant", "name": NASTY, "identity_level": "displayed", "note": "uid 1"}
    assert send(lin, f"/cases/{CASE}/parties", **party).status_code == 303
    relief = {"kind": "apology", "wanted": NASTY, "basis": "民法典 1000"}
    assert send(lin, f"/cases/{CASE}/reliefs", **relief).status_code == 303
    page = lin.get(f"/cases/{CASE}/parties").text
    assert "赔礼道歉" in page
    assert "<script>alert(1)" not in page
    assert send(lin, f"/cases/{CASE}/parties", **party | {"role": "king"}).status_code == 422
    assert send(lin, f"/cases/{CASE}/reliefs", **relief | {"wanted": " "}).status_code == 422
    for login, status in (("su", 403), ("gao", 403)):
        assert send(visit(login), f"/cases/{CASE}/parties", **party).status_code == status
    key = one(place, Party).id
    assert send(lin, f"/cases/{CASE}/parties/{key}/void", words="").status_code == 409
    assert send(lin, f"/cases/{FOREIGN}/parties/{key}/void", words="x").status_code == 404
    assert send(lin, f"/cases/{CASE}/parties/{key}/void", words="登记错").status_code == 303
    relief_key = one(place, Relief).id
    assert send(lin, f"/cases/{CASE}/reliefs/{relief_key}/void", words="不再主张").status_code == 303
    assert "还没有当事人" in lin.get(f"/cases/{CASE}/parties").text


def test_posts_chosen_together_begin_a_notice_or_a_recheck(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    page = lin.get(f"/cases/{CASE}/posts").text
    keys = re.findall(r'name="post" value="([^"]+)"', page)
    assert len(keys) == 7
    assert page.count('data-why="真实投诉"') == 2
    answer = send(lin, f"/cases/{CASE}/posts", act="notice", post=keys[:2])
    assert answer.status_code == 303
    assert led(answer).startswith(f"/notices/prepare?case={CASE}&post={keys[0]}")
    assert send(lin, f"/cases/{CASE}/posts", act="notice").status_code == 422
    assert send(lin, f"/cases/{CASE}/posts", act="notice", post=["0" * 26]).status_code == 422
    before = count(place, Capture)
    assert send(lin, f"/cases/{CASE}/posts", act="recheck", post=keys[:2]).status_code == 303
    assert count(place, Capture) == before + 2
    viewer = visit("su")
    assert 'name="post"' not in viewer.get(f"/cases/{CASE}/posts").text
    assert send(viewer, f"/cases/{CASE}/posts", act="recheck", post=keys[:1]).status_code == 403
    assert send(visit("admin"), f"/cases/{CASE}/posts", act="recheck", post=keys[:1]).status_code == 403
    shown = lin.get(f"/cases/{CASE}/posts?verdict=genuine_complaint").text
    assert shown.count("<tr data-row") == 2
    csv = lin.get(f"/cases/{CASE}/posts?format=csv&captured=no").text
    assert csv.count("weixun.test") == 2


def test_the_list_of_evidence_is_numbered_ordered_and_changed(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    page = lin.get(f"/cases/{CASE}/evidence").text
    assert "4 件未编入" in page
    loose = field(page, "evidence")
    form = {"evidence": loose, "group_no": "3", "group": "传播", "proves": "证明传播范围"}
    assert send(lin, f"/cases/{CASE}/exhibits", **form).status_code == 303
    made = one(place, Exhibit, Exhibit.evidence_id == loose)
    assert (made.exhibit_no, made.group_name) == ("证3-1", "传播")
    first = one(place, Exhibit, Exhibit.exhibit_no == "证1-1")
    assert send(lin, f"/cases/{CASE}/exhibits/{first.id}", act="down").status_code == 303
    assert one(place, Exhibit, Exhibit.exhibit_no == "证1-2").id == first.id
    taken = {"exhibit_no": "1-1", "group": "", "proves": "x"}
    assert send(lin, f"/cases/{CASE}/exhibits/{made.id}", **taken).status_code == 409
    assert send(lin, f"/cases/{CASE}/exhibits/{made.id}", **taken | {"exhibit_no": "x"}).status_code == 422
    assert send(lin, f"/cases/{CASE}/exhibits/{made.id}", **taken | {"exhibit_no": "5-1"}).status_code == 303
    assert send(lin, f"/cases/{CASE}/exhibits/{made.id}", act="drop", words=" ").status_code == 409
    assert send(lin, f"/cases/{CASE}/exhibits/{made.id}", act="drop", words="重复").status_code == 303
    assert send(lin, f"/cases/{CASE}/exhibits", **form | {"exhibit_no": "5-1"}).status_code == 303
    assert one(place, Exhibit, Exhibit.exhibit_no == "证5-1").voided_at is None
    assert send(visit("gao"), f"/cases/{CASE}/exhibits", **form).status_code == 403
    assert send(lin, f"/cases/{FOREIGN}/exhibits", **form).status_code == 404
    assert "证5-1" in lin.get(f"/cases/{CASE}/evidence?format=csv").text


def test_letters_come_with_sealed_attachments(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/correspondence")
    form = {"direction": "received", "channel": "phone", "party": "市场监管局", "at": "2026-01-02T10:00",
            "subject": NASTY, "body": "询问留样"}  # fmt: skip
    before = count(place, EvidenceItem)
    answer = send(lin, f"/cases/{CASE}/correspondence", **form, proof=(io.BytesIO(picture()), "来函.png"))
    assert answer.status_code == 303
    assert count(place, EvidenceItem) == before + 1
    page = lin.get(f"/cases/{CASE}/correspondence").text
    assert "询问留样" in page
    assert "<script>alert(1)" not in page
    assert "证-2026-" in page
    wrong = send(lin, f"/cases/{CASE}/correspondence", **form, proof=(io.BytesIO(b"MZ"), "x.exe"))
    assert wrong.status_code == 422
    assert "询问留样" in wrong.text
    assert send(lin, f"/cases/{CASE}/correspondence", **form | {"at": "2999-01-01T00:00"}).status_code == 422
    assert send(lin, f"/cases/{CASE}/correspondence", **form | {"party": ""}).status_code == 422
    assert count(place, Correspondence) == 1
    secret = form | {"subject": "律师意见", "privileged": "y"}
    assert send(lin, f"/cases/{CASE}/correspondence", **secret).status_code == 303
    assert "律师意见" not in visit("gao").get(f"/cases/{CASE}/correspondence").text
    assert "律师意见" in visit("han").get(f"/cases/{CASE}/correspondence").text
    assert send(visit("su"), f"/cases/{CASE}/correspondence", **form).status_code == 403
    key = one(place, Correspondence, Correspondence.subject == "律师意见").id
    assert send(lin, f"/cases/{CASE}/correspondence/{key}/void", words="").status_code == 409
    assert send(lin, f"/cases/{CASE}/correspondence/{key}/void", words="重复登记").status_code == 303
    assert "律师意见" not in lin.get(f"/cases/{CASE}/correspondence").text
    assert "市场监管局" in lin.get(f"/cases/{CASE}/correspondence?format=csv").text


def test_the_timeline_says_when_how_exact_and_how_known(place: Place, visit: Visit) -> None:
    with system(place) as work:
        post = work.session.scalars(select(Post).order_by(Post.no)).first()
        assert post is not None
        post.published_precision = "day"
    lin = visit("lin")
    page = lin.get(f"/cases/{CASE}/timeline").text
    for words in ("已知最早", "精确到日", "页面显示值", "取证所见", "固定证据", "证2-1", "缺凭证"):
        assert words in page, words
    picture = page[page.index("<figure") : page.index("</figure>")]
    marks = re.findall(r'<a href="#(m-\d+)" aria-label="[^"]+"', picture)
    assert marks
    assert {f'<li id="{mark}"' in page for mark in marks} == {True}
    fewer = lin.get(f"/cases/{CASE}/timeline?lane=fact").text
    assert "固定证据" not in fewer.split('class="lanes')[1]
    assert "精度" in lin.get(f"/cases/{CASE}/timeline?format=csv").text


def test_the_trail_is_filtered_and_says_what_its_check_found(visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/edit")
    send(lin, f"/cases/{CASE}/stage", stage="interim", words="申请保全")
    page = lin.get(f"/cases/{CASE}/audit?action=case.stage_changed&check=1").text
    assert page.count("<tr data-row") == 1
    assert "申请保全" in page
    assert "全链完整" in page
    csv = lin.get(f"/cases/{CASE}/audit?format=csv").text
    assert "全链校验,完整" in csv
    assert visit("zhou").get(f"/cases/{CASE}/audit").status_code == 403


def test_the_bundle_is_made_by_a_worker_and_taken_by_who_asked(place: Place, visit: Visit) -> None:
    lin, zhou = visit("lin"), visit("zhou")
    lin.get(f"/cases/{CASE}/bundle")
    assert send(lin, f"/cases/{CASE}/bundle", words=" ").status_code == 422
    assert send(lin, f"/cases/{CASE}/bundle", words="起诉").status_code == 303
    page = lin.get(f"/cases/{CASE}/bundle").text
    assert "排队中" in page
    assert 'hx-trigger="every 2s"' in page
    zhou.get(f"/cases/{CASE}/bundle")
    assert send(zhou, f"/cases/{CASE}/bundle", words="我也要").status_code == 422
    job = one(place, Job, Job.kind == "bundle").id
    assert send(lin, f"/cases/{CASE}/bundle/{job}").status_code == 404
    queue = place.application.queue
    assert isinstance(queue, InlineQueue)
    assert jobs.perform(place.application, job)
    page = lin.get(f"/cases/{CASE}/bundle").text
    assert "下载" in page
    assert "hx-trigger" not in page.split('id="bundles"')[1].split(">")[0]
    answer = send(lin, f"/cases/{CASE}/bundle/{job}")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "SHA256SUMS" in archive.namelist()
    assert send(zhou, f"/cases/{CASE}/bundle/{job}").status_code == 404
    assert send(visit("gao"), f"/cases/{CASE}/bundle/{job}").status_code == 403
    assert send(lin, f"/cases/{FOREIGN}/bundle/{job}").status_code == 404
    assert count(place, AuditEvent, AuditEvent.action == "bundle.taken") == 1


def test_a_case_without_a_principal_says_so_before_a_bundle_is_made(place: Place, visit: Visit) -> None:
    with open_work(place.application, system_actor("test")) as work:
        work.get_no(Case, CASE).principal_id = None
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/bundle")
    answer = send(lin, f"/cases/{CASE}/bundle", words="起诉")
    assert answer.status_code == 422
    assert "委托人" in answer.text
    assert count(place, Job, Job.kind == "bundle") == 0


def test_permission_is_asked_again_and_the_file_goes_after_its_time(place: Place, visit: Visit) -> None:
    zhou = visit("zhou")
    zhou.get(f"/cases/{CASE}/bundle")
    send(zhou, f"/cases/{CASE}/bundle", words="核对")
    job = one(place, Job, Job.kind == "bundle").id
    assert jobs.perform(place.application, job)
    with system(place) as work:
        held = work.session.scalars(select(Membership).where(Membership.role == "counsel")).one()
        held.scope = "report_only"
    assert send(zhou, f"/cases/{CASE}/bundle/{job}").status_code == 404
    with system(place) as work:
        held = work.session.scalars(select(Membership).where(Membership.role == "counsel")).one()
        held.scope = "all"
        row = work.session.get_one(Job, job)
        row.payload = {**row.payload, "expires_at": "2020-01-01T00:00:00+00:00"}
    assert send(zhou, f"/cases/{CASE}/bundle/{job}").status_code == 404
    assert "已到期删除" in zhou.get(f"/cases/{CASE}/bundle").text
    with open_work(place.application, system_actor("scheduler")) as work:
        assert clear_bundles(work) == 1
    assert not path_of(place.application, job).exists()


def test_a_bundle_that_fails_says_so_and_the_chains_say_nothing_left(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/bundle")
    send(lin, f"/cases/{CASE}/bundle", words="起诉")
    job = one(place, Job, Job.kind == "bundle").id
    digest = one(place, EvidenceItem, EvidenceItem.title == "检验报告").files["paper.txt"]["sha256"]
    file = next(path for path in place.settings.data_dir.rglob(f"*{digest[4:]}*") if path.is_file())
    file.chmod(0o600)
    file.write_text("改动", "utf-8")
    assert not jobs.perform(place.application, job)
    assert not path_of(place.application, job).exists()
    with place.application.sessions() as session:
        said = [
            row.leaf["outcome"] for row in session.scalars(select(CustodyEvent).where(CustodyEvent.type == "export"))
        ]
    assert said.count("failed") == said.count("done") > 0
    assert count(place, AuditEvent, AuditEvent.action == "bundle.built") == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cases/案-2026-9999", 404), (f"/cases/{FOREIGN}/edit", 404), (f"/cases/{FOREIGN}/members", 404),
        (f"/cases/{FOREIGN}/parties", 404), (f"/cases/{FOREIGN}/closing", 404), (f"/cases/{FOREIGN}/bundle", 404),
        (f"/cases/{FOREIGN}/timeline", 404), (f"/cases/{CASE}/bribe", 404), (f"/cases/{'长' * 300}", 404),
        (f"/cases/{CASE}/timeline?lane=<script>&sort=-x", 200), (f"/cases/{CASE}/audit?before=x", 200),
        (f"/cases/{CASE}/audit?before={9 ** 40}", 200), (f"/cases/{CASE}/posts?q={'石' * 400}", 200),
    ],
)  # fmt: skip
def test_hostile_addresses_have_the_right_status(visit: Visit, path: str, status: int) -> None:
    answer = visit("lin").get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text.replace("<script nonce", "")


def test_a_stranger_posts_into_nothing(place: Place, visit: Visit) -> None:
    zhou = visit("zhou")
    with system(place) as work:
        case = work.get_no(Case, CASE)
        for held in work.session.scalars(select(Membership).where(Membership.case_id == case.id)):
            if held.user_id == place.people["zhou"].user_id:
                held.voided_at = work.now
    for path in ("edit", "stage", "members", "parties", "reliefs", "posts", "exhibits", "correspondence", "bundle",
                 "closing"):  # fmt: skip
        form = {"title": "x", "type": "response", "words": "x", "stage": "interim", "act": "ask"}
        assert send(zhou, f"/cases/{CASE}/{path}", **form).status_code in {403, 404, 422}, path
    assert one(place, Case, Case.no == CASE).stage == "takedown"


def archived(place: Place) -> None:
    with system(place) as work:
        work.change(work.get_no(Case, CASE), status="archived", archived_at=work.now)


TABS = ("", "posts", "evidence", "timeline", "documents", "notices", "damages", "deadlines", "correspondence", "audit",
        "parties", "members", "edit")  # fmt: skip
STILL = re.compile(r"/(?:signout|sign-out|language|theme|drafts|bundle|export|verify|verification|settings|hold)")


def test_an_archived_case_says_so_and_shows_no_acts(place: Place, visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/cases/{CASE}")
    archived(place)
    with place.application.sessions() as session:
        key = session.scalars(select(DamageItem.id)).first()
    pages = [f"/cases/{CASE}/{tab}".rstrip("/") for tab in TABS]
    for path in (*pages, f"/damages/{key}", "/notices/函-2026-0001", "/documents/文-2026-0001", f"/evidence/{ITEM}"):
        answer = lin.get(path)
        assert answer.status_code in {200, 409}, (path, answer.status_code)
        acts = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', answer.text, re.IGNORECASE)
        acts = [one for one in map(unquote, acts) if not STILL.search(one)]
        assert acts == [], (path, acts)
    assert "已归档" in lin.get(f"/cases/{CASE}").text
    for path, form in (
        (f"/damages/{key}/void", {"words": "x"}),
        (f"/cases/{CASE}/edit", {"title": "x", "version": "1"}),
        ("/damages/add", {"case": CASE, "head": "D1", "title": "x", "amount": "1"}),
    ):
        answer = send(lin, path, **form)
        assert answer.status_code == 409, path
        assert "案件已归档" in answer.text, path


def test_the_archived_case_says_so_in_english(place: Place) -> None:
    archived(place)
    lin = Browser(place.app().test_client())
    assert lin.sign_in("lin", language="en").status_code == 303
    with place.application.sessions() as session:
        key = session.scalars(select(DamageItem.id)).first()
    assert "The case is archived" in send(lin, f"/damages/{key}/void", words="x").text


def test_what_is_prepared_in_a_case_of_the_example_is_marked(place: Place, visit: Visit) -> None:
    with system(place) as work:
        work.get_no(Case, CASE).sample = True
    lin = visit("lin")
    lin.get(f"/cases/{CASE}/notices")
    page = lin.get(f"/notices/prepare?case=s-{CASE}")
    page = page if page.status_code == 200 else lin.get(f"/notices/prepare?case={CASE}")
    chosen = re.findall(r'name="post" value="([^"]+)"', page.text)
    fields = {name: field(page.text, name) for name in ("issued_on", "valid_from", "valid_until", "title")}
    sent = {"case": field(page.text, "case"), "post": chosen, "listed": chosen, "authority": "一般授权", **fields}
    assert send(lin, "/notices/prepare", **sent).status_code == 303
    with place.application.sessions() as session:
        new = [row for model in (Notice, Document, NoticeItem, Exhibit, DocumentVersion) for row in
               session.scalars(select(model)) if row.created_by == place.people["lin"].user_id]  # fmt: skip
    assert {type(row).__name__ for row in new} >= {"Notice", "Document", "NoticeItem", "DocumentVersion"}
    assert [row for row in new if not row.sample] == []


def test_who_only_looked_is_in_the_trail_not_in_what_happened(visit: Visit) -> None:
    lin = visit("lin")
    lin.get(f"/evidence/{ITEM}")
    assert "查看证据" in lin.get(f"/cases/{CASE}/audit").text
    happened = lin.get(f"/cases/{CASE}").text.split('id="h-rc"')[1].split("</section>")[0]
    assert "查看证据" not in happened
