"""A case: its docket, and the lists of cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select, union_all
from sqlalchemy.orm import aliased

from caseapp.domain.damages import Assessment, Line, assess
from caseapp.domain.errors import NotFoundError, PermissionDeniedError
from caseapp.domain.permissions import Permission, permissions_of
from caseapp.domain.vocabulary import SEVERITY
from caseapp.domain.workflow import CASE
from caseapp.models import (
    Capture,
    Case,
    CaseIncident,
    Correspondence,
    DamageItem,
    Deadline,
    Document,
    EvidenceItem,
    Exhibit,
    Incident,
    Membership,
    Notice,
    Post,
    PostIncident,
    RumorClaim,
    User,
)
from caseapp.services.prepared import Rows, execute
from caseapp.services.queries.rows import (
    LISTED,
    REMOVED,
    WAITING_NOTICES,
    CaseHead,
    CaseRow,
    ClaimHead,
    DamageRow,
    DeadlineRow,
    MemberRow,
)
from caseapp.services.queries.sums import beside, side, tally
from caseapp.services.queries.today import OPEN_DEADLINES
from caseapp.services.work import Work

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])
SAMPLE_PREFIX = "示例-"
OPEN_NOTICES = (
    "prepared", "authorised", "submitted", "acknowledged", "more_info", "forwarded_to_user", "measure_taken", "refused",
    "overdue", "escalated", "counter_notice",
)  # fmt: skip
SEALED = ("sealed", "logged", "stamped", "witnessed", "complete")
UNSTAMPED = ("sealed", "logged")


def named(statement: AnySelect, model: type[Case | EvidenceItem | Incident | Notice | Post], key: str) -> AnySelect:
    """Narrow ``statement`` to the rows of a number as it stands in an address; the example's own carry a prefix."""
    if key.startswith(SAMPLE_PREFIX):
        return statement.where(model.no == key.removeprefix(SAMPLE_PREFIX), model.sample.is_(True))
    return statement.where(model.no == key)


def cases(work: Work) -> list[CaseRow]:
    """Return the cases the person sees, open ones first; one statement."""
    found = (
        select(Case, User.display)
        .outerjoin(User, Case.lead_id == User.id)
        .where(Case.voided_at.is_(None))
        .order_by(Case.status.in_(("closed", "archived")), Case.sample, Case.no.desc())
        .limit(LISTED + 1)
    )
    return [
        CaseRow(row.no, row.sample, row.title, row.status, row.stage, row.severity, lead, row.opened_at)
        for row, lead in work.session.execute(work.visible(found, Case))
    ]


def _case_and_members(work: Work, key: str) -> tuple[Case, list[MemberRow]]:
    """Return the visible case of a number with its members; one statement.

    Raises:
        NotFoundError: absent or not visible; the two are not told apart.
    """
    number, example = key.removeprefix(SAMPLE_PREFIX), key.startswith(SAMPLE_PREFIX)
    rows = execute(work, _members_rows, {"number": number}, example=example).all()
    if not rows:
        raise NotFoundError(kind=CASE.label)
    first: Case = rows[0][0]
    work.session.info["case"] = first  # a session forgets what nobody holds, and whoever asks for its state reads again
    members = [MemberRow(role, name, until) for row, role, name, until in rows if row.id == first.id and role]
    return first, members


def _members_rows(work: Work, number: str, *, example: bool) -> Rows:
    member = aliased(Membership)  # the visibility rule looks at the table itself
    found = (
        select(Case, member.role, User.display, member.expires_at)
        .outerjoin(
            member,
            (member.case_id == Case.id)
            & member.voided_at.is_(None)
            & member.wall.is_(False)
            & or_(member.expires_at.is_(None), member.expires_at > work.now),
        )
        .outerjoin(User, member.user_id == User.id)
        .where(Case.no == number)
        .order_by(Case.sample, member.created_at, User.display)
    )
    if example:  # without the prefix a number leads to the real row first
        found = found.where(Case.sample.is_(True))
    return work.visible(found, Case)


def case_head(work: Work, key: str) -> CaseHead:
    """Return the docket of a case; five statements.

    Raises:
        NotFoundError: absent or not visible.
        PermissionDeniedError: visible, but the role held in it reads trails only.
    """
    row, members = _case_and_members(work, key)
    held = permissions_of(grant.role for grant in work.viewer.grants if grant.case_id == row.id and not grant.wall)
    if Permission.CASE_READ not in held and work.actor.kind == "user":
        raise PermissionDeniedError(permission=Permission.CASE_READ.label)
    incidents, claims = _incidents(work, row.id)
    due = deadlines(work, row.id)
    levels = [level for level in incidents.values() if level]
    counts, checked = _figures(work, row.id)
    items = damages(work, row.id)
    counts |= {"damages": len(items), "deadlines": len(due)}
    figures = ledger(items)
    return CaseHead(
        id=row.id,
        number=row.no,
        sample=row.sample,
        title=row.title,
        status=row.status,
        stage=row.stage,
        severity=row.severity or min(levels, key=SEVERITY.keys.index, default=None),
        confidentiality=row.confidentiality,
        legal_hold=row.legal_hold,
        opened_at=row.opened_at,
        incidents=list(incidents),
        claims=claims,
        members=members,
        counts=counts,
        checked_at=checked,
        damages=items,
        claimed=figures.with_costs,
        costs=figures.by_head.get("D5", Decimal("0.00")),
        due=due,
        deadline=next((line for line in due if line.status in OPEN_DEADLINES), None),
        close_requested=row.close_requested_by is not None and row.status in {"open", "suspended"},
    )


def posts_of(case_id: str) -> Select[Any]:
    """Return the ids of the posts confirmed for the incidents of a case."""
    return (
        select(PostIncident.post_id)
        .join(CaseIncident, CaseIncident.incident_id == PostIncident.incident_id)
        .where(CaseIncident.case_id == case_id, CaseIncident.voided_at.is_(None), PostIncident.state == "confirmed")
    )


def evidence_of(case_id: str) -> Any:
    """Return the condition that an evidence item belongs to a case: exhibit, capture for it, or page of its posts."""
    item = aliased(EvidenceItem)
    listed = select(Exhibit.evidence_id).where(Exhibit.case_id == case_id, Exhibit.voided_at.is_(None))
    captured = select(item.id).join(Capture, Capture.id == item.capture_id).where(Capture.case_id == case_id)
    of_posts = select(item.id).where(item.post_id.in_(posts_of(case_id)))
    # One list of keys: three conditions side by side would read the whole table.
    return EvidenceItem.id.in_(union_all(listed, captured, of_posts))


def _figures(work: Work, case_id: str) -> tuple[dict[str, int], datetime | None]:
    """Return the counts of the docket by name and the last check of a post, in one statement.

    Each table is one row of sums behind the visibility rule; the statement joins these rows.
    """
    found = dict(execute(work, _figures_row, {"case_id": case_id}).mappings().one())
    return found, found.pop("checked")


def _figures_row(work: Work, case_id: str) -> Rows:
    count = func.count()
    posts = side(
        work,
        Post,
        Post.id.in_(posts_of(case_id)),
        posts=count,
        posts_live=tally(Post.liveness.not_in(REMOVED)),
        checked=func.max(Post.last_checked_at),
    )
    evidence = side(
        work,
        EvidenceItem,
        evidence_of(case_id),
        evidence=count,
        sealed=tally(EvidenceItem.seal_state.in_(SEALED)),
        unstamped=tally(EvidenceItem.seal_state.in_(UNSTAMPED)),
    )
    notices = side(
        work,
        Notice,
        Notice.case_id == case_id,
        notices=count,
        notices_open=tally(Notice.status.in_(OPEN_NOTICES)),
        notices_overdue=tally(Notice.status.in_(WAITING_NOTICES) & (Notice.due_at < work.now)),
    )
    documents = side(work, Document, Document.case_id == case_id, documents=count)
    letters = side(work, Correspondence, Correspondence.case_id == case_id, correspondence=count)
    return beside(posts, evidence, notices, documents, letters)


def _incidents(work: Work, case_id: str) -> tuple[dict[str, str | None], list[ClaimHead]]:
    """Return the numbers of a case's incidents with their severity, and the rumor claims in them; one statement."""
    levels: dict[str, str | None] = {}
    claims: list[ClaimHead] = []
    for number, severity, claim in execute(work, _incidents_rows, {"case_id": case_id}):
        levels[number] = severity
        if claim is not None:
            claims.append(ClaimHead(claim.id, claim.quote, claim.subject, claim.verdict))
    return levels, claims


def _incidents_rows(work: Work, case_id: str) -> Rows:
    link = aliased(CaseIncident)  # the visibility rule looks at the table itself
    found = (
        select(Incident.no, Incident.severity, RumorClaim)
        .join(link, link.incident_id == Incident.id)
        .outerjoin(RumorClaim, (RumorClaim.incident_id == Incident.id) & RumorClaim.voided_at.is_(None))
        .where(link.case_id == case_id, link.voided_at.is_(None))
        .order_by(Incident.no, RumorClaim.no)
    )
    return work.visible(found, Incident)


def deadlines(work: Work, case_id: str) -> list[DeadlineRow]:
    """Return the deadlines of a case, open ones first, by due date; one statement."""
    return [
        DeadlineRow(
            row.rule_id,
            row.base_event,
            row.basis,
            row.kind,
            row.due_at,
            row.status,
            row.explanation_zh,
            row.explanation_en,
            row.provisional,
            row.ordinal,
        )
        for row in execute(work, _deadlines_rows, {"case_id": case_id}).scalars()
    ]


def _deadlines_rows(work: Work, case_id: str) -> Rows:
    found = (
        select(Deadline)
        .where(Deadline.case_id == case_id, Deadline.voided_at.is_(None))
        .order_by(Deadline.status.not_in(OPEN_DEADLINES), Deadline.due_at)
    )
    return work.visible(found, Deadline)


def damages(work: Work, case_id: str) -> list[DamageRow]:
    """Return the damage items of a case; one statement."""
    return [DamageRow(*row) for row in execute(work, _damages_rows, {"case_id": case_id})]


def _damages_rows(work: Work, case_id: str) -> Rows:
    item = DamageItem
    columns = (
        item.id, item.title, item.head, item.formula, item.confidence, item.scope, item.counted, item.status,
        item.amount_fen, item.causation,
    )  # fmt: skip
    found: Rows = (
        select(*columns).where(item.case_id == case_id, item.voided_at.is_(None)).order_by(item.head, item.created_at)
    )
    return work.visible(found, DamageItem)


def ledger(rows: Iterable[DamageRow]) -> Assessment:
    """Return the figures of a case's ledger by the rules of the domain; no statement."""
    return assess(
        Line(row.id, row.head, row.amount, scope=row.scope, counted=row.counted, status=row.status) for row in rows
    )
