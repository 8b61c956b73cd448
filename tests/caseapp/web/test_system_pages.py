"""The system's state as administrators and auditors read it; removing the example leaves every real figure alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import func, select

from caseapp.domain.labels import Label
from caseapp.health import Finding
from caseapp.models import AuditEvent, Base, Case, Deadline, EvidenceItem, Membership, Notice, Platform, Row, Task, User
from caseapp.services.samples import NothingButSampleError, remove_sample
from caseapp.services.users import create_user
from caseapp.services.work import Actor, open_work, system_actor
from tests.caseapp.web.house import PASSWORD, Browser, Place
from tests.caseapp.web.routes import CASE, ITEM

Visit = Callable[..., Browser]
system = import_module("caseapp.web.pages.system")  # the package knows its blueprint by this name
FINDINGS = [
    Finding(Label("队列", "Queue"), "ok", "redis", Label("不用", "none")),
    Finding(Label("时钟", "Clock"), "warn", Label("没有应答", "no answer"), Label("放行 UDP 123", "Allow UDP 123")),
    Finding(Label("磁盘", "Disk"), "fail", "余 1 MiB", Label("腾出空间", "Free some space")),
]
REAL_PAGES = ("/", "/cases/", "/evidence/", "/notices/", "/deadlines/", f"/cases/{CASE}", f"/cases/{CASE}/damages")


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the checks find, without waiting for the machine."""
    found = list(FINDINGS)
    monkeypatch.setattr(system, "CHECKS", tuple((lambda _settings, one=one: one) for one in found))
    return found


def test_every_part_is_shown_worst_first_with_its_fix(visit: Visit, findings: list[Finding]) -> None:
    page = visit("admin").get("/system/health").text
    assert "1 个部分不能工作" in page
    assert page.index("腾出空间") < page.index("放行 UDP 123") < page.index("不必办")
    for words in ("后台任务", "任务进程", "证据校验", "存证日志", "操作日志", "日志校验"):
        assert words in page
    csv = visit("admin").get("/system/health?format=csv").text
    assert "不能工作,磁盘,余 1 MiB,腾出空间" in csv
    assert len(findings) == csv.count("\r\n") - 1


def test_in_english_too(visit: Visit, findings: list[Finding]) -> None:
    auditor = visit()
    auditor.sign_in("zhong", language="en")
    page = auditor.get("/system/health").text
    assert findings[1].fix.en in page
    assert "移除示例" not in page


def test_the_button_looks_again(visit: Visit, findings: list[Finding], monkeypatch: pytest.MonkeyPatch) -> None:
    admin = visit("admin")
    assert "不能工作" in admin.get("/system/health").text
    monkeypatch.setattr(system, "CHECKS", (lambda _settings: findings[0],))
    assert "不能工作" in admin.get("/system/health").text
    assert admin.post("/system/health/check").status_code == 303
    page = admin.get("/system/health").text
    assert "各部分正常" in page
    assert "已重新检查" in page


@pytest.mark.usefixtures("findings")
def test_a_seal_without_a_time_stamp_is_an_alarm(visit: Visit, place: Place) -> None:
    words = "1 件时间戳不足"
    assert words not in visit("admin").get("/system/health").text
    with open_work(place.application, system_actor("worker")) as work:
        item = work.session.scalars(select(EvidenceItem).where(EvidenceItem.package_id.is_not(None)).limit(1)).one()
        work.change(item, stamps=0, test_stamps=0, logged_at=work.now - timedelta(minutes=16))
        number = item.no
    assert words in visit("admin").get("/system/health").text
    lead = visit("lin")
    assert words in lead.get("/").text
    assert number in lead.get("/evidence/?need=late").text
    assert "逾时，还缺 1 家" in lead.get(f"/evidence/{number}").text


@pytest.mark.parametrize("login", ["lin", "gao", "xu", "su"])
def test_others_do_not_read_it(visit: Visit, login: str) -> None:
    browser = visit(login)
    assert browser.get("/system/health").status_code == 403
    assert browser.post("/system/health/check").status_code == 403


def test_the_real_checks_end(visit: Visit) -> None:
    page = visit("zhong").get("/system/health")
    assert page.status_code == 200
    assert "磁盘" in page.text


# --- the example ---------------------------------------------------------------------------------------------------
def add_sample(place: Place) -> None:
    """An example as the demo makes it: its own case, numbers and people, seen by real counsel too."""
    people = place.people
    setup = Actor("setup", "初始化", frozenset({"admin", "system"}), kind="system", desk_id=people["lin"].desk_id)
    with open_work(place.application, setup, sample=True) as work:
        user = create_user(work, login="sample.one", display="示例人", password=PASSWORD, roles=["counsel"])
        case = work.add(Case(no=work.next_no("case"), title="示例案件", status="open", stage="takedown"))
        for login in ("lin", "han"):
            work.add(Membership(case_id=case.id, user_id=people[login].user_id, role="lead", granted_by="test"))
        work.add(Membership(case_id=case.id, user_id=user.id, role="counsel", granted_by="test"))
        platform = work.add(Platform(name="示例平台", domain="sample.test"))
        notice = work.add(
            Notice(no=work.next_no("notice"), case_id=case.id, platform_id=platform.id, status="refused",
                   submitted_at=work.now, arrived_at=work.now, due_at=work.now)
        )  # fmt: skip
        work.add(
            Deadline(case_id=case.id, object_type="notices", object_id=notice.id, rule_id="platform_action",
                     kind="internal", basis="示例", base_event="示例到达", base_at=work.now - timedelta(days=3),
                     length=3, unit="workday", due_at=work.now - timedelta(hours=1), explanation_zh="示例",
                     explanation_en="sample")
        )  # fmt: skip
        work.add(Task(case_id=case.id, title="示例任务", assignee_id=people["lin"].user_id, due_at=work.now))
        work.add(EvidenceItem(no=work.next_no("evidence"), kind="web_page", title="示例证据", obtained_at=work.now))


def figures(browser: Browser) -> dict[str, list[str]]:
    """Every number of the pages that real work is read from (times apart)."""
    found = {}
    for path in REAL_PAGES:
        page = re.sub(r"<time.*?</time>|<dialog.*", "", browser.get(path).text.split("<body>")[1], flags=re.DOTALL)
        lines = [line for line in re.sub(r"<[^>]+>", "\n", page).splitlines() if re.search(r"\d", line)]
        found[path] = [line.strip() for line in lines if not re.search(r"示例|剩|逾期|还有|\d\d:\d\d", line)]
    return found


def real_rows(place: Place) -> dict[str, int]:
    """How many rows of each table are not the example's and not void."""
    with place.application.sessions() as session:
        models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Row)]
        return {
            one.__tablename__: session.scalar(
                select(func.count()).select_from(one).where(one.sample.is_(False), one.voided_at.is_(None))
            )
            or 0
            for one in models
        }


def test_the_example_leaves_and_no_real_figure_changes(visit: Visit, place: Place, findings: list[Finding]) -> None:
    counsel, admin = visit("lin"), visit("admin")
    rail_before = re.findall(r'class="n[^"]*">(\d+)', counsel.get("/").text)
    bare = figures(counsel)
    add_sample(place)
    before, rows = figures(counsel), real_rows(place)
    assert re.findall(r'class="n[^"]*">(\d+)', counsel.get("/").text) == rail_before
    assert "示例案件" in counsel.get("/cases/").text
    stranger = visit()
    assert stranger.sign_in("sample.one").status_code == 303
    assert "移除示例" in admin.get("/system/health").text
    confirm = admin.get("/system/sample").text
    assert "行不再显示" in confirm
    for words in ("案件", "侵权通知", "证据", "用户", "期限", "任务"):
        assert words in confirm
    assert admin.post("/system/sample/remove").status_code == 422
    answer = admin.post("/system/sample/remove", reason="开始正式使用")
    assert (answer.status_code, answer.location) == (303, "/system/sample")
    assert "没有示例数据" in admin.get("/system/sample").text
    assert real_rows(place) == rows
    assert figures(counsel)["/"] == before["/"] == bare["/"]
    assert {path: figures(counsel)[path] for path in bare} == bare
    assert "示例案件" not in counsel.get("/cases/").text
    assert "示例证据" not in counsel.get("/find?q=示例").text
    assert stranger.get("/").status_code == 302
    assert stranger.sign_in("sample.one").status_code == 401
    assert "sample.one" not in admin.get("/people/").text
    with place.application.sessions() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "sample.removed")).one()
        assert event.object_type == "desks"
    again = admin.post("/system/sample/remove", reason="再一次")
    assert again.status_code == 303
    assert "没有示例可移除" in admin.get("/system/sample").text


@pytest.mark.parametrize("login", ["lin", "zhong", "su"])
def test_only_an_administrator_removes_it(visit: Visit, place: Place, login: str) -> None:
    add_sample(place)
    browser = visit(login)
    assert browser.get("/system/sample").status_code == 403
    assert browser.post("/system/sample/remove", reason="x").status_code == 403
    with place.application.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case).where(Case.voided_at.is_not(None))) == 0


def test_a_demo_is_not_removed_from_within(place: Place) -> None:
    add_sample(place)
    with open_work(place.application, system_actor("test")) as work:
        work.session.scalars(select(User).where(User.login == "admin")).one().sample = True
    with pytest.raises(NothingButSampleError), open_work(place.application, place.people["admin"]) as work:
        remove_sample(work, reason="x")
    browser = Browser(place.app(demo=True).test_client())
    browser.sign_in("admin")
    assert "整个安装都是示例" in browser.get("/system/sample").text


def test_the_kept_bytes_stay(visit: Visit, place: Place, findings: list[Finding]) -> None:
    folder = Path(place.settings.evidence_url.removeprefix("file:"))
    before = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    add_sample(place)
    admin = visit("admin")
    admin.get("/system/sample")
    assert admin.post("/system/sample/remove", reason="x").status_code == 303
    assert sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()) == before
    assert findings


def test_the_report_on_the_store_is_taken_away_signed(visit: Visit) -> None:
    admin = visit("admin")
    assert "全库校验报告" in admin.get("/system/report").text
    answer = admin.post("/system/report")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = [name.rpartition("/")[2] for name in archive.namelist()]
        listed = archive.read(archive.namelist()[1]).decode()
    assert names == ["report.pdf", "digests.txt", "report.note"]
    assert ITEM in listed
    assert "示例证据" not in listed
    assert visit("gao").post("/system/report").status_code == 403
