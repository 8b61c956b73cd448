"""The search box: numbers, titles and addresses, through the one visibility rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select

from caseapp.models import Case, CaseIncident, EvidenceItem, Notice, Platform, Post, PostIncident
from caseapp.services.queries.rows import Hit
from caseapp.services.work import Work

FOUND = 20


def _holds(words: str, *columns: Any) -> Any:
    """Return the condition that one of ``columns`` holds ``words``, whatever the case; % and _ mean themselves."""
    like = "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(*(func.lower(column).like(like, escape="\\") for column in columns))


def _hits(work: Work, kind: str, found: Select[*tuple[Any, ...]], model: Any) -> list[Hit]:
    narrowed = work.visible(found.where(model.voided_at.is_(None)).order_by(model.no.desc()).limit(FOUND), model)
    return [Hit(kind, *row) for row in work.session.execute(narrowed)]


def find(work: Work, words: str) -> list[Hit]:
    """Return what holds ``words``, up to twenty of a kind; four statements."""
    if not words.strip() or "\x00" in words:
        return []
    of_post = (
        select(Case.no)
        .join(CaseIncident, CaseIncident.case_id == Case.id)
        .join(PostIncident, PostIncident.incident_id == CaseIncident.incident_id)
        .where(PostIncident.post_id == Post.id, PostIncident.state == "confirmed")
        .order_by(Case.no)
        .limit(1)
    )
    of_post = work.visible(of_post, Case)
    cases = select(Case.no, Case.sample, Case.title, Case.cause, Case.no, Case.sample)
    items = select(
        EvidenceItem.no,
        EvidenceItem.sample,
        EvidenceItem.title,
        EvidenceItem.proves,
        EvidenceItem.no,
        EvidenceItem.sample,
    )
    title = func.coalesce(Post.title, func.substr(Post.text, 1, 80), Post.url_as_seen)
    posts = select(Post.no, Post.sample, title, Post.url_as_seen, of_post.scalar_subquery(), Post.sample)
    notices = (
        select(Notice.no, Notice.sample, Platform.name, Notice.receipt_no, Case.no, Case.sample)
        .join(Platform, Notice.platform_id == Platform.id)
        .join(Case, Notice.case_id == Case.id)
    )
    return [
        *_hits(work, "case", cases.where(_holds(words, Case.no, Case.title)), Case),
        *_hits(
            work,
            "evidence",
            items.where(_holds(words, EvidenceItem.no, EvidenceItem.title, EvidenceItem.source)),
            EvidenceItem,
        ),
        *_hits(work, "post", posts.where(_holds(words, Post.no, Post.title, Post.text, Post.url_as_seen)), Post),
        *_hits(work, "notice", notices.where(_holds(words, Notice.no, Notice.receipt_no)), Notice),
    ]
