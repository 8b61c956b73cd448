"""Links that show one item to someone without an account: they expire, every opening is logged and watermarked."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from caseapp.domain.errors import CaseError, InvalidInputError, NotFoundError, PermissionDeniedError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem, ShareLink
from caseapp.services.custody import append_custody
from caseapp.services.holds import require_bytes
from caseapp.services.storable import storable
from caseapp.services.work import Actor, Work

LONGEST: Final = timedelta(days=30)
MOST_VIEWS: Final = 1000
SITTING: Final = timedelta(hours=1)
"""How long an opening may go on loading its pictures."""
TOKEN_BYTES: Final = 32
RECIPIENT_LENGTH: Final = 100
PURPOSE_LENGTH: Final = 1000
_WHO: Final = Label("看的人", "recipient")
_WHY: Final = Label("用途", "purpose")


class LinkEndedError(CaseError):
    """The link was good once: it expired, was opened as often as allowed, or was revoked."""

    code = "link-ended"
    text = Label(
        "这个链接已失效。请向发给您的人索取新的链接。", "This link has ended. Ask whoever sent it for a new one."
    )


@dataclass(frozen=True)
class Opened:
    """A link in use: the item it shows and the words drawn over everything."""

    item: EvidenceItem
    link: ShareLink
    watermark: str


def share_evidence(
    work: Work, item: EvidenceItem, *, recipient: str, purpose: str, span: timedelta, most_views: int | None
) -> tuple[ShareLink, str]:
    """Make a link and return it with its token, which is shown this once.

    Raises:
        NotFoundError: the item is not there for this person, or was never sealed.
        PermissionDeniedError: the actor may not share, or the item is privileged or withheld.
        InvalidInputError: a word is missing or too long, the span or the number of views is out of range.
    """
    work.require(Permission.EVIDENCE_SHARE, item)
    if item.package_id is None or item.status == "disposed":
        raise NotFoundError(kind=kind_label("evidence_items"))
    if item.privileged or item.withheld:
        raise PermissionDeniedError(permission=Permission.EVIDENCE_SHARE.label)
    if not timedelta(0) < span <= LONGEST:
        problem = Label(f"最长 {LONGEST.days} 天。", f"at most {LONGEST.days} days.")
        raise InvalidInputError(field=Label("有效期", "span"), problem=problem)
    if most_views is not None and not 1 <= most_views <= MOST_VIEWS:
        problem = Label(f"填 1 到 {MOST_VIEWS}。", f"give 1 to {MOST_VIEWS}.")
        raise InvalidInputError(field=Label("最多次数", "most openings"), problem=problem)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = work.add(
        ShareLink(
            evidence_id=item.id,
            desk_id=item.desk_id,
            token_digest=_digest(token),
            recipient=_words(_WHO, recipient, RECIPIENT_LENGTH),
            purpose=_words(_WHY, purpose, PURPOSE_LENGTH),
            expires_at=work.now + span,
            most_views=most_views,
        )
    )
    known = {"evidence": item.no, "recipient": row.recipient, "expires_at": row.expires_at, "most_views": most_views}
    work.record(Event.EVIDENCE_SHARED, row, after=known, reason=row.purpose)
    return row, token


def end_share(work: Work, row: ShareLink, *, reason: str) -> None:
    """Revoke a link at once.

    Raises:
        NotFoundError, PermissionDeniedError, ReasonRequiredError.
    """
    work.require(Permission.EVIDENCE_SHARE, work.get(EvidenceItem, row.evidence_id))
    if row.voided_at is None:
        work.void(row, str(storable(reason.strip()[:PURPOSE_LENGTH])))


def visitor_of(token: str, *, ip: str | None, request_id: str | None) -> Actor:
    """Return who acts for a link: nobody of the house, named by the link alone."""
    name = f"share:{_digest(token)[:16]}"
    return Actor(name, "分享链接", frozenset({"system"}), kind="system", ip=ip, request_id=request_id)


def open_share(work: Work, token: str, *, counted: bool) -> Opened:
    """Return what a link shows; an opening that counts is in the chain of custody and in the trail.

    Args:
        work: opened for ``visitor_of`` the token.
        token: as in the link.
        counted: the page was opened; its pictures belong to that opening.

    Raises:
        NotFoundError: there is no such link.
        LinkEndedError: it ended. ErasedError: what it showed was disposed of.
    """
    row = work.session.scalar(select(ShareLink).where(ShareLink.token_digest == _digest(token)))
    if row is None:
        raise NotFoundError(kind=kind_label("share_links"))
    item = work.session.get_one(EvidenceItem, row.evidence_id)
    if counted:
        spent = row.most_views is not None and row.views >= row.most_views
    else:
        spent = row.last_viewed_at is None or row.last_viewed_at <= work.now - SITTING
    closed = item.privileged or item.withheld
    if row.voided_at is not None or row.expires_at <= work.now or spent or closed:
        raise LinkEndedError
    require_bytes(item)
    if counted:
        row.views += 1
        row.last_viewed_at = work.now
        append_custody(work, item, "view", reason=f"分享链接 {row.id[-6:]}：{row.recipient}")
        work.record(Event.EVIDENCE_SEEN_BY_LINK, row, after={"evidence": item.no, "views": row.views})
    return Opened(item, row, f"仅供 {row.recipient} 查阅 · {row.id[-6:]}")


def shares_of(work: Work, item: EvidenceItem) -> list[ShareLink]:
    """Return the item's links, newest first."""
    found = select(ShareLink).where(ShareLink.evidence_id == item.id).order_by(ShareLink.created_at.desc())
    return list(work.session.scalars(work.visible(found, ShareLink)))


def is_open(row: ShareLink, now: datetime) -> bool:
    """Whether a link can still be opened."""
    used = row.most_views is not None and row.views >= row.most_views
    return row.voided_at is None and row.expires_at > now and not used


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _words(name: Label, words: str, limit: int) -> str:
    if not words.strip():
        raise InvalidInputError(field=name, problem=Label("请填写。", "fill it in."))
    if len(words) > limit:
        problem = Label(f"最多 {limit} 个字符。", f"use at most {limit} characters.")
        raise InvalidInputError(field=name, problem=problem)
    return str(storable(words.strip()))
