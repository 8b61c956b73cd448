"""Hops 6 and 10: who does what until when: tasks of the case, and a statutory deadline that two people stand for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from caseapp.demo.player import CHIEF, COUNSEL, LEAD, HopResult, Player
from caseapp.domain import workflow
from caseapp.models import Deadline, Task, User
from caseapp.services.deadlines import propose_deadlines
from caseapp.services.tasks import add_task, finish_task

RULE = "limitation_damages"
NOTARY = "联系公证处，取回公证书正本"
HEARING = "核对取消订单函原件，开庭携带"


def assign_tasks(player: Player, result: HopResult) -> None:
    """The lead gives two tasks to counsel: one stays open, so that somebody's first page shows it."""
    login = player.plan.case.user(COUNSEL).login
    with player.work(LEAD) as work:
        case = player.case(work)
        counsel = work.session.scalars(select(User.id).where(User.login == login)).one()
        add_task(work, case, title=NOTARY, assignee_id=counsel, due_at=work.now + timedelta(hours=8))
        add_task(work, case, title=HEARING, assignee_id=counsel, due_at=work.now + timedelta(days=5), mandatory=True)
    player.tell("step", "主办法务派出两项任务", "lead counsel gives two tasks")
    result.ids.append("task:2")


def confirm_limitation(player: Player, result: HopResult) -> None:
    """Counsel reports a task done and proposes the limitation period; another person confirms it."""
    with player.work(COUNSEL) as work:
        task = work.session.scalars(work.visible(select(Task).where(Task.title == NOTARY), Task)).one()
        finish_task(work, task, result="公证书正本已取回，已登记为证据")
        case = player.case(work)
        rows = propose_deadlines(work, RULE, case, base_event="知道损害及发布者", base_at=work.now)
        keys = [row.id for row in rows]
    player.tell("step", "任务办结；法务提出诉讼时效，等第二人确认", "task done; limitation proposed, to be confirmed")
    for key in keys:
        with player.work(CHIEF) as work:
            row = work.get(Deadline, key)
            if row.status == "proposed":
                work.transition(workflow.DEADLINE, row, "confirm")
            player.check(row.status == "confirmed", "诉讼时效未获确认", "the limitation period is not confirmed")
            result.ids.append(f"{RULE}:{row.due_at:%Y-%m-%d}")
    player.tell("step", "第二人确认诉讼时效", "a second person confirmed the limitation period")
