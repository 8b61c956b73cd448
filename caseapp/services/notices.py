"""Infringement notices (Civil Code art. 1195): prepared from sealed evidence, gated, authorised, recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from caseapp.domain import workflow
from caseapp.domain.errors import CaseError, InvalidInputError, NoticeBarredError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import (
    Appearance,
    Case,
    ClaimEvidence,
    DocumentVersion,
    EvidenceItem,
    Notice,
    NoticeEvent,
    NoticeItem,
    Platform,
    Post,
    RumorClaim,
)
from caseapp.services.documents import draft_document
from caseapp.services.facts import latest_capture_evidence, merge, notice_facts
from caseapp.services.work import Work

NOTICEABLE_VERDICTS: Final = frozenset({"false_fact", "insult", "impersonation", "leak"})
REFUTED: Final = frozenset({"false", "misleading"})
MONITOR_DAYS: Final = 30


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
        NoticeBarredError: a genuine complaint or fair comment.
        NoticeUnfoundedError: no verdict, no sealed evidence, or no refuted claim.
    """
    work.require(Permission.NOTICE_PREPARE, case)
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
    work.session.flush()
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
            .where(Appearance.post_id == post.id, Appearance.state == "confirmed")
        )
    )
    if not claims:
        return Label("没有确认的谣言主张", "no confirmed rumor claim appears in it")
    for claim in claims:
        if claim.kind == "fact" and claim.verdict not in REFUTED:
            return Label(f"主张 {claim.no} 尚未认定不实", f"claim {claim.no} is not found false")
        if claim.kind == "fact" and not _refuted_by_evidence(work, claim):
            return Label(f"主张 {claim.no} 没有反驳证据", f"claim {claim.no} has no counter-evidence")
    return None


def _refuted_by_evidence(work: Work, claim: RumorClaim) -> bool:
    count = work.session.scalar(
        select(func.count())
        .select_from(ClaimEvidence)
        .where(ClaimEvidence.claim_id == claim.id, ClaimEvidence.supports.is_(False))
    )
    return bool(count)


def draft_notice(work: Work, case: Case, notice: Notice, extra: Mapping[str, Any] | None = None) -> DocumentVersion:
    """Draft the notice's paper from its items; `extra` holds what no row knows (attachments, the agent's powers)."""
    facts = merge(notice_facts(work, case, notice), extra or {})
    version = draft_document(work, case, "infringement_notice", facts, incident_id=notice.incident_id)
    notice.document_id, notice.document_version_id = version.document_id, version.id
    return version


def record_event(
    work: Work,
    notice: Notice,
    event: str,
    *,
    at: dt.datetime | None = None,
    words: str | None = None,
    item: NoticeItem | None = None,
    evidence_id: str | None = None,
    **facts: Any,
) -> NoticeEvent:
    """Add one line to the notice's history; history only grows."""
    last = work.session.scalar(select(func.max(NoticeEvent.seq)).where(NoticeEvent.notice_id == notice.id))
    row = NoticeEvent(
        notice_id=notice.id,
        seq=(last or 0) + 1,
        at=at or work.now,
        event=event,
        item_id=item.id if item else None,
        text=words,
        evidence_id=evidence_id,
        facts=facts,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    work.add(row)
    work.session.flush()
    work.record(Event.NOTICE_EVENT_RECORDED, row, after={"event": event, "text": words})
    return row


def items_of(work: Work, notice: Notice) -> list[NoticeItem]:
    """The notice's addresses in order."""
    return list(
        work.session.scalars(select(NoticeItem).where(NoticeItem.notice_id == notice.id).order_by(NoticeItem.id))
    )


def authorise_notice(work: Work, notice: Notice) -> None:
    """Second person authorises; the paper must be approved first.

    Raises:
        InvalidInputError: no approved paper.
    """
    version = work.session.get(DocumentVersion, notice.document_version_id) if notice.document_version_id else None
    if version is None or version.status not in {"approved", "signed"}:
        raise InvalidInputError(
            field=Label("通知书", "notice paper"), problem=Label("须先批准文书。", "approve its document first.")
        )
    work.transition(workflow.NOTICE, notice, "authorise")
    record_event(work, notice, "authorised")


def record_receipt(work: Work, notice: Notice, receipt_no: str, *, evidence_id: str | None = None) -> None:
    """The platform acknowledged: its receipt number and the proof of arrival, from which time runs."""
    notice.receipt_no = receipt_no
    notice.receipt_evidence_id = notice.arrival_evidence_id = evidence_id
    notice.arrived_at = work.now
    work.transition(workflow.NOTICE, notice, "acknowledge")
    record_event(work, notice, "acknowledged", words=receipt_no, evidence_id=evidence_id)


def record_refusal(work: Work, notice: Notice, *, words: str, evidence_id: str | None = None) -> None:
    """The platform refused: its own words are kept."""
    for item in items_of(work, notice):
        item.platform_words = words
        work.transition(workflow.NOTICE_ITEM, item, "refuse", reason=words)
    work.transition(workflow.NOTICE, notice, "refuse", reason=words)
    record_event(work, notice, "refused", words=words, evidence_id=evidence_id)


def record_measure(work: Work, notice: Notice, measure: str, *, words: str, evidence_id: str | None = None) -> None:
    """The platform says it acted; a re-capture proves it or not."""
    step = {"full": "remove", "label": "label", "limited": "limit"}.get(measure, "remove")
    for item in items_of(work, notice):
        item.platform_words = words
        work.transition(workflow.NOTICE_ITEM, item, step)
    notice.measure = measure
    notice.first_down_at = notice.first_down_at or (work.now if step == "remove" else None)
    work.transition(workflow.NOTICE, notice, "take_measure")
    record_event(work, notice, "measure_taken", words=words, evidence_id=evidence_id)


def conclude_checks(work: Work, notice: Notice) -> bool:
    """When every address of the notice is proven gone, the notice is verified down and monitoring starts."""
    items = items_of(work, notice)
    posts = {item.id: work.session.get_one(Post, item.post_id) for item in items}
    gone = [item for item in items if posts[item.id].liveness in {"removed_by_author", "removed_by_platform"}]
    for item in gone:
        if item.outcome in {"removed", "pending"}:
            work.transition(workflow.NOTICE_ITEM, item, "verify_down")
            proof = posts[item.id].proof_evidence_id
            record_event(work, notice, "item_verified_down", item=item, evidence_id=proof)
    if len(gone) < len(items) or notice.status != "measure_taken":
        return False
    work.transition(workflow.NOTICE, notice, "verify_down")
    record_event(work, notice, "verified_down")
    notice.monitor_until = work.now + dt.timedelta(days=MONITOR_DAYS)
    work.transition(workflow.NOTICE, notice, "start_monitoring")
    return True
