"""今日: what is due and why, what waits for approval, what platforms did, the one next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, g, render_template, url_for
from markupsafe import Markup

from caseapp.domain.permissions import Permission
from caseapp.services.queries import (
    ApprovalRow,
    DueRow,
    IncidentClockRow,
    NoticeEventRow,
    QueueRow,
    TodayRows,
)
from caseapp.services.queries import queue as queue_rows
from caseapp.services.queries import today as today_rows
from caseapp.web import wording
from caseapp.web.access import signed_in, visitor
from caseapp.web.filters import BEIJING, MONTHS, duration, now, stamp, tell
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.marks import Clock, Mark, NextStep, clock
from caseapp.web.unit import key_of, reading
from caseapp.web.visitor import house

blueprint = Blueprint("today", __name__)

WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
SOON = timedelta(hours=24)
CLOCKS = 4
NOTHING = TodayRows([], [], [], QueueRow(), [])


@dataclass(frozen=True, slots=True)
class DueLine:
    """One line of the due list."""

    due_at: datetime | None
    status: str
    title: str | Markup
    why: str
    number: str | None
    nature: str
    href: str
    verb: str


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One document that waits."""

    kind: str
    title: str
    author: str
    submitted_at: datetime | None
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened on a notice."""

    mark: Mark
    platform: str
    number: str
    text: str | None
    at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One response clock."""

    number: str
    severity: int | None
    clock: Clock
    why: str


@blueprint.get("/")
@signed_in("everyone has a first page; what it lists is decided row by row")
def page() -> str:
    """Show the first page."""
    with reading() as work:
        reads = Permission.CASE_READ in visitor().permissions
        rows = today_rows(work, sample=house().settings.demo) if reads else NOTHING
    due = _in_order([*map(_due, rows.due), *map(_answer, rows.incidents)])
    approvals = [_approval(row) for row in rows.approvals]
    total, late = g.counts["today"], g.counts["overdue"]
    return render_template(
        "today/page.html",
        headline=_headline(total, late),
        today_words=_date_words(),
        due=due,
        approvals=approvals,
        events=[_event(row) for row in rows.events],
        queue=rows.queue,
        incidents=[_incident(row) for row in rows.incidents[:CLOCKS]],
        step=_step(due, approvals, rows),
    )


@blueprint.get("/today/queue")
@signed_in("part of the first page")
def queue() -> str:
    """Answer the capture queue alone, for the page that polls it."""
    with reading(part=True) as work:
        rows = queue_rows(work, sample=house().settings.demo)
    return render_template("today/queue.html", queue=rows)


def _urgency(due: list[DueLine]) -> tuple[int, int]:
    late = sum(row.due_at is not None and row.due_at < now() for row in due)
    soon = sum(row.due_at is not None and now() <= row.due_at < now() + SOON for row in due)
    return late, soon


def _headline(total: int, late: int) -> str:
    if not total:
        return _("今天没有要办的事")
    if not late:
        return many("今天 %(num)d 件要办", total)
    return many("今天 %(num)d 件要办，%(late)d 件已逾期", total, late=late)


def _date_words() -> str:
    local = now().astimezone(BEIJING)
    weekday = _(WEEKDAYS[local.weekday()])
    if language() == "zh":
        return f"{local.month}月{local.day}日 {weekday}"
    return f"{weekday} {local.day} {MONTHS[local.month - 1]}"


def _case_href(number: str | None, *, sample: bool, tab: str) -> str:
    if number is None:
        return url_for("case.index")
    if tab == "overview":
        return url_for("case.page", number=key_of(number, sample=sample))
    return url_for("case.tab", number=key_of(number, sample=sample), tab=tab)


def _due(row: DueRow) -> DueLine:
    task = row.kind == "task"
    title = row.title if task else wording.deadline_title(row.rule_id, row.title, row.ordinal)
    return DueLine(
        due_at=row.due_at,
        status=row.status,
        title=title,
        why=wording.why(row) or _("任务，由办案人登记。"),
        number=row.number,
        nature="" if task else wording.word("deadline_kind", row.kind),
        href=_case_href(row.case_no, sample=row.case_sample, tab="deadlines"),
        verb=_("办理") if task else _("处理"),
    )


def _answer(row: IncidentClockRow) -> DueLine | None:
    """Return the first response an incident still waits for, as a line of the due list."""
    if row.first_responded_at is not None or row.response_due_at is None:
        return None
    return DueLine(
        due_at=row.response_due_at,
        status="",
        title=tell(_("首次回应：%(what)s"), what=row.title),
        why=_("发现 %(a)s → 应于 %(b)s 前首次响应", a=stamp(row.detected_at), b=stamp(row.response_due_at)),
        number=row.number,
        nature=wording.word("deadline_kind", "internal"),
        href=_case_href(row.case_no, sample=row.case_sample, tab="posts"),
        verb=_("处理"),
    )


def _in_order(lines: list[DueLine | None]) -> list[DueLine]:
    """Return the lines by due date; what has no date comes last."""
    known = [line for line in lines if line is not None]
    return sorted(known, key=lambda line: (line.due_at is None, line.due_at.timestamp() if line.due_at else 0))


def _approval(row: ApprovalRow) -> ApprovalLine:
    return ApprovalLine(
        kind=wording.document_kind(row.kind),
        title=row.title,
        author=row.author or _("未知"),
        submitted_at=row.submitted_at,
        detail=_("%(no)s · 第 %(n)d 稿 · 你不是起草人", no=row.number, n=row.n),
        href=_case_href(row.case_no, sample=row.case_sample, tab="documents"),
    )


def _event(row: NoticeEventRow) -> EventLine:
    return EventLine(
        wording.notice_event(row.event),
        row.platform,
        row.number,
        row.text,
        row.at,
        url_for("notice.page", number=key_of(row.number, sample=row.case_sample)),
    )


def _incident(row: IncidentClockRow) -> IncidentLine:
    found = stamp(row.detected_at)
    if row.first_responded_at is not None:
        used = duration(row.first_responded_at - row.detected_at)
        return IncidentLine(
            row.number,
            wording.severity(row.severity),
            Clock(_("已首次响应"), "done", "circle-check"),
            _("发现 %(a)s → 首次响应 %(b)s，用时 %(span)s", a=found, b=stamp(row.first_responded_at), span=used),
        )
    due = stamp(row.response_due_at) if row.response_due_at else _("未知")
    return IncidentLine(
        row.number,
        wording.severity(row.severity),
        clock(row.response_due_at),
        _("发现 %(a)s → 应于 %(b)s 前首次响应（内部标准）", a=found, b=due),
    )


def _step(due: list[DueLine], approvals: list[ApprovalLine], rows: TodayRows) -> NextStep:
    """Return the one next step: the worst overdue item, then what waits for me, then the next date."""
    then = tuple(row.title for row in due[1:3])
    late, soon = _urgency(due)
    if late or (soon and not approvals):
        first = due[0]
        return NextStep(first.title, first.why, "", first.href, first.verb, then)
    if approvals:
        doc = approvals[0]
        why = tell(_("%(who)s 送审，您不是起草人，可以批准。"), who=doc.author)
        return NextStep(tell(_("复核《%(title)s》"), title=doc.title), why, "", doc.href, _("复核"), then)
    if rows.queue.queued or rows.queue.running:
        return NextStep(_("没有待办"), _("取证正在进行，关闭页面不影响。"))
    ahead = next((row for row in due if row.due_at), None)
    if ahead is None or ahead.due_at is None:
        return NextStep(_("没有待办"))
    return NextStep(_("没有待办"), tell(_("下一个期限 %(time)s：%(what)s"), time=stamp(ahead.due_at), what=ahead.title))
