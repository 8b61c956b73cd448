"""A small real installation: keys, database, store, people, one case with a sealed page, and the web application."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from PIL import Image, ImageDraw
from werkzeug.test import TestResponse

from caseapp.app import create_app
from caseapp.bootstrap import Application, build_application
from caseapp.config import AuthoritySettings, Settings
from caseapp.demo.authority import TestAuthority
from caseapp.documents import draft, load
from caseapp.keys import make_keys, write_trust
from caseapp.models import (
    Account,
    Capture,
    Case,
    CaseIncident,
    ClaimEvidence,
    DamageEvidence,
    DamageItem,
    Deadline,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Incident,
    Membership,
    Notice,
    NoticeEvent,
    NoticeItem,
    Organization,
    Platform,
    Post,
    PostIncident,
    RumorClaim,
    Task,
    User,
)
from caseapp.queue import InlineQueue
from caseapp.services.documents import render_pdf
from caseapp.services.evidence import register_evidence
from caseapp.services.sealing import seal_files
from caseapp.services.setup import initialise
from caseapp.services.users import create_user
from caseapp.services.work import Actor, Work, open_work, system_actor
from evidence_store import new_ulid

PASSWORD = "三月桃花流水鳜鱼肥 42"
NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)">\u202e“谣言”\u200b' + "长" * 40


class _Compiled(BytecodeCache):
    """Templates compiled once in a process of tests, not once for each of its applications."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same source."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = _Compiled()


@dataclass
class Place:
    """The installation under test."""

    application: Application
    settings: Settings
    people: dict[str, Actor]

    def app(self, **changes: Any) -> Flask:
        """A fresh web application over it (throttling starts from nothing)."""
        settings = replace(self.settings, **changes)
        app = create_app(replace(self.application, settings=settings) if changes else self.application)
        app.jinja_env.bytecode_cache = COMPILED
        return app


@dataclass
class Browser:
    """A test client that remembers the forgery token of the last page."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read a page."""
        answer = self.client.get(path, buffered=True, **more)
        page = answer.text if answer.mimetype == "text/html" else ""
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form with the token of the last page."""
        return self.client.post(path, data={"csrf_token": self.token, **form}, buffered=True)

    def sign_in(self, login: str, password: str = PASSWORD, language: str | None = None) -> TestResponse:
        """Sign in through the form, having chosen ``language`` on it."""
        if language:
            self.client.set_cookie("bw_lang", language)
        self.get("/signin")
        answer = self.post("/signin", login=login, password=password)
        self.get("/settings")
        return answer


def tall_screenshot(folder: Path) -> dict[str, Path]:
    """A page of 1280 × 5000 in two strips, with a record of two fields on it."""
    files = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number, height in enumerate((3000, 2000), 1):
        image = Image.new("RGB", (1280, height), "white")
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 0, 1280, 60), fill="#f3ece4")
        for line in range(120, height - 40, 44):
            pen.rectangle((220, line, 220 + (line * 37) % 700 + 120, line + 14), fill="#c9cdd0")
        name = f"shots/page-{number:03}.png"
        files[name] = folder / f"page-{number:03}.png"
        image.save(files[name])
    record = {
        "schema": "bianwu/capture/1",
        "size": [1280, 5000],
        "fields": [{"name": "author", "raw": "食安小喇叭", "box": {"x": 220, "y": 110, "width": 160, "height": 30}},
                   {"name": "likes", "raw": "1.2万", "box": {"x": 220, "y": 640, "width": 90, "height": 24}}],
    }  # fmt: skip
    files["capture.json"] = folder / "capture.json"
    files["capture.json"].write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    files["text.txt"] = folder / "text.txt"
    files["text.txt"].write_text("出炉后要过一遍工业石蜡\n", encoding="utf-8")
    return files


def case_world(work: Work, people: dict[str, Actor]) -> tuple[Case, list[Post], Incident]:
    """One case with members, an incident, a claim and three posts."""
    case = work.add(
        Case(no=work.next_no("case"), title="苜禾脆穗燕麦圈不实信息维权案", status="open", stage="takedown",
             severity="II", lead_id=people["lin"].user_id, legal_hold=True, opened_at=work.now)
    )  # fmt: skip
    for login, role in (("lin", "lead"), ("han", "approver"), ("gao", "pr"), ("xu", "archivist")):
        work.add(Membership(case_id=case.id, user_id=people[login].user_id, role=role, granted_by="test"))
    incident = work.add(
        Incident(no=work.next_no("incident"), title="“燕麦圈使用工业石蜡”不实信息", severity="II",
                 detected_at=work.now - timedelta(hours=30), response_due_at=work.now - timedelta(hours=6))
    )  # fmt: skip
    work.add(CaseIncident(case_id=case.id, incident_id=incident.id))
    operator = work.add(Organization(name="海岬微汛网络技术有限公司", kind="platform_operator"))
    platform = work.add(Platform(name="微汛", domain="weixun.test", operator_id=operator.id))
    account = work.add(Account(platform_id=platform.id, uid="9900000101", handle="食安小喇叭"))
    verdicts = ("false_fact", "genuine_complaint", "false_fact")
    posts = []
    for number, verdict in enumerate(verdicts, 1):
        url = f"https://weixun.test/9900000101/PX26081{number}"
        posts.append(
            work.add(
                Post(no=work.next_no("post"), canonical_url=url, url_as_seen=url, platform_id=platform.id,
                     account_id=account.id, title=f"第 {number} 条：出炉后要过一遍工业石蜡", verdict=verdict,
                     verdict_reason="依据检验报告", triaged_by=people["gao"].user_id, triaged_at=work.now,
                     liveness="live",
                     last_checked_at=work.now, published_at=work.now - timedelta(days=1))
            )
        )  # fmt: skip
        work.add(PostIncident(post_id=posts[-1].id, incident_id=incident.id, state="confirmed"))
    return case, posts, incident


def paper(work: Work, people: dict[str, Actor], case: Case, incident: Incident) -> None:
    """A notice under review in its second version."""
    template = load("infringement_notice")
    model = draft(template, template.sample(), "zh", on=work.now.date())
    document = work.add(
        Document(no=work.next_no("document"), case_id=case.id, incident_id=incident.id,
                 kind=template.kind, title="关于“脆穗燕麦圈”不实信息的侵权通知书", latest_n=2)
    )  # fmt: skip
    for n, status in ((1, "changes_requested"), (2, "in_review")):
        version = work.add(
            DocumentVersion(document_id=document.id, n=n, status=status, author_id=people["lin"].user_id,
                            submitted_by=people["lin"].user_id, submitted_at=work.now, template_version="1.0",
                            model=json.loads(model.to_json()), text_digest=model.digest(),
                            route=[step.model_dump(mode="json") for step in template.route])
        )  # fmt: skip
        version.approved_digest = sha256(render_pdf(version)).hexdigest()


def papers(work: Work, people: dict[str, Actor], case: Case, posts: list[Post], incident: Incident) -> None:
    """Notices, documents, damages, deadlines and tasks of the case."""
    notice = work.add(
        Notice(no=work.next_no("notice"), case_id=case.id, platform_id=posts[0].platform_id, status="refused",
               submitted_at=work.now - timedelta(days=3), arrived_at=work.now - timedelta(days=3),
               receipt_no="WX-RC-1", due_at=work.now - timedelta(hours=15))
    )  # fmt: skip
    work.add(NoticeItem(notice_id=notice.id, post_id=posts[0].id, outcome="refused"))
    work.add(
        NoticeEvent(notice_id=notice.id, seq=1, at=work.now - timedelta(hours=2), event="refuse",
                    text="需提供司法文书", recorded_at=work.now, recorded_by="test")
    )  # fmt: skip
    paper(work, people, case, incident)
    for title, head, amount in (("邻里达取消订单", "D1", "14508.00"), ("公证费", "D5", "3200.00")):
        work.add(
            DamageItem(case_id=case.id, head=head, title=title, amount_fen=Decimal(amount), formula="46,800 − 32,292",
                       causation="取消函写明“因网传”" if head == "D1" else None)
        )  # fmt: skip
    for rule, kind, hours in (("platform_action", "internal", -15), ("counter_notice_period", "analogy", 14 * 24)):
        work.add(
            Deadline(case_id=case.id, object_type="notices", object_id=notice.id, rule_id=rule, kind=kind,
                     basis="民法典第一千一百九十五条", base_event="通知到达", base_at=work.now - timedelta(days=3),
                     length=3, unit="workday", due_at=work.now + timedelta(hours=hours),
                     explanation_zh="通知到达后三个工作日，内部提醒。",
                     explanation_en="Three working days after arrival, an internal prompt.")
        )  # fmt: skip
    work.add(
        Task(case_id=case.id, title="联系邻里达补取消函原件", assignee_id=people["lin"].user_id,
             due_at=work.now + timedelta(hours=5))
    )  # fmt: skip


def sealed_page(application: Application, folder: Path, case_id: str, post_id: str) -> str:
    """Seal a page as a capture would and make it an exhibit; returns its number."""
    facts = {
        "url": "https://weixun.test/9900000101/PX260811", "ip": "127.0.0.1", "tls_cert_sha256": "ab" * 32,
        "dns": {"host": "weixun.test", "override": True}, "extra_roots": ["cd" * 32],
    }  # fmt: skip
    seal_id = new_ulid()
    sealed = seal_files(application, tall_screenshot(folder), seal_id=seal_id, folder=folder / "package", capture=facts)
    with open_work(application, system_actor("capture")) as work:
        desk = work.session.get_one(Case, case_id).desk_id
        capture = work.add(
            Capture(no=work.next_no("capture"), url=facts["url"], post_id=post_id, case_id=case_id, desk_id=desk,
                    requested_by="test", requested_at=work.now, started_at=work.now, finished_at=work.now,
                    status="done", result="COMPLETE", outcome="live", title="微汛“食安小喇叭”博文",
                    text="出炉后要过一遍工业石蜡", seal_id=seal_id, facts=facts, grade="demo",
                    steps=[{"name": "environment", "state": "done"}])
        )  # fmt: skip
        item = register_evidence(work, capture, sealed)
        item.proves = "证明侵害行为"
        work.add(
            Exhibit(case_id=case_id, evidence_id=item.id, exhibit_no="证1-1", group_no=1, order_no=1, desk_id=desk)
        )
        damage = work.add(
            DamageItem(case_id=case_id, head="D6", title="消除影响公告费", amount_fen=Decimal("1000.00"), desk_id=desk)
        )
        work.add(DamageEvidence(damage_id=damage.id, evidence_id=item.id))
        return item.no


def people_of(application: Application) -> dict[str, Actor]:
    """The first administrator and the people of the case, all with one password."""
    made = initialise(
        application,
        organization="澜江苜禾食品有限公司",
        login="admin",
        display="管理员",
        password=PASSWORD,
        roles=("admin",),
    )
    roles = {
        "lin": ("林知远", ["counsel"]), "zhou": ("周一苇", ["counsel"]), "han": ("韩亦川", []), "gao": ("高澄", ["pr"]),
        "xu": ("许慎行", ["archivist"]), "zhong": ("钟九思", ["auditor"]), "su": ("苏墨", []),
    }  # fmt: skip
    setup = Actor("setup", "初始化", frozenset({"admin", "system"}), kind="system", desk_id=made.desk_id)
    people = {"admin": Actor(made.user_id, "管理员", frozenset({"admin"}), desk_id=made.desk_id)}
    with open_work(application, setup) as work:
        admin = work.session.get_one(User, made.user_id)
        admin.password_hash = first = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
        for login, (display, held) in roles.items():
            user = create_user(work, login=login, display=display, roles=held)
            user.password_hash = first  # a cheap hash: these tests sign in hundreds of times
            people[login] = Actor(user.id, display, frozenset(held), desk_id=made.desk_id)
    return people


def build(folder: Path, authority: TestAuthority, **more: Any) -> Place:
    """Set up the whole installation in ``folder``; ``more`` are other settings."""
    roots = folder / "roots.pem"
    folder.mkdir(parents=True, exist_ok=True)
    roots.write_bytes(authority.roots_pem)
    authorities = (AuthoritySettings("test-tsa", authority.url, roots, test=True),)
    given = {"ntp_servers": (), "resolvers": (), "host_pauses": (), **more}
    settings = Settings.for_folder(folder, authorities=authorities, **given)
    make_keys(settings)
    write_trust(settings, holder="澜江苜禾食品有限公司")
    application = build_application(settings, queue=InlineQueue())
    people = people_of(application)
    with open_work(application, system_actor("test", desk_id=people["lin"].desk_id)) as work:
        case, posts, incident = case_world(work, people)
        claim = work.add(
            RumorClaim(no=work.next_no("rumor_claim"), incident_id=incident.id, quote="出炉后要过一遍工业石蜡",
                       neutral="网传使用工业石蜡", subject="澜江苜禾食品有限公司", verdict="false",
                       rationale="检验报告", verified_by=people["han"].user_id, verified_at=work.now)
        )  # fmt: skip
        papers(work, people, case, posts, incident)
        ids = case.id, posts[0].id, claim.id
    number = sealed_page(application, folder / "scratch", ids[0], ids[1])
    with open_work(application, system_actor("test", desk_id=people["lin"].desk_id)) as work:
        item = work.get_no(EvidenceItem, number)
        work.add(ClaimEvidence(claim_id=ids[2], evidence_id=item.id))
        other = work.add(
            Case(no=work.next_no("case"), title="他人的案件", status="open", lead_id=people["zhou"].user_id),
        )
        work.add(Membership(case_id=other.id, user_id=people["zhou"].user_id, role="lead", granted_by="test"))
    return Place(application, settings, people)
