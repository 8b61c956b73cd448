"""The first page: what is due, what waits for me, what platforms did, how captures go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from caseapp.models import (
    Capture,
    Case,
    CaseIncident,
    Deadline,
    Document,
    DocumentVersion,
    Incident,
    Notice,
    NoticeEvent,
    Platform,
    Task,
    User,
)
from caseapp.services.queries.rows_today import (
    ApprovalRow,
    DueRow,
    IncidentClockRow,
    NoticeEventRow,
    QueueRow,
    TodayRows,
)
from caseapp.services.queries.sums import one_row, side, tally
from caseapp.services.work import Work

OPEN_DEADLINES = ("proposed", "confirmed", "warned", "extended")
OPEN_TASKS = ("open", "doing")
SETTLED_INCIDENTS = ("closed", "handed_off", "watching")
AHEAD = timedelta(days=30)
QUEUE_REACH = timedelta(days=7)
DAY = timedelta(days=1)
LISTED = 30


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
        approvals=_approvals(work, sample=sample),
        events=_events(work, sample=sample),
        queue=queue(work, sample=sample),
        incidents=_incidents(work, sample=sample),
    )


def _deadlines(work: Work, *, sample: bool) -> list[DueRow]:
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
        for row, case_no, case_sample, number in work.session.execute(work.visible(found, Deadline))
    ]


def _tasks(work: Work, *, sample: bool) -> list[DueRow]:
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
    return [
        DueRow("task", row.title, "", "", row.due_at, row.status, case_no, bool(case_sample))
        for row, case_no, case_sample in work.session.execute(work.visible(found, Task))
    ]


def _approvals(work: Work, *, sample: bool) -> list[ApprovalRow]:
    me = work.actor.user_id
    found = (
        select(Document, DocumentVersion, User.display, Case.no, Case.sample)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Case, Document.case_id == Case.id)
        .outerjoin(User, DocumentVersion.author_id == User.id)
        .where(
            DocumentVersion.status == "in_review",
            DocumentVersion.author_id != me,
            or_(DocumentVersion.submitted_by.is_(None), DocumentVersion.submitted_by != me),
        )
        .order_by(DocumentVersion.submitted_at)
        .limit(LISTED)
    )
    if not sample:
        found = found.where(Document.sample.is_(False))
    return [
        ApprovalRow(doc.no, doc.title, doc.kind, version.n, author, version.submitted_at, case_no, bool(case_sample))
        for doc, version, author, case_no, case_sample in work.session.execute(work.visible(found, Document))
    ]


def _events(work: Work, *, sample: bool) -> list[NoticeEventRow]:
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
    return [
        NoticeEventRow(number, platform, event.event, event.text, event.at, case_no, bool(case_sample))
        for event, number, platform, case_no, case_sample in work.session.execute(work.visible(found, Notice))
    ]


def queue(work: Work, *, sample: bool) -> QueueRow:
    """Return the captures of the last seven days by what became of them; one statement."""
    found = (
        select(
            func.count(),
            tally(Capture.status == "queued"),
            tally(Capture.status == "running"),
            tally(Capture.result == "COMPLETE"),
            tally(Capture.result == "PARTIAL"),
            tally((Capture.result == "FAILED") | (Capture.status == "cancelled")),
        )
        .select_from(Capture)
        .where(Capture.requested_at >= work.now - QUEUE_REACH, Capture.voided_at.is_(None))
    )
    if not sample:
        found = found.where(Capture.sample.is_(False))
    return QueueRow(*work.session.execute(work.visible(found, Capture)).one())


def _incidents(work: Work, *, sample: bool) -> list[IncidentClockRow]:
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
        for row, case_no in work.session.execute(work.visible(found, Incident))
    ]


def rail_counts(work: Work, *, sample: bool) -> dict[str, int]:
    """Return the figures of the navigation in one statement: what is due now, what is overdue, open cases."""
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
    waiting = Document.id.in_(_waiting(work).with_only_columns(DocumentVersion.document_id))
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
    papers = side(work, Document, waiting, *(() if sample else (Document.sample.is_(False),)), papers=count)
    open_cases = side(work, Case, Case.status == "open", *(() if sample else (Case.sample.is_(False),)), cases=count)
    found = one_row(work, due, tasks, answers, papers, open_cases)
    return {
        "today": found["deadlines"] + found["tasks"] + found["answers"] + found["papers"],
        "overdue": found["late_deadlines"] + found["late_tasks"] + found["late_answers"],
        "case": found["cases"],
    }


def _waiting(work: Work) -> Select[Any]:
    """Return the versions in review that this person neither wrote nor submitted."""
    me = work.actor.user_id
    return select(DocumentVersion).where(
        DocumentVersion.status == "in_review",
        DocumentVersion.author_id != me,
        or_(DocumentVersion.submitted_by.is_(None), DocumentVersion.submitted_by != me),
    )
