"""Leads in every state for the tests of the inbox and of incidents: captured, walled, failed, waiting, judged."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from caseapp.bootstrap import Application
from caseapp.models import Account, Capture, Incident, Job, MetricSnapshot, Platform, Post
from caseapp.services.intake import take_in
from caseapp.services.links import link_post, refresh_suggestions
from caseapp.services.post_facts import learn
from caseapp.services.work import Work, open_work
from tests.caseapp.web.house import NASTY, Place

SAID = "听厂里干过的人说，出炉后要过一遍工业石蜡，一批料掺三公斤，孩子别再吃了，求扩散"
URLS = tuple(f"https://weixun.test/99/LEAD{n}" for n in range(1, 7))


def leads(place: Place) -> list[str]:
    """Paste six addresses as PR and let their captures end differently; returns the numbers of the posts."""
    with open_work(place.application, place.people["gao"]) as work:
        taken = take_in(work, "\n".join(URLS))
        numbers = [post.no for post in taken.added]
        for post in taken.added:
            post.first_captured_at = None
    with open_work(place.application, place.people["gao"]) as work:
        live, walled, failed, running, nasty, _waiting = (order(work, number) for number in numbers)
        _done(work, live, "live", title="燕麦圈出炉后要过一遍工业石蜡？厂里人亲口说的", text=SAID)
        _done(work, walled, "login_wall")
        _done(work, failed, "error", result="FAILED")
        failed.error_zh, failed.error_en = (
            "连接被拒绝。请核对网址后重取。",
            "Connection refused. Check the address, retry.",
        )
        running.status, running.started_at = "running", work.now
        job = work.session.scalars(select(Job).where(Job.object_id == running.id)).one()
        job.status, job.step, job.step_done, job.step_total = "running", "scroll", 9, 22
        _done(work, nasty, "live", title=NASTY, text=f"{NASTY}\n{SAID}")
    return numbers


def order(work: Work, number: str) -> Capture:
    """The capture of a post."""
    post = work.get_no(Post, number)
    return work.session.scalars(select(Capture).where(Capture.post_id == post.id)).one()


def finish(application: Application, place: Place, number: str, *, title: str = "取到的标题", text: str = SAID) -> None:
    """Let the capture of a post end as a worker would write it."""
    with open_work(application, place.people["gao"]) as work:
        _done(work, order(work, number), "live", title=title, text=text)


def _done(
    work: Work,
    row: Capture,
    outcome: str,
    *,
    result: str = "COMPLETE",
    title: str | None = None,
    text: str | None = None,
) -> None:
    row.status, row.result, row.outcome, row.finished_at = "done", result, outcome, work.now
    row.started_at = row.started_at or work.now
    row.title, row.text = title, text
    row.facts = {"fields": [{"name": "text", "value": text}, {"name": "title", "value": title}] if text else []}
    for job in work.session.scalars(select(Job).where(Job.object_id == row.id)):
        job.status, job.finished_at = "done", work.now
    work.session.flush()
    post = work.session.get_one(Post, row.post_id)
    if outcome == "live":
        post.liveness, post.first_captured_at, post.last_checked_at = "live", work.now, work.now
        learn(work, post, row)
        refresh_suggestions(work, post)


def spread(place: Place, incident_no: str = "谣-2026-0001") -> None:
    """Posts on three platforms over four days, some gone, one a repost, one only suggested, one without a time."""
    with open_work(place.application, place.people["gao"]) as work:
        incident = work.get_no(Incident, incident_no)
        first: Post | None = None
        for at, (name, domain) in enumerate((("百川论坛", "baichuan.test"), ("快拍", "kuaipai.test"))):
            platform = work.add(Platform(name=name, domain=domain, desk_id=incident.desk_id))
            account = work.add(
                Account(platform_id=platform.id, uid=f"u{at}", handle=f"路人 {at}", desk_id=incident.desk_id)
            )
            taken = take_in(work, "\n".join(f"https://{domain}/t/{n}" for n in range(4)))
            for n, post in enumerate(taken.added):
                work.change(
                    post, account_id=account.id, title=f"{name} 第 {n} 条：工业石蜡", text=f"{SAID} {name} {n}",
                    published_at=None if n == 3 and at else work.now - timedelta(hours=70 - 18 * n - 5 * at),
                    liveness="gone_pending" if n == 1 else "live", verdict="false_fact" if n < 2 else None,
                    verdict_reason="与检验报告相反" if n < 2 else None, triaged_by=post.created_by if n < 2 else None,
                    first_captured_at=None if n == 3 and at else work.now - timedelta(hours=60 - n),
                    repost_of_id=first.id if first and n == 0 else None,
                    dedupe_key=f"same-{n}" if n == 2 else None,
                )  # fmt: skip
                work.add(
                    MetricSnapshot(
                        post_id=post.id, at=work.now, reposts=12_000 // (n + 1) ** 2, views=9 * 10**5 // (n + 1)
                    )
                )
                first = first or post
                if n < 3:
                    link_post(work, post, incident)
                else:
                    refresh_suggestions(work, post)
