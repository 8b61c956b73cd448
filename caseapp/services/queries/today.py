"""The first page: what is due, what waits for me, what platforms did, how captures go."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from caseapp.models import (
    Capture,
    Case,
    CaseIncident,
    Deadline,
    EvidenceItem,
    Incident,
    Notice,
    NoticeEvent,
    NoticeItem,
    Platform,
    Task,
)
from caseapp.services.prepared import Rows, execute
from caseapp.services.queries.inbox_counts import inbox_sides
from caseapp.services.queries.rows_today import (
    DueRow,
    IncidentClockRow,
    NoticeEventRow,
    QueueRow,
    RelapseRow,
    TodayRows,
)
from caseapp.services.queries.sums import beside, side, tally
from caseapp.services.queries.waiting import OPEN, confirmations, papers_for_me, papers_side, waiting_sides
from caseapp.services.restamping import late_seals
from caseapp.services.work import Work

OPEN_DEADLINES = OPEN
OPEN_TASKS = ("open", "doing")
SETTLED_INCIDENTS = ("closed", "handed_off", "watching")
AHEAD = timedelta(days=30)
QUEUE_REACH = timedelta(days=7)
DAY = timedelta(days=1)
LISTED = 200


def today(work: Work, *, sample: bool) -> TodayRows:
    """Return the first page for the person at work.

    Args:
        work: the unit of work; its visibility rule decides every row.
        sample: include the example's rows; off in an installation that does real work.
    """
    due = sorted(
        [*_deadlines(work, sample=sample), *_tasks(work, sample=sample)],
        key=lambda row: (row.due_at is None, row.due_at.timestamp() if row.due_at else 0),
    )
    return TodayRows(
        due=due,
        approvals=papers_for_me(work, sample=sample),
        waiting=confirmations(work, sample=sample),
        relapses=_relapses(work, sample=sample),
        events=_events(work, sample=sample),
        queue=queue(work, sample=sample),
        incidents=_incidents(work, sample=sample),
    )


def _deadlines(work: Work, *, sample: bool) -> list[DueRow]:
    return [
        DueRow(
            kind=row.kind,
            title=row.base_event,
            why_zh=row.explanation_zh,
            why_en=row.explanation_en,
            due_at=row.due_at,
            status=row.status,
            case_no=case_no,
            case_sample=bool(case_sample),
            rule_id=row.rule_id,
            ordinal=row.ordinal,
            number=number,
        )
        for row, case_no, case_sample, number in execute(work, _deadlines_rows, sample=sample)
    ]


def _deadlines_rows(work: Work, *, sample: bool) -> Rows:
    notice = aliased(Notice)
    found = (
        select(Deadline, Case.no, Case.sample, func.coalesce(notice.no, Incident.no))
        .outerjoin(Case, Deadline.case_id == Case.id)
        .outerjoin(notice, Deadline.object_type.in_(("notice", "notices")) & (Deadline.object_id == notice.id))
        .outerjoin(Incident, Deadline.incident_id == Incident.id)
        .where(Deadline.status.in_(OPEN_DEADLINES), Deadline.due_at <= work.now + AHEAD, Deadline.voided_at.is_(None))
        .order_by(Deadline.due_at)
        .limit(LISTED)
    )
    if not sample:
        found = found.where(Deadline.sample.is_(False))
    return work.visible(found, Deadline)


def _tasks(work: Work, *, sample: bool) -> list[DueRow]:
    return [
        DueRow("task", row.title, "", "", row.due_at, row.status, case_no, bool(case_sample))
        for row, case_no, case_sample in execute(work, _tasks_rows, sample=sample)
    ]


def _tasks_rows(work: Work, *, sample: bool) -> Rows:
    found = (
        select(Task, Case.no, Case.sample)
        .outerjoin(Case, Task.case_id == Case.id)
        .where(
            Task.status.in_(OPEN_TASKS),
            Task.voided_at.is_(None),
            or_(Task.assignee_id == work.actor.user_id, Task.assignee_id.is_(None)),
            or_(Task.due_at.is_(None), Task.due_at <= work.now + AHEAD),
        )
        .order_by(Task.due_at)
        .limit(LISTED)
    )
    if not sample:
        found = found.where(Task.sample.is_(False))
    return work.visible(found, Task)


def _events(work: Work, *, sample: bool) -> list[NoticeEventRow]:
    return [
        NoticeEventRow(number, platform, event.event, event.text, event.at, case_no, bool(case_sample))
        for event, number, platform, case_no, case_sample in execute(work, _events_rows, sample=sample)
    ]


def _events_rows(work: Work, *, sample: bool) -> Rows:
    found = (
        select(NoticeEvent, Notice.no, Platform.name, Case.no, Case.sample)
        .select_from(Notice)
        .join(NoticeEvent, NoticeEvent.notice_id == Notice.id)
        .join(Platform, Notice.platform_id == Platform.id)
        .join(Case, Notice.case_id == Case.id)
        .order_by(NoticeEvent.at.desc(), NoticeEvent.seq.desc())
        .limit(8)
    )
    if not sample:
        found = found.where(Notice.sample.is_(False))
    return work.visible(found, Notice)


def _relapses(work: Work, *, sample: bool) -> list[RelapseRow]:
    """Return the notices some of whose addresses came back after they were down."""
    return [RelapseRow(*row) for row in execute(work, _relapses_rows, sample=sample)]


def _relapses_rows(work: Work, *, sample: bool) -> Rows:
    latest = func.max(NoticeItem.updated_at)
    found = (
        select(
            Notice.no, Platform.name, func.count(NoticeItem.id), func.max(NoticeItem.updated_at), Case.no, Case.sample
        )
        .select_from(Notice)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .join(Platform, Notice.platform_id == Platform.id)
        .join(Case, Notice.case_id == Case.id)
        .where(NoticeItem.outcome == "relapsed", NoticeItem.voided_at.is_(None), Notice.voided_at.is_(None))
        .group_by(Notice.id, Notice.no, Platform.name, Case.no, Case.sample)
        .order_by(latest.desc())
        .limit(LISTED)
    )
    if not sample:
        found = found.where(Notice.sample.is_(False))
    return work.visible(found, Notice)


def queue(work: Work, *, sample: bool) -> QueueRow:
    """Return the captures of the last seven days by what became of them; one statement."""
    return QueueRow(*execute(work, _queue_rows, sample=sample).one())


def _queue_rows(work: Work, *, sample: bool) -> Rows:
    found = (
        select(
            func.count(),
            tally(Capture.status == "queued"),
            tally(Capture.status == "running"),
            tally(Capture.result == "COMPLETE"),
            tally(Capture.result == "PARTIAL"),
            tally((Capture.result == "FAILED") | (Capture.status == "cancelled")),
            work.visible(late_seals(work, sample=sample), EvidenceItem).scalar_subquery(),
        )
        .select_from(Capture)
        .where(Capture.requested_at >= work.now - QUEUE_REACH, Capture.voided_at.is_(None))
    )
    if not sample:
        found = found.where(Capture.sample.is_(False))
    return work.visible(found, Capture)


def _incidents(work: Work, *, sample: bool) -> list[IncidentClockRow]:
    return [
        IncidentClockRow(
            row.no,
            row.title,
            row.severity,
            row.detected_at,
            row.response_due_at,
            row.first_responded_at,
            case_no,
            row.sample,
        )
        for row, case_no in execute(work, _incidents_rows, sample=sample)
    ]


def _incidents_rows(work: Work, *, sample: bool) -> Rows:
    link = aliased(CaseIncident)  # the visibility rule looks at the table itself
    numbers = (
        select(Case.no)
        .join(link, link.case_id == Case.id)
        .where(link.incident_id == Incident.id, link.voided_at.is_(None))
        .order_by(Case.no)
        .limit(1)
    )
    found = (
        select(Incident, work.visible(numbers, Case).scalar_subquery())
        .where(
            Incident.status.not_in(SETTLED_INCIDENTS),
            Incident.response_due_at.is_not(None),
            Incident.voided_at.is_(None),
        )
        .order_by(Incident.first_responded_at.is_not(None), Incident.response_due_at)
        .limit(LISTED)
    )
    if not sample:
        found = found.where(Incident.sample.is_(False))
    return work.visible(found, Incident)


def rail_counts(work: Work, *, sample: bool) -> dict[str, int]:
    """Return the figures of the navigation in one statement: what is due now or waits, what is overdue, open cases."""
    found = execute(work, _rail, sample=sample).mappings().one()
    waiting = sum(value for name, value in found.items() if name.startswith("wait_"))
    return {
        "today": found["deadlines"] + found["tasks"] + found["answers"] + found["papers"] + waiting,
        "overdue": found["late_deadlines"] + found["late_tasks"] + found["late_answers"],
        "case": found["cases"],
        "inbox": found["leads"],
        "incident": found["matters"],
    }


def _rail(work: Work, *, sample: bool) -> Rows:
    now, count = work.now, func.count()
    due = side(
        work,
        Deadline,
        Deadline.status.in_(OPEN_DEADLINES),
        Deadline.due_at < now + DAY,
        *(() if sample else (Deadline.sample.is_(False),)),
        deadlines=count,
        late_deadlines=tally(Deadline.due_at < now),
    )
    mine = (Task.status.in_(OPEN_TASKS), or_(Task.assignee_id == work.actor.user_id, Task.assignee_id.is_(None)))
    tasks = side(
        work,
        Task,
        *mine,
        Task.due_at < now + DAY,
        *(() if sample else (Task.sample.is_(False),)),
        tasks=count,
        late_tasks=tally(Task.due_at < now),
    )
    answers = side(
        work,
        Incident,
        Incident.status.not_in(SETTLED_INCIDENTS),
        Incident.first_responded_at.is_(None),
        Incident.response_due_at < now + DAY,
        *(() if sample else (Incident.sample.is_(False),)),
        answers=count,
        late_answers=tally(Incident.response_due_at < now),
    )
    open_cases = side(work, Case, Case.status == "open", *(() if sample else (Case.sample.is_(False),)), cases=count)
    papers, proposals = papers_side(work, sample=sample), waiting_sides(work, sample=sample)
    desk = inbox_sides(work, sample=sample)
    return beside(due, tasks, answers, open_cases, papers, *desk, *proposals)
