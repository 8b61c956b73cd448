"""Hops 7 and 8: a clarification and the notices are drafted, approved by others, sent, and proven to have arrived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from caseapp.demo.errors import DemoStepError
from caseapp.demo.player import ARCHIVIST, CHAIR, CHIEF, COUNSEL, LEAD, PR, QUALITY, HopResult, Player
from caseapp.demo.script import NoticeRow
from caseapp.demo.site import submit_notice
from caseapp.demo.site.pages import COMPLAINT_PATHS
from caseapp.demo.site.submission import Submitted
from caseapp.domain.errors import SecondPersonRequiredError
from caseapp.models import Dispatch, DocumentVersion, Notice, Platform, Post
from caseapp.services.approvals import approve_document
from caseapp.services.dispatches import record_arrival, record_outcome
from caseapp.services.dispatches import submit_notice as send_notice
from caseapp.services.documents import draft_document, render_pdf, submit_document
from caseapp.services.evidence import register_files
from caseapp.services.facts import case_facts, merge
from caseapp.services.notices import authorise_notice, draft_notice, prepare_notice
from caseapp.services.sealing import seal_files
from caseapp.services.work import Work
from evidence_store import new_ulid

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLARIFICATION = "clarification"
MANDATE = timedelta(days=120)


def clarify(player: Player, result: HopResult) -> None:
    """Hop 7: the public clarification is drafted by PR and approved by three others."""
    version = _draft_clarification(player)
    _nobody_approves_his_own(player, version, PR)
    for person in (QUALITY, LEAD, CHAIR):
        _approve(player, version, person)
    _frozen(player, result, CLARIFICATION, version)


def draft_and_approve(player: Player, result: HopResult, rows: Sequence[NoticeRow]) -> None:
    """Hop 7: each notice is drafted, and approved by two others; nobody approves what he wrote."""
    for row in rows:
        version = _draft_notice(player, row)
        _nobody_approves_his_own(player, version, COUNSEL)
        for person in (LEAD, CHIEF):
            _approve(player, version, person)
        _frozen(player, result, row.id, version)
        with player.work(CHIEF) as work:
            authorise_notice(work, work.get(Notice, player.made.notices[row.id]))


def _draft_clarification(player: Player) -> str:
    with player.work(PR) as work:
        case = player.case(work)
        hotline = {"phone": "000-5550-0188", "hours": "每日8时至22时"}
        facts = merge(case_facts(work, case), player.plan.papers.clarification_facts(player.made.numbers))
        facts = {**facts, "issued_on": _today(work), "contact": hotline}
        facts.pop("agent", None)
        incident = player.made.incidents["inc-01"]
        version = draft_document(work, case, "clarification_statement", facts, incident_id=incident)
        submit_document(work, version)
        return version.id


def _draft_notice(player: Player, row: NoticeRow) -> str:
    record = player.plan.notice(row)
    posts = {ref: player.made.posts[ref] for ref in row.posts}
    with player.work(COUNSEL) as work:
        case = player.case(work)
        previous = player.made.notices.get(record.prev or "")
        notice = prepare_notice(
            work,
            case,
            work.get(Platform, player.made.platforms[record.platform]),
            [work.get(Post, key) for key in posts.values()],
            grounds={key: player.plan.papers.ground(ref) for ref, key in posts.items()},
            demands={key: player.plan.papers.left_alone(ref) for ref, key in posts.items()},
            previous=work.get(Notice, previous) if previous else None,
            incident_id=player.made.incidents[_incident_of(player, row)],
        )
        player.made.notices[row.id] = notice.id
        version = draft_notice(work, case, notice, _extra(player, work, row))
        submit_document(work, version)
        player.tell("step", f"{notice.no} 起草并送审", f"{notice.no} drafted and submitted")
        return version.id


def _incident_of(player: Player, row: NoticeRow) -> str:
    return next(link.incident for link in player.plan.links if link.post == row.posts[0])


def _extra(player: Player, work: Work, row: NoticeRow) -> dict[str, Any]:
    """What no row of the application knows: the agent's powers, the measures, the list of attachments."""
    numbers = player.made.numbers
    captures = [numbers[ref] for ref in row.posts]
    attachments = [
        {"title": "营业执照", "exhibits": [numbers["证1-1"]]},
        {"title": "法定代表人身份证明书", "exhibits": [numbers["证1-2"]]},
        {"title": "授权委托书及代理人身份证明（仅供贵方核验）"},
        {"title": "涉案内容的取证件打印本及电子证据包", "exhibits": captures},
    ]
    return {
        "issued_on": _today(work),
        "agent": _mandate(player, work),
        "measures": list(row.measures),
        "attachments": attachments,
    }


def _mandate(player: Player, work: Work) -> dict[str, str]:
    """The agent's powers; they must cover the day of the paper, whenever the demo is played."""
    agent = dict(player.plan.papers.raw["agent"])
    today = work.now.astimezone(SHANGHAI).date()
    agent["valid_from"] = min(agent["valid_from"], today.isoformat())
    agent["valid_until"] = max(agent["valid_until"], (today + MANDATE).isoformat())
    return agent


def _today(work: Work) -> str:
    return work.now.astimezone(SHANGHAI).date().isoformat()


def _nobody_approves_his_own(player: Player, version: str, author: str) -> None:
    try:
        approve_document(player.application, player.actor(author), version)
    except SecondPersonRequiredError as refusal:
        player.tell("refused", refusal.message("zh"), refusal.message("en"))
        return
    raise DemoStepError("起草人批准了自己的文书 / an author approved his own paper")


def _approve(player: Player, version: str, person: str) -> None:
    approve_document(player.application, player.actor(person), version, comment="已核对原文、证据与依据")
    name = player.plan.case.user(person).name
    player.tell("step", f"{name} 批准", f"{name} approved")


def _frozen(player: Player, result: HopResult, key: str, version_id: str) -> None:
    player.made.versions[key] = version_id
    with player.work(LEAD) as work:
        version = work.get(DocumentVersion, version_id)
        player.check(version.status == "approved", "文书未获批准", "the paper is not approved")
        result.ids.append(version.id)
        result.sha256.append(version.approved_digest or "")


def send_and_prove(player: Player, result: HopResult, rows: Sequence[NoticeRow]) -> None:
    """Hop 8: each notice leaves through the outbox, the platform's form takes the same bytes and gives a receipt."""
    for row in rows:
        record = player.plan.notice(row)
        channel = _channel(player, record.platform)
        with player.work(COUNSEL) as work:
            notice = work.get(Notice, player.made.notices[row.id])
            platform = work.get(Platform, notice.platform_id)
            sent = send_notice(work, notice, channel="web_form", recipient=platform.name, address=channel)
            player.made.dispatches[row.id] = sent.id
        answer = _deliver(player, row, channel)
        evidence_id = _register_receipt(player, row, answer)
        with player.work(COUNSEL) as work:
            notice = work.get(Notice, player.made.notices[row.id])
            dispatch = work.get(Dispatch, player.made.dispatches[row.id])
            player.check(
                dispatch.sent_digest == answer.answer["sha256"], "平台收到的不是批准的文件", "other bytes arrived"
            )
            note = f"平台受理编号 {answer.receipt_no}，收到 {answer.received_at}"
            record_arrival(work, dispatch, note=note, evidence_id=evidence_id)
            record_outcome(work, notice, "acknowledged", receipt_no=answer.receipt_no, evidence_id=evidence_id)
            result.ids.append(answer.receipt_no)
            result.sha256.append(str(dispatch.sent_digest))
            player.tell("step", f"{notice.no} {note}", f"{notice.no} arrived: {answer.receipt_no}")


def _channel(player: Player, platform: str) -> str:
    # The forum's channel is a mailbox; the demo hands the mail in at the mailbox's web side.
    return f"https://{player.plan.case.platform(platform).domain}{COMPLAINT_PATHS[platform]}"


def _deliver(player: Player, row: NoticeRow, channel: str) -> Submitted:
    with player.work(COUNSEL) as work:
        version = work.get(DocumentVersion, player.made.versions[row.id])
        pdf = render_pdf(version)
        player.check(
            hashlib.sha256(pdf).hexdigest() == version.approved_digest, "待发文件与定稿不符", "not the approved bytes"
        )
        number = work.get(Notice, player.made.notices[row.id]).no
    principal = player.plan.case.organization("org-01").name
    urls = tuple(player.platforms.url(post) for post in row.posts)
    return submit_notice(
        channel,
        pdf,
        notice_no=number,
        principal=principal,
        urls=urls,
        resolve=player.platforms.resolve,
        root_pem=player.platforms.root_pem,
    )


def _register_receipt(player: Player, row: NoticeRow, answer: Submitted) -> str:
    seal_id = new_ulid()
    folder = player.application.captures_dir / "receipts" / seal_id
    folder.mkdir(parents=True)
    file = folder / "receipt.json"
    record = {**answer.answer, "tls_cert_sha256": answer.tls_sha256, "status_url": answer.status_url}
    file.write_text(json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    sealed = seal_files(
        player.application,
        {"receipt.json": file},
        seal_id=seal_id,
        folder=folder / "package",
        capture={"source": "receipt", "url": answer.status_url, "tls_cert_sha256": answer.tls_sha256},
        case_ref=seal_id,
    )
    with player.work(ARCHIVIST) as work:
        item = register_files(
            work,
            sealed,
            title=f"平台回执 {answer.receipt_no}",
            kind="electronic",
            source=answer.status_url,
            proves="通知到达平台的时间与所收文件的摘要",
        )
        player.keep(f"receipt:{row.id}", item)
        return item.id
