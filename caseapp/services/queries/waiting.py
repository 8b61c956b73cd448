"""What waits for a second person, and for whom: papers at the step this person may decide, proposals to confirm."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, null, or_, select, union_all

from caseapp.domain.permissions import Permission, permissions_of
from caseapp.models import Approval, Case, CounterNotice, Deadline, Document, DocumentVersion, Notice, User
from caseapp.services.approvals import STEP_ROLES
from caseapp.services.prepared import Rows, execute
from caseapp.services.queries.rows_today import ApprovalRow, WaitRow
from caseapp.services.queries.sums import side
from caseapp.services.work import Work

LISTED: Final = 200
LONGEST_ROUTE: Final = 5
PROPOSED: Final = ("statutory", "court")
OPEN: Final = ("proposed", "confirmed", "warned", "extended")
P = Permission
DECIDING: Final = (P.DEADLINE_CONFIRM, P.DEADLINE_WAIVE, P.CASE_CLOSE, P.COUNTER_NOTICE_DECIDE)
"""What a second person needs for one sort of proposal or another."""


def may_in(work: Work, permission: Permission) -> list[str]:
    """Return the cases in which this person's roles allow something."""
    return [
        grant.case_id for grant in work.viewer.grants if not grant.wall and permission in permissions_of([grant.role])
    ]


def papers_for_me(work: Work, *, sample: bool) -> list[ApprovalRow]:
    """Return the versions whose open step this person may decide: not their own, not decided by them, of their role."""
    return [
        ApprovalRow(doc.no, doc.title, doc.kind, version.n, author, version.submitted_at, case_no, bool(case_sample))
        for doc, version, author, case_no, case_sample in execute(work, _papers_for_me_rows, sample=sample)
    ]


def _papers_for_me_rows(work: Work, *, sample: bool) -> Rows:
    found = (
        select(Document, DocumentVersion, User.display, Case.no, Case.sample)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Case, Document.case_id == Case.id)
        .outerjoin(User, DocumentVersion.author_id == User.id)
        .where(_mine_to_decide(work), Document.voided_at.is_(None), *_real(Document, sample=sample))
        .order_by(DocumentVersion.submitted_at)
        .limit(LISTED)
    )
    return work.visible(found, Document)


def papers_side(work: Work, *, sample: bool) -> Any:
    """Return the count of ``papers_for_me`` as a part of one statement."""
    held = select(DocumentVersion.document_id).where(_mine_to_decide(work, of=Document.case_id)).correlate(Document)
    return side(work, Document, Document.id.in_(held), *_real(Document, sample=sample), papers=func.count())


def _real(model: Any, *, sample: bool) -> list[ColumnElement[bool]]:
    return [] if sample else [model.sample.is_(False)]


def _mine_to_decide(work: Work, of: Any = Document.case_id) -> ColumnElement[bool]:
    """The rule of ``approvals.check_step`` in SQL: the open step of a version's route belongs to a role held there."""
    me = work.actor.user_id
    approved = (Approval.version_id == DocumentVersion.id, Approval.decision == "approved")
    given = select(func.count()).where(*approved).correlate(DocumentVersion).scalar_subquery()
    mine = select(Approval.id).where(*approved, Approval.approver_id == me).correlate(DocumentVersion).exists()
    role_of = [DocumentVersion.route[step]["role"].as_string() for step in range(LONGEST_ROUTE)]
    steps = [
        and_(of.in_(cases), or_(*(and_(given == step, role_of[step].in_(keys)) for step in range(LONGEST_ROUTE))))
        for keys, cases in _keys_by_cases(work).items()
    ]
    bare = and_(role_of[0].is_(None), of.in_(may_in(work, P.DOCUMENT_APPROVE)))
    return and_(
        DocumentVersion.status == "in_review",
        DocumentVersion.author_id != me,
        or_(DocumentVersion.submitted_by.is_(None), DocumentVersion.submitted_by != me),
        ~mine,
        or_(bare, *steps),
    )


def _keys_by_cases(work: Work) -> dict[tuple[str, ...], list[str]]:
    """Return the steps this person may decide → the cases where they may."""
    roles: dict[str, set[str]] = {}
    for grant in work.viewer.grants:
        if not grant.wall:
            roles.setdefault(grant.case_id, set()).add(grant.role)
    found: dict[tuple[str, ...], list[str]] = {}
    for case_id, held in roles.items():
        keys = tuple(sorted(key for key, wanted in STEP_ROLES.items() if held & wanted))
        if keys:
            found.setdefault(keys, []).append(case_id)
    return found


def confirmations(work: Work, *, sample: bool) -> list[WaitRow]:
    """Return the proposals this person may decide, oldest first; one statement."""
    if not any(may_in(work, permission) for permission in DECIDING):
        return []
    return [
        WaitRow(kind, number, title or "", who, at, home, bool(example), key, rule, ordinal)
        for kind, number, title, who, at, home, example, key, rule, ordinal in execute(
            work, _confirmations_rows, sample=sample
        )
    ]


def _confirmations_rows(work: Work, *, sample: bool) -> Rows:
    parts = []
    for kind, model, rules, (title, number, who, at) in _sorts(work, sample=sample):
        home = select(Case.no).where(Case.id == _case_of(model)).correlate(model).scalar_subquery()
        name = select(User.display).where(User.id == who).correlate(model).scalar_subquery()
        rule = model.rule_id if model is Deadline else cast(null(), String)
        ordinal = model.ordinal if model is Deadline else literal(1)
        columns: tuple[Any, ...] = (
            literal(kind).label("kind"), number.label("number"), title.label("title"), name.label("who"),
            at.label("at"), home.label("home"), model.sample.label("sample"), model.id.label("key"),
            rule.label("rule"), ordinal.label("ordinal"),
        )  # fmt: skip
        rows: Select[Any] = select(*columns).where(*rules, model.voided_at.is_(None))
        parts.append(work.visible(rows, model))
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.at).limit(LISTED)


def waiting_sides(work: Work, *, sample: bool) -> list[Any]:
    """Return the counts of ``confirmations`` as parts of one statement, named after their kinds."""
    return [
        side(work, model, *rules, **{f"wait_{kind}": func.count()})
        for kind, model, rules, _columns in _sorts(work, sample=sample)
    ]


def _case_of(model: Any) -> Any:
    return model.id if model is Case else model.case_id


Sort = tuple[str, Any, list[ColumnElement[bool]], tuple[Any, Any, Any, Any]]


def _sorts(work: Work, *, sample: bool) -> list[Sort]:
    """Every sort of proposal: table, what makes a row one of mine, and title, number, proposer and time of it."""
    me = work.actor.user_id
    proposed = [Deadline.status == "proposed", Deadline.kind.in_(PROPOSED), Deadline.created_by != me]
    asked = CounterNotice.proposed_by
    waived = [
        Deadline.status.in_(OPEN), Deadline.waive_requested_by.is_not(None), Deadline.waive_requested_by != me
    ]  # fmt: skip
    about = select(Notice.no).where(Notice.id == CounterNotice.notice_id).correlate(CounterNotice).scalar_subquery()
    none = select(Notice.no).where(Notice.id == Deadline.object_id).correlate(Deadline).scalar_subquery()
    deadline = (Deadline.base_event, none)
    sorts: tuple[tuple[str, Any, P, list[ColumnElement[bool]], tuple[Any, Any, Any, Any]], ...] = (
        ("deadline", Deadline, P.DEADLINE_CONFIRM, proposed, (*deadline, Deadline.created_by, Deadline.created_at)),
        ("waiver", Deadline, P.DEADLINE_WAIVE, waived, (*deadline, Deadline.waive_requested_by, Deadline.updated_at)),
        (
            "close", Case, P.CASE_CLOSE,
            [Case.status == "open", Case.close_requested_by.is_not(None), Case.close_requested_by != me],
            (Case.title, Case.no, Case.close_requested_by, Case.updated_at),
        ),
        (
            "counter", CounterNotice, P.COUNTER_NOTICE_DECIDE,
            [CounterNotice.status == "received", asked.is_not(None), asked != me],
            (CounterNotice.claimant, about, asked, CounterNotice.updated_at),
        ),
    )  # fmt: skip
    kept: list[Sort] = []
    for kind, model, permission, rules, columns in sorts:
        cases = may_in(work, permission)
        if cases:
            kept.append((kind, model, [*rules, _case_of(model).in_(cases), *_real(model, sample=sample)], columns))
    return kept
