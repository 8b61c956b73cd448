"""The lines of 今日: what each row of the first page says, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup

from caseapp.services.queries import ApprovalRow, DueRow, IncidentClockRow, NoticeEventRow
from caseapp.services.queries.rows_today import RelapseRow, WaitRow
from caseapp.web import wording
from caseapp.web.filters import duration, stamp, tell
from caseapp.web.i18n import _, many
from caseapp.web.marks import Clock, Mark, clock
from caseapp.web.places import object_href, tab_href
from caseapp.web.unit import key_of


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
    href: str


@dataclass(frozen=True, slots=True)
class WaitLine:
    """One proposal of somebody else that this person may confirm."""

    title: str | Markup
    who: str
    at: datetime | None
    number: str | None
    href: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """One of the first run's six steps."""

    text: str
    done: bool
    href: str


def due_line(row: DueRow) -> DueLine:
    """Return the line of what is due."""
    task = row.kind == "task"
    title = row.title if task else wording.deadline_title(row.rule_id, row.title, row.ordinal)
    return DueLine(
        due_at=row.due_at,
        status=row.status,
        title=title,
        why=wording.why(row) or _("任务，由办案人登记。"),
        number=row.number,
        nature="" if task else wording.word("deadline_kind", row.kind),
        href=tab_href(row.case_no, sample=row.case_sample, tab="deadlines"),
        verb=_("办理") if task else _("处理"),
    )


def answer_line(row: IncidentClockRow) -> DueLine | None:
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
        href=object_href("incident", row.number, sample=row.case_sample, case_no=row.case_no),
        verb=_("处理"),
    )


def approval_line(row: ApprovalRow) -> ApprovalLine:
    """Return the line of a paper that waits."""
    return ApprovalLine(
        kind=wording.document_kind(row.kind),
        title=row.title,
        author=row.author or _("未知"),
        submitted_at=row.submitted_at,
        detail=_("%(no)s · 第 %(n)d 稿 · 你不是起草人", no=row.number, n=row.n),
        href=object_href("document", row.number, sample=row.case_sample, case_no=row.case_no),
    )


def event_line(row: NoticeEventRow) -> EventLine:
    """Return the line of what happened on a notice."""
    return EventLine(
        wording.notice_event(row.event),
        row.platform,
        row.number,
        row.text,
        row.at,
        url_for("notice.page", number=key_of(row.number, sample=row.case_sample)),
    )


def incident_line(row: IncidentClockRow) -> IncidentLine:
    """Return the line of a response clock."""
    found = stamp(row.detected_at)
    href = object_href("incident", row.number, sample=row.case_sample, case_no=row.case_no)
    if row.first_responded_at is not None:
        used = duration(row.first_responded_at - row.detected_at)
        return IncidentLine(
            row.number,
            wording.severity(row.severity),
            Clock(_("已首次响应"), "done", "circle-check"),
            _("发现 %(a)s → 首次响应 %(b)s，用时 %(span)s", a=found, b=stamp(row.first_responded_at), span=used),
            href,
        )
    due = stamp(row.response_due_at) if row.response_due_at else _("未知")
    return IncidentLine(
        row.number,
        wording.severity(row.severity),
        clock(row.response_due_at),
        _("发现 %(a)s → 应于 %(b)s 前首次响应（内部标准）", a=found, b=due),
        href,
    )


def wait_line(row: WaitRow) -> WaitLine:
    """Return the line of a proposal of somebody else."""
    said = {
        "deadline": _("确认期限：%(what)s"), "waiver": _("放弃期限：%(what)s"), "close": _("结案：%(what)s"),
        "counter": _("不侵权声明的处理：%(what)s"),
    }  # fmt: skip
    what = wording.deadline_title(row.rule_id, row.title, row.ordinal) if row.rule_id else row.title or _("未知")
    return WaitLine(tell(said[row.kind], what=what), row.who or _("系统"), row.at, row.number, _wait_href(row))


def _wait_href(row: WaitRow) -> str:
    if row.kind in {"deadline", "waiver"}:
        return url_for("deadline.page", key=row.key)
    kind = "case" if row.kind == "close" else "notice"
    return object_href(kind, row.number, sample=row.sample, case_no=row.case_no)


def relapse_line(row: RelapseRow) -> EventLine:
    """Return the line of addresses that came back."""
    return EventLine(
        wording.notice_event("item_relapsed"),
        row.platform,
        row.number,
        many("%(num)d 条内容又能看到", row.count),
        row.at,
        object_href("notice", row.number, sample=row.case_sample, case_no=row.case_no),
    )
