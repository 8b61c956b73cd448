"""Hop 9: platforms act or refuse; what they did is recorded, and re-captures prove it.

Absence is proven by two captures in different sessions. The time between them is a setting; here it is seconds, and
it is called 演示间隔 wherever it shows. No clock is moved.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import select

from caseapp.demo.player import COUNSEL, HopResult, Player
from caseapp.demo.script import INTERVAL_LABEL, NoticeRow
from caseapp.domain import workflow
from caseapp.models import Capture, EvidenceItem, Notice, NoticeItem, Post
from caseapp.services.captures import request_capture
from caseapp.services.dispatches import record_outcome
from caseapp.services.work import Work

GONE = frozenset({"removed_by_platform", "removed_by_author"})
SEEN = frozenset({"live", "changed"})  # a platform may refuse and the author still add a note


def record_and_prove(player: Player, result: HopResult, rows: Sequence[NoticeRow]) -> None:
    """Let each platform answer its notice, then re-capture every address twice (once where nothing was removed)."""
    gone: list[tuple[NoticeRow, str]] = []
    for row in rows:
        acts = {outcome.post: outcome.act for outcome in row.outcomes if outcome.act != "restore"}
        if set(acts.values()) == {"remove"}:
            _removed(player, row)
            gone += [(row, post) for post in row.posts]
        elif "refuse" in acts.values():
            _refused(player, row, result)
        else:
            _labelled(player, row, result)
    _check_twice(player, gone, result)
    for row in rows:
        if any(outcome.act == "restore" for outcome in row.outcomes):
            _restored(player, row, result)


def _removed(player: Player, row: NoticeRow) -> None:
    words = ""
    for post in row.posts:
        words = player.platforms.remove(post)
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        record_outcome(work, notice, "measure_taken", measure="full", words=words)
        player.tell("step", f"{notice.no} 平台处置：{words}", f"{notice.no} measure taken")


def _refused(player: Player, row: NoticeRow, result: HopResult) -> None:
    words = player.platforms.refuse(row.posts[0])
    evidence = _capture_status(player, row, result)
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        record_outcome(work, notice, "refused", words=words, evidence_id=evidence)
        player.tell("step", f"{notice.no} 平台拒绝：{words}", f"{notice.no} refused")
    for post in row.posts:
        capture = _recapture(player, row, post, result)
        player.check(capture in SEEN, "被拒绝的内容应仍在线", "a refused post should still be up")


def _labelled(player: Player, row: NoticeRow, result: HopResult) -> None:
    words = player.platforms.label(row.posts[0])
    evidence = _capture_status(player, row, result)
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        record_outcome(work, notice, "measure_taken", measure="label", words=words, evidence_id=evidence)
    for post in row.posts:
        _recapture(player, row, post, result)
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        work.transition(workflow.NOTICE, notice, "verify_label")
        player.tell("step", f"{notice.no} 已加注并核实：{words}", f"{notice.no} labelled, verified")


def _restored(player: Player, row: NoticeRow, result: HopResult) -> None:
    """The author had corrected the post before: the notice is withdrawn and the corrected post comes back."""
    reason = "作者在屏蔽前已自行更正，保留更正文本更有利于公众知情"
    player.platforms.advance("day-45")
    for post in row.posts:
        player.platforms.restore(post)
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        work.transition(workflow.NOTICE, notice, "receive_counter_notice")
        work.transition(workflow.NOTICE, notice, "withdraw", reason=reason)
        for item in _items(work, notice):
            work.transition(workflow.NOTICE_ITEM, item, "restore")
        work.transition(workflow.NOTICE, notice, "restore")
        player.tell("step", f"{notice.no} 撤回通知：{reason}", f"{notice.no} withdrawn, post restored")
    for post in row.posts:
        capture = _recapture(player, row, post, result)
        player.check(capture in SEEN, "恢复的内容应在线", "a restored post should be up")


def _check_twice(player: Player, gone: list[tuple[NoticeRow, str]], result: HopResult) -> None:
    seconds = player.application.recheck_seconds
    for turn in (1, 2):
        for row, post in gone:
            seen = _recapture(player, row, post, result)
            player.check(seen in GONE, f"{post} 第 {turn} 次复查仍可见", f"{post} still shown at check {turn}")
        if turn == 1 and gone:
            zh, en = f"{INTERVAL_LABEL} {seconds} 秒（真实设置为 6 小时）", f"demo interval of {seconds} s (really 6 h)"
            player.tell("step", zh, en)
            time.sleep(seconds)
    for row in {row.id: row for row, _post in gone}.values():
        with player.work(COUNSEL) as work:
            notice = work.get(Notice, player.made.notices[row.id])
            record_outcome(work, notice, "checked")
            player.check(notice.status == "monitoring", f"{notice.no} 未能核实下架", f"{notice.no} is not proven down")
            player.tell("step", f"{notice.no} 两次复查，核实下架", f"{notice.no} verified down")
            result.ids.append(notice.no)


def _recapture(player: Player, row: NoticeRow, post: str, result: HopResult) -> str:
    """Capture one address again for its notice; returns what was found."""
    with player.holding_jobs() as waiting, player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        item = next(item for item in _items(work, notice) if item.post_id == player.made.posts[post])
        target = work.get(Post, item.post_id)
        order = request_capture(
            work, target.canonical_url, purpose="verify_takedown", post_id=target.id, notice_item_id=item.id
        )
        capture_id = order.id
    return _run(player, waiting, capture_id, result)


def _capture_status(player: Player, row: NoticeRow, result: HopResult) -> str:
    """Capture the platform's own page about the complaint; returns the evidence's key."""
    with player.work(COUNSEL) as work:
        notice = work.get(Notice, player.made.notices[row.id])
        receipt = notice.receipt_no
    domain = player.plan.case.platform(player.plan.notice(row).platform).domain
    with player.holding_jobs() as waiting, player.work(COUNSEL) as work:
        order = request_capture(work, f"https://{domain}/complaint/{receipt}", case_id=player.made.case)
        capture_id = order.id
    _run(player, waiting, capture_id, result)
    with player.work(COUNSEL) as work:
        found = work.session.scalars(select(EvidenceItem).where(EvidenceItem.capture_id == capture_id)).one()
        player.keep(f"status:{row.id}", found)
        return found.id


def _run(player: Player, waiting: list[str], capture_id: str, result: HopResult) -> str:
    for job in list(waiting):
        player.perform(job)
    with player.work(COUNSEL) as work:
        row = work.session.get_one(Capture, capture_id)
        player.check(row.status == "done" and row.package_id, f"{row.url} 复查未成", f"re-check of {row.url} failed")
        player.tell("step", f"{row.no} {row.outcome} {row.outcome_words or ''}", f"{row.no} {row.outcome}")
        result.ids.append(row.no or row.id)
        result.sha256.append(row.package_id or "")
        return row.outcome or ""


def _items(work: Work, notice: Notice) -> list[NoticeItem]:
    statement = select(NoticeItem).where(NoticeItem.notice_id == notice.id).order_by(NoticeItem.id)
    return list(work.session.scalars(statement))
