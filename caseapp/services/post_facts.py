"""What a captured page says of its post goes into the post: once, never over what is known, never from a picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain.events import Event
from caseapp.domain.matching import dedupe_key
from caseapp.models import Account, Capture, Platform, Post
from caseapp.services.links import refresh_suggestions
from caseapp.services.storable import storable
from caseapp.services.work import Work

SAID_ON: Final = frozenset({"live", "changed"})
WORDLESS: Final = frozenset({"screenshot", "chat"})
"""Kinds that are pictures: text read off such a page is the page's, not the post's."""
PRECISIONS: Final = frozenset({"second", "minute", "hour", "day", "month", "year"})
LONGEST_TITLE: Final = 2000


def learn(work: Work, post: Post, capture: Capture) -> None:
    """Fill what the post lacks from what the capture read, then look for incidents it may belong to.

    Nothing is decided: title, text, time and account are as the page showed them, suggestions are suggestions.
    """
    if capture.outcome not in SAID_ON:
        return
    read = _read(capture.facts)
    found: dict[str, Any] = {
        "title": (read.get("title") or capture.title or "")[:LONGEST_TITLE] or None,
        "text": None if post.kind in WORDLESS else read.get("text"),
        "platform_post_id": read.get("content_id"),
        "published_at": _time(read.get("published_at")),
    }
    if found["published_at"] is not None and post.published_at is None:
        found["published_precision"] = read["precision"] if read.get("precision") in PRECISIONS else None
    values = {name: storable(value) for name, value in found.items() if value and getattr(post, name) is None}
    if "text" in values:
        values["dedupe_key"] = dedupe_key(values["text"])
    if values:
        work.change(post, Event.ROW_CHANGED, **values)
    if post.account_id is None and (account := _account(work, post, read)) is not None:
        work.change(post, Event.ROW_CHANGED, account_id=account.id)
    refresh_suggestions(work, post)


def _read(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the first value of every field the page showed."""
    read: dict[str, str] = {}
    for entry in facts.get("fields") or ():
        if isinstance(entry, Mapping) and isinstance(entry.get("value"), str) and entry["value"].strip():
            read.setdefault(str(entry.get("name")), entry["value"].strip())
    return read


def _time(said: str | None) -> datetime | None:
    """Return an aware time; one without its zone is not known well enough to be kept."""
    try:
        moment = datetime.fromisoformat(said or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _account(work: Work, post: Post, read: Mapping[str, str]) -> Account | None:
    uid, handle = read.get("author_id"), read.get("author")
    platform = work.session.get(Platform, post.platform_id) if post.platform_id else None
    if not uid or not handle or platform is None:
        return None
    same = (Account.platform_id == platform.id, Account.uid == uid, Account.sample == post.sample)
    known = work.session.scalar(select(Account).where(*same))
    if known is not None:
        return known
    shown = {"verification": read.get("verification"), "ip_location": read.get("ip_location")}
    made = work.add(
        Account(
            platform_id=platform.id, desk_id=post.desk_id, uid=uid, handle=handle, **shown, identity_level="displayed"
        )
    )
    work.record(Event.ROW_CREATED, made, after={"uid": uid, "handle": handle})
    return made
