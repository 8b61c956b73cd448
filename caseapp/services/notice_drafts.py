"""From chosen posts to notices with their papers: grouped by platform, barred ones named, what is known filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.errors import InvalidInputError, NoticeBarredError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import POST_VERDICT
from caseapp.models import (
    Appearance,
    Case,
    CaseIncident,
    DocumentVersion,
    EvidenceItem,
    Notice,
    NoticeItem,
    Organization,
    Platform,
    Post,
    PostIncident,
)
from caseapp.services.conduct import OVER, items_of
from caseapp.services.facts import exhibit_facts, latest_capture_evidence
from caseapp.services.notice_exhibits import list_cited
from caseapp.services.notices import NoticeUnfoundedError, check_gate, draft_notice, prepare_notice
from caseapp.services.work import Work

IDENTITY: Final = frozenset({"证1-1", "证1-2"})
STANDING: Final = frozenset({"pending", "refused", "labelled", "limited", "restored", "relapsed"})
"""Outcomes after which an address can go into the next attempt."""
_KEPT: Final = ("issued_on", "agent", "measures", "attachments")


@dataclass(frozen=True)
class Candidate:
    """A post that might enter a notice.

    Attributes:
        post, platform: the post and where it stands; no platform is registered for some.
        lacks: why it may not enter one; None when it may.
        ground: how a reader knows who is meant, as far as the text itself says so.
        evidence: its sealed capture.
    """

    post: Post
    platform: Platform | None
    lacks: Label | None
    ground: str
    evidence: EvidenceItem | None


@dataclass(frozen=True)
class Paper:
    """What no row knows of a notice's paper.

    Attributes:
        issued_on: its date.
        authority: what the agent may do for the principal; with the days from and until which.
        title: in what capacity he acts; his own title when empty.
    """

    issued_on: dt.date
    authority: str = ""
    title: str = ""
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


@dataclass(frozen=True)
class Choice:
    """What a person typed.

    Attributes:
        paper: for the papers.
        grounds: post id → how a reader knows who is meant.
        spared: post id → what of it is expressly left alone.
        previous: the notice whose next attempt this is.
    """

    paper: Paper
    grounds: Mapping[str, str] = field(default_factory=dict)
    spared: Mapping[str, str] = field(default_factory=dict)
    previous: Notice | None = None


def candidates(work: Work, case: Case, posts: Sequence[Post], previous: Notice | None = None) -> list[Candidate]:
    """Say of each post whether it may enter a notice now, and if not, why."""
    evidence = latest_capture_evidence(work, [post.id for post in posts])
    listed = {} if previous else _listed(work, posts)
    keys = {post.platform_id for post in posts if post.platform_id}
    platforms = {row.id: row for row in work.session.scalars(select(Platform).where(Platform.id.in_(keys)))}
    names = _names(work, case)
    found = []
    for post in posts:
        platform = platforms.get(post.platform_id or "")
        proof = evidence.get(post.id)
        lacks = _lacks(work, post, platform, proof, listed.get(post.id))
        found.append(Candidate(post, platform, lacks, _ground(work, post, names), proof))
    return found


def _lacks(
    work: Work, post: Post, platform: Platform | None, proof: EvidenceItem | None, listed: str | None
) -> Label | None:
    if post.verdict in {"genuine_complaint", "fair_comment"}:
        word = POST_VERDICT[str(post.verdict)]
        return Label(f"已定性为“{word.zh}”，不得列入通知", f"judged “{word.en}”: it may not enter a notice")
    if platform is None:
        return Label("没有登记它所在的平台", "its platform is not registered")
    if listed:
        return Label(f"已列入 {listed}", f"it stands in {listed}")
    try:
        check_gate(work, post, platform)
    except (NoticeBarredError, NoticeUnfoundedError) as refusal:
        lacks = refusal.facts.get("lacks")
        return lacks if isinstance(lacks, Label) else Label(refusal.message("zh"), refusal.message("en"))
    return None if proof else Label("没有封存的取证", "no sealed capture")


def _listed(work: Work, posts: Sequence[Post]) -> dict[str, str]:
    """Post id → number of the notice of the first attempt it stands in."""
    rows = work.session.execute(
        select(NoticeItem.post_id, Notice.no)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(
            NoticeItem.post_id.in_([post.id for post in posts]),
            NoticeItem.outcome.not_in(OVER),
            NoticeItem.voided_at.is_(None),
        )
        .order_by(Notice.no)
    )
    return {row[0]: row[1] for row in rows}


def _names(work: Work, case: Case) -> list[str]:
    principal = work.session.get(Organization, case.principal_id) if case.principal_id else None
    if principal is None:
        return []
    return [name for name in (*principal.products, *principal.brands, principal.name, *principal.aliases) if name]


def _ground(work: Work, post: Post, names: Sequence[str]) -> str:
    quotes = work.session.scalars(
        select(Appearance.quoted).where(Appearance.post_id == post.id, Appearance.state == "confirmed")
    )
    said = " ".join(filter(None, (post.title, post.text, *quotes)))
    name = next((name for name in names if name in said), None)
    return f"原文直接写出“{name}”" if name else ""


def next_posts(work: Work, previous: Notice) -> list[Post]:
    """The posts of a notice that its next attempt would name: what still stands or stands again."""
    keys = [item.post_id for item in items_of(work, previous) if item.outcome in STANDING]
    return list(work.session.scalars(work.visible(select(Post).where(Post.id.in_(keys)).order_by(Post.no), Post)))


def prepare_notices(work: Work, case: Case, posts: Sequence[Post], choice: Choice) -> list[Notice]:
    """Prepare one notice a platform and draft its paper; what it cites becomes an exhibit of the case.

    Raises:
        InvalidInputError: nothing chosen, a post of no registered platform, or of another one than the notice before.
        NotFoundError, PermissionDeniedError, NoticeBarredError, NoticeUnfoundedError, AlreadyExistsError.
    """
    work.require(Permission.NOTICE_PREPARE, case)
    grouped: dict[str | None, list[Post]] = {}
    for post in posts:
        grouped.setdefault(post.platform_id, []).append(post)
    chosen = Label("涉案内容", "posts")
    if not grouped:
        raise InvalidInputError(field=chosen, problem=Label("至少选一条。", "choose at least one."))
    before = choice.previous
    if None in grouped or (before is not None and set(grouped) != {before.platform_id}):
        raise InvalidInputError(field=chosen, problem=Label("有内容不属于该平台。", "one is not of this platform."))
    return [_one(work, case, work.session.get_one(Platform, key), rows, choice) for key, rows in grouped.items()]


def _one(work: Work, case: Case, platform: Platform, posts: Sequence[Post], choice: Choice) -> Notice:
    notice = prepare_notice(
        work,
        case,
        platform,
        posts,
        grounds=choice.grounds,
        demands={key: text for key, text in choice.spared.items() if text},
        previous=choice.previous,
        incident_id=_incident(work, case, posts),
    )
    list_cited(work, case, posts)
    draft_notice(work, case, notice, extra_facts(work, case, notice, choice.paper))
    return notice


def _incident(work: Work, case: Case, posts: Sequence[Post]) -> str | None:
    return work.session.scalar(
        select(CaseIncident.incident_id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .where(
            CaseIncident.case_id == case.id,
            CaseIncident.voided_at.is_(None),
            PostIncident.post_id.in_([post.id for post in posts]),
            PostIncident.state == "confirmed",
        )
        .order_by(CaseIncident.id)
        .limit(1)
    )


def extra_facts(work: Work, case: Case, notice: Notice, paper: Paper) -> dict[str, Any]:
    """The date, the agent's powers and the list of attachments."""
    numbers = {item.evidence_id for item in items_of(work, notice)}
    proofs = sorted(work.session.scalars(select(EvidenceItem.no).where(EvidenceItem.id.in_(numbers))))
    own = [row for row in exhibit_facts(work, case) if row["label"] in IDENTITY]
    attachments: list[dict[str, Any]] = [{"title": row["title"], "exhibits": [row["evidence"]]} for row in own]
    facts: dict[str, Any] = {"issued_on": paper.issued_on.isoformat()}
    if paper.authority.strip():
        facts["agent"] = {"authority": paper.authority.strip(), **_term(paper)}
        if paper.title.strip():
            facts["agent"]["title"] = paper.title.strip()
        attachments.append({"title": "授权委托书及代理人身份证明（仅供贵方核验）"})
    attachments.append({"title": "涉案内容的取证件打印本及电子证据包", "exhibits": proofs})
    return {**facts, "attachments": attachments}


def _term(paper: Paper) -> dict[str, str]:
    days = {"valid_from": paper.valid_from, "valid_until": paper.valid_until}
    return {key: day.isoformat() for key, day in days.items() if day is not None}


def redraft_notice(work: Work, case: Case, notice: Notice) -> DocumentVersion:
    """Draft the paper again from what the rows say now; what was typed for it is kept.

    Raises:
        InvalidInputError: the notice is authorised already, its paper stands.
        NotFoundError, PermissionDeniedError, WorkflowRefusedError.
    """
    work.require(Permission.NOTICE_PREPARE, notice)
    if notice.status != "prepared":
        problem = Label("通知已获准，文书不再改动。", "the notice is authorised; its paper stands.")
        raise InvalidInputError(field=Label("通知书", "notice paper"), problem=problem)
    before = work.session.get(DocumentVersion, notice.document_version_id) if notice.document_version_id else None
    kept: dict[str, Any] = (
        {key: before.context[key] for key in _KEPT if key in before.context} if before is not None else {}
    )
    return draft_notice(work, case, notice, kept)


def blocking(version: DocumentVersion | None) -> list[Mapping[str, Any]]:
    """The findings that keep a paper from being submitted for review."""
    return [found for found in (version.findings if version else ()) if found["severity"] == "block"]
