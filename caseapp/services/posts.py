"""Posts, accounts and figures of spread: recorded once, by canonical address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from caseapp.domain.errors import AlreadyExistsError, InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.matching import dedupe_key
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import POST_KIND
from caseapp.models import Account, MetricSnapshot, Platform, Post
from caseapp.services.captures import canonical_url
from caseapp.services.work import Work

COUNTS: Final = ("views", "likes", "comments", "reposts", "followers")


def add_post(
    work: Work,
    url: str,
    *,
    text: str | None = None,
    title: str | None = None,
    kind: str = "text_image",
    account: Account | None = None,
    platform_post_id: str | None = None,
    published_at: datetime | None = None,
    published_precision: str | None = None,
    repost_of: Post | None = None,
) -> Post:
    """Record a post by its address; the same address again returns the same post.

    Raises:
        PermissionDeniedError, InvalidInputError.
        AlreadyExistsError: it is recorded, in a case this person may not see.
    """
    work.require(Permission.POST_EDIT)
    address = canonical_url(url)
    known = find_post(work, address)
    if known is not None:
        return known
    platform = platform_of(work, address)
    try:
        with work.session.begin_nested():
            post = work.add(
                Post(
                    no=work.next_no("post"),
                    canonical_url=address,
                    url_as_seen=url.strip(),
                    platform_id=account.platform_id if account else (platform.id if platform else None),
                    platform_post_id=platform_post_id,
                    account_id=account.id if account else None,
                    kind=POST_KIND.require(kind),
                    title=title,
                    text=text,
                    published_at=published_at,
                    published_precision=published_precision,
                    repost_of_id=repost_of.id if repost_of else None,
                    dedupe_key=dedupe_key(text) if text else None,
                )
            )
    except IntegrityError:  # somebody else recorded it meanwhile (PostgreSQL lets both look before either writes)
        known = find_post(work, address)
        if known is None:
            raise
        return known
    work.record(Event.POST_ADDED, post, after={"no": post.no, "url": address})
    return post


def find_post(work: Work, address: str) -> Post | None:
    """Return the desk's post of a canonical address.

    Raises:
        AlreadyExistsError: it is recorded, in a case this person may not see.
    """
    same = (Post.canonical_url == address, Post.desk_id == work.actor.desk_id, Post.sample == work.sample)
    known = work.session.scalar(select(Post).where(*same))
    if known is not None and not work.sees(known):
        raise AlreadyExistsError(kind=kind_label("posts"))
    return known


def same_texts(work: Work, post: Post) -> list[Post]:
    """Return the other visible posts with the same text (同文)."""
    if post.dedupe_key is None:
        return []
    query = select(Post).where(Post.dedupe_key == post.dedupe_key, Post.id != post.id).order_by(Post.published_at)
    return list(work.session.scalars(work.visible(query, Post)))


def platform_of(work: Work, url: str) -> Platform | None:
    """Return the registered platform an address belongs to, by its domain."""
    host = (urlsplit(url).hostname or "").lower()
    rows = work.session.scalars(work.visible(select(Platform).where(Platform.voided_at.is_(None)), Platform))
    fits = [row for row in rows if host == row.domain or host.endswith("." + row.domain)]
    return max(fits, key=lambda row: (row.sample == work.sample, len(row.domain)), default=None)


def add_account(work: Work, platform: Platform, *, uid: str, handle: str, **more: Any) -> Account:
    """Record an account; the same uid again returns the same one, with a changed display name kept in its history."""
    work.require(Permission.POST_EDIT)
    same = (Account.platform_id == platform.id, Account.uid == uid, Account.sample == work.sample)
    account = work.session.scalar(select(Account).where(*same))
    if account is None:
        own = {"platform_id": platform.id, "desk_id": platform.desk_id, "uid": uid, "handle": handle}
        account = work.add(Account(**own, **more))
        work.record(Event.ROW_CREATED, account, after={"uid": uid, "handle": handle})
    elif account.handle != handle:
        old = {"handle": account.handle, "until": work.now.isoformat()}
        work.change(account, handle=handle, handles=[*account.handles, old])
    return account


def record_metrics(
    work: Work,
    post: Post,
    counts: Mapping[str, int | None],
    *,
    at: datetime | None = None,
    raw: Mapping[str, str] | None = None,
    evidence_id: str | None = None,
) -> MetricSnapshot:
    """Keep the figures a page showed at one moment; never changed. The same moment again returns the same row.

    Args:
        work: the unit of work.
        post: the post.
        counts: views, likes, comments, reposts, followers; what the page did not show is left out.
        at: aware time of the page; now by default.
        raw: the words shown (1.2万).
        evidence_id: the capture that shows them.

    Raises:
        InvalidInputError: an unknown figure or one below zero.
    """
    work.require(Permission.METRIC_RECORD, post)
    if not set(counts) <= set(COUNTS) or any(value is not None and value < 0 for value in counts.values()):
        problem = Label("只收浏览、点赞、评论、转发、粉丝的非负整数。", "use whole numbers of known figures.")
        raise InvalidInputError(field=Label("传播数据", "figures of spread"), problem=problem)
    moment = at or work.now
    known = select(MetricSnapshot).where(MetricSnapshot.post_id == post.id, MetricSnapshot.at == moment)
    row = work.session.scalar(known)
    if row is None:
        own = {"post_id": post.id, "desk_id": post.desk_id, "at": moment, "evidence_id": evidence_id}
        row = work.add(MetricSnapshot(**own, raw=dict(raw or {}), **counts))
        work.record(Event.METRIC_RECORDED, post, after={"at": moment.isoformat(), **counts})
    return row
