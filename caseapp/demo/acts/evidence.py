"""Hops 1 to 5: the posts of the case and the papers of the firm become sealed, logged, numbered evidence."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from caseapp.demo.case_records import DemoEvidence
from caseapp.demo.paper_files import exhibit_pdf, paper_pdf
from caseapp.demo.player import ARCHIVIST, LEAD, PR, HopResult, Player, one
from caseapp.models import Capture, Case, EvidenceItem, Job, Organization, Platform, Post
from caseapp.services.captures import request_capture
from caseapp.services.evidence import register_files
from caseapp.services.posts import add_account, add_post
from caseapp.services.sealing import seal_files
from caseapp.services.verification import verify_evidence
from caseapp.services.work import Work
from evidence_store import Trust, new_ulid

POST_KINDS = {
    "图文": "text_image",
    "转发": "repost",
    "回答": "answer",
    "截图": "screenshot",
    "主题帖": "thread",
    "文章": "article",
    "提问": "question",
    "短文": "short_text",
    "营销图文": "marketing",
}
REGULATOR_PAGE = "证4-6"
REGULATOR_STAGE = "day-4"
SETTLEMENT_FILE = "和解卷"


def set_the_scene(player: Player) -> None:
    """Fill in our organisation and add the others, and the three platforms; an application is played on once."""
    with player.work(LEAD) as work:
        played = work.session.scalar(select(func.count()).select_from(Case).where(Case.sample.is_(True)))
        player.check(
            not played, "这里已有示范案件，请换一个空目录", "the case was played here before: use an empty folder"
        )
        for record in player.plan.case.organizations:
            values: dict[str, Any] = {
                "name": record.name,
                "aliases": list(record.aliases),
                "entity_type": record.type or None,
                "ownership": record.ownership or None,
                "legal_rep": record.legal_rep or None,
                "legal_rep_title": record.legal_rep_title or None,
                "address": record.address or None,
                "contact": "法务部" if record.kind == "self" else record.contact or None,
                "phone": record.phone or None,
                "email": record.email or None,
                "site": record.site or None,
                "brands": list(record.brands),
                "products": list(record.products),
            }
            if record.kind == "self":
                row = one(work, Organization, uscc=record.uscc)
                work.change(row, **values)
            else:
                row = work.add(Organization(kind=record.kind, uscc=record.uscc, **values))
            player.made.organizations[record.id] = row.id
        for platform in player.plan.case.platforms:
            made = work.add(
                Platform(
                    name=platform.name,
                    domain=platform.domain,
                    operator_id=player.made.organizations[platform.operator],
                    channels=[platform.channel],
                    required=list(platform.required),
                    stated_sla=platform.stated_sla,
                )
            )
            player.made.platforms[platform.id] = made.id


def order_captures(player: Player, result: HopResult) -> list[str]:
    """Hop 1: record each post by its address and order its capture; returns the ids of the waiting jobs."""
    set_the_scene(player)
    rows = player.plan.captured(core=player.core)
    with player.holding_jobs() as waiting:
        for done, row in enumerate(rows, 1):
            record = player.plan.case.post(row.post)
            with player.work(PR) as work:
                post = add_post(work, record.url, kind=POST_KINDS[record.kind])
                capture = request_capture(work, record.url, post_id=post.id)
                player.made.posts[row.post], player.made.captures[row.post] = post.id, capture.id
                result.ids.append(capture.no or capture.id)
            player.tell("step", f"{record.no} {record.url}", f"{record.no} {record.url}", done=done, total=len(rows))
        with player.work(PR) as work:
            page = request_capture(work, player.plan.regulator_page, purpose="counter_evidence")
            player.made.captures[REGULATOR_PAGE] = page.id
            result.ids.append(page.no or page.id)
        return list(waiting)


def run_captures(player: Player, result: HopResult, waiting: list[str]) -> None:
    """Hop 2: run the waiting captures in the real browser, each at its stage."""
    stages = {player.made.captures[row.post]: row.stage for row in player.plan.captured(core=player.core)}
    stages[player.made.captures[REGULATOR_PAGE]] = REGULATOR_STAGE
    order = [stage.name for stage in player.platforms.stages]
    jobs = {job: _object_of(player, job) for job in waiting}
    ready = sorted(waiting, key=lambda job: order.index(stages[jobs[job]]))
    for done, job in enumerate(ready, 1):
        stage = stages[jobs[job]]
        if player.platforms.now != player.platforms.content.stage(stage).at:
            player.platforms.advance(stage)
        began = time.perf_counter()
        fine = player.perform(job)
        with player.work(PR) as work:
            row = work.session.get_one(Capture, jobs[job])
            player.check(fine and row.result == "COMPLETE" and row.outcome == "live", *_trouble(row))
            inside = (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else 0.0
            player.spare_seconds += max(0.0, time.perf_counter() - began - inside)
            result.ids.append(row.no or row.id)
            result.sha256.append(row.package_id or "")
            player.tell("step", f"{row.no} {row.title}", f"{row.no} {row.url}", done=done, total=len(ready))


def _trouble(row: Capture) -> tuple[str, str]:
    return (
        f"{row.url} 取证未成：{row.error_zh or row.outcome or row.result}",
        f"capture of {row.url} failed: {row.error_en or row.outcome or row.result}",
    )


def _object_of(player: Player, job: str) -> str:
    with player.work(PR) as work:
        return str(work.session.get_one(Job, job).object_id)


def check_seals(player: Player, result: HopResult) -> None:
    """Hop 3: every capture is sealed and carries a token of the test authority, and says that it is a test."""
    with player.work(ARCHIVIST) as work:
        for ref, capture_id in player.made.captures.items():
            item = one(work, EvidenceItem, capture_id=capture_id)
            player.keep(ref, item)
            player.check(item.test_stamps >= 1, f"{item.no} 没有测试时间戳", f"{item.no} has no test timestamp")
            player.check(item.grade == "demo", f"{item.no} 未标为演示", f"{item.no} is not graded as a demo")
            result.ids.append(item.seal_id or "")
            result.sha256.append(item.package_id or "")


def check_store(player: Player, result: HopResult, trust: Path) -> None:
    """Hop 4: every package is exported from the store and verified as an outsider would."""
    believed = Trust.load(trust)
    folder = player.out / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    for done, ref in enumerate(player.made.captures, 1):
        with player.work(ARCHIVIST) as work:
            item = player.evidence(work, ref)
            report = verify_evidence(work, item, folder, believed)
            player.check(report.verdict == "PASS", f"{item.no} 校验未通过", f"{item.no} does not verify")
            result.ids.append(f"log:{item.log_index}")
            result.sha256.append(item.package_id or "")
            total = len(player.made.captures)
            player.tell("step", f"{item.no} 校验通过", f"{item.no} verified", done=done, total=total)


def register_papers(player: Player, result: HopResult) -> None:
    """Hop 5: what the pages said goes into the posts; the firm's papers are sealed and registered too."""
    for row in player.plan.captured(core=player.core):
        with player.work(PR) as work:
            _fill_post(player, work, row.post)
    papers = [item for item in player.plan.case.evidence if player.plan.source(item).kind == "paper"]
    for done, paper in enumerate(papers, 1):
        words = {"title": paper.title, "proves": paper.proves, "kind": _kind(paper)}
        _register(player, paper.exhibit_no, **words, body=exhibit_pdf(paper), record=paper)
        player.tell("step", f"{paper.exhibit_no} {paper.title}", paper.exhibit_no, done=done, total=len(papers))
    file = player.plan.settlement_file
    body = paper_pdf(SETTLEMENT_FILE, file.title, file.proves)
    _register(player, SETTLEMENT_FILE, title=file.title, proves=file.proves, kind="finance", body=body)
    result.ids.extend(player.made.numbers.values())
    result.sha256.extend(player.made.packages.values())


def _fill_post(player: Player, work: Work, ref: str) -> None:
    """Take author, time and text from what the capture read off the page, not from the script."""
    post = work.get(Post, player.made.posts[ref])
    facts = work.session.get_one(Capture, player.made.captures[ref]).facts
    read: dict[str, str] = {}
    for field in facts.get("fields", ()):
        read.setdefault(field["name"], field["value"])
    platform = work.get(Platform, post.platform_id or "")
    account = add_account(
        work,
        platform,
        uid=read["author_id"],
        handle=read["author"],
        verification=read.get("verification"),
        ip_location=read.get("ip_location", "").removeprefix("IP属地："),
    )
    # A page that is only a picture has no words of its own; what reads its page text as such would be wrong.
    text = None if post.kind == "screenshot" else read.get("text")
    work.change(
        post,
        account_id=account.id,
        title=read.get("title"),
        text=text,
        platform_post_id=read.get("content_id"),
        published_at=datetime.fromisoformat(read["published_at"]),
        published_precision="minute",
    )
    expected = player.plan.case.post(ref)
    player.check(not text or text == expected.text, f"{expected.no} 取得的正文不符", f"{expected.no}: other text")


def _kind(paper: DemoEvidence) -> str:
    if "公证书" in paper.title:
        return "notarial"
    return "finance" if paper.exhibit_no.startswith(("证5", "证6")) else "documentary"


def _register(
    player: Player, ref: str, *, title: str, proves: str, kind: str, body: bytes, record: DemoEvidence | None = None
) -> EvidenceItem:
    seal_id = new_ulid()
    folder = player.application.captures_dir / "papers" / seal_id
    folder.mkdir(parents=True)
    file = folder / "paper.pdf"
    file.write_bytes(body)
    facts = {"source": "paper", "label": ref}
    sealed = seal_files(
        player.application,
        {"paper.pdf": file},
        seal_id=seal_id,
        folder=folder / "package",
        capture=facts,
        case_ref=seal_id,
    )
    with player.work(ARCHIVIST) as work:
        item = register_files(
            work,
            sealed,
            title=title,
            kind=kind,
            source=record.source if record else "原告财务部",
            proves=proves,
            original_or_copy=record.original_or_copy if record else None,
            publishable=record.publishable if record else False,
        )
        player.keep(ref, item)
    return item
