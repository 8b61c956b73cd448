"""Infringement notices (Civil Code art. 1195): prepared from sealed evidence, gated, authorised, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, NoticeBarredError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import (
    Appearance,
    Case,
    ClaimEvidence,
    Document,
    DocumentVersion,
    EvidenceItem,
    Incident,
    Notice,
    NoticeItem,
    Platform,
    Post,
    RumorClaim,
)
from caseapp.services.conduct import OVER, items_of, record_event
from caseapp.services.documents import draft_document, redraft_document
from caseapp.services.facts import latest_capture_evidence, merge, notice_facts
from caseapp.services.work import Work

NOTICEABLE_VERDICTS: Final = frozenset({"false_fact", "insult", "impersonation", "leak"})
REFUTED: Final = frozenset({"false", "misleading"})


class NoticeUnfoundedError(CaseError):
    """A post lacks what a notice needs. Facts: ``no``, ``lacks`` (a Label)."""

    code = "notice-unfounded"
    text = Label("{no} 不能列入通知：{lacks}", "{no} cannot enter a notice: {lacks}")


def prepare_notice(
    work: Work,
    case: Case,
    platform: Platform,
    posts: Sequence[Post],
    *,
    grounds: Mapping[str, str],
    demands: Mapping[str, str] | None = None,
    previous: Notice | None = None,
    incident_id: str | None = None,
) -> Notice:
    """Prepare a notice to one platform about posts of it.

    Args:
        work: the unit of work.
        case: the one it belongs to.
        platform: to whom.
        posts: each needs a verdict that allows it, sealed evidence and a refuted claim.
        grounds: post id → how a reader knows that the principal is meant.
        demands: post id → what of the content the notice expressly leaves alone.
        previous: the notice this one follows (attempt + 1).
        incident_id: the incident it answers.

    Raises:
        NotFoundError, PermissionDeniedError: the case, a post or the notice before is not for this person.
        NoticeBarredError: a genuine complaint or fair comment.
        NoticeUnfoundedError: no verdict, no sealed evidence, or no refuted claim.
        AlreadyExistsError: a post stands in a notice of the same attempt already.
    """
    work.require(Permission.NOTICE_PREPARE, case)
    for row in (*posts, previous):
        if row is not None and not work.sees(row):
            raise NotFoundError(kind=kind_label(str(row.__tablename__)))
    if incident_id:
        work.get(Incident, incident_id)
    if not posts:
        raise InvalidInputError(field=Label("涉案内容", "posts"), problem=Label("至少选一条。", "choose at least one."))
    evidence = latest_capture_evidence(work, [post.id for post in posts])
    for post in posts:
        check_gate(work, post, platform)
        if post.id not in evidence:
            raise NoticeUnfoundedError(no=post.no, lacks=Label("没有封存的取证", "no sealed capture"))
    notice = _add_notice(work, case, platform, previous, incident_id)
    for post in posts:
        _add_item(work, notice, post, evidence[post.id], grounds.get(post.id), (demands or {}).get(post.id))
    work.record(Event.NOTICE_PREPARED, notice, after={"no": notice.no, "posts": [post.no for post in posts]})
    return notice


def _add_item(
    work: Work, notice: Notice, post: Post, evidence: EvidenceItem, ground: str | None, spared: str | None
) -> None:
    item = NoticeItem(notice_id=notice.id, post_id=post.id, evidence_id=evidence.id, attempt_no=notice.attempt_no)
    item.ground, item.demand, item.desk_id = ground, spared, notice.desk_id
    work.add(item)


def _add_notice(work: Work, case: Case, platform: Platform, previous: Notice | None, incident_id: str | None) -> Notice:
    row = work.add(
        Notice(
            no=work.next_no("notice"),
            case_id=case.id,
            incident_id=incident_id,
            platform_id=platform.id,
            principal_id=case.principal_id,
            attempt_no=previous.attempt_no + 1 if previous else 1,
            previous_id=previous.id if previous else None,
            right_basis=["reputation"],
            desk_id=case.desk_id,
        )
    )
    work.session.flush()
    return row


def check_gate(work: Work, post: Post, platform: Platform) -> None:
    """Refuse a post that must not be in a notice, and say why.

    Raises:
        NoticeBarredError, NoticeUnfoundedError.
    """
    if post.verdict in BARRED_VERDICTS:
        raise NoticeBarredError(verdict=POST_VERDICT[str(post.verdict)])
    lacks = _lacks(work, post, platform)
    if lacks is not None:
        raise NoticeUnfoundedError(no=post.no, lacks=lacks)


def _lacks(work: Work, post: Post, platform: Platform) -> Label | None:
    if post.platform_id != platform.id:
        return Label("不是该平台的内容", "it is not on this platform")
    if post.verdict not in NOTICEABLE_VERDICTS:
        return Label("尚未定性为可通知的类别", "it has no verdict that allows a notice")
    if post.stance in {"debunk", "query"}:
        return Label("立场是辟谣或求证", "it debunks or asks")
    claims = list(
        work.session.scalars(
            select(RumorClaim)
            .join(Appearance, Appearance.claim_id == RumorClaim.id)
            .where(Appearance.post_id == post.id, Appearance.state == "confirmed", Appearance.voided_at.is_(None))
            .order_by(RumorClaim.no)
        )
    )
    if not claims:
        return Label("没有确认的谣言主张", "no confirmed rumor claim appears in it")
    facts = [claim for claim in claims if claim.kind == "fact"]
    against = _refuted(work, facts)
    for claim in facts:
        if claim.verdict not in REFUTED:
            return Label(f"主张 {claim.no} 尚未认定不实", f"claim {claim.no} is not found false")
        if claim.id not in against:
            return Label(f"主张 {claim.no} 没有反驳证据", f"claim {claim.no} has no counter-evidence")
    return None


def _refuted(work: Work, claims: Sequence[RumorClaim]) -> set[str]:
    """Ids of the claims that some evidence speaks against."""
    statement = select(ClaimEvidence.claim_id).where(
        ClaimEvidence.claim_id.in_([claim.id for claim in claims]),
        ClaimEvidence.supports.is_(False),
        ClaimEvidence.voided_at.is_(None),
    )
    return set(work.session.scalars(statement))


def draft_notice(work: Work, case: Case, notice: Notice, extra: Mapping[str, Any] | None = None) -> DocumentVersion:
    """Draft the notice's paper from its items; drafted again, it is the next version of the same document.

    Args:
        work: the unit of work.
        case: the notice's.
        notice: what the paper says.
        extra: what no row knows (attachments, the agent's powers).

    Raises:
        NotFoundError, PermissionDeniedError, BadFactsError.
    """
    work.require(Permission.DOCUMENT_DRAFT, notice)
    facts = merge(notice_facts(work, case, notice), extra or {})
    if notice.document_id:
        return redraft_document(work, work.get(Document, notice.document_id), facts, note=None)
    version = draft_document(work, case, "infringement_notice", facts, incident_id=notice.incident_id)
    work.change(notice, document_id=version.document_id, document_version_id=version.id)
    return version


def authorise_notice(work: Work, notice: Notice) -> None:
    """Second person authorises; the paper must be approved first, and the gate holds for every address still.

    Raises:
        NotFoundError, PermissionDeniedError, SecondPersonRequiredError, WorkflowRefusedError.
        InvalidInputError: no approved paper.
        NoticeBarredError, NoticeUnfoundedError: a post was judged otherwise since.
    """
    work.require(Permission.NOTICE_AUTHORISE, notice)
    version = work.session.get(DocumentVersion, notice.document_version_id) if notice.document_version_id else None
    if version is None or version.status not in {"approved", "signed"}:
        raise InvalidInputError(
            field=Label("通知书", "notice paper"), problem=Label("须先批准文书。", "approve its document first.")
        )
    platform = work.session.get_one(Platform, notice.platform_id)
    for item in (one for one in items_of(work, notice) if one.outcome not in OVER):
        check_gate(work, work.session.get_one(Post, item.post_id), platform)
    work.transition(workflow.NOTICE, notice, "authorise")
    record_event(work, notice, "authorised")
