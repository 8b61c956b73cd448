"""今日: what is due and why, what waits for approval, what platforms did, the one next step."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import Deadline
from caseapp.services.queries import (
    TodayRows,
)
from caseapp.services.queries import queue as queue_rows
from caseapp.services.queries import today as today_rows
from caseapp.services.queries.deadlines import DeadlineLine, deadline_lines
from caseapp.services.queries.first_steps import first_steps
from caseapp.services.queries.notices import notice_lines
from caseapp.services.queries.system import last_audit_check
from caseapp.web import wording
from caseapp.web.access import needs, signed_in, visitor
from caseapp.web.calendar import calendar_file
from caseapp.web.filters import BEIJING, MONTHS, now, stamp, tell
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.marks import NextStep
from caseapp.web.pages.notice import next_step
from caseapp.web.pages.today_lines import (
    ApprovalLine,
    DueLine,
    StepLine,
    WaitLine,
    answer_line,
    approval_line,
    due_line,
    event_line,
    incident_line,
    relapse_line,
    wait_line,
)
from caseapp.web.places import page_href
from caseapp.web.unit import acting, reading
from caseapp.web.visitor import house

blueprint = Blueprint("today", __name__)

WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
SOON = timedelta(hours=24)
CLOCKS = 4
NOTHING = TodayRows()
AUDIT_EVERY = timedelta(days=30)


@blueprint.get("/")
@signed_in("everyone has a first page; what it lists is decided row by row")
def page() -> str:
    """Show the first page."""
    demo, held = house().settings.demo, visitor().permissions
    reads = Permission.CASE_READ in held
    with reading() as work:
        rows = today_rows(work, sample=demo) if reads else NOTHING
        steps = first_steps(work) if reads or Permission.USER_MANAGE in held else {}
        checked = last_audit_check(work) if Permission.AUDIT_VERIFY in held else None
        due = _in_order([*map(due_line, rows.due), *map(answer_line, rows.incidents)])
        approvals, waiting = [approval_line(row) for row in rows.approvals], [wait_line(row) for row in rows.waiting]
        step = _step(due, approvals, waiting, rows) if reads else _house_step(held, checked.at if checked else None)
        if reads and not step.href:  # nothing is dated: a notice may still wait for a decision
            step = next_step(notice_lines(work, sample=demo)) or step
    checklist = _checklist(steps) if steps and not all(steps.values()) else []
    if reads and not step.href and not demo and not steps.get("capture", True):
        step = _first(checklist) or step  # a new installation: nothing was ever captured
    total, late = g.counts["today"], g.counts["overdue"]
    return render_template(
        "today/page.html",
        reads=reads,
        headline=_headline(total, late, more=bool(step.href)),
        today_words=_date_words(),
        due=due,
        approvals=approvals,
        waiting=waiting,
        unstamped=_unstamped(rows),
        relapses=[relapse_line(row) for row in rows.relapses],
        events=[event_line(row) for row in rows.events],
        queue=rows.queue,
        incidents=[incident_line(row) for row in rows.incidents[:CLOCKS]],
        checklist=checklist,
        step=step,
    )


@blueprint.get("/today/queue")
@signed_in("part of the first page")
def queue() -> str:
    """Answer the capture queue alone, for the page that polls it."""
    with reading(part=True) as work:
        rows = queue_rows(work, sample=house().settings.demo)
    return render_template("today/queue.html", queue=rows)


@blueprint.post("/today/calendar")
@needs(Permission.CASE_READ)
def calendar() -> Answer:
    """Send the open deadlines of the person's cases as a file for a calendar; the trail says so."""
    with acting() as work:
        lines = [row for row in deadline_lines(work, sample=house().settings.demo) if row.open]
        if lines:
            first = work.get(Deadline, lines[0].id)
            work.record(Event.LIST_EXPORTED, first, after={"list": "calendar", "rows": len(lines)})
        made = work.now
    if not lines:
        flash(_("没有未了结的期限，没有导出。"), "ok")
        return redirect(url_for("today.page"), 303)
    entries = [(row.id, row.due_at, _calendar_title(row), wording.why(row)) for row in lines]
    answer = make_response(calendar_file(entries, made))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="bianwu-deadlines.ics"'
    return answer


def _calendar_title(row: DeadlineLine) -> str:
    title = wording.deadline_title(row.rule_id, row.base_event, row.ordinal)
    return " ".join(part for part in (title, row.number or row.case_no) if part)


def _urgency(due: list[DueLine]) -> tuple[int, int]:
    late = sum(row.due_at is not None and row.due_at < now() for row in due)
    soon = sum(row.due_at is not None and now() <= row.due_at < now() + SOON for row in due)
    return late, soon


def _headline(total: int, late: int, *, more: bool) -> str:
    if not total:
        return _("没有到期的事") if more else _("今天没有要办的事")
    if not late:
        return many("今天 %(num)d 件要办", total)
    return many("今天 %(num)d 件要办，%(late)d 件已逾期", total, late=late)


def _date_words() -> str:
    local = now().astimezone(BEIJING)
    weekday = _(WEEKDAYS[local.weekday()])
    if language() == "zh":
        return f"{local.month}月{local.day}日 {weekday}"
    return f"{weekday} {local.day} {MONTHS[local.month - 1]}"


def _in_order(lines: list[DueLine | None]) -> list[DueLine]:
    """Return the lines by due date; what has no date comes last."""
    known = [line for line in lines if line is not None]
    return sorted(known, key=lambda line: (line.due_at is None, line.due_at.timestamp() if line.due_at else 0))


def _unstamped(rows: TodayRows) -> str:
    """Say how many seals wait too long for a time stamp; without an authority the state of the system says so."""
    count = rows.queue.unstamped if house().settings.stampers else 0
    return many("%(num)d 件时间戳不足", count) if count else ""


def _checklist(steps: dict[str, bool]) -> list[StepLine]:
    """Return the six steps with the page each is taken on."""
    pastes = Permission.POST_TRIAGE in visitor().permissions
    inbox, evidence = page_href("inbox.index", "case.index") if pastes else "", url_for("evidence.index")
    said = {
        "capture": (_("粘贴第一个网址取证"), inbox),
        "sealed": (_("取证封存"), evidence),
        "verified": (_("校验一件证据"), evidence),
        "drafted": (_("起草一份侵权通知书"), url_for("case.index")),
        "approved": (_("由另一人批准"), url_for("case.index")),
        "calendar": (_("把期限放进日历"), url_for("today.page", _anchor="h-due")),
    }
    shown = Permission.CASE_READ in visitor().permissions
    return [StepLine(text, steps[key], href if shown else "") for key, (text, href) in said.items()]


def _first(checklist: list[StepLine]) -> NextStep | None:
    """Return the first of the first run's steps that is not taken yet, where this person can take it."""
    line = next((one for one in checklist if not one.done), None)
    return NextStep(line.text, _("开始使用"), "", line.href, _("办理")) if line and line.href else None


def _house_step(held: frozenset[Permission], checked_at: datetime | None) -> NextStep:
    """Return the next step of somebody who works on no case: the auditor, the administrator, staff."""
    if Permission.AUDIT_VERIFY in held:
        due = checked_at is None or now() - checked_at > AUDIT_EVERY
        said = tell(_("上次校验 %(time)s。"), time=stamp(checked_at)) if checked_at else _("操作日志还没有校验过。")
        do = _("校验操作日志") if due else _("没有待办")
        return NextStep(do, said, "", url_for("audit.index"), _("到审计台"))
    if Permission.SYSTEM_READ in held:
        why = _("磁盘、队列、时间戳与证据校验各有状态与办法。")
        return NextStep(_("看一遍系统状态"), why, "", url_for("system.health"), _("看状态"))
    return NextStep(_("没有待办"), _("您还没有参与案件。需要时请找案件主办法务。"))


def _step(due: list[DueLine], approvals: list[ApprovalLine], waiting: list[WaitLine], rows: TodayRows) -> NextStep:
    """Return the one next step: the worst overdue item, then what waits for me, then the next date."""
    then = tuple(row.title for row in due[1:3])
    late, soon = _urgency(due)
    if late or (soon and not approvals and not waiting):
        first = due[0]
        return NextStep(first.title, first.why, "", first.href, first.verb, then)
    if approvals:
        doc = approvals[0]
        why = tell(_("%(who)s 送审，您不是起草人，可以批准。"), who=doc.author)
        return NextStep(tell(_("复核《%(title)s》"), title=doc.title), why, "", doc.href, _("复核"), then)
    if waiting:
        first_wait = waiting[0]
        why = tell(_("%(who)s 提出，须由第二人决定。"), who=first_wait.who)
        return NextStep(first_wait.title, why, "", first_wait.href, _("决定"), then)
    if rows.queue.queued or rows.queue.running:
        return NextStep(_("没有待办"), _("取证正在进行，关闭页面不影响。"))
    ahead = next((row for row in due if row.due_at), None)
    if ahead is None or ahead.due_at is None:
        return NextStep(_("没有待办"))
    return NextStep(_("没有待办"), tell(_("下一个期限 %(time)s：%(what)s"), time=stamp(ahead.due_at), what=ahead.title))
